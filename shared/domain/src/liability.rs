//! What our credit lines pay for, and for whom they still do though the customer has left.
//!
//! Unsharing a WABA from us takes nothing back (facts 9.7): the allocation stays until we revoke it. Whether the customer
//! is still with us only Meta's webhooks tell, since nothing of a WABA can be read after it was unshared.

use std::collections::BTreeSet;

use jiff::fmt::serde::timestamp::millisecond;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ids::{AllocationId, BusinessId, WabaId};
use crate::ledger::{Entry, Ledger, Verdict};
use crate::moment::after;

/// A message that was refused for want of payment says so for so long: no webhook says that it was mended.
const DOUBTED_FOR: SignedDuration = SignedDuration::from_hours(24 * 7);

/// What Meta has told of a WABA and us; kept since the WABA was first learned, and never expiring.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partnership {
    /// Who owns it: unreadable after an unshare, so kept early (facts 0.19).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<BusinessId>,
    /// When `PARTNER_ADDED` last happened, by Meta's clock.
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub added_at: Option<Timestamp>,
    /// When `PARTNER_REMOVED` last happened, by Meta's clock.
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub removed_at: Option<Timestamp>,
    /// When a message was last refused with 131042, by Meta's clock, to a day.
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub unpaid_at: Option<Timestamp>,
}

/// Whether a WABA for which we pay is still our customer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The customer has removed us since it was shared, and has not come back.
    Left,
    /// Meta has lately refused a message for want of payment: our line does not pay, for whichever of the causes of
    /// 131042 (facts 13.3).
    Unpaid,
    /// Nothing says otherwise.
    WithUs,
}

impl Standing {
    /// Every standing, the worst first.
    pub const ALL: [Self; 3] = [Self::Left, Self::Unpaid, Self::WithUs];
}

impl Partnership {
    /// How the WABA of this share stands. What happened before it is another life of the WABA; and before the 1st on which
    /// it pays everywhere a message is refused as a matter of course, unless it was proved before that it pays, or waits for
    /// no 1st.
    #[must_use]
    pub fn standing(&self, share: &Entry, now: Timestamp) -> Standing {
        let came = self.added_at.max(Some(share.shared_at));
        let is_proved = share.verdict == Verdict::Proved;
        let pays = came.max(Some(share.pays_from()).filter(|_| !is_proved));
        if self.removed_at > came {
            Standing::Left
        } else if self.unpaid_at > pays && self.unpaid_at.is_some_and(|at| now < after(at, DOUBTED_FOR)) {
            Standing::Unpaid
        } else {
            Standing::WithUs
        }
    }
}

