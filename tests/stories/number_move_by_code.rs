//! A number moves into a WABA that the customer has with us: a person says when a code is sent, and each is used once.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use graph_simulator::{Fault, PlannedFault, Simulator};
use handover_domain::flow::FlowName;
use handover_domain::reason::Reason;
use handover_domain::state::{State, Status};
use handover_engine::ports::Clock;
use handover_engine::records::Table;
use jiff::SignedDuration;
use serde_json::{Value, json};
use simulation::envelopes;
use simulation::script::{Act, Script, at};
use simulation::world::World;

const REQUEST: &str = "POST /{phone_number}/request_code";
const VERIFY: &str = "POST /{phone_number}/verify_code";
/// An hour after the token of the destination was handed over, everything is ready for the code.
const READY: &str = "2026-04-20T10:59:00Z";

fn script() -> Script {
    Script::of(FlowName::NumberMoveByCode)
}

/// The row waits for an operator's word, and nobody has said anything yet.
fn ready() -> World {
    let mut script = script();
    script.acts.truncate(2);
    script.end = at(READY);
    let world = World::played(&script);
    let state = &world.states()[0];
    assert_eq!((state.row.as_str(), &state.reason), ("verify the number", &Some(Reason::NO_CODE_ASKED_FOR)));
    world.clock.set(at(READY));
    world
}

fn calls(world: &World, call: &str) -> usize {
    let simulator = world.simulator();
    simulator.calls().iter().filter(|made| made.endpoint.as_str() == call).count()
}

fn lost(call: &str, applied: bool) -> PlannedFault {
    let fault = Fault::LoseAnswer { applied };
    PlannedFault { endpoint: call.parse().unwrap(), nth: 1, about: None, fault }
}

fn tell(world: &World, code: &str) -> (u64, Value) {
    world.request("signup", &envelopes::action(world.migrations()[0], "code", &json!({ "code": code })))
}

fn stays(script: &Script) -> State {
    let world = World::played(script);
    assert!(world.violations().is_empty(), "{:?}", world.violations());
    world.states()[0].clone()
}

fn goes_on(world: &World, minutes: i64) {
    let mut script = script();
    (script.start, script.acts) = (world.clock.now(), Vec::new());
    script.end = script.start + SignedDuration::from_mins(minutes);
    world.play(&script);
}

#[test]
fn no_code_is_sent_before_a_person_says_so_and_one_for_each_word() {
    let world = ready();
    goes_on(&world, 60 * 24);
    assert_eq!(calls(&world, REQUEST), 0, "whoever should read it may be asleep");
    assert_eq!(tell(&world, "123456").0, 409, "nobody can have got one");
    assert_eq!(world.operator_asks(0, "resolve", &json!({ "verdict": "voice" })).unwrap().0, 200);
    goes_on(&world, 60 * 24);
    assert_eq!(calls(&world, REQUEST), 1);
    assert_eq!(world.states()[0].reason, Some(Reason::CODE_AWAITED));
}

#[test]
fn a_code_that_meta_does_not_take_is_deleted_and_another_is_waited_for() {
    let world = ready();
    world.operator_asks(0, "resolve", &json!({ "verdict": "sms" }));
    goes_on(&world, 1);
    assert_eq!(tell(&world, "000000").0, 200);
    goes_on(&world, 60 * 13);
    assert_eq!((calls(&world, VERIFY), &world.states()[0].reason), (1, &Some(Reason::CODE_REFUSED)));
    let kept = world.records.items().into_keys().filter(|key| key.sort == "CODE").count();
    assert_eq!(kept, 0);
    assert_eq!(world.tell_code(0, 0, None), Some(200));
    goes_on(&world, 10);
    assert_eq!((calls(&world, VERIFY), world.states()[0].status), (2, Status::Completed));
}

#[test]
fn another_code_that_is_asked_for_beside_a_wrong_one_is_sent() {
    let world = ready();
    world.operator_asks(0, "resolve", &json!({ "verdict": "sms" }));
    goes_on(&world, 1);
    assert_eq!(tell(&world, "000000").0, 200);
    assert_eq!(world.operator_asks(0, "resolve", &json!({ "verdict": "voice" })).unwrap().0, 200);
    goes_on(&world, 1);
    assert_eq!((calls(&world, VERIFY), calls(&world, REQUEST)), (1, 2));
    assert_eq!(world.states()[0].reason, Some(Reason::CODE_AWAITED));
}

