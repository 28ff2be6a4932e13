//! An answer that is kept in a ledger which somebody else has written in between.

use super::{Intent, Ledger, Verdict};
use crate::ids::MigrationId;

impl Ledger {
    /// This ledger with what a migration has changed in `theirs`: its own entries, what it had the business given and its
    /// own intent, and nothing of anybody else's. What Meta has answered is thus kept, whoever wrote the ledger in between.
    #[must_use]
    pub fn taking_over(&self, theirs: &Self, migration: MigrationId) -> Self {
        let mut ledger = self.clone();
        for entry in theirs.entries.iter().filter(|entry| entry.migration == migration) {
            let same = |other: &&mut super::Entry| {
                (&other.waba, other.generation, other.migration) == (&entry.waba, entry.generation, migration)
            };
            match ledger.entries.iter_mut().find(same) {
                Some(other) => *other = entry.clone(),
                None => ledger.entries.push(entry.clone()),
            }
        }
        // What was taken back at Meta is gone, whoever had shared it.
        for gone in theirs.entries.iter().filter(|entry| entry.verdict == Verdict::Revoked) {
            let same =
                |other: &&mut super::Entry| (&other.waba, other.generation) == (&gone.waba, gone.generation);
            if let Some(other) = ledger.entries.iter_mut().find(same) {
                other.verdict = Verdict::Revoked;
            }
        }
        for given in &theirs.allocated {
            match ledger.allocated.iter_mut().find(|other| other.allocation == given.allocation) {
                // It only ever goes on: to a WABA, and away.
                Some(other) => other.attachment = other.attachment.max(given.attachment),
                None if given.migration == migration => ledger.allocated.push(given.clone()),
                None => {}
            }
        }
        let is_others = |intent: &Intent| intent.migration != migration;
        if !ledger.intent.as_ref().is_some_and(is_others) && !theirs.intent.as_ref().is_some_and(is_others) {
            ledger.intent.clone_from(&theirs.intent);
        }
        ledger
    }
}
