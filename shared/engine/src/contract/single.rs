//! One write at a time, and what is wrong in itself.

use serde_json::{Value, json};

use super::{assert_rejected, check, delete, done, expecting, item, key, put, refused, store, update};
use crate::flaw::MOST_TOGETHER;
use crate::records::{Change, Expectation, Key, Records, Table, Write, Written};

/// A put answers nothing the first time and then the whole item that it replaced.
pub async fn a_put_answers_what_was_there(records: &impl Records) {
    let key = key("put", "A");
    assert_eq!(records.read(&key).await.unwrap(), None);
    let first = records.write(&put(&key, json!({"n": 1, "gone": true}))).await.unwrap();
    assert_eq!(first, Written::Done { old: None });
    let second = records.write(&put(&key, json!({"n": 2}))).await.unwrap();
    assert_eq!(second, done(json!({"n": 1, "gone": true})));
    assert_eq!(records.read(&key).await.unwrap(), Some(item(json!({"n": 2}))));
}

/// A refusal shows the stored item (so a worker can find its own claim in it) and stores nothing.
pub async fn a_refused_write_changes_nothing_and_answers_what_is_there(records: &impl Records) {
    let key = key("refused", "A");
    let claim = |seq: i64| {
        let claim = update(&key, vec![Change::Set("claim_id", json!("mine"))]);
        expecting(claim, vec![Expectation::Is("seq", json!(seq))])
    };
    assert_eq!(records.write(&claim(1)).await.unwrap(), Written::Refused { found: None });
    assert_eq!(records.read(&key).await.unwrap(), None);
    store(records, &key, json!({"seq": 1})).await;
    let writes = [
        claim(2),
        expecting(put(&key, json!({"seq": 9})), vec![Expectation::Absent]),
        expecting(delete(&key), vec![Expectation::Has("lease_until")]),
        check(&key, vec![Expectation::Lacks("seq")]),
    ];
    for write in writes {
        assert_eq!(records.write(&write).await.unwrap(), refused(json!({"seq": 1})), "{write:?}");
        assert_eq!(records.read(&key).await.unwrap(), Some(item(json!({"seq": 1}))), "{write:?}");
    }
}

/// One update does all three kinds of change, leaves the rest, and answers the item as it was.
pub async fn an_update_sets_adds_and_removes(records: &impl Records) {
    let key = key("update", "A");
    store(records, &key, json!({"kept": "k", "set": 1, "wakes": 2, "lease_until": 3})).await;
    let changes = vec![
        Change::Set("set", json!({"new": []})),
        Change::Add("wakes", 1),
        Change::Add("attempt", -1),
        Change::Remove("lease_until"),
        Change::Remove("never_there"),
    ];
    let written = records.write(&update(&key, changes)).await.unwrap();
    assert_eq!(written, done(json!({"kept": "k", "set": 1, "wakes": 2, "lease_until": 3})));
    let stored = item(json!({"kept": "k", "set": {"new": []}, "wakes": 3, "attempt": -1}));
    assert_eq!(records.read(&key).await.unwrap(), Some(stored));
}

/// An update of nothing makes an item, be it an empty one.
pub async fn an_update_makes_the_item_if_there_is_none(records: &impl Records) {
    let (made, bare) = (key("upsert", "MADE"), key("upsert", "BARE"));
    let written = records.write(&update(&made, vec![Change::Add("attempts", 1)])).await.unwrap();
    assert_eq!(written, Written::Done { old: None });
    assert_eq!(records.read(&made).await.unwrap(), Some(item(json!({"attempts": 1}))));
    let written = records.write(&update(&bare, vec![Change::Remove("attempts")])).await.unwrap();
    assert_eq!(written, Written::Done { old: None });
    assert_eq!(records.read(&bare).await.unwrap(), Some(item(json!({}))));
    let written = records.write(&delete(&bare)).await.unwrap();
    assert_eq!(written, Written::Done { old: None }, "keys alone count as none");
}

