//! A customer's token as it lies in the vault.

use handover_domain::ids::WabaId;
use handover_graph::calls::debug_token::{Expiry, Reach, TokenFacts};
use jiff::Timestamp;
use jiff::fmt::serde::timestamp::millisecond;
use serde::{Deserialize, Serialize};

use crate::ports::Sealed;

/// The item TOKEN: ciphertext, and what `debug_token` said of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredToken {
    /// Token and proof, sealed for this item's owner.
    pub sealed: Sealed,
    /// When it was stored.
    #[serde(with = "millisecond::required")]
    pub stored_at: Timestamp,
    /// When it ends; absent if never, or not known.
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// The WABAs it names, newest first (facts 2.2); absent if `debug_token` has not answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granted: Option<Vec<WabaId>>,
    /// The WABA that the browser named: a claim, to be checked (rule 7).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed: Option<WabaId>,
}

impl StoredToken {
    /// A token that lies sealed, with what Meta has said of it, if it has said anything, and the WABA that somebody claims
    /// it is for.
    #[must_use]
    pub fn new(
        sealed: Sealed,
        stored_at: Timestamp,
        facts: Option<TokenFacts>,
        claimed: Option<WabaId>,
    ) -> Self {
        let expires_at = facts.as_ref().and_then(|facts| match facts.expires {
            Some(Expiry::At(at)) => Some(at),
            Some(Expiry::Never) | None => None,
        });
        let named = |facts: TokenFacts| match facts.wabas {
            Reach::Only(wabas) => wabas,
            Reach::Nothing | Reach::NotNarrowed => Vec::new(),
        };
        Self { sealed, stored_at, expires_at, granted: facts.map(named), claimed }
    }
}
