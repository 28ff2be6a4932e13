//! The ledger of one credit line and one business: the money, and what may be done about it.
//!
//! Meta takes no idempotency key for a share and documents no answer to a repeated one (facts 9.2, 18),
//! so what makes it safe is here: one open intent at a time, written before the call; and after a lost
//! answer the proof that nothing happened, or a person (rule 3).

use jiff::civil::Date;
use jiff::fmt::serde::timestamp::millisecond;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::calendar;
use crate::ids::{AllocationId, FundingId, MigrationId, WabaId};
use crate::moment::after;
use crate::outcome::{LOOKS_AGAIN_FOR_A_PERSON, WaitsFor};
use crate::reason::Reason;

/// After a share whose answer was lost nobody looks for so long: a share may become visible late.
pub const QUIET: SignedDuration = SignedDuration::from_mins(15);

/// With less than this left of the window, a person hears of a lost answer at once.
pub const TELL_A_PERSON_WITHIN: SignedDuration = SignedDuration::from_hours(2);

/// A second WABA of the same business looks again after this while the first is being settled.
const LOOKS_AGAIN_WHILE_IN_FLIGHT: SignedDuration = SignedDuration::from_mins(5);

/// One lost answer may be followed by one more call, if it is proved that the first did nothing.
const MOST_POSTS: u32 = 2;

/// The whole ledger item: written as a whole, under `rev`, and never expiring.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// Grows with every write; the expectation of the next.
    pub rev: u64,
    /// The share that was begun and not settled: at most one, the mutex of the money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<Intent>,
    /// What was shared, a line per WABA and generation.
    #[serde(default)]
    pub entries: Vec<Entry>,
}

/// A share that was begun: written before the call, kept until its outcome is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Whose share it is.
    pub migration: MigrationId,
    /// For which WABA.
    pub waba: WabaId,
    /// Live allocations of ours before the first call; what is new afterwards is ours.
    pub baseline: Vec<AllocationId>,
    /// Calls made or about to be made.
    pub posts: u32,
    /// Just before the last call.
    #[serde(with = "millisecond::required")]
    pub recorded_at: Timestamp,
    /// When a look after the quiet time first showed nothing.
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub absent_at: Option<Timestamp>,
}

/// One WABA's share in one generation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The WABA.
    pub waba: WabaId,
    /// Counts the times this WABA came to us.
    pub generation: u32,
    /// The migration that shared.
    pub migration: MigrationId,
    /// Meta's record of the share; per business, so two WABAs may name the same one (facts 9.5).
    pub allocation: AllocationId,
    /// What must become the WABA's `primary_funding_id` (facts 9.4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiving_credential: Option<FundingId>,
    /// When it was shared, or found to be.
    #[serde(with = "millisecond::required")]
    pub shared_at: Timestamp,
    /// The 1st from which it should pay.
    pub unblocks_on: Date,
    /// What is known of it.
    pub verdict: Verdict,
}

/// What is known of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Meta has it; it is not proved to pay yet.
    Shared,
    /// It pays: seen at Meta.
    Proved,
    /// It once paid and no longer does: the customer left and a new generation begins.
    Superseded,
}

/// What Meta shows now of our credit line and this business.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Allocations that are not deleted, with what they pay through.
    pub live: Vec<(AllocationId, Option<FundingId>)>,
    /// The WABA's `primary_funding_id`; none if it has none or may not be read.
    pub funding: Option<FundingId>,
}

/// Who asks, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    /// The migration.
    pub migration: MigrationId,
    /// Its WABA.
    pub waba: WabaId,
    /// Now.
    pub now: Timestamp,
    /// When the window in which the share would be made closes.
    pub window_closes_at: Timestamp,
}

/// What may be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    /// It is shared: this ledger says so; the entry is the one of the asker.
    Shared {
        /// The ledger as it shall be.
        ledger: Ledger,
        /// The asker's entry in it.
        entry: Entry,
    },
    /// Record this ledger, then call once.
    Post(Ledger),
    /// Leave it alone until then.
    Wait {
        /// Who is waited for.
        on: WaitsFor,
        /// When to look again.
        until: Timestamp,
        /// Why.
        reason: Reason,
        /// The ledger, if what was seen must be kept.
        ledger: Option<Ledger>,
    },
}

