//! What a commit makes of STATE: pure, so that every turn can be tried without a world.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::flow::{CANCELLATION, Dates, Deadline, Row, TRIES_AT_ITS_PLACE, WhenMissed};
use crate::ids::{TraceId, WabaId};
use crate::moment::after;
use crate::outcome::{LOOKS_AGAIN_FOR_A_PERSON, Outcome, WaitsFor};
use crate::reason::Reason;
use crate::state::{ENGINE_VERSION, Finding, State, Status, board};

/// What a run learned that STATE itself keeps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Learned {
    /// The WABA; the commit that learns it takes LOCK.
    pub waba: Option<WabaId>,
    /// The 1st on which the customer can send again.
    pub unblocks_on: Option<Date>,
    /// When the customer first came to us.
    pub came_at: Option<Timestamp>,
    /// When the number moved into the new WABA.
    pub cut_over_at: Option<Timestamp>,
}

/// STATE after a commit, and whether the history gets an entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Next {
    /// STATE as it shall be stored, without lease and claim.
    pub state: State,
    /// Whether `seq` grew and an entry is written.
    pub writes_history: bool,
    /// The commit lets the migration sleep: it may only stand if nobody woke it in between.
    pub tests_wakes: bool,
}

impl Next {
    /// The same, with the row's turn due now: somebody woke the migration while it ran.
    #[must_use]
    pub fn due_now(mut self, now: Timestamp) -> Self {
        self.state.row_due_at = Some(now);
        settle(&mut self.state);
        self.tests_wakes = false;
        self
    }

    /// The same, in the trace of the run that ends here if the next turn is due now: what nothing interrupts is one trace.
    #[must_use]
    pub fn in_trace(mut self, trace: Option<TraceId>, now: Timestamp) -> Self {
        let goes_on = self.state.due_at.is_some_and(|due_at| due_at <= now);
        self.state.trace = trace.filter(|_| goes_on);
        self
    }

    /// The same, told by STATE alone: the history has an entry of that number already.
    #[must_use]
    pub const fn without_history(mut self, seq: u64) -> Self {
        self.state.seq = seq;
        self.writes_history = false;
        self
    }
}

/// A finding that cannot be done is tried again after this, until its deadline, and once more at the end.
const TRIES_A_FINDING_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// Applies the outcome of the row whose turn it was; `dates` are those of the plan after it.
#[must_use]
pub fn next(state: &State, outcome: &Outcome, learned: &Learned, dates: Dates, now: Timestamp) -> Next {
    let mut next = state.clone();
    next.lease_until = None;
    next.claim_id = None;
    next.attempt = 0;
    if turn_is_the_rows(state) {
        next.decision = next.decision.filter(|decision| decision.stands_after(outcome));
    }
    // An item of a newer version keeps its mark: this one must go on standing aside.
    next.engine_version = state.engine_version.max(ENGINE_VERSION);
    if let Some(waba) = &learned.waba {
        // Where the customer gets a new WABA, the one named at creation is the one that they leave.
        let before = next.waba.replace(waba.clone());
        next.source = next.source.or(before.filter(|before| before != waba));
    }
    if let Some(unblocks_on) = learned.unblocks_on {
        next.unblocks_on = Some(unblocks_on);
        next.board = board(Some(unblocks_on), state.migration);
    }
    next.came_at = state.came_at.or(learned.came_at);
    next.cut_over_at = state.cut_over_at.or(learned.cut_over_at);
    let turn = Turn { before: state, outcome, dates, now };
    let writes_history = match state.findings.iter().position(|finding| finding.row == state.turn) {
        Some(position) if state.turn != state.row => turn.of_a_finding(&mut next, position),
        _ => turn.of_the_row(&mut next),
    };
    if writes_history {
        next.seq = state.seq.saturating_add(1);
    }
    settle(&mut next);
    let tests_wakes = next.due_at.is_some_and(|due_at| due_at > now);
    Next { state: next, writes_history, tests_wakes }
}

/// Whether it is the row's turn, and not that of a finding.
fn turn_is_the_rows(state: &State) -> bool {
    state.turn == state.row
}

struct Turn<'a> {
    before: &'a State,
    outcome: &'a Outcome,
    dates: Dates,
    now: Timestamp,
}

