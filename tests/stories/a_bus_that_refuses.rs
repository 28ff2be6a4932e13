//! A bus can take a part of a batch: what it did not take is put again, by whoever is next, and nothing is said twice.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

use handover_domain::reason::Reason;
use handover_domain::state::Status;
use handover_engine::items;
use handover_engine::memory_records::Changed;
use handover_engine::ports::Clock;
use handover_engine::records::{Action, Change, Records, Write};
use jiff::SignedDuration;
use serde_json::json;
use simulation::envelopes;
use simulation::script::{Script, at};
use simulation::world::{World, now};

const STEP_DUE: Option<&str> = Some("StepDue");

fn until(moment: &str) -> World {
    let mut script = Script::example();
    script.end = at(moment);
    World::played(&script)
}

fn put(world: &World, kind: &str) -> usize {
    world.events().iter().filter(|(_, event)| event.detail_type == kind).count()
}

#[test]
fn the_stream_is_taken_up_again_at_the_first_record_whose_event_was_not_taken() {
    let world = until("2026-04-22T12:00:00Z");
    let key = items::state(world.migrations()[0]);
    let due = now(world.records.read(&key)).unwrap().map(|mut item| {
        item.insert("due_at".to_owned(), json!(world.clock.now().as_millisecond()));
        item
    });
    // The first record says nothing, so it is done whatever the bus takes.
    let quiet = Changed { key: items::lock(&world.waba(0).parse().unwrap()), old: None, new: None };
    let loud = Changed { key, old: due.clone(), new: due };
    let batch = envelopes::from_the_stream(&[quiet, loud.clone(), loud]);
    let before = put(&world, "StepDue");
    world.bus.refuse(STEP_DUE);
    let answer = world.ask("publish-events", batch.as_bytes()).expect("an answer");
    assert_eq!(answer["batchItemFailures"], json!([{ "itemIdentifier": "1" }]));
    assert_eq!(put(&world, "StepDue"), before);
    world.bus.refuse(None);
    let answer = world.ask("publish-events", batch.as_bytes()).expect("an answer");
    assert_eq!(answer["batchItemFailures"], json!([]));
    assert_eq!(put(&world, "StepDue"), before + 2);
}

#[test]
fn a_turn_that_the_bus_did_not_take_is_put_by_the_next_sweep() {
    let world = until("2026-04-22T12:00:00Z");
    world.clock.set(world.clock.now() + SignedDuration::from_hours(24));
    let before = put(&world, "StepDue");
    world.bus.refuse(STEP_DUE);
    world.fire("sweep-due");
    assert_eq!((put(&world, "StepDue"), world.failures()), (before, vec![]));
    world.bus.refuse(None);
    world.fire("sweep-due");
    assert_eq!(put(&world, "StepDue"), before + 1);
}

#[test]
fn an_announcement_that_the_bus_did_not_take_is_made_when_it_does() {
    let mut script = Script::example();
    script.end = at("2026-05-01T00:20:00Z");
    let world = World::new(&script);
    world.bus.refuse(Some("CustomerUnblocked"));
    world.play(&script);
    let state = &world.states()[0];
    assert_eq!((state.row.as_str(), state.reason.clone()), ("announce", Some(Reason::BUS_REFUSED)));
    world.bus.refuse(None);
    script.acts.clear();
    script.start = world.clock.now();
    script.end = at("2026-05-01T01:20:00Z");
    world.play(&script);
    assert_eq!((world.states()[0].status, put(&world, "CustomerUnblocked")), (Status::Completed, 1));
    assert!(world.violations().is_empty(), "{:?}", world.violations());
}

#[test]
fn an_alarm_that_the_bus_did_not_take_is_told_by_the_next_audit_and_once() {
    let world = until("2026-04-22T12:00:00Z");
    world.fire("sweep-due");
    let key = items::state(world.migrations()[0]);
    let action = Action::Update(vec![Change::Remove("due")]);
    now(world.records.write(&Write { key, expects: vec![], action })).unwrap();
    world.bus.refuse(Some("PersonNeeded"));
    world.fire("audit");
    let told = |world: &World| {
        let events = world.events().into_iter();
        events.filter(|(_, event)| event.detail.get("alarm").is_some()).count()
    };
    assert_eq!(told(&world), 0);
    world.bus.refuse(None);
    world.fire("audit");
    world.fire("audit");
    assert_eq!((told(&world), world.failures()), (1, vec![]));
}
