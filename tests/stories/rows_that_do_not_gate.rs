//! What does not gate becomes an open finding and never stops a migration; and what is there is left alone.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

use graph_simulator::{Answer, Endpoint, Fault, PlannedFault, Request};
use handover_domain::reason::Reason;
use handover_domain::state::Status;
use handover_domain::step::Step;
use handover_engine::items;
use handover_engine::ports::{Clock, Event};
use handover_engine::records::Records;
use handover_engine::writes;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use simulation::envelopes;
use simulation::gate::{Side, Then, drive};
use simulation::gated::Gated;
use simulation::script::{Script, at};
use simulation::world::{World, now};

fn must_have_completed(world: &World) {
    assert!(world.violations().is_empty(), "{:?}", world.violations());
    assert!(world.failures().is_empty(), "{:?}", world.failures());
    assert_eq!(world.states()[0].status, Status::Completed, "{:#?}", world.states()[0]);
    let unblocked = world.unblocked_at().expect("announced");
    assert!(unblocked < at("2026-05-02T00:00:00Z"), "unblocked at {unblocked}");
}

/// What the announcement says is still open.
fn announced_as_open(world: &World) -> Vec<(String, String)> {
    let events = world.events();
    let (_, event) =
        events.iter().find(|(_, event)| event.detail_type == "CustomerUnblocked").expect("announced");
    let open = event.detail["findings"].as_array().expect("a list").clone();
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    open.iter().map(|finding| (text(&finding["row"]), text(&finding["reason"]))).collect()
}

fn calls(world: &World, endpoint: &str) -> Vec<Timestamp> {
    let simulator = world.simulator();
    simulator.calls().iter().filter(|call| call.endpoint.as_str() == endpoint).map(|call| call.at).collect()
}

/// The call fails so many times, one after the other, as Meta's own fault.
fn failing(endpoint: &str, times: u32) -> Vec<PlannedFault> {
    let endpoint: Endpoint = endpoint.parse().expect("a call");
    let fault = Fault::GraphError { code: 1, subcode: None, status: None, is_transient: true };
    (1..=times).map(|nth| PlannedFault { endpoint, nth, about: None, fault: fault.clone() }).collect()
}

#[test]
fn an_app_that_cannot_be_subscribed_for_ten_minutes_is_a_finding_and_the_share_is_made() {
    let script = Script::example().with_faults(failing("POST /{waba}/subscribed_apps", 5_000));
    let world = World::new(&script);
    world.play(&script);
    must_have_completed(&world);
    let tries = calls(&world, "POST /{waba}/subscribed_apps");
    let share = world.share_posts()[0];
    let at_its_place = tries.iter().filter(|at| **at <= share).count();
    assert!(at_its_place >= 2, "it was tried again: {tries:?}");
    let place = share.duration_since(tries[0]);
    let ten_minutes = SignedDuration::from_mins(10)..SignedDuration::from_mins(17);
    assert!(ten_minutes.contains(&place), "the share waited {place} for it");
    assert_eq!(announced_as_open(&world), [("subscribe the app".to_owned(), "meta-1".to_owned())]);
    assert_eq!(world.persons(), 0, "a finding is nobody's alarm");
}

#[test]
fn a_finding_that_mends_itself_is_gone_from_the_announcement() {
    let subscribe = "POST /{waba}/subscribed_apps";
    let script = Script::example().with_faults(failing(subscribe, 5_000));
    let world = World::new(&script);
    world.play(&script);
    let share = world.share_posts()[0];
    let at_its_place = calls(&world, subscribe).iter().filter(|at| **at <= share).count();
    let times = u32::try_from(at_its_place).expect("a few");
    let script = Script::example().with_faults(failing(subscribe, times));
    let world = World::new(&script);
    world.play(&script);
    must_have_completed(&world);
    let mended = calls(&world, subscribe).pop().expect("a try");
    assert!(mended > world.share_posts()[0], "it was a finding");
    assert_eq!(announced_as_open(&world), []);
}

