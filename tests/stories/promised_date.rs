//! Up to `sign_up_before`, and with one crash in each step, the customer can send on the promised date.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

use handover_domain::calendar::{MonthEdge, Window, first_everywhere};
use handover_domain::plan::Plan;
use handover_domain::state::Status;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use simulation::gate::{Point, Side};
use simulation::script::Script;
use simulation::world::World;

type Place = (fn(&Point) -> bool, &'static [&'static str]);

const EVERY_STEP: [&str; 9] = [
    "announce",
    "assign-system-user",
    "check-waiting",
    "discover-assets",
    "register-numbers",
    "share-credit-line",
    "start-migration",
    "subscribe-app",
    "verify-activation",
];

/// Where each step dies once: with the claim taken; with everything done but the commit; and the share just
/// before and just after the call, which are the worst, because nobody can tell them apart. Beside each, who dies there.
const PLACES: [Place; 4] = [
    (|point| point.call == "write STATE" && point.side == Side::After, &EVERY_STEP),
    (|point| point.call.starts_with("write STATE+H#") && point.side == Side::Before, &EVERY_STEP),
    (|point| point.call == "graph share_credit_line" && point.side == Side::Before, &["share-credit-line"]),
    (|point| point.call == "graph share_credit_line" && point.side == Side::After, &["share-credit-line"]),
];

fn keeps_the_promise(signup: Timestamp, (place, who_dies): Place) {
    let promised = Plan::at(signup, &TimeZone::UTC, &MonthEdge::Unknown).unblocks_on;
    let script = Script::signing_up_at(signup);
    let mut world = World::new(&script);
    world.dies_once_at = Some(place);
    world.play(&script);
    assert!(world.violations().is_empty(), "{signup}: {:?}", world.violations());
    assert_eq!(world.died().into_iter().collect::<Vec<_>>(), who_dies, "{signup}");
    let state = &world.states()[0];
    assert_eq!(state.status, Status::Completed, "{signup}: {state:#?}");
    // In the hour and a half before the window closes nothing is promised any more, and a share may still be in time.
    assert!(state.unblocks_on.is_some_and(|day| day <= promised), "{signup}: {:?}", state.unblocks_on);
    let unblocked = world.unblocked_at().expect("announced");
    let latest = first_everywhere(promised) + SignedDuration::from_hours(24);
    assert!(unblocked <= latest, "{signup}: unblocked at {unblocked}");
}

#[test]
fn at_the_last_moment_of_every_kind_of_month() {
    for month in ["2026-02-10", "2028-02-10", "2026-04-10", "2026-07-10", "2026-12-10", "2099-12-10"] {
        let window = Window::of_month(month.parse().expect("a date"), &MonthEdge::Unknown);
        for place in PLACES {
            keeps_the_promise(window.sign_up_before() - SignedDuration::from_millis(1), place);
        }
    }
}

/// The share dies before its call a minute and more after the signup, and what is settled is settled from then on.
#[test]
fn at_a_moment_that_leaves_little_of_the_time_in_which_all_is_settled() {
    keeps_the_promise("2084-09-05T11:25:01Z".parse().expect("a moment"), PLACES[2]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn at_any_moment(seconds in 1_704_067_200_i64..4_102_444_800, place in 0..PLACES.len()) {
        keeps_the_promise(Timestamp::from_second(seconds).expect("a moment"), PLACES[place]);
    }
}
