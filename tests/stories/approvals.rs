//! A share that needs people: who counts, for what, and for how long.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use graph_simulator::{Fault, PlannedFault};
use handover_domain::approval::Approval;
use handover_domain::flow::FlowName;
use handover_domain::reason::Reason;
use handover_domain::state::Status;
use handover_engine::ports::Clock;
use jiff::civil::date;
use serde_json::{Value, json};
use simulation::envelopes;
use simulation::script::{Script, at};
use simulation::world::World;

const SHARE: &str = "POST /{credit_line}/whatsapp_credit_sharing_and_attach";
/// A morning on which the example's share, signed up for at ten on the 21st, waits for people.
const MORNING: &str = "2026-04-22T09:00:00Z";

fn needing(approval: Approval) -> Script {
    Script { approval, ..Script::example() }
}

/// Plays up to that moment, at which the share waits for people.
fn waiting(mut script: Script, until: &str) -> World {
    script.end = at(until);
    let world = World::played(&script);
    let state = &world.states()[0];
    assert_eq!((state.status, state.reason.clone()), (Status::Person, Some(Reason::SHARE_NEEDS_APPROVAL)));
    assert_eq!(world.share_posts(), [], "nothing is sent before it is approved");
    world.clock.set(script.end);
    world
}

fn approve(world: &World, by: Option<&str>) -> (u64, Value) {
    world.operator_called(by, 0, "approve", &Value::Null).expect("an answer")
}

/// Goes on from now, with no further acts.
fn go_on(world: &World, script: &Script, until: &str) {
    let next = Script { start: world.clock.now(), end: at(until), acts: Vec::new(), ..script.clone() };
    world.play(&next);
}

fn shown(world: &World) -> Value {
    let id = world.migrations()[0].to_string();
    let path = format!("/migrations/{id}");
    let get = envelopes::get("/migrations/{id}", &path, &[("id", id.as_str())], "");
    let (status, told) = world.request("api", &get);
    assert_eq!(status, 200, "{told}");
    told
}

