//! What an operator decides where no rule may: the verdicts of the action `resolve`.

use serde::{Deserialize, Serialize};

use crate::flow::Awaits;
use crate::ids::AllocationId;
use crate::outcome::{Outcome, WaitsFor};
use crate::reason::Reason;
use crate::state::State;
use crate::step::Step;

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
    /// What was begun did nothing: nothing was shared for this WABA, the customer has no request, or no number moves.
    NotApplied,
    /// Share now, in the doubtful hours: a refusal costs nothing (rule 2).
    Attempt,
    /// Leave the share to the next window: it costs the customer a month.
    Wait,
    /// The customer has our request: Meta was asked, though no answer came.
    Asked,
    /// The customer has sent a message and confirms it: the third proof of rule 4.
    Confirmed,
    /// The WABA with which the customer has signed up is new: somebody has looked, where Meta does not say.
    New,
    /// Make those templates anew in the new WABA that were not copied.
    RecreateTemplates,
    /// Meta shows, to a person, that the new WABA has a payment method: nothing can be sent from it yet.
    Paid,
    /// Have a code sent to the number in a text message: somebody is there who can read it.
    Sms,
    /// Have the code spoken in a call, for a number that gets no messages.
    Voice,
}

/// The reasons about which a share's verdict can be given.
const ABOUT_THE_SHARE: [Reason; 8] = [
    Reason::SHARE_UNDECIDED,
    Reason::SHARE_UNKNOWN,
    Reason::SHARE_UNKNOWN_LATE,
    Reason::ATTACH_UNDECIDED,
    Reason::ATTACH_UNKNOWN,
    Reason::ALLOCATION_UNEXPLAINED,
    Reason::SHARE_IN_LOST_HOURS,
    Reason::ALLOCATION_NOT_SHOWN,
];

/// The reasons for which somebody has to look who pays for a WABA.
const ABOUT_THE_PAYER: [Reason; 2] = [Reason::PAID_BY_ANOTHER, Reason::PAYER_UNREAD];

impl Decision {
    /// Every verdict in one word.
    pub const VERDICTS: [&'static str; 11] = [
        "applied",
        "not_applied",
        "attempt",
        "wait",
        "asked",
        "confirmed",
        "new",
        "recreate_templates",
        "paid",
        "sms",
        "voice",
    ];

