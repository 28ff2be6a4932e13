//! What an expectation holds of.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{check, delete, expecting, key, put, store};
use crate::records::{Expectation, Key, Records, Written, WrittenTogether};

/// Asks `expectation` of the item under `key` in each of the ways a write can ask it.
async fn holds(records: &impl Records, key: &Key, expectation: &Expectation) -> bool {
    let expects = vec![expectation.clone()];
    let before = records.read(key).await.unwrap();
    let bystander = Key::new(key.table, key.partition.as_str(), "BYSTANDER");
    let alone = records.write(&check(key, expects.clone())).await.unwrap();
    let beside = [put(&bystander, json!({})), check(key, expects.clone())];
    let together = records.write_together(&beside).await.unwrap();
    let written = records.write(&expecting(delete(key), expects)).await.unwrap();
    if let Some(item) = before.clone() {
        store(records, key, Value::Object(item)).await;
    }
    if alone == (Written::Done { old: before.clone() }) {
        assert_eq!(together, WrittenTogether::Done, "{expectation:?} holds alone");
        assert_eq!(written, Written::Done { old: before }, "{expectation:?} holds alone");
        true
    } else {
        assert_eq!(alone, Written::Refused { found: before.clone() }, "{expectation:?}");
        let refusals = BTreeMap::from([(1, before.clone())]);
        assert_eq!(together, WrittenTogether::Refused(refusals), "{expectation:?} is refused alone");
        assert_eq!(written, Written::Refused { found: before }, "{expectation:?} is refused alone");
        false
    }
}

/// Each kind of expectation, true and false, asked by a check, by a write, and among others.
pub async fn an_expectation_holds_or_not_alike_alone_and_together(records: &impl Records) {
    use Expectation::{Absent, AnyOf, AtMost, Has, Is, Lacks, Present};
    let key = key("expectations", "A");
    store(records, &key, json!({"n": 5, "t": "x", "nothing": null, "o": {"a": [1, "b"]}})).await;
    let cases = [
        (Present, true),
        (Absent, false),
        (Has("n"), true),
        (Has("nothing"), true),
        (Has("missing"), false),
        (Lacks("missing"), true),
        (Lacks("t"), false),
        (Is("n", json!(5)), true),
        (Is("n", json!(6)), false),
        (Is("n", json!("5")), false),
        (Is("t", json!("x")), true),
        (Is("nothing", Value::Null), true),
        (Is("o", json!({"a": [1, "b"]})), true),
        (Is("o", json!({"a": ["b", 1]})), false),
        (AtMost("n", 4), false),
        (AtMost("n", 5), true),
        (AtMost("n", 6), true),
        (AtMost("t", 6), false),
        (AnyOf(vec![Lacks("t"), AtMost("n", 5)]), true),
        (AnyOf(vec![Lacks("t"), AtMost("n", 4)]), false),
        (AnyOf(vec![Absent, AnyOf(vec![Is("t", json!("x")), Absent])]), true),
    ];
    for (expectation, expected) in cases {
        assert_eq!(holds(records, &key, &expectation).await, expected, "{expectation:?}");
    }
    let both = vec![Present, Is("n", json!(6))];
    let written = records.write(&expecting(delete(&key), both)).await.unwrap();
    assert!(matches!(written, Written::Refused { .. }), "all expectations must hold, not one");
}

/// A missing attribute, or a missing item, is neither equal to anything nor at most anything.
pub async fn an_attribute_that_is_not_there_satisfies_no_comparison(records: &impl Records) {
    let stored = key("missing", "STORED");
    store(records, &stored, json!({"other": 1})).await;
    for key in [stored, key("missing", "NEVER")] {
        for expectation in [
            Expectation::Is("n", json!(0)),
            Expectation::Is("n", Value::Null),
            Expectation::AtMost("n", i64::MAX),
            Expectation::Has("n"),
        ] {
            assert!(!holds(records, &key, &expectation).await, "{expectation:?} of {key:?}");
        }
        assert!(holds(records, &key, &Expectation::Lacks("n")).await, "{key:?}");
    }
}
