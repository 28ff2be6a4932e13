//! A customer who has not signed up is thought of 7, 3 and 1 days before it is too late, and is told the new
//! date when it is.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

use handover_domain::moment::spoken;
use handover_domain::state::Status;
use handover_engine::records::Table;
use serde_json::Value;
use simulation::script::{Act, Script, at};
use simulation::world::World;

/// Created on that day, and nobody signs up.
fn waiting(created: &str, until: &str) -> World {
    let mut script = Script::example();
    script.start = at(created);
    script.acts = vec![(at(created), Act::Create { waba: None })];
    script.end = at(until);
    World::played(&script)
}

/// The reasons of the row in the order of the history, with their moments.
fn told(world: &World) -> Vec<(String, String)> {
    let items = world.records.items();
    let entries = items.iter().filter(|(key, _)| key.table == Table::Journal && key.sort.starts_with("H#"));
    let told = entries.filter_map(|(_, entry)| {
        let at = entry["at"].as_i64().and_then(|at| jiff::Timestamp::from_millisecond(at).ok())?;
        Some((spoken(at), entry.get("reason").and_then(Value::as_str)?.to_owned()))
    });
    told.collect()
}

fn pairs<const N: usize>(expected: [(&str, &str); N]) -> Vec<(String, String)> {
    expected.map(|(at, reason)| (at.to_owned(), reason.to_owned())).to_vec()
}

#[test]
fn reminders_come_7_3_and_1_days_before_it_is_too_late_and_then_the_new_date() {
    let world = waiting("2026-04-10T08:00:00Z", "2026-05-25T00:00:00Z");
    let expected = pairs([
        ("10 April 2026 08:00 UTC", "not-signed-up"),
        ("20 April 2026 08:30 UTC", "sign-up-in-7-days"),
        ("24 April 2026 08:30 UTC", "sign-up-in-3-days"),
        ("26 April 2026 08:30 UTC", "sign-up-tomorrow"),
        ("27 April 2026 08:30 UTC", "sign-up-missed"),
        ("21 May 2026 08:30 UTC", "sign-up-in-7-days"),
    ]);
    // May has 31 days: sign_up_before is 28 May 08:30 UTC.
    assert_eq!(told(&world)[..expected.len()], expected);
    assert_eq!(world.states()[0].unblocks_on, Some(jiff::civil::date(2026, 6, 1)));
}

#[test]
fn who_was_told_the_dates_two_days_before_is_not_reminded_of_seven() {
    let world = waiting("2026-04-25T12:00:00Z", "2026-04-27T00:00:00Z");
    let expected = pairs([
        ("25 April 2026 12:00 UTC", "not-signed-up"),
        ("26 April 2026 08:30 UTC", "sign-up-tomorrow"),
    ]);
    assert_eq!(told(&world), expected);
}

#[test]
fn each_reminder_and_each_new_date_is_on_the_bus_once() {
    let world = waiting("2026-04-10T08:00:00Z", "2026-05-01T00:00:00Z");
    let kinds: Vec<&str> =
        world.events().iter().map(|(_, event)| event.detail_type).filter(|kind| *kind != "StepDue").collect();
    assert_eq!(kinds, ["ReminderDue", "ReminderDue", "ReminderDue", "WindowMissed"]);
}

#[test]
fn a_customer_who_never_comes_is_reminded_month_after_month_and_never_a_persons_business() {
    let world = waiting("2026-04-10T08:00:00Z", "2026-12-31T00:00:00Z");
    let state = &world.states()[0];
    assert_eq!((state.status, world.persons()), (Status::Waiting, 0));
    assert_eq!(state.unblocks_on, Some(jiff::civil::date(2027, 2, 1)));
}
