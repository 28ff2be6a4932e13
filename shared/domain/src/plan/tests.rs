//! The plan of every day, against a walk by the quarter of an hour.

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::calendar::counted::COUNTED;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn plan(start: Date, zone_name: &str) -> Plan {
    Plan::for_start(start, &zone(zone_name), &MonthEdge::Unknown)
}

#[test]
fn a_start_on_20_april_blocks_for_11_days_and_could_block_for_4() {
    let plan = plan(date(2026, 4, 20), "UTC");
    assert_eq!((plan.unblocks_on, plan.blocked_days), (date(2026, 5, 1), 11));
    assert_eq!((plan.best_start, plan.best_blocked_days), (date(2026, 4, 27), 4));
    assert_eq!((plan.safe_start, plan.safe_blocked_days), (date(2026, 4, 26), 5));
    assert_eq!(plan.sign_up_before, at("2026-04-27T08:30:00Z"));
    assert_eq!((plan.if_missed, plan.blocked_days_if_missed()), (date(2026, 6, 1), 42));
}

#[test]
fn a_start_on_28_april_blocks_for_34_days() {
    let plan = plan(date(2026, 4, 28), "UTC");
    assert_eq!((plan.unblocks_on, plan.blocked_days), (date(2026, 6, 1), 34));
    assert_eq!((plan.best_start, plan.best_blocked_days), (date(2026, 5, 28), 4));
    assert_eq!((plan.safe_start, plan.safe_blocked_days), (date(2026, 5, 27), 5));
}

#[test]
fn the_last_day_still_counts_for_its_window_but_is_not_safe() {
    let plan = plan(date(2026, 4, 27), "UTC");
    assert_eq!((plan.unblocks_on, plan.blocked_days), (date(2026, 5, 1), 4));
    assert_eq!(plan.best_start, date(2026, 4, 27));
    assert_eq!((plan.safe_start, plan.safe_blocked_days), (date(2026, 5, 27), 5), "May's window has one");
}

#[test]
fn a_start_before_the_window_opens_waits_for_it() {
    let plan = plan(date(2026, 4, 1), "UTC");
    assert_eq!(plan.share_window.opens, at("2026-04-05T12:00:00Z"));
    assert_eq!((plan.unblocks_on, plan.blocked_days), (date(2026, 5, 1), 30));
}

#[test]
fn in_leap_february_the_last_day_is_the_26th() {
    assert_eq!(plan(date(2028, 2, 1), "UTC").best_start, date(2028, 2, 26));
    assert_eq!(plan(date(2027, 2, 1), "UTC").best_start, date(2027, 2, 25));
    assert_eq!(plan(date(2028, 2, 27), "UTC").unblocks_on, date(2028, 4, 1));
}

#[test]
fn a_start_at_the_end_of_december_unblocks_in_february() {
    let plan = plan(date(2026, 12, 29), "UTC");
    assert_eq!((plan.unblocks_on, plan.blocked_days), (date(2027, 2, 1), 34));
}

#[test]
fn where_the_date_changes_first_the_27th_lies_wholly_inside() {
    let plan = plan(date(2026, 4, 20), "Pacific/Kiritimati");
    assert_eq!(plan.best_start, date(2026, 4, 27));
    assert_eq!(plan.safe_start, date(2026, 4, 27), "the window closes at midnight sharp");
}

#[test]
fn where_the_date_changes_last_the_27th_is_too_late() {
    let plan_of_20th = plan(date(2026, 4, 20), "Etc/GMT+12");
    assert_eq!((plan_of_20th.best_start, plan_of_20th.best_blocked_days), (date(2026, 4, 26), 5));
    assert_eq!((plan_of_20th.safe_start, plan_of_20th.safe_blocked_days), (date(2026, 4, 25), 6));
    assert_eq!(plan(date(2026, 4, 27), "Etc/GMT+12").unblocks_on, date(2026, 6, 1));
}

#[test]
fn a_day_that_begins_in_the_last_90_minutes_is_too_late_to_sign_up() {
    // In Gambier (UTC-9) 27 April begins at 09:00Z: the window is open, but 08:30Z has passed.
    assert_eq!(plan(date(2026, 4, 27), "Pacific/Gambier").unblocks_on, date(2026, 6, 1));
}

