//! What Meta was asked of a customer cannot be taken back: no migration walks away from it, and a later one goes on from it.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::collections::BTreeSet;

use graph_simulator::{Fault, PlannedFault};
use handover_domain::flow::FlowName;
use handover_domain::reason::Reason;
use handover_domain::state::Status;
use serde_json::json;
use simulation::restore::{self, Rewind};
use simulation::script::{Act, Script, at};
use simulation::world::World;

const REQUEST: &str = "POST /{waba}/set_solution_migration_intent";
const ASKED_AT: &str = "2026-04-20T10:00:00Z";
const LATER: &str = "2026-04-20T12:00:00Z";

/// The WABA's token is there from the start, and nobody has answered the request yet.
fn asked() -> Script {
    let mut script = Script::of(FlowName::SolutionJoin);
    script.acts.truncate(2);
    script
}

fn lost(applied: bool) -> PlannedFault {
    PlannedFault {
        endpoint: REQUEST.parse().unwrap(),
        nth: 1,
        about: None,
        fault: Fault::LoseAnswer { applied },
    }
}

/// Cancelled at noon, and created anew.
fn cancelled_and_created_anew(mut script: Script) -> Script {
    script = script.asking(at(ASKED_AT), "cancel", json!({}));
    script.acts.push((at(LATER), Act::Begin { flow: FlowName::SolutionJoin, waba: 0 }));
    script
}

fn requests(world: &World) -> usize {
    let simulator = world.simulator();
    simulator.calls().iter().filter(|call| call.endpoint.as_str() == REQUEST).count()
}

#[test]
fn nobody_walks_away_from_a_request_that_meta_may_have() {
    let mut script = asked().with_faults([lost(true)]);
    script.end = at(ASKED_AT);
    let world = World::new(&script);
    world.play(&script);
    assert_eq!(world.states()[0].reason, Some(Reason::INTENT_UNKNOWN));
    let (status, told) = world.operator_asks(0, "cancel", &json!({})).expect("an answer");
    assert_eq!(status, 409, "{told}");
    assert!(told["detail"].as_str().unwrap().contains("resolve it first"), "{told}");
}

/// The tables are put back to the moment before the request: Meta has it, and the record knows of none.
#[test]
fn a_request_that_a_restore_has_forgotten_is_made_again_by_nothing_but_a_persons_word() {
    for flow in [FlowName::LeaveSolution, FlowName::OwnershipTransfer] {
        for (verdict, asked_in_all) in [("asked", 1), ("not_applied", 2)] {
            let mut script = Script::of(flow);
            script.acts.pop();
            script.end = at(LATER);
            let forgotten = |rewind: Rewind| {
                let world = World::new(&script);
                world.rewind(rewind);
                world.play(&script);
                assert!(asked_of_the_customer(&world) <= 1, "{flow}: {rewind:?}");
                (world.states()[0].reason == Some(Reason::INTENT_UNKNOWN)).then_some(world)
            };
            let world = restore::everywhere(&script).into_iter().find_map(forgotten).expect("a restore");
            assert_eq!(asked_of_the_customer(&world), 1, "{flow}: Meta has it");
            let told = world.operator_asks(0, "resolve", &json!({ "verdict": verdict })).expect("an answer");
            assert_eq!(told.0, 200, "{flow}: {}", told.1);
            world.deliver_now();
            assert_eq!(asked_of_the_customer(&world), asked_in_all, "{flow}: {verdict}");
            assert_eq!(world.states()[0].status, Status::Waiting, "{flow}: {verdict}");
        }
    }
}

fn asked_of_the_customer(world: &World) -> usize {
    let simulator = world.simulator();
    let asks = |endpoint: &str| endpoint == REQUEST || endpoint == "POST /{waba}/set_obo_mobility_intent";
    simulator.calls().iter().filter(|call| asks(call.endpoint.as_str())).count()
}

