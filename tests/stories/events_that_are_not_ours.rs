//! An event that is not ours, or not of this moment, changes nothing; where it cannot be understood the
//! failure names the field and repeats nothing of what stood in it.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

use std::error::Error;

use functions::InvokeError;
use handover_domain::state::Status;
use handover_domain::step::Step;
use handover_engine::memory_records::Changed;
use handover_engine::ports::{Clock, Event};
use handover_engine::records::{Action, Item, Key, Records, Table, Write};
use serde_json::{Value, json};
use simulation::envelopes;
use simulation::script::{Script, at};
use simulation::world::{World, now};

/// A secret in the wrong place: it must not come back.
const SECRET: &str = "EAAsecret0123456789";

/// The example in the middle: the share is made, and the 1st is waited for.
fn in_the_middle() -> (World, Script) {
    let mut script = Script::example();
    let end = std::mem::replace(&mut script.end, at("2026-04-25T00:00:00Z"));
    let world = World::new(&script);
    world.play(&script);
    assert_eq!(world.states()[0].row, "activation");
    script.acts.clear();
    script.end = end;
    (world, script)
}

fn event(world: &World, detail: Value) -> Value {
    envelopes::from_the_bus(&Event { detail_type: "StepDue", detail, trace: None }, world.clock.now())
}

fn due(world: &World, step: Step) -> Value {
    let state = &world.states()[0];
    json!({ "migration": state.migration, "step": step, "seq": state.seq })
}

fn with(mut detail: Value, field: &str, value: Value) -> Value {
    detail[field] = value;
    detail
}

fn completes(world: &World, script: &Script) {
    world.play(script);
    assert!(world.violations().is_empty(), "{:?}", world.violations());
    assert_eq!(world.states()[0].status, Status::Completed);
}

