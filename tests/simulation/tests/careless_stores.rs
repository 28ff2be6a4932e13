//! Every expectation in the five writes is there for a reason: a store that forgets one of them breaks a
//! named invariant, and a store that keeps them all breaks none.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

use std::collections::BTreeSet;

use handover_domain::reason::Reason;
use handover_domain::state::Status;
use handover_engine::records::{Action, Expectation, Write};
use simulation::crashes;
use simulation::meanwhile::Meanwhile;
use simulation::script::{Act, Script, at};
use simulation::world::World;

type Forgets = fn(&Write, &Expectation) -> bool;

/// The invariants that are violated anywhere when the store forgets that.
fn violated(script: &Script, meanwhile: Meanwhile, forgets: Option<Forgets>) -> BTreeSet<&'static str> {
    let mut violated = BTreeSet::new();
    let look = |world: &World, _| violated.extend(world.violations());
    crashes::everywhere(script, meanwhile, |world| world.forgets = forgets, look);
    violated
}

fn is_of(expectation: &Expectation, attribute: &str) -> bool {
    matches!(expectation, Expectation::Is(name, _) if *name == attribute)
}

fn only_until(script: Script, end: &str) -> Script {
    Script { end: at(end), ..script }
}

#[test]
fn without_the_wakes_a_customer_who_signs_up_at_the_wrong_moment_is_left_asleep() {
    let script = only_until(Script::example(), "2026-04-21T12:00:00Z");
    let forgets: Forgets = |write, expectation| write.key.sort == "STATE" && is_of(expectation, "wakes");
    assert_eq!(violated(&script, Meanwhile::Signups, None), BTreeSet::new());
    let found = violated(&script, Meanwhile::Signups, Some(forgets));
    assert!(found.contains("a-wake-is-answered-at-once"), "{found:?}");
}

#[test]
fn without_the_claim_in_record_a_worker_who_lost_the_turn_writes_facts() {
    let script = only_until(Script::example(), "2026-04-21T12:00:00Z");
    let forgets: Forgets =
        |write, expectation| write.action == Action::Check && is_of(expectation, "claim_id");
    assert_eq!(violated(&script, Meanwhile::AnotherClaimsAndDies, None), BTreeSet::new());
    let found = violated(&script, Meanwhile::AnotherClaimsAndDies, Some(forgets));
    assert!(found.contains("facts-are-written-under-the-claim"), "{found:?}");
}

#[test]
fn without_the_rev_of_the_ledger_one_share_of_a_business_writes_over_another() {
    let script = only_until(Script::two_wabas_of_one_business(), "2026-04-21T12:00:00Z");
    let forgets: Forgets = |write, expectation| {
        write.key.sort == "LEDGER" && (is_of(expectation, "rev") || *expectation == Expectation::Absent)
    };
    assert_eq!(violated(&script, Meanwhile::Signups, None), BTreeSet::new());
    let found = violated(&script, Meanwhile::Signups, Some(forgets));
    assert!(found.contains("what-was-shared-stays-in-the-ledger"), "{found:?}");
}

#[test]
fn without_the_lock_two_migrations_move_one_waba() {
    let mut script = only_until(Script::example(), "2026-04-21T12:00:00Z");
    script.acts.insert(1, (script.start, Act::Create { waba: None }));
    script.acts.push((at("2026-04-21T10:30:00Z"), Act::SignUp { migration: 1, waba: 0 }));
    let forgets: Forgets = |write, _| write.key.sort == "LOCK";
    let found = |forgets| {
        let mut world = World::new(&script);
        world.forgets = forgets;
        world.play(&script);
        world.violations()
    };
    assert_eq!(found(None), BTreeSet::new());
    let found = found(Some(forgets));
    assert!(found.contains("one-live-migration-per-waba"), "{found:?}");
}

/// The journal is a table of its own: after `migrations` alone was restored, STATE is older than it.
#[test]
fn without_the_absent_history_a_restored_state_writes_history_anew() {
    let mut script = only_until(Script::example(), "2026-04-27T08:40:00Z");
    script.acts.insert(2, (at("2026-04-21T09:30:00Z"), Act::Remember));
    script.acts.push((at("2026-04-21T10:30:00Z"), Act::Restore));
    let forgets: Forgets =
        |write, expectation| write.key.sort.starts_with("H#") && *expectation == Expectation::Absent;
    let played = |forgets| {
        let mut world = World::new(&script);
        world.forgets = forgets;
        world.play(&script);
        world
    };
    let careful = played(None);
    assert!(!careful.violations().contains("history-is-written-once"), "{:?}", careful.violations());
    let state = &careful.states()[0];
    assert_eq!((state.status, state.reason.clone()), (Status::Person, Some(Reason::RECORD_INCOMPLETE)));
    let careless = played(Some(forgets));
    assert!(careless.violations().contains("history-is-written-once"), "{:?}", careless.violations());
}