impl Ledger {
    /// What may be done about this WABA's share, after a look at Meta.
    #[must_use]
    pub fn decide(&self, asker: &Asker, seen: &Seen) -> Move {
        let mut ledger = self.clone();
        if let Some(position) = ledger.current(&asker.waba) {
            match ledger.still_ours(position, seen) {
                Some(entry) => return Move::Shared { ledger, entry },
                None => ledger.supersede(position),
            }
        }
        if let Some((allocation, credential)) = seen.paying() {
            // Where a call of ours is unsettled, it was that call, and the day it promised has come.
            let ours = ledger.intent.as_ref().filter(|intent| intent.migration == asker.migration);
            let shared_at = ours.map_or(asker.now, |intent| intent.recorded_at);
            return ledger.shared(asker, allocation.clone(), credential.clone(), shared_at, Verdict::Proved);
        }
        match ledger.intent.clone() {
            Some(intent) if intent.migration != asker.migration => Move::Wait {
                on: WaitsFor::Quiet,
                until: after(asker.now, LOOKS_AGAIN_WHILE_IN_FLIGHT),
                reason: Reason::SHARE_IN_FLIGHT,
                ledger: None,
            },
            Some(intent) => ledger.settle(&intent, asker, seen),
            None if seen.live.iter().any(|(id, _)| !ledger.explains(id)) => {
                person(asker.now, Reason::ALLOCATION_UNEXPLAINED, None)
            }
            None => Move::Post(ledger.intending(asker, seen, 1)),
        }
    }

    /// The ledger after a call that Meta answered with an allocation.
    #[must_use]
    pub fn answered(
        &self,
        asker: &Asker,
        allocation: AllocationId,
        credential: Option<FundingId>,
    ) -> (Self, Entry) {
        let mut ledger = self.clone();
        let entry = ledger.enter(asker, allocation, credential, asker.now, Verdict::Shared);
        (ledger, entry)
    }

    /// The ledger in which the entry of this WABA is proved to pay; none if it has no entry.
    #[must_use]
    pub fn proved(&self, waba: &WabaId) -> Option<Self> {
        let mut ledger = self.clone();
        let position = ledger.current(waba)?;
        ledger.entries.get_mut(position)?.verdict = Verdict::Proved;
        Some(ledger)
    }

    /// The ledger in which this entry is paid through `credential`.
    #[must_use]
    pub fn with_credential(&self, entry: &Entry, credential: Option<FundingId>) -> Self {
        let mut ledger = self.clone();
        if let Some(found) = ledger.entries.iter_mut().find(|other| *other == entry) {
            found.receiving_credential = credential;
        }
        ledger
    }

    /// The entry of this WABA that counts.
    #[must_use]
    pub fn entry(&self, waba: &WabaId) -> Option<&Entry> {
        self.entries.get(self.current(waba)?)
    }

    /// The ledger after a call of which it is certain that it did nothing.
    #[must_use]
    pub fn not_applied(&self) -> Self {
        Self { intent: None, ..self.clone() }
    }

    /// What to do right after a call whose answer was lost.
    #[must_use]
    pub fn lost(&self, asker: &Asker) -> Move {
        let Some(intent) = &self.intent else {
            return person(asker.now, Reason::SHARE_UNDECIDED, None);
        };
        quiet(intent, asker, after(intent.recorded_at, QUIET), None)
    }

    /// The entry of this WABA that counts: the last one, unless superseded.
    fn current(&self, waba: &WabaId) -> Option<usize> {
        let position = self.entries.iter().rposition(|entry| entry.waba == *waba)?;
        self.entries.get(position).filter(|entry| entry.verdict != Verdict::Superseded).map(|_| position)
    }

    /// The entry, with the credential if Meta now shows it; none if it once paid and something else does now.
    fn still_ours(&mut self, position: usize, seen: &Seen) -> Option<Entry> {
        let entry = self.entries.get_mut(position)?;
        let paid_by_other = seen.funding.is_some() && seen.funding != entry.receiving_credential;
        if entry.verdict == Verdict::Proved && paid_by_other {
            return None;
        }
        if entry.receiving_credential.is_none() {
            let shown = seen.live.iter().find(|(id, _)| *id == entry.allocation);
            entry.receiving_credential = shown.and_then(|(_, credential)| credential.clone());
        }
        Some(entry.clone())
    }

    fn supersede(&mut self, position: usize) {
        if let Some(entry) = self.entries.get_mut(position) {
            entry.verdict = Verdict::Superseded;
        }
    }

    fn explains(&self, allocation: &AllocationId) -> bool {
        self.entries.iter().any(|entry| entry.allocation == *allocation)
    }

