//! The expectations in the writes are there for a reason: a store that forgets one of them breaks a named invariant,
//! and a store that keeps them all breaks none.
//!
//! Some guard the same from two sides, so that forgetting one alone shows nothing: `seq` and `step` of a claim beside
//! its lease and `due_at`, `seq` of a commit beside its claim, and what is new and has a new id anyway (STATE and SIGNUP
//! of create). And whoever writes over a roll call has counted the same people.

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
use handover_engine::ports::Clock;
use handover_engine::records::{Action, Expectation, Write};
use simulation::crashes;
use simulation::envelopes;
use simulation::meanwhile::Meanwhile;
use simulation::script::{Act, Script, at};
use simulation::world::World;

type Forgets = fn(&Write, &Expectation) -> bool;

/// The invariants that are violated anywhere when the store forgets that.
fn violated(script: &Script, meanwhile: Meanwhile, forgets: Option<Forgets>) -> BTreeSet<&'static str> {
    let mut violated = BTreeSet::new();
    let look = |world: &World, _| violated.extend(world.violations());
    crashes::everywhere(script, meanwhile, |world| world.careless.forgets = forgets, look);
    violated
}

fn is_of(expectation: &Expectation, attribute: &str) -> bool {
    matches!(expectation, Expectation::Is(name, _) if *name == attribute)
}

fn only_until(script: Script, end: &str) -> Script {
    Script { end: at(end), ..script }
}

/// What the invariants find where the store forgets these conditions.
fn violations(script: &Script, forgets: Option<Forgets>) -> BTreeSet<&'static str> {
    let mut world = World::new(script);
    world.careless.forgets = forgets;
    world.play(script);
    world.violations()
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
fn without_the_lease_two_workers_share_at_once() {
    let script = only_until(Script::example(), "2026-04-21T12:00:00Z");
    let forgets: Forgets =
        |write, expectation| write.key.sort == "STATE" && matches!(expectation, Expectation::AnyOf(_));
    let found = violated(&script, Meanwhile::SameDelivery, Some(forgets));
    assert!(found.contains("only-the-holder-of-the-claim-calls"), "{found:?}");
}

#[test]
fn without_the_claim_in_commit_a_worker_who_lost_the_turn_writes_its_outcome() {
    let script = only_until(Script::example(), "2026-04-21T12:00:00Z");
    let forgets: Forgets =
        |write, expectation| matches!(write.action, Action::Update(_)) && is_of(expectation, "claim_id");
    let found = violated(&script, Meanwhile::AnotherClaimsAndDies, Some(forgets));
    assert!(found.contains("facts-are-written-under-the-claim"), "{found:?}");
}

/// A webhook and an operator come when the migration has ended.
#[test]
fn without_the_due_at_a_wake_or_an_action_brings_back_what_has_ended() {
    let mut script = only_until(Script::with_the_waba_named(), "2026-05-02T12:00:00Z");
    script.acts.push((at("2026-05-02T09:00:00Z"), Act::Unshared { migration: 0 }));
    let script = script.asking(at("2026-05-02T10:00:00Z"), "retry", serde_json::json!({}));
    let forgets: Forgets =
        |write, expectation| write.key.sort == "STATE" && *expectation == Expectation::Has("due_at");
    assert_eq!(violations(&script, None), BTreeSet::new());
    let found = violations(&script, Some(forgets));
    assert!(found.contains("what-has-ended-is-never-written-again"), "{found:?}");
}

/// An operator acts on what they saw an hour ago.
#[test]
fn without_the_seq_in_its_claim_an_action_is_taken_on_an_old_picture() {
    let script = only_until(Script::example(), "2026-04-22T12:00:00Z");
    let forgets: Forgets = |write, expectation| write.key.sort == "STATE" && is_of(expectation, "seq");
    let asked = |forgets| {
        let mut world = World::played(&script);
        world.careless.forgets = forgets;
        world.operator_asks(0, "retry", &serde_json::json!({ "seq": 3 })).expect("an answer").0
    };
    assert_eq!((asked(None), asked(Some(forgets))), (409, 200));
}

/// The same request comes twice at the same moment: the second looks before the first has written.
#[test]
fn without_the_key_one_request_creates_two_migrations() {
    let script = only_until(Script::example(), "2026-04-21T07:59:00Z");
    let mut create = envelopes::post("/migrations", &serde_json::json!({ "flow": "partner-switch" }));
    create["headers"]["idempotency-key"] = serde_json::json!("one");
    let created = |forgets: Option<Forgets>| {
        let mut most = 0;
        for gate in 0..6 {
            let mut world = World::new(&script);
            world.careless.forgets = forgets;
            world.function_while("api", &create, gate, || {
                world.request("api", &create);
            });
            most = most.max(world.records.items().keys().filter(|key| key.sort == "STATE").count());
        }
        most
    };
    let forgets: Forgets = |write, _| write.key.sort == "KEY";
    assert_eq!((created(None), created(Some(forgets))), (1, 2));
}

/// The signup page sends the same code twice at once.
#[test]
fn without_the_taken_link_a_code_is_exchanged_twice() {
    let mut script = Script::example();
    script.acts.truncate(2);
    script.end = at("2026-04-21T09:30:00Z");
    let exchanges = |forgets: Option<Forgets>| {
        let mut most = 0;
        for gate in 0..8 {
            let mut world = World::played(&script);
            world.careless.forgets = forgets;
            let (now_is, waba) = (world.clock.now(), world.waba(0));
            let code = world.simulator().customer_signs_up(now_is, &waba).expect("a signup").code;
            let body = serde_json::json!({ "state": world.link(0), "code": code, "waba_id": waba });
            let post = envelopes::post("/signup", &body);
            world.function_while("signup", &post, gate, || {
                world.request("signup", &post);
            });
            let simulator = world.simulator();
            let calls = simulator.calls().iter();
            most =
                most.max(calls.filter(|call| call.endpoint.as_str().contains("oauth/access_token")).count());
        }
        most
    };
    let forgets: Forgets =
        |write, expectation| write.key.sort == "SIGNUP" && *expectation == Expectation::Lacks("taken_by");
    assert_eq!((exchanges(None), exchanges(Some(forgets))), (1, 2));
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
    assert_eq!(violations(&script, None), BTreeSet::new());
    let found = violations(&script, Some(forgets));
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
        world.careless.forgets = forgets;
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