impl Ledger {
    /// The shares that stand at Meta, one for each WABA: what the line pays for, and what a revocation hits (facts 9.7).
    pub fn standing_entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| self.entry(&entry.waba) == Some(*entry))
    }

    /// Every allocation of ours that stands at Meta: what WABAs are paid by, and what is attached to none.
    #[must_use]
    pub fn all_that_stands(&self) -> BTreeSet<AllocationId> {
        let attached = self.standing_entries().map(|entry| &entry.allocation);
        attached.chain(self.unattached().map(|one| &one.allocation)).cloned().collect()
    }

    /// The ledger in which nothing is shared with this business any more.
    #[must_use]
    pub fn all_revoked(&self) -> Self {
        let wabas: Vec<WabaId> = self.standing_entries().map(|entry| entry.waba.clone()).collect();
        wabas.iter().fold(self.clone(), |ledger, waba| ledger.revoked(waba).unwrap_or(ledger))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Asker;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// Who shares on the 21st, in the window.
    fn asker(waba: &str) -> Asker {
        Asker {
            migration: "019dab3a-4a00-7000-8000-000000000001".parse().unwrap(),
            waba: waba.parse().unwrap(),
            now: at("2026-04-21T10:00:00Z"),
            window_closes_at: at("2026-04-27T10:00:00Z"),
            method: crate::ledger::ShareMethod::OneCall,
            pays_at_once: false,
            decision: None,
            restored_at: None,
        }
    }

    /// A ledger with one more share, of the 21st, which pays from 1 May.
    fn share(ledger: &Ledger, waba: &str, allocation: &str) -> Ledger {
        ledger.answered(&asker(waba), allocation.parse().unwrap(), None).0
    }

    #[test]
    fn who_has_left_is_who_was_removed_after_the_share_and_did_not_come_back() {
        let ledger = share(&Ledger::default(), "1", "77");
        let now = at("2026-05-20T00:00:00Z");
        let (before, after, later) = ("2026-04-20T10:00:00Z", "2026-05-10T10:00:00Z", "2026-05-11T10:00:00Z");
        let lately = "2026-05-14T00:00:00Z";
        for (added_at, removed_at, unpaid_at, standing) in [
            (None, None, None, Standing::WithUs),
            (None, Some(before), None, Standing::WithUs),
            (Some(before), Some(after), None, Standing::Left),
            (None, Some(after), None, Standing::Left),
            (Some(later), Some(after), None, Standing::WithUs),
            (Some(after), Some(later), None, Standing::Left),
            (None, None, Some(lately), Standing::Unpaid),
            (None, None, Some("2026-05-12T00:00:00Z"), Standing::WithUs),
            (None, None, Some(before), Standing::WithUs),
            (Some("2026-05-15T00:00:00Z"), None, Some(lately), Standing::WithUs),
            (None, Some(after), Some(lately), Standing::Left),
        ] {
            let moment = |text: Option<&str>| text.map(at);
            let (added_at, removed_at) = (moment(added_at), moment(removed_at));
            let told = Partnership { owner: None, added_at, removed_at, unpaid_at: moment(unpaid_at) };
            assert_eq!(told.standing(&ledger.entries[0], now), standing, "{told:?}");
        }
    }

    #[test]
    fn a_message_that_is_refused_before_the_1st_says_nothing() {
        let ledger = share(&Ledger::default(), "1", "77");
        for (unpaid_at, standing) in
            [("2026-05-01T11:59:00Z", Standing::WithUs), ("2026-05-01T12:01:00Z", Standing::Unpaid)]
        {
            let told = Partnership { unpaid_at: Some(at(unpaid_at)), ..Partnership::default() };
            assert_eq!(
                told.standing(&ledger.entries[0], at("2026-05-02T00:00:00Z")),
                standing,
                "{unpaid_at}"
            );
        }
    }

    #[test]
    fn a_new_waba_whose_line_was_proved_to_pay_waits_for_no_1st() {
        let ledger = share(&Ledger::default(), "1", "77");
        let proved = ledger.proved(&"1".parse().unwrap()).unwrap();
        let told = Partnership { unpaid_at: Some(at("2026-04-23T12:00:00Z")), ..Partnership::default() };
        let standing = |ledger: &Ledger| told.standing(&ledger.entries[0], at("2026-04-24T00:00:00Z"));
        assert_eq!((standing(&ledger), standing(&proved)), (Standing::WithUs, Standing::Unpaid));
    }

    #[test]
    fn a_share_that_waits_for_no_1st_should_pay_from_the_moment_it_was_made() {
        let at_once = Asker { pays_at_once: true, ..asker("1") };
        let (ledger, _) = Ledger::default().answered(&at_once, "77".parse().unwrap(), None);
        for (unpaid_at, standing) in
            [("2026-04-21T09:59:00Z", Standing::WithUs), ("2026-04-21T10:01:00Z", Standing::Unpaid)]
        {
            let told = Partnership { unpaid_at: Some(at(unpaid_at)), ..Partnership::default() };
            let found = told.standing(&ledger.entries[0], at("2026-04-24T00:00:00Z"));
            assert_eq!(found, standing, "{unpaid_at}");
        }
    }

    #[test]
    fn what_a_revocation_hits_is_one_share_for_each_waba_that_has_one() {
        let hit = |ledger: &Ledger| -> Vec<String> {
            ledger.standing_entries().map(|entry| format!("{}:{}", entry.waba, entry.allocation)).collect()
        };
        let ledger = share(&share(&Ledger::default(), "1", "77"), "2", "77");
        assert_eq!(hit(&ledger), ["1:77", "2:77"]);
        let anew = share(&ledger.revoked(&"1".parse().unwrap()).unwrap(), "1", "78");
        assert_eq!(hit(&anew), ["2:77", "1:78"]);
        let revoked = anew.all_revoked();
        assert_eq!(hit(&revoked), [] as [&str; 0]);
        assert!(revoked.entries.iter().all(|entry| entry.verdict == Verdict::Revoked));
    }
}