    fn enter(
        &mut self,
        asker: &Asker,
        allocation: AllocationId,
        receiving_credential: Option<FundingId>,
        shared_at: Timestamp,
        verdict: Verdict,
    ) -> Entry {
        let before =
            self.entries.iter().filter(|entry| entry.waba == asker.waba).map(|entry| entry.generation).max();
        let entry = Entry {
            waba: asker.waba.clone(),
            generation: before.unwrap_or(0).saturating_add(1),
            migration: asker.migration,
            allocation,
            receiving_credential,
            shared_at,
            unblocks_on: calendar::unblocks_on(shared_at),
            verdict,
        };
        self.entries.push(entry.clone());
        if self.intent.as_ref().is_some_and(|intent| intent.migration == asker.migration) {
            self.intent = None;
        }
        entry
    }

    fn shared(
        mut self,
        asker: &Asker,
        id: AllocationId,
        credential: Option<FundingId>,
        shared_at: Timestamp,
        verdict: Verdict,
    ) -> Move {
        let entry = self.enter(asker, id, credential, shared_at, verdict);
        Move::Shared { ledger: self, entry }
    }

    fn intending(&self, asker: &Asker, seen: &Seen, posts: u32) -> Self {
        let intent = Intent {
            migration: asker.migration,
            waba: asker.waba.clone(),
            baseline: seen.live.iter().map(|(id, _)| id.clone()).collect(),
            posts,
            recorded_at: asker.now,
            absent_at: None,
        };
        Self { intent: Some(intent), ..self.clone() }
    }

    /// Our own intent is open: a call was made, or was about to be.
    fn settle(self, intent: &Intent, asker: &Asker, seen: &Seen) -> Move {
        let is_new = |id: &AllocationId| !intent.baseline.contains(id) && !self.explains(id);
        let new: Vec<_> = seen.live.iter().filter(|(id, _)| is_new(id)).cloned().collect();
        match new.as_slice() {
            // It was the last call that did it, however late it is seen.
            [(id, credential)] => {
                return self.shared(
                    asker,
                    id.clone(),
                    credential.clone(),
                    intent.recorded_at,
                    Verdict::Shared,
                );
            }
            [] => {}
            [_, _, ..] => return person(asker.now, Reason::SHARE_UNDECIDED, None),
        }
        let quiet_until = after(intent.recorded_at, QUIET);
        if asker.now < quiet_until {
            return quiet(intent, asker, quiet_until, None);
        }
        // A baseline that was not empty proves nothing: Meta may have used an allocation again.
        if intent.posts >= MOST_POSTS || !intent.baseline.is_empty() {
            return person(asker.now, Reason::SHARE_UNDECIDED, None);
        }
        match intent.absent_at {
            None => {
                let seen_absent = Intent { absent_at: Some(asker.now), ..intent.clone() };
                let ledger = Self { intent: Some(seen_absent), ..self };
                quiet(intent, asker, after(asker.now, QUIET), Some(ledger))
            }
            Some(absent_at) if asker.now < after(absent_at, QUIET) => {
                quiet(intent, asker, after(absent_at, QUIET), None)
            }
            Some(_) => Move::Post(self.intending(asker, seen, intent.posts.saturating_add(1))),
        }
    }
}

impl Seen {
    /// The live allocation through which the WABA is paid already.
    fn paying(&self) -> Option<(&AllocationId, &Option<FundingId>)> {
        let funding = self.funding.as_ref()?;
        self.live
            .iter()
            .find(|(_, credential)| credential.as_ref() == Some(funding))
            .map(|(id, paid)| (id, paid))
    }
}

fn quiet(intent: &Intent, asker: &Asker, until: Timestamp, ledger: Option<Ledger>) -> Move {
    if intent.posts >= MOST_POSTS {
        return Move::Wait { on: WaitsFor::Person, until, reason: Reason::SHARE_UNDECIDED, ledger };
    }
    // The person hears of it while there is time; the looks go on, for they can only bring proof.
    let late = after(asker.now, TELL_A_PERSON_WITHIN) > asker.window_closes_at;
    let (on, reason) = if late {
        (WaitsFor::Person, Reason::SHARE_UNKNOWN_LATE)
    } else {
        (WaitsFor::Quiet, Reason::SHARE_UNKNOWN)
    };
    Move::Wait { on, until, reason, ledger }
}

fn person(now: Timestamp, reason: Reason, ledger: Option<Ledger>) -> Move {
    Move::Wait { on: WaitsFor::Person, until: after(now, LOOKS_AGAIN_FOR_A_PERSON), reason, ledger }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod stories;
