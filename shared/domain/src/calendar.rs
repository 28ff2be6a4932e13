//! The month as a credit line sees it: when it can be shared with a customer who switches partners.
//!
//! Meta's rule (the page): the share is refused on the first four and the last three days of a month,
//! and it takes effect on the 1st of the month after. Until then the customer cannot send (131042).
//!
//! Meta states no time zone for these days (facts 0.4). So there are three kinds of moments:
//!
//! - *sure*: an open day in every zone from UTC-12 to UTC+14. Plans promise only these.
//! - *doubtful*: an open day in some of these zones and a closed one in others.
//! - *closed*: a closed day everywhere.
//!
//! ```text
//! April 2026, all zones:   4 Apr 10:00Z    5 Apr 12:00Z         27 Apr 10:00Z    28 Apr 12:00Z
//!        closed ................|.... early .....|...... sure .........|.... late ......|..... closed
//! ```
//!
//! A deployment that knows Meta's zone says so ([`MonthEdge::Zone`]), and no hour is doubtful any more.

#[cfg(test)]
pub(crate) mod counted;
mod looks;
#[cfg(test)]
pub(crate) mod tests;

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use crate::moment::after;

pub use looks::next_activation_look;

/// The first day of a month on which Meta takes the share: the first four are closed (the page).
const FIRST_OPEN_DAY: i8 = 5;

/// How many days at the end of a month are closed (the page).
const CLOSED_TAIL_DAYS: i8 = 3;

/// Where a date begins first on Earth.
const FIRST_ZONE: Offset = Offset::constant(14);

/// Where a date begins last on Earth.
const LAST_ZONE: Offset = Offset::constant(-12);

/// How long before the close of a window a customer must have signed up: the time that every step from
/// signup to share needs when each of them goes wrong once.
///
/// - Four steps run in between: the signup is noticed, the assets are learned, the system user is
///   assigned, the line is shared. A worker that dies in one of them is waited out: its lease (a function's
///   timeout of 60 s and 30 s more) and one round of the sweep (60 s), so 2.5 minutes each: 10 minutes.
/// - Subscribing the app does not gate, but has its own 10 minutes of tries and 2.5 for a crash.
/// - Clocks of two machines may differ by 5 minutes.
/// - A share whose answer was lost is unknown. This near the close a person decides, at once, so what is
///   left of the 90 minutes, about an hour, is theirs. (The patient road, two looks 15 minutes apart,
///   would need 30 minutes and would fit as well.)
///
/// A shorter lead would break the promise exactly when something else has already gone wrong; a longer one
/// takes hours of the best day from customers in the Americas.
pub const SIGN_UP_LEAD: SignedDuration = SignedDuration::from_mins(90);

/// Where the month turns, as far as the deployment knows: a setting.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum MonthEdge {
    /// Meta states no zone, so an hour is sure only if it is open in every zone (facts 0.4).
    #[default]
    Unknown,
    /// Days are counted in this zone; somebody has asked Meta or has seen it happen.
    Zone(TimeZone),
}

impl MonthEdge {
    fn first_zone(&self) -> TimeZone {
        match self {
            Self::Unknown => FIRST_ZONE.to_time_zone(),
            Self::Zone(zone) => zone.clone(),
        }
    }

    fn last_zone(&self) -> TimeZone {
        match self {
            Self::Unknown => LAST_ZONE.to_time_zone(),
            Self::Zone(zone) => zone.clone(),
        }
    }
}

/// The moments of one month at which the share is surely taken, from `opens` up to, not including, `closes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The first moment: the 5th has begun in every zone.
    pub opens: Timestamp,
    /// The first moment after: in some zone the third-last day of the month begins.
    pub closes: Timestamp,
}

impl Window {
    /// The sure window of the month in which `day` lies.
    #[must_use]
    pub fn of_month(day: Date, edge: &MonthEdge) -> Self {
        let (first_open, first_closed) = open_days(day);
        Self {
            opens: start_of(first_open, &edge.last_zone()),
            closes: start_of(first_closed, &edge.first_zone()),
        }
    }

    /// The moments of that month that are open in at least one zone: the sure window and the doubtful hours.
    fn widest_of_month(day: Date, edge: &MonthEdge) -> Self {
        let (first_open, first_closed) = open_days(day);
        Self {
            opens: start_of(first_open, &edge.first_zone()),
            closes: start_of(first_closed, &edge.last_zone()),
        }
    }

