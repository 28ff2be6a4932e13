//! The public events: what a partner's own systems may listen to on the bus (source `handover`).
//!
//! They are hints of what the record says. Only `CustomerUnblocked` and `CustomerMoved` are promised: `announce` puts them
//! before it commits. Each carries an `id` that is the same however often it is delivered, and each can be had from the
//! history again (`GET /migrations/{id}/events`), for whoever was not listening.

use handover_domain::flow::FlowName;
use handover_domain::ids::{MigrationId, PhoneNumberId, TraceId, WabaId};
use handover_domain::reason::Reason;
use handover_domain::state::{State, Status};
use handover_domain::templates::Count;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::ports::Event;
use crate::runner::StepDue;
use crate::writes::HistoryEntry;

/// The detail in which `announce` keeps what it has put on the bus.
pub const ANNOUNCED: &str = "announced";

/// The event that says a turn is due; its run goes on in `trace`.
#[must_use]
pub fn step_due(due: &StepDue, trace: Option<TraceId>) -> Event {
    Event { detail_type: StepDue::DETAIL_TYPE, detail: json!(due), trace }
}

/// The kinds of hints, beside what is promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One of our people must act.
    PersonNeeded,
    /// The promised 1st has moved.
    WindowMissed,
    /// The customer has not signed up, or not answered, and the time for it runs out.
    ReminderDue,
    /// Nothing more will happen.
    MigrationEnded,
}

impl Kind {
    /// Every kind, in the order of `docs/events.md`.
    pub const ALL: [Self; 4] =
        [Self::ReminderDue, Self::WindowMissed, Self::PersonNeeded, Self::MigrationEnded];

    /// The event's `detail-type`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PersonNeeded => "PersonNeeded",
            Self::WindowMissed => "WindowMissed",
            Self::ReminderDue => "ReminderDue",
            Self::MigrationEnded => "MigrationEnded",
        }
    }
}

/// The content of a hint: ids, dates and words, never a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hint {
    /// The same however often it is delivered: migration, `seq` and kind.
    pub id: String,
    /// The migration.
    pub migration: MigrationId,
    /// Its WABA, once known.
    pub waba: Option<WabaId>,
    /// The row at which it stands.
    pub row: String,
    /// What the board shows.
    pub status: Status,
    /// Why the row is not done, by code.
    pub reason: Option<Reason>,
    /// What that means.
    pub what: Option<String>,
    /// Who acts, and how.
    pub action: Option<String>,
    /// The 1st on which the customer can send again, by the present plan.
    pub unblocks_on: Option<Date>,
    /// The WABA that the customer has left, where they got a new one; told at the end.
    pub source: Option<WabaId>,
    /// When the number moved into the new one, and with it who pays: RFC 3339, UTC; told at the end.
    pub cut_over_at: Option<Timestamp>,
}

/// `CustomerUnblocked`: the customer can send again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerUnblocked {
    /// The same however often it is delivered.
    pub id: String,
    /// The migration.
    pub migration: MigrationId,
    /// Its WABA.
    pub waba: Option<WabaId>,
    /// Since when the customer could not send, as far as anybody told: RFC 3339, UTC.
    pub blocked_since: Option<Timestamp>,
    /// When it was proved that they can: RFC 3339, UTC.
    pub unblocked_at: Timestamp,
    /// The 1st that was promised.
    pub unblocks_on: Option<Date>,
    /// The numbers as Meta shows them now; empty if they cannot be read.
    pub numbers: Vec<AnnouncedNumber>,
    /// What is still open and did not hold the customer back.
    pub findings: Vec<AnnouncedFinding>,
}

/// `CustomerMoved`: the customer's number is in their new WABA.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerMoved {
    /// The same however often it is delivered.
    pub id: String,
    /// The migration.
    pub migration: MigrationId,
    /// The new WABA.
    pub waba: Option<WabaId>,
    /// The WABA that the customer has left.
    pub source: Option<WabaId>,
    /// When the number moved into the new one, and with it who pays: RFC 3339, UTC.
    pub cut_over_at: Option<Timestamp>,
    /// The numbers as Meta shows them now; empty if they cannot be read.
    pub numbers: Vec<AnnouncedNumber>,
    /// What has become of the old WABA's templates by then; none if they were never ours to read.
    pub templates: Option<Count>,
    /// What is still open and did not hold the customer back.
    pub findings: Vec<AnnouncedFinding>,
}

/// A number of the customer's, as it was when they could send again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnnouncedNumber {
    /// The number's id.
    pub id: PhoneNumberId,
    /// Its status, in Meta's word.
    pub status: Option<String>,
    /// Whether it is registered on the Cloud API.
    pub registered: bool,
}

/// A row that is still open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnnouncedFinding {
    /// The row.
    pub row: String,
    /// Why, by code.
    pub reason: Reason,
}

impl CustomerMoved {
    /// The event's `detail-type`.
    pub const NAME: &'static str = "CustomerMoved";

    /// The event as it is put on the bus.
    #[must_use]
    pub fn event(&self) -> Event {
        Event { detail_type: Self::NAME, detail: json!(self), trace: None }
    }
}

impl CustomerUnblocked {
    /// The event's `detail-type`.
    pub const NAME: &'static str = "CustomerUnblocked";

    /// The event as it is put on the bus.
    #[must_use]
    pub fn event(&self) -> Event {
        Event { detail_type: Self::NAME, detail: json!(self), trace: None }
    }
}

