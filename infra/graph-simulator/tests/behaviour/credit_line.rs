//! The share and its read-back.

use graph_simulator::{ListForm, RepeatedShare, Role, Settings, Simulator, World, WorldSpec};
use jiff::{SignedDuration, tz::TimeZone};
use serde_json::json;

use crate::caller::{CUSTOMER, Caller, FORMER_FUNDING, LINE, SECOND_WABA, SYSTEM, USER, WABA, refusal};

fn two_of_one_business(settings: Settings) -> Caller {
    let spec = WorldSpec { wabas: 2, same_business: true, settings, ..WorldSpec::default() };
    let mut caller = Caller::on("2026-04-21", &spec);
    caller.ready_to_share(WABA);
    caller.ready_to_share(SECOND_WABA);
    caller
}

#[test]
fn a_switched_customer_is_refused_outside_the_window_in_the_zone_that_is_set() {
    for (zone, moment, open) in [
        ("UTC", "2026-04-27T23:59:59Z", true),
        ("UTC", "2026-04-28T00:00:00Z", false),
        ("UTC", "2026-05-04T23:59:59Z", false),
        ("UTC", "2026-05-05T00:00:00Z", true),
        ("Asia/Tokyo", "2026-04-27T14:59:59Z", true),
        ("Asia/Tokyo", "2026-04-27T15:00:00Z", false),
        ("America/Los_Angeles", "2026-04-28T06:59:59Z", true),
        ("America/Los_Angeles", "2026-04-28T07:00:00Z", false),
    ] {
        let zone_of = TimeZone::get(zone).unwrap();
        let mut caller = Caller::with("2026-04-20", Settings { zone: zone_of, ..Settings::default() });
        caller.ready_to_share(WABA);
        caller.at(moment);
        let answer = caller.share(WABA);
        assert_eq!(answer.0 == 200, open, "{zone} {moment} {}", answer.1);
        if !open {
            assert_eq!(refusal(&answer), (100, None));
            assert_eq!(caller.simulator.live_allocations(CUSTOMER).count(), 0);
        }
    }
}

#[test]
fn the_refusal_in_the_blackout_has_the_code_that_is_set() {
    let mut caller = Caller::with("2026-04-28", Settings { blackout_code: 200, ..Settings::default() });
    caller.ready_to_share(WABA);
    assert_eq!(refusal(&caller.share(WABA)), (200, None));
}

#[test]
fn a_first_customer_is_active_at_once_on_any_day() {
    let spec = WorldSpec { first_time: true, ..WorldSpec::default() };
    let mut caller = Caller::on("2026-04-29", &spec);
    caller.signup(WABA);
    caller.assign(WABA);
    assert!(!caller.simulator.can_send(WABA), "no payment method yet");
    assert_eq!(caller.share(WABA).0, 200);
    assert!(caller.simulator.can_send(WABA));
}

#[test]
fn the_share_needs_our_assigned_user_and_a_role_that_handles_credit() {
    let mut caller = Caller::on("2026-04-21", &WorldSpec::default());
    assert_eq!(refusal(&caller.share(WABA)), (100, Some(33)), "not shared with us yet");
    let token = caller.signup(WABA);
    assert_eq!(refusal(&caller.share(WABA)), (200, None), "user not assigned");
    caller.assign(WABA);
    let target = format!("/v25.0/{LINE}/whatsapp_credit_sharing_and_attach?waba_id={WABA}&waba_currency=EUR");
    assert_eq!(refusal(&caller.call("POST", &target, &token, None)), (200, None), "a business token");

    let mut world = World::example();
    world.system_users.get_mut(USER).unwrap().role = Role::Employee;
    let mut employee = Caller { simulator: Simulator::new(world).unwrap(), now: caller.now };
    assert_eq!(refusal(&employee.share(WABA)), (200, None));
}

#[test]
fn the_share_is_refused_for_a_wrong_currency_a_missing_id_and_an_account_that_the_customer_does_not_own() {
    let mut caller = Caller::on("2026-04-21", &WorldSpec::default());
    caller.ready_to_share(WABA);
    let edge = format!("/v25.0/{LINE}/whatsapp_credit_sharing_and_attach");
    for body in [
        json!({ "waba_id": WABA, "waba_currency": "USD" }),
        json!({ "waba_id": WABA }),
        json!({ "waba_currency": "EUR" }),
        json!({ "waba_id": "12/34", "waba_currency": "EUR" }),
    ] {
        assert_eq!(refusal(&caller.post(&edge, SYSTEM, body.clone())).0, 100, "{body}");
    }
    let spec = WorldSpec { ownership: "ON_BEHALF_OF".to_owned(), ..WorldSpec::default() };
    let mut owned_by_partner = Caller::on("2026-04-21", &spec);
    owned_by_partner.ready_to_share(WABA);
    assert_eq!(refusal(&owned_by_partner.share(WABA)), (100, None));
}

#[test]
fn a_line_in_another_currency_matters_only_where_the_switch_says_so() {
    for (line_currency_must_match, status) in [(false, 200), (true, 400)] {
        let settings = Settings { line_currency_must_match, ..Settings::default() };
        let mut world = World::from_spec(&WorldSpec { settings, ..WorldSpec::default() });
        world.credit_lines.get_mut(LINE).unwrap().currency = "USD".to_owned();
        let now = "2026-04-21T09:00:00Z".parse().unwrap();
        let mut caller = Caller { simulator: Simulator::new(world).unwrap(), now };
        caller.ready_to_share(WABA);
        assert_eq!(caller.share(WABA).0, status);
    }
}