#[test]
fn what_is_no_code_is_told_so_and_no_call_is_made() {
    let world = ready();
    world.operator_asks(0, "resolve", &json!({ "verdict": "sms" }));
    goes_on(&world, 1);
    for bad in ["", "12345", "123-456", "１２３４５６"] {
        let (status, told) = tell(&world, bad);
        assert_eq!((status, &told["field"]), (400, &json!("code")), "{bad:?}: {told}");
        assert!(bad.is_empty() || !told.to_string().contains(bad), "{told}");
    }
    let nobody = "0199a000-0000-7000-8000-000000000001".parse().unwrap();
    let (status, told) =
        world.request("signup", &envelopes::action(nobody, "code", &json!({ "code": "123456" })));
    assert_eq!((status, &told["field"]), (404, &json!("id")), "{told}");
    assert_eq!(calls(&world, VERIFY), 0);
}

#[test]
fn a_code_is_sealed_and_stands_nowhere_else() {
    let world = ready();
    world.operator_asks(0, "resolve", &json!({ "verdict": "sms" }));
    goes_on(&world, 1);
    assert_eq!(tell(&world, "718293").0, 200);
    let items = world.records.items();
    let told = items.iter().filter(|(_, item)| json!(item).to_string().contains("718293")).count();
    assert_eq!(told, 0);
    assert!(items.keys().any(|key| key.table == Table::Vault && key.sort == "CODE"));
}

#[test]
fn a_code_whose_sending_nobody_knows_of_can_be_told_all_the_same() {
    let state = stays(&script().with_faults([lost(REQUEST, true)]));
    assert_eq!(state.status, Status::Completed);
}

#[test]
fn a_code_that_meta_has_taken_without_saying_so_is_read_from_the_number() {
    let script = script().with_faults([lost(VERIFY, true)]);
    let world = World::played(&script);
    assert_eq!((calls(&world, VERIFY), world.states()[0].status), (1, Status::Completed));
}

fn failing(call: &str, code: u32) -> PlannedFault {
    let fault = Fault::GraphError { code, subcode: None, status: None, is_transient: false };
    PlannedFault { endpoint: call.parse().unwrap(), nth: 1, about: None, fault }
}

#[test]
fn a_code_that_meta_has_not_looked_at_is_kept_and_given_again_by_itself() {
    let mut script = script().with_faults([failing(VERIFY, 4)]);
    script.end = at("2026-04-21T08:00:00Z");
    let world = World::played(&script);
    assert_eq!((calls(&world, REQUEST), calls(&world, VERIFY)), (1, 2));
    assert_eq!(world.states()[0].status, Status::Completed);
}

#[test]
fn a_request_that_meta_has_not_taken_is_a_persons_again_and_no_code_is_taken() {
    let mut script = script().with_faults([failing(REQUEST, 4)]);
    script.acts.truncate(3);
    script.end = at("2026-04-22T08:00:00Z");
    let world = World::played(&script);
    let state = &world.states()[0];
    assert_eq!((state.status, &state.reason), (Status::Person, &Some(Reason::NO_CODE_ASKED_FOR)));
    assert_eq!((calls(&world, REQUEST), tell(&world, "123456").0), (1, 409));
}

#[test]
fn a_destination_whose_payer_meta_does_not_show_is_a_persons_who_has_looked() {
    let mut script = script();
    script.world.settings.funding_readable = false;
    let asked = script.clone().asking(at("2026-04-20T09:30:00Z"), "resolve", json!({ "verdict": "paid" }));
    script.acts.truncate(2);
    let state = stays(&script);
    assert_eq!((state.status, &state.reason), (Status::Person, &Some(Reason::PAYER_UNREAD)));
    assert_ne!(stays(&asked).row, "learn the assets");
}

#[test]
fn who_cancels_leaves_the_share_that_the_destination_had_before() {
    let world = World::played(&script());
    assert_eq!(world.states()[0].status, Status::Completed);
    let mut again = script();
    again.start = world.clock.now();
    again.end = again.start + SignedDuration::from_hours(1);
    again.acts = vec![(again.start, Act::Begin { flow: FlowName::NumberMoveByCode, waba: 0 })];
    let mut changed = world.simulator().world().clone();
    let source = world.waba(0);
    let destination = changed.destination_of(&source).unwrap().to_owned();
    let moved = changed.phone_numbers.values_mut().filter(|number| number.waba_id == destination);
    moved.for_each(|number| {
        number.is_verified = false;
        "DISCONNECTED".clone_into(&mut number.status);
    });
    *world.simulator() = Simulator::new(changed).unwrap();
    world.play(&again);
    let (status, told) = world.operator_asks(1, "cancel", &json!({ "share": "revoke" })).unwrap();
    assert_eq!((status, &told["field"]), (409, &json!("share")), "{told}");
    assert_eq!(world.operator_asks(1, "cancel", &json!({})).unwrap().0, 200);
}

