//! A store to test against: an endpoint, and fresh tables on it.

use std::time::Duration;

use aws_config::{BehaviorVersion, Region};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::TableStatus;
use dynoxide::Database;
use handover_aws::dynamo::{DynamoRecords, TableNames};
use handover_aws::ids::random;
use handover_aws::local_endpoint::local_config;
use handover_aws::tables::{AttributeType, IndexSpec, KeySpec, TableSpec, create_table};
use handover_engine::records::{Order, Table};
use tokio::net::TcpListener;

/// Starts an embedded database of its own for one test and returns its endpoint. It ends with the test.
pub(crate) async fn dynoxide() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let server =
        dynoxide::server::serve_with_shutdown(listener, Database::memory().unwrap(), std::future::pending());
    #[expect(clippy::disallowed_methods, reason = "the database serves beside the test")]
    tokio::spawn(server);
    endpoint
}

/// The variable that names another DynamoDB for the contract: DynamoDB Local, moto, or AWS itself.
pub(crate) const ENDPOINT: &str = "HANDOVER_DYNAMODB_ENDPOINT";

/// The other DynamoDB that the tests were given, if they were given one.
pub(crate) fn elsewhere() -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "whoever runs the tests says where")]
    std::env::var(ENDPOINT).ok().filter(|endpoint| !endpoint.is_empty())
}

/// Whether this test is left out, and says so by its name: what it is about is not the other database's to show.
pub(crate) fn is_skipped(test: &str, about: &str) -> bool {
    let skipped = elsewhere().is_some();
    if skipped {
        println!("skipped at {ENDPOINT}: {test}, which is about {about}");
    }
    skipped
}

/// Tables of a test's own in the database that the tests were given, or in an embedded one. They go when the test ends,
/// however it ends.
pub(crate) struct Tables {
    pub(crate) records: DynamoRecords,
    client: Client,
    names: Vec<String>,
}

impl Tables {
    pub(crate) async fn of_its_own() -> Self {
        let Some(endpoint) = elsewhere() else {
            let client = client_at(&dynoxide().await);
            return Self::made(client, "test-".to_owned()).await;
        };
        let client = if endpoint.starts_with("https://") {
            let http = handover_aws::tls::aws_client().unwrap();
            let config =
                aws_config::defaults(BehaviorVersion::latest()).http_client(http).endpoint_url(endpoint);
            Client::new(&config.load().await)
        } else {
            // moto knows AWS's regions and no other.
            let config = local_config(&endpoint).unwrap().into_builder().region(Region::new("eu-west-1"));
            Client::new(&config.build())
        };
        Self::made(client, format!("handover-test-{:016x}-", u64::from_ne_bytes(random()))).await
    }

    async fn made(client: Client, prefix: String) -> Self {
        let names = TableNames::with_prefix(&prefix);
        let records = DynamoRecords::new(&client, names.clone());
        let named = Table::ALL.map(|table| names.of(table).to_owned()).to_vec();
        let tables = Self { records, client, names: named };
        for table in Table::ALL {
            let spec = TableSpec { name: names.of(table).to_owned(), ..spec(table) };
            create_table(&tables.client, &spec).await.unwrap();
            tables.is_active(&spec.name).await;
        }
        tables
    }

    /// AWS makes a table in the seconds after it has said yes.
    async fn is_active(&self, name: &str) {
        for _ in 0..120 {
            let table = self.client.describe_table().table_name(name).send().await.unwrap();
            if table.table().and_then(|table| table.table_status()) == Some(&TableStatus::Active) {
                return;
            }
            #[expect(clippy::disallowed_methods, reason = "the tables of AWS itself take seconds")]
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        panic!("{name} is not there after two minutes");
    }
}

impl Drop for Tables {
    fn drop(&mut self) {
        if elsewhere().is_none() {
            return;
        }
        let (client, names) = (self.client.clone(), std::mem::take(&mut self.names));
        // A test that has failed has left its runtime.
        #[expect(clippy::disallowed_methods, reason = "the tables go even if the test has failed")]
        let gone = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                for name in names {
                    if let Err(error) = client.delete_table().table_name(&name).send().await {
                        println!("{name} is left behind; delete it: {error}");
                    }
                }
            });
        });
        let _ = gone.join();
    }
}

/// Makes the three tables at `endpoint` and returns the records in them.
pub(crate) async fn records_at(endpoint: &str) -> DynamoRecords {
    let client = client_at(endpoint);
    for table in Table::ALL {
        create_table(&client, &spec(table)).await.unwrap();
    }
    DynamoRecords::new(&client, TableNames::with_prefix("test-"))
}

/// The records at `endpoint`, where the tables are already.
pub(crate) fn records_beyond(endpoint: &str) -> DynamoRecords {
    DynamoRecords::new(&client_at(endpoint), TableNames::with_prefix("test-"))
}

pub(crate) fn client_at(endpoint: &str) -> Client {
    Client::new(&local_config(endpoint).unwrap())
}

/// The table as the template has it.
pub(crate) fn spec(table: Table) -> TableSpec {
    let orders = [Order::Table(table), Order::Due, Order::Board];
    let orders: Vec<Order> = orders.into_iter().filter(|order| order.table() == table).collect();
    let attributes = orders.iter().flat_map(|order| order.keys()).map(|name| {
        let kind = if name == "due_at" { AttributeType::Number } else { AttributeType::Text };
        (name.to_owned(), kind)
    });
    TableSpec {
        name: TableNames::with_prefix("test-").of(table).to_owned(),
        attributes: attributes.collect(),
        key: key(Order::Table(table)),
        indexes: orders.iter().filter_map(|order| index(*order)).collect(),
        is_streamed: false,
    }
}

fn index(order: Order) -> Option<IndexSpec> {
    let attributes = order.shows()?.iter().map(|name| (*name).to_owned()).collect();
    Some(IndexSpec { name: order.index()?.to_owned(), key: key(order), attributes })
}

fn key(order: Order) -> KeySpec {
    let [partition, sort] = order.keys().map(str::to_owned);
    KeySpec { partition, sort }
}
