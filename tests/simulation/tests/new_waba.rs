//! A customer gets a new WABA: what comes for the old one meanwhile is not taken for what concerns the new one.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use graph_simulator::{Fault, NewWaba, PlannedFault};
use handover_domain::flow::FlowName;
use handover_domain::reason::Reason;
use handover_domain::state::Status;
use serde_json::json;
use simulation::script::{Act, Script, at};
use simulation::world::World;

/// The customer signs up anew on 21 April at ten, and adds a payment method the day after.
fn leaving() -> Script {
    Script::of(FlowName::LeaveSolution)
}

#[test]
fn a_token_handed_over_for_the_old_waba_does_not_take_the_place_of_the_new_ones() {
    let mut script = leaving();
    script.acts.insert(4, (at("2026-04-21T18:00:00Z"), Act::PutToken { waba: 0 }));
    let state = &World::played(&script).states()[0];
    assert_eq!((state.status, state.reason.clone()), (Status::Completed, None));
}

#[test]
fn a_token_handed_over_for_the_old_waba_is_no_signup() {
    let mut script = leaving();
    script.acts.truncate(3);
    script.acts.push((at("2026-04-21T12:00:00Z"), Act::PutToken { waba: 0 }));
    let state = &World::played(&script).states()[0];
    assert_eq!((state.row.as_str(), state.reason.clone()), ("sign up", Some(Reason::MOVE_NOT_BEGUN)));
}

#[test]
fn that_the_old_waba_is_taken_from_us_after_the_signup_holds_nobody_back() {
    let mut script = leaving();
    let removed = Act::Ask { migration: 0, action: "retry", more: json!({}) };
    script.acts.insert(4, (at("2026-04-21T18:00:00Z"), removed));
    script.end = at("2026-04-21T17:00:00Z");
    let world = World::new(&script);
    world.play(&script);
    let (now_is, old) = (script.end, world.waba(0));
    world.simulator().customer_unshares_us(now_is, &old).expect("shared with us");
    script.acts.retain(|(moment, _)| *moment > now_is);
    script.end = at("2026-04-25T00:00:00Z");
    world.play(&script);
    assert_eq!(world.states()[0].status, Status::Completed, "{:#?}", world.states()[0]);
}

#[test]
fn a_number_that_meta_will_not_register_is_a_persons_and_ends_nothing() {
    let fault = Fault::GraphError { code: 133_008, subcode: None, status: None, is_transient: false };
    let endpoint = "POST /{phone_number}/register".parse().unwrap();
    let refuses = |nth| PlannedFault { endpoint, nth, about: None, fault: fault.clone() };
    let state = World::played(&leaving().with_faults((1..=20).map(refuses))).states()[0].clone();
    assert!(!state.status.is_end() && state.row == "register numbers", "{state:#?}");
    assert_eq!(state.cut_over_at, None);
}

#[test]
fn another_portfolio_is_seen_before_anything_is_done_with_the_new_waba() {
    let mut script = Script::of(FlowName::SolutionSwitch);
    script.acts.truncate(3);
    let chosen = NewWaba { another_portfolio: true, ..NewWaba::default() };
    let signs_up = Act::SignUpAnew { migration: 0, waba: 0, chosen };
    script.acts.push((at("2026-04-21T10:00:00Z"), signs_up));
    let world = World::played(&script);
    let state = &world.states()[0];
    assert_eq!((state.status, state.reason.clone()), (Status::Person, Some(Reason::ANOTHER_PORTFOLIO)));
    assert_eq!((world.share_posts().len(), &state.source), (0, &None));
}
