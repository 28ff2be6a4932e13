//! STATE: the one item that decides what a migration does next.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::serde::timestamp::millisecond;
use serde::{Deserialize, Serialize};

use crate::decision::Decision;
use crate::flow::{FlowName, Row};
use crate::ids::{ClaimId, MigrationId, TraceId, WabaId};
use crate::outcome::WaitsFor;
use crate::reason::Reason;
use crate::step::Step;

/// The version of the shapes that this engine writes; an item of a newer one goes to a person.
pub const ENGINE_VERSION: u32 = 1;

/// The longest label in bytes of UTF-8: with it, STATE stays within 1 KB whatever else is set.
pub const LONGEST_LABEL: usize = 100;

/// A migration's STATE.
///
/// Each attribute has one kind of writer. *Runner*: the commit of a step, under its claim. *Claim*: the
/// claim itself. *Wake*: a blind write by signup, webhook or operator, which never touches the rest. *Action*: an
/// operator's, under a claim of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Which migration. Written once, at creation.
    pub migration: MigrationId,
    /// Which flow. Written once, at creation.
    pub flow: FlowName,
    /// The row at which the migration stands (runner).
    pub row: String,
    /// The row whose turn it is: the one above, or that of a finding (runner).
    pub turn: String,
    /// The function of the row whose turn it is (runner).
    pub step: Step,
    /// Grows exactly when an entry of the history is written (runner).
    pub seq: u64,
    /// What the board shows (runner).
    pub status: Status,
    /// Who or what the row waits for (runner).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<WaitsFor>,
    /// Why the row is not done (runner).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The partition of the index `due`; absent when ended (runner).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Due>,
    /// When the next turn is due; absent when ended (runner and wake; a wake only brings it forward).
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// When the row itself is due; findings may be due before (runner).
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub row_due_at: Option<Timestamp>,
    /// By when the row should be done; lateness is judged by this (runner).
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
    /// Until when the claim holds: the function's timeout and 30 s (claim; removed by the runner).
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub lease_until: Option<Timestamp>,
    /// Whose claim it is (claim; removed by the runner).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_id: Option<ClaimId>,
    /// Claims since the last commit (claim; removed by the runner).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub attempt: u64,
    /// How often it was woken (wake).
    #[serde(default)]
    pub wakes: u64,
    /// The wakes that the row has already answered (runner).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub wakes_answered: u64,
    /// What did not gate and is not done: one for each row that does not gate, at most (runner).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// The WABA, once known; LOCK is held for it (runner).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waba: Option<WabaId>,
    /// The WABA that the customer leaves, once the new one is known; LOCK is held for it too (runner).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<WabaId>,
    /// When the number moved, and with it who pays (runner).
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub cut_over_at: Option<Timestamp>,
    /// The operator's name for the customer. Written once, at creation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The 1st on which the customer can send again, by the present plan (runner).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unblocks_on: Option<Date>,
    /// The sort key of the index `board`: the day of unblocking and the migration (runner).
    pub board: String,
    /// What an operator has decided about the row (action; removed by the runner once the row has answered).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// When the customer first came to us, by signup or `PARTNER_ADDED`; a later signup, for a new token, does not
    /// move it (runner).
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub came_at: Option<Timestamp>,
    /// When the customer's signup was last accepted (wake).
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub signed_up_at: Option<Timestamp>,
    /// When the customer unshared, if somebody told us (wake).
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub unshared_at: Option<Timestamp>,
    /// When `PARTNER_ADDED` came for the WABA named at creation (wake).
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub partner_added_at: Option<Timestamp>,
    /// When `PARTNER_REMOVED` last came for the WABA (wake).
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub partner_removed_at: Option<Timestamp>,
    /// The trace in which the turn that is due now goes on; absent when the migration rests (runner).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceId>,
    /// The version of the shapes (runner).
    pub engine_version: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// The constant partition of the index `due`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Due {
    /// The one partition; no shards until a test shows the need.
    #[serde(rename = "DUE")]
    Due,
}

/// What the board shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Our turn: it runs as soon as it is due.
    Open,
    /// Somebody outside must act, or a day must come.
    Waiting,
    /// One of our people must act.
    Person,
    /// The customer can send again.
    Completed,
    /// It can never be done this way.
    Refused,
    /// An operator ended it.
    Cancelled,
}

