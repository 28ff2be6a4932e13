//! The window, hour by hour, and the looks of the 1st.

use jiff::civil::date;
use proptest::prelude::*;

use super::counted::COUNTED;
use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

const UNKNOWN: MonthEdge = MonthEdge::Unknown;

#[test]
fn april_is_sure_from_the_5th_noon_to_the_27th_ten_o_clock() {
    let april = Window::of_month(date(2026, 4, 20), &UNKNOWN);
    assert_eq!(april.opens, at("2026-04-05T12:00:00Z"));
    assert_eq!(april.closes, at("2026-04-27T10:00:00Z"));
    assert_eq!(april.sign_up_before(), at("2026-04-27T08:30:00Z"));
    assert_eq!(april.unblocks_on(), date(2026, 5, 1));
}

#[test]
fn every_month_length_closes_three_days_before_its_end() {
    let closes = |year, month| Window::of_month(date(year, month, 1), &UNKNOWN).closes;
    assert_eq!(closes(2026, 1), at("2026-01-28T10:00:00Z"), "31 days");
    assert_eq!(closes(2026, 6), at("2026-06-27T10:00:00Z"), "30 days");
    assert_eq!(closes(2028, 2), at("2028-02-26T10:00:00Z"), "29 days");
    assert_eq!(closes(2027, 2), at("2027-02-25T10:00:00Z"), "28 days");
    assert_eq!(closes(2100, 2), at("2100-02-25T10:00:00Z"), "2100 is no leap year");
}

#[test]
fn a_share_on_the_28th_waits_for_the_5th() {
    let now = at("2026-04-28T13:00:00Z");
    let may = Window::of_month(date(2026, 5, 1), &UNKNOWN);
    assert_eq!(window_at(now, &UNKNOWN), Opening::Closed { next: may });
    assert_eq!(may.opens, at("2026-05-05T12:00:00Z"));
    assert_eq!(may.unblocks_on(), date(2026, 6, 1));
}

#[test]
fn a_window_missed_in_december_is_made_up_for_in_january() {
    let next = window_for(at("2026-12-30T00:00:00Z"), &UNKNOWN);
    assert_eq!(next.opens, at("2027-01-05T12:00:00Z"));
    assert_eq!(next.unblocks_on(), date(2027, 2, 1));
}

#[test]
fn the_close_is_the_first_moment_that_is_not_sure() {
    let window = Window::of_month(date(2026, 4, 1), &UNKNOWN);
    let last_moment = after(window.closes, SignedDuration::from_nanos(-1));
    assert_eq!(window_at(window.opens, &UNKNOWN), Opening::Sure { window });
    assert_eq!(window_at(last_moment, &UNKNOWN), Opening::Sure { window });
    assert_eq!(window_for(last_moment, &UNKNOWN), window);
    assert_eq!(window_for(window.closes, &UNKNOWN), window.next(&UNKNOWN));
    assert!(!window.contains(window.closes));
}

#[test]
fn the_doubtful_hours_lie_on_both_sides_of_the_sure_window() {
    let april = Window::of_month(date(2026, 4, 1), &UNKNOWN);
    let may = april.next(&UNKNOWN);
    let late = Opening::Late { until: at("2026-04-28T12:00:00Z"), next: may };
    for (moment, opening) in [
        ("2026-04-04T09:59:59Z", Opening::Closed { next: april }),
        ("2026-04-04T10:00:00Z", Opening::Early { next: april }),
        ("2026-04-05T11:59:59Z", Opening::Early { next: april }),
        ("2026-04-05T12:00:00Z", Opening::Sure { window: april }),
        ("2026-04-27T10:00:00Z", late),
        ("2026-04-28T11:59:59Z", late),
        ("2026-04-28T12:00:00Z", Opening::Closed { next: may }),
    ] {
        assert_eq!(window_at(at(moment), &UNKNOWN), opening, "{moment}");
    }
}

#[test]
fn a_known_zone_leaves_no_hour_doubtful() {
    let berlin = MonthEdge::Zone(zone("Europe/Berlin"));
    let march = Window::of_month(date(2026, 3, 1), &berlin);
    assert_eq!(march.opens, at("2026-03-04T23:00:00Z"), "before the clocks change");
    assert_eq!(march.closes, at("2026-03-28T23:00:00Z"), "28 March is the last open day");
    let may = Window::of_month(date(2026, 5, 1), &berlin);
    assert_eq!(
        window_at(after(march.opens, -SignedDuration::from_secs(1)), &berlin),
        Opening::Closed { next: march }
    );
    let april = march.next(&berlin);
    assert_eq!(window_at(april.closes, &berlin), Opening::Closed { next: may });
}

#[test]
fn an_hour_is_sure_if_it_is_open_in_all_27_zones_and_doubtful_if_in_some() {
    let hours = Timestamp::series(at("2024-01-01T00:00:00Z"), 1.hour());
    for hour in hours.take_while(|hour| *hour < at("2101-01-01T00:00:00Z")) {
        let opening = window_at(hour, &UNKNOWN);
        let is_sure = matches!(opening, Opening::Sure { .. });
        let is_doubtful = matches!(opening, Opening::Early { .. } | Opening::Late { .. });
        assert_eq!(is_sure, COUNTED.is_sure(hour), "{hour}");
        assert_eq!(is_sure || is_doubtful, COUNTED.is_open_somewhere(hour), "{hour}");
    }
}

#[test]
fn while_any_zone_is_open_every_zone_names_the_same_month() {
    for day in COUNTED.every_day() {
        let widest = Window::widest_of_month(day, &UNKNOWN);
        for moment in [widest.opens, after(widest.closes, SignedDuration::from_nanos(-1))] {
            for hours in -12..=14 {
                let there = Offset::constant(hours).to_datetime(moment).date();
                assert_eq!(COUNTED.first_after(there), unblocks_on(moment), "{moment} in UTC{hours:+}");
            }
        }
    }
}

