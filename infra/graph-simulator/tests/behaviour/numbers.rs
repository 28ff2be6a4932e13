//! Numbers: list, read, register, deregister, PIN.

use graph_simulator::{Settings, WorldSpec};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::caller::{Caller, NUMBER, WABA, refusal};

fn onboarded(spec: WorldSpec) -> (Caller, String) {
    let mut caller = Caller::on("2026-04-21", &spec);
    let token = caller.signup(WABA);
    (caller, token)
}

fn register(caller: &mut Caller, token: &str, pin: &str) -> (u16, Value) {
    let body = json!({ "messaging_product": "whatsapp", "pin": pin });
    caller.post(&format!("/v25.0/{NUMBER}/register"), token, body)
}

#[test]
fn numbers_come_in_pages_until_there_is_no_next() {
    let (mut caller, token) = onboarded(WorldSpec { numbers_per_waba: 5, ..WorldSpec::default() });
    let mut target = format!("/v25.0/{WABA}/phone_numbers?fields=id,status&limit=2");
    let (mut sizes, mut ids) = (Vec::new(), Vec::new());
    loop {
        let (_, page) = caller.get(&target, &token);
        let data = page["data"].as_array().unwrap();
        sizes.push(data.len());
        ids.extend(data.iter().map(|number| number["id"].clone()));
        assert!(page["paging"]["cursors"]["after"].is_string(), "the last page carries cursors too");
        let Some(next) = page["paging"].get("next") else { break };
        target = next.as_str().unwrap().strip_prefix("http://localhost").unwrap().to_owned();
    }
    assert_eq!((sizes, ids.len()), (vec![2, 2, 1], 5));
    ids.dedup();
    assert_eq!(ids.len(), 5);
}

#[test]
fn a_cursor_that_nobody_gave_is_a_bad_parameter() {
    let (mut caller, token) = onboarded(WorldSpec::default());
    for query in ["after=zzz", "limit=many"] {
        let answer = caller.get(&format!("/v25.0/{WABA}/phone_numbers?{query}"), &token);
        assert_eq!(refusal(&answer), (100, None));
    }
}

#[test]
fn a_number_names_its_account_its_state_and_its_platform() {
    let (mut caller, token) = onboarded(WorldSpec::default());
    let fields = "status,platform_type,name_status,code_verification_status,is_on_biz_app,display_phone_number,\
                  verified_name,whatsapp_business_account,throughput,is_pin_enabled";
    insta::assert_json_snapshot!(caller.get(&format!("/v25.0/{NUMBER}?fields={fields}"), &token).1);
}

#[test]
fn registering_connects_a_number_and_sets_the_pin_if_there_was_none() {
    let spec = WorldSpec {
        number_status: "PENDING".to_owned(),
        platform: "NOT_APPLICABLE".to_owned(),
        ..WorldSpec::default()
    };
    let (mut caller, token) = onboarded(spec);
    assert_eq!(register(&mut caller, &token, "012345"), (200, json!({ "success": true })));
    let (_, number) = caller.get(&format!("/v25.0/{NUMBER}?fields=status,platform_type"), &token);
    assert_eq!(number, json!({ "status": "CONNECTED", "platform_type": "CLOUD_API", "id": NUMBER }));
    assert_eq!(refusal(&register(&mut caller, &token, "999999")), (133_005, None));
}

#[test]
fn a_forgotten_pin_is_replaced_without_the_old_one() {
    let (mut caller, token) = onboarded(WorldSpec { pin: Some("111111".to_owned()), ..WorldSpec::default() });
    assert_eq!(refusal(&register(&mut caller, &token, "222222")), (133_005, None));
    assert_eq!(caller.post(&format!("/v25.0/{NUMBER}"), &token, json!({ "pin": "222222" })).0, 200);
    assert_eq!(register(&mut caller, &token, "222222").0, 200);
    for bad in ["22222", "2222222", "22222a"] {
        assert_eq!(refusal(&register(&mut caller, &token, bad)), (100, None), "{bad}");
    }
}

#[test]
fn the_eleventh_register_in_72_hours_locks_the_number_for_72_hours() {
    let (mut caller, token) = onboarded(WorldSpec { pin: Some("111111".to_owned()), ..WorldSpec::default() });
    for _ in 0..10 {
        assert_eq!(refusal(&register(&mut caller, &token, "222222")), (133_005, None), "failures count too");
        caller.wait(SignedDuration::from_hours(1));
    }
    assert_eq!(refusal(&register(&mut caller, &token, "111111")), (133_016, None));
    caller.wait(SignedDuration::from_hours(71));
    assert_eq!(refusal(&register(&mut caller, &token, "111111")), (133_016, None));
    caller.wait(SignedDuration::from_hours(1));
    assert_eq!(register(&mut caller, &token, "111111").0, 200);
}

#[test]
fn deregistering_has_a_budget_of_its_own() {
    let (mut caller, token) = onboarded(WorldSpec::default());
    for _ in 0..10 {
        assert_eq!(register(&mut caller, &token, "111111").0, 200);
    }
    let target = format!("/v25.0/{NUMBER}/deregister");
    assert_eq!(caller.call("POST", &target, &token, None).0, 200);
    assert_eq!(refusal(&caller.call("POST", &target, &token, None)), (100, Some(2_207_051)));
}

#[test]
fn a_number_in_the_business_app_cannot_be_registered() {
    let (mut caller, token) = onboarded(WorldSpec { on_biz_app: true, ..WorldSpec::default() });
    assert_eq!(refusal(&register(&mut caller, &token, "111111")), (100, None));
}

#[test]
fn registering_before_the_1st_can_be_switched_off() {
    let settings = Settings { register_before_first: false, ..Settings::default() };
    let mut caller = Caller::with("2026-04-21", settings);
    let token = caller.ready_to_share(WABA);
    caller.share(WABA);
    assert_eq!(refusal(&register(&mut caller, &token, "111111")), (100, None));
    caller.at("2026-05-01T00:00:00Z");
    assert_eq!(register(&mut caller, &token, "111111").0, 200);
}
