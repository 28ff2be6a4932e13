//! `PARTNER_ADDED` came for a WABA named at creation, and no code did: the system user's token carries on to
//! the share, and a new signup is asked for beside it.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

use handover_domain::reason::Reason;
use handover_domain::state::Status;
use handover_engine::ports::Clock;
use handover_engine::records::Records;
use handover_engine::writes::{self, Happened};
use serde_json::json;
use simulation::script::{Act, Script, at};
use simulation::world::{World, now};

const ADDED: &str = "2026-04-21T10:00:00Z";

/// The customer went through the signup, and its code was lost on the way to us.
fn added(waba: Option<usize>) -> (World, Script) {
    let mut script = Script::with_a_number_to_register();
    script.acts[0].1 = Act::Create { waba };
    script.acts.pop();
    script.end = at(ADDED);
    let world = World::new(&script);
    world.play(&script);
    world.clock.set(at(ADDED));
    let waba = world.waba(0);
    world.simulator().customer_signs_up(at(ADDED), &waba).expect("a signup");
    let wake = writes::wake(world.migrations()[0], at(ADDED), Some(Happened::PartnerAdded));
    now(world.records.write(&wake)).expect("memory answers");
    script.acts.clear();
    script.start = at(ADDED);
    (world, script)
}

fn plays_until(world: &World, script: &mut Script, end: &str) {
    script.end = at(end);
    world.play(script);
    assert!(world.violations().is_empty(), "{:?}", world.violations());
    assert!(world.failures().is_empty(), "{:?}", world.failures());
}

#[test]
fn the_share_is_made_in_time_and_a_person_is_told_to_ask_for_a_new_signup() {
    let (world, mut script) = added(Some(0));
    plays_until(&world, &mut script, "2026-04-21T12:00:00Z");
    assert_eq!(world.share_posts().len(), 1);
    let state = &world.states()[0];
    assert_eq!((state.row.as_str(), state.status), ("activation", Status::Person), "{state:#?}");
    assert_eq!(state.reason, Some(Reason::TOKEN_MISSING));
    assert_eq!(world.persons(), 1);
    let open: Vec<&str> = state.findings.iter().map(|finding| finding.row.as_str()).collect();
    assert_eq!(
        open,
        ["subscribe the app", "register numbers"],
        "what the customer's token does is left open"
    );
}

#[test]
fn the_new_signup_does_the_rest_and_the_promised_date_holds() {
    let (world, mut script) = added(Some(0));
    plays_until(&world, &mut script, "2026-04-21T12:00:00Z");
    world.clock.set(at("2026-04-22T12:00:00Z"));
    script.start = world.clock.now();
    signs_up(&world, 0);
    plays_until(&world, &mut script, "2026-06-02T00:00:00Z");
    let state = &world.states()[0];
    assert_eq!((state.status, state.findings.len()), (Status::Completed, 0), "{state:#?}");
    assert!(world.unblocked_at().expect("announced") < at("2026-05-01T12:00:00Z"));
    assert_eq!(world.share_posts().len(), 1);
}

fn signs_up(world: &World, waba: usize) {
    let (now_is, waba) = (world.clock.now(), world.waba(waba));
    let code = world.simulator().customer_signs_up(now_is, &waba).expect("a signup").code;
    let body = json!({ "state": world.link(0), "code": code, "waba_id": waba });
    assert_eq!(world.post_signup(&body).1["outcome"], "accepted");
}

#[test]
fn without_a_named_waba_nothing_is_guessed() {
    let (world, mut script) = added(None);
    plays_until(&world, &mut script, "2026-04-23T12:00:00Z");
    let state = &world.states()[0];
    assert_eq!((state.row.as_str(), state.status), ("unshare and sign up", Status::Waiting));
    assert_eq!(world.share_posts().len(), 0);
}
#[test]
fn a_new_token_takes_the_place_of_one_that_has_died() {
    let mut script = Script::example();
    script.world.settings.business_token_days = 6;
    let end = std::mem::replace(&mut script.end, at("2026-04-28T12:00:00Z"));
    let world = World::new(&script);
    world.play(&script);
    let state = &world.states()[0];
    assert_eq!((state.row.as_str(), state.status), ("activation", Status::Person), "{state:#?}");
    assert_eq!(state.reason.as_ref().map(Reason::code), Some("meta-190-463"));
    world.clock.set(script.end);
    world.renew_link(0);
    signs_up(&world, 0);
    script.acts.clear();
    script.start = script.end;
    plays_until(&world, &mut script, &end.to_string());
    assert_eq!(world.states()[0].status, Status::Completed, "{:#?}", world.states()[0]);
    assert!(world.unblocked_at().expect("announced") < at("2026-05-01T12:00:00Z"));
}

#[test]
fn a_new_token_that_does_not_name_the_waba_changes_nothing() {
    let mut script = Script::example();
    script.world.wabas = 2;
    let end = std::mem::replace(&mut script.end, at("2026-04-22T12:00:00Z"));
    let world = World::new(&script);
    world.play(&script);
    assert_eq!(world.states()[0].row, "activation");
    world.clock.set(script.end);
    world.renew_link(0);
    let (now_is, other) = (world.clock.now(), world.waba(1));
    world.simulator().customer_unshares(now_is, &other).expect("shared with the former partner");
    signs_up(&world, 1);
    script.acts.clear();
    script.start = script.end;
    plays_until(&world, &mut script, &end.to_string());
    assert_eq!(world.states()[0].status, Status::Completed, "{:#?}", world.states()[0]);
    assert_eq!(world.share_posts().len(), 1);
}
