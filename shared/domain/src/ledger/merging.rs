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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::tests::{
        NOON, allocation, asks, at, called_at_noon, funding, migration, nothing, other_asks, posts, sees,
        shared, shared_at_noon, waba,
    };

    #[test]
    fn an_answer_is_kept_in_a_ledger_that_somebody_else_has_written_in_between() {
        let called = called_at_noon();
        let (answered, entry) = called.answered(&asks(at(NOON)), allocation("71"), Some(funding("91")));
        let seen = sees(&[("72", "92")], Some("92"));
        let (moved, other) = shared(called.decide(&other_asks(at(NOON)), &seen));
        let both = moved.taking_over(&answered, migration(1));
        assert_eq!(both.entries, [other, entry]);
        assert_eq!(both.intent, None, "our own call is settled");
        let other_called = posts(answered.decide(&other_asks(at(NOON)), &nothing()));
        let proved = answered.proved(&waba("11")).unwrap();
        let both = other_called.taking_over(&proved, migration(1));
        assert_eq!(both.intent, other_called.intent, "another's call stays open");
        assert_eq!(both.entries.first().unwrap().verdict, Verdict::Proved);
    }

    #[test]
    fn what_was_taken_back_is_gone_whoever_had_shared_it_and_nothing_else_is() {
        let begun = posts(shared_at_noon().decide(&other_asks(at(NOON)), &nothing()));
        let (both, _) = begun.answered(&other_asks(at(NOON)), allocation("72"), Some(funding("92")));
        let verdicts = |ledger: &Ledger| ledger.entries.iter().map(|entry| entry.verdict).collect::<Vec<_>>();
        let revoked = both.revoked(&waba("11")).unwrap();
        let merged = both.taking_over(&revoked, migration(2));
        assert_eq!(verdicts(&merged), [Verdict::Revoked, Verdict::Shared]);
        let proved = both.proved(&waba("11")).unwrap();
        let merged = proved.taking_over(&both, migration(2));
        assert_eq!(verdicts(&merged), [Verdict::Proved, Verdict::Shared], "who knew less takes nothing back");
    }

    #[test]
    fn what_somebody_else_had_a_business_given_is_theirs_to_write() {
        let given = Ledger::default().given(&asks(at(NOON)), allocation("71"));
        assert_eq!(Ledger::default().taking_over(&given, migration(2)), Ledger::default());
        assert_eq!(Ledger::default().taking_over(&given, migration(1)), given);
    }
}
