//! Nobody is told that they can send before they can, and never without proof (rule 4).

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

use handover_domain::reason::Reason;
use handover_domain::state::Status;
use simulation::script::{Act, Script, at};
use simulation::world::World;

/// Before the customer's token ends, which is another story (60 days, facts 2).
const THREE_WEEKS_ON: &str = "2026-05-20T00:00:00Z";

#[test]
fn with_the_swap_a_day_late_nobody_is_told_before_it() {
    let mut script = Script::example();
    script.world.settings.swap_delay_days = 1;
    let unblocked = World::played(&script).unblocked_at().expect("announced");
    assert!((at("2026-05-02T00:00:00Z")..at("2026-05-02T07:00:00Z")).contains(&unblocked), "{unblocked}");
}

#[test]
fn with_the_swap_a_week_late_a_person_looks_and_nobody_is_told_before_it() {
    let mut script = Script::example();
    script.world.settings.swap_delay_days = 7;
    let world = World::played(&script);
    assert!(world.unblocked_at().expect("announced") >= at("2026-05-08T00:00:00Z"));
    assert!(world.persons() >= 1, "72 hours after the 1st somebody looks");
}

#[test]
fn funding_that_cannot_be_read_proves_nothing() {
    let mut script = Script::example();
    script.end = at(THREE_WEEKS_ON);
    script.world.settings.funding_readable = false;
    let world = World::played(&script);
    assert_eq!(world.unblocked_at(), None);
    let state = &world.states()[0];
    assert_eq!((state.status, state.reason.clone()), (Status::Person, Some(Reason::NOT_ACTIVE_LATE)));
}

#[test]
fn funding_that_cannot_be_read_is_made_up_for_by_an_error_that_was_seen_and_is_gone() {
    let mut script = Script::example();
    script.world.settings.funding_readable = false;
    script.world.settings.gap_shows_in_health = true;
    let unblocked = World::played(&script).unblocked_at().expect("announced");
    assert!((at("2026-05-01T01:00:00Z")..at("2026-05-01T03:00:00Z")).contains(&unblocked), "{unblocked}");
}

#[test]
fn a_customer_who_never_unshared_is_never_told() {
    let mut script = Script::example();
    script.end = at(THREE_WEEKS_ON);
    script.acts.retain(|(_, act)| !matches!(act, Act::Unshare { .. }));
    let world = World::played(&script);
    assert_eq!(world.unblocked_at(), None);
    assert_eq!(world.states()[0].reason, Some(Reason::NOT_ACTIVE_LATE));
}
