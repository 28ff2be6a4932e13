//! The share in two calls: a business is given the line, then one of its WABAs is attached (facts 9.3).

use graph_simulator::{RepeatedAttach, Settings, WorldSpec};
use serde_json::json;

use crate::caller::{CUSTOMER, Caller, Got, LINE, SECOND_WABA, SYSTEM, US, WABA, refusal};

fn share_alone(caller: &mut Caller, business: &str, token: &str) -> Got {
    let target = format!("/v25.0/{LINE}/whatsapp_credit_sharing?receiving_business_id={business}");
    caller.call("POST", &target, token, None)
}

fn attach(caller: &mut Caller, waba: &str, token: &str) -> Got {
    let target = format!("/v25.0/{LINE}/whatsapp_credit_attach?waba_id={waba}&waba_currency=EUR");
    caller.call("POST", &target, token, None)
}

fn listed(caller: &mut Caller) -> usize {
    let target = format!("/v25.0/{LINE}/owning_credit_allocation_configs?receiving_business_id={CUSTOMER}");
    caller.get(&target, SYSTEM).1["data"].as_array().unwrap().len()
}

#[test]
fn the_business_has_the_line_and_only_the_attach_pays_from_the_1st() {
    let mut caller = Caller::on("2026-04-21", &WorldSpec::default());
    let token = caller.ready_to_share(WABA);
    let (status, shared) = share_alone(&mut caller, CUSTOMER, SYSTEM);
    assert_eq!((status, &shared["success"]), (200, &json!(true)));
    caller.at("2026-04-22T09:00:00Z");
    let (status, attached) = attach(&mut caller, WABA, &token);
    assert_eq!((status, &attached["waba_id"]), (200, &json!(WABA)));
    assert_eq!(attached["allocation_config_id"], shared["allocation_config_id"]);
    assert!(!caller.simulator.can_send(WABA));
    caller.at("2026-05-01T00:00:00Z");
    assert!(caller.simulator.can_send(WABA));
}

#[test]
fn a_share_alone_pays_for_nobody() {
    let mut caller = Caller::on("2026-04-21", &WorldSpec::default());
    caller.ready_to_share(WABA);
    share_alone(&mut caller, CUSTOMER, SYSTEM);
    caller.at("2026-05-02T00:00:00Z");
    assert!(!caller.simulator.can_send(WABA));
}

#[test]
fn an_attach_needs_the_share_the_customers_token_and_the_window() {
    let mut caller = Caller::on("2026-04-21", &WorldSpec::default());
    let token = caller.ready_to_share(WABA);
    assert_eq!(refusal(&attach(&mut caller, WABA, &token)), (100, None), "not shared");
    share_alone(&mut caller, CUSTOMER, SYSTEM);
    assert_eq!(refusal(&attach(&mut caller, WABA, SYSTEM)), (200, None), "our own token");
    caller.at("2026-04-28T00:00:00Z");
    assert_eq!(refusal(&attach(&mut caller, WABA, &token)), (100, None), "the window");
    let wrong = format!("/v25.0/{LINE}/whatsapp_credit_attach?waba_id={WABA}&waba_currency=USD");
    assert_eq!(refusal(&caller.call("POST", &wrong, &token, None)).0, 100);
}

#[test]
fn a_share_alone_needs_our_system_user_and_a_business_that_has_shared_an_account() {
    let mut caller = Caller::on("2026-04-21", &WorldSpec::default());
    assert_eq!(
        refusal(&share_alone(&mut caller, CUSTOMER, SYSTEM)),
        (100, None),
        "nothing is shared with us"
    );
    let token = caller.ready_to_share(WABA);
    assert_eq!(refusal(&share_alone(&mut caller, CUSTOMER, &token)), (200, None));
    assert_eq!(refusal(&share_alone(&mut caller, US, SYSTEM)), (100, Some(1_752_244)));
}

#[test]
fn a_second_account_of_the_business_needs_only_the_attach() {
    let spec = WorldSpec { wabas: 2, same_business: true, ..WorldSpec::default() };
    let mut caller = Caller::on("2026-04-21", &spec);
    let first = caller.ready_to_share(WABA);
    let second = caller.ready_to_share(SECOND_WABA);
    share_alone(&mut caller, CUSTOMER, SYSTEM);
    let one = attach(&mut caller, WABA, &first).1;
    let other = attach(&mut caller, SECOND_WABA, &second).1;
    assert_eq!(one["allocation_config_id"], other["allocation_config_id"]);
    assert_eq!(caller.simulator.live_allocations(CUSTOMER).count(), 1);
}

#[test]
fn a_repeated_attach_answers_as_the_switch_says() {
    for (repeated_attach, status) in [(RepeatedAttach::Refused, 400), (RepeatedAttach::Same, 200)] {
        let mut caller = Caller::with("2026-04-21", Settings { repeated_attach, ..Settings::default() });
        let token = caller.ready_to_share(WABA);
        share_alone(&mut caller, CUSTOMER, SYSTEM);
        attach(&mut caller, WABA, &token);
        assert_eq!(attach(&mut caller, WABA, &token).0, status, "{repeated_attach:?}");
    }
}

#[test]
fn what_is_attached_to_nothing_is_listed_where_the_switch_says_so_and_read_by_its_id_always() {
    for (unattached_listed, count) in [(true, 1), (false, 0)] {
        let mut caller = Caller::with("2026-04-21", Settings { unattached_listed, ..Settings::default() });
        let token = caller.ready_to_share(WABA);
        let id = share_alone(&mut caller, CUSTOMER, SYSTEM).1["allocation_config_id"].clone();
        assert_eq!(listed(&mut caller), count);
        assert_eq!(caller.get(&format!("/v25.0/{}", id.as_str().unwrap()), SYSTEM).0, 200);
        attach(&mut caller, WABA, &token);
        assert_eq!(listed(&mut caller), 1);
    }
}
