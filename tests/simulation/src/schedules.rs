//! Which schedules fire in a world, and when.

use jiff::{SignedDuration, Timestamp};

/// Which schedules fire in a world: the sweep alone, unless a test is about another.
#[derive(Debug, Clone, Copy)]
pub struct Schedules {
    /// Every minute in which a turn is due.
    pub sweep: bool,
    /// Hourly on the 1st of a month.
    pub monthly: bool,
    /// Daily.
    pub audit: bool,
}

impl Schedules {
    /// All of them, as the template has them.
    pub const ALL: Self = Self { sweep: true, monthly: true, audit: true };

    /// The next firing of those that fire on days of their own, and whose it is.
    pub(crate) fn next_after(self, now: Timestamp) -> Option<(Timestamp, &'static str)> {
        let monthly = self.monthly.then(|| next(now, 15, |there| there.day() == 1)).flatten();
        let audit = self.audit.then(|| next(now, 30, |there| there.hour() == 6)).flatten();
        let named = [monthly.map(|at| (at, "monthly-activation")), audit.map(|at| (at, "audit"))];
        named.into_iter().flatten().min()
    }
}

/// The next such hour, so many minutes past it.
fn next(now: Timestamp, minutes: i64, fits: impl Fn(&jiff::civil::DateTime) -> bool) -> Option<Timestamp> {
    let hour = Timestamp::from_second(now.as_second().div_euclid(3_600) * 3_600).expect("a moment");
    let moments = (0..24 * 32).map(|hours| hour + SignedDuration::from_mins(hours * 60 + minutes));
    moments.filter(|at| *at > now).find(|at| fits(&jiff::tz::TimeZone::UTC.to_datetime(*at)))
}
