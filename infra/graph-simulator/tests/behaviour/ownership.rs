//! The ownership of a WABA that a partner owns on behalf of its customer (facts 11).

use graph_simulator::{Settings, Transfers, WorldSpec};
use serde_json::json;

use crate::caller::{CUSTOMER, Caller, SYSTEM, US, WABA, refusal};

const OFFER: &str = "/v25.0/486585971195941/set_obo_mobility_intent";
const OWNER: &str = "/v25.0/486585971195941?fields=ownership_type,owner_business_info";

fn caller(ownership_transfers: Transfers, transfer_shares_line: bool) -> Caller {
    let settings = Settings { ownership_transfers, transfer_shares_line, ..Settings::default() };
    let ownership = "ON_BEHALF_OF".to_owned();
    Caller::on("2026-04-29", &WorldSpec { ownership, onboarded: true, settings, ..WorldSpec::default() })
}

#[test]
fn meta_has_ended_it_unless_a_switch_says_otherwise() {
    assert_eq!(refusal(&caller(Transfers::default(), false).post(OFFER, SYSTEM, json!({}))), (2500, None));
    let mut caller = caller(Transfers::NotEligible, false);
    assert_eq!(refusal(&caller.post(OFFER, SYSTEM, json!({}))), (100, Some(2_593_085)));
    let owner = caller.get(OWNER, SYSTEM).1;
    assert_eq!(
        (&owner["ownership_type"], &owner["owner_business_info"]["id"]),
        (&json!("ON_BEHALF_OF"), &json!(US))
    );
}

#[test]
fn a_customer_who_claims_owns_the_waba_and_goes_on_sending() {
    let mut caller = caller(Transfers::Open, false);
    assert_eq!(caller.post(OFFER, SYSTEM, json!({})).0, 200);
    let funding = caller.simulator.funding_of(WABA).map(str::to_owned);
    caller.simulator.customer_answers_intent(caller.now, WABA, true).unwrap();
    let owner = caller.get(OWNER, SYSTEM).1;
    assert_eq!(
        (&owner["ownership_type"], &owner["owner_business_info"]["id"]),
        (&json!("CLIENT_OWNED"), &json!(CUSTOMER))
    );
    assert!(caller.simulator.can_send(WABA));
    assert_eq!(caller.simulator.funding_of(WABA).map(str::to_owned), funding, "the line stays attached");
    assert_eq!(refusal(&caller.post(OFFER, SYSTEM, json!({}))), (100, Some(2_593_085)), "it is theirs");
    caller.assign(WABA);
    assert_eq!(caller.share(WABA).0, 200, "nobody has switched, so the month's window is not theirs");
}

#[test]
fn the_line_is_shared_by_meta_where_the_switch_says_so() {
    let mut caller = caller(Transfers::Open, true);
    caller.post(OFFER, SYSTEM, json!({}));
    caller.simulator.customer_answers_intent(caller.now, WABA, true).unwrap();
    assert_eq!(caller.simulator.live_allocations(CUSTOMER).count(), 1);
}

#[test]
fn a_solution_is_chosen_once() {
    let mut caller = caller(Transfers::Open, false);
    let (one, another) =
        (json!({ "solution_id": "795033096057724" }), json!({ "solution_id": "795033096057831" }));
    assert_eq!(caller.post(OFFER, SYSTEM, one.clone()).0, 200);
    assert_eq!(refusal(&caller.post(OFFER, SYSTEM, another)), (100, Some(2_593_079)));
    assert_eq!(caller.post(OFFER, SYSTEM, one).0, 200);
}

#[test]
fn a_signup_claims_what_is_offered_and_ends_with_an_event_of_its_own() {
    let mut caller = caller(Transfers::Open, false);
    caller.post(OFFER, SYSTEM, json!({}));
    let signup = caller.simulator.customer_signs_up(caller.now, WABA).unwrap();
    assert_eq!(signup.browser_event["event"], "FINISH_OBO_MIGRATION");
    assert_eq!(signup.browser_event["data"]["business_id"], CUSTOMER);
}

#[test]
fn a_customer_who_declines_has_nothing_left_to_answer_and_nothing_shows_it() {
    let mut caller = caller(Transfers::Open, false);
    caller.post(OFFER, SYSTEM, json!({}));
    caller.simulator.customer_answers_intent(caller.now, WABA, false).unwrap();
    assert_eq!(caller.get(OWNER, SYSTEM).1["ownership_type"], "ON_BEHALF_OF");
    assert!(caller.simulator.customer_answers_intent(caller.now, WABA, true).is_err());
}
