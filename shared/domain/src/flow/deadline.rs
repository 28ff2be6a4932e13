//! By when a row should be done, and what a miss means.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::Row;

/// By when a row should be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deadline {
    /// So many minutes after the row's turn came.
    Minutes(i64),
    /// So many days after the row's turn came.
    Days(i64),
    /// So many days after the customer signed up.
    DaysAfterSignup(i64),
    /// `sign_up_before` of the plan; it moves with the plan.
    SignUpBefore,
    /// The close of the sure window; it moves with the plan.
    WindowCloses,
    /// So many hours after the day of unblocking has begun everywhere.
    HoursAfterFirst(i64),
}

/// What a missed deadline means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhenMissed {
    /// A person looks.
    Person,
    /// A new plan with a new date is made and told.
    NewPlan,
    /// `WindowMissed` with the new date.
    WindowMissed,
    /// The row becomes an open finding and the migration goes on.
    Finding,
}

/// The dates of a migration from which deadlines are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Dates {
    /// When the customer's signup was accepted.
    pub signed_up_at: Option<Timestamp>,
    /// When the day of unblocking has begun in every zone.
    pub first_everywhere_at: Option<Timestamp>,
    /// The last moment at which a signup is in time for the window.
    pub sign_up_before: Option<Timestamp>,
    /// When the sure window closes.
    pub window_closes_at: Option<Timestamp>,
}

impl Row {
    /// The moment by which the row should be done if its turn came at `since`, as far as a date is known.
    #[must_use]
    pub fn deadline_at(&self, since: Timestamp, dates: Dates) -> Option<Timestamp> {
        match self.deadline {
            Deadline::Minutes(minutes) => since.checked_add(SignedDuration::from_mins(minutes)).ok(),
            Deadline::Days(days) => since.checked_add(SignedDuration::from_hours(24 * days)).ok(),
            Deadline::DaysAfterSignup(days) => {
                dates.signed_up_at.unwrap_or(since).checked_add(SignedDuration::from_hours(24 * days)).ok()
            }
            Deadline::HoursAfterFirst(hours) => {
                dates.first_everywhere_at?.checked_add(SignedDuration::from_hours(hours)).ok()
            }
            Deadline::SignUpBefore => dates.sign_up_before,
            Deadline::WindowCloses => dates.window_closes_at,
        }
    }
}

impl fmt::Display for Deadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Minutes(minutes) => write!(f, "{minutes} minutes"),
            Self::Days(days) => write!(f, "{days} days"),
            Self::DaysAfterSignup(days) => write!(f, "{days} days after the signup"),
            Self::SignUpBefore => f.write_str("90 minutes before the window closes"),
            Self::WindowCloses => f.write_str("the window closes"),
            Self::HoursAfterFirst(hours) => write!(f, "{hours} hours after the 1st has begun everywhere"),
        }
    }
}
