//! Writes made together.

use std::collections::BTreeMap;

use serde_json::json;

use super::{check, delete, expecting, item, key, put, store, update};
use crate::flaw::MOST_TOGETHER;
use crate::records::{Change, Expectation, Key, Records, Table, Write, WrittenTogether};

/// Every kind of write across tables together; one refusal keeps all of them from being stored.
pub async fn writes_together_are_stored_all_or_none(records: &impl Records) {
    let (state, lock, claim) = (key("together", "STATE"), key("together", "LOCK"), key("together", "CLAIM"));
    let history = Key::new(Table::Journal, "together", "H#1");
    store(records, &state, json!({"seq": 1})).await;
    store(records, &lock, json!({"migration": "m"})).await;
    store(records, &claim, json!({"claim_id": "mine"})).await;
    let writes = |claim_id: &str| {
        [
            update(&state, vec![Change::Add("seq", 1)]),
            expecting(put(&history, json!({"what": "told"})), vec![Expectation::Absent]),
            delete(&lock),
            check(&claim, vec![Expectation::Is("claim_id", json!(claim_id))]),
        ]
    };
    let answer = records.write_together(&writes("theirs")).await.unwrap();
    let found = Some(item(json!({"claim_id": "mine"})));
    assert_eq!(answer, WrittenTogether::Refused(BTreeMap::from([(3, found)])));
    assert_eq!(records.read(&state).await.unwrap(), Some(item(json!({"seq": 1}))));
    assert_eq!(records.read(&history).await.unwrap(), None);
    assert_eq!(records.read(&lock).await.unwrap(), Some(item(json!({"migration": "m"}))));
    assert_eq!(records.write_together(&writes("mine")).await.unwrap(), WrittenTogether::Done);
    assert_eq!(records.read(&state).await.unwrap(), Some(item(json!({"seq": 2}))));
    assert_eq!(records.read(&history).await.unwrap(), Some(item(json!({"what": "told"}))));
    assert_eq!(records.read(&lock).await.unwrap(), None);
    assert_eq!(records.read(&claim).await.unwrap(), Some(item(json!({"claim_id": "mine"}))));
}

/// The engine tells a refused claim from a refused fact by position.
pub async fn writes_together_answer_every_refusal_with_its_item(records: &impl Records) {
    let (held, absent, fine) = (key("refusals", "HELD"), key("refusals", "ABSENT"), key("refusals", "FINE"));
    store(records, &held, json!({"by": "another"})).await;
    let writes = [
        put(&fine, json!({})),
        expecting(put(&held, json!({"by": "us"})), vec![Expectation::Absent]),
        expecting(delete(&absent), vec![Expectation::Present]),
    ];
    let refusals = BTreeMap::from([(1, Some(item(json!({"by": "another"})))), (2, None)]);
    assert_eq!(records.write_together(&writes).await.unwrap(), WrittenTogether::Refused(refusals));
}

/// DynamoDB's limit of writes in one transaction is used whole.
pub async fn a_hundred_writes_go_together(records: &impl Records) {
    let keys: Vec<Key> = (0..MOST_TOGETHER).map(|n| key("hundred", &format!("{n:03}"))).collect();
    let writes: Vec<Write> = keys.iter().map(|key| put(key, json!({"sort": key.sort}))).collect();
    assert_eq!(records.write_together(&writes).await.unwrap(), WrittenTogether::Done);
    assert_eq!(records.read(&keys[99]).await.unwrap(), Some(item(json!({"sort": "099"}))));
}
