//! The month: when a switched customer's share is allowed, and when it takes effect.

use jiff::{Timestamp, ToSpan, tz::TimeZone};

/// Whether the share window is open: from the 5th to three days before the end of the month
/// (the page, "last 3 days or first 4 days"; facts 16).
pub(crate) fn share_is_open(at: Timestamp, zone: &TimeZone) -> bool {
    let date = at.to_zoned(zone.clone()).date();
    (5..=date.days_in_month() - 3).contains(&date.day())
}

/// Midnight of the 1st after a moment, later by the delay (the page, "the first of the following month").
///
/// `None` beyond the last date that the calendar has.
pub(crate) fn swap_after(at: Timestamp, zone: &TimeZone, delay_days: u16) -> Option<Timestamp> {
    let date = at.to_zoned(zone.clone()).date();
    let first = date.first_of_month().checked_add(1.month()).ok()?;
    let day = first.checked_add(i64::from(delay_days).days()).ok()?;
    day.to_zoned(zone.clone()).ok().map(|midnight| midnight.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_window_is_open_from_the_5th_to_three_days_before_the_end() {
        for (moment, open) in [
            ("2026-04-04T23:59:59Z", false),
            ("2026-04-05T00:00:00Z", true),
            ("2026-04-27T23:59:59Z", true),
            ("2026-04-28T00:00:00Z", false),
            ("2026-12-28T12:00:00Z", true),
            ("2026-12-29T00:00:00Z", false),
            ("2026-02-25T12:00:00Z", true),
            ("2026-02-26T00:00:00Z", false),
            ("2028-02-26T12:00:00Z", true),
            ("2028-02-27T00:00:00Z", false),
        ] {
            assert_eq!(share_is_open(at(moment), &TimeZone::UTC), open, "{moment}");
        }
    }

    #[test]
    fn the_day_begins_in_the_zone_that_is_set() {
        let pacific = TimeZone::get("America/Los_Angeles").unwrap();
        assert!(share_is_open(at("2026-04-28T06:59:59Z"), &pacific));
        assert!(!share_is_open(at("2026-04-28T07:00:00Z"), &pacific));
        assert_eq!(swap_after(at("2026-05-01T06:00:00Z"), &pacific, 0), Some(at("2026-05-01T07:00:00Z")));
    }

    #[test]
    fn the_swap_is_at_midnight_of_the_next_1st_or_as_many_days_later_as_set() {
        assert_eq!(
            swap_after(at("2026-12-31T23:59:59Z"), &TimeZone::UTC, 0),
            Some(at("2027-01-01T00:00:00Z"))
        );
        assert_eq!(
            swap_after(at("2026-04-21T09:00:00Z"), &TimeZone::UTC, 1),
            Some(at("2026-05-02T00:00:00Z"))
        );
    }
}
