//! A store to test against: an endpoint, and fresh tables on it.

use dynoxide::Database;
use handover_aws::dynamo::{DynamoRecords, TableNames};
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

pub(crate) fn client_at(endpoint: &str) -> aws_sdk_dynamodb::Client {
    aws_sdk_dynamodb::Client::new(&local_config(endpoint).unwrap())
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
