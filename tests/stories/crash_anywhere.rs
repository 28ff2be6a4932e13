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
use simulation::gate::{Point, Side};
use simulation::meanwhile::{Cut, Meanwhile};
use simulation::script::{Script, at};
use simulation::world::World;

const SUBSCRIBE: &str = "POST /{waba}/subscribed_apps";

fn must_have_completed(world: &World, cut: Cut) {
    let place = world.was_cut_at();
    assert!(world.violations().is_empty(), "{cut:?} at {place:?}: {:?}", world.violations());
    for state in world.states() {
        assert_eq!(state.status, Status::Completed, "{cut:?} at {place:?}: {state:#?}");
    }
    let unblocked = world.unblocked_at().expect("announced");
    let first = at("2026-05-01T00:00:00Z")..at("2026-05-02T12:00:00Z");
    assert!(first.contains(&unblocked), "{cut:?} at {place:?}: unblocked at {unblocked}");
    // A second call is made only where the first was proved to have done nothing: one allocation, not two.
    let posts = world.share_posts();
    assert!(posts.len() == 1, "{cut:?} at {place:?}: {posts:?}");
}

fn nobody_is_asked_for(world: &World, cut: Cut) {
    must_have_completed(world, cut);
    assert_eq!(world.persons(), 0, "{cut:?} at {:?}: nobody is asked for", world.was_cut_at());
}

/// Where the answer to the share is lost: whoever stopped between recording a call and making it has used up the
/// one call that may be repeated, so the loss is the second as far as anybody knows, and a person hears of it.
fn a_person_hears_only_of_a_second_loss(world: &World, cut: Cut) {
    must_have_completed(world, cut);
    let place = world.was_cut_at().expect("it was cut");
    let call = (place.function, place.call.as_str(), place.side);
    let recorded = ("share-credit-line", "write STATE+LEDGER", Side::After);
    let about_to_call = ("share-credit-line", "graph share_credit_line", Side::Before);
    // A worker whose lease has ended makes the call no more than a dead one: its time is over too.
    let stopped = cut.dies || cut.meanwhile == Meanwhile::AnotherClaimsAndDies;
    let never_made = stopped && [recorded, about_to_call].contains(&call);
    assert_eq!(world.persons(), usize::from(never_made), "{cut:?} at {place:?}");
}

fn survives(meanwhile: Meanwhile) {
    survives_in("places_that_were_cut", &Script::example(), meanwhile);
}

fn survives_in(recorded: &str, script: &Script, meanwhile: Meanwhile) {
    survives_as(recorded, script, meanwhile, nobody_is_asked_for);
}

