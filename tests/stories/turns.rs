//! A turn: how early it is taken, for how long its claim is held, how many claims it has, and how much it may say.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

use handover_domain::outcome::Outcome;
use handover_domain::reason::Reason;
use handover_domain::state::{State, Status};
use handover_domain::step::Step;
use handover_engine::items;
use handover_engine::ports::Ports;
use handover_engine::records::{Action, Change, Records, Write};
use handover_engine::runner::{self, Effect, Ran, StepDue};
use handover_engine::work::{Fault, Report, Work};
use jiff::SignedDuration;
use serde_json::{Value, json};
use simulation::pieces::{Meta, Pieces};
use simulation::script::{Script, at};
use simulation::world::{World, now};

pub(crate) const SIGNED_UP_AT: &str = "2026-04-21T10:00:00Z";

/// The customer has signed up, and the worker that looks at what they have shared has died with the turn.
pub(crate) fn with_a_dead_worker() -> World {
    let script = Script { end: at(SIGNED_UP_AT), ..Script::signing_up_at(at(SIGNED_UP_AT)) };
    let mut world = World::new(&script);
    world.dies_at = Some(|point| point.function == "discover-assets" && point.call.starts_with("graph"));
    world.play(&script);
    world.dies_at = None;
    world
}

#[test]
fn a_claim_is_held_for_as_long_as_a_function_may_run_and_half_a_minute_more() {
    let world = with_a_dead_worker();
    let longest = world.settings.function_timeout + SignedDuration::from_secs(30);
    assert_eq!(world.states()[0].lease_until, Some(at(SIGNED_UP_AT) + longest));
}

/// Nobody holds the claim any longer, and there is this about the turn.
pub(crate) fn sets_free(world: &World, what: &'static str, is: Value) {
    let changes = vec![Change::Remove("lease_until"), Change::Set(what, is)];
    let key = items::state(world.migrations()[0]);
    let write = Write { key, expects: vec![], action: Action::Update(changes) };
    now(world.records.write(&write)).expect("memory answers");
}

/// The migration after one more claim than so many, none of which has come to a commit.
fn claimed_once_more_after(claims: u64) -> State {
    let world = with_a_dead_worker();
    sets_free(&world, "attempt", json!(claims));
    world.fire("sweep-due");
    world.deliver_now();
    world.states().remove(0)
}

#[test]
fn the_fifth_claim_does_its_work_and_the_sixth_asks_for_a_person() {
    let fifth = claimed_once_more_after(4);
    assert_ne!(fifth.status, Status::Person, "{:?}", fifth.reason);
    assert_ne!(fifth.step, Step::DiscoverAssets, "it was committed");
    let sixth = claimed_once_more_after(5);
    assert_eq!((sixth.status, sixth.reason), (Status::Person, Some(Reason::CLAIMS_USED_UP)));
    assert_eq!(claimed_once_more_after(6).status, Status::Person);
}

/// A step that has done its work, and says something of `FIRST` bytes and something of `SECOND`.
struct Says<const FIRST: usize, const SECOND: usize>;

impl<const FIRST: usize, const SECOND: usize> Effect for Says<FIRST, SECOND> {
    const STEP: Step = Step::DiscoverAssets;

    async fn run<P: Ports>(_: &Work<'_, P>) -> Result<Report, Fault> {
        Ok(Report::from(Outcome::Done).seen("1".repeat(FIRST)).seen("2".repeat(SECOND)))
    }
}

/// Runs the turn on that store, whatever it is.
pub(crate) fn run_on<E: Effect, R: Records>(world: &World, records: &R) -> Ran {
    let State { migration, step, seq, .. } = world.states().remove(0);
    let ports = Pieces { world, records, graph: &Meta(world) };
    now(runner::run::<E, _>(&ports, &StepDue { migration, step, seq })).expect("a run")
}

/// What the history has of it.
fn kept_of<E: Effect>() -> Value {
    let world = with_a_dead_worker();
    sets_free(&world, "attempt", json!(0));
    let Ran::Committed { state, .. } = run_on::<E, _>(&world, &world.records) else { panic!("it is due") };
    let entry = now(world.records.read(&items::history(state.migration, state.seq))).expect("memory answers");
    entry.expect("an entry")["evidence"].clone()
}

/// Clocks differ, and an event may run ahead of the clock that wrote it.
#[test]
fn a_turn_is_taken_five_seconds_early_and_no_earlier() {
    for (seconds, is_taken) in [(5, true), (6, false)] {
        let world = with_a_dead_worker();
        let due_at = at(SIGNED_UP_AT) + SignedDuration::from_secs(seconds);
        sets_free(&world, "due_at", json!(due_at.as_millisecond()));
        assert_eq!(
            run_on::<Says<1, 1>, _>(&world, &world.records) != Ran::StoodDown,
            is_taken,
            "{seconds} s"
        );
    }
}

#[test]
fn of_what_it_says_six_hundred_bytes_are_kept_and_the_rest_is_counted() {
    let half = "1".repeat(300);
    assert_eq!(kept_of::<Says<300, 300>>(), json!([half, "2".repeat(300)]));
    assert_eq!(kept_of::<Says<300, 301>>(), json!([half, "and 1 more"]));
    assert_eq!(kept_of::<Says<601, 1>>(), json!(["and 2 more"]));
}
