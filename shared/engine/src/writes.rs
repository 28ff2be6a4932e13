//! The five writes of the engine: create, claim, record, commit, wake.
//!
//! Every condition that guards a migration, and the money, stands in this file once.

use handover_domain::ids::{ClaimId, MigrationId, WabaId};
use handover_domain::moment::millis;
use handover_domain::operator::Operator;
use handover_domain::state::{State, Status};
use handover_domain::step::Step;
use handover_domain::transition::Next;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::items;
use crate::records::{Action, Change, Expectation, Item, RecordsError, Write};
use crate::signup_link::SignupLink;

/// What is due within this is due now: clocks differ, and an event may run ahead of the clock that wrote it.
pub const CLOCKS_DIFFER_BY: SignedDuration = SignedDuration::from_secs(5);

/// An entry of the history: what one commit did. At most 1 KB; Meta's whole error lies beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// When it was committed.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub at: Timestamp,
    /// The row whose turn it was.
    pub row: String,
    /// The function that ran it.
    pub step: Step,
    /// Whose claim it was: tells our own lost answer from another's commit.
    pub claim_id: ClaimId,
    /// What it came to: done, wait, retry, refused; or what an operator did: action.
    pub outcome: String,
    /// The operator's action, if it was one: retry, cancel, resolve, new-link, approve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Whose action it was, as far as the gateway knows them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Operator>,
    /// Why not done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What the board shows since.
    pub status: Status,
    /// The 1st on which the customer can send again, by the plan since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unblocks_on: Option<Date>,
    /// What was seen and done, in sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
}

/// The attributes of STATE that a commit writes, the runner's or an action's. What is not here belongs to claim or
/// wake.
const RUNNERS_ATTRIBUTES: [&str; 24] = [
    "row",
    "turn",
    "step",
    "seq",
    "status",
    "waits_for",
    "reason",
    "due",
    "due_at",
    "row_due_at",
    "deadline",
    "lease_until",
    "claim_id",
    "attempt",
    "wakes_answered",
    "findings",
    "waba",
    "source",
    "cut_over_at",
    "unblocks_on",
    "board",
    "decision",
    "came_at",
    "trace",
];

/// **Create**: STATE, and LOCK when the WABA is named.
///
/// # Errors
///
/// If STATE cannot be written as an item: a defect of this version.
pub fn create(state: &State) -> Result<Vec<Write>, RecordsError> {
    let key = items::state(state.migration);
    let mut writes = vec![put(key.clone(), items::written(&key, state)?, vec![Expectation::Absent])];
    if let Some(waba) = &state.waba {
        writes.push(take_lock(waba, state.migration));
    }
    Ok(writes)
}

/// A signup link, beside create and alone after a lost code.
///
/// # Errors
///
/// If the link cannot be written as an item: a defect of this version.
pub fn link(link: &SignupLink, hash: &str) -> Result<Write, RecordsError> {
    let key = items::signup(hash);
    Ok(put(key.clone(), items::written(&key, link)?, vec![Expectation::Absent]))
}

/// A signup link for a migration that exists, and lives: what has ended takes no signup.
///
/// # Errors
///
/// If the link cannot be written as an item: a defect of this version.
pub fn link_while_it_lives(link: &SignupLink, hash: &str) -> Result<Vec<Write>, RecordsError> {
    let lives = Write {
        key: items::state(link.migration),
        expects: vec![Expectation::Has("due_at")],
        action: Action::Check,
    };
    Ok(vec![lives, self::link(link, hash)?])
}

/// **Claim**: the turn is ours if it is still this turn, due, and nobody holds a live lease.
#[must_use]
pub fn claim(
    migration: MigrationId,
    step: Step,
    seq: u64,
    claim_id: ClaimId,
    now: Timestamp,
    lease_until: Timestamp,
) -> Write {
    let due = millis(now).saturating_add(millis_of(CLOCKS_DIFFER_BY));
    Write {
        key: items::state(migration),
        expects: vec![
            Expectation::Is("seq", seq_of(seq)),
            Expectation::Is("step", json!(step)),
            Expectation::AtMost("due_at", due),
            nobody_holds_it(now),
        ],
        action: Action::Update(vec![
            Change::Set("lease_until", json!(millis(lease_until))),
            Change::Set("claim_id", json!(claim_id)),
            Change::Add("attempt", 1),
        ]),
    }
}