fn survives_as(recorded: &str, script: &Script, meanwhile: Meanwhile, holds: fn(&World, Cut)) {
    let clean = Clean::run(script).distinct();
    let cut = crashes::everywhere(script, meanwhile, |_| (), holds);
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

#[test]
fn an_operator_runs_everything_anew_in_between() {
    survives(Meanwhile::OperatorRetries);
}

fn has_ended_and_left_nothing_open(world: &World, cut: Cut) {
    let place = world.was_cut_at();
    assert!(world.violations().is_empty(), "{cut:?} at {place:?}: {:?}", world.violations());
    assert!(world.share_posts().len() <= 1, "{cut:?} at {place:?}: {:?}", world.share_posts());
    for state in world.states() {
        assert!(state.status.is_end(), "{cut:?} at {place:?}: {state:#?}");
    }
    // It is announced before it is committed, so a cancel may still come in between; never the other way round.
    let is_told = world.unblocked_at().is_some();
    assert!(is_told || world.states()[0].status == Status::Cancelled, "{cut:?} at {place:?}");
}

#[test]
fn an_operator_cancels_in_between() {
    survives_as(
        "places_that_were_cut",
        &Script::example(),
        Meanwhile::OperatorCancels,
        has_ended_and_left_nothing_open,
    );
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

#[test]
fn an_activation_is_proved_by_an_error_that_was_seen_and_is_gone() {
    for meanwhile in [Meanwhile::Nothing, Meanwhile::LeaseEnds] {
        survives_in(
            "places_that_were_cut_with_the_error_as_the_only_proof",
            &Script::with_the_error_as_its_only_proof(),
            meanwhile,
        );
    }
}

#[test]
fn a_waba_named_at_creation_keeps_its_lock() {
    for meanwhile in [Meanwhile::Nothing, Meanwhile::Signups] {
        survives_in("places_that_were_cut_with_the_waba_named", &Script::with_the_waba_named(), meanwhile);
    }
}

/// The ledger is read before Meta is: what the other WABA has shared in between is no reason to ask a person.
#[test]
fn a_second_waba_of_the_business_that_shares_between_two_looks_asks_nobody() {
    let script = Script { end: at("2026-04-21T14:00:00Z"), ..Script::two_wabas_of_one_business() };
    let asks_nobody = |world: &World, cut: Cut| {
        // Who dies with a share begun has left what cannot be proved where two WABAs have one allocation.
        if cut.dies {
            return;
        }
        let place = world.was_cut_at();
        assert!(world.violations().is_empty(), "{cut:?} at {place:?}: {:?}", world.violations());
        assert_eq!(world.persons(), 0, "{cut:?} at {place:?}: {:?}", world.states());
        assert_eq!(world.share_posts().len(), 2, "{cut:?} at {place:?}");
    };
    let is_wanted = |point: &Point| point.function == "share-credit-line";
    let cut = crashes::wherever(&script, is_wanted, Meanwhile::Signups, |_| (), asks_nobody);
    assert!(cut.len() > 10, "{cut:?}");
}

#[test]
fn a_share_whose_answer_was_lost_is_settled() {
    for meanwhile in [Meanwhile::Nothing, Meanwhile::SameDelivery, Meanwhile::AnotherClaimsAndDies] {
        survives_as(
            "places_that_were_cut_with_the_answer_to_the_share_lost",
            &Script::losing_the_answer_to("POST /{credit_line}/whatsapp_credit_sharing_and_attach"),
            meanwhile,
            a_person_hears_only_of_a_second_loss,
        );
    }
}

fn an_open_finding_was_mended_after_the_share(world: &World, cut: Cut) {
    nobody_is_asked_for(world, cut);
    let place = world.was_cut_at();
    let share = world.share_posts()[0];
    let simulator = world.simulator();
    let calls = simulator.calls().iter();
    let tries: Vec<_> =
        calls.filter(|call| call.endpoint.as_str() == SUBSCRIBE).map(|call| call.at).collect();
    assert!(tries.iter().any(|at| *at > share), "{cut:?} at {place:?}: no finding was open: {tries:?}");
    let subscribed = simulator.world().wabas.values().all(|waba| !waba.subscribed_apps.is_empty());
    assert!(subscribed, "{cut:?} at {place:?}: it never mended: {tries:?}");
}

#[test]
fn an_app_that_cannot_be_subscribed_is_a_finding_and_holds_nothing_back() {
    for meanwhile in [Meanwhile::Nothing, Meanwhile::Webhook] {
        survives_as(
            "places_that_were_cut_with_an_open_finding",
            &Script::failing_at_first(SUBSCRIBE, 12),
            meanwhile,
            an_open_finding_was_mended_after_the_share,
        );
    }
}

/// A function that died before it showed Meta its code loses that one too, and Meta's lost answer the next.
fn every_lost_code_had_a_next_and_the_last_was_accepted(world: &World, cut: Cut) {
    nobody_is_asked_for(world, cut);
    let outcomes: Vec<_> =
        world.answers().iter().filter_map(|(_, body)| body["outcome"].as_str().map(str::to_owned)).collect();
    let place = world.was_cut_at();
    let lost = outcomes.iter().filter(|outcome| *outcome == "lost_code").count();
    let accepted = outcomes.last().is_some_and(|outcome| outcome == "accepted");
    assert!(
        accepted && (1..=2).contains(&lost) && outcomes.len() == lost + 1,
        "{cut:?} at {place:?}: {outcomes:?}"
    );
}

#[test]
fn a_lost_code_is_made_up_for_by_a_new_link() {
    for meanwhile in [Meanwhile::Nothing, Meanwhile::SameDelivery] {
        survives_as(
            "places_that_were_cut_with_a_lost_code",
            &Script::losing_the_answer_to("GET /oauth/access_token"),
            meanwhile,
            every_lost_code_had_a_next_and_the_last_was_accepted,
        );
    }
}
