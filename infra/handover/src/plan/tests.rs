//! The texts, whole, as a person reads them.

use jiff::civil::date;

use super::*;

fn zone(name: &str) -> TimeZone {
    input::zone(name).unwrap()
}

fn letter_on(day: Date, zone_name: &str) -> String {
    let zone = zone(zone_name);
    letter::text(&Plan::for_start(day, &zone, &MonthEdge::Unknown), &zone, &MonthEdge::Unknown, None)
}

#[test]
fn a_start_on_20_april_is_advised_to_wait_for_the_26th() {
    let letter = letter_on(date(2026, 4, 20), "UTC");
    assert!(letter.contains("Please start on Sunday 26 April 2026."));
    insta::assert_snapshot!(letter);
}

#[test]
fn a_start_on_27_april_is_told_by_what_hour_it_must_be_finished() {
    let letter = letter_on(date(2026, 4, 27), "Europe/Berlin");
    assert!(letter.contains("before 10:30 on Monday 27 April 2026 (Europe/Berlin)"));
    assert!(letter.contains("until Monday 1 June 2026"));
    insta::assert_snapshot!(letter);
}

#[test]
fn a_start_on_the_recommended_day_is_not_offered_it_instead() {
    let letter = letter_on(date(2026, 4, 26), "UTC");
    assert!(!letter.contains("instead"));
    insta::assert_snapshot!(letter);
}

#[test]
fn a_start_in_the_closed_days_is_told_of_34_days() {
    insta::assert_snapshot!(letter_on(date(2026, 4, 28), "UTC"));
}

#[test]
fn in_honolulu_the_shortest_day_is_the_recommended_one() {
    let letter = letter_on(date(2026, 4, 20), "Pacific/Honolulu");
    assert!(!letter.contains("shortest"));
    insta::assert_snapshot!(letter);
}

#[test]
fn a_known_zone_of_metas_makes_the_letter_shorter() {
    let berlin = zone("Europe/Berlin");
    let edge = MonthEdge::Zone(berlin.clone());
    let letter = letter::text(&Plan::for_start(date(2026, 4, 20), &berlin, &edge), &berlin, &edge, None);
    assert!(letter.contains("Please start on Monday 27 April 2026."));
    insta::assert_snapshot!(letter);
}

#[test]
fn december_is_a_calendar_with_the_good_days_marked() {
    insta::assert_snapshot!(month::text(date(2026, 12, 1), &TimeZone::UTC, &MonthEdge::Unknown));
}

#[test]
fn a_leap_february_is_a_calendar_too() {
    insta::assert_snapshot!(month::text(date(2028, 2, 1), &zone("America/Sao_Paulo"), &MonthEdge::Unknown));
}

#[test]
fn where_the_shortest_day_is_recommended_it_is_marked_once() {
    let text = month::text(date(2027, 2, 1), &zone("Pacific/Kiritimati"), &MonthEdge::Unknown);
    assert!(!text.contains('<'));
    insta::assert_snapshot!(text);
}
