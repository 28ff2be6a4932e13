//! A crash at any call of any step, with anything else happening in between, neither loses nor doubles
//! anything, and the customer can send again on the promised day.
//!
//! Each test cuts the page's example before and after every call that a clean run makes: once the function
//! dies there, once it goes on; what happens in between is the test's name.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

use handover_domain::state::Status;
use simulation::crashes::{self, Clean};
use simulation::meanwhile::{Cut, Meanwhile};
use simulation::script::{Script, at};
use simulation::world::World;

fn must_have_completed(world: &World, cut: Cut) {
    let place = world.was_cut_at();
    assert!(world.violations().is_empty(), "{cut:?} at {place:?}: {:?}", world.violations());
    for state in world.states() {
        assert_eq!(state.status, Status::Completed, "{cut:?} at {place:?}: {state:#?}");
    }
    let unblocked = world.unblocked_at().expect("announced");
    let first = at("2026-05-01T00:00:00Z")..at("2026-05-02T12:00:00Z");
    assert!(first.contains(&unblocked), "{cut:?} at {place:?}: unblocked at {unblocked}");
    assert_eq!(world.persons(), 0, "{cut:?} at {place:?}: nobody is asked for");
    // A second call is made only where the first was proved to have done nothing: one allocation, not two.
    let posts = world.share_posts();
    assert!(posts.len() == 1, "{cut:?} at {place:?}: {posts:?}");
}

fn survives(meanwhile: Meanwhile) {
    survives_in("places_that_were_cut", &Script::example(), meanwhile);
}

fn survives_in(recorded: &str, script: &Script, meanwhile: Meanwhile) {
    let clean = Clean::run(script).distinct();
    let cut = crashes::everywhere(script, meanwhile, |_| (), must_have_completed);
    assert_eq!(cut, clean, "every place of the clean run was cut");
    let table: Vec<String> =
        cut.iter().map(|point| format!("{} | {} | {:?}", point.function, point.call, point.side)).collect();
    println!("{} distinct places were cut:\n{}", table.len(), table.join("\n"));
    insta::assert_snapshot!(recorded, table.join("\n"));
}

#[test]
fn nothing_happens_in_between() {
    survives(Meanwhile::Nothing);
}

#[test]
fn the_same_delivery_arrives_twice() {
    survives(Meanwhile::SameDelivery);
}

#[test]
fn a_webhook_wakes_the_migration_in_between() {
    survives(Meanwhile::Webhook);
}

#[test]
fn the_customer_signs_up_in_between() {
    survives(Meanwhile::Signups);
}

#[test]
fn everything_else_that_is_due_runs_in_between() {
    survives(Meanwhile::TheRest);
}

#[test]
fn the_lease_ends_in_between_and_another_worker_takes_over() {
    survives(Meanwhile::LeaseEnds);
}

#[test]
fn the_lease_ends_in_between_and_another_worker_takes_over_and_dies() {
    survives(Meanwhile::AnotherClaimsAndDies);
}

/// The example's number is on the Cloud API already; here it must be registered, with a PIN and a budget.
#[test]
fn a_number_is_registered_within_its_budget() {
    for meanwhile in [Meanwhile::Nothing, Meanwhile::SameDelivery, Meanwhile::AnotherClaimsAndDies] {
        survives_in(
            "places_that_were_cut_with_a_number_to_register",
            &Script::with_a_number_to_register(),
            meanwhile,
        );
    }
}
