//! A customer's token as it lies in the vault.

use handover_domain::ids::WabaId;
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
