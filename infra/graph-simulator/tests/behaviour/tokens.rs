//! Codes, tokens, proofs, and what a token reaches.

use graph_simulator::{ExchangeBody, Request, Settings, WorldSpec};
use jiff::SignedDuration;
use serde_json::json;

use crate::caller::{APP, Caller, LINE, SECOND_WABA, SECRET, SYSTEM, US, WABA, json_of, refusal};

#[test]
fn a_code_works_once_and_for_30_seconds() {
    let mut caller = Caller::on("2026-04-21", &WorldSpec::default());
    let signup = caller.simulator.customer_signs_up(caller.now, WABA).unwrap();
    caller.wait(SignedDuration::from_secs(29));
    assert_eq!(caller.exchange(&signup).0, 200);
    assert_eq!(refusal(&caller.exchange(&signup)), (100, Some(36_009)));

    let late = caller.simulator.customer_signs_up(caller.now, WABA).unwrap();
    caller.wait(SignedDuration::from_secs(30));
    assert_eq!(refusal(&caller.exchange(&late)), (100, Some(36_007)));
}

#[test]
fn an_exchange_names_the_app_its_secret_and_a_code_that_exists() {
    let mut caller = Caller::on("2026-04-21", &WorldSpec::default());
    for (id, secret, code) in [("1", SECRET, 101), (APP, "wrong", 1), (APP, SECRET, 100)] {
        let target = format!("/oauth/access_token?client_id={id}&client_secret={secret}&code=AQBnone");
        let request = Request { method: "GET".to_owned(), target, headers: vec![], body: vec![] };
        assert_eq!(refusal(&json_of(&caller.raw(&request))).0, code);
    }
}

#[test]
fn the_exchange_answers_json_or_the_bare_token() {
    let mut caller =
        Caller::with("2026-04-21", Settings { exchange_body: ExchangeBody::Text, ..Settings::default() });
    let signup = caller.simulator.customer_signs_up(caller.now, WABA).unwrap();
    let target = format!("/oauth/access_token?client_id={APP}&client_secret={SECRET}&code={}", signup.code);
    let answer = caller.raw(&Request { method: "GET".to_owned(), target, headers: vec![], body: vec![] });
    let graph_simulator::Answer::Response { body, .. } = answer else { panic!("lost") };
    assert!(String::from_utf8(body).unwrap().starts_with("EAAsignup"));
}

#[test]
fn debug_token_lists_the_accounts_of_the_customer_newest_signup_first() {
    let spec = WorldSpec { wabas: 2, same_business: true, ..WorldSpec::default() };
    let mut caller = Caller::on("2026-04-21", &spec);
    caller.signup(WABA);
    let token = caller.signup(SECOND_WABA);
    let (_, seen) =
        caller.get(&format!("/v25.0/debug_token?input_token={token}"), &format!("{APP}|{SECRET}"));
    insta::assert_json_snapshot!(seen);
    let itself = caller.get(&format!("/v25.0/debug_token?input_token={token}"), &token);
    assert_eq!(itself.1, seen, "a token may look at itself");
    let other = caller.get(&format!("/v25.0/debug_token?input_token={SYSTEM}"), &token);
    assert_eq!(refusal(&other), (200, None));
}

#[test]
fn debug_token_says_that_a_token_is_unknown_or_has_expired() {
    let mut caller = Caller::on("2026-04-21", &WorldSpec::default());
    let token = caller.signup(WABA);
    let (status, unknown) = caller.get("/v25.0/debug_token?input_token=EAAnobody", SYSTEM);
    assert_eq!((status, &unknown["data"]["is_valid"]), (200, &json!(false)));

    caller.wait(SignedDuration::from_hours(24 * 60));
    let (_, expired) = caller.get(&format!("/v25.0/debug_token?input_token={token}"), SYSTEM);
    assert_eq!(expired["data"]["error"]["subcode"], 463);
    assert_eq!(refusal(&caller.get(&format!("/v25.0/{WABA}"), &token)), (190, Some(463)));
}

#[test]
fn a_call_without_a_token_or_with_one_that_nobody_made_is_refused() {
    let mut caller = Caller::on("2026-04-21", &WorldSpec::default());
    let request =
        Request { method: "GET".to_owned(), target: format!("/{WABA}"), headers: vec![], body: vec![] };
    assert_eq!(refusal(&json_of(&caller.raw(&request))), (104, None));
    assert_eq!(refusal(&caller.get(&format!("/{WABA}"), "EAAnobody")), (190, Some(467)));
}

#[test]
fn a_business_token_reaches_its_customer_and_nothing_else() {
    let mut caller = Caller::on("2026-04-21", &WorldSpec { wabas: 2, ..WorldSpec::default() });
    let token = caller.signup(WABA);
    caller.signup(SECOND_WABA);
    assert_eq!(caller.get(&format!("/v25.0/{WABA}"), &token).0, 200);
    assert_eq!(refusal(&caller.get(&format!("/v25.0/{SECOND_WABA}"), &token)), (100, Some(33)));
    let lines = caller.get(&format!("/v25.0/{US}/extendedcredits"), &token);
    assert_eq!(refusal(&lines), (200, None));
    let list = caller.get(&format!("/v25.0/{LINE}/owning_credit_allocation_configs"), &token);
    assert_eq!(refusal(&list), (200, None));
}

#[test]
fn nobody_of_ours_sees_an_account_before_the_signup_or_after_the_customer_leaves_us() {
    let mut caller = Caller::on("2026-04-21", &WorldSpec::default());
    let target = format!("/v25.0/{WABA}");
    assert_eq!(refusal(&caller.get(&target, SYSTEM)), (100, Some(33)));
    let token = caller.signup(WABA);
    assert_eq!(caller.get(&target, SYSTEM).0, 200);

    caller.simulator.take_webhooks();
    caller.simulator.customer_unshares_us(caller.now, WABA).unwrap();
    assert_eq!(refusal(&caller.get(&target, SYSTEM)), (100, Some(33)));
    assert_eq!(refusal(&caller.get(&target, &token)), (100, Some(33)));
    let told = caller.simulator.take_webhooks();
    assert!(String::from_utf8_lossy(&told[0].body).contains("PARTNER_REMOVED"));
}

#[test]
fn a_proof_is_checked_when_sent_and_missed_when_required() {
    let proof = "9b2a9bd9f0fcd2b6f1a0c3a8ac9b0f1c7d58b1b0ac49d3c1a9bfae9f8f0a1c55";
    let mut caller = Caller::with("2026-04-21", Settings { require_proof: true, ..Settings::default() });
    let bare = format!("/v25.0/{US}/extendedcredits");
    assert_eq!(refusal(&caller.get(&bare, SYSTEM)), (100, None));
    assert_eq!(refusal(&caller.get(&format!("{bare}?appsecret_proof={proof}"), SYSTEM)), (100, None));
    // HMAC-SHA256 of the system token under the app secret, computed with another program.
    let good = "380460f2dfed2a207157964e34f561423864875b51cbc265a56da6ff29d987be";
    assert_eq!(caller.get(&format!("{bare}?appsecret_proof={good}"), SYSTEM).0, 200);
}
