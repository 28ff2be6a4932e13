//! When more is due than a sweep puts, what must be done first goes first.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

use handover_domain::flow::FlowName;
use handover_domain::ids::MigrationId;
use handover_domain::moment::after;
use handover_domain::state::State;
use handover_engine::items;
use handover_engine::ports::{Clock, Ids};
use handover_engine::records::Records;
use handover_engine::writes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use simulation::envelopes;
use simulation::script::{Script, at};
use simulation::world::{World, now};

const NOW: &str = "2026-04-21T10:00:00Z";
/// A sweep puts so many.
const RATE: usize = 1_000;

fn minutes_before_now(minutes: i64) -> Timestamp {
    after(at(NOW), SignedDuration::from_mins(-minutes))
}

/// A migration that came due so many minutes ago and should be done so many minutes from now.
fn due(world: &World, minutes_ago: i64, deadline_in: i64) -> MigrationId {
    let flow = FlowName::PartnerSwitch;
    let came_due = minutes_before_now(minutes_ago);
    let migration = MigrationId::new(world.ids.new_id(came_due));
    let mut state = State::new(migration, flow, &flow.flow().rows[0], came_due);
    state.deadline = Some(minutes_before_now(-deadline_in));
    let key = items::state(migration);
    let item = items::written(&key, &state).expect("an item");
    now(world.records.write(&writes::put(key, item, vec![]))).expect("memory answers");
    migration
}

/// The migrations whose turn a sweep put on the bus, in its order.
fn swept(world: &World) -> Vec<Value> {
    let before = world.events().len();
    world.ask("sweep-due", envelopes::tick(world.clock.now()).to_string().as_bytes()).expect("an answer");
    let turns = world.events().split_off(before);
    turns.into_iter().map(|(_, event)| event.detail["migration"].clone()).collect()
}

fn empty() -> World {
    let world = World::new(&Script::example());
    world.clock.set(at(NOW));
    world
}

#[test]
fn the_oldest_deadline_goes_first_however_late_it_came_due() {
    let world = empty();
    let relaxed: Vec<MigrationId> = (0..1_500).map(|_| due(&world, 60, 10_000)).collect();
    let urgent = due(&world, 1, 5);
    let turns = swept(&world);
    assert_eq!((turns.len(), &turns[0]), (RATE, &json!(urgent)));
    assert_eq!(turns[1], json!(relaxed[0]), "the others follow in the order in which they came due");
}

#[test]
fn turns_that_never_commit_do_not_starve_what_is_more_urgent() {
    let world = empty();
    for _ in 0..2_000 {
        due(&world, 600, 500);
    }
    assert_eq!(swept(&world).len(), RATE);
    // Nothing of it was run, so the same is due again; one more comes due behind all of it.
    let urgent = due(&world, 0, 90);
    assert!(swept(&world).contains(&json!(urgent)));
}