#[test]
fn in_alaska_the_best_start_stays_in_the_first_window() {
    // In winter the 27th begins at 09:00Z, in summer at 08:00Z: a day fewer, but months later.
    let november = plan(date(2026, 11, 1), "America/Anchorage");
    assert_eq!((november.best_start, november.best_blocked_days), (date(2026, 11, 26), 5));
    assert_eq!(plan(date(2026, 4, 1), "America/Anchorage").best_blocked_days, 4);
}

#[test]
fn at_half_past_eight_on_the_27th_the_plan_turns_to_the_next_month() {
    let on = |moment| Plan::at(at(moment), &TimeZone::UTC, &MonthEdge::Unknown);
    assert_eq!(on("2026-04-27T08:29:59Z"), plan(date(2026, 4, 27), "UTC"));
    let late = on("2026-04-27T08:30:00Z");
    assert_eq!((late.start, late.unblocks_on, late.blocked_days), (date(2026, 4, 27), date(2026, 6, 1), 35));
    assert_eq!((late.best_start, late.safe_start), (date(2026, 5, 28), date(2026, 5, 27)));
}

#[test]
fn a_whole_day_whose_last_hour_is_past_is_not_safe_any_more() {
    // In Kiritimati the 27th lies wholly inside the window, but its last 90 minutes are too late to sign up.
    let kiritimati = zone("Pacific/Kiritimati");
    let late = Plan::at(at("2026-04-27T09:00:00Z"), &kiritimati, &MonthEdge::Unknown);
    assert_eq!((late.start, late.unblocks_on), (date(2026, 4, 27), date(2026, 6, 1)));
    assert_eq!((late.safe_start, late.safe_blocked_days), (date(2026, 5, 28), 4));
}

#[test]
fn a_known_zone_gives_its_reader_the_whole_last_day() {
    let berlin = zone("Europe/Berlin");
    let plan = Plan::for_start(date(2026, 4, 20), &berlin, &MonthEdge::Zone(berlin.clone()));
    assert_eq!((plan.best_start, plan.safe_start), (date(2026, 4, 27), date(2026, 4, 27)));
    assert_eq!(plan.sign_up_before, at("2026-04-27T20:30:00Z"));
}

#[test]
fn reminders_come_7_3_and_1_days_before() {
    let at =
        reminders(at("2026-04-27T08:30:00Z")).map(|reminder| (reminder.days_left, reminder.at.to_string()));
    let expected = [(7, "2026-04-20T08:30:00Z"), (3, "2026-04-24T08:30:00Z"), (1, "2026-04-26T08:30:00Z")];
    assert_eq!(at, expected.map(|(days_left, moment)| (days_left, moment.to_owned())));
}

#[test]
fn a_plan_is_written_with_these_names() {
    insta::assert_json_snapshot!(plan(date(2026, 4, 20), "UTC"));
}

#[test]
fn a_plan_read_back_is_the_same_plan() {
    let plan = plan(date(2026, 4, 20), "UTC");
    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
}

/// The quarters of an hour from `from` on. Every clock of today is a whole number of them off UTC.
fn quarters(from: Timestamp) -> impl Iterator<Item = Timestamp> {
    std::iter::successors(Some(from), |at| Some(after(*at, SignedDuration::from_mins(15))))
}

/// Walks from the first quarter of the day to one that is surely open and stays so for the 90 minutes that a
/// signup needs. A window stays open once it is, so its end is all that has to be looked at.
fn unblocks_on_by_walking(start: Timestamp) -> Date {
    let takes_a_signup =
        |at: &Timestamp| COUNTED.is_sure(*at) && COUNTED.is_sure(after(*at, SignedDuration::from_mins(90)));
    let shared_at = quarters(start).find(takes_a_signup).unwrap();
    COUNTED.first_after(shared_at.to_zoned(TimeZone::UTC).date())
}

/// Is every quarter of the day surely open?
fn is_whole_by_walking(day: Date, zone: &TimeZone) -> bool {
    let ends = day.tomorrow().unwrap().to_zoned(zone.clone()).unwrap().timestamp();
    let begins = day.to_zoned(zone.clone()).unwrap().timestamp();
    quarters(begins).take_while(|at| *at < ends).all(|at| COUNTED.is_sure(at))
}

