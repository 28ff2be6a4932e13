//! What a step's run came to.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::reason::Reason;

/// What one run of a step came to; the runner commits it and nothing else.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The row's proof is there.
    Done,
    /// Some of it is done and the rest goes on at once.
    Progress,
    /// Somebody or something else must act first.
    Wait {
        /// Who or what is waited for.
        on: WaitsFor,
        /// When the step looks again.
        until: Timestamp,
        /// Why; a new entry of the history is written when this changes.
        reason: Reason,
    },
    /// A passing fault.
    Retry {
        /// How long to leave it alone.
        after: SignedDuration,
        /// Why.
        reason: Reason,
    },
    /// This migration can never be done this way.
    Refused {
        /// Why not.
        reason: Reason,
    },
}

/// Who or what a wait is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaitsFor {
    /// One of our people must decide; the step looks again daily.
    Person,
    /// The customer.
    Customer,
    /// The other partner of the solution, who has the credit line.
    Partner,
    /// Meta.
    Meta,
    /// The share window (rule 1).
    Window,
    /// The quiet time after a share whose answer is not known (rule 3).
    Quiet,
}

/// A person is reminded of nothing but looked after daily: the world may have changed by itself.
pub const LOOKS_AGAIN_FOR_A_PERSON: SignedDuration = SignedDuration::from_hours(24);

impl Outcome {
    /// Hands the row to a person; the step looks again a day after `now`.
    #[must_use]
    pub fn person(now: Timestamp, reason: Reason) -> Self {
        Self::Wait {
            on: WaitsFor::Person,
            until: now.saturating_add(LOOKS_AGAIN_FOR_A_PERSON).unwrap_or(now),
            reason,
        }
    }

    /// Why the row is not done; none if it is.
    #[must_use]
    pub const fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Done | Self::Progress => None,
            Self::Wait { reason, .. } | Self::Retry { reason, .. } | Self::Refused { reason } => Some(reason),
        }
    }

    /// One word for the history: done, progress, wait, retry, refused.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Progress => "progress",
            Self::Wait { .. } => "wait",
            Self::Retry { .. } => "retry",
            Self::Refused { .. } => "refused",
        }
    }
}
