//! A crash at any call of an operator's action, of the roll call and of the audit loses and doubles nothing; whoever
//! asked asks again, as a person would.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

use graph_simulator::{Fault, PlannedFault};
use handover_domain::approval::Approval;
use handover_domain::state::Status;
use handover_engine::items;
use handover_engine::roll_call::RollCall;
use jiff::civil::date;
use serde_json::{Value, json};
use simulation::crashes::{self, Clean};
use simulation::gate::Point;
use simulation::meanwhile::{Cut, Meanwhile};
use simulation::schedules::Schedules;
use simulation::script::{Act, Script, at};
use simulation::world::World;

/// Cuts the script wherever one of `functions` makes a call, looks at each world, and keeps the places. What the steps
/// do is cut in `crash_anywhere.rs`.
fn survives(recorded: &str, script: &Script, functions: &[&str], all: &[Meanwhile], holds: fn(&World, Cut)) {
    let is_theirs = |point: &Point| functions.contains(&point.function);
    let mut clean = Clean::run(script).distinct();
    clean.retain(is_theirs);
    for meanwhile in all {
        let cut = crashes::wherever(script, is_theirs, *meanwhile, |_| (), holds);
        assert_eq!(cut, clean, "every place of the clean run was cut");
    }
    let table = clean.iter().map(|point| format!("{} | {} | {:?}", point.function, point.call, point.side));
    insta::assert_snapshot!(recorded, table.collect::<Vec<_>>().join("\n"));
}

fn nothing_is_violated(world: &World, cut: Cut) {
    assert!(world.violations().is_empty(), "{cut:?} at {:?}: {:?}", world.was_cut_at(), world.violations());
}

/// The actions in the order of the history.
fn actions(world: &World) -> Vec<String> {
    let entries = world.history(0).into_iter();
    entries.filter_map(|entry| entry.get("action").and_then(Value::as_str).map(str::to_owned)).collect()
}

const ASKED: [&str; 3] = ["retry", "new-link", "cancel"];

fn retried_renewed_cancelled_and_taken_back(world: &World, cut: Cut) {
    nothing_is_violated(world, cut);
    let place = world.was_cut_at();
    let state = &world.states()[0];
    assert_eq!(state.status, Status::Cancelled, "{cut:?} at {place:?}: {state:#?}");
    let mut done = actions(world);
    done.dedup();
    // A signup that was cut has lost its code, and there is another new link before.
    assert!(done.ends_with(&ASKED.map(str::to_owned)), "{cut:?} at {place:?}: {done:?}");
    assert_eq!(world.share_posts().len(), 1, "{cut:?} at {place:?}");
    let waba = world.waba(0);
    let simulator = world.simulator();
    let live = simulator.live_allocations(&simulator.world().wabas[&waba].business_id).count();
    assert_eq!(live, 0, "{cut:?} at {place:?}: the share is taken back before the migration ends");
}

#[test]
fn an_operator_retries_renews_the_link_and_cancels_with_the_share_taken_back() {
    let mut script = Script::example()
        .asking(at("2026-04-21T12:00:00Z"), "retry", json!({}))
        .asking(at("2026-04-21T13:00:00Z"), "new-link", json!({}))
        .asking(at("2026-04-21T14:00:00Z"), "cancel", json!({ "share": "revoke" }));
    script.end = at("2026-04-22T00:00:00Z");
    survives(
        "places_of_actions_that_were_cut",
        &script,
        &["api", "revoke-credit-line"],
        &[
            Meanwhile::Nothing,
            Meanwhile::SameDelivery,
            Meanwhile::TheRest,
            Meanwhile::LeaseEnds,
            Meanwhile::AnotherClaimsAndDies,
            Meanwhile::Webhook,
        ],
        retried_renewed_cancelled_and_taken_back,
    );
}

fn shared_once_in_the_doubtful_hours(world: &World, cut: Cut) {
    nothing_is_violated(world, cut);
    let place = world.was_cut_at();
    let state = &world.states()[0];
    assert_eq!(state.status, Status::Completed, "{cut:?} at {place:?}: {state:#?}");
    assert_eq!(state.unblocks_on, Some(date(2026, 5, 1)), "{cut:?} at {place:?}");
    assert_eq!(world.share_posts().len(), 1, "{cut:?} at {place:?}: {:?}", world.share_posts());
}

#[test]
fn an_operator_decides_to_attempt_a_late_share() {
    let mut script = Script::signing_up_at(at("2026-04-27T20:00:00Z")).asking(
        at("2026-04-27T21:00:00Z"),
        "resolve",
        json!({ "verdict": "attempt" }),
    );
    script.world.settings.zone = jiff::tz::TimeZone::get("America/Los_Angeles").expect("a zone");
    survives(
        "places_of_a_decision_that_were_cut",
        &script,
        &["api"],
        &[Meanwhile::Nothing, Meanwhile::SameDelivery],
        shared_once_in_the_doubtful_hours,
    );
}

