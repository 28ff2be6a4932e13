//! A WABA, and the share that waits for it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A WhatsApp Business Account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waba {
    /// The portfolio that it belongs to.
    pub business_id: String,
    /// The customer, where that portfolio owns it on their behalf (facts 4.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<String>,
    /// Its name.
    pub name: String,
    /// ISO 4217.
    pub currency: String,
    /// Meta's numeric code of a time zone.
    pub timezone_id: String,
    /// `CLIENT_OWNED`, `ON_BEHALF_OF`, `SELF`, or what Meta invents next (facts 4.1).
    #[serde(default = "client_owned")]
    pub ownership_type: String,
    /// `APPROVED`, `PENDING`, `REJECTED`.
    #[serde(default = "approved")]
    pub account_review_status: String,
    /// `verified`, `not_verified`, `pending`... of its business (facts 4.1).
    #[serde(default = "verified")]
    pub business_verification_status: String,
    /// To how many people a day its portfolio may write: `TIER_250`... (facts 4.1).
    #[serde(default = "tier_of_a_verified_one")]
    pub messaging_limit: String,
    /// Whether Meta has banned it, which its health shows (facts 4.2).
    #[serde(default)]
    pub is_banned: bool,
    /// When it was made.
    #[serde(default)]
    pub creation_time: Timestamp,
    /// The portfolios it is shared with: at most two (facts 1).
    #[serde(default)]
    pub partners: BTreeSet<String>,
    /// What pays for it: `primary_funding_id`. Absent: no payment method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub funding: Option<String>,
    /// Since when the customer cannot send, if they left the partner whose line still pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unshared_at: Option<Timestamp>,
    /// Our allocation that waits for the 1st, and when it was shared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_share: Option<WaitingShare>,
    /// Which signup shared it with us last; 0 is none. Newest first is Meta's order (facts 2.2).
    #[serde(default)]
    pub signup: u64,
    /// The solutions that it is in, by id.
    #[serde(default)]
    pub solutions: BTreeSet<String>,
    /// Our system users assigned to it, with their tasks.
    #[serde(default)]
    pub assigned_users: BTreeMap<String, Vec<String>>,
    /// Apps that get its webhooks, with the override of the callback address if one is set.
    #[serde(default)]
    pub subscribed_apps: BTreeMap<String, Option<String>>,
    /// The WABA from which Meta will copy templates into this one by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copies_from: Option<String>,
}

/// A share that has succeeded and not yet taken effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaitingShare {
    /// The allocation that will pay.
    pub allocation_id: String,
    /// When the share succeeded.
    pub shared_at: Timestamp,
}

fn client_owned() -> String {
    "CLIENT_OWNED".to_owned()
}

fn approved() -> String {
    "APPROVED".to_owned()
}

fn verified() -> String {
    "verified".to_owned()
}

fn tier_of_a_verified_one() -> String {
    "TIER_2K".to_owned()
}
