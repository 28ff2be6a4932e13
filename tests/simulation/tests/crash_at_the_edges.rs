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
use handover_domain::state::Status;
use handover_engine::items;
use handover_engine::ports::Clock;
use handover_engine::roll_call::RollCall;
use jiff::SignedDuration;
use jiff::civil::date;
use serde_json::{Value, json};
use simulation::crashes::{self, Clean};
use simulation::envelopes;
use simulation::gate::Point;
use simulation::meanwhile::{Cut, Meanwhile};
use simulation::schedules::Schedules;
use simulation::script::{Act, Script, at};
use simulation::world::World;

/// Cuts the script wherever one of `functions` makes a call, looks at each world, and keeps the places. What the steps
/// do is cut in `crash_anywhere.rs`.
fn survives(recorded: &str, script: &Script, functions: &[&str], all: &[Meanwhile], holds: fn(&World, Cut)) {
    let is_theirs = |point: &Point| functions.contains(&point.function.as_str());
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

/// Asks again until there is an answer, as whoever has a key may.
fn asked_again(world: &World, function: &str, request: &Value, dies_at: usize) -> (bool, (u64, Value)) {
    let first = world.request_dying_at(function, request, dies_at);
    let died = first.is_none();
    let (mut status, mut told) = first.unwrap_or_else(|| world.request(function, request));
    if let (409, Some(seconds)) = (status, told["retry_after"].as_i64()) {
        // The one that died holds the claim, until its lease ends.
        world.clock.set(world.clock.now() + SignedDuration::from_secs(seconds));
        (status, told) = world.request(function, request);
    }
    (died, (status, told))
}

fn states(world: &World) -> usize {
    world.records.items().keys().filter(|key| key.sort == "STATE").count()
}

#[test]
fn a_batch_under_a_key_creates_each_migration_once_wherever_it_breaks_off() {
    let body = json!({ "migrations": [
        { "flow": "partner-switch", "label": "first" },
        { "flow": "partner-switch", "waba_id": "777" },
    ] });
    let mut batch = envelopes::post("/migrations/batch", &body);
    batch["headers"]["idempotency-key"] = json!("batch-1");
    for dies_at in 0.. {
        let world = World::new(&Script::example());
        let (has_died, (status, told)) = asked_again(&world, "api", &batch, dies_at);
        assert_eq!(status, 200, "{dies_at}: {told}");
        for place in 0..2 {
            assert!(told["results"][place]["created"]["migration"].is_string(), "{dies_at}: {told}");
        }
        assert_eq!(states(&world), 2, "{dies_at}");
        if !has_died {
            assert!(dies_at >= 8, "two looks at keys and two transactions have a gate before and after each");
            break;
        }
    }
}

#[test]
fn an_action_under_a_key_is_done_once_wherever_it_breaks_off() {
    for dies_at in 0.. {
        let mut script = Script::example();
        script.end = at("2026-04-22T12:00:00Z");
        let world = World::played(&script);
        let body = json!({ "seq": world.states()[0].seq, "reason": "the customer has called" });
        let mut retry = envelopes::action(world.migrations()[0], "retry", &body);
        retry["headers"]["idempotency-key"] = json!("retry-1");
        let (died, (status, told)) = asked_again(&world, "api", &retry, dies_at);
        assert_eq!(status, 200, "{dies_at}: {told}");
        assert_eq!(actions(&world), ["retry"], "{dies_at}");
        if !died {
            assert!(
                dies_at >= 6,
                "a look at the key, a claim and a commit have a gate before and after each"
            );
            break;
        }
    }
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

/// Asks under a key of a world at a moment, wherever it breaks off; answers how often it could.
fn each_break(
    script: &Script,
    function: &str,
    request: impl Fn(&World) -> Value,
    holds: impl Fn(usize, &World, u64, &Value),
) -> usize {
    for dies_at in 0.. {
        let world = World::played(script);
        let mut request = request(&world);
        request["headers"]["idempotency-key"] = json!("one");
        let (died, (status, told)) = asked_again(&world, function, &request, dies_at);
        holds(dies_at, &world, status, &told);
        if !died {
            return dies_at;
        }
    }
    unreachable!("a request comes to an end")
}

fn at_noon_after_the_share() -> Script {
    let mut script = Script::example();
    script.end = at("2026-04-22T12:00:00Z");
    script
}

#[test]
fn a_migration_is_created_once_wherever_it_breaks_off() {
    let nobody = Script { acts: vec![], end: at("2026-04-21T08:00:00Z"), ..Script::example() };
    let create = |_: &World| envelopes::post("/migrations", &json!({ "flow": "partner-switch" }));
    let breaks = each_break(&nobody, "api", create, |dies_at, world, status, told| {
        assert_eq!((status, states(world)), (201, 1), "{dies_at}: {told}");
    });
    assert!(breaks >= 4, "a look at the key and a transaction: {breaks}");
}

#[test]
fn an_unshare_that_is_told_twice_is_the_same_unshare() {
    let unshared = |world: &World| {
        envelopes::action(world.migrations()[0], "unshared", &json!({ "at": "2026-04-21T09:00:00Z" }))
    };
    let breaks = each_break(&at_noon_after_the_share(), "api", unshared, |dies_at, world, status, told| {
        assert_eq!(status, 200, "{dies_at}: {told}");
        assert_eq!(world.states()[0].unshared_at, Some(at("2026-04-21T09:00:00Z")), "{dies_at}");
    });
    assert!(breaks >= 4, "a look and a wake: {breaks}");
}

#[test]
fn a_cancel_that_keeps_the_share_ends_it_once_wherever_it_breaks_off() {
    let cancel = |world: &World| {
        let state = &world.states()[0];
        let body = json!({ "seq": state.seq, "reason": "they stay", "share": "keep" });
        envelopes::action(state.migration, "cancel", &body)
    };
    let breaks = each_break(&at_noon_after_the_share(), "api", cancel, |dies_at, world, status, told| {
        assert_eq!(status, 200, "{dies_at}: {told}");
        assert_eq!(
            (world.states()[0].status, actions(world)),
            (Status::Cancelled, vec!["cancel".to_owned()])
        );
    });
    assert!(breaks >= 8, "key, claim, assets, ledger, commit: {breaks}");
}

/// A share whose answers were lost twice, which a person must decide.
fn undecided(applied: bool) -> Script {
    let endpoint = "POST /{credit_line}/whatsapp_credit_sharing_and_attach".parse().expect("a call");
    let fault = Fault::LoseAnswer { applied };
    let lost = |nth| PlannedFault { endpoint, nth, about: None, fault: fault.clone() };
    let mut script = Script::example().with_faults([1, 2].map(lost));
    script.end = at("2026-04-21T14:00:00Z");
    script
}

#[test]
fn a_verdict_is_written_down_once_wherever_it_breaks_off() {
    for verdict in [json!({ "verdict": "not_applied" }), json!({ "verdict": "applied", "allocation": "77" })]
    {
        let resolve = |world: &World| {
            let state = &world.states()[0];
            let mut body = json!({ "seq": state.seq, "reason": "Meta says so" });
            body.as_object_mut().expect("an object").extend(verdict.as_object().expect("an object").clone());
            envelopes::action(state.migration, "resolve", &body)
        };
        each_break(&undecided(false), "api", resolve, |dies_at, world, status, told| {
            assert_eq!(status, 200, "{dies_at}: {told}");
            let decision = world.states()[0].decision.clone().expect("a decision");
            assert_eq!((json!(decision), actions(world)), (verdict.clone(), vec!["resolve".to_owned()]));
        });
    }
}

#[test]
fn a_token_that_is_put_twice_is_the_same_token() {
    let mut script = Script::with_the_waba_named();
    script.acts.truncate(2);
    script.end = at("2026-04-21T09:30:00Z");
    for dies_at in 0.. {
        let world = World::played(&script);
        let body = json!({ "token": world.exchanged_by_the_partner(0) });
        let event = envelopes::put_token(&world.waba(0), &body.to_string());
        let (died, (status, told)) = asked_again(&world, "signup", &event, dies_at);
        assert_eq!(status, 200, "{dies_at}: {told}");
        let tokens = world.records.items().keys().filter(|key| key.sort == "TOKEN").count();
        assert_eq!(tokens, 1, "{dies_at}");
        if !died {
            assert!(dies_at >= 8, "LOCK, secret, debug_token, seal, and a transaction: {dies_at}");
            break;
        }
    }
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
