//! What cannot be understood, or was used before, is answered with the field's name, and nothing is written.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use functions::InvokeError;
use handover_domain::state::Status;
use handover_engine::ports::Clock;
use jiff::SignedDuration;
use serde_json::{Value, json};
use simulation::envelopes;
use simulation::script::{Act, Script, at};
use simulation::world::World;

/// A secret in the wrong place: it must not come back.
const SECRET: &str = "EAAsecret0123456789";

/// A migration that waits for its customer, who has unshared.
fn waiting() -> World {
    let mut script = Script::example();
    script.acts.pop();
    script.end = at("2026-04-21T10:00:00Z");
    let world = World::new(&script);
    world.play(&script);
    assert_eq!(world.states()[0].row, "unshare and sign up");
    world.clock.set(script.end);
    world
}

/// The rest of the story, after the customer has signed up.
fn goes_on(world: &World) {
    let mut script = Script::example();
    script.acts.clear();
    world.play(&script);
    assert!(world.violations().is_empty(), "{:?}", world.violations());
    assert_eq!(world.states()[0].status, Status::Completed, "{:#?}", world.states()[0]);
}

fn code(world: &World) -> String {
    let (now, waba) = (world.clock.now(), world.waba(0));
    world.simulator().customer_signs_up(now, &waba).expect("a signup").code
}

fn good(world: &World) -> Value {
    json!({ "state": world.link(0), "code": code(world), "waba_id": world.waba(0), "event": "FINISH_ONLY_WABA" })
}

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

fn without(mut body: Value, field: &str) -> Value {
    body.as_object_mut().expect("an object").remove(field);
    body
}

/// The same request with another text as its body.
fn with_body(route: &str, body: &str, is_base64: bool) -> Value {
    let mut request = envelopes::post(route, &json!({}));
    request["body"] = json!(body);
    request["isBase64Encoded"] = json!(is_base64);
    request
}

fn must_refuse(world: &World, function: &'static str, request: &Value, status: u64, field: &str) {
    let before = world.everything();
    let (got, problem) = world.request(function, request);
    assert_eq!((got, problem["field"].as_str()), (status, Some(field)), "{request}: {problem}");
    let (detail, kind) =
        (problem["detail"].as_str().expect("words"), problem["type"].as_str().expect("a kind"));
    assert!(kind.starts_with("errors.md#") && detail.ends_with('.'), "{problem}");
    assert!(!problem.to_string().contains(SECRET), "{problem}");
    assert_eq!(world.everything(), before, "{request}: something was done");
}

#[test]
fn a_malformed_signup_is_refused_by_the_name_of_its_field_and_the_code_is_not_used_up() {
    let world = waiting();
    let good = good(&world);
    for (body, field) in [
        (without(good.clone(), "state"), "state"),
        (without(good.clone(), "code"), "code"),
        (with(good.clone(), "state", json!("")), "state"),
        (with(good.clone(), "state", json!(7)), "state"),
        (with(good.clone(), "state", json!("x".repeat(5_000))), "state"),
        (with(good.clone(), "code", json!({ "code": SECRET })), "code"),
        (with(good.clone(), "code", json!("")), "code"),
        (with(good.clone(), "code", Value::Null), "code"),
        (with(good.clone(), "waba_id", json!(SECRET)), "waba_id"),
        (with(good.clone(), "waba_id", json!("12/34")), "waba_id"),
        (with(good.clone(), "waba_id", json!("")), "waba_id"),
        (with(good.clone(), "waba_id", json!(["1"])), "waba_id"),
        (with(good.clone(), "phone_number_id", json!("+49 30 1")), "phone_number_id"),
        (with(good.clone(), "business_id", json!("123456789012345678901")), "business_id"),
        (with(good.clone(), "event", json!("x".repeat(101))), "event"),
        (with(good.clone(), "event", json!(1)), "event"),
        (with(good.clone(), "pin", json!(SECRET)), "pin"),
    ] {
        must_refuse(&world, "signup", &envelopes::post("/signup", &body), 400, field);
    }
    assert_eq!(world.post_signup(&good).1["outcome"], "accepted");
    goes_on(&world);
}

#[test]
fn a_body_that_is_no_json_object_is_refused_as_a_whole() {
    let world = waiting();
    let large = json!({ "state": "x", "code": "y", "event": "z".repeat(20_000) }).to_string();
    for (body, is_base64) in [
        ("", false),
        ("{", false),
        ("[]", false),
        ("null", false),
        ("\"EAAsecret0123456789\"", false),
        ("state=EAAsecret0123456789&code=1", false),
        ("<html>", false),
        (large.as_str(), false),
        ("not base64 !", true),
        ("PGh0bWw+", true),
    ] {
        must_refuse(&world, "signup", &with_body("/signup", body, is_base64), 400, "body");
        must_refuse(&world, "api", &with_body("/migrations", body, is_base64), 400, "body");
    }
    let mut bodiless = envelopes::post("/signup", &json!({}));
    bodiless.as_object_mut().expect("an object").remove("body");
    must_refuse(&world, "signup", &bodiless, 400, "body");
}

#[test]
fn a_signup_in_base64_is_a_signup() {
    let world = waiting();
    let request = with_body("/signup", &STANDARD.encode(good(&world).to_string()), true);
    assert_eq!(world.request("signup", &request).1["outcome"], "accepted");
    goes_on(&world);
}