#[test]
fn what_an_operator_has_found_out_about_it_settles_it() {
    let script = asked().with_faults([lost(true)]);
    let script = script.asking(at(ASKED_AT), "resolve", json!({ "verdict": "asked" }));
    let world = World::played(&script.asking(at(LATER), "cancel", json!({})));
    assert_eq!(world.states()[0].status, Status::Cancelled);
    assert_eq!(requests(&world), 1);
}

#[test]
fn a_later_migration_goes_on_from_a_request_that_is_open() {
    let mut script = cancelled_and_created_anew(asked());
    script.acts.push((at("2026-04-22T08:00:00Z"), Act::Answer { waba: 0, accepts: true }));
    let world = World::played(&script);
    let states = world.states();
    assert_eq!((states[0].status, states[1].status), (Status::Cancelled, Status::Completed));
    assert_eq!(requests(&world), 1, "Meta is asked once");
    assert_eq!(world.violations(), BTreeSet::new());
}

#[test]
fn a_request_that_cannot_be_looked_up_is_asked_about_anew_for_the_next_migration() {
    let mut script = asked().with_faults([lost(false)]);
    script = script.asking(at(ASKED_AT), "resolve", json!({ "verdict": "asked" }));
    script = script.asking(at("2026-04-20T11:00:00Z"), "cancel", json!({}));
    script.acts.push((at(LATER), Act::Begin { flow: FlowName::SolutionJoin, waba: 0 }));
    let world = World::played(&script);
    assert_eq!(world.states()[1].reason, Some(Reason::INTENT_UNKNOWN), "{:#?}", world.states()[1]);
    let gone = Act::Ask { migration: 1, action: "resolve", more: json!({ "verdict": "not_applied" }) };
    script.acts.push((at("2026-04-20T13:00:00Z"), gone));
    script.acts.push((at("2026-04-22T08:00:00Z"), Act::Answer { waba: 0, accepts: true }));
    let world = World::played(&script);
    assert_eq!(world.states()[1].status, Status::Completed, "{:#?}", world.states()[1]);
    assert_eq!(requests(&world), 2, "the operator has said that the first is gone");
}

#[test]
fn a_request_that_leads_elsewhere_is_not_taken_for_this_ones() {
    let mut script = Script::of(FlowName::LeaveSolution).with_faults([lost(true)]);
    script.acts.truncate(2);
    script = script.asking(at(ASKED_AT), "resolve", json!({ "verdict": "asked" }));
    script = script.asking(at("2026-04-20T11:00:00Z"), "cancel", json!({}));
    script.acts.push((at(LATER), Act::Begin { flow: FlowName::SolutionSwitch, waba: 0 }));
    let there = Act::Ask { migration: 1, action: "resolve", more: json!({ "verdict": "asked" }) };
    script.acts.push((at("2026-04-20T13:00:00Z"), there));
    let world = World::played(&script);
    let targets: Vec<Option<String>> =
        world.simulator().world().intents.values().map(|intent| intent.solution_id.clone()).collect();
    // The simulator refuses a second one beside one that is open, as Meta does (2593079).
    assert!(requests(&world) > 1 && targets == [None], "{targets:?}");
    assert_eq!(
        world.states()[1].reason,
        Some(Reason::meta(100, Some(2_593_079))),
        "{:#?}",
        world.states()[1]
    );
}

#[test]
fn a_request_that_was_declined_is_made_anew() {
    let mut script = asked();
    script.acts.push((at(ASKED_AT), Act::Answer { waba: 0, accepts: false }));
    script.acts.push((at("2026-04-21T08:00:00Z"), Act::Begin { flow: FlowName::SolutionJoin, waba: 0 }));
    script.acts.push((at("2026-04-22T08:00:00Z"), Act::Answer { waba: 0, accepts: true }));
    let world = World::played(&script);
    let states = world.states();
    assert_eq!(states[0].reason, Some(Reason::INTENT_REJECTED));
    assert_eq!(states[1].status, Status::Completed, "{:#?}", states[1]);
    assert_eq!(requests(&world), 2);
}