/// A migration at one `seq`, as far as the hints are told from it.
#[derive(Debug, Clone, Copy)]
struct Seen<'a> {
    seq: u64,
    row: &'a str,
    status: Status,
    reason: Option<&'a Reason>,
    unblocks_on: Option<Date>,
}

impl<'a> From<&'a State> for Seen<'a> {
    fn from(state: &'a State) -> Self {
        let State { seq, row, status, unblocks_on, .. } = state;
        Self { seq: *seq, row, status: *status, reason: state.reason.as_ref(), unblocks_on: *unblocks_on }
    }
}

/// The hints that follow from a changed STATE.
#[must_use]
pub fn hints(old: Option<&State>, new: &State) -> Vec<Event> {
    let kinds = kinds(old.map(Seen::from), Seen::from(new));
    let event = |kind: Kind| Event {
        detail_type: kind.name(),
        detail: json!(hint(kind, new, Seen::from(new))),
        trace: None,
    };
    kinds.into_iter().map(event).collect()
}

/// `MigrationEnded` of a migration whose last row is being done: as [`hints`] tells it once that is committed.
#[must_use]
pub fn ended(last: &State) -> Event {
    let seq = last.seq.saturating_add(1);
    let ends = Seen { seq, status: Status::Completed, reason: None, ..Seen::from(last) };
    let kind = Kind::MigrationEnded;
    Event { detail_type: kind.name(), detail: json!(hint(kind, last, ends)), trace: None }
}

/// An entry of the history with its `seq`.
#[derive(Debug, Clone)]
pub struct Told {
    /// The entry's number.
    pub seq: u64,
    /// The entry.
    pub entry: HistoryEntry,
}

/// The same hints from the history of the migration `of`: those of `told` after the entry before it.
#[must_use]
pub fn hints_of_history(of: &State, before: Option<&Told>, told: &Told) -> Vec<(&'static str, Hint)> {
    if !is_of_the_row(of.flow, &told.entry) {
        return Vec::new();
    }
    let reasons = (before.map(reason_of), reason_of(told));
    let seen = |told: &Told| Seen {
        seq: told.seq,
        row: "",
        status: told.entry.status,
        reason: None,
        unblocks_on: told.entry.unblocks_on,
    };
    let now = Seen { row: &told.entry.row, reason: reasons.1.as_ref(), ..seen(told) };
    let was =
        before.map(|before| Seen { reason: reasons.0.as_ref().and_then(Option::as_ref), ..seen(before) });
    kinds(was, now).into_iter().map(|kind| (kind.name(), hint(kind, of, now))).collect()
}

/// What a finding came to is in the history too, but it changes nothing of what the row stands for.
fn is_of_the_row(flow: FlowName, entry: &HistoryEntry) -> bool {
    flow.flow().row(&entry.row).is_none_or(|row| row.gates)
}

fn reason_of(told: &Told) -> Option<Reason> {
    let code = told.entry.reason.as_ref()?;
    serde_json::from_value(Value::from(code.as_str())).ok()
}

fn kinds(old: Option<Seen<'_>>, new: Seen<'_>) -> Vec<Kind> {
    let was = |status: Status| old.is_some_and(|old| old.status == status);
    let same_reason = old.is_some_and(|old| old.reason == new.reason);
    let mut kinds = Vec::new();
    if new.reason.is_some_and(is_a_reminder) && !same_reason && !new.status.is_end() {
        kinds.push(Kind::ReminderDue);
    }
    let asks = new.status == Status::Person && !(was(Status::Person) && same_reason);
    // A day after the 1st has begun everywhere nobody waits quietly any more, though the row itself still does.
    let is_late = new.reason == Some(&Reason::NOT_ACTIVE_LATE) && !same_reason;
    if asks || is_late {
        kinds.push(Kind::PersonNeeded);
    }
    let before = old.and_then(|old| old.unblocks_on);
    if before.is_some_and(|before| new.unblocks_on.is_some_and(|now| before < now)) {
        kinds.push(Kind::WindowMissed);
    }
    if new.status.is_end() && !old.is_some_and(|old| old.status.is_end()) {
        kinds.push(Kind::MigrationEnded);
    }
    kinds
}

fn is_a_reminder(reason: &Reason) -> bool {
    let reminders = [
        Reason::SIGN_UP_IN_7_DAYS,
        Reason::SIGN_UP_IN_3_DAYS,
        Reason::SIGN_UP_TOMORROW,
        Reason::ACCEPT_IN_14_DAYS,
        Reason::CLAIM_IN_30_DAYS,
        Reason::CLAIM_IN_14_DAYS,
        Reason::CLAIM_IN_3_DAYS,
        Reason::PARTNER_SHARE_IN_7_DAYS,
        Reason::PARTNER_SHARE_IN_2_DAYS,
    ];
    reminders.contains(reason)
}

fn hint(kind: Kind, of: &State, seen: Seen<'_>) -> Hint {
    let meaning = seen.reason.and_then(Reason::meaning);
    let migration = of.migration;
    let ends = seen.status.is_end();
    Hint {
        id: format!("{migration}-{}-{}", seen.seq, kind.name()),
        migration,
        waba: of.waba_at(seen.row).cloned(),
        row: seen.row.to_owned(),
        status: seen.status,
        reason: seen.reason.cloned(),
        what: meaning.map(|meaning| meaning.what.to_owned()),
        action: meaning.map(|meaning| meaning.action.to_owned()),
        unblocks_on: seen.unblocks_on,
        source: of.source.clone().filter(|_| ends),
        cut_over_at: of.cut_over_at.filter(|_| ends),
    }
}
