//! A customer gets a new WABA: what comes for the old one meanwhile is not taken for what concerns the new one.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use graph_simulator::{Fault, NewWaba, PlannedFault, Simulator};
use handover_domain::approval::Approval;
use handover_domain::flow::FlowName;
use handover_domain::reason::Reason;
use handover_domain::state::Status;
use handover_engine::items;
use jiff::Timestamp;
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
    let world = with_something_between(script, "2026-04-21T17:00:00Z", |simulator, now_is, old| {
        simulator.customer_unshares_us(now_is, old).expect("shared with us");
    });
    assert_eq!(world.states()[0].status, Status::Completed, "{:#?}", world.states()[0]);
}

#[test]
fn a_number_that_is_taken_off_the_new_waba_again_has_not_moved() {
    let world = with_something_between(leaving(), "2026-04-21T17:00:00Z", |simulator, now_is, old| {
        simulator.customer_takes_numbers_off(now_is, old).expect("a WABA");
    });
    let state = &world.states()[0];
    assert_eq!((state.status, state.reason.clone()), (Status::Person, Some(Reason::NUMBER_GONE)));
    assert_eq!((state.row.as_str(), state.cut_over_at), ("register numbers", None));
}

#[test]
fn a_waba_that_the_customer_had_before_is_not_taken_for_a_new_one() {
    for flow in [FlowName::SolutionSwitch, FlowName::LeaveSolution] {
        let world = World::played(&choosing(flow, |chosen| chosen.existing = true));
        let state = &world.states()[0];
        assert_eq!((state.status, state.reason.clone()), (Status::Person, Some(Reason::OLD_WABA)), "{flow}");
        assert_eq!((world.share_posts().len(), &state.source), (0, &None), "{flow}");
    }
}

#[test]
fn where_meta_does_not_say_how_old_a_waba_is_a_person_does() {
    let mut script = Script::of(FlowName::SolutionSwitch);
    script.world.settings.creation_readable = false;
    let new = json!({ "verdict": "new" });
    let world = World::played(&script.clone().asking(at("2026-04-21T18:00:00Z"), "resolve", new));
    assert_eq!(world.states()[0].status, Status::Completed);
    let world = World::played(&script);
    let state = &world.states()[0];
    assert_eq!((state.status, state.reason.clone()), (Status::Person, Some(Reason::WABA_AGE_UNREAD)));
    assert_eq!(world.share_posts().len(), 0);
}

#[test]
fn what_meta_lists_a_few_minutes_later_is_no_wrong_signup() {
    for flow in [FlowName::SolutionSwitch, FlowName::LeaveSolution] {
        let mut script = Script::of(flow);
        script.world.settings.new_waba_listed_after_minutes = 5;
        let world = World::played(&script);
        assert_eq!(world.states()[0].status, Status::Completed, "{flow}: {:#?}", world.states()[0]);
        let asked = world.events().into_iter().filter(|(_, event)| event.detail_type == "PersonNeeded");
        let rows: Vec<_> = asked.map(|(_, event)| event.detail["row"].clone()).collect();
        assert_eq!(rows, ["pre-flight"], "{flow}: for the token alone");
    }
}

#[test]
fn a_line_that_nobody_can_see_pay_is_proved_by_a_person_and_by_no_message_from_the_old_waba() {
    let mut script = Script::of(FlowName::SolutionSwitch);
    script.world.settings.funding_readable = false;
    script.end = at("2026-04-22T00:00:00Z");
    let world = World::new(&script);
    world.play(&script);
    let state = &world.states()[0];
    assert_eq!((state.row.as_str(), state.reason.clone()), ("activation", Some(Reason::PAYMENT_NOT_SHOWN)));
    let (status, told) = world.operator_asks(0, "resolve", &json!({ "verdict": "confirmed" })).unwrap();
    assert_eq!(status, 409, "{told}");
    let (status, told) = world.operator_asks(0, "resolve", &json!({ "verdict": "paid" })).unwrap();
    assert_eq!(status, 200, "{told}");
    script.acts.clear();
    script.end = at("2026-04-23T00:00:00Z");
    world.play(&script);
    assert_eq!(world.states()[0].status, Status::Completed);
}

#[test]
fn a_payment_method_that_cannot_be_read_is_proved_by_an_error_that_was_seen_and_is_gone_for_an_hour() {
    let mut script = leaving();
    script.world.settings.funding_readable = false;
    script.end = at("2026-04-22T08:30:00Z");
    let world = World::new(&script);
    world.play(&script);
    assert_eq!(world.states()[0].row, "add a payment method", "half an hour is not an hour");
    script.acts.clear();
    script.end = at("2026-04-23T12:00:00Z");
    world.play(&script);
    assert_eq!(world.states()[0].status, Status::Completed);
}

#[test]
fn an_error_that_was_never_seen_proves_no_payment_method() {
    let mut script = leaving();
    script.world.settings.funding_readable = false;
    // The customer is quicker than the row that looks for it.
    script.world.settings.new_waba_listed_after_minutes = 5;
    script.acts.last_mut().unwrap().0 = at("2026-04-21T10:02:00Z");
    let state = &World::played(&script).states()[0];
    let (row, reason) = (state.row.as_str(), state.reason.clone());
    assert_eq!((row, reason), ("add a payment method", Some(Reason::NO_PAYMENT_METHOD)));
    let paid = json!({ "verdict": "paid" });
    let state = &World::played(&script.asking(at("2026-04-22T10:00:00Z"), "resolve", paid)).states()[0];
    assert_eq!(state.status, Status::Completed);
}