/// Whatever is cut, the share is made once, by the word of two people, and never by that of one.
fn shared_once_by_two_people(world: &World, cut: Cut) {
    nothing_is_violated(world, cut);
    let place = world.was_cut_at();
    let state = &world.states()[0];
    assert_eq!(state.status, Status::Completed, "{cut:?} at {place:?}: {state:#?}");
    let entries = world.history(0).into_iter();
    let given = entries.filter(|entry| entry.get("action") == Some(&json!("approve")));
    let names: Vec<_> = given.map(|entry| entry["by"].clone()).collect();
    assert_eq!(names, [json!("alice"), json!("bob")], "{cut:?} at {place:?}");
    let [shared_at] = world.share_posts()[..] else {
        panic!("{cut:?} at {place:?}: {:?}", world.share_posts())
    };
    assert!(shared_at >= at("2026-04-21T13:00:00Z"), "{cut:?} at {place:?}: {shared_at}");
}

#[test]
fn two_people_approve_a_share() {
    let script = Script { approval: Approval::Two, ..Script::example() }
        .approving(at("2026-04-21T12:00:00Z"), "alice")
        .approving(at("2026-04-21T13:00:00Z"), "bob");
    survives(
        "places_of_approvals_that_were_cut",
        &script,
        &["api", "share-credit-line"],
        &[Meanwhile::Nothing, Meanwhile::SameDelivery, Meanwhile::LeaseEnds, Meanwhile::AnotherClaimsAndDies],
        shared_once_by_two_people,
    );
}

/// Whatever is cut, the share of a customer who has left is taken back, once it is confirmed, and the ledger says so.
fn taken_back_after_the_end(world: &World, cut: Cut) {
    nothing_is_violated(world, cut);
    let place = world.was_cut_at();
    // Whose answer was lost knows no id, and the record is there all the same, once.
    let items = world.records.items();
    let states = items.iter().filter(|(key, _)| key.sort == "STATE");
    let ends: Vec<_> = states.map(|(_, state)| state["status"].clone()).collect();
    assert_eq!(ends, [json!("completed"), json!("cancelled")], "{cut:?} at {place:?}");
    let revoked = items.values().filter(|item| item.get("action") == Some(&json!("revoke")));
    assert_eq!(
        revoked.map(|entry| entry["by"].clone()).collect::<Vec<_>>(),
        [json!("alice")],
        "{cut:?} at {place:?}"
    );
    let waba = world.waba(0);
    let business = world.simulator().world().wabas[&waba].business_id.clone();
    assert_eq!(world.simulator().live_allocations(&business).count(), 0, "{cut:?} at {place:?}");
    assert_eq!(world.liabilities().unwrap(), [] as [Value; 0], "{cut:?} at {place:?}");
}

#[test]
fn a_share_is_taken_back_from_a_customer_who_has_left() {
    let mut script = Script::example();
    script.acts.push((at("2026-05-10T10:00:00Z"), Act::Leave { waba: 0 }));
    script.acts.push((at("2026-05-11T10:00:00Z"), Act::TakeBack));
    script.end = at("2026-05-12T10:00:00Z");
    let is_after =
        |point: &Point| point.function == "revoke-credit-line" || point.call.contains("revocation");
    let mut clean = Clean::run(&script).distinct();
    clean.retain(is_after);
    for meanwhile in [Meanwhile::Nothing, Meanwhile::SameDelivery, Meanwhile::LeaseEnds] {
        let cut = crashes::wherever(&script, is_after, meanwhile, |_| (), taken_back_after_the_end);
        assert_eq!(cut, clean, "every place of the clean run was cut");
    }
    let places = clean.iter().map(|point| format!("{} | {} | {:?}", point.function, point.call, point.side));
    insta::assert_snapshot!("places_of_a_revocation_that_were_cut", places.collect::<Vec<_>>().join("\n"));
}

/// Two answers to the share are lost, nothing was done, and an operator says so. Meta shows what is shared only after
/// twenty minutes, so a worker that comes after a crash sees nothing of a call that was made.
fn not_applied_and_shown_late() -> Script {
    let endpoint = "POST /{credit_line}/whatsapp_credit_sharing_and_attach".parse().expect("a call");
    let fault = Fault::LoseAnswer { applied: false };
    let lost = |nth| PlannedFault { endpoint, nth, about: None, fault: fault.clone() };
    let mut script = Script::example().with_faults([1, 2].map(lost)).asking(
        at("2026-04-21T14:00:00Z"),
        "resolve",
        json!({ "verdict": "not_applied" }),
    );
    script.world.settings.share_visible_after_minutes = 20;
    script
}