#[test]
fn a_second_account_of_the_business_gets_its_allocation() {
    let mut caller = two_of_one_business(Settings::default());
    let first = caller.share(WABA).1;
    let second = caller.share(SECOND_WABA).1;
    assert_eq!(first["allocation_config_id"], second["allocation_config_id"]);
    assert_eq!(caller.simulator.live_allocations(CUSTOMER).count(), 1);
    caller.at("2026-05-01T00:00:00Z");
    assert_eq!(caller.simulator.funding_of(WABA), caller.simulator.funding_of(SECOND_WABA));
}

#[test]
fn a_second_account_gets_one_of_its_own_where_the_switch_says_so() {
    let settings = Settings { second_waba: RepeatedShare::NewAllocation, ..Settings::default() };
    let mut caller = two_of_one_business(settings);
    assert_ne!(
        caller.share(WABA).1["allocation_config_id"],
        caller.share(SECOND_WABA).1["allocation_config_id"]
    );
    assert_eq!(caller.simulator.live_allocations(CUSTOMER).count(), 2);
}

#[test]
fn a_repeated_share_answers_as_the_switch_says() {
    for (repeated_share, status, allocations) in [
        (RepeatedShare::NewAllocation, 200, 2),
        (RepeatedShare::SameAllocation, 200, 1),
        (RepeatedShare::Refused, 400, 1),
    ] {
        let mut caller = Caller::with("2026-04-21", Settings { repeated_share, ..Settings::default() });
        caller.ready_to_share(WABA);
        caller.share(WABA);
        assert_eq!(caller.share(WABA).0, status, "{repeated_share:?}");
        assert_eq!(caller.simulator.live_allocations(CUSTOMER).count(), allocations, "{repeated_share:?}");
    }
}

#[test]
fn allocations_are_listed_by_receiving_business_as_a_list_or_as_the_object_itself() {
    let target = format!(
        "/v25.0/{LINE}/owning_credit_allocation_configs?receiving_business_id={CUSTOMER}\
         &fields=id,receiving_business,receiving_credential,request_status"
    );
    let mut caller = Caller::on("2026-04-21", &WorldSpec::default());
    caller.ready_to_share(WABA);
    assert_eq!(caller.get(&target, SYSTEM), (200, json!({ "data": [] })));
    caller.share(WABA);
    let (_, listed) = caller.get(&target, SYSTEM);
    insta::assert_json_snapshot!(listed);
    let other = target.replace(CUSTOMER, "1");
    assert_eq!(caller.get(&other, SYSTEM).1, json!({ "data": [] }));

    let mut single =
        Caller::with("2026-04-21", Settings { allocation_list: ListForm::Object, ..Settings::default() });
    single.ready_to_share(WABA);
    single.share(WABA);
    assert_eq!(single.get(&target, SYSTEM).1, listed["data"][0]);
}

#[test]
fn an_allocation_that_is_visible_late_exists_all_the_same() {
    let settings = Settings { share_visible_after_minutes: 20, ..Settings::default() };
    let mut caller = Caller::with("2026-04-21", settings);
    caller.ready_to_share(WABA);
    let id = caller.share(WABA).1["allocation_config_id"].as_str().unwrap().to_owned();
    let target = format!("/v25.0/{LINE}/owning_credit_allocation_configs?receiving_business_id={CUSTOMER}");
    assert_eq!(caller.get(&target, SYSTEM).1, json!({ "data": [] }));
    assert_eq!(refusal(&caller.get(&format!("/v25.0/{id}"), SYSTEM)), (100, Some(33)));
    assert_eq!(caller.simulator.live_allocations(CUSTOMER).count(), 1);
    assert_eq!(caller.simulator.next_event_at(), Some(caller.now + SignedDuration::from_mins(20)));

    caller.wait(SignedDuration::from_mins(20));
    assert_eq!(caller.get(&target, SYSTEM).1["data"][0]["id"], id.as_str());
}

#[test]
fn revoking_hits_every_account_of_the_business() {
    let mut caller = two_of_one_business(Settings::default());
    caller.share(WABA);
    caller.at("2026-05-01T00:00:00Z");
    caller.at("2026-05-06T09:00:00Z");
    let id = caller.share(SECOND_WABA).1["allocation_config_id"].as_str().unwrap().to_owned();

    let target = format!("/v25.0/{id}");
    assert_eq!(caller.call("DELETE", &target, SYSTEM, None), (200, json!({ "success": true })));
    assert_eq!(caller.get(&format!("{target}?fields=request_status"), SYSTEM).1["request_status"], "DELETED");
    assert_eq!(caller.simulator.funding_of(WABA), None);
    caller.at("2026-06-02T00:00:00Z");
    assert_eq!(
        caller.simulator.funding_of(SECOND_WABA),
        Some(FORMER_FUNDING),
        "the waiting share is gone too"
    );
    assert!(!caller.simulator.can_send(WABA) && !caller.simulator.can_send(SECOND_WABA));
}