/// Compares the plan of every day of 2024 to 2100 with what the sentences say, taken literally.
fn hold_every_day_to_the_walk(zone_name: &str) {
    let zone = zone(zone_name);
    let days: Vec<Date> = COUNTED.every_day().collect();
    let unblocks: Vec<Date> = days
        .iter()
        .map(|day| unblocks_on_by_walking(day.to_zoned(zone.clone()).unwrap().timestamp()))
        .collect();
    let blocked: Vec<usize> = days
        .iter()
        .zip(&unblocks)
        .map(|(day, unblocks)| day.series(1.day()).take_while(|later| later < unblocks).count())
        .collect();
    let whole: Vec<bool> = days.iter().map(|day| is_whole_by_walking(*day, &zone)).collect();

    // The last days have no two months of days to compare with after them.
    for index in 0..days.len() - 62 {
        let day = days[index];
        let plan = Plan::for_start(day, &zone, &MonthEdge::Unknown);
        assert_eq!((plan.start, plan.blocked_from), (day, day));
        assert_eq!(plan.unblocks_on, unblocks[index], "{day} {zone_name}");
        assert_eq!(plan.blocked_days, i64::try_from(blocked[index]).unwrap(), "{day} {zone_name}");
        assert_eq!(plan.if_missed, COUNTED.first_after(plan.unblocks_on), "{day} {zone_name}");

        let best = (index..index + 62).min_by_key(|later| (blocked[*later], *later)).unwrap();
        assert_eq!(plan.best_start, days[best], "{day} {zone_name}");
        assert_eq!(plan.best_blocked_days, i64::try_from(blocked[best]).unwrap(), "{day} {zone_name}");

        let first_whole = (index..).find(|later| whole[*later]).unwrap();
        let safe = (first_whole..).find(|later| !whole[*later + 1]).unwrap();
        assert_eq!(plan.safe_start, days[safe], "{day} {zone_name}");
        assert_eq!(plan.safe_blocked_days, i64::try_from(blocked[safe]).unwrap(), "{day} {zone_name}");
    }
}

macro_rules! every_day_from_2024_to_2100 {
    ($($name:ident = $zone:literal;)*) => {$(
        #[test]
        fn $name() {
            hold_every_day_to_the_walk($zone);
        }
    )*};
}

every_day_from_2024_to_2100! {
    every_day_read_in_utc_is_planned_as_it_is_walked = "UTC";
    every_day_read_in_kiritimati_is_planned_as_it_is_walked = "Pacific/Kiritimati";
    every_day_read_in_utc_minus_12_is_planned_as_it_is_walked = "Etc/GMT+12";
    every_day_read_in_st_johns_is_planned_as_it_is_walked = "America/St_Johns";
    every_day_read_in_kathmandu_is_planned_as_it_is_walked = "Asia/Kathmandu";
    every_day_read_in_berlin_is_planned_as_it_is_walked = "Europe/Berlin";
    every_day_read_in_honolulu_is_planned_as_it_is_walked = "Pacific/Honolulu";
    every_day_read_in_gambier_is_planned_as_it_is_walked = "Pacific/Gambier";
    every_day_read_in_lord_howe_is_planned_as_it_is_walked = "Australia/Lord_Howe";
}

proptest! {
    #[test]
    fn a_plan_made_at_any_moment_can_be_kept(
        second in 1_704_067_200..4_133_980_800_i64, edge in crate::calendar::tests::any_edge(),
    ) {
        let now = Timestamp::from_second(second).unwrap();
        let plan = Plan::at(now, &TimeZone::UTC, &edge);
        prop_assert!(now < plan.sign_up_before && plan.sign_up_before < plan.share_window.closes);
        prop_assert!(plan.best_start >= plan.start && plan.safe_start >= plan.start);
        prop_assert!(plan.best_blocked_days <= plan.blocked_days);
        prop_assert!((3..=35).contains(&plan.blocked_days));
        prop_assert!(plan.unblocks_on < plan.if_missed);
        let safe = Plan::for_start(plan.safe_start, &TimeZone::UTC, &edge);
        prop_assert_eq!(safe.blocked_days, plan.safe_blocked_days);
    }
}