#[test]
fn a_date_has_begun_everywhere_at_noon_utc() {
    assert_eq!(first_everywhere(date(2026, 5, 1)), at("2026-05-01T12:00:00Z"));
}

#[test]
fn the_ends_of_the_calendar_are_answered_too() {
    for now in [Timestamp::MIN, Timestamp::MAX] {
        let window = window_for(now, &UNKNOWN);
        assert!(window.opens <= window.closes);
        assert!(next_activation_look(now, window.unblocks_on(), None) >= now);
    }
    assert_eq!(start_of(Date::MIN, &FIRST_ZONE.to_time_zone()), Timestamp::MIN);
    assert_eq!(start_of(Date::MAX, &LAST_ZONE.to_time_zone()), Timestamp::MAX);
}

/// All looks from `from` on, as a worker takes them that asks again after each.
fn looks(from: &str, waba_zone: Option<&TimeZone>, count: usize) -> Vec<String> {
    let next = |now: &Timestamp| Some(next_activation_look(*now, date(2026, 5, 1), waba_zone));
    std::iter::successors(Some(at(from)), next).skip(1).take(count).map(|look| look.to_string()).collect()
}

#[test]
fn the_looks_are_daily_until_the_1st_begins_somewhere() {
    let expected = ["2026-04-28T15:00:00Z", "2026-04-29T15:00:00Z", "2026-04-30T10:10:00Z"];
    assert_eq!(looks("2026-04-27T15:00:00Z", None, 3), expected);
}

#[test]
fn on_the_1st_we_look_after_midnight_in_five_zones() {
    let expected = [
        "2026-04-30T10:10:00Z",
        "2026-04-30T18:40:00Z",
        "2026-05-01T00:10:00Z",
        "2026-05-01T07:10:00Z",
        "2026-05-01T12:10:00Z",
        "2026-05-01T13:10:00Z",
    ];
    assert_eq!(looks("2026-04-30T09:00:00Z", Some(&zone("Asia/Kolkata")), 6), expected);
}

#[test]
fn in_winter_midnight_in_us_pacific_is_an_hour_later() {
    let look = next_activation_look(at("2027-01-01T00:10:00Z"), date(2027, 1, 1), None);
    assert_eq!(look, at("2027-01-01T08:10:00Z"));
}

#[test]
fn from_the_1st_everywhere_on_we_look_hourly_for_a_day_then_six_hourly() {
    let looks = looks("2026-05-01T12:10:00Z", None, 26);
    assert_eq!(looks[0], "2026-05-01T13:10:00Z");
    assert_eq!(looks[23], "2026-05-02T12:10:00Z");
    assert_eq!(looks[24], "2026-05-02T18:10:00Z");
    assert_eq!(looks[25], "2026-05-03T00:10:00Z");
}

#[test]
fn a_late_look_does_not_move_the_next() {
    let look = next_activation_look(at("2026-05-01T15:48:31Z"), date(2026, 5, 1), None);
    assert_eq!(look, at("2026-05-01T16:10:00Z"));
}

fn any_moment() -> impl Strategy<Value = Timestamp> {
    let seconds = at("2024-01-01T00:00:00Z").as_second()..at("2101-01-01T00:00:00Z").as_second();
    (seconds, 0..1_000_000_000_i32).prop_map(|(second, nano)| Timestamp::new(second, nano).unwrap())
}

pub(crate) fn any_edge() -> impl Strategy<Value = MonthEdge> {
    let zones = ["UTC", "Pacific/Kiritimati", "Etc/GMT+12", "America/Los_Angeles", "Asia/Kathmandu"];
    let known = proptest::sample::select(zones.to_vec()).prop_map(|name| MonthEdge::Zone(zone(name)));
    prop_oneof![Just(MonthEdge::Unknown), known]
}

proptest! {
    #[test]
    fn the_window_a_share_will_be_made_in_is_the_first_that_has_not_closed(
        now in any_moment(), edge in any_edge(),
    ) {
        let window = window_for(now, &edge);
        prop_assert!(now < window.closes);
        let ten_days_before = after(window.opens, SignedDuration::from_hours(-24 * 10));
        let month_before = Window::of_month(utc_date(ten_days_before), &edge);
        prop_assert!(month_before.closes <= now);
        prop_assert_eq!(month_before.next(&edge), window);
    }

    #[test]
    fn every_opening_leads_to_the_window_for_now(now in any_moment(), edge in any_edge()) {
        let leads_to = match window_at(now, &edge) {
            Opening::Sure { window } => window,
            Opening::Early { next } | Opening::Late { next, .. } | Opening::Closed { next } => next,
        };
        prop_assert_eq!(leads_to, window_for(now, &edge));
    }

    #[test]
    fn a_known_zone_opens_whatever_is_sure_without_it(now in any_moment(), edge in any_edge()) {
        if COUNTED.is_sure(now) {
            prop_assert!(Window::of_month(utc_date(now), &edge).contains(now));
        }
    }

    #[test]
    fn the_next_look_is_later_than_now_and_within_a_day(
        now in any_moment(), days_ahead in -40..40_i64, edge in any_edge(),
    ) {
        let unblocks_on = utc_date(now).saturating_add(days_ahead.days()).first_of_month();
        let waba_zone = if let MonthEdge::Zone(zone) = &edge { Some(zone) } else { None };
        let look = next_activation_look(now, unblocks_on, waba_zone);
        prop_assert!(look > now);
        prop_assert!(look <= after(now, SignedDuration::from_hours(24)));
    }
}