#[test]
fn a_customer_whose_every_number_is_on_premise_is_refused_before_anything_is_shared() {
    let mut script = Script::example();
    script.world.platform = "ON_PREMISE".to_owned();
    let world = World::new(&script);
    world.play(&script);
    assert!(world.violations().is_empty(), "{:?}", world.violations());
    let states = world.states();
    assert_eq!(states[0].status, Status::Refused, "{states:#?}");
    assert_eq!(states[0].reason, Some(Reason::NUMBER_ON_PREMISE));
    assert_eq!(world.share_posts(), []);
    assert_eq!(calls(&world, "POST /{phone_number}/register"), []);
}

/// A number that the former partner registered with a PIN of its own, which Meta lets nobody replace.
fn with_a_foreign_pin() -> Script {
    let mut script = Script::with_a_number_to_register();
    script.world.settings.pin_can_be_set = false;
    script.world.pin = Some("000111".to_owned());
    script
}

/// The attempts that came within a day of the one before; `announce` may make one more.
fn within_a_day_of_another(attempts: &[Timestamp]) -> usize {
    let day = SignedDuration::from_hours(24);
    attempts.windows(2).filter(|pair| pair[1].duration_since(pair[0]) < day).count()
}

#[test]
fn a_wrong_pin_is_a_finding_and_uses_one_attempt_a_day() {
    let script = with_a_foreign_pin();
    let world = World::new(&script);
    world.play(&script);
    must_have_completed(&world);
    assert_eq!(announced_as_open(&world), [("register numbers".to_owned(), "meta-133005".to_owned())]);
    let attempts = calls(&world, "POST /{phone_number}/register");
    assert!((9..=12).contains(&attempts.len()), "{attempts:?}");
    assert!(within_a_day_of_another(&attempts) <= 1, "{attempts:?}");
}

#[test]
fn a_webhook_does_not_bring_a_wrong_pin_forward() {
    let mut script = with_a_foreign_pin();
    let end = std::mem::replace(&mut script.end, at("2026-04-21T12:00:00Z"));
    let world = World::new(&script);
    world.play(&script);
    assert_eq!(calls(&world, "POST /{phone_number}/register").len(), 1);
    script.acts.clear();
    for hour in 1..=20 {
        let wake = writes::wake(world.migrations()[0], world.clock.now(), None);
        now(world.records.write(&wake)).expect("memory answers");
        script.end = at("2026-04-21T12:00:00Z") + SignedDuration::from_hours(hour);
        script.start = world.clock.now();
        world.play(&script);
        world.clock.set(script.end);
    }
    let looks = calls(&world, "GET /{waba}").len();
    assert!(looks >= 20, "each wake was a look of the row: {looks}");
    assert_eq!(calls(&world, "POST /{phone_number}/register").len(), 1, "and none of the finding");
    script.end = end;
    world.play(&script);
    must_have_completed(&world);
}

#[test]
fn a_subscription_with_an_address_of_its_own_is_left_alone() {
    let mut script = Script::example();
    script.acts.pop();
    let end = std::mem::replace(&mut script.end, at("2026-04-21T10:00:00Z"));
    let world = World::new(&script);
    world.play(&script);
    world.clock.set(script.end);
    let waba = world.waba(0);
    let code = world.simulator().customer_signs_up(script.end, &waba).expect("a signup").code;
    subscribes_by_hand(&world, &waba);
    let before = world.simulator().world().wabas[&waba].subscribed_apps.clone();
    assert!(before.values().any(Option::is_some), "{before:?}");
    let by_hand = calls(&world, "POST /{waba}/subscribed_apps").len();
    let body = json!({ "state": world.link(0), "code": code, "waba_id": waba });
    assert_eq!(world.post_signup(&body).1["outcome"], "accepted");
    script.acts.clear();
    script.end = end;
    world.play(&script);
    must_have_completed(&world);
    assert_eq!(world.simulator().world().wabas[&waba].subscribed_apps, before);
    assert_eq!(calls(&world, "POST /{waba}/subscribed_apps").len(), by_hand, "a POST would clear it");
}

