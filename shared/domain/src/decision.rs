//! What an operator decides where no rule may: the verdicts of the action `resolve`.

use serde::{Deserialize, Serialize};

use crate::ids::AllocationId;
use crate::outcome::{Outcome, WaitsFor};
use crate::reason::Reason;

/// An operator's decision. It stands in STATE until the row has answered it, or until a verdict about a share has let
/// its one call out; the step reads Meta before it acts on it, so that a slip of the pen costs nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Decision {
    /// The share was made: this allocation is ours, for this WABA.
    Applied {
        /// Meta's record of the share.
        allocation: AllocationId,
    },
    /// Nothing was shared for this WABA: what Meta shows is for another.
    NotApplied,
    /// Share now, in the doubtful hours: a refusal costs nothing (rule 2).
    Attempt,
    /// Leave the share to the next window: it costs the customer a month.
    Wait,
    /// The customer has sent a message and confirms it: the third proof of rule 4.
    Confirmed,
}

/// The reasons about which a share's verdict can be given.
const ABOUT_THE_SHARE: [Reason; 5] = [
    Reason::SHARE_UNDECIDED,
    Reason::SHARE_UNKNOWN,
    Reason::SHARE_UNKNOWN_LATE,
    Reason::ALLOCATION_UNEXPLAINED,
    Reason::ALLOCATION_NOT_SHOWN,
];

impl Decision {
    /// The verdict in one word, as it is sent and stored.
    #[must_use]
    pub const fn verdict(&self) -> &'static str {
        match self {
            Self::Applied { .. } => "applied",
            Self::NotApplied => "not_applied",
            Self::Attempt => "attempt",
            Self::Wait => "wait",
            Self::Confirmed => "confirmed",
        }
    }

    /// Whether it still stands after the row has come to that: a passing fault leaves every decision, and a share that
    /// was attempted is still to be attempted while its answer is looked for.
    #[must_use]
    pub const fn stands_after(&self, outcome: &Outcome) -> bool {
        match outcome {
            Outcome::Progress | Outcome::Retry { .. } => true,
            Outcome::Wait { on: WaitsFor::Quiet | WaitsFor::Person, .. } => matches!(self, Self::Attempt),
            Outcome::Wait { .. } | Outcome::Done | Outcome::Refused { .. } => false,
        }
    }

    /// Whether this is an answer to a row that stands for that reason.
    #[must_use]
    pub fn answers(&self, reason: &Reason) -> bool {
        Self::verdicts_for(reason).contains(&self.verdict())
    }

    /// The verdicts that answer a row which stands for that reason; none if nothing is to be decided.
    #[must_use]
    pub fn verdicts_for(reason: &Reason) -> &'static [&'static str] {
        if ABOUT_THE_SHARE.contains(reason) {
            &["applied", "not_applied"]
        } else if *reason == Reason::LATE_SHARE {
            &["attempt", "wait"]
        } else if [Reason::NOT_ACTIVE_YET, Reason::NOT_ACTIVE_LATE].contains(reason) {
            &["confirmed"]
        } else {
            &[]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_answers_only_what_was_asked() {
        let applied = Decision::Applied { allocation: "77".parse().unwrap() };
        assert!(applied.answers(&Reason::SHARE_UNDECIDED) && !applied.answers(&Reason::LATE_SHARE));
        assert!(
            Decision::Attempt.answers(&Reason::LATE_SHARE)
                && !Decision::Attempt.answers(&Reason::SHARE_UNKNOWN)
        );
        assert!(Decision::Confirmed.answers(&Reason::NOT_ACTIVE_LATE));
        assert_eq!(Decision::verdicts_for(&Reason::NOT_SIGNED_UP), &[] as &[&str]);
    }

    #[test]
    fn a_decision_is_stored_under_its_verdict() {
        let applied = Decision::Applied { allocation: "77".parse().unwrap() };
        let stored = serde_json::to_string(&applied).unwrap();
        assert_eq!(stored, r#"{"verdict":"applied","allocation":"77"}"#);
        assert_eq!(serde_json::to_string(&Decision::NotApplied).unwrap(), r#"{"verdict":"not_applied"}"#);
    }
}