#[test]
fn a_number_that_somebody_has_verified_by_hand_needs_no_code() {
    let world = ready();
    let mut changed = world.simulator().world().clone();
    for number in changed.phone_numbers.values_mut() {
        number.is_verified = true;
    }
    *world.simulator() = Simulator::new(changed).unwrap();
    goes_on(&world, 60 * 13);
    assert_eq!((calls(&world, REQUEST), world.states()[0].status), (0, Status::Completed));
}

/// The world is changed half an hour after the creation, before the destination's token is handed over.
fn with_another_destination(change: impl Fn(&mut graph_simulator::World, &str)) -> World {
    let mut before = script();
    before.acts.truncate(1);
    before.end = at("2026-04-20T08:30:00Z");
    let world = World::played(&before);
    let mut changed = world.simulator().world().clone();
    let destination = changed.destination_of(&world.waba(0)).unwrap().to_owned();
    change(&mut changed, &destination);
    *world.simulator() = Simulator::new(changed).unwrap();
    world.clock.set(before.end);
    let mut after = script();
    after.start = before.end;
    after.acts.remove(0);
    world.play(&after);
    world
}

#[test]
fn the_other_numbers_of_the_destination_stay_as_they_are() {
    let world = with_another_destination(|changed, destination| {
        let mut number = changed.phone_numbers.values().next().unwrap().clone();
        destination.clone_into(&mut number.waba_id);
        "+49 30 7654321".clone_into(&mut number.display_phone_number);
        "DISCONNECTED".clone_into(&mut number.status);
        "NOT_APPLICABLE".clone_into(&mut number.platform_type);
        changed.phone_numbers.insert("106540352299999".to_owned(), number);
    });
    assert_eq!(world.states()[0].status, Status::Completed);
    assert_eq!(calls(&world, "POST /{phone_number}/register"), 1);
    let other = world.simulator().world().phone_numbers["106540352299999"].status.clone();
    assert_eq!(other, "DISCONNECTED");
}

#[test]
fn a_destination_that_somebody_else_pays_for_is_a_persons_and_nothing_is_shared() {
    let world = with_another_destination(|changed, destination| {
        changed.wabas.get_mut(destination).unwrap().funding = Some("395744610116".to_owned());
    });
    let state = &world.states()[0];
    assert_eq!((state.status, &state.reason), (Status::Person, &Some(Reason::PAID_BY_ANOTHER)));
    assert_eq!(world.share_posts().len(), 0);
}

#[test]
fn a_destination_that_meta_has_not_approved_is_looked_at_every_day() {
    let world = with_another_destination(|changed, destination| {
        "PENDING".clone_into(&mut changed.wabas.get_mut(destination).unwrap().account_review_status);
    });
    let state = &world.states()[0];
    assert_eq!((state.status, &state.reason), (Status::Person, &Some(Reason::WABA_NOT_APPROVED)));
}

#[test]
fn a_number_that_is_registered_there_already_has_nowhere_to_move() {
    let world = with_another_destination(|changed, destination| {
        changed.phone_numbers.values_mut().for_each(|number| destination.clone_into(&mut number.waba_id));
    });
    let state = &world.states()[0];
    assert_eq!((state.status, &state.reason), (Status::Refused, &Some(Reason::NUMBER_IS_THERE)));
}

#[test]
fn two_step_verification_that_is_on_stops_the_number_and_a_retry_goes_on_once_it_is_off() {
    let mut script = script();
    script.world.pin = Some("123456".to_owned());
    script.acts.truncate(2);
    script.acts.push((at("2026-04-20T12:00:00Z"), Act::TwoStepOff { waba: 0 }));
    script = script.asking(at("2026-04-20T12:01:00Z"), "retry", Value::Null);
    script.end = at("2026-04-20T11:59:00Z");
    let world = World::played(&script);
    let state = &world.states()[0];
    assert_eq!((state.status, &state.reason), (Status::Person, &Some(Reason::meta(100, Some(2_388_001)))));
    let mut rest = script.clone();
    (rest.start, rest.end) = (script.end, at("2026-04-20T12:30:00Z"));
    rest.acts.drain(..2);
    world.play(&rest);
    assert_eq!(world.states()[0].reason, Some(Reason::NO_CODE_ASKED_FOR));
}
