//! Planned faults: lost, broken and refused answers, and what was applied behind them.

use graph_simulator::{Answer, CallOutcome, Endpoint, Fault, PlannedFault, Request, WorldSpec};
use jiff::SignedDuration;
use serde_json::json;

use crate::caller::{CUSTOMER, Caller, LINE, SECOND_WABA, SYSTEM, WABA, refusal};

fn planned(caller: &mut Caller, endpoint: Endpoint, fault: Fault) {
    caller.simulator.plan_fault(PlannedFault { endpoint, nth: 1, about: None, fault });
}

fn share_request(waba: &str) -> Request {
    let target = format!(
        "/v25.0/{LINE}/whatsapp_credit_sharing_and_attach?waba_id={waba}&waba_currency=EUR&access_token={SYSTEM}"
    );
    Request { method: "POST".to_owned(), target, headers: vec![], body: vec![] }
}

fn ready() -> Caller {
    let mut caller = Caller::on("2026-04-21", &WorldSpec::default());
    caller.ready_to_share(WABA);
    caller
}

#[test]
fn a_lost_answer_was_applied_or_not_and_the_next_call_is_sound() {
    for applied in [true, false] {
        let mut caller = ready();
        planned(&mut caller, Endpoint::ShareCreditLine, Fault::LoseAnswer { applied });
        assert_eq!(caller.raw(&share_request(WABA)), Answer::Lost);
        assert_eq!(caller.simulator.calls().last().unwrap().outcome, CallOutcome::Lost);
        assert_eq!(caller.simulator.live_allocations(CUSTOMER).count(), usize::from(applied));
        let target =
            format!("/v25.0/{LINE}/owning_credit_allocation_configs?receiving_business_id={CUSTOMER}");
        assert_eq!(caller.get(&target, SYSTEM).1["data"].as_array().unwrap().len(), usize::from(applied));
    }
}

#[test]
fn a_broken_answer_is_broken_as_planned() {
    for (fault, status, start, applied) in [
        (Fault::Status { status: 503, applied: true }, 503, "{\"error\"", true),
        (Fault::Status { status: 500, applied: false }, 500, "{\"error\"", false),
        (Fault::Html { applied: false }, 200, "<!DOCTYPE html>", false),
        (Fault::Cut, 200, "{\"allocation_config_id\"", true),
        (Fault::Empty, 200, "", true),
        (Fault::OtherShape, 200, "[{\"unexpected\":true}]", true),
        (
            Fault::GraphError { code: 1, subcode: None, status: Some(200), is_transient: true },
            200,
            "{\"error\"",
            false,
        ),
    ] {
        let mut caller = ready();
        planned(&mut caller, Endpoint::ShareCreditLine, fault.clone());
        let Answer::Response { status: got, body, .. } = caller.raw(&share_request(WABA)) else {
            panic!("lost")
        };
        let body = String::from_utf8(body).unwrap();
        assert_eq!(got, status, "{fault:?}");
        assert!(body.starts_with(start) && (fault != Fault::Empty || body.is_empty()), "{fault:?}: {body}");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&body).is_err(),
            body.starts_with('<') || fault == Fault::Cut || body.is_empty()
        );
        assert_eq!(caller.simulator.live_allocations(CUSTOMER).count(), usize::from(applied), "{fault:?}");
    }
}

#[test]
fn the_nth_call_is_counted_from_the_plan_and_by_the_id_it_is_about() {
    let spec = WorldSpec { wabas: 2, onboarded: true, ..WorldSpec::default() };
    let mut caller = Caller::on("2026-04-21", &spec);
    let fault = Fault::GraphError { code: 2, subcode: None, status: None, is_transient: true };
    let about = Some(SECOND_WABA.to_owned());
    caller.simulator.plan_fault(PlannedFault { endpoint: Endpoint::ReadWaba, nth: 2, about, fault });
    let seen: Vec<_> = [SECOND_WABA, WABA, WABA, SECOND_WABA, SECOND_WABA]
        .into_iter()
        .map(|waba| caller.get(&format!("/v25.0/{waba}"), SYSTEM).0)
        .collect();
    assert_eq!(seen, [200, 200, 200, 400, 200]);
}

#[test]
fn a_rate_limit_holds_for_its_minutes_and_says_how_long() {
    let mut caller = Caller::on("2026-04-21", &WorldSpec { onboarded: true, ..WorldSpec::default() });
    planned(&mut caller, Endpoint::ReadWaba, Fault::RateLimited { minutes: 15 });
    let request = Request {
        method: "GET".to_owned(),
        target: format!("/v25.0/{WABA}?access_token={SYSTEM}"),
        headers: vec![],
        body: vec![],
    };
    let Answer::Response { headers, .. } = caller.raw(&request) else { panic!("lost") };
    let usage = headers.iter().find(|(name, _)| name == "X-Business-Use-Case-Usage").unwrap();
    let usage: serde_json::Value = serde_json::from_str(&usage.1).unwrap();
    assert_eq!(usage[WABA][0]["estimated_time_to_regain_access"], 15);
    let numbers = format!("/v25.0/{WABA}/phone_numbers");
    caller.wait(SignedDuration::from_mins(14));
    assert_eq!(refusal(&caller.get(&numbers, SYSTEM)), (80_008, None));
    caller.wait(SignedDuration::from_mins(1));
    assert_eq!(caller.get(&numbers, SYSTEM).0, 200);
}

#[test]
fn a_field_becomes_unreadable_and_a_share_hidden_for_one_call() {
    let mut caller = ready();
    planned(&mut caller, Endpoint::ReadWaba, Fault::UnreadableField { field: "currency".to_owned() });
    let target = format!("/v25.0/{WABA}?fields=name,currency");
    assert_eq!(refusal(&caller.get(&target, SYSTEM)), (10, None));
    assert_eq!(caller.get(&target, SYSTEM).0, 200);

    planned(&mut caller, Endpoint::ShareCreditLine, Fault::HiddenFor { minutes: 30 });
    assert_eq!(caller.share(WABA).0, 200);
    let list = format!("/v25.0/{LINE}/owning_credit_allocation_configs?receiving_business_id={CUSTOMER}");
    assert_eq!(caller.get(&list, SYSTEM).1, json!({ "data": [] }));
    caller.wait(SignedDuration::from_mins(30));
    assert_eq!(caller.get(&list, SYSTEM).1["data"].as_array().unwrap().len(), 1);
}

#[test]
fn a_fault_is_written_in_toml_and_a_slip_in_it_is_an_error() {
    let text = "endpoint = \"POST /{credit_line}/whatsapp_credit_sharing_and_attach\"\nfault = { lose_answer = { applied = true } }";
    let plan: PlannedFault = toml::from_str(text).unwrap();
    let fault = Fault::LoseAnswer { applied: true };
    assert_eq!(plan, PlannedFault { endpoint: Endpoint::ShareCreditLine, nth: 1, about: None, fault });
    assert!(toml::from_str::<PlannedFault>("endpoint = \"GET /{waba}\"\nfault = \"empty\"").is_ok());
    for slip in [text.replace("attach", "atach"), text.replace("lose", "loose"), format!("{text}\ntimes = 2")]
    {
        assert!(toml::from_str::<PlannedFault>(&slip).is_err(), "{slip}");
    }
}
