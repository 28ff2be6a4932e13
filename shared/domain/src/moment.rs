//! Moments: how they are stored, and how they are moved without ever failing.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

/// The moment's milliseconds since 1970, UTC: the form in which moments are stored.
#[must_use]
pub fn millis(moment: Timestamp) -> i64 {
    moment.as_millisecond()
}

/// The moment `later` after `from`; before it, if `later` is negative. At the ends of time it stays there.
#[must_use]
pub fn after(from: Timestamp, later: SignedDuration) -> Timestamp {
    from.saturating_add(later).unwrap_or(from)
}

/// The moment as a person reads it: `27 April 2026 08:30 UTC`.
#[must_use]
pub fn spoken(moment: Timestamp) -> String {
    moment.strftime("%-d %B %Y %H:%M UTC").to_string()
}

/// The day as a person reads it: `1 May 2026`.
#[must_use]
pub fn spoken_day(day: Date) -> String {
    day.strftime("%-d %B %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_to_the_minute_with_its_zone() {
        assert_eq!(spoken("2026-04-27T08:30:59Z".parse().unwrap()), "27 April 2026 08:30 UTC");
        assert_eq!(spoken_day("2026-05-01".parse().unwrap()), "1 May 2026");
    }

    #[test]
    fn a_moment_at_the_end_of_time_stays_there() {
        assert_eq!(after(Timestamp::MAX, SignedDuration::from_hours(1)), Timestamp::MAX);
        assert_eq!(after(Timestamp::MIN, -SignedDuration::from_hours(1)), Timestamp::MIN);
    }
}
