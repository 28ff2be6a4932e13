//! Tables made from a specification.

use handover_aws::dynamo::{DynamoRecords, TableNames};
use handover_aws::tables::{TableSpec, create_table};
use handover_engine::records::{Action, Key, Records, Table, Write};
use serde_json::json;

use crate::line::Line;
use crate::store;

#[tokio::test]
async fn a_streamed_table_with_indexes_is_asked_for_as_the_template_would() {
    let line = Line::to(&store::dynoxide().await).await;
    let streamed = TableSpec { is_streamed: true, ..store::spec(Table::Migrations) };
    create_table(&store::client_at(line.endpoint()), &streamed).await.unwrap();
    insta::assert_json_snapshot!(line.take_requests());
}

#[tokio::test]
async fn a_table_that_is_there_keeps_its_items() {
    let client = store::client_at(&store::dynoxide().await);
    let spec = store::spec(Table::Journal);
    create_table(&client, &spec).await.unwrap();
    let records = DynamoRecords::new(&client, TableNames::with_prefix("test-"));
    let key = Key::new(Table::Journal, "M#1", "H#1");
    let item = json!({"told": "x"}).as_object().unwrap().clone();
    let put = Write { key: key.clone(), expects: vec![], action: Action::Put(item.clone()) };
    records.write(&put).await.unwrap();
    create_table(&client, &spec).await.unwrap();
    assert_eq!(records.read(&key).await.unwrap(), Some(item));
}

#[tokio::test]
async fn a_key_without_a_type_is_refused_by_the_tables_name() {
    let client = store::client_at(&store::dynoxide().await);
    let mut spec = store::spec(Table::Vault);
    spec.attributes.clear();
    let refused = create_table(&client, &spec).await.unwrap_err();
    assert_eq!(refused.table, "test-vault");
    assert!(refused.to_string().contains("test-vault"), "{refused}");
}
