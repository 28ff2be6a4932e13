//! The item PARTNERSHIP: what Meta has told of a WABA and us, for as long as anybody may ask who has left.

use handover_domain::ids::{BusinessId, WabaId};
use handover_domain::liability::Partnership;
use handover_domain::moment::{after, millis};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::items;
use crate::ports::Ports;
use crate::records::{Action, Change, Expectation, RecordsError, Write};

/// Of messages that are refused for want of payment one is kept in so long: a customer may send a thousand an hour.
const KEPT_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// What Meta tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// The customer has shared the WABA with us.
    Added,
    /// The customer has taken it away from us.
    Removed,
    /// A message of theirs was refused with 131042.
    Unpaid,
}

/// The write that keeps who owns a WABA. Whatever Meta tells of it later is kept beside it, and of others nothing is.
#[must_use]
pub fn learned(waba: &WabaId, owner: &BusinessId) -> Write {
    Write {
        key: items::partnership(waba),
        expects: vec![],
        action: Action::Update(vec![Change::Set("owner", json!(owner))]),
    }
}

/// The write that keeps what Meta tells of a WABA that we know; refused where we do not, or where something later is
/// known already: webhooks come late, twice and in any order (facts 15.1).
#[must_use]
pub fn told(waba: &WabaId, told: Told, at: Timestamp) -> Write {
    let (attribute, newer_than) = match told {
        Told::Added => ("added_at", at),
        Told::Removed => ("removed_at", at),
        Told::Unpaid => ("unpaid_at", after(at, -KEPT_EVERY)),
    };
    let is_news = vec![Expectation::Lacks(attribute), Expectation::AtMost(attribute, millis(newer_than))];
    Write {
        key: items::partnership(waba),
        expects: vec![Expectation::Present, Expectation::AnyOf(is_news)],
        action: Action::Update(vec![Change::Set(attribute, json!(millis(at)))]),
    }
}

/// What is known of a WABA; nothing, if nobody ever learned it.
///
/// # Errors
///
/// What the record says.
pub async fn read<P: Ports>(ports: &P, waba: &WabaId) -> Result<Partnership, RecordsError> {
    Ok(items::stored(ports.records(), &items::partnership(waba)).await?.unwrap_or_default())
}