fn shared_once_more_and_no_oftener(world: &World, cut: Cut) {
    nothing_is_violated(world, cut);
    let place = world.was_cut_at();
    assert_eq!(world.share_posts().len(), 3, "{cut:?} at {place:?}: {:?}", world.share_posts());
    let waba = world.waba(0);
    let simulator = world.simulator();
    let live = simulator.live_allocations(&simulator.world().wabas[&waba].business_id).count();
    assert_eq!(live, 1, "{cut:?} at {place:?}: shared once");
}

#[test]
fn a_verdict_of_not_applied_lets_one_call_out_wherever_it_breaks_off() {
    survives(
        "places_of_a_verdict_that_were_cut",
        &not_applied_and_shown_late(),
        &["share-credit-line"],
        &[Meanwhile::Nothing, Meanwhile::LeaseEnds],
        shared_once_more_and_no_oftener,
    );
}

/// Two customers whose line never pays: from the 3rd on the audit names them, and on the 5th a person has each.
fn two_who_are_missing() -> Script {
    let mut script = Script::signing_up_at(at("2026-04-26T10:00:00Z"));
    script.world.wabas = 2;
    let (start, unshare) = (script.start, script.acts[1].0);
    let signup = script.acts[2].0;
    script.acts = (0..2).map(|_| (start, Act::Create { waba: None })).collect();
    script.acts.extend((0..2).map(|waba| (unshare, Act::Unshare { waba })));
    script.acts.extend((0..2).map(|place| (signup, Act::SignUp { migration: place, waba: place })));
    script.schedules = Schedules::ALL;
    script.world.settings.swap_delay_days = 300;
    script.longest_page = Some(1);
    script.end = at("2026-05-06T12:00:00Z");
    script
}

fn counted_named_and_closed(world: &World, cut: Cut) {
    nothing_is_violated(world, cut);
    let place = world.was_cut_at();
    let items = world.records.items();
    let key = RollCall::key(date(2026, 5, 1));
    let call: RollCall = items::read(&key, items.get(&key).expect("a roll call").clone()).expect("it reads");
    assert_eq!((call.expected, call.counts.person), (2, 2), "{cut:?} at {place:?}: {call:?}");
    // What breaks off on the 5th is closed on the 6th.
    let closed = ["2026-05-05T06:30:00Z", "2026-05-06T06:30:00Z"].map(|moment| Some(at(moment)));
    assert!(closed.contains(&call.closed_at), "{cut:?} at {place:?}: {call:?}");
    let rows = items.keys().filter(|key| key.sort.starts_with("ROW#")).count();
    assert_eq!(rows, 2, "{cut:?} at {place:?}");
    let alarms: Vec<_> = items.keys().filter(|key| key.partition == "ALARM").collect();
    assert!(alarms.is_empty(), "everyone is with a person: {cut:?} at {place:?}: {alarms:?}");
    let told: std::collections::BTreeSet<String> = world
        .events()
        .iter()
        .filter(|(_, event)| event.detail.get("alarm").is_some())
        .map(|(_, event)| event.detail["id"].to_string())
        .collect();
    assert_eq!(told.len(), 1, "one alarm, however often it is told: {cut:?} at {place:?}: {told:?}");
}

#[test]
fn an_audit_that_breaks_off_anywhere_names_and_closes_the_same() {
    survives(
        "places_of_an_audit_that_were_cut",
        &two_who_are_missing(),
        &["audit"],
        &[Meanwhile::Nothing],
        counted_named_and_closed,
    );
}

fn counted_once_closed_and_without_an_alarm(world: &World, cut: Cut) {
    nothing_is_violated(world, cut);
    let place = world.was_cut_at();
    assert!(world.states().iter().all(|state| state.status == Status::Completed), "{cut:?} at {place:?}");
    let items = world.records.items();
    let key = RollCall::key(date(2026, 5, 1));
    let call: RollCall = items::read(&key, items.get(&key).expect("a roll call").clone()).expect("it reads");
    assert_eq!(call.expected, 1, "{cut:?} at {place:?}");
    let alarms: Vec<_> = items.keys().filter(|key| key.partition == "ALARM").collect();
    assert!(alarms.is_empty(), "{cut:?} at {place:?}: {alarms:?}");
}

#[test]
fn the_roll_call_and_the_audit_go_on_where_they_were() {
    let mut script = Script::signing_up_at(at("2026-04-26T10:00:00Z"));
    script.schedules = Schedules::ALL;
    script.world.settings.swap_delay_days = 1;
    script.end = at("2026-05-02T12:00:00Z");
    survives(
        "places_of_the_roll_call_that_were_cut",
        &script,
        &["monthly-activation", "audit", "sweep-due"],
        &[Meanwhile::Nothing, Meanwhile::SameDelivery],
        counted_once_closed_and_without_an_alarm,
    );
}
