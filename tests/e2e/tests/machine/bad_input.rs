//! What callers get wrong: each is told which field and what to do, nothing is half-written, and the
//! migration stands where it stood.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::waiting::{WABA, Waiting};

/// What a caller reads: the status and the words, in a line.
fn read((status, problem): &(u16, Value)) -> String {
    let field = problem.get("field").and_then(Value::as_str).unwrap_or("-");
    let words = problem.get("detail").or(problem.get("message")).and_then(Value::as_str).unwrap_or("-");
    format!("{status} [{field}] {words}")
}

#[tokio::test]
async fn a_malformed_signup_is_told_its_field_and_writes_nothing() {
    let waiting = Waiting::for_its_customer().await;
    let before = waiting.written().await;
    let code = waiting.new_code();
    let calls = waiting.machine.simulator().calls().len();
    let without = |field: &str| {
        let mut body = waiting.signup(&code, &json!({}));
        body.as_object_mut().unwrap().remove(field);
        body.to_string()
    };
    let with = |changed: Value| waiting.signup(&code, &changed).to_string();
    let mut told = Vec::new();
    for body in [
        String::new(),
        "<html>".to_owned(),
        "{\"state\": \"s\", \"code\":".to_owned(),
        "[]".to_owned(),
        without("state"),
        without("code"),
        with(json!({"state": ""})),
        with(json!({"code": 7})),
        with(json!({"code": "c".repeat(2049)})),
        with(json!({"waba_id": "12/34"})),
        with(json!({"waba_id": "１２"})),
        with(json!({"phone_number_id": "+49 30 1"})),
        with(json!({"business_id": "1".repeat(21)})),
        with(json!({"event": "e".repeat(101)})),
        with(json!({"access_token": "EAA"})),
        with(json!({"event": "x".repeat(17 * 1024)})),
    ] {
        let answer = waiting.post_text("/signup", &body).await;
        assert!((400..500).contains(&answer.0), "{answer:?}");
        assert!(!answer.1.to_string().contains(&code), "the code is repeated to the caller");
        told.push(read(&answer));
    }
    insta::assert_snapshot!(told.join("\n"));
    assert_eq!(waiting.written().await, before);
    assert_eq!(waiting.machine.simulator().calls().len(), calls, "Meta was not called");
    // The code is whole, so the right request still goes through.
    let (status, answer) = waiting.post("/signup", &waiting.signup(&code, &json!({}))).await;
    assert_eq!((status, &answer["outcome"]), (200, &json!("accepted")));
}

#[tokio::test]
async fn an_unknown_state_is_told_so_and_writes_nothing() {
    let waiting = Waiting::for_its_customer().await;
    let before = waiting.written().await;
    let signup = waiting.signup(&waiting.new_code(), &json!({"state": "not-a-link-of-ours"}));
    let answer = waiting.post("/signup", &signup).await;
    assert_eq!(read(&answer), "404 [state] This signup link is not known. Ask the partner for a new one.");
    assert_eq!(waiting.written().await, before);
}

#[tokio::test]
async fn an_expired_state_is_told_so_and_writes_nothing() {
    let waiting = Waiting::for_its_customer().await;
    let before = waiting.written().await;
    let later = handover_engine::ports::Clock::now(&waiting.clock) + SignedDuration::from_hours(24 * 60);
    waiting.clock.move_to(later).unwrap();
    let answer = waiting.post("/signup", &waiting.signup(&waiting.new_code(), &json!({}))).await;
    assert_eq!(read(&answer), "410 [state] This signup link has expired. Ask the partner for a new one.");
    assert_eq!(waiting.written().await, before);
}

#[tokio::test]
async fn the_same_signup_again_is_told_the_same_and_another_code_that_the_link_is_used() {
    let waiting = Waiting::for_its_customer().await;
    let signup = waiting.signup(&waiting.new_code(), &json!({}));
    let first = waiting.post("/signup", &signup).await;
    waiting.machine.run_due().await;
    let before = waiting.written().await;
    let calls = waiting.machine.simulator().calls().len();
    assert_eq!(waiting.post("/signup", &signup).await, first);
    let other = waiting.signup("another-code", &json!({}));
    let answer = waiting.post("/signup", &other).await;
    assert_eq!((answer.0, &answer.1["field"]), (409, &json!("state")), "{answer:?}");
    assert_eq!(waiting.written().await, before);
    assert_eq!(waiting.machine.simulator().calls().len(), calls, "no code was exchanged twice");
}

