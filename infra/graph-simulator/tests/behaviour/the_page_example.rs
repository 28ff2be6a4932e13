//! The page's example: unshare on 20 April, share on 21 April, live on 1 May.

use graph_simulator::{CallOutcome, Settings, Simulator, World, WorldSpec};
use serde_json::json;

use crate::caller::{CUSTOMER, Caller, FORMER_FUNDING, NUMBER, SYSTEM, WABA};

fn message(caller: &mut Caller, token: &str) -> (u16, serde_json::Value) {
    let body =
        json!({ "messaging_product": "whatsapp", "to": "+4915112345678", "text": { "body": "Hello" } });
    caller.post(&format!("/v25.0/{NUMBER}/messages"), token, body)
}

#[test]
fn unshare_on_20_april_share_on_21_april_send_again_on_1_may() {
    let mut caller = Caller::on("2026-04-20", &WorldSpec::default());
    assert!(caller.simulator.can_send(WABA));
    caller.simulator.customer_unshares(caller.now, WABA).unwrap();
    assert!(!caller.simulator.can_send(WABA), "blocked at once");
    assert_eq!(caller.simulator.funding_of(WABA), Some(FORMER_FUNDING), "the old line stays attached");

    caller.at("2026-04-21T10:00:00Z");
    let token = caller.signup(WABA);
    caller.assign(WABA);
    let (status, shared) = caller.share(WABA);
    assert_eq!((status, shared["waba_id"].as_str()), (200, Some(WABA)));
    let allocation = shared["allocation_config_id"].as_str().unwrap().to_owned();
    assert_eq!(caller.simulator.next_event_at(), Some("2026-05-01T00:00:00Z".parse().unwrap()));

    let ours = caller.get(&format!("/v25.0/{allocation}?fields=receiving_credential"), SYSTEM).1;
    let ours = ours["receiving_credential"]["id"].as_str().unwrap().to_owned();
    caller.at("2026-04-30T23:59:59Z");
    assert_eq!(message(&mut caller, &token).1["error"]["code"], 131_042);
    let funding = caller.get(&format!("/v25.0/{WABA}?fields=primary_funding_id"), &token);
    assert_eq!(funding, (200, json!({ "primary_funding_id": FORMER_FUNDING, "id": WABA })));

    caller.at("2026-05-01T00:00:00Z");
    assert!(caller.simulator.can_send(WABA));
    assert_eq!(caller.simulator.funding_of(WABA), Some(ours.as_str()));
    assert_eq!(message(&mut caller, &token).0, 200);
    assert_eq!(caller.simulator.live_allocations(CUSTOMER).count(), 1);
    assert_eq!(caller.simulator.next_event_at(), None);
}

#[test]
fn the_swap_comes_as_many_days_late_as_set() {
    let mut caller = Caller::with("2026-04-21", Settings { swap_delay_days: 1, ..Settings::default() });
    caller.ready_to_share(WABA);
    assert_eq!(caller.share(WABA).0, 200);
    caller.at("2026-05-01T23:59:59Z");
    assert!(!caller.simulator.can_send(WABA));
    caller.at("2026-05-02T00:00:00Z");
    assert!(caller.simulator.can_send(WABA));
}

#[test]
fn without_an_unshare_the_former_partners_line_stays() {
    let mut caller = Caller::on("2026-04-21", &WorldSpec::default());
    caller.signup(WABA);
    caller.assign(WABA);
    assert_eq!(caller.share(WABA).0, 200);
    caller.at("2026-07-02T00:00:00Z");
    assert_eq!(caller.simulator.funding_of(WABA), Some(FORMER_FUNDING));

    caller.simulator.customer_unshares(caller.now, WABA).unwrap();
    assert_eq!(caller.simulator.next_event_at(), Some("2026-08-01T00:00:00Z".parse().unwrap()));
}

#[test]
fn health_shows_the_gap_only_where_the_switch_says_so() {
    for (gap_shows_in_health, word) in [(false, "AVAILABLE"), (true, "BLOCKED")] {
        let mut caller = Caller::with("2026-04-21", Settings { gap_shows_in_health, ..Settings::default() });
        let token = caller.ready_to_share(WABA);
        let health = caller.get(&format!("/v25.0/{WABA}?fields=health_status"), &token).1;
        assert_eq!(health["health_status"]["can_send_message"], word);
        let shown = health.to_string().contains("141006");
        assert_eq!(shown, gap_shows_in_health);
    }
}

#[test]
fn a_clone_goes_its_own_way_and_the_same_calls_give_the_same_bytes() {
    let mut caller = Caller::on("2026-04-21", &WorldSpec::default());
    caller.ready_to_share(WABA);
    let mut twin = Caller { simulator: caller.simulator.clone(), now: caller.now };
    assert_eq!(caller.share(WABA), twin.share(WABA));
    assert_eq!(caller.simulator.world(), twin.simulator.world());
    twin.at("2026-05-01T00:00:00Z");
    assert!(twin.simulator.can_send(WABA) && !caller.simulator.can_send(WABA));
}

#[test]
fn a_world_that_was_saved_in_the_gap_still_swaps_on_the_1st() {
    let mut caller = Caller::on("2026-04-21", &WorldSpec::default());
    caller.ready_to_share(WABA);
    assert_eq!(caller.share(WABA).0, 200);
    let saved = serde_json::to_string(caller.simulator.world()).unwrap();
    let mut restored = Simulator::new(World::from_json(&saved).unwrap()).unwrap();
    restored.advance("2026-05-01T00:00:00Z".parse().unwrap());
    assert!(restored.can_send(WABA));
}

#[test]
fn every_call_is_recorded_with_its_pattern_its_ids_and_what_came_back() {
    let mut caller = Caller::on("2026-04-21", &WorldSpec::default());
    caller.ready_to_share(WABA);
    caller.share(WABA);
    let patterns: Vec<_> = caller.simulator.calls().iter().map(|call| call.endpoint.as_str()).collect();
    let share = "POST /{credit_line}/whatsapp_credit_sharing_and_attach";
    assert_eq!(patterns, ["GET /oauth/access_token", "POST /{waba}/assigned_users", share]);
    let last = caller.simulator.calls().last().unwrap();
    assert_eq!(last.ids["waba_id"], WABA);
    assert_eq!(last.outcome, CallOutcome::Answered(200));
}

#[test]
fn the_signup_is_announced_by_a_signed_webhook_and_the_unshare_is_not_ours_to_hear() {
    let mut caller = Caller::on("2026-04-20", &WorldSpec::default());
    caller.simulator.customer_unshares(caller.now, WABA).unwrap();
    assert!(caller.simulator.take_webhooks().is_empty(), "PARTNER_REMOVED goes to the former partner");

    let signup = caller.simulator.customer_signs_up(caller.now, WABA).unwrap();
    let webhooks = caller.simulator.take_webhooks();
    assert_eq!(webhooks.len(), 1);
    insta::assert_snapshot!(String::from_utf8_lossy(&webhooks[0].body));
    insta::assert_snapshot!(webhooks[0].signature);
    insta::assert_json_snapshot!(signup);
    assert!(caller.simulator.take_webhooks().is_empty());
}