/// The names in the history, of those who have approved.
fn approved_by(world: &World) -> Vec<String> {
    let entries = world.history(0).into_iter();
    let approvals = entries.filter(|entry| entry.get("action") == Some(&json!("approve")));
    approvals.map(|entry| entry["by"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn one_person_is_enough_where_one_is_asked_for() {
    let world = World::played(&needing(Approval::One).approving(at(MORNING), "alice"));
    assert_eq!(world.share_posts(), [at(MORNING)]);
    assert_eq!(world.states()[0].status, Status::Completed);
    assert_eq!(approved_by(&world), ["alice"]);
}

#[test]
fn two_different_people_share_and_the_history_says_who_and_when() {
    let noon = "2026-04-22T12:00:00Z";
    let script = needing(Approval::Two).approving(at(MORNING), "alice").approving(at(noon), "bob");
    let world = World::played(&script);
    assert_eq!(world.share_posts(), [at(noon)]);
    assert_eq!(world.states()[0].status, Status::Completed);
    assert_eq!(approved_by(&world), ["alice", "bob"]);
    let told: Vec<_> = world.history(0).into_iter().filter(|entry| entry.get("by").is_some()).collect();
    assert_eq!(told[1]["at"], json!(at(noon).as_millisecond()));
    let about = told[1]["evidence"].to_string();
    assert!(about.contains(&world.waba(0)) && about.contains("from 1 May 2026"), "{about}");
}

#[test]
fn the_same_person_counts_once() {
    let script = needing(Approval::Two);
    let world = waiting(script.clone(), MORNING);
    assert_eq!(approve(&world, Some("alice")).0, 200);
    go_on(&world, &script, "2026-04-22T10:00:00Z");
    let (status, told) = approve(&world, Some("alice"));
    assert_eq!(status, 409, "{told}");
    assert!(told["detail"].as_str().unwrap().contains("somebody else"), "{told}");
    go_on(&world, &script, "2026-04-23T10:00:00Z");
    assert_eq!((world.share_posts(), approved_by(&world)), (vec![], vec!["alice".to_owned()]));
}

#[test]
fn whoever_has_no_name_approves_nothing() {
    for approval in [Approval::One, Approval::Two] {
        let world = waiting(needing(approval), MORNING);
        for nobody in [None, Some(""), Some("al ice")] {
            let (status, told) = approve(&world, nobody);
            assert_eq!((status, &told["field"]), (401, &json!("Authorization")), "{told}");
        }
        assert_eq!(approved_by(&world), [] as [&str; 0]);
    }
}

#[test]
fn a_name_in_the_body_is_refused_and_one_in_a_header_is_not_read() {
    let world = waiting(needing(Approval::One), MORNING);
    let told = world.operator_called(None, 0, "approve", &json!({ "by": "alice" })).expect("an answer");
    assert_eq!((told.0, &told.1["field"]), (400, &json!("by")), "{}", told.1);
    let state = &world.states()[0];
    let body = json!({ "seq": state.seq, "reason": "it is meant" });
    let mut request = envelopes::action(state.migration, "approve", &body);
    request["headers"]["authorization"] = json!("Bearer alice");
    request["headers"]["x-amzn-oidc-identity"] = json!("alice");
    assert_eq!(world.request("api", &request).0, 401);
}

#[test]
fn what_is_to_be_approved_is_shown_with_who_has() {
    let script = needing(Approval::Two);
    let world = waiting(script.clone(), MORNING);
    approve(&world, Some("alice"));
    go_on(&world, &script, "2026-04-22T09:30:00Z");
    let told = shown(&world);
    let approval = &told["approval"];
    assert_eq!((&approval["people_needed"], &approval["pays_from"]), (&json!(2), &json!("2026-05-01")));
    assert_eq!((&approval["waba"], &approval["currency"]), (&json!(world.waba(0)), &json!("EUR")));
    assert_eq!(approval["needed_by"], json!("2026-04-27T10:00:00Z"), "the close of the window");
    assert_eq!(approval["given"], json!([{ "by": "alice", "at": MORNING }]));
    assert_eq!(told["actions"][0], json!("approve"));
}

#[test]
fn what_does_not_wait_for_people_cannot_be_approved() {
    let mut script = needing(Approval::One);
    script.end = at("2026-04-21T09:30:00Z");
    let world = World::played(&script);
    let (status, told) = approve(&world, Some("alice"));
    assert_eq!((status, &told["field"]), (409, &json!("id")), "{told}");
    assert_eq!(shown(&world).get("approval"), None);
}

#[test]
fn an_approval_of_this_month_is_none_of_the_next() {
    let script = needing(Approval::Two).approving(at(MORNING), "alice");
    let world = waiting(script.clone(), "2026-04-26T12:00:00Z");
    go_on(&world, &script, "2026-04-29T00:00:00Z");
    let state = &world.states()[0];
    assert_eq!(
        (state.reason.clone(), state.unblocks_on),
        (Some(Reason::WINDOW_CLOSED), Some(date(2026, 6, 1)))
    );
    let missed = world.events().into_iter().filter(|(_, event)| event.detail_type == "WindowMissed");
    assert_eq!(missed.count(), 1, "the customer's date has moved, and somebody hears of it");
    go_on(&world, &script, "2026-05-06T00:00:00Z");
    assert_eq!(world.states()[0].reason, Some(Reason::SHARE_NEEDS_APPROVAL));
    assert_eq!(approve(&world, Some("bob")).0, 200);
    go_on(&world, &script, "2026-05-06T01:00:00Z");
    assert_eq!(world.share_posts(), [], "bob is the first of this month");
    assert_eq!(approve(&world, Some("alice")).0, 200);
    go_on(&world, &script, "2026-05-06T02:00:00Z");
    assert_eq!(world.share_posts().len(), 1);
}

#[test]
fn in_the_doubtful_hours_a_share_that_shall_be_attempted_needs_its_people_too() {
    let mut script = Script::signing_up_at(at("2026-04-27T20:00:00Z"));
    script.approval = Approval::One;
    script.world.settings.zone = jiff::tz::TimeZone::get("America/Los_Angeles").expect("a zone");
    let script = script
        .asking(at("2026-04-27T21:00:00Z"), "resolve", json!({ "verdict": "attempt" }))
        .approving(at("2026-04-27T22:00:00Z"), "alice");
    let world = World::played(&script);
    assert_eq!(world.share_posts(), [at("2026-04-27T22:00:00Z")]);
    assert_eq!(world.states()[0].unblocks_on, Some(date(2026, 5, 1)));
}

#[test]
fn a_second_call_after_proof_that_the_first_did_nothing_is_the_same_share() {
    let fault = Fault::LoseAnswer { applied: false };
    let lost = PlannedFault { endpoint: SHARE.parse().unwrap(), nth: 1, about: None, fault };
    let script = needing(Approval::One).approving(at(MORNING), "alice").with_faults([lost]);
    let world = World::played(&script);
    assert_eq!((world.share_posts().len(), world.states()[0].status), (2, Status::Completed));
    assert_eq!(approved_by(&world), ["alice"]);
}

#[test]
fn a_share_that_an_operator_says_was_not_made_goes_no_further_than_its_approvals() {
    let fault = Fault::LoseAnswer { applied: false };
    let lost = [1, 2].map(|nth| PlannedFault {
        endpoint: SHARE.parse().unwrap(),
        nth,
        about: None,
        fault: fault.clone(),
    });
    let script = needing(Approval::Two)
        .approving(at("2026-04-21T10:30:00Z"), "alice")
        .approving(at("2026-04-21T10:31:00Z"), "bob")
        .with_faults(lost)
        .asking(at("2026-04-21T14:00:00Z"), "resolve", json!({ "verdict": "not_applied" }));
    let world = World::played(&script);
    assert_eq!((world.share_posts().len(), world.states()[0].status), (3, Status::Completed));
}

#[test]
fn each_waba_of_a_business_is_approved_on_its_own() {
    let mut script = Script::two_wabas_of_one_business();
    script.approval = Approval::One;
    script.end = at("2026-04-21T20:00:00Z");
    let world = World::played(&script);
    assert_eq!(approve(&world, Some("alice")).0, 200);
    go_on(&world, &script, "2026-04-22T20:00:00Z");
    assert_eq!(world.share_posts().len(), 1);
    assert_eq!(world.states()[1].reason, Some(Reason::SHARE_NEEDS_APPROVAL), "hers was not about this one");
    let told = world.operator_called(Some("alice"), 1, "approve", &Value::Null).expect("an answer");
    assert_eq!(told.0, 200, "{}", told.1);
    go_on(&world, &script, "2026-04-23T20:00:00Z");
    assert_eq!(world.share_posts().len(), 2);
}

#[test]
fn a_share_without_a_window_needs_people_and_has_no_last_moment() {
    let script = Script { approval: Approval::One, ..Script::of(FlowName::SolutionSwitch) };
    let world = World::played(&script);
    assert_eq!(world.states()[0].reason, Some(Reason::SHARE_NEEDS_APPROVAL));
    let approval = shown(&world)["approval"].clone();
    assert_eq!((&approval["pays_from"], &approval["needed_by"]), (&Value::Null, &Value::Null), "{approval}");
    assert_eq!(approve(&world, Some("alice")).0, 200);
    go_on(&world, &script, "2026-04-30T00:00:00Z");
    assert_eq!(world.states()[0].status, Status::Completed);
}

#[test]
fn by_itself_nobody_is_asked() {
    let world = World::played(&Script::example());
    assert_eq!(world.share_posts().len(), 1);
    let persons = world.events().into_iter().filter(|(_, event)| event.detail_type == "PersonNeeded");
    assert_eq!(persons.count(), 0);
}

#[test]
fn two_people_who_use_one_idempotency_key_are_two_people() {
    let world = waiting(needing(Approval::Two), MORNING);
    let state = world.states()[0].clone();
    let body = json!({ "seq": state.seq, "reason": "seen" });
    let ask = |name: &str| {
        let mut event = envelopes::by(name, envelopes::action(state.migration, "approve", &body));
        event["headers"]["idempotency-key"] = json!("one-key-for-both");
        world.request("api", &event)
    };
    assert_eq!(ask("alice").0, 200);
    assert_eq!(ask("alice").0, 200, "the same request of the same person");
    let (status, told) = ask("bob");
    assert_eq!((status, &told["field"]), (409, &json!("seq")), "he is not told that alice's was his: {told}");
}