/// **Claim**, an operator's: the migration is as they saw it, has not ended, and nobody holds a live lease. It need
/// not be due, and it is no attempt of the step's.
#[must_use]
pub fn claim_for_an_action(
    migration: MigrationId,
    seq: u64,
    claim_id: ClaimId,
    now: Timestamp,
    lease_until: Timestamp,
) -> Write {
    Write {
        key: items::state(migration),
        expects: vec![Expectation::Is("seq", seq_of(seq)), Expectation::Has("due_at"), nobody_holds_it(now)],
        action: Action::Update(vec![
            Change::Set("lease_until", json!(millis(lease_until))),
            Change::Set("claim_id", json!(claim_id)),
        ]),
    }
}

/// Gives a claim back with which nothing was done, so that the migration goes on at once.
#[must_use]
pub fn release(migration: MigrationId, claim_id: ClaimId) -> Write {
    Write {
        key: items::state(migration),
        expects: vec![is_ours(claim_id)],
        action: Action::Update(vec![Change::Remove("lease_until"), Change::Remove("claim_id")]),
    }
}

/// A `seq` that comes from outside: what is no whole number of a table's is one that no migration has.
fn seq_of(seq: u64) -> Value {
    json!(i64::try_from(seq).unwrap_or(i64::MAX))
}

fn nobody_holds_it(now: Timestamp) -> Expectation {
    Expectation::AnyOf(vec![
        Expectation::Lacks("lease_until"),
        Expectation::AtMost("lease_until", millis(now)),
    ])
}

/// **Record**: facts written before an unrepeatable call, only while the claim is ours.
#[must_use]
pub fn record(migration: MigrationId, claim_id: ClaimId, facts: Vec<Write>) -> Vec<Write> {
    let ours =
        Write { key: items::state(migration), expects: vec![is_ours(claim_id)], action: Action::Check };
    std::iter::once(ours).chain(facts).collect()
}

/// **Record**, by an operator's verdict: the verdict is used up by the call that it lets out. Whoever comes after a
/// crash knows a call that may have been made, and no word of anybody's that a second one is safe (rule 3).
#[must_use]
pub fn record_by_decision(migration: MigrationId, claim_id: ClaimId, facts: Vec<Write>) -> Vec<Write> {
    let used_up = Write {
        key: items::state(migration),
        expects: vec![is_ours(claim_id)],
        action: Action::Update(vec![Change::Remove("decision")]),
    };
    std::iter::once(used_up).chain(facts).collect()
}

/// **Commit**: STATE under the claim, the history where `seq` grew, LOCK, and the facts; all or none.
///
/// `entry` is written exactly when `next.writes_history`; `error` lies beside it.
///
/// # Errors
///
/// If STATE cannot be written as an item: a defect of this version.
pub fn commit(
    claimed: &State,
    claim_id: ClaimId,
    next: &Next,
    entry: &HistoryEntry,
    error: Option<Item>,
    facts: &[Write],
) -> Result<Vec<Write>, RecordsError> {
    let key = items::state(claimed.migration);
    let mut expects = vec![is_ours(claim_id), Expectation::Is("seq", json!(claimed.seq))];
    if next.tests_wakes {
        expects.push(Expectation::Is("wakes", json!(claimed.wakes)));
    }
    let changes = changes(&items::written(&key, claimed)?, &items::written(&key, &next.state)?);
    let mut writes = vec![Write { key, expects, action: Action::Update(changes) }];
    if next.writes_history {
        let key = items::history(claimed.migration, next.state.seq);
        writes.push(put(key.clone(), items::written(&key, entry)?, vec![Expectation::Absent]));
        if let Some(error) = error {
            writes.push(put(items::error(claimed.migration, next.state.seq), error, vec![]));
        }
    }
    if next.state.status.is_end() {
        let held = [&claimed.waba, &claimed.source].into_iter().flatten();
        writes.extend(held.map(|waba| release_lock(waba, claimed.migration)));
    } else if let Some(waba) = next.state.waba.as_ref().filter(|waba| claimed.waba.as_ref() != Some(*waba)) {
        writes.push(take_lock(waba, claimed.migration));
    }
    writes.extend(facts.iter().cloned());
    Ok(writes)
}

