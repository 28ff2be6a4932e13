//! What requests cost, from what DynamoDB reports.

use std::sync::Arc;

use handover_aws::dynamo::{DynamoRecords, Meter, Units};
use handover_engine::records::{Action, Change, Expectation, Key, Order, Query, Records, Span, Table, Write};
use serde_json::{Value, json};

use crate::line::{Fault, Line};
use crate::store;

async fn metered() -> (DynamoRecords, Arc<Meter>) {
    let meter = Arc::new(Meter::default());
    (store::records_at(&store::dynoxide().await).await.metered(meter.clone()), meter)
}

fn total(meter: &Meter) -> Units {
    meter.take().into_iter().map(|one| one.units).sum()
}

fn state() -> Key {
    Key::new(Table::Migrations, "M#1", "STATE")
}

fn put(key: Key, value: Value) -> Write {
    Write { key, expects: vec![], action: Action::Put(value.as_object().unwrap().clone()) }
}

fn update(changes: Vec<Change>) -> Write {
    Write { key: state(), expects: vec![], action: Action::Update(changes) }
}

#[tokio::test]
async fn a_small_put_costs_one_unit_and_names_its_table() {
    if store::is_skipped("units::a_small_put_costs_one_unit_and_names_its_table", "request units") {
        return;
    }
    let (records, meter) = metered().await;
    records.write(&put(Key::new(Table::Journal, "M#1", "H#1"), json!({"told": "x"}))).await.unwrap();
    let uses = meter.take();
    assert_eq!(uses.len(), 1);
    assert_eq!((uses[0].operation, uses[0].table.as_str()), ("PutItem", "test-journal"));
    assert_eq!(uses[0].units, Units { written: 1.0, indexed: 0.0, read: 0.0 });
}

#[tokio::test]
async fn an_item_over_a_kilobyte_costs_two() {
    if store::is_skipped("units::an_item_over_a_kilobyte_costs_two", "request units") {
        return;
    }
    let (records, meter) = metered().await;
    let long = json!({"told": "x".repeat(1_100)});
    records.write(&put(Key::new(Table::Journal, "M#1", "H#1"), long)).await.unwrap();
    assert_eq!(total(&meter), Units { written: 2.0, indexed: 0.0, read: 0.0 });
}

#[tokio::test]
async fn writes_together_cost_two_units_each() {
    if store::is_skipped("units::writes_together_cost_two_units_each", "request units") {
        return;
    }
    let (records, meter) = metered().await;
    let history = put(Key::new(Table::Journal, "M#1", "H#1"), json!({"told": "x"}));
    records.write_together(&[put(state(), json!({"seq": 1})), history]).await.unwrap();
    let uses = meter.take();
    let tables: Vec<&str> = uses.iter().map(|one| one.table.as_str()).collect();
    assert_eq!(uses.len(), 2, "one line for each table: {tables:?}");
    assert!(tables.contains(&"test-migrations") && tables.contains(&"test-journal"), "{tables:?}");
    let units: Units = uses.into_iter().map(|one| one.units).sum();
    assert_eq!(units, Units { written: 4.0, indexed: 0.0, read: 0.0 });
}

#[tokio::test]
async fn an_index_costs_where_its_keys_change() {
    if store::is_skipped("units::an_index_costs_where_its_keys_change", "request units") {
        return;
    }
    let (records, meter) = metered().await;
    let due = json!({"due": "D", "due_at": 1, "status": "open", "board": "x"});
    records.write(&put(state(), due)).await.unwrap();
    assert_eq!(total(&meter), Units { written: 1.0, indexed: 2.0, read: 0.0 }, "it enters two indexes");
    records.write(&update(vec![Change::Set("lease_until", json!(9))])).await.unwrap();
    assert_eq!(total(&meter), Units { written: 1.0, indexed: 0.0, read: 0.0 }, "neither shows the lease");
    records.write(&update(vec![Change::Set("due_at", json!(2))])).await.unwrap();
    let moved = total(&meter);
    assert_eq!(moved, Units { written: 1.0, indexed: 2.0, read: 0.0 }, "out of its place and into another");
    assert_eq!(moved.writing().to_string(), "3");
    let together = [update(vec![Change::Set("due_at", json!(3))])];
    records.write_together(&together).await.unwrap();
    let units = total(&meter);
    assert_eq!(units, Units { written: 2.0, indexed: 2.0, read: 0.0 }, "an index never costs double");
}

#[tokio::test]
async fn reads_cost_by_their_consistency() {
    if store::is_skipped("units::reads_cost_by_their_consistency", "request units") {
        return;
    }
    let (records, meter) = metered().await;
    records.read(&state()).await.unwrap();
    assert_eq!(total(&meter), Units { written: 0.0, indexed: 0.0, read: 1.0 });
    let check = Write { key: state(), expects: vec![Expectation::Absent], action: Action::Check };
    records.write(&check).await.unwrap();
    assert_eq!(total(&meter), Units { written: 0.0, indexed: 0.0, read: 1.0 }, "a check alone is a read");
    let due = Query { order: Order::Due, partition: "D".to_owned(), span: Span::All, limit: 9, after: None };
    records.query(&due).await.unwrap();
    assert_eq!(total(&meter), Units { written: 0.0, indexed: 0.0, read: 0.5 }, "an idle sweep");
}

#[tokio::test]
async fn writes_together_that_were_made_already_only_read() {
    if store::is_skipped("units::writes_together_that_were_made_already_only_read", "request units") {
        return;
    }
    let endpoint = store::dynoxide().await;
    store::records_at(&endpoint).await;
    let line = Line::to(&endpoint).await;
    let meter = Arc::new(Meter::default());
    let records = store::records_beyond(line.endpoint()).metered(meter.clone());
    line.fail([Fault::LoseAnswer]);
    records.write_together(&[put(state(), json!({"seq": 1}))]).await.unwrap();
    assert_eq!(total(&meter), Units { written: 0.0, indexed: 0.0, read: 2.0 });
}
