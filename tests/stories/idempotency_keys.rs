//! What was asked for under a key is done once, as long as the key lives, and answered the same.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use handover_engine::ports::Clock;
use jiff::SignedDuration;
use serde_json::{Value, json};
use simulation::envelopes;

use crate::bad_input_of_the_api::{ACTIONS, BATCH, CANCEL, CREATE, action, request, waiting};

#[test]
fn a_key_that_is_none_is_named_and_one_that_was_used_for_something_else_is_refused() {
    let world = waiting();
    let keyed = |key: &str, body: &Value| {
        let mut event = request(CREATE, "", "", &body.to_string());
        event["headers"]["idempotency-key"] = json!(key);
        world.request("api", &event)
    };
    for key in ["", &"k".repeat(101)] {
        let (status, told) = keyed(key, &json!({ "flow": "partner-switch" }));
        assert_eq!((status, &told["field"]), (400, &json!("Idempotency-Key")), "{told}");
    }
    let (first, created) = keyed("one", &json!({ "flow": "partner-switch" }));
    let (again, repeated) = keyed("one", &json!({ "flow": "partner-switch" }));
    assert_eq!((first, again), (201, 201));
    assert_eq!(created["migration"], repeated["migration"], "done once");
    assert_ne!(created["state"], repeated["state"], "the first link was told once; a fresh one is told now");
    let (status, told) = keyed("one", &json!({ "flow": "partner-switch", "label": "another" }));
    assert_eq!((status, &told["field"]), (409, &json!("Idempotency-Key")), "{told}");
}

#[test]
fn a_key_is_free_again_after_a_day() {
    let world = waiting();
    let mut event = request(CREATE, "", "", r#"{"flow":"partner-switch"}"#);
    event["headers"]["idempotency-key"] = json!("one");
    let created = || world.request("api", &event).1["migration"].clone();
    let first = created();
    let begun = world.clock.now();
    world.clock.set(begun + SignedDuration::from_hours(24) - SignedDuration::from_secs(1));
    assert_eq!(created(), first);
    world.clock.set(begun + SignedDuration::from_hours(24));
    let second = created();
    assert_ne!(second, first);
    assert_eq!(created(), second, "and it is kept for a day from there");
}

#[test]
fn an_action_asked_again_under_its_key_is_answered_the_same_and_done_once() {
    let world = waiting();
    let live = world.migrations()[0].to_string();
    let mut event = request(ACTIONS[0], &live, "", &action(ACTIONS[0], &json!({})).to_string());
    event["headers"]["idempotency-key"] = json!("retry-1");
    let (first, told) = world.request("api", &event);
    let (again, repeated) = world.request("api", &event);
    assert_eq!((first, again, &told), (200, 200, &repeated));
    let entries = world.history(0);
    assert_eq!(entries.iter().filter(|entry| entry.get("action") == Some(&json!("retry"))).count(), 1);
}

#[test]
fn a_key_that_was_used_for_another_action_is_refused() {
    let world = waiting();
    let live = world.migrations()[0].to_string();
    for route in ACTIONS {
        let keyed = |reason: &str| {
            let body = action(route, &json!({ "seq": 3, "reason": reason })).to_string();
            let mut event = request(route, &live, "", &body);
            event["rawPath"] = json!("/the-same-for-all");
            event["headers"]["idempotency-key"] = json!("one");
            world.request("api", &event)
        };
        if route == ACTIONS[0] {
            let mut event = request(route, &live, "", &action(route, &json!({})).to_string());
            event["rawPath"] = json!("/the-same-for-all");
            event["headers"]["idempotency-key"] = json!("one");
            assert_eq!(world.request("api", &event).0, 200);
        }
        let (status, told) = keyed("for something else");
        assert_eq!((status, &told["field"]), (409, &json!("Idempotency-Key")), "{route}: {told}");
    }
}

#[test]
fn a_key_asked_again_after_the_end_gives_no_link() {
    let world = waiting();
    let mut create = request(CREATE, "", "", &json!({ "flow": "partner-switch" }).to_string());
    create["headers"]["idempotency-key"] = json!("one");
    let (_, created) = world.request("api", &create);
    let id = created["migration"].as_str().unwrap().to_owned();
    let ask = |route: &str, key: &str, seq: u64| {
        let mut event = request(route, &id, "", &json!({ "seq": seq, "reason": "they called" }).to_string());
        event["headers"]["idempotency-key"] = json!(key);
        world.request("api", &event)
    };
    let new_link = ACTIONS[3];
    assert_eq!(ask(new_link, "two", 0).0, 201);
    assert_eq!(ask(new_link, "two", 0).0, 201, "as long as it lives, a fresh one");
    assert_eq!(ask(CANCEL, "three", 1).0, 200);
    let before = world.records.items();
    for (status, told) in [world.request("api", &create), ask(new_link, "two", 0)] {
        assert_eq!((status, &told["field"]), (409, &json!("Idempotency-Key")), "{told}");
        assert!(told["detail"].as_str().unwrap().contains("Send a new key"), "{told}");
    }
    assert_eq!(world.records.items(), before);
}

#[test]
fn two_people_who_use_one_key_create_each_their_own() {
    let world = waiting();
    let one = json!({ "flow": "partner-switch" });
    for (route, body) in [(CREATE, one.clone()), (BATCH, json!({ "migrations": [one] }))] {
        let created = |name: &str| {
            let mut event = envelopes::by(name, request(route, "", "", &body.to_string()));
            event["headers"]["idempotency-key"] = json!("one");
            let told = world.request("api", &event).1;
            let told = told.get("results").map_or(&told, |results| &results[0]["created"]);
            told["migration"].as_str().expect("a migration").to_owned()
        };
        let alices = created("alice");
        assert_ne!(created("bob"), alices, "{route}");
        assert_eq!(created("alice"), alices, "{route}");
    }
}
