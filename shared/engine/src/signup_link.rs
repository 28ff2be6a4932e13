//! The signup link: one secret in a URL, known here by its hash.

use handover_domain::ids::MigrationId;
use jiff::fmt::serde::timestamp::millisecond;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

/// How long a link may be used.
pub const LIVES: SignedDuration = SignedDuration::from_hours(24 * 60);

/// The item SIGNUP: a link, who took it, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignupLink {
    /// The migration it belongs to.
    pub migration: MigrationId,
    /// Until when it may be used.
    #[serde(with = "millisecond::required")]
    pub expires_at: Timestamp,
    /// The hash of the code that took it; absent while nobody has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_by: Option<String>,
    /// When it was taken.
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<Timestamp>,
    /// What came of it; written once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<SignupOutcome>,
}

/// What came of a signup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignupOutcome {
    /// The token is ours, and the migration goes on.
    Accepted,
    /// The code was used up, too old, or lost on the way: the customer signs up again.
    LostCode,
    /// The token was made for another app.
    WrongApp,
    /// The token lacks a permission or the migration has ended.
    Denied,
}

impl SignupLink {
    /// A link that nobody has taken.
    #[must_use]
    pub fn new(migration: MigrationId, now: Timestamp) -> Self {
        let expires_at = handover_domain::moment::after(now, LIVES);
        Self { migration, expires_at, taken_by: None, taken_at: None, outcome: None }
    }
}

/// The hash by which a secret is stored and found: SHA-256 in lowercase hex.
#[must_use]
pub fn hash_of(secret: &str) -> String {
    Sha256::digest(secret.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
