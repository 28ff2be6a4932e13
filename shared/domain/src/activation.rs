//! Rule 4: what proves that our credit line pays for a WABA, and what proves nothing.

use jiff::fmt::serde::timestamp::millisecond;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ids::FundingId;

/// How far apart the two reads without error 141006 must be.
pub const READS_APART: SignedDuration = SignedDuration::from_hours(1);

/// What was seen of error 141006 since the share.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// When Meta first showed the payment error on this WABA after the share.
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub blocked_at: Option<Timestamp>,
    /// Since when it is gone.
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub clear_since: Option<Timestamp>,
}

/// One look at Meta. What could not be read is none, and none is never "active".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look {
    /// The WABA's `primary_funding_id`.
    pub funding: Option<FundingId>,
    /// Whether the WABA's health shows 141006, the payment error (facts 4.2).
    pub payment_error: Option<bool>,
}

/// Why we say that the customer can send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// The WABA is paid through the receiving credential of our share (facts 9.4).
    FundingMatches,
    /// The payment error was seen after the share and is gone in two reads an hour apart.
    ErrorSeenAndGone,
}

impl Watch {
    /// The watch after one more look, and the proof if there is one.
    #[must_use]
    pub fn after(self, credential: Option<&FundingId>, look: &Look, now: Timestamp) -> (Self, Option<Proof>) {
        let matches = credential.is_some() && look.funding.as_ref() == credential;
        let watch = match look.payment_error {
            None => self,
            Some(true) => Self { blocked_at: self.blocked_at.or(Some(now)), clear_since: None },
            // Never seen proves nothing: only an error that was there can be gone.
            Some(false) if self.blocked_at.is_none() => self,
            Some(false) => Self { clear_since: self.clear_since.or(Some(now)), ..self },
        };
        let gone = look.payment_error == Some(false)
            && watch.clear_since.is_some_and(|since| now.duration_since(since) >= READS_APART);
        let proof = if matches {
            Some(Proof::FundingMatches)
        } else if gone {
            Some(Proof::ErrorSeenAndGone)
        } else {
            None
        };
        (watch, proof)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn funding(id: &str) -> FundingId {
        id.parse().unwrap()
    }

    fn look(funding_id: Option<&str>, payment_error: Option<bool>) -> Look {
        Look { funding: funding_id.map(funding), payment_error }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    const FIRST: &str = "2026-05-01T12:00:00Z";
    const AN_HOUR_LATER: &str = "2026-05-01T13:00:00Z";

    #[test]
    fn the_receiving_credential_that_pays_is_proof() {
        let ours = funding("91");
        let (_, proof) = Watch::default().after(Some(&ours), &look(Some("91"), None), at(FIRST));
        assert_eq!(proof, Some(Proof::FundingMatches));
        let (_, proof) = Watch::default().after(Some(&ours), &look(Some("90"), None), at(FIRST));
        assert_eq!(proof, None, "the former partner still pays");
    }

    #[test]
    fn what_cannot_be_read_is_never_active() {
        let ours = funding("91");
        assert_eq!(Watch::default().after(Some(&ours), &look(None, None), at(FIRST)).1, None);
        assert_eq!(Watch::default().after(None, &look(None, None), at(FIRST)).1, None);
        assert_eq!(Watch::default().after(None, &look(Some("91"), None), at(FIRST)).1, None);
    }

    #[test]
    fn an_error_that_was_never_seen_proves_nothing_however_often_it_is_absent() {
        let (watch, proof) = Watch::default().after(None, &look(None, Some(false)), at(FIRST));
        assert_eq!((watch, proof), (Watch::default(), None));
        assert_eq!(watch.after(None, &look(None, Some(false)), at(AN_HOUR_LATER)).1, None);
    }

    #[test]
    fn an_error_that_was_seen_and_is_gone_in_two_reads_an_hour_apart_is_proof() {
        let (watch, _) = Watch::default().after(None, &look(None, Some(true)), at("2026-04-22T00:00:00Z"));
        let (watch, first) = watch.after(None, &look(None, Some(false)), at(FIRST));
        assert_eq!(first, None, "one read is not two");
        assert_eq!(
            watch.after(None, &look(None, None), at(AN_HOUR_LATER)).1,
            None,
            "an unread look is no read"
        );
        assert_eq!(watch.after(None, &look(None, Some(false)), at("2026-05-01T12:59:59Z")).1, None);
        assert_eq!(
            watch.after(None, &look(None, Some(false)), at(AN_HOUR_LATER)).1,
            Some(Proof::ErrorSeenAndGone)
        );
        let (again, _) = watch.after(None, &look(None, Some(true)), at("2026-05-01T12:30:00Z"));
        assert_eq!(again.clear_since, None, "it came back: the hour begins anew");
    }
}