/// Adding to a text is the writer's error, alone and among others, and stores nothing.
pub async fn only_a_number_grows(records: &impl Records) {
    let (key, beside) = (key("growth", "A"), key("growth", "BESIDE"));
    store(records, &key, json!({"text": "x"})).await;
    let grow = update(&key, vec![Change::Add("text", 1)]);
    assert_rejected(records.write(&grow).await, "a text grows");
    assert_rejected(records.write_together(&[put(&beside, json!({})), grow]).await, "a text grows together");
    assert_eq!(records.read(&key).await.unwrap(), Some(item(json!({"text": "x"}))));
    assert_eq!(records.read(&beside).await.unwrap(), None);
}

/// Deleting answers the item, and deleting nothing is done too.
pub async fn a_delete_answers_what_was_there(records: &impl Records) {
    let key = key("delete", "A");
    store(records, &key, json!({"n": 1})).await;
    assert_eq!(records.write(&delete(&key)).await.unwrap(), done(json!({"n": 1})));
    assert_eq!(records.read(&key).await.unwrap(), None);
    assert_eq!(records.write(&delete(&key)).await.unwrap(), Written::Done { old: None });
}

/// Text, whole numbers, truth, nothing, lists and objects, nested and empty.
pub async fn every_kind_of_value_comes_back_as_it_was(records: &impl Records) {
    let key = key("values", "A");
    let value = json!({
        "empty": "", "text": "Zażółć 🎈 \"quoted\"", "least": i64::MIN, "most": i64::MAX, "zero": 0,
        "yes": true, "no": false, "nothing": null, "list": [], "object": {},
        "nested": [{"deep": [null, {"deeper": [1, "2", false]}]}],
        "names like #a0 and :v0": "are taken", "size": "a reserved word",
    });
    store(records, &key, value.clone()).await;
    assert_eq!(records.read(&key).await.unwrap(), Some(item(value.clone())));
    assert_eq!(records.write(&delete(&key)).await.unwrap(), done(value));
}

/// The same partition and sort key in two tables are two items.
pub async fn the_three_tables_are_apart(records: &impl Records) {
    for table in Table::ALL {
        store(records, &Key::new(table, "tables", "A"), json!({"in": table.name()})).await;
    }
    for table in Table::ALL {
        let found = records.read(&Key::new(table, "tables", "A")).await.unwrap();
        assert_eq!(found, Some(item(json!({"in": table.name()}))));
    }
}

/// What DynamoDB would refuse is refused by name, and nothing is stored.
pub async fn a_request_wrong_in_itself_is_rejected(records: &impl Records) {
    let key = key("flaws", "A");
    let set = |name, value| update(&key, vec![Change::Set(name, value)]);
    let flawed = [
        put(&Key::new(Table::Journal, "", "A"), json!({})),
        put(&Key::new(Table::Journal, "flaws", ""), json!({})),
        put(&key, json!({"pk": "flaws"})),
        set("sk", json!("A")),
        expecting(delete(&key), vec![Expectation::Has("pk")]),
        update(&key, vec![Change::Set("n", json!(1)), Change::Add("n", 1)]),
        update(&key, vec![]),
        check(&key, vec![]),
        expecting(put(&key, json!({})), vec![Expectation::AnyOf(vec![])]),
        put(&key, json!({"deep": [{"float": 1.5}]})),
        set("n", json!(u64::MAX)),
        expecting(put(&key, json!({})), vec![Expectation::Is("n", json!(0.5))]),
        put(&key, json!({"due": ""})),
        put(&key, json!({"due_at": "1"})),
        set("status", Value::Null),
        update(&key, vec![Change::Add("board", 1)]),
    ];
    for write in flawed {
        assert_rejected(records.write(&write).await, &format!("{write:?}"));
        assert_rejected(
            records.write_together(std::slice::from_ref(&write)).await,
            &format!("together: {write:?}"),
        );
    }
    let many: Vec<Write> = (0..=MOST_TOGETHER)
        .map(|n| put(&Key::new(Table::Journal, "flaws", n.to_string()), json!({})))
        .collect();
    assert_rejected(records.write_together(&many).await, "a hundred and one");
    assert_rejected(records.write_together(&[]).await, "none");
    assert_rejected(records.write_together(&[put(&key, json!({})), delete(&key)]).await, "one key twice");
    assert_eq!(records.read(&key).await.unwrap(), None);
}
