//! Webhooks that no migration explains: kept for a person, never guessed.

use handover_domain::ids::{BusinessId, WabaId};
use handover_domain::moment::{after, millis};
use jiff::fmt::serde::timestamp::millisecond;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::records::{Key, Table};
use crate::signup_link::hash_of;

/// The partition of the journal in which they lie.
pub const PARTITION: &str = "EVENTS";

/// How long they are listed.
const LIVES: SignedDuration = SignedDuration::from_hours(24 * 14);

/// The item EVENT: somebody has added us to a WABA, or removed us from one, and no live migration holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmatched {
    /// `PARTNER_ADDED` or `PARTNER_REMOVED` (facts 15.2).
    pub event: String,
    /// The WABA.
    pub waba: WabaId,
    /// Who owns it, if Meta said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<BusinessId>,
    /// When it happened, by Meta's clock.
    #[serde(with = "millisecond::required")]
    pub happened_at: Timestamp,
    /// When it came to us, the last time.
    #[serde(with = "millisecond::required")]
    pub seen_at: Timestamp,
    /// When it is no longer listed, in seconds since 1970: the table's time to live.
    pub expires: i64,
}

impl Unmatched {
    /// What came at `now`.
    #[must_use]
    pub fn new(
        event: &str,
        waba: WabaId,
        owner: Option<BusinessId>,
        happened_at: Timestamp,
        now: Timestamp,
    ) -> Self {
        let expires = after(now, LIVES).as_second();
        Self { event: event.to_owned(), waba, owner, happened_at, seen_at: now, expires }
    }

    /// Where it lies: the same however often Meta sends it.
    #[must_use]
    pub fn key(&self) -> Key {
        let Self { event, waba, happened_at, .. } = self;
        Key::new(Table::Journal, PARTITION, hash_of(&format!("{event}/{waba}/{}", millis(*happened_at))))
    }
}
