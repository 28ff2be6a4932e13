//! Between the share and the 1st: a token that ends too soon, and a customer who removes us.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

use handover_domain::reason::Reason;
use handover_domain::state::Status;
use handover_engine::records::Records;
use handover_engine::writes::{self, Happened};
use serde_json::json;
use simulation::script::{Act, Script, at};
use simulation::world::{World, now};

/// The example, with tokens that live five days: until 26 April.
fn short_lived() -> Script {
    let mut script = Script::example();
    script.world.settings.business_token_days = 5;
    script
}

#[test]
fn a_token_that_ends_before_the_1st_is_asked_for_while_there_is_time() {
    let mut script = short_lived();
    script.end = at("2026-04-22T12:00:00Z");
    let world = World::played(&script);
    let state = &world.states()[0];
    assert_eq!((state.status, state.reason.clone()), (Status::Person, Some(Reason::TOKEN_EXPIRES)));
    assert_eq!(state.row, "activation", "nothing but the proof is at stake");
    let items = world.records.items();
    let entry = items.iter().rfind(|(key, _)| key.sort.starts_with("H#")).expect("an entry").1;
    assert!(entry["evidence"].to_string().contains("the token ends on 26 April 2026"), "{entry:?}");
}

#[test]
fn a_new_signup_answers_it_and_the_promised_day_holds() {
    let mut script = short_lived().asking(at("2026-04-24T09:00:00Z"), "new-link", json!({}));
    script.acts.push((at("2026-04-29T09:00:00Z"), Act::SignUp { migration: 0, waba: 0 }));
    let world = World::played(&script);
    assert_eq!(world.states()[0].status, Status::Completed);
    assert_eq!(world.unblocked_at(), Some(at("2026-05-01T00:10:00Z")));
    assert_eq!(world.share_posts().len(), 1);
}

#[test]
fn a_token_that_outlives_the_1st_is_nobodys_business() {
    let mut script = Script::example();
    script.world.settings.business_token_days = 60;
    let world = World::played(&script);
    assert_eq!((world.persons(), world.states()[0].status), (0, Status::Completed));
}

const LEFT: &str = "2026-04-25T15:00:00Z";

/// Plays to that day; `leaves` says whether the customer has really removed us, or Meta only says so.
fn said_to_be_left(leaves: bool) -> World {
    let mut script = Script::example();
    script.end = at(LEFT);
    let world = World::played(&script);
    world.clock.set(at(LEFT));
    if leaves {
        let waba = world.waba(0);
        world.simulator().customer_unshares_us(at(LEFT), &waba).expect("shared with us");
    }
    let wake = writes::wake(world.migrations()[0], at(LEFT), Some(Happened::PartnerRemoved));
    now(world.records.write(&wake)).expect("memory answers");
    script.acts.clear();
    script.start = at(LEFT);
    script.end = at("2026-05-02T00:00:00Z");
    world.play(&script);
    assert!(world.failures().is_empty(), "{:?}", world.failures());
    world
}

#[test]
fn a_customer_who_removes_us_after_the_signup_is_a_persons_business_at_once() {
    let world = said_to_be_left(true);
    let state = &world.states()[0];
    assert_eq!((state.status, state.reason.clone()), (Status::Person, Some(Reason::PARTNER_REMOVED)));
    assert_eq!(world.unblocked_at(), None, "nothing is proved of a WABA that cannot be read");
}

#[test]
fn a_message_that_meta_itself_does_not_confirm_changes_nothing() {
    let world = said_to_be_left(false);
    assert_eq!(world.states()[0].status, Status::Completed);
    assert_eq!(world.persons(), 0);
}