#[test]
fn a_waba_without_a_number_that_could_move_is_refused_before_anything_is_asked() {
    let mut script = leaving();
    script.world.number_status = "MIGRATED".to_owned();
    let world = World::played(&script);
    let state = &world.states()[0];
    assert_eq!((state.status, state.reason.clone()), (Status::Refused, Some(Reason::NO_NUMBER_TO_MOVE)));
    assert!(world.simulator().world().intents.is_empty(), "the customer has nothing to answer");
}

#[test]
fn a_signup_that_comes_early_is_not_taken_for_a_token_of_the_old_waba() {
    let mut script = leaving();
    script.world.pin = None;
    script.acts.remove(1);
    script.acts[2].0 = at("2026-04-20T09:00:00Z");
    script.acts.sort_by_key(|(moment, _)| *moment);
    script.end = at("2026-04-20T12:00:00Z");
    let state = &World::played(&script).states()[0];
    assert_eq!((state.row.as_str(), state.reason.clone()), ("pre-flight", Some(Reason::TOKEN_MISSING)));
}

#[test]
fn a_customer_who_leaves_before_they_have_signed_up_is_seen_though_their_token_was_there_before() {
    let mut script = leaving();
    script.acts.truncate(2);
    let cancel = Act::Ask { migration: 0, action: "cancel", more: json!({}) };
    script.acts.push((at("2026-04-20T10:00:00Z"), cancel));
    let again = Act::Begin { flow: FlowName::LeaveSolution, waba: 0 };
    script.acts.push((at("2026-04-20T11:00:00Z"), again));
    let calls = Act::Ask { migration: 1, action: "retry", more: json!({}) };
    script.acts.push((at("2026-04-20T12:30:00Z"), calls));
    let world = with_something_between(script, "2026-04-20T12:00:00Z", |simulator, now_is, old| {
        simulator.customer_unshares_us(now_is, old).expect("shared with us");
    });
    let state = &world.states()[1];
    assert_eq!((state.status, state.reason.clone()), (Status::Person, Some(Reason::PARTNER_REMOVED)));
    assert_eq!(state.row, "turn two-step verification off");
}

/// The script up to that moment, then something at Meta that no act is for, then the rest.
fn with_something_between(
    mut script: Script,
    moment: &str,
    happens: impl FnOnce(&mut Simulator, Timestamp, &str),
) -> World {
    let (now_is, end) = (at(moment), script.end);
    script.end = now_is;
    let world = World::new(&script);
    world.play(&script);
    let old = world.waba(0);
    happens(&mut world.simulator(), now_is, &old);
    script.acts.retain(|(when, _)| *when > now_is);
    script.end = end;
    world.play(&script);
    world
}

/// The customer signs up as they were told, but for that.
fn choosing(flow: FlowName, but: impl Fn(&mut NewWaba)) -> Script {
    let mut script = Script::of(flow);
    for (_, act) in &mut script.acts {
        if let Act::SignUpAnew { chosen, .. } = act {
            but(chosen);
        }
    }
    script
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
    let chosen = |chosen: &mut NewWaba| chosen.another_portfolio = true;
    let world = World::played(&choosing(FlowName::SolutionSwitch, chosen));
    let state = &world.states()[0];
    assert_eq!((state.status, state.reason.clone()), (Status::Person, Some(Reason::ANOTHER_PORTFOLIO)));
    assert_eq!((world.share_posts().len(), &state.source), (0, &None));
}

/// Two WABAs of one customer, whose numbers move; nobody has approved the first share when they sign up for the second.
fn two_numbers() -> Script {
    let mut script = Script::of(FlowName::NumberMove);
    (script.world.wabas, script.world.same_business) = (2, true);
    script.approval = Approval::One;
    script.acts.insert(1, (script.start, Act::Begin { flow: FlowName::NumberMove, waba: 1 }));
    script.acts.push((at("2026-04-21T10:00:00Z"), Act::TwoStepOff { waba: 1 }));
    script.end = at("2026-04-23T00:00:00Z");
    script
}

fn signs_up_for_the_second(when: &str, last_made: bool) -> (Timestamp, Act) {
    let chosen = NewWaba { last_made, ..NewWaba::default() };
    (at(when), Act::SignUpAnew { migration: 1, waba: 1, chosen })
}

#[test]
fn a_new_waba_that_another_migration_holds_is_not_taken_from_it() {
    let mut script = two_numbers();
    script.acts.push(signs_up_for_the_second("2026-04-21T12:00:00Z", true));
    let world = World::played(&script);
    let states = world.states();
    assert_eq!(states[0].reason, Some(Reason::SHARE_NEEDS_APPROVAL), "{:#?}", states[0]);
    let (row, reason) = (states[1].row.as_str(), states[1].reason.clone());
    assert_eq!(
        (states[1].status, row, reason),
        (Status::Person, "learn the assets", Some(Reason::NEW_WABA_TAKEN))
    );
    assert_eq!((&states[1].waba, world.share_posts().len()), (&None, 0), "it has learned nothing");
    let lock = items::lock(states[0].waba.as_ref().unwrap());
    let holder = world.records.items().get(&lock).unwrap()["migration"].clone();
    assert_eq!(holder, states[0].migration.to_string());
}

#[test]
fn a_customer_whose_new_waba_was_taken_goes_on_with_one_of_its_own() {
    let mut script = two_numbers();
    script.acts.push(signs_up_for_the_second("2026-04-21T12:00:00Z", true));
    let new_link = Act::Ask { migration: 1, action: "new-link", more: json!({}) };
    script.acts.push((at("2026-04-21T13:00:00Z"), new_link));
    script.acts.push(signs_up_for_the_second("2026-04-21T14:00:00Z", false));
    let world = World::played(&script);
    let second = &world.states()[1];
    assert_eq!(second.reason, Some(Reason::SHARE_NEEDS_APPROVAL), "{second:#?}");
    assert_ne!(second.waba, world.states()[0].waba);
}
