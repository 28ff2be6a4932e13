//! What goes on for hours or days at Meta, and what the customer and the operator hear of it meanwhile.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

use graph_simulator::{Fault, PlannedFault};
use handover_domain::reason::Reason;
use handover_domain::state::Status;
use simulation::script::{Act, Script, at};
use simulation::world::World;

fn fault(endpoint: &str, nth: u32, fault: Fault) -> PlannedFault {
    PlannedFault { endpoint: endpoint.parse().expect("an endpoint"), nth, about: None, fault }
}

fn told(world: &World, event: &str) -> usize {
    world.events().iter().filter(|(_, put)| put.detail_type == event).count()
}

#[test]
fn a_rate_limit_at_a_row_that_does_not_gate_costs_no_month() {
    let limited = fault("GET /{waba}/subscribed_apps", 1, Fault::RateLimited { minutes: 120 });
    let world = World::played(&Script::signing_up_at(at("2026-04-27T08:20:00Z")).with_faults([limited]));
    let state = &world.states()[0];
    assert_eq!(state.status, Status::Completed);
    assert_eq!(state.unblocks_on, Some("2026-05-01".parse().expect("a date")));
}

#[test]
fn a_look_that_fails_until_the_window_has_closed_calls_a_person_and_moves_the_date() {
    let endpoint = "GET /{credit_line}/owning_credit_allocation_configs";
    let down = Fault::GraphError { code: 2, subcode: None, status: Some(500), is_transient: true };
    let faults = (1..=200).map(|nth| fault(endpoint, nth, down.clone()));
    let world = World::played(&Script::signing_up_at(at("2026-04-27T08:20:00Z")).with_faults(faults));
    assert!(world.persons() >= 1, "somebody heard of it");
    assert_eq!(told(&world, "WindowMissed"), 1, "the customer's new date was told");
    let state = &world.states()[0];
    assert_eq!(state.unblocks_on, Some("2026-06-01".parse().expect("a date")));
    assert_eq!(state.status, Status::Completed, "and kept");
    assert!(world.unblocked_at().expect("announced") >= at("2026-06-01T00:00:00Z"));
}

#[test]
fn an_allocation_that_is_shown_late_is_no_proof_that_the_second_wabas_call_did_nothing() {
    let mut script = Script::two_wabas_of_one_business();
    script.world.settings.share_visible_after_minutes = 90;
    let lost = Fault::LoseAnswer { applied: true };
    let share = fault("POST /{credit_line}/whatsapp_credit_sharing_and_attach", 2, lost);
    let world = World::played(&script.with_faults([share]));
    assert_eq!((world.share_posts().len(), world.persons()), (2, 1), "one call for each, and a person");
}

#[test]
fn a_token_that_dies_before_the_1st_is_replaced_by_a_new_signup() {
    let mut script = Script::example();
    script.end = at("2026-04-29T00:00:00Z");
    script.world.settings.business_token_days = 5;
    let world = World::played(&script);
    let state = &world.states()[0];
    assert_eq!((state.status, state.reason.clone()), (Status::Person, Some(Reason::meta(190, Some(463)))));
    world.renew_link(0);
    let again = Script {
        start: script.end,
        end: at("2026-05-20T00:00:00Z"),
        acts: vec![(at("2026-04-29T09:00:00Z"), Act::SignUp { migration: 0, waba: 0 })],
        ..script
    };
    world.play(&again);
    assert_eq!(world.states()[0].status, Status::Completed, "{:#?}", world.states());
    assert!(world.unblocked_at().expect("announced") < at("2026-05-01T12:00:00Z"));
}
