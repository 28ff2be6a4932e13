//! The roll call of a month: who should have been able to send again on the 1st, and what became of each.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

/// The 1st of the month in which `now` lies, in UTC.
#[must_use]
pub fn day_of(now: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(now).date().first_of_month()
}

/// Whether it is the 3rd or later: until then Meta may be right to say "not yet" (facts 0.4), after it that is no
/// reason any more.
#[must_use]
pub fn names_the_missing(day: Date, now: Timestamp) -> bool {
    TimeZone::UTC.to_datetime(now).date() >= day.saturating_add(2.days())
}

/// What became of those who were expected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// They can send again.
    pub active: u64,
    /// An operator has ended their migration.
    pub cancelled: u64,
    /// Their migration could not be done.
    pub refused: u64,
    /// One of our people has them.
    pub person: u64,
    /// Nobody has them yet: they are waited for.
    pub waiting: u64,
    /// Their record is gone.
    pub vanished: u64,
    /// They were told another 1st since: the next roll call has them.
    pub moved: u64,
}

impl Counts {
    /// The counts with those who are no longer among this month's: of the `expected`, whoever has not vanished was
    /// given another date.
    #[must_use]
    pub const fn of_expected(self, expected: u64) -> Self {
        let seen = self.active + self.cancelled + self.refused + self.person + self.waiting + self.vanished;
        Self { moved: expected.saturating_sub(seen), ..self }
    }

    /// Whether the roll call can be closed: everyone is active, ended, with a person or in another month's.
    #[must_use]
    pub const fn accounts_for_everyone(&self) -> bool {
        self.waiting == 0 && self.vanished == 0
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn whoever_is_waited_for_or_has_vanished_keeps_it_open() {
        let all = Counts { active: 7, cancelled: 1, refused: 1, person: 1, ..Counts::default() };
        assert!(all.accounts_for_everyone());
        assert!(!Counts { waiting: 1, ..all }.accounts_for_everyone());
        assert!(!Counts { vanished: 1, ..all }.accounts_for_everyone());
    }

    #[test]
    fn who_was_expected_and_is_not_among_them_has_another_date() {
        let seen = Counts { active: 7, vanished: 1, ..Counts::default() };
        assert_eq!(seen.of_expected(10).moved, 2);
        assert_eq!(seen.of_expected(3).moved, 0, "who came after the count was taken is no loss");
    }

    #[test]
    fn the_missing_are_named_from_the_3rd() {
        let day = date(2026, 5, 1);
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(day_of(at("2026-05-31T23:59:59Z")), day);
        assert!(!names_the_missing(day, at("2026-05-02T23:59:59Z")));
        assert!(names_the_missing(day, at("2026-05-03T00:00:00Z")));
    }
}
