//! The plan: what a customer is told before the first step, because the first step silences them.
//!
//! A customer cannot send from the moment they remove their partner until the 1st of the month after the
//! share (the page). The same two clicks cost four days on one day of the month and thirty-four on the next,
//! so the dates come first.

#[cfg(test)]
mod tests;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use crate::calendar::{MonthEdge, Window, start_of, window_for};
use crate::moment::{after, spoken, spoken_day};
use crate::reason::Reason;

/// The dates of one customer's switch, if they unshare and sign up on [`start`](Self::start).
///
/// Serialised, it is what `plan --json` prints: dates as `YYYY-MM-DD`, moments as RFC 3339 in UTC.
/// Dates are civil dates in the reader's zone, but for the two 1sts: Meta's, in a zone it does not name.
///
/// A day counts for a window as long as some of it lies before `sign_up_before`. So with the reader in UTC,
/// 27 April 2026 still belongs to April (until 08:30), and with the reader in UTC-12, where the 27th begins
/// at 12:00 UTC, it belongs to May.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The day on which the customer unshares and signs up.
    pub start: Date,
    /// The sure window in which the share will be made; it may have opened long before the start.
    pub share_window: Window,
    /// From this moment on the promise of `unblocks_on` no longer holds for a new signup.
    pub sign_up_before: Timestamp,
    /// The first day on which the customer cannot send: the start, for unsharing is what silences them.
    pub blocked_from: Date,
    /// The 1st on which the customer can send again.
    pub unblocks_on: Date,
    /// Calendar days from `blocked_from` to `unblocks_on`.
    pub blocked_days: i64,
    /// The 1st on which it would be instead for a customer who signs up too late.
    pub if_missed: Date,
    /// The day with the fewest blocked days in the share window, by the calendar alone: its last day, of
    /// which only the hours before `sign_up_before` are left.
    pub best_start: Date,
    /// Calendar days from `best_start` to `unblocks_on`.
    pub best_blocked_days: i64,
    /// The day we recommend: from the start on, the last that lies wholly inside the first window that still
    /// has such a day. Where the window closes near the reader's midnight (Honolulu, Kiritimati),
    /// `sign_up_before` still falls on it, so whoever shows this day shows that hour too.
    pub safe_start: Date,
    /// Calendar days from `safe_start` to the 1st that ends its own window's month.
    pub safe_blocked_days: i64,
}

impl Plan {
    /// The plan for a customer who unshares and signs up on the day `start` in the reader's `zone`.
    #[must_use]
    pub fn for_start(start: Date, zone: &TimeZone, edge: &MonthEdge) -> Self {
        Self::from_moment(start, start_of(start, zone), zone, edge)
    }

    /// The plan for a customer who begins at `now` or later.
    ///
    /// It differs from [`for_start`](Self::for_start) of the same day only once `sign_up_before` has passed on
    /// it. It is about signups to come: for a customer who has signed up, [`window_for`] says in which window
    /// the share is made, to its last moment.
    #[must_use]
    pub fn at(now: Timestamp, zone: &TimeZone, edge: &MonthEdge) -> Self {
        Self::from_moment(zone.to_datetime(now).date(), now, zone, edge)
    }

    /// The promise in one sentence: whoever signs up before then can send again on that day.
    #[must_use]
    pub fn promise(&self) -> String {
        let (before, on) = (spoken(self.sign_up_before), spoken_day(self.unblocks_on));
        format!("whoever signs up before {before} can send again on {on}")
    }

    /// Calendar days from `blocked_from` to `if_missed`: what signing up too late costs.
    #[must_use]
    pub fn blocked_days_if_missed(&self) -> i64 {
        days_between(self.blocked_from, self.if_missed)
    }

    fn from_moment(start: Date, from: Timestamp, zone: &TimeZone, edge: &MonthEdge) -> Self {
        let window = window_to_sign_up_in(from, edge);
        let next = window.next(edge);
        let unblocks_on = window.unblocks_on();
        let best_start = last_day_to_sign_up(&window, zone);
        let (safe_window, safe_start) = match last_whole_day(&window, zone) {
            day if day >= start => (window, day),
            _ => (next, last_whole_day(&next, zone)),
        };
        Self {
            start,
            share_window: window,
            sign_up_before: window.sign_up_before(),
            blocked_from: start,
            unblocks_on,
            blocked_days: days_between(start, unblocks_on),
            if_missed: next.unblocks_on(),
            best_start,
            best_blocked_days: days_between(best_start, unblocks_on),
            safe_start,
            safe_blocked_days: days_between(safe_start, safe_window.unblocks_on()),
        }
    }
}

/// A moment at which a customer who has not signed up yet is reminded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reminder {
    /// How many days are left then.
    pub days_left: i64,
    /// The moment, to the hour and minute of `sign_up_before`.
    pub at: Timestamp,
}

impl Reminder {
    /// Why the row still waits then, in a word that says how many days are left.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self.days_left {
            ..=1 => Reason::SIGN_UP_TOMORROW,
            2..=3 => Reason::SIGN_UP_IN_3_DAYS,
            4.. => Reason::SIGN_UP_IN_7_DAYS,
        }
    }
}

/// The reminders before `sign_up_before`, in order: 7, 3 and 1 days.
///
/// Days of 24 hours: a reminder counts down to a moment, not to a date.
#[must_use]
pub fn reminders(sign_up_before: Timestamp) -> [Reminder; 3] {
    [7, 3, 1].map(|days_left| Reminder {
        days_left,
        at: after(sign_up_before, SignedDuration::from_hours(-24 * days_left)),
    })
}

/// Whoever was told the dates needs no reminder for so long.
const NEEDS_NO_REMINDER_FOR: SignedDuration = SignedDuration::from_hours(12);

/// The reminder that is due at `now`, if one has come; none that falls before, or right after, `since`, when the
/// dates were told anyway.
#[must_use]
pub fn reminder_at(sign_up_before: Timestamp, since: Option<Timestamp>, now: Timestamp) -> Option<Reminder> {
    let is_due = |reminder: &Reminder| {
        reminder.at <= now && since.is_none_or(|since| after(since, NEEDS_NO_REMINDER_FOR) < reminder.at)
    };
    reminders(sign_up_before).into_iter().rfind(is_due)
}

/// When a customer who has not signed up is thought of next: at the next reminder, else at `sign_up_before`.
#[must_use]
pub fn next_reminder(sign_up_before: Timestamp, now: Timestamp) -> Timestamp {
    let to_come = reminders(sign_up_before).into_iter().map(|reminder| reminder.at).find(|at| *at > now);
    to_come.unwrap_or(sign_up_before)
}

/// The first window for which a signup at `from` is still in time.
#[must_use]
pub fn window_to_sign_up_in(from: Timestamp, edge: &MonthEdge) -> Window {
    let window = window_for(from, edge);
    if from < window.sign_up_before() { window } else { window.next(edge) }
}

/// The last day in `zone` of which some part lies before the window's `sign_up_before`.
fn last_day_to_sign_up(window: &Window, zone: &TimeZone) -> Date {
    let last_moment = after(window.sign_up_before(), SignedDuration::from_nanos(-1));
    zone.to_datetime(last_moment).date()
}

/// The last day in `zone` that has ended when the window closes. A window is more than three weeks long in
/// any zone, so this day also began inside it.
fn last_whole_day(window: &Window, zone: &TimeZone) -> Date {
    zone.to_datetime(window.closes).date().saturating_sub(1.day())
}

fn days_between(from: Date, to: Date) -> i64 {
    to.duration_since(from).as_hours() / 24
}