    /// The window of the month after.
    #[must_use]
    pub fn next(&self, edge: &MonthEdge) -> Self {
        Self::of_month(self.unblocks_on(), edge)
    }

    /// Is the window open at `moment`?
    #[must_use]
    pub fn contains(&self, moment: Timestamp) -> bool {
        self.opens <= moment && moment < self.closes
    }

    /// The date on which a share made in this window takes effect.
    #[must_use]
    pub fn unblocks_on(&self) -> Date {
        unblocks_on(self.opens)
    }

    /// The moment by which a customer must have signed up to be shared with in this window.
    #[must_use]
    pub fn sign_up_before(&self) -> Timestamp {
        after(self.closes, -SIGN_UP_LEAD)
    }
}

/// What a moment is for somebody who owes a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// Open in every zone: share now.
    Sure {
        /// The window that is open.
        window: Window,
    },
    /// Open in some zones, and surely open soon: wait for `next`, which costs hours and never a month.
    Early {
        /// The window of this month.
        next: Window,
    },
    /// No longer open in every zone. A refusal costs nothing and waiting costs a month, so the setting
    /// `late_share` decides: a share taken before `until` takes effect on [`unblocks_on`] of that moment, one
    /// that waits takes effect on [`Window::unblocks_on`] of `next`.
    Late {
        /// The moment at which it is closed in every zone.
        until: Timestamp,
        /// The window of the month after.
        next: Window,
    },
    /// Closed in every zone: wait for `next`.
    Closed {
        /// The window that opens next.
        next: Window,
    },
}

/// What `now` is for somebody who owes a share.
#[must_use]
pub fn window_at(now: Timestamp, edge: &MonthEdge) -> Opening {
    let today = utc_date(now);
    let window = Window::of_month(today, edge);
    let widest = Window::widest_of_month(today, edge);
    if window.contains(now) {
        Opening::Sure { window }
    } else if !widest.contains(now) {
        Opening::Closed { next: window_for(now, edge) }
    } else if now < window.opens {
        Opening::Early { next: window }
    } else {
        Opening::Late { until: widest.closes, next: window.next(edge) }
    }
}

/// The sure window in which a share owed at `now` will be made: this month's while it has not closed, else
/// the next month's.
#[must_use]
pub fn window_for(now: Timestamp, edge: &MonthEdge) -> Window {
    let window = Window::of_month(utc_date(now), edge);
    if now < window.closes { window } else { window.next(edge) }
}

/// The date on which a share made at `shared_at` takes effect: the 1st of the month after (the page).
///
/// The month is counted in UTC. At every moment at which a share can be open at all, sure or doubtful, it is
/// the same month in every zone, so no zone has to be known.
#[must_use]
pub fn unblocks_on(shared_at: Timestamp) -> Date {
    utc_date(shared_at).last_of_month().saturating_add(1.day())
}

/// The moment from which it is `date`, or later, in every zone: 12:00 UTC.
///
/// Before it Meta may be right to say "not yet" on the 1st (facts 0.4), so alarms count from here.
#[must_use]
pub fn first_everywhere(date: Date) -> Timestamp {
    start_of(date, &LAST_ZONE.to_time_zone())
}

/// The first open day of the month in which `day` lies, and the first closed day after it.
fn open_days(day: Date) -> (Date, Date) {
    let first_open = day.first_of_month().saturating_add((FIRST_OPEN_DAY - 1).days());
    let first_closed = day.last_of_month().saturating_sub((CLOSED_TAIL_DAYS - 1).days());
    (first_open, first_closed)
}

/// The moment at which `date` begins in `zone`, also where a clock change skips midnight.
///
/// It saturates at the ends of the calendar (the years -9999 and 9999), where no customer will be, so that
/// no caller has to handle an error about which nobody could do anything.
#[must_use]
pub fn start_of(date: Date, zone: &TimeZone) -> Timestamp {
    let end_of_time = if date.year() < 0 { Timestamp::MIN } else { Timestamp::MAX };
    zone.to_timestamp(date.at(0, 0, 0, 0)).unwrap_or(end_of_time)
}

fn utc_date(moment: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(moment).date()
}
