//! What a business was given before it was attached to any WABA of it: a share in two calls (facts 9.3).
//!
//! An allocation is the business's (facts 9.5). Between the two calls it pays for nobody, and it stays at Meta whatever
//! becomes of the migration that had it made. So it is written down by itself: the next WABA of the business needs only the
//! attach, and nobody shares a second time.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::fmt::serde::timestamp::millisecond;
use serde::{Deserialize, Serialize};

use super::{Asker, Ledger, Seen, ShareMethod, SharingCall};
use crate::ids::{AllocationId, FundingId, MigrationId, WabaId};

/// An allocation that a business was given in a call of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocated {
    /// Meta's record of it.
    pub allocation: AllocationId,
    /// The migration that had it made.
    pub migration: MigrationId,
    /// What it pays through, if that was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiving_credential: Option<FundingId>,
    /// When it was made, or the call that must have made it.
    #[serde(with = "millisecond::required")]
    pub shared_at: Timestamp,
    /// What it has come to.
    pub attachment: Attachment,
}

/// What an allocation has come to; it only ever goes on in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Attachment {
    /// No WABA is paid by it.
    Unattached,
    /// A WABA has an entry with it.
    Attached,
    /// It was taken back: Meta shows it as deleted.
    Revoked,
}

impl Ledger {
    /// What the business was given and no WABA of it is paid by.
    pub fn unattached(&self) -> impl Iterator<Item = &Allocated> {
        self.allocated.iter().filter(|one| one.attachment == Attachment::Unattached)
    }

    /// The ledger after the business was given an allocation by a call that Meta answered.
    #[must_use]
    pub fn given(&self, asker: &Asker, allocation: AllocationId) -> Self {
        let mut ledger = self.not_applied();
        ledger.give(asker, allocation, None, asker.now);
        ledger
    }

    pub(super) fn give(
        &mut self,
        asker: &Asker,
        allocation: AllocationId,
        receiving_credential: Option<FundingId>,
        shared_at: Timestamp,
    ) {
        let attachment = Attachment::Unattached;
        let migration = asker.migration;
        self.allocated.retain(|one| one.allocation != allocation);
        self.allocated.push(Allocated { allocation, migration, receiving_credential, shared_at, attachment });
    }

    /// A WABA has an entry with it now.
    pub(super) fn attach(&mut self, allocation: &AllocationId) {
        for one in self.allocated.iter_mut().filter(|one| one.allocation == *allocation) {
            one.attachment = one.attachment.max(Attachment::Attached);
        }
    }

    /// The ledger in which these are taken back, as far as they were given in a call of their own.
    #[must_use]
    pub fn without_allocated(&self, gone: &BTreeSet<AllocationId>) -> Self {
        let mut ledger = self.clone();
        for one in ledger.allocated.iter_mut().filter(|one| gone.contains(&one.allocation)) {
            one.attachment = Attachment::Revoked;
        }
        ledger
    }

    /// What is taken back with the share of this WABA, when a migration ends: its allocation, and what this migration had
    /// its business given.
    #[must_use]
    pub fn taken_back_with(&self, waba: &WabaId, migration: MigrationId) -> BTreeSet<AllocationId> {
        let own = self.unattached().filter(|one| one.migration == migration);
        let entry = self.entry(waba).map(|entry| &entry.allocation);
        own.map(|one| &one.allocation).chain(entry).cloned().collect()
    }

    /// The allocations on which the next call would build, whether Meta lists them or not; none where it shares and
    /// attaches in one.
    pub fn relied_on(&self, method: ShareMethod) -> impl Iterator<Item = &AllocationId> {
        let counts = self.entries.iter().filter(|entry| entry.verdict.counts());
        let counts = counts.filter(move |_| method == ShareMethod::TwoCalls);
        self.unattached().map(|one| &one.allocation).chain(counts.map(|entry| &entry.allocation))
    }

    /// Which call the share of a WABA takes next. What was given and is attached to nothing is attached, whatever the
    /// setting says by now; and a business that has the line already is not given it again (facts 9.5).
    pub(super) fn next_call(&self, asker: &Asker, seen: &Seen) -> SharingCall {
        let stands = |allocation: &AllocationId| !seen.deleted.contains(allocation);
        let has_it = || !seen.live.is_empty() || self.relied_on(ShareMethod::TwoCalls).any(stands);
        match asker.method {
            _ if self.unattached().next().is_some() => SharingCall::Attach,
            ShareMethod::OneCall => SharingCall::ShareAndAttach,
            ShareMethod::TwoCalls if has_it() => SharingCall::Attach,
            ShareMethod::TwoCalls => SharingCall::Share,
        }
    }

    /// Whether the intent is the second call of a share whose first one this migration has made.
    #[must_use]
    pub fn is_the_second_call(&self) -> bool {
        self.intent.as_ref().is_some_and(|intent| {
            intent.call == SharingCall::Attach
                && self.unattached().any(|one| one.migration == intent.migration)
        })
    }
}
