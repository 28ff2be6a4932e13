//! What an operator's action makes of STATE.

use jiff::Timestamp;

use super::{Next, end, settle};
use crate::decision::Decision;
use crate::flow::{CANCELLATION, Dates};
use crate::reason::Reason;
use crate::state::{State, Status};

/// What an operator asks of a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// Run what is open now, the findings too.
    Retry,
    /// End it; nothing at Meta is touched.
    Cancel,
    /// Take the share back, then end it.
    CancelAndRevoke,
    /// Go on by this decision.
    Resolve(Decision),
    /// A new signup link; the turn stays as it is.
    NewLink,
    /// One more person approves the share that the row stands for; the row counts them.
    Approve,
    /// The other partner's hand-off; the row reads it.
    TakeIn,
}

impl Ask {
    /// The action's name: in its route, in the command and in the history.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Cancel | Self::CancelAndRevoke => "cancel",
            Self::Resolve(_) => "resolve",
            Self::NewLink => "new-link",
            Self::Approve => "approve",
            Self::TakeIn => "hand-off",
        }
    }
}

/// Applies what an operator asks, under the operator's claim. It always writes an entry of the history, so `seq`
/// grows, and whoever looked at the migration before has to look again.
#[must_use]
pub fn asked(state: &State, ask: &Ask, now: Timestamp) -> Next {
    let mut next = state.clone();
    next.lease_until = None;
    next.claim_id = None;
    next.seq = state.seq.saturating_add(1);
    match ask {
        Ask::NewLink => {}
        Ask::Approve | Ask::TakeIn => runs_now(&mut next, now),
        Ask::Retry => {
            runs_now(&mut next, now);
            next.findings.iter_mut().for_each(|finding| finding.due_at = Some(now));
        }
        Ask::Resolve(decision) => {
            runs_now(&mut next, now);
            next.decision = Some(decision.clone());
        }
        Ask::Cancel => end(&mut next, Status::Cancelled, Some(Reason::CANCELLED)),
        Ask::CancelAndRevoke => {
            runs_now(&mut next, now);
            CANCELLATION.name.clone_into(&mut next.row);
            next.reason = None;
            next.decision = None;
            next.deadline = CANCELLATION.deadline_at(now, Dates::default());
            next.findings.iter_mut().for_each(|finding| finding.due_at = None);
        }
    }
    if *ask != Ask::NewLink {
        settle(&mut next);
    }
    Next { state: next, writes_history: true, tests_wakes: false }
}

fn runs_now(next: &mut State, now: Timestamp) {
    next.status = Status::Open;
    next.waits_for = None;
    next.attempt = 0;
    next.row_due_at = Some(now);
}

#[cfg(test)]
mod tests {
    use super::super::next;
    use super::*;
    use crate::flow::FlowName;
    use crate::ids::MigrationId;
    use crate::outcome::Outcome;
    use crate::state::Finding;
    use crate::step::Step;
    use crate::transition::Learned;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// A migration that stands at the share with a person, and has one finding that rests.
    fn with_a_person() -> State {
        let flow = FlowName::PartnerSwitch;
        let id: MigrationId = "019dab3a-4a00-7000-8000-000000000001".parse().unwrap();
        let mut state = State::new(id, flow, &flow.flow().rows[0], at("2026-04-20T08:00:00Z"));
        state.row = "share the credit line".to_owned();
        state.turn.clone_from(&state.row);
        state.step = Step::ShareCreditLine;
        state.seq = 6;
        state.status = Status::Person;
        state.reason = Some(Reason::SHARE_UNDECIDED);
        state.due_at = Some(at("2026-04-22T10:00:00Z"));
        state.row_due_at = state.due_at;
        state.attempt = 3;
        state.findings.push(Finding {
            row: "subscribe the app".to_owned(),
            reason: Reason::APP_NOT_LISTED,
            due_at: Some(at("2026-04-21T18:00:00Z")),
            deadline: None,
        });
        state
    }

    #[test]
    fn a_retry_runs_the_row_and_its_findings_now() {
        let now = at("2026-04-21T12:00:00Z");
        let asked = asked(&with_a_person(), &Ask::Retry, now);
        assert!(asked.writes_history && !asked.tests_wakes);
        assert_eq!((asked.state.seq, asked.state.status, asked.state.attempt), (7, Status::Open, 0));
        assert_eq!((asked.state.due_at, asked.state.row_due_at), (Some(now), Some(now)));
        assert_eq!(asked.state.turn, "subscribe the app", "a finding goes before the row");
    }

    #[test]
    fn a_decision_stands_until_the_row_has_come_to_something_by_it() {
        let now = at("2026-04-21T12:00:00Z");
        let mut state = asked(&with_a_person(), &Ask::Resolve(Decision::NotApplied), now).state;
        assert_eq!(
            (state.turn.as_str(), &state.decision),
            ("share the credit line", &Some(Decision::NotApplied))
        );
        state.findings.clear();
        let after = |outcome: Outcome| {
            next(&state, &outcome, &Learned::default(), Dates::default(), now).state.decision
        };
        let retry = Outcome::Retry { after: jiff::SignedDuration::from_mins(1), reason: Reason::NO_ANSWER };
        assert_eq!(after(retry), Some(Decision::NotApplied), "a passing fault leaves it");
        assert_eq!(after(Outcome::person(now, Reason::SHARE_UNDECIDED)), None);
        assert_eq!(after(Outcome::Done), None);
    }

    #[test]
    fn a_cancelled_migration_has_ended_and_nothing_of_it_is_due() {
        let cancelled = asked(&with_a_person(), &Ask::Cancel, at("2026-04-21T12:00:00Z")).state;
        assert_eq!((cancelled.status, cancelled.due, cancelled.due_at), (Status::Cancelled, None, None));
        assert_eq!(cancelled.reason, Some(Reason::CANCELLED));
        assert!(cancelled.findings.iter().all(|finding| finding.due_at.is_none()));
    }

    #[test]
    fn a_share_is_taken_back_before_the_end() {
        let now = at("2026-04-21T12:00:00Z");
        let revoking = asked(&with_a_person(), &Ask::CancelAndRevoke, now).state;
        assert_eq!(
            (revoking.status, revoking.step, revoking.due_at),
            (Status::Open, Step::RevokeCreditLine, Some(now))
        );
        let revoked = next(&revoking, &Outcome::Done, &Learned::default(), Dates::default(), now).state;
        assert_eq!(
            (revoked.status, revoked.due_at, revoked.reason),
            (Status::Cancelled, None, Some(Reason::CANCELLED))
        );
    }

    #[test]
    fn a_new_link_leaves_the_turn_as_it_is() {
        let before = with_a_person();
        let asked = asked(&before, &Ask::NewLink, at("2026-04-21T12:00:00Z")).state;
        assert_eq!(asked, State { seq: 7, ..before });
    }
}
