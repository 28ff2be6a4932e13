//! How a request may be written, and what malformed ones get.

use graph_simulator::{Answer, Endpoint, Request, WorldSpec};
use serde_json::json;

use crate::caller::{Caller, SYSTEM, USER, WABA, json_of, refusal};

fn caller() -> Caller {
    Caller::on("2026-04-21", &WorldSpec { onboarded: true, ..WorldSpec::default() })
}

fn request(method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Request {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Request { method: method.to_owned(), target: target.to_owned(), headers, body: body.as_bytes().to_vec() }
}

#[test]
fn any_version_or_none_names_the_same_call() {
    for prefix in ["", "/v21.0", "/v25.0", "/v26.0"] {
        let mut caller = caller();
        let answer = caller.raw(&request("GET", &format!("{prefix}/{WABA}/?access_token={SYSTEM}"), &[], ""));
        assert_eq!(json_of(&answer).0, 200, "{prefix}");
    }
}

#[test]
fn a_token_and_parameters_may_come_by_query_form_multipart_or_json() {
    let form = format!("user={USER}&tasks=%5B%22MANAGE%22%5D&access_token={SYSTEM}");
    let parts = format!(
        "--b\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\n{USER}\r\n\
         --b\r\nContent-Disposition: form-data; name=\"tasks\"\r\n\r\n[\"MANAGE\"]\r\n\
         --b\r\nContent-Disposition: form-data; name=\"access_token\"\r\n\r\n{SYSTEM}\r\n--b--\r\n"
    );
    let json = json!({ "user": USER.parse::<u64>().unwrap(), "tasks": ["MANAGE"], "access_token": SYSTEM });
    let target = format!("/v25.0/{WABA}/assigned_users");
    for request in [
        request("POST", &format!("{target}?{form}"), &[], ""),
        request("POST", &target, &[("content-type", "application/x-www-form-urlencoded")], &form),
        request("POST", &target, &[("Content-Type", "multipart/form-data; boundary=b")], &parts),
        request("POST", &target, &[("CONTENT-TYPE", "application/json")], &json.to_string()),
    ] {
        let mut caller = caller();
        assert_eq!(json_of(&caller.raw(&request)), (200, json!({ "success": true })));
        assert!(caller.simulator.world().wabas[WABA].assigned_users.contains_key(USER));
    }
}

#[test]
fn an_id_that_is_no_id_never_becomes_a_path() {
    let mut caller = caller();
    for node in ["12a", "..", "12%2F34", "%20", "me", "１２"] {
        assert_eq!(refusal(&caller.get(&format!("/v25.0/{node}"), SYSTEM)), (803, None), "{node}");
    }
    assert_eq!(refusal(&caller.get("/v25.0/1", SYSTEM)), (100, Some(33)));
    assert_eq!(refusal(&caller.get(&format!("/v25.0/{WABA}/1/2"), SYSTEM)), (100, Some(33)));
    assert_eq!(refusal(&caller.get(&format!("/v25.0/{WABA}/colours"), SYSTEM)), (100, Some(33)));
    assert_eq!(caller.simulator.calls().last().unwrap().endpoint, Endpoint::Unknown);
}

#[test]
fn a_body_that_is_cut_is_an_error_of_metas_and_changes_nothing() {
    let mut caller = caller();
    let before = caller.simulator.world().clone();
    let headers = [("content-type", "application/json"), ("authorization", "Bearer EAAsystem0001")];
    let cut = request("POST", &format!("/v25.0/{WABA}/assigned_users"), &headers, "{\"user\":");
    assert_eq!(refusal(&json_of(&caller.raw(&cut))), (100, None));
    assert_eq!(caller.simulator.world(), &before);
}

#[test]
fn an_answer_carries_version_trace_and_usage() {
    let mut caller = caller();
    let answer = caller.raw(&request("GET", &format!("/v24.0/{WABA}?access_token={SYSTEM}"), &[], ""));
    let Answer::Response { headers, .. } = answer else { panic!("lost") };
    insta::assert_json_snapshot!(headers);
    let error = caller.get(&format!("/v25.0/{WABA}?fields=wrong"), SYSTEM);
    insta::assert_json_snapshot!(error.1);
}

#[test]
fn every_pattern_is_read_back_as_its_call_and_any_other_text_is_refused() {
    for endpoint in Endpoint::ALL {
        assert_eq!(endpoint.as_str().parse(), Ok(*endpoint));
    }
    assert!("POST /{waba}/subscribed_app".parse::<Endpoint>().is_err());
    assert!("unknown".parse::<Endpoint>().is_err());
}
