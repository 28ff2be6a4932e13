//! The WABA: fields, users, apps, and the lists of a portfolio.

use graph_simulator::{Settings, WorldSpec};
use serde_json::json;

use crate::caller::{Caller, SECOND_WABA, SYSTEM, US, USER, WABA, refusal};

#[test]
fn a_read_gives_the_fields_it_asks_for_and_the_id() {
    let mut caller = Caller::on("2026-04-21", &WorldSpec::default());
    let token = caller.signup(WABA);
    let fields = "ownership_type,owner_business_info{id,name},currency,timezone_id,account_review_status,\
                  primary_funding_id,is_shared_with_partners,health_status";
    let (_, waba) = caller.get(&format!("/v25.0/{WABA}?fields={fields}"), &token);
    insta::assert_json_snapshot!(waba);
    assert_eq!(refusal(&caller.get(&format!("/v25.0/{WABA}?fields=id,colour"), &token)), (100, None));
}

#[test]
fn an_account_without_a_payment_method_has_no_funding_field_and_says_so_in_its_health() {
    let mut caller = Caller::on("2026-04-21", &WorldSpec { first_time: true, ..WorldSpec::default() });
    let token = caller.signup(WABA);
    let (_, waba) = caller.get(&format!("/v25.0/{WABA}?fields=primary_funding_id"), &token);
    assert_eq!(waba, json!({ "id": WABA }));
    let (_, health) = caller.get(&format!("/v25.0/{WABA}?fields=health_status"), &token);
    assert_eq!(health["health_status"]["entities"][0]["errors"][0]["error_code"], 141_006);
}

#[test]
fn funding_or_owner_that_cannot_be_read_fails_the_whole_read() {
    let settings = Settings { funding_readable: false, owner_readable: false, ..Settings::default() };
    let mut caller = Caller::with("2026-04-21", settings);
    let token = caller.signup(WABA);
    for field in ["primary_funding_id", "owner_business_info"] {
        assert_eq!(
            refusal(&caller.get(&format!("/v25.0/{WABA}?fields=id,name,{field}"), &token)),
            (10, None)
        );
    }
    assert_eq!(caller.get(&format!("/v25.0/{WABA}?fields=id,name"), &token).0, 200);
}

#[test]
fn a_user_is_assigned_by_an_admin_listed_with_tasks_and_taken_away() {
    let mut caller = Caller::on("2026-04-21", &WorldSpec::default());
    let token = caller.signup(WABA);
    let edge = format!("/v25.0/{WABA}/assigned_users");
    let body = json!({ "user": USER, "tasks": ["MANAGE"] });
    assert_eq!(refusal(&caller.post(&edge, &token, body.clone())), (200, None), "a business token");
    assert_eq!(caller.post(&edge, SYSTEM, body.clone()), (200, json!({ "success": true })));
    assert_eq!(refusal(&caller.post(&edge, SYSTEM, body)), (100, None), "already assigned");

    assert_eq!(refusal(&caller.get(&edge, SYSTEM)), (100, None), "business is required");
    let (_, listed) = caller.get(&format!("{edge}?business={US}"), SYSTEM);
    assert_eq!(listed["data"], json!([{ "id": USER, "name": "mover-bot", "tasks": ["MANAGE"] }]));
    assert_eq!(caller.get(&format!("{edge}?business=1"), SYSTEM).1, json!({ "data": [] }));

    assert_eq!(caller.call("DELETE", &format!("{edge}?user={USER}"), SYSTEM, None).0, 200);
    assert_eq!(caller.get(&format!("{edge}?business={US}"), SYSTEM).1, json!({ "data": [] }));
}

#[test]
fn an_assignment_is_refused_for_a_stranger_and_for_tasks_that_do_not_exist() {
    let mut caller = Caller::on("2026-04-21", &WorldSpec::default());
    caller.signup(WABA);
    let edge = format!("/v25.0/{WABA}/assigned_users");
    for body in [
        json!({ "user": "1", "tasks": ["MANAGE"] }),
        json!({ "user": USER, "tasks": ["FLY"] }),
        json!({ "user": USER, "tasks": [] }),
        json!({ "user": USER, "tasks": "MANAGE" }),
        json!({ "user": USER }),
        json!({ "user": "12a", "tasks": ["MANAGE"] }),
    ] {
        assert_eq!(refusal(&caller.post(&edge, SYSTEM, body.clone())), (100, None), "{body}");
    }
}

#[test]
fn an_override_is_kept_until_a_subscription_without_one_clears_it() {
    let mut caller = Caller::on("2026-04-21", &WorldSpec::default());
    let token = caller.signup(WABA);
    let edge = format!("/v25.0/{WABA}/subscribed_apps");
    assert_eq!(caller.get(&edge, &token).1, json!({ "data": [] }));
    let body = json!({ "override_callback_uri": "https://hooks.example/wa", "verify_token": "v" });
    assert_eq!(caller.post(&edge, &token, body).0, 200);
    insta::assert_json_snapshot!(caller.get(&edge, &token).1);

    assert_eq!(caller.call("POST", &edge, &token, None).0, 200);
    assert_eq!(caller.get(&edge, &token).1["data"][0].get("override_callback_uri"), None);
    let half = caller.post(&edge, &token, json!({ "override_callback_uri": "https://hooks.example/wa" }));
    assert_eq!(refusal(&half), (100, None));

    assert_eq!(caller.call("DELETE", &edge, &token, None).0, 200);
    assert_eq!(caller.get(&edge, &token).1, json!({ "data": [] }));
}

