//! Who owns a WABA is changed once and for ever: it is offered once by each migration, with a solution that nobody can change, and
//! only where somebody has turned it on.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use graph_simulator::{Fault, PlannedFault};
use handover_domain::flow::FlowName;
use handover_domain::reason::Reason;
use handover_domain::state::Status;
use handover_engine::settings::OwnershipTransfer;
use serde_json::json;
use simulation::envelopes;
use simulation::script::{Act, Script, at};
use simulation::world::World;

const OFFER: &str = "POST /{waba}/set_obo_mobility_intent";
const CANCELLED_AT: &str = "2026-04-20T10:00:00Z";
const LATER: &str = "2026-04-20T12:00:00Z";

/// Nobody has created or claimed anything yet.
fn script(acts: Vec<(&str, Act)>) -> Script {
    let mut script = Script::of(FlowName::OwnershipTransfer);
    script.acts = acts.into_iter().map(|(moment, act)| (at(moment), act)).collect();
    script
}

fn offer(solution: Option<usize>) -> Act {
    Act::Offer { waba: 0, solution }
}

/// Offered, cancelled, and offered again.
fn offered_twice(first: Option<usize>, second: Option<usize>) -> World {
    let cancel = Act::Ask { migration: 0, action: "cancel", more: json!({}) };
    World::played(&script(vec![
        ("2026-04-20T08:00:00Z", offer(first)),
        (CANCELLED_AT, cancel),
        (LATER, offer(second)),
    ]))
}

fn offers(world: &World) -> usize {
    let simulator = world.simulator();
    simulator.calls().iter().filter(|call| call.endpoint.as_str() == OFFER).count()
}

#[test]
fn a_solution_that_was_named_with_the_offer_is_never_changed_by_another_migration() {
    for second in [Some(1), None] {
        let world = offered_twice(Some(0), second);
        let state = &world.states()[1];
        assert_eq!((state.status, &state.reason), (Status::Refused, &Some(Reason::SOLUTION_CHOSEN)));
        assert_eq!(offers(&world), 1, "Meta is not even asked");
    }
}

#[test]
fn the_same_solution_or_a_first_one_may_be_offered_again() {
    for (first, second) in [(Some(0), Some(0)), (None, None), (None, Some(1))] {
        let world = offered_twice(first, second);
        assert_eq!(world.states()[1].reason, Some(Reason::NOT_CLAIMED), "{first:?}, then {second:?}");
        assert_eq!(offers(&world), 2, "nothing shows whether the first offer still stands");
    }
}

#[test]
fn what_meta_refuses_chooses_no_solution() {
    let fault = Fault::GraphError { code: 100, subcode: Some(2_593_085), status: None, is_transient: false };
    let refused = PlannedFault { endpoint: OFFER.parse().unwrap(), nth: 1, about: None, fault };
    let acts = vec![("2026-04-20T08:00:00Z", offer(Some(0))), (LATER, offer(Some(1)))];
    let world = World::played(&script(acts).with_faults([refused]));
    let states = world.states();
    assert_eq!(states[0].reason, Some(Reason::meta(100, Some(2_593_085))));
    assert_eq!(states[1].reason, Some(Reason::NOT_CLAIMED), "{:#?}", states[1]);
}

#[test]
fn the_customer_who_claims_lets_in_the_solution_that_was_named() {
    let accepts = Act::Answer { waba: 0, accepts: true };
    let world = World::played(&script(vec![
        ("2026-04-20T08:00:00Z", offer(Some(0))),
        ("2026-04-22T08:00:00Z", accepts),
    ]));
    assert_eq!(world.states()[0].status, Status::Completed);
    let waba = world.waba(0);
    let simulator = world.simulator();
    let named = simulator.world().solutions.keys().next().unwrap();
    assert!(simulator.world().wabas[&waba].solutions.contains(named));
}

#[test]
fn nobody_walks_away_from_an_offer_that_meta_may_have() {
    let fault = Fault::LoseAnswer { applied: true };
    let lost = PlannedFault { endpoint: OFFER.parse().unwrap(), nth: 1, about: None, fault };
    let mut script = script(vec![("2026-04-20T08:00:00Z", offer(None))]).with_faults([lost]);
    script.end = at(CANCELLED_AT);
    let world = World::played(&script);
    assert_eq!(world.states()[0].reason, Some(Reason::INTENT_UNKNOWN));
    let (status, told) = world.operator_asks(0, "cancel", &json!({})).expect("an answer");
    assert_eq!(status, 409, "{told}");
    assert!(told["detail"].as_str().unwrap().contains("resolve it first"), "{told}");
}

#[test]
fn a_customer_who_claims_what_no_answer_came_for_needs_no_person() {
    let fault = Fault::LoseAnswer { applied: true };
    let lost = PlannedFault { endpoint: OFFER.parse().unwrap(), nth: 1, about: None, fault };
    let accepts = Act::Answer { waba: 0, accepts: true };
    let acts = vec![("2026-04-20T08:00:00Z", offer(None)), ("2026-04-20T09:00:00Z", accepts)];
    let world = World::played(&script(acts).with_faults([lost]));
    assert_eq!(world.states()[0].status, Status::Completed, "who owns the WABA says more than an answer");
}

#[test]
fn without_a_word_that_there_is_no_way_back_none_is_created() {
    let world = World::new(&script(vec![]));
    let waba = world.waba(0);
    let body = json!({ "flow": "ownership-transfer", "waba_id": waba });
    let (status, told) = world.request("api", &envelopes::post("/migrations", &body));
    assert_eq!((status, &told["field"]), (400, &json!("one_way")), "{told}");
    assert!(told["detail"].as_str().unwrap().contains("never becomes the partner's again"), "{told}");
    let body = json!({ "flow": "partner-switch", "one_way": true });
    let (status, told) = world.request("api", &envelopes::post("/migrations", &body));
    assert_eq!((status, &told["field"]), (400, &json!("one_way")), "there is a way back: {told}");
}

#[test]
fn none_is_created_where_it_is_turned_off_and_the_answer_says_what_to_do() {
    let mut script = script(vec![]);
    script.ownership_transfer = OwnershipTransfer::Off;
    let world = World::new(&script);
    let body = json!({ "flow": "ownership-transfer", "waba_id": world.waba(0), "one_way": true });
    let (status, told) = world.request("api", &envelopes::post("/migrations", &body));
    assert_eq!((status, &told["field"]), (409, &json!("flow")), "{told}");
    let detail = told["detail"].as_str().unwrap();
    assert!(["Meta ended it", "OwnershipTransfer", "number-move"].iter().all(|word| detail.contains(word)));
}

#[test]
fn one_that_was_created_before_it_was_turned_off_asks_nothing_of_meta() {
    let mut story = script(vec![]);
    let mut world = World::new(&story);
    let body = json!({ "flow": "ownership-transfer", "waba_id": world.waba(0), "one_way": true });
    assert_eq!(world.request("api", &envelopes::post("/migrations", &body)).0, 201);
    world.settings.ownership_transfer = OwnershipTransfer::Off;
    story.end = at(CANCELLED_AT);
    world.play(&story);
    assert_eq!(offers(&world), 0);
    assert!(world.events().iter().any(|(_, event)| event.detail["reason"] == "transfer-off"));
}