    /// The verdict in one word, as it is sent and stored.
    #[must_use]
    pub const fn verdict(&self) -> &'static str {
        match self {
            Self::Applied { .. } => "applied",
            Self::NotApplied => "not_applied",
            Self::Attempt => "attempt",
            Self::Wait => "wait",
            Self::Asked => "asked",
            Self::Confirmed => "confirmed",
            Self::New => "new",
            Self::RecreateTemplates => "recreate_templates",
            Self::Paid => "paid",
            Self::Sms => "sms",
            Self::Voice => "voice",
        }
    }

    /// Whether it still stands after the row has come to that: a passing fault leaves every decision, and a share that
    /// was attempted is still to be attempted while its answer is looked for.
    #[must_use]
    pub const fn stands_after(&self, outcome: &Outcome) -> bool {
        match outcome {
            Outcome::Progress | Outcome::Retry { .. } => true,
            Outcome::Wait { on: WaitsFor::Quiet | WaitsFor::Person, .. } => matches!(self, Self::Attempt),
            // Meta takes a hundred in an hour: what was asked for goes on.
            Outcome::Wait { .. } => matches!(self, Self::RecreateTemplates),
            Outcome::Done | Outcome::Refused { .. } => false,
        }
    }

    /// Whether this is an answer to what the migration stands for.
    #[must_use]
    pub fn answers(&self, state: &State) -> bool {
        Self::verdicts_of(state).contains(&self.verdict())
    }

    /// The verdicts that can be given now; none if nothing is to be decided.
    ///
    /// That the customer has sent a message is proof whatever else stands in the way of one: a token that has ended,
    /// for one (rule 4). From a new WABA nothing is sent before it is paid for, so what Meta's own page shows stands in
    /// its place.
    #[must_use]
    pub fn verdicts_of(state: &State) -> &'static [&'static str] {
        let flow = state.flow.flow();
        let row = flow.row(&state.row);
        let is_activation = row.is_some_and(|row| row.run_by == Step::VerifyActivation);
        let is_verification = row.is_some_and(|row| row.run_by == Step::VerifyNumber);
        let is_payment = row.is_some_and(|row| row.awaits == Awaits::PaymentMethod);
        match &state.reason {
            _ if state.status.is_end() => &[],
            Some(reason) if ABOUT_THE_SHARE.contains(reason) => &["applied", "not_applied"],
            Some(reason) if *reason == Reason::INTENT_UNKNOWN => &["asked", "not_applied"],
            Some(reason) if *reason == Reason::NUMBER_NOT_LISTED => &["not_applied"],
            Some(reason) if *reason == Reason::LATE_SHARE => &["attempt", "wait"],
            Some(reason) if *reason == Reason::WABA_AGE_UNREAD => &["new"],
            Some(reason) if ABOUT_THE_PAYER.contains(reason) => &["paid"],
            Some(_) if is_verification => &["sms", "voice"],
            Some(reason) if *reason == Reason::TEMPLATES_WATCHED => &["recreate_templates"],
            Some(_) if is_payment || (is_activation && !flow.silences) => &["paid"],
            Some(_) if is_activation => &["confirmed"],
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::FlowName;
    use crate::state::Status;

    /// A migration that stands at a row for a reason.
    fn standing(row: &str, reason: Reason) -> State {
        let flow = FlowName::PartnerSwitch;
        let id = "019dab3a-4a00-7000-8000-000000000001".parse().unwrap();
        let row = flow.flow().row(row).unwrap();
        let at = "2026-04-20T08:00:00Z".parse().unwrap();
        State { reason: Some(reason), ..State::new(id, flow, row, at) }
    }

    #[test]
    fn every_verdict_is_sent_and_stored_by_its_word() {
        for word in Decision::VERDICTS {
            let sent = serde_json::json!({ "verdict": word, "allocation": "77" });
            let decision: Decision = serde_json::from_value(sent).unwrap();
            assert_eq!(decision.verdict(), word);
        }
        let unknown = serde_json::json!({ "verdict": "" });
        let told = serde_json::from_value::<Decision>(unknown).unwrap_err().to_string();
        assert_eq!(told.matches('`').count(), 2 + 2 * Decision::VERDICTS.len(), "one is in no list: {told}");
    }

    #[test]
    fn a_verdict_answers_only_what_was_asked() {
        let applied = Decision::Applied { allocation: "77".parse().unwrap() };
        let share = |reason| standing("share the credit line", reason);
        assert!(
            applied.answers(&share(Reason::SHARE_UNDECIDED)) && !applied.answers(&share(Reason::LATE_SHARE))
        );
        assert!(Decision::Attempt.answers(&share(Reason::LATE_SHARE)));
        assert!(!Decision::Attempt.answers(&share(Reason::SHARE_UNKNOWN)));
        let waits = standing("unshare and sign up", Reason::NOT_SIGNED_UP);
        assert_eq!(Decision::verdicts_of(&waits), &[] as &[&str]);
    }

    #[test]
    fn a_send_that_the_customer_confirms_is_proof_whatever_stands_in_the_way_of_another() {
        for reason in
            [Reason::NOT_ACTIVE_YET, Reason::TOKEN_MISSING, Reason::TOKEN_EXPIRES, Reason::meta(190, None)]
        {
            assert!(Decision::Confirmed.answers(&standing("activation", reason)));
        }
        let ended = State { status: Status::Completed, ..standing("activation", Reason::NOT_ACTIVE_YET) };
        assert!(!Decision::Confirmed.answers(&ended));
    }

    #[test]
    fn nobody_can_confirm_a_send_from_a_waba_into_which_the_number_has_not_moved_yet() {
        let at = "2026-04-20T08:00:00Z".parse().unwrap();
        let id = "019dab3a-4a00-7000-8000-000000000001".parse().unwrap();
        for (flow, row) in
            [(FlowName::SolutionSwitch, "activation"), (FlowName::LeaveSolution, "add a payment method")]
        {
            let row = flow.flow().row(row).unwrap();
            let reason = Some(Reason::PAYMENT_NOT_SHOWN);
            let stands = State { reason, ..State::new(id, flow, row, at) };
            assert!(Decision::Paid.answers(&stands) && !Decision::Confirmed.answers(&stands), "{flow}");
        }
    }

    #[test]
    fn a_decision_is_stored_under_its_verdict() {
        let applied = Decision::Applied { allocation: "77".parse().unwrap() };
        let stored = serde_json::to_string(&applied).unwrap();
        assert_eq!(stored, r#"{"verdict":"applied","allocation":"77"}"#);
        assert_eq!(serde_json::to_string(&Decision::NotApplied).unwrap(), r#"{"verdict":"not_applied"}"#);
    }
}