#[test]
fn a_portfolio_lists_its_lines_its_users_and_the_accounts_shared_with_it() {
    let mut caller = Caller::on("2026-04-21", &WorldSpec { wabas: 2, ..WorldSpec::default() });
    caller.signup(SECOND_WABA);
    let mut seen = Vec::new();
    for edge in [
        "extendedcredits",
        "system_users",
        "client_whatsapp_business_accounts?fields=id,ownership_type",
        "owned_whatsapp_business_accounts",
    ] {
        seen.push((edge, caller.get(&format!("/v25.0/{US}/{edge}"), SYSTEM).1));
    }
    insta::assert_json_snapshot!(seen);
    assert_eq!(refusal(&caller.get("/v25.0/1/extendedcredits", SYSTEM)), (100, Some(33)));
}

#[test]
fn accounts_are_filtered_by_owner_and_age() {
    let mut caller = Caller::on("2026-04-21", &WorldSpec { onboarded: true, ..WorldSpec::default() });
    for (filter, count) in [
        (json!([{ "field": "ownership_type", "operator": "IN", "value": ["CLIENT_OWNED", "SELF"] }]), 1),
        (json!([{ "field": "ownership_type", "operator": "IN", "value": ["ON_BEHALF_OF"] }]), 0),
        (json!([{ "field": "creation_time", "operator": "GREATER_THAN", "value": "1790000000" }]), 0),
        (json!([{ "field": "creation_time", "operator": "LESS_THAN", "value": 1_790_000_000 }]), 1),
    ] {
        let body = json!({ "filtering": filter });
        let edge = format!("/v25.0/{US}/client_whatsapp_business_accounts");
        let (_, listed) = caller.call("GET", &edge, SYSTEM, Some(body));
        assert_eq!(listed["data"].as_array().unwrap().len(), count, "{filter}");
    }
    let unknown = format!("/v25.0/{US}/client_whatsapp_business_accounts?filtering=[]]");
    assert_eq!(refusal(&caller.get(&unknown, SYSTEM)), (100, None));
}

#[test]
fn a_fresh_account_has_200_calls_an_hour_and_one_in_use_5000() {
    for (number_status, calls) in [("PENDING", 200), ("CONNECTED", 5_000)] {
        let spec =
            WorldSpec { number_status: number_status.to_owned(), onboarded: true, ..WorldSpec::default() };
        let mut caller = Caller::on("2026-04-21", &spec);
        for _ in 0..calls {
            assert_eq!(caller.get(&format!("/v25.0/{WABA}"), SYSTEM).0, 200);
        }
        assert_eq!(refusal(&caller.get(&format!("/v25.0/{WABA}"), SYSTEM)), (80_008, None));
    }
}

#[test]
fn a_field_that_the_settings_withhold_fails_every_read_that_asks_for_it() {
    let unreadable_fields = ["business_verification_status", "throughput"].map(str::to_owned).into();
    let mut caller = Caller::with("2026-04-21", Settings { unreadable_fields, ..Settings::default() });
    let token = caller.signup(WABA);
    let read = |caller: &mut Caller, path: &str| caller.get(&format!("/v25.0/{path}"), &token);
    let withheld = read(&mut caller, &format!("{WABA}?fields=id,business_verification_status"));
    assert_eq!(refusal(&withheld), (10, None));
    let withheld = read(&mut caller, &format!("{WABA}/phone_numbers?fields=id,throughput"));
    assert_eq!(refusal(&withheld), (10, None));
    assert_eq!(read(&mut caller, &format!("{WABA}?fields=id,name")).0, 200);
}

#[test]
fn a_business_that_is_not_verified_limits_the_account_and_a_ban_blocks_it() {
    let health = |spec: WorldSpec| {
        let mut caller = Caller::on("2026-04-21", &spec);
        let token = caller.signup(WABA);
        let (_, waba) = caller.get(&format!("/v25.0/{WABA}?fields=health_status"), &token);
        let health = waba["health_status"].clone();
        let entities = health["entities"].as_array().unwrap().clone();
        let codes: Vec<_> =
            entities.iter().filter_map(|one| one["errors"][0]["error_code"].as_u64()).collect();
        (health["can_send_message"].as_str().unwrap().to_owned(), codes)
    };
    let verification = "not_verified".to_owned();
    let limited = health(WorldSpec { verification, ..WorldSpec::default() });
    assert_eq!(limited, ("LIMITED".to_owned(), vec![141_010]));
    let banned = health(WorldSpec { banned: true, ..WorldSpec::default() });
    assert_eq!(banned, ("BLOCKED".to_owned(), vec![141_014]));
}
