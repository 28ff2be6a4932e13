//! A store to test against: an endpoint, and fresh tables on it.

use dynoxide::Database;
use handover_aws::dynamo::{DynamoRecords, TableNames};
use handover_aws::local_endpoint::local_config;
use handover_aws::tables::{IndexSpec, KeyKind, KeySpec, TableSpec, create_table};
use handover_engine::records::{Order, PARTITION, SORT, Table};
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

fn client_at(endpoint: &str) -> aws_sdk_dynamodb::Client {
    aws_sdk_dynamodb::Client::new(&local_config(endpoint).unwrap())
}

fn spec(table: Table) -> TableSpec {
    let indexes = match table {
        Table::Migrations => vec![index(Order::Due, KeyKind::Number), index(Order::Board, KeyKind::Text)],
        Table::Journal | Table::Vault => vec![],
    };
    TableSpec {
        name: TableNames::with_prefix("test-").of(table).to_owned(),
        partition: key(PARTITION, KeyKind::Text),
        sort: key(SORT, KeyKind::Text),
        indexes,
        stream: false,
    }
}

fn index(order: Order, sort_kind: KeyKind) -> IndexSpec {
    let [partition, sort] = order.keys();
    IndexSpec {
        name: order.index().unwrap().to_owned(),
        partition: key(partition, KeyKind::Text),
        sort: key(sort, sort_kind),
        shows: order.shows().unwrap().map(str::to_owned).to_vec(),
    }
}

fn key(name: &str, kind: KeyKind) -> KeySpec {
    KeySpec { name: name.to_owned(), kind }
}