impl Status {
    /// The name as it is stored and shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Waiting => "waiting",
            Self::Person => "person",
            Self::Completed => "completed",
            Self::Refused => "refused",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more will happen.
    #[must_use]
    pub const fn is_end(self) -> bool {
        matches!(self, Self::Completed | Self::Refused | Self::Cancelled)
    }
}

/// A row that did not gate and is not done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The row.
    pub row: String,
    /// Why it is not done.
    pub reason: Reason,
    /// When it is tried again; absent when it no longer is.
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// By when it should have been done.
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
}

/// Where the board shows those whose day is not known: after all others.
pub const UNKNOWN_DAY: Date = jiff::civil::date(9999, 12, 31);

/// The sort key of the board: by the day of unblocking, unknown days last.
#[must_use]
pub fn board(unblocks_on: Option<Date>, migration: MigrationId) -> String {
    format!("{}#{migration}", unblocks_on.unwrap_or(UNKNOWN_DAY))
}

impl State {
    /// A new migration whose turn at the row `first` of its flow is due now.
    #[must_use]
    pub fn new(migration: MigrationId, flow: FlowName, first: &Row, now: Timestamp) -> Self {
        Self {
            migration,
            flow,
            row: first.name.to_owned(),
            turn: first.name.to_owned(),
            step: first.run_by,
            seq: 0,
            status: Status::Open,
            waits_for: None,
            reason: None,
            due: Some(Due::Due),
            due_at: Some(now),
            row_due_at: Some(now),
            deadline: first.deadline_at(now, crate::flow::Dates::default()),
            lease_until: None,
            claim_id: None,
            attempt: 0,
            wakes: 0,
            wakes_answered: 0,
            findings: Vec::new(),
            waba: None,
            source: None,
            cut_over_at: None,
            label: None,
            unblocks_on: None,
            board: board(None, migration),
            decision: None,
            came_at: None,
            signed_up_at: None,
            unshared_at: None,
            partner_added_at: None,
            partner_removed_at: None,
            trace: None,
            engine_version: ENGINE_VERSION,
        }
    }

    /// Whether the turn is that of a finding which rests until later than `now`: somebody woke the migration,
    /// and a wake is meant for the row.
    #[must_use]
    pub fn came_early(&self, now: Timestamp) -> bool {
        let rests = |finding: &Finding| finding.due_at.is_some_and(|due_at| due_at > now);
        self.turn != self.row
            && self.findings.iter().any(|finding| finding.row == self.turn && rests(finding))
    }

    /// Whether `PARTNER_REMOVED` came after the customer had come to us. A flow that silences nobody begins with one who
    /// is with us already.
    #[must_use]
    pub fn is_said_to_be_left(&self) -> bool {
        let was_ours = self.migration.created_at().filter(|_| !self.flow.flow().silences);
        let came = self.signed_up_at.max(self.partner_added_at).max(was_ours);
        came.is_some() && self.partner_removed_at > came
    }

    /// Whether the WABA at hand is still the one that the customer leaves: the flow learns the new one later.
    #[must_use]
    pub fn is_at_the_old_waba(&self) -> bool {
        self.is_before_the_new_waba(&self.row)
    }

    /// The WABA that was at hand at a row, now or before.
    #[must_use]
    pub fn waba_at(&self, row: &str) -> Option<&WabaId> {
        let was_the_old = !self.is_at_the_old_waba() && self.is_before_the_new_waba(row);
        if was_the_old { self.source.as_ref() } else { self.waba.as_ref() }
    }

    fn is_before_the_new_waba(&self, row: &str) -> bool {
        let flow = self.flow.flow();
        let place = |is: &dyn Fn(&Row) -> bool| flow.rows.iter().position(is);
        let here = place(&|one| one.name == row);
        flow.makes_a_waba() && here.is_some() && here <= place(&|one| one.run_by == Step::DiscoverAssets)
    }

    /// Since when the customer is blocked, where the flow blocks them and as far as anybody told: the unshare, else the first signup, which came
    /// after it.
    #[must_use]
    pub fn blocked_since(&self) -> Option<Timestamp> {
        let told = self.unshared_at.or(self.came_at).or(self.signed_up_at);
        told.filter(|_| self.flow.flow().silences)
    }
}
