//! The ledger of one credit line and one business: the money, and what may be done about it.
//!
//! Meta takes no idempotency key for a share and documents no answer to a repeated one (facts 9.2, 18),
//! so what makes it safe is here: one open intent at a time, written before the call; and after a lost
//! answer the proof that nothing happened, or a person (rule 3).

mod allocated;
mod merging;
mod method;
mod paying;
mod settling;

pub use self::allocated::{Allocated, Attachment};
pub use self::method::{ShareMethod, SharingCall};
pub use self::settling::lost_until;
use self::settling::{person, quiet};

use jiff::civil::Date;
use jiff::fmt::serde::timestamp::millisecond;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::decision::Decision;
use crate::ids::{AllocationId, FundingId, MigrationId, WabaId};
use crate::moment::after;
use crate::outcome::WaitsFor;
use crate::reason::Reason;

/// After a share whose answer was lost nobody looks for so long: a share may become visible late.
pub const QUIET: SignedDuration = SignedDuration::from_mins(15);

/// With less than this left of the window, a person hears of a lost answer at once.
pub const TELL_A_PERSON_WITHIN: SignedDuration = SignedDuration::from_hours(2);

/// A second WABA of the same business looks again after this while the first is being settled.
const LOOKS_AGAIN_WHILE_IN_FLIGHT: SignedDuration = SignedDuration::from_mins(5);
/// What is not settled within this is with a person; the others look less often, and soon enough for the window.
const IN_FLIGHT_AT_MOST: SignedDuration = SignedDuration::from_hours(1);
const LOOKS_AGAIN_WHILE_UNDECIDED: SignedDuration = SignedDuration::from_mins(15);

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
    /// What the business was given in calls of their own, a line per allocation (facts 9.3).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allocated: Vec<Allocated>,
}

/// A share that was begun: written before the call, kept until its outcome is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Whose share it is.
    pub migration: MigrationId,
    /// For which WABA.
    pub waba: WabaId,
    /// Which call it stands for.
    #[serde(default, skip_serializing_if = "SharingCall::is_the_one_call")]
    pub call: SharingCall,
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

impl Intent {
    /// After how long whoever waits for it looks again.
    fn is_looked_at_again_in(&self, now: Timestamp) -> SignedDuration {
        let is_undecided = now.duration_since(self.recorded_at) > IN_FLIGHT_AT_MOST;
        if is_undecided { LOOKS_AGAIN_WHILE_UNDECIDED } else { LOOKS_AGAIN_WHILE_IN_FLIGHT }
    }
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
    /// The day from which it should pay: a 1st; or, where none is waited for, the day of the share in UTC.
    pub unblocks_on: Date,
    /// Whether it should pay from the share on: a WABA that is new, or that we pay for already, waits for no 1st (facts 9.2).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pays_at_once: bool,
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
    /// An operator had it taken back: Meta shows it as deleted.
    Revoked,
}

impl Verdict {
    /// Whether the entry still stands for a share at Meta.
    #[must_use]
    pub const fn counts(self) -> bool {
        matches!(self, Self::Shared | Self::Proved)
    }
}

/// What Meta shows now of our credit line and this business.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Allocations that are not deleted, with what they pay through.
    pub live: Vec<(AllocationId, Option<FundingId>)>,
    /// Those that are.
    pub deleted: Vec<AllocationId>,
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
    /// In how many calls it is shared.
    pub method: ShareMethod,
    /// Whether what is shared now pays at once, because no month's window is waited for.
    pub pays_at_once: bool,
    /// When the sure window closes in the month in which the share was called, or would be.
    pub window_closes_at: Timestamp,
    /// What an operator has decided, if they have.
    pub decision: Option<Decision>,
    /// When the tables were last restored, if they ever were: what was written before it may be lost.
    pub restored_at: Option<Timestamp>,
}

