//! Lost answers, conflicts and throttling: what is tried again, and what the engine is told.

use std::collections::BTreeMap;
use std::error::Error;

use handover_aws::dynamo::DynamoRecords;
use handover_engine::records::{
    Action, Change, Expectation, Item, Key, Records, RecordsError, Table, Write, Written, WrittenTogether,
};
use serde_json::{Value, json};

use crate::line::{Fault, Line};
use crate::store;

/// How often the adapter sends one request at most.
const TRIES: usize = 5;

async fn line_and_records() -> (Line, DynamoRecords) {
    let endpoint = store::dynoxide().await;
    store::records_at(&endpoint).await;
    let line = Line::to(&endpoint).await;
    let records = store::records_beyond(line.endpoint());
    (line, records)
}

fn state() -> Key {
    Key::new(Table::Migrations, "M#1", "STATE")
}

fn history() -> Key {
    Key::new(Table::Journal, "M#1", "H#1")
}

fn item(value: Value) -> Item {
    value.as_object().unwrap().clone()
}

fn put(key: Key, value: Value) -> Write {
    Write { key, expects: vec![], action: Action::Put(item(value)) }
}

/// Takes STATE for `claim_id` if its `seq` is 1 and nobody holds it.
fn claim(claim_id: &str) -> Write {
    let expects = vec![Expectation::Is("seq", json!(1)), Expectation::Lacks("claim_id")];
    let changes = vec![Change::Set("claim_id", json!(claim_id)), Change::Add("attempt", 1)];
    Write { key: state(), expects, action: Action::Update(changes) }
}

/// Counts up without any expectation: made twice, it would show.
fn count_up() -> [Write; 2] {
    let count = Write { key: state(), expects: vec![], action: Action::Update(vec![Change::Add("n", 1)]) };
    [count, put(history(), json!({"told": true}))]
}

fn error(code: &str) -> Value {
    json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": "told by the test"})
}

fn cancelled(reasons: &[&str]) -> Fault {
    let mut cancelled = error("TransactionCanceledException");
    cancelled["CancellationReasons"] = reasons.iter().map(|code| json!({"Code": code})).collect();
    Fault::Answer(400, cancelled)
}

fn throttled() -> Fault {
    Fault::Answer(400, error("ThrottlingException"))
}

#[tokio::test]
async fn a_claim_whose_answer_is_lost_is_refused_with_our_own_claim_in_it() {
    let (line, records) = line_and_records().await;
    records.write(&put(state(), json!({"seq": 1}))).await.unwrap();
    line.take_requests();
    line.fail([Fault::LoseAnswer]);
    let written = records.write(&claim("ours")).await.unwrap();
    let found = item(json!({"seq": 1, "claim_id": "ours", "attempt": 1}));
    assert_eq!(written, Written::Refused { found: Some(found) });
    assert_eq!(line.take_requests().len(), 2);
}

#[tokio::test]
async fn a_claim_that_never_arrived_is_done_at_the_second_try() {
    let (line, records) = line_and_records().await;
    records.write(&put(state(), json!({"seq": 1}))).await.unwrap();
    line.fail([Fault::LoseRequest]);
    let written = records.write(&claim("ours")).await.unwrap();
    assert_eq!(written, Written::Done { old: Some(item(json!({"seq": 1}))) });
}

#[tokio::test]
async fn writes_together_whose_answer_is_lost_are_made_once() {
    let (line, records) = line_and_records().await;
    line.fail([Fault::LoseAnswer, Fault::LoseAnswer]);
    assert_eq!(records.write_together(&count_up()).await.unwrap(), WrittenTogether::Done);
    assert_eq!(records.read(&state()).await.unwrap(), Some(item(json!({"n": 1}))));
    let tokens: Vec<Value> =
        line.take_requests().iter().map(|request| request["ClientRequestToken"].clone()).collect();
    assert_eq!(tokens[0], tokens[1], "all tries of one call carry one token");
    assert_eq!(tokens[0], tokens[2], "all tries of one call carry one token");
}

#[tokio::test]
async fn the_same_writes_asked_for_twice_are_made_twice() {
    let (_line, records) = line_and_records().await;
    for _ in 0..2 {
        assert_eq!(records.write_together(&count_up()).await.unwrap(), WrittenTogether::Done);
    }
    assert_eq!(records.read(&state()).await.unwrap(), Some(item(json!({"n": 2}))));
}

#[tokio::test]
async fn a_commit_behind_another_transaction_is_tried_again() {
    let (line, records) = line_and_records().await;
    line.fail([
        cancelled(&["None", "TransactionConflict"]),
        cancelled(&["ThrottlingError", "None"]),
        Fault::Answer(400, error("TransactionInProgressException")),
    ]);
    assert_eq!(records.write_together(&count_up()).await.unwrap(), WrittenTogether::Done);
    assert_eq!(line.take_requests().len(), 4);
}

