//! The requests as DynamoDB gets them.

use handover_engine::records::{Action, Change, Expectation, Key, Order, Query, Records, Span, Table, Write};
use serde_json::{Value, json};

use crate::line::Line;
use crate::store;

/// What `ask` sends, each request once; a token is chance and is left out.
async fn requests(ask: impl AsyncFnOnce(&handover_aws::dynamo::DynamoRecords)) -> Vec<Value> {
    let endpoint = store::dynoxide().await;
    store::records_at(&endpoint).await;
    let line = Line::to(&endpoint).await;
    ask(&store::records_beyond(line.endpoint())).await;
    let mut requests = line.take_requests();
    for request in &mut requests {
        if let Some(token) = request.get_mut("ClientRequestToken") {
            assert_eq!(token.as_str().unwrap().len(), 36);
            *token = json!("[token]");
        }
    }
    requests
}

fn state() -> Key {
    Key::new(Table::Migrations, "M#1", "STATE")
}

fn write(key: Key, expects: Vec<Expectation>, action: Action) -> Write {
    Write { key, expects, action }
}

#[tokio::test]
async fn single_writes() {
    let sent = requests(async |records| {
        let item = json!({"seq": 1, "due": "D", "due_at": 1_000}).as_object().unwrap().clone();
        records.write(&write(state(), vec![Expectation::Absent], Action::Put(item))).await.unwrap();
        let free = vec![Expectation::Lacks("lease_until"), Expectation::AtMost("lease_until", 1_000)];
        let expects = vec![Expectation::Is("seq", json!(1)), Expectation::AnyOf(free)];
        let changes = vec![Change::Set("lease_until", json!(9_000)), Change::Add("attempt", 1)];
        records.write(&write(state(), expects, Action::Update(changes))).await.unwrap();
        records.write(&write(state(), vec![], Action::Delete)).await.unwrap();
    });
    insta::assert_json_snapshot!(sent.await);
}

#[tokio::test]
async fn writes_together() {
    let sent = requests(async |records| {
        let history = Key::new(Table::Journal, "M#1", "H#1");
        let item = json!({"told": ["x", null, true]}).as_object().unwrap().clone();
        let lock = Key::new(Table::Migrations, "WABA#1", "LOCK");
        let ledger = Key::new(Table::Migrations, "SHARE#1#2", "LEDGER");
        let writes = [
            write(state(), vec![], Action::Update(vec![Change::Add("seq", 1), Change::Remove("claim_id")])),
            write(history, vec![Expectation::Absent], Action::Put(item)),
            write(lock, vec![], Action::Delete),
            write(ledger, vec![Expectation::Lacks("intent")], Action::Check),
        ];
        records.write_together(&writes).await.unwrap();
    });
    insta::assert_json_snapshot!(sent.await);
}

#[tokio::test]
async fn reads_and_queries() {
    let sent = requests(async |records| {
        records.read(&state()).await.unwrap();
        let query = |order, partition: &str, span| Query {
            order,
            partition: partition.to_owned(),
            span,
            limit: 25,
            after: None,
        };
        let history = Span::Prefix("H#".to_owned());
        records.query(&query(Order::Table(Table::Journal), "M#1", history)).await.unwrap();
        records.query(&query(Order::Due, "D", Span::UpTo(1_000))).await.unwrap();
        let cursor = json!({"pk": "M#1", "sk": "STATE", "status": "open", "board": "x"});
        let after = serde_json::from_value(cursor).unwrap();
        let board = Query { after: Some(after), ..query(Order::Board, "open", Span::All) };
        records.query(&board).await.unwrap();
    });
    insta::assert_json_snapshot!(sent.await);
}