impl Turn<'_> {
    fn of_the_row(&self, next: &mut State) -> bool {
        next.wakes_answered = self.before.wakes;
        let flow = self.before.flow.flow();
        let Some(row) = flow.row(&self.before.row) else {
            return self.stands(
                next,
                Some(WaitsFor::Person),
                after(self.now, LOOKS_AGAIN_FOR_A_PERSON),
                &Reason::ROW_UNKNOWN,
            );
        };
        let overdue = self.before.deadline.is_some_and(|deadline| self.now >= deadline);
        match self.outcome {
            Outcome::Done => self.goes_on(next, row),
            Outcome::Progress => {
                next.row_due_at = Some(self.now);
                next.status = Status::Open;
                false
            }
            // What does not gate never vetoes: not by refusing, not by asking for a person.
            Outcome::Refused { reason } | Outcome::Wait { on: WaitsFor::Person, reason, .. }
                if !row.gates =>
            {
                self.becomes_a_finding(next, row, reason)
            }
            Outcome::Wait { reason, .. } | Outcome::Retry { reason, .. }
                if !row.gates && (overdue || self.asks_beyond_the_deadline()) =>
            {
                self.becomes_a_finding(next, row, reason)
            }
            Outcome::Refused { reason } if self.the_customer_was_asked() => {
                let tomorrow = after(self.now, LOOKS_AGAIN_FOR_A_PERSON);
                self.stands(next, Some(WaitsFor::Person), tomorrow, reason)
            }
            Outcome::Refused { reason } => {
                end(next, Status::Refused, Some(reason.clone()));
                true
            }
            Outcome::Wait { reason, .. } | Outcome::Retry { reason, .. }
                if overdue && self.is_a_persons_when_missed(row) =>
            {
                let later = after(self.now, LOOKS_AGAIN_FOR_A_PERSON);
                let until = self.asked_for().map_or(later, |asked| asked.min(later));
                self.stands(next, Some(WaitsFor::Person), until, reason)
            }
            Outcome::Wait { on, until, reason } => self.stands(next, Some(*on), *until, reason),
            Outcome::Retry { after: delay, reason } => {
                self.stands(next, None, after(self.now, *delay), reason)
            }
        }
    }

    /// Once the customer has been asked for a new WABA, a person ends the migration and nobody else: the old WABA works as
    /// before, and one more signup may mend whatever Meta has refused.
    fn the_customer_was_asked(&self) -> bool {
        let flow = self.before.flow.flow();
        let first = flow.rows.first().map(|row| row.name);
        flow.moves && first != Some(self.before.row.as_str())
    }

    /// A missed deadline calls a person; but a share that waits for its window has been planned anew.
    fn is_a_persons_when_missed(&self, row: &Row) -> bool {
        let planned = matches!(self.outcome, Outcome::Wait { on: WaitsFor::Window, .. });
        matches!(row.when_missed, WhenMissed::Person | WhenMissed::WindowMissed) && !planned
    }

    /// Whether the row would be looked at again only after its deadline: then it is missed already.
    fn asks_beyond_the_deadline(&self) -> bool {
        self.asked_for().zip(self.before.deadline).is_some_and(|(asked, deadline)| asked > deadline)
    }

    /// When the outcome itself would look again.
    fn asked_for(&self) -> Option<Timestamp> {
        match self.outcome {
            Outcome::Wait { until, .. } => Some(*until),
            Outcome::Retry { after: delay, .. } => Some(after(self.now, *delay)),
            Outcome::Done | Outcome::Progress | Outcome::Refused { .. } => None,
        }
    }

    /// The row stays; the history hears of it only if the reason is new.
    fn stands(&self, next: &mut State, on: Option<WaitsFor>, until: Timestamp, reason: &Reason) -> bool {
        next.status = match on {
            None => Status::Open,
            Some(WaitsFor::Person) => Status::Person,
            Some(_) => Status::Waiting,
        };
        next.waits_for = on;
        next.reason = Some(reason.clone());
        next.row_due_at = Some(until);
        if let Some(row) = self.before.flow.flow().row(&next.row)
            && matches!(row.deadline, Deadline::SignUpBefore | Deadline::WindowCloses)
            && matches!(on, Some(WaitsFor::Customer | WaitsFor::Window))
        {
            next.deadline = row.deadline_at(self.now, self.dates);
        }
        self.before.reason.as_ref() != Some(reason)
            || self.before.status != next.status
            || self.before.unblocks_on != next.unblocks_on
    }

    /// The next row's turn comes now; after the last row the migration has ended.
    fn goes_on(&self, next: &mut State, row: &Row) -> bool {
        next.reason = None;
        next.waits_for = None;
        match self.before.flow.flow().after(row.name) {
            Some(following) => {
                next.row = following.name.to_owned();
                next.row_due_at = Some(self.now);
                next.status = Status::Open;
                next.deadline = if following.gates {
                    following.deadline_at(self.now, self.dates)
                } else {
                    Some(after(self.now, TRIES_AT_ITS_PLACE))
                };
                if self.before.flow.flow().is_the_last_word(following.name) {
                    // Before the last word everything left open gets one more try.
                    next.findings.iter_mut().for_each(|finding| finding.due_at = Some(self.now));
                }
            }
            None if row.name == CANCELLATION.name => end(next, Status::Cancelled, Some(Reason::CANCELLED)),
            None => end(next, Status::Completed, None),
        }
        true
    }

    fn becomes_a_finding(&self, next: &mut State, row: &Row, reason: &Reason) -> bool {
        let due_at = after(self.now, TRIES_A_FINDING_EVERY);
        next.findings.push(Finding {
            row: row.name.to_owned(),
            reason: reason.clone(),
            due_at: Some(self.asked_for().map_or(due_at, |asked| asked.max(due_at))),
            // The minutes at its place are over; only a deadline that is still to come ends the tries.
            deadline: row.deadline_at(self.now, self.dates).filter(|deadline| *deadline > due_at),
        });
        self.goes_on(next, row)
    }

    fn of_a_finding(&self, next: &mut State, position: usize) -> bool {
        // Somebody woke the migration: that was meant for the row.
        if self.before.wakes > self.before.wakes_answered && next.row_due_at.is_some() {
            next.row_due_at = Some(self.now);
        }
        if matches!(self.outcome, Outcome::Done) {
            next.findings.remove(position);
            return true;
        }
        let last_try = self.before.flow.flow().is_the_last_word(&self.before.row);
        let Some(finding) = next.findings.get_mut(position) else { return false };
        if matches!(self.outcome, Outcome::Progress) {
            // It is due still, or came early and rests until its time.
            return false;
        }
        let later = after(self.now, TRIES_A_FINDING_EVERY);
        let asked = self.asked_for().map_or(later, |asked| asked.max(later));
        let refused = matches!(self.outcome, Outcome::Refused { .. });
        let missed = finding.deadline.is_some_and(|deadline| asked > deadline);
        finding.due_at = (!last_try && !refused && !missed).then_some(asked);
        match self.outcome.reason() {
            Some(reason) if finding.reason != *reason => {
                finding.reason = reason.clone();
                true
            }
            _ => false,
        }
    }
}