#[tokio::test]
async fn a_code_that_is_too_old_is_a_normal_end_of_a_signup_and_the_migration_waits_on() {
    let waiting = Waiting::for_its_customer().await;
    let code = waiting.new_code();
    let later = handover_engine::ports::Clock::now(&waiting.clock) + SignedDuration::from_secs(31);
    waiting.clock.move_to(later).unwrap();
    let (state, _, _) = waiting.written().await;
    let (status, answer) = waiting.post("/signup", &waiting.signup(&code, &json!({}))).await;
    assert_eq!((status, &answer["outcome"]), (200, &json!("lost_code")));
    let (after, _, notes) = waiting.written().await;
    assert_eq!((after, notes.len()), (state, 1));
}

#[tokio::test]
async fn a_malformed_migration_is_told_its_field_and_none_is_created() {
    let waiting = Waiting::for_its_customer().await;
    let changes = waiting.machine.wires().changes();
    let mut told = Vec::new();
    for body in [
        String::new(),
        "{}".to_owned(),
        json!({"flow": "partner-swap"}).to_string(),
        json!({"flow": "partner-switch", "waba": WABA}).to_string(),
        json!({"flow": "partner-switch", "waba_id": "1/2"}).to_string(),
        json!({"flow": "partner-switch", "label": "l".repeat(101)}).to_string(),
        json!({"flow": "partner-switch", "label": "l".repeat(17 * 1024)}).to_string(),
    ] {
        let answer = waiting.post_text("/migrations", &body).await;
        assert_eq!(answer.0, 400, "{answer:?}");
        told.push(read(&answer));
    }
    insta::assert_snapshot!(told.join("\n"));
    assert_eq!(waiting.machine.wires().changes(), changes);
}

#[tokio::test]
async fn a_second_migration_of_a_waba_is_refused_while_the_first_lives() {
    let waiting = Waiting::for_its_customer().await;
    let named = json!({"flow": "partner-switch", "waba_id": WABA});
    assert_eq!(waiting.post("/migrations", &named).await.0, 201);
    let changes = waiting.machine.wires().changes();
    let answer = waiting.post("/migrations", &named).await;
    assert_eq!((answer.0, &answer.1["field"]), (409, &json!("waba_id")), "{answer:?}");
    assert_eq!(waiting.machine.wires().changes(), changes);
}

#[tokio::test]
async fn a_migration_that_is_not_there_is_told_so() {
    let waiting = Waiting::for_its_customer().await;
    let mut told = Vec::new();
    for id in ["0199a000-0000-7000-8000-000000000001", "not-an-id", "%2e%2e"] {
        let answer = waiting.send("GET", &format!("/migrations/{id}"), b"").await;
        told.push(read(&(answer.status, serde_json::from_slice(&answer.body).unwrap())));
    }
    insta::assert_snapshot!(told.join("\n"));
}

/// What no route takes is the gateway's to answer, in its own words: no function hears of it, here as on AWS.
#[tokio::test]
async fn an_unknown_route_and_a_wrong_method_are_answered_by_the_gateway() {
    let waiting = Waiting::for_its_customer().await;
    let before = waiting.written().await;
    for (method, path) in [
        ("GET", "/signup"),
        ("PUT", "/signup"),
        ("POST", "/signup/"),
        ("POST", "/Signup"),
        ("GET", "/"),
        ("POST", "/nothing"),
    ] {
        let answer = waiting.send(method, path, b"{}").await;
        assert_eq!(
            (answer.status, answer.body.as_slice()),
            (404, br#"{"message":"Not Found"}"#.as_slice()),
            "{method} {path}"
        );
    }
    assert_eq!(waiting.written().await, before);
}
