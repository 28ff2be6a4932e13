//! Webhooks that no migration explains: kept for a person, never guessed.

use handover_domain::ids::{BusinessId, WabaId};
use handover_domain::moment::{after, millis};
use jiff::fmt::serde::timestamp::millisecond;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::items;
use crate::ports::Ports;
use crate::records::{Key, Order, Query, Records, RecordsError, Span, Table};
use crate::signup_link::hash_of;

/// The partition of the journal in which they lie.
pub const PARTITION: &str = "EVENTS";

/// The event that says that we were added.
pub const ADDED: &str = "PARTNER_ADDED";
/// The event that says that we were removed.
pub const REMOVED: &str = "PARTNER_REMOVED";

/// A customer does not come and go oftener in 14 days.
const MOST_OF_A_WABA: u16 = 50;

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

    /// Where it lies: the same however often Meta sends it, and beside the others of its WABA.
    #[must_use]
    pub fn key(&self) -> Key {
        let Self { event, waba, happened_at, .. } = self;
        let hash = hash_of(&format!("{event}/{waba}/{}", millis(*happened_at)));
        Key::new(Table::Journal, PARTITION, format!("{waba}#{hash}"))
    }
}

/// What is kept of a WABA, in no order.
///
/// # Errors
///
/// What the record says.
pub async fn of<P: Ports>(ports: &P, waba: &WabaId) -> Result<Vec<Unmatched>, RecordsError> {
    let query = Query {
        order: Order::Table(Table::Journal),
        partition: PARTITION.to_owned(),
        span: Span::Prefix(format!("{waba}#")),
        limit: MOST_OF_A_WABA,
        after: None,
    };
    let page = ports.records().query(&query).await?;
    let key = Key::new(Table::Journal, PARTITION, "");
    Ok(page.items.into_iter().filter_map(|item| items::read(&key, item).ok()).collect())
}

/// When the customer last added us to a WABA, if that is the last that was heard of it: whoever creates a migration
/// from the list takes it over.
///
/// # Errors
///
/// What the record says.
pub async fn added_at<P: Ports>(ports: &P, waba: &WabaId) -> Result<Option<Timestamp>, RecordsError> {
    let last = of(ports, waba).await?.into_iter().max_by_key(|kept| kept.happened_at);
    Ok(last.filter(|kept| kept.event == ADDED).map(|kept| kept.happened_at))
}