#[test]
fn a_malformed_creation_is_refused_by_the_name_of_its_field() {
    let world = waiting();
    for (body, field) in [
        (json!({}), "flow"),
        (json!({ "flow": "partner-swap" }), "flow"),
        (json!({ "flow": 7 }), "flow"),
        (json!({ "flow": "partner-switch", "waba_id": "12a" }), "waba_id"),
        (json!({ "flow": "partner-switch", "waba_id": 12 }), "waba_id"),
        (json!({ "flow": "partner-switch", "label": "é".repeat(51) }), "label"),
        (json!({ "flow": "partner-switch", "label": [SECRET] }), "label"),
        (json!({ "flow": "partner-switch", "wabas": SECRET }), "wabas"),
    ] {
        must_refuse(&world, "api", &envelopes::post("/migrations", &body), 400, field);
    }
}

#[test]
fn a_second_creation_for_the_same_waba_is_refused_and_writes_nothing() {
    let script = Script::example();
    let world = World::new(&script);
    let body = json!({ "flow": "partner-switch", "waba_id": world.waba(0) });
    assert_eq!(world.request("api", &envelopes::post("/migrations", &body)).0, 201);
    must_refuse(&world, "api", &envelopes::post("/migrations", &body), 409, "waba_id");
}

#[test]
fn a_migration_that_is_not_there_is_unknown_by_its_id() {
    let world = waiting();
    let show = |id: &str| {
        let mut request = envelopes::post("/migrations", &json!({}));
        request["routeKey"] = json!("GET /migrations/{id}");
        request["pathParameters"] = json!({ "id": id });
        request
    };
    for id in ["12", "M#1", SECRET, "..", ""] {
        must_refuse(&world, "api", &show(id), 400, "id");
    }
    must_refuse(&world, "api", &show("0199a000-0000-7000-8000-000000000009"), 404, "id");
    let known = world.migrations()[0].to_string();
    assert_eq!(world.request("api", &show(&known)).0, 200);
    let mut stray = show(&known);
    stray["routeKey"] = json!("DELETE /migrations/{id}");
    must_refuse(&world, "api", &stray, 404, "path");
}

#[test]
fn an_unknown_state_is_told_so_and_its_code_is_not_used_up() {
    let world = waiting();
    let good = good(&world);
    let unknown = with(good.clone(), "state", json!("link-999"));
    must_refuse(&world, "signup", &envelopes::post("/signup", &unknown), 404, "state");
    assert_eq!(world.post_signup(&good).1["outcome"], "accepted");
}

#[test]
fn an_expired_state_is_told_so_and_its_code_is_not_used_up() {
    let world = waiting();
    world.clock.set(world.clock.now() + SignedDuration::from_hours(24 * 60));
    let request = envelopes::post("/signup", &good(&world));
    must_refuse(&world, "signup", &request, 410, "state");
}

#[test]
fn a_repeated_signup_gets_the_same_answer_and_the_code_is_exchanged_once() {
    let world = waiting();
    let good = good(&world);
    let first = world.post_signup(&good);
    let after_the_first = world.everything();
    assert_eq!(first.1["outcome"], "accepted");
    for _ in 0..2 {
        assert_eq!(world.post_signup(&good), first);
    }
    assert_eq!(world.everything(), after_the_first);
    goes_on(&world);
    assert_eq!(world.post_signup(&good), first, "long after as well");
}

#[test]
fn a_used_state_with_another_code_is_refused_and_the_first_signup_stands() {
    let world = waiting();
    assert_eq!(world.post_signup(&good(&world)).1["outcome"], "accepted");
    let again = envelopes::post("/signup", &good(&world));
    must_refuse(&world, "signup", &again, 409, "state");
    goes_on(&world);
}

#[test]
fn a_code_that_was_exchanged_before_is_lost_and_the_second_migration_waits_as_it_did() {
    let mut script = Script::two_wabas_of_one_business();
    script.acts.retain(|(_, act)| !matches!(act, Act::SignUp { .. }));
    script.end = at("2026-04-21T10:00:00Z");
    let world = World::new(&script);
    world.play(&script);
    let good = good(&world);
    assert_eq!(world.post_signup(&good).1["outcome"], "accepted");
    let stands = world.states()[1].clone();
    let twice = with(good, "state", json!(world.link(1)));
    let (status, answer) = world.post_signup(&twice);
    assert_eq!((status, answer["outcome"].as_str()), (200, Some("lost_code")));
    assert_eq!(world.states()[1], stands);
    assert_eq!(world.post_signup(&twice).1["outcome"], "lost_code", "it stays so");
}

#[test]
fn a_code_that_came_too_late_is_lost_and_a_new_link_goes_on() {
    let world = waiting();
    let late = good(&world);
    let stands = world.states()[0].clone();
    world.clock.set(world.clock.now() + SignedDuration::from_secs(31));
    assert_eq!(world.post_signup(&late).1["outcome"], "lost_code");
    assert_eq!(world.states()[0], stands);
}

#[test]
fn a_payload_that_is_no_request_of_api_gateway_does_nothing() {
    let world = waiting();
    let before = world.everything();
    for function in ["signup", "api"] {
        for payload in
            ["", "[]", "7", "<html>", r#"{"body":7}"#, r#"{"isBase64Encoded":"EAAsecret0123456789"}"#]
        {
            let refused = world.ask(function, payload.as_bytes()).expect_err("not ours");
            assert!(matches!(refused, InvokeError::NotOurs { .. }), "{function}: {payload}: {refused:?}");
            assert!(!format!("{refused:?}").contains(SECRET), "{refused:?}");
        }
    }
    assert_eq!(world.everything(), before);
}
