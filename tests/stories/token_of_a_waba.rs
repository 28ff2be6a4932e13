//! `PUT /wabas/{id}/token`: a token of the partner's own signup, or a new one in the place of one that ends.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

use handover_domain::reason::Reason;
use handover_domain::state::Status;
use handover_engine::items::{self, TokenOwner};
use handover_engine::ports::{Clock, Purpose, Vault};
use handover_engine::tokens::StoredToken;
use serde_json::{Value, json};
use simulation::envelopes;
use simulation::script::{Act, Script, at};
use simulation::world::{World, now};

const NOON: &str = "2026-04-21T12:00:00Z";

/// A migration that waits for the customer of a WABA named at creation, whose WABA is shared with us already, by the
/// partner's own signup.
fn waiting() -> World {
    let mut script = Script::with_the_waba_named();
    script.acts.truncate(2);
    script.end = at(NOON);
    let world = World::played(&script);
    world.clock.set(at(NOON));
    world
}

fn put(world: &World, id: &str, body: &str) -> (u64, Value) {
    world.request("signup", &envelopes::put_token(id, body))
}

/// The customer goes through the partner's own signup, and the partner exchanges the code.
fn exchanged(world: &World) -> String {
    world.exchanged_by_the_partner(0)
}

fn with(token: &str) -> String {
    json!({ "token": token }).to_string()
}

fn goes_on(world: &World, acts: Vec<(jiff::Timestamp, Act)>, end: &str) {
    let mut script = Script::with_the_waba_named();
    script.start = world.clock.now();
    script.acts = acts;
    script.end = at(end);
    world.play(&script);
    assert!(world.violations().is_empty(), "{:?}", world.violations());
    assert!(world.failures().is_empty(), "{:?}", world.failures());
}

#[test]
fn a_token_of_the_partners_own_signup_leads_to_the_share_and_to_unblocked() {
    let world = waiting();
    let token = exchanged(&world);
    let (status, told) = put(&world, &world.waba(0), &with(&token));
    assert_eq!((status, &told["waba"]), (200, &json!(world.waba(0))), "{told}");
    assert!(!told.to_string().contains(&token), "it goes in and never comes out");
    goes_on(&world, vec![], "2026-05-03T00:00:00Z");
    let state = &world.states()[0];
    assert_eq!((state.status, world.persons()), (Status::Completed, 0), "{state:#?}");
    assert_eq!(world.share_posts().len(), 1);
}

#[test]
fn a_new_token_answers_one_that_ends_too_soon() {
    let mut script = Script::example();
    script.world.settings.business_token_days = 5;
    script.end = at("2026-04-23T00:00:00Z");
    let world = World::played(&script);
    assert_eq!(world.states()[0].reason, Some(Reason::TOKEN_EXPIRES));
    world.clock.set(at("2026-04-28T09:00:00Z"));
    let token = exchanged(&world);
    assert_eq!(put(&world, &world.waba(0), &with(&token)).0, 200);
    goes_on(&world, vec![], "2026-05-03T00:00:00Z");
    assert_eq!(world.states()[0].status, Status::Completed);
    assert_eq!(world.unblocked_at(), Some(at("2026-05-01T00:10:00Z")));
}

#[test]
fn what_proves_nothing_is_refused_with_its_field_and_nothing_is_written() {
    let world = waiting();
    let good = exchanged(&world);
    let waba = world.waba(0);
    let system =
        world.simulator().world().tokens.keys().find(|token| token.contains("system")).cloned().unwrap();
    let before = world.records.items();
    for (id, body, status, field) in [
        ("12a", with(&good), 400, "id"),
        ("", with(&good), 400, "id"),
        ("999888777", with(&good), 404, "id"),
        (&waba, "{".to_owned(), 400, "body"),
        (&waba, "[]".to_owned(), 400, "body"),
        (&waba, "{}".to_owned(), 400, "token"),
        (&waba, json!({ "token": 7 }).to_string(), 400, "token"),
        (&waba, with(""), 400, "token"),
        (&waba, with(&"t".repeat(2049)), 400, "token"),
        (&waba, with(&"t".repeat(9000)), 400, "body"),
        (&waba, json!({ "token": good, "app": "1" }).to_string(), 400, "app"),
        (&waba, with("EAAnobody"), 400, "token"),
        (&waba, with(&system), 400, "token"),
    ] {
        let (got, told) = put(&world, id, &body);
        assert_eq!((got, &told["field"]), (status, &json!(field)), "{id}: {told}");
        assert!(!told.to_string().contains("EAA"), "{told}");
        assert!(told["detail"].as_str().unwrap().ends_with('.'), "{told}");
    }
    assert_eq!(world.records.items(), before);
}

#[test]
fn a_waba_whose_migration_has_ended_takes_none() {
    let world = World::played(&Script::with_the_waba_named());
    let token = world.simulator().world().tokens.keys().next().cloned().unwrap();
    let (status, told) = put(&world, &world.waba(0), &with(&token));
    assert_eq!((status, &told["field"]), (404, &json!("id")), "{told}");
}

/// Who the sealed tokens belong to.
fn owners(world: &World) -> Vec<String> {
    let items = world.records.items();
    items.keys().filter(|key| key.sort == "TOKEN").map(|key| key.partition.clone()).collect()
}

#[test]
fn a_signups_token_is_its_migrations_until_the_waba_is_locked_and_the_wabas_from_then_on() {
    let script = Script { end: at(NOON), ..Script::example() };
    let mut world = World::new(&script);
    // Nobody has learned yet which WABA it is for.
    world.dies_at = Some(|point| point.function == "discover-assets");
    world.play(&script);
    let migration = format!("M#{}", world.migrations()[0]);
    assert_eq!(owners(&world), [migration.as_str()]);

    let world = World::played(&script);
    let waba = format!("WABA#{}", world.waba(0));
    assert_eq!(owners(&world), [waba.as_str()]);
    let key = items::token(&TokenOwner::Waba(world.waba(0).parse().expect("an id")));
    let item = world.records.items().remove(&key).expect("a token");
    let stored: StoredToken = items::read(&key, item).expect("it reads");
    let opens = |owner: &str| now(world.vault.open(owner, Purpose::Token, &stored.sealed)).is_ok();
    assert!(opens(&waba));
    assert!(!opens(&migration), "it was sealed anew, for its new owner");
}