/// **Wake**: the turn is due now, unless the migration has ended. It is blind: it needs no claim, and it
/// may say at most when one thing happened.
#[must_use]
pub fn wake(migration: MigrationId, now: Timestamp, happened: Option<Happened>) -> Write {
    wake_saying(migration, now, happened.map(|happened| (happened, now)))
}

/// The same, where what happened has a moment of its own: an operator tells of an unshare afterwards.
#[must_use]
pub fn wake_saying(migration: MigrationId, now: Timestamp, happened: Option<(Happened, Timestamp)>) -> Write {
    let mut changes = vec![Change::Set("due_at", json!(millis(now))), Change::Add("wakes", 1)];
    if let Some((happened, at)) = happened {
        changes.push(Change::Set(happened.attribute(), json!(millis(at))));
    }
    Write {
        key: items::state(migration),
        expects: vec![Expectation::Has("due_at")],
        action: Action::Update(changes),
    }
}

/// What a wake may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    /// The customer's signup was accepted.
    SignedUp,
    /// The customer unshared.
    Unshared,
    /// `PARTNER_ADDED` came for the WABA.
    PartnerAdded,
    /// `PARTNER_REMOVED` came for the WABA.
    PartnerRemoved,
}

impl Happened {
    const fn attribute(self) -> &'static str {
        match self {
            Self::SignedUp => "signed_up_at",
            Self::Unshared => "unshared_at",
            Self::PartnerAdded => "partner_added_at",
            Self::PartnerRemoved => "partner_removed_at",
        }
    }
}

/// A write of the whole item.
#[must_use]
pub const fn put(key: crate::records::Key, item: Item, expects: Vec<Expectation>) -> Write {
    Write { key, expects, action: Action::Put(item) }
}

/// A write that takes an item away, whatever it holds.
#[must_use]
pub const fn delete(key: crate::records::Key) -> Write {
    Write { key, expects: vec![], action: Action::Delete }
}

/// Whether an item carries this claim.
#[must_use]
pub fn carries(item: Option<&Item>, claim_id: ClaimId) -> bool {
    item.and_then(|item| item.get("claim_id")) == Some(&json!(claim_id))
}

fn is_ours(claim_id: ClaimId) -> Expectation {
    Expectation::Is("claim_id", json!(claim_id))
}

fn take_lock(waba: &WabaId, migration: MigrationId) -> Write {
    let item = Item::from_iter([("migration".to_owned(), json!(migration))]);
    let free = Expectation::AnyOf(vec![Expectation::Absent, Expectation::Is("migration", json!(migration))]);
    put(items::lock(waba), item, vec![free])
}

fn release_lock(waba: &WabaId, migration: MigrationId) -> Write {
    Write {
        key: items::lock(waba),
        // A lock that somebody has removed by hand must not keep the migration from ending.
        expects: vec![Expectation::AnyOf(vec![
            Expectation::Absent,
            Expectation::Is("migration", json!(migration)),
        ])],
        action: Action::Delete,
    }
}

/// What the runner changes of STATE: only its own attributes, so that a wake in between is never undone.
fn changes(claimed: &Item, next: &Item) -> Vec<Change> {
    let differs = |name: &&'static str| claimed.get(*name) != next.get(*name);
    let version = Change::Set("engine_version", next.get("engine_version").cloned().unwrap_or(Value::Null));
    RUNNERS_ATTRIBUTES
        .iter()
        .copied()
        .filter(differs)
        .map(|name| match next.get(name) {
            Some(value) => Change::Set(name, value.clone()),
            None => Change::Remove(name),
        })
        .chain(std::iter::once(version))
        .collect()
}

fn millis_of(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