/// The whole chain of a failure, as a log would show it.
fn told(error: &InvokeError) -> String {
    let first: &dyn Error = error;
    let chain = std::iter::successors(Some(first), |&error| error.source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[test]
fn an_event_that_no_step_understands_fails_by_the_name_of_its_field() {
    let (world, script) = in_the_middle();
    for step in Step::ALL {
        let good = due(&world, step);
        for (detail, field) in [
            (with(good.clone(), "token", json!(SECRET)), "`detail.token` is not known"),
            (with(good.clone(), "migration", json!(SECRET)), "`detail.migration` is not of"),
            (with(good.clone(), "migration", json!(7)), "`detail.migration` is not of"),
            (with(good.clone(), "seq", json!("7")), "`detail.seq` is not of"),
            (with(good.clone(), "seq", json!(-1)), "`detail.seq` is not of"),
            (with(good.clone(), "step", json!("share")), "`detail.step` is not of"),
            (json!({}), "is missing"),
            (json!(SECRET), "`detail` is not of"),
            (Value::Null, "`detail` is not of"),
        ] {
            let before = world.everything();
            let payload = event(&world, detail.clone()).to_string();
            let refused = world.ask(step.name(), payload.as_bytes()).expect_err("not ours");
            assert!(matches!(refused, InvokeError::NotOurs { .. }), "{step}: {detail}: {refused:?}");
            let told = told(&refused);
            assert!(told.contains(field), "{step}: {detail}: {told}");
            assert!(!told.contains(SECRET) && !format!("{refused:?}").contains(SECRET), "{told}");
            assert_eq!(world.everything(), before, "{step}: {detail}");
        }
        for bytes in ["", "{", "[]", "null", "<html>", "\u{0}"] {
            let refused = world.ask(step.name(), bytes.as_bytes()).expect_err("not ours");
            assert!(matches!(refused, InvokeError::NotOurs { .. }), "{step}: {bytes}");
        }
    }
    completes(&world, &script);
}

#[test]
fn an_event_of_another_turn_does_nothing() {
    let (world, script) = in_the_middle();
    let unknown = json!("0199a000-0000-7000-8000-0000000000ff");
    for step in Step::ALL {
        let good = due(&world, step);
        for detail in [
            good.clone(),
            with(good.clone(), "migration", unknown.clone()),
            with(good.clone(), "seq", json!(0)),
            with(good.clone(), "seq", json!(i64::MAX)),
            with(good.clone(), "step", json!(Step::ShareCreditLine)),
            with(good.clone(), "step", json!(Step::Announce)),
        ] {
            let before = world.everything();
            let payload = event(&world, detail.clone()).to_string();
            assert_eq!(world.ask(step.name(), payload.as_bytes()).expect("it stands down"), Value::Null);
            assert_eq!(world.everything(), before, "{step}: {detail}");
        }
    }
    completes(&world, &script);
}

#[test]
fn a_function_that_is_not_there_says_its_name() {
    let (world, _) = in_the_middle();
    let refused = world.ask("share-credit", b"{}").expect_err("no function");
    assert_eq!(refused.to_string(), "there is no function share-credit");
}

/// A changed item of `migrations`, as the stream shows it.
fn changed(key: Key, new: Option<Item>) -> Changed {
    Changed { key, old: None, new }
}

fn object(value: Value) -> Item {
    value.as_object().expect("an object").clone()
}

#[test]
fn foreign_records_of_the_stream_lose_none_of_the_others() {
    let script = Script::example();
    let world = World::new(&script);
    let created = envelopes::post("/migrations", &json!({ "flow": "partner-switch" }));
    world.request("api", &created);
    let state = world.records.items().into_iter().find(|(key, _)| key.sort == "STATE").expect("a STATE");
    let poison =
        |sort: &str, item: Value| changed(Key::new(Table::Migrations, "M#x", sort), Some(object(item)));
    let newer = {
        let mut newer = state.1.clone();
        newer.insert("status".to_owned(), json!("paused"));
        newer
    };
    let batch = [
        poison("STATE", json!({})),
        poison("STATE", json!({ "migration": SECRET, "due_at": "soon" })),
        poison("LEDGER", json!({ "rev": 1 })),
        changed(Key::new(Table::Migrations, "M#y", "STATE"), Some(newer)),
        changed(Key::new(Table::Migrations, "M#z", "STATE"), None),
        changed(state.0.clone(), Some(state.1.clone())),
        poison("STATE", json!({ "due_at": 1 })),
    ];
    let payload = envelopes::from_the_stream(&batch);
    let before = (world.records.items(), world.events().len());
    let answer = world.ask("publish-events", payload.as_bytes()).expect("an answer");
    assert_eq!(answer["batchItemFailures"], json!([]), "what can never be understood must not come again");
    let events = world.events();
    assert_eq!((world.records.items(), events.len()), (before.0, before.1 + 1));
    let (_, last) = events.last().expect("an event");
    assert_eq!((last.detail_type, last.detail["step"].as_str()), ("StepDue", Some("start-migration")));
}

#[test]
fn a_payload_that_is_no_batch_of_the_stream_is_not_ours() {
    let (world, _) = in_the_middle();
    for (bytes, field) in [
        ("{}", "`Records` is missing"),
        (r#"{"Records":7}"#, "`Records` is not of"),
        ("[]", "the whole is not"),
        ("", "the whole is not JSON"),
    ] {
        let refused = world.ask("publish-events", bytes.as_bytes()).expect_err("not ours");
        assert!(told(&refused).contains(field), "{bytes}: {}", told(&refused));
    }
}

#[test]
fn lines_of_the_index_that_are_not_ours_lose_none_of_the_others() {
    let script = Script::example();
    let world = World::new(&script);
    world.request("api", &envelopes::post("/migrations", &json!({ "flow": "partner-switch" })));
    let strange = [
        ("M#strange", json!({ "due": "DUE", "due_at": 1, "step": "share", "seq": 1 })),
        ("M#0199a000-0000-7000-8000-0000000000ff", json!({ "due": "DUE", "due_at": 1 })),
        ("X#1", json!({ "due": "DUE", "due_at": 1, "step": "announce", "seq": "one" })),
    ];
    for (partition, item) in strange {
        let key = Key::new(Table::Migrations, partition, "STATE");
        let write = Write { key, expects: vec![], action: Action::Put(object(item)) };
        now(world.records.write(&write)).expect("memory answers");
    }
    let before = world.events().len();
    let tick = envelopes::tick(world.clock.now()).to_string();
    world.ask("sweep-due", tick.as_bytes()).expect("an answer");
    let said: Vec<Event> = world.events().split_off(before).into_iter().map(|(_, event)| event).collect();
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(said[0].detail["step"], json!(Step::StartMigration));
}

#[test]
fn a_tick_that_is_none_sweeps_nothing() {
    let (world, _) = in_the_middle();
    let before = world.everything();
    for bytes in ["", "[]", "7"] {
        assert!(
            matches!(world.ask("sweep-due", bytes.as_bytes()), Err(InvokeError::NotOurs { .. })),
            "{bytes}"
        );
    }
    assert_eq!(world.everything(), before);
}