/// Somebody subscribes our app with an address of its own, with the token of the system user.
fn subscribes_by_hand(world: &World, waba: &str) {
    let token = now(handover_engine::ports::Vault::system_user_token(&world.vault)).expect("a token");
    let secret = |text: &secrecy::SecretString| secrecy::ExposeSecret::expose_secret(text).to_owned();
    let body = format!(
        "access_token={}&appsecret_proof={}&override_callback_uri=https://partner.example/hook&verify_token=x",
        secret(token.access()),
        secret(token.proof()),
    );
    let headers = vec![("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
    let target = format!("/v25.0/{waba}/subscribed_apps");
    let request = Request { method: "POST".to_owned(), target, headers, body: body.into_bytes() };
    let answer = world.simulator().answer(world.clock.now(), &request);
    let Answer::Response { status, body, .. } = answer else { panic!("lost") };
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
}

#[test]
fn a_system_user_that_is_there_already_is_success() {
    let mut script = Script::example();
    script.end = at("2026-04-21T10:00:00Z");
    let world = World::new(&script);
    world.play(&script);
    // The example goes on by itself within that minute; this turn is played again on a world of its own.
    let clean =
        world.history(0).iter().filter(|entry| entry["step"] == json!(Step::AssignSystemUser)).count();
    assert_eq!(clean, 1);

    let world = World::new(&script);
    let assigned_between = drives_the_assignment(&world, &script);
    assert!(assigned_between, "somebody was faster");
    let entries = world.history(0);
    let ours = entries.iter().find(|entry| entry["step"] == json!(Step::AssignSystemUser)).expect("an entry");
    assert_eq!(ours["outcome"], "done", "{ours:?}");
    assert_eq!(ours.get("reason"), None);
}

/// Runs the turns up to the assignment; between our look and our call somebody else assigns the user.
fn drives_the_assignment(world: &World, script: &Script) -> bool {
    let mut before = script.clone();
    before.acts.pop();
    world.play(&before);
    world.clock.set(script.end);
    let waba = world.waba(0);
    let code = world.simulator().customer_signs_up(script.end, &waba).expect("a signup").code;
    let body = json!({ "state": world.link(0), "code": code, "waba_id": waba });
    assert_eq!(world.post_signup(&body).1["outcome"], "accepted");
    let mut assigned = false;
    while !assigned {
        let key = items::state(world.migrations()[0]);
        let state: handover_domain::state::State =
            items::read(&key, world.records.items()[&key].clone()).expect("a STATE");
        let detail = json!({ "migration": state.migration, "step": state.step, "seq": state.seq });
        let event = Event { detail_type: "StepDue", detail, trace: None };
        let payload = envelopes::from_the_bus(&event, world.clock.now()).to_string();
        let ports = Gated::new(world, state.step.name());
        let run = functions::invoke(&ports, state.step.name(), payload.as_bytes());
        drive(state.step.name(), run, &ports.gate, |point| {
            if point.call == "graph assign_user" && point.side == Side::Before {
                assigns_by_hand(world, &waba);
                assigned = true;
            }
            Then::Goes
        })
        .expect("not cut")
        .expect("no failure");
        assert!(state.step <= Step::AssignSystemUser, "it came past the assignment");
    }
    let refused =
        world.simulator().calls().iter().rev().find_map(|call| {
            (call.endpoint.as_str() == "POST /{waba}/assigned_users").then_some(call.outcome)
        });
    assert_eq!(format!("{refused:?}"), "Some(Answered(400))", "Meta refused our own assignment");
    assigned
}

fn assigns_by_hand(world: &World, waba: &str) {
    let token = now(handover_engine::ports::Vault::system_user_token(&world.vault)).expect("a token");
    let secret = |text: &secrecy::SecretString| secrecy::ExposeSecret::expose_secret(text).to_owned();
    let target = format!(
        "/v25.0/{waba}/assigned_users?user={}&tasks=%5B%22MANAGE%22%5D&access_token={}&appsecret_proof={}",
        world.settings.system_user,
        secret(token.access()),
        secret(token.proof()),
    );
    let request = Request { method: "POST".to_owned(), target, headers: vec![], body: vec![] };
    let answer = world.simulator().answer(world.clock.now(), &request);
    let Answer::Response { status, body, .. } = answer else { panic!("lost") };
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
}