/// Nothing more will happen, and what is open stays open.
fn end(next: &mut State, status: Status, reason: Option<Reason>) {
    next.status = status;
    next.reason = reason;
    next.waits_for = None;
    next.row_due_at = None;
    next.findings.iter_mut().for_each(|finding| finding.due_at = None);
}

/// Whose turn it is follows from what is due first; a finding goes before the row at the same moment.
fn settle(state: &mut State) {
    if state.status.is_end() {
        state.due = None;
        state.due_at = None;
        state.deadline = None;
        return;
    }
    let flow = state.flow.flow();
    let finding =
        state.findings.iter().filter_map(|finding| Some((finding.due_at?, finding.row.as_str()))).min();
    let row = state.row_due_at.map(|at| (at, state.row.as_str()));
    let first = match (finding, row) {
        (Some(finding), Some(row)) if finding.0 <= row.0 => Some(finding),
        (Some(finding), None) => Some(finding),
        (_, row) => row,
    };
    if let Some((due_at, turn)) = first {
        let turn = turn.to_owned();
        if let Some(row) = flow.row(&turn) {
            state.step = row.run_by;
        }
        state.due_at = Some(due_at);
        state.turn = turn;
    }
}

mod asked;
#[cfg(test)]
mod tests;

pub use asked::{Ask, asked};