/// What an entry is worth to a migration that asks.
enum Standing {
    /// It is this migration's share, or as good as.
    Ours(Entry),
    /// It no longer pays: a new generation begins.
    Gone,
    /// Nothing that can be read tells.
    Unclear,
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
        let mut ledger = self.without_allocated(&seen.deleted.iter().cloned().collect());
        if let Some(position) = ledger.current(&asker.waba) {
            match ledger.standing(position, asker, seen) {
                Standing::Ours(entry) => return Move::Shared { ledger, entry },
                Standing::Gone => ledger.supersede(position),
                Standing::Unclear if asker.decides_about_the_share() => ledger.supersede(position),
                Standing::Unclear => return person(asker.now, Reason::SHARE_UNDECIDED, None),
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
                until: after(asker.now, intent.is_looked_at_again_in(asker.now)),
                reason: Reason::SHARE_IN_FLIGHT,
                ledger: None,
            },
            intent if asker.decides_about_the_share() => ledger.decided(intent.as_ref(), asker, seen),
            Some(intent) => ledger.settle(&intent, asker, seen),
            None if seen.live.iter().any(|(id, _)| !ledger.explains(id)) => {
                person(asker.now, Reason::ALLOCATION_UNEXPLAINED, None)
            }
            // Two WABAs of a business may have one allocation (facts 9.5), and the entry of this one may be lost.
            None if asker.entries_may_be_lost() && ledger.may_lack_an_entry(seen) => {
                person(asker.now, Reason::SHARE_IN_LOST_HOURS, None)
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

    /// The ledger in which the entry of this WABA is taken back; none if it has no entry.
    #[must_use]
    pub fn revoked(&self, waba: &WabaId) -> Option<Self> {
        let mut ledger = self.clone();
        let position = ledger.current(waba)?;
        ledger.entries.get_mut(position)?.verdict = Verdict::Revoked;
        Some(ledger)
    }

    /// Another WABA of this business whose share counts, or is being made: Meta revokes for the whole business
    /// (facts 9.7), so it would be cut off too.
    #[must_use]
    pub fn another_than(&self, waba: &WabaId) -> Option<&WabaId> {
        let entry =
            self.entries.iter().find(|entry| entry.waba != *waba && self.entry(&entry.waba).is_some());
        let intended = self.intent.as_ref().map(|intent| &intent.waba).filter(|intended| *intended != waba);
        entry.map(|entry| &entry.waba).or(intended)
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

    /// The entry of this WABA that counts: the last one, unless superseded or revoked.
    fn current(&self, waba: &WabaId) -> Option<usize> {
        let position = self.entries.iter().rposition(|entry| entry.waba == *waba)?;
        self.entries.get(position).filter(|entry| entry.verdict.counts()).map(|_| position)
    }

    /// Whether the entry still stands; with the credential, if Meta now shows it.
    ///
    /// A migration's own share stands. One of an earlier migration stands if it pays, or is live and waits
    /// for its 1st; once it paid and something else does now, the customer has left and come back.
    fn standing(&mut self, position: usize, asker: &Asker, seen: &Seen) -> Standing {
        let Some(entry) = self.entries.get_mut(position) else { return Standing::Gone };
        let shown = seen.live.iter().find(|(id, _)| *id == entry.allocation);
        if entry.receiving_credential.is_none() {
            entry.receiving_credential = shown.and_then(|(_, credential)| credential.clone());
        }
        let pays = entry.receiving_credential.is_some() && seen.funding == entry.receiving_credential;
        let waits_for_its_1st = entry.verdict == Verdict::Shared
            && (entry.migration == asker.migration
                || (shown.is_some() && asker.now < entry.is_awaited_until()));
        if pays || waits_for_its_1st {
            Standing::Ours(entry.clone())
        } else if seen.funding.is_some() {
            Standing::Gone
        } else if entry.migration == asker.migration {
            Standing::Ours(entry.clone())
        } else {
            Standing::Unclear
        }
    }

    /// Whether anything that counts was shared with this business, seen or not: then Meta may have used an
    /// allocation again, and that nothing new is shown proves nothing.
    fn has_shared(&self) -> bool {
        self.entries.iter().any(|entry| entry.verdict.counts())
    }

    fn supersede(&mut self, position: usize) {
        if let Some(entry) = self.entries.get_mut(position) {
            entry.verdict = Verdict::Superseded;
        }
    }

    /// Whether the ledger says what this allocation is. What was taken back and is live again is nothing that it knows of.
    fn explains(&self, allocation: &AllocationId) -> bool {
        let given = self.allocated.iter().filter(|one| one.attachment != Attachment::Revoked);
        let entries = self.entries.iter().filter(|entry| entry.verdict != Verdict::Revoked);
        let given = given.map(|one| &one.allocation);
        entries.map(|entry| &entry.allocation).chain(given).any(|known| known == allocation)
    }

    /// Whether the business has an allocation that this WABA may be paid by, for all that a restored ledger tells.
    fn may_lack_an_entry(&self, seen: &Seen) -> bool {
        !seen.live.is_empty() || self.unattached().next().is_some()
    }

    fn enter(
        &mut self,
        asker: &Asker,
        allocation: AllocationId,
        receiving_credential: Option<FundingId>,
        shared_at: Timestamp,
        verdict: Verdict,
    ) -> Entry {
        let entry = Entry {
            waba: asker.waba.clone(),
            generation: self.next_generation(&asker.waba),
            migration: asker.migration,
            allocation,
            receiving_credential,
            shared_at,
            unblocks_on: asker.pays_on(shared_at),
            pays_at_once: asker.pays_at_once,
            verdict,
        };
        self.attach(&entry.allocation);
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
}

#[cfg(test)]
mod decided;

#[cfg(test)]
mod tests;

#[cfg(test)]
mod two_calls;

#[cfg(test)]
mod stories;