#[tokio::test]
async fn a_single_write_behind_a_transaction_is_tried_again() {
    let (line, records) = line_and_records().await;
    line.fail([Fault::Answer(400, error("TransactionConflictException"))]);
    let written = records.write(&put(state(), json!({}))).await.unwrap();
    assert_eq!(written, Written::Done { old: None });
}

#[tokio::test]
async fn a_refusal_beside_a_conflict_is_an_answer() {
    let (line, records) = line_and_records().await;
    line.fail([cancelled(&["ConditionalCheckFailed", "TransactionConflict"])]);
    let answer = records.write_together(&count_up()).await.unwrap();
    assert_eq!(answer, WrittenTogether::Refused(BTreeMap::from([(0, None)])));
    assert_eq!(line.take_requests().len(), 1);
}

#[tokio::test]
async fn conflicts_without_end_are_busy_and_nothing_is_stored() {
    let (line, records) = line_and_records().await;
    line.fail(vec![cancelled(&["TransactionConflict", "None"]); TRIES]);
    let answer = records.write_together(&count_up()).await;
    assert!(matches!(answer, Err(RecordsError::Busy { table: "migrations", .. })), "{answer:?}");
    assert_eq!(line.take_requests().len(), TRIES);
    assert_eq!(records.read(&state()).await.unwrap(), None);
}

#[tokio::test]
async fn a_throttled_read_is_tried_again() {
    let (line, records) = line_and_records().await;
    line.fail([throttled(), Fault::Answer(400, error("ProvisionedThroughputExceededException"))]);
    assert_eq!(records.read(&state()).await.unwrap(), None);
    assert_eq!(line.take_requests().len(), 3);
}

#[tokio::test]
async fn answers_lost_without_end_are_told_as_lost() {
    let (line, records) = line_and_records().await;
    line.fail(vec![Fault::LoseAnswer; TRIES]);
    let answer = records.write(&put(history(), json!({"told": true}))).await;
    assert!(matches!(answer, Err(RecordsError::Lost { table: "journal", .. })), "{answer:?}");
    assert_eq!(line.take_requests().len(), TRIES);
    assert_eq!(records.read(&history()).await.unwrap(), Some(item(json!({"told": true}))));
}

#[tokio::test]
async fn a_lost_answer_leaves_its_doubt_on_the_tries_after_it() {
    let (line, records) = line_and_records().await;
    line.fail([Fault::LoseAnswer, throttled(), throttled(), throttled(), throttled()]);
    let answer = records.write(&put(state(), json!({}))).await;
    assert!(matches!(answer, Err(RecordsError::Lost { .. })), "throttled, but stored: {answer:?}");
    line.fail([Fault::LoseAnswer, Fault::Answer(400, error("AccessDeniedException"))]);
    let answer = records.write(&put(state(), json!({}))).await;
    assert!(matches!(answer, Err(RecordsError::Lost { .. })), "denied, but stored: {answer:?}");
}

#[tokio::test]
async fn a_failure_inside_the_database_is_told_as_lost() {
    let (line, records) = line_and_records().await;
    line.fail(vec![Fault::Answer(500, error("InternalServerError")); TRIES]);
    let answer = records.write(&put(state(), json!({}))).await;
    assert!(matches!(answer, Err(RecordsError::Lost { .. })), "{answer:?}");
}

#[tokio::test]
async fn a_denied_request_is_not_tried_again() {
    let (line, records) = line_and_records().await;
    line.fail([Fault::Answer(400, error("AccessDeniedException"))]);
    let answer = records.write(&put(state(), json!({}))).await;
    assert!(matches!(answer, Err(RecordsError::Rejected { .. })), "{answer:?}");
    assert_eq!(line.take_requests().len(), 1);
}

#[tokio::test]
async fn a_missing_table_is_rejected_with_its_cause() {
    let records = store::records_beyond(&store::dynoxide().await);
    let rejected = records.read(&history()).await.unwrap_err();
    assert!(matches!(rejected, RecordsError::Rejected { table: "journal", .. }), "{rejected:?}");
    let causes: Vec<String> = std::iter::successors(rejected.source(), |&cause| cause.source())
        .map(|cause| format!("{cause:?}"))
        .collect();
    assert!(causes.iter().any(|cause| cause.contains("ResourceNotFoundException")), "{causes:?}");
}

#[tokio::test]
async fn a_database_that_nobody_answers_for_stored_nothing() {
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let answer = store::records_beyond(&format!("http://{closed}")).write(&put(state(), json!({}))).await;
    assert!(matches!(answer, Err(RecordsError::Busy { .. })), "{answer:?}");
}
