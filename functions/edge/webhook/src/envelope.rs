//! Meta's envelope, read one change at a time: one that cannot be read hurts only itself (facts 15.1).

use std::collections::BTreeMap;

use handover_domain::ids::{BusinessId, WabaId};
use handover_engine::problem::Problem;
use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::Taken;

/// The fields that wake somebody; all others are dropped before anything is written.
const ACCOUNT: &str = "account_update";
/// Two-step verification of a number (facts 7), and what Meta's check of a template has come to (facts 15.3): they come
/// under the WABA's id.
const OF_THE_WABA: [&str; 3] = ["security", "message_template_status_update", "template_category_update"];

/// Messages and what became of them. Who subscribes to it sends us every one: only a refusal for want of payment is
/// looked for in it, and nothing else of it is read.
const MESSAGES: &str = "messages";
/// The refusal of a message that nobody pays for (facts 13.3).
const NOT_PAID: i64 = 131_042;

/// Something happened to a WABA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Update {
    pub(crate) waba: WabaId,
    pub(crate) what: What,
    /// Who owns the WABA, if Meta said.
    pub(crate) owner: Option<BusinessId>,
    /// When, by Meta's clock.
    pub(crate) at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    /// The customer has shared the WABA with us.
    Added,
    /// The customer has taken it away from us.
    Removed,
    /// A message was refused for want of payment.
    Unpaid,
    /// Anything else: the step looks.
    Other,
}

/// Each entry, and each change in it, stays text until its turn: half a surrogate pair, a number beyond all bounds or brackets
/// without end are errors of the parser, and would take the whole body with them.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    entry: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(deserialize_with = "digits")]
    id: String,
    time: i64,
    #[serde(borrow)]
    changes: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Change {
    field: String,
    value: Value,
}

#[derive(Deserialize)]
struct AccountUpdate {
    event: String,
    waba_info: Option<WabaInfo>,
}

#[derive(Deserialize)]
struct WabaInfo {
    #[serde(deserialize_with = "digits")]
    waba_id: String,
    owner_business_id: Option<Value>,
}

/// An id as Meta writes it: text, or a number (facts 1).
fn digits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(D::Error::custom("an id")),
    }
}

/// The updates of a body, the last of each kind for each WABA, and what was not one.
pub(crate) fn read(body: &[u8], us: &BusinessId) -> Result<(Vec<Update>, Taken), Problem> {
    // What is no UTF-8 can stand in texts that nobody reads here.
    let body = String::from_utf8_lossy(body);
    // The parser would take a list for an object, field by field.
    let whole = Some(&body).filter(|body| body.trim_start().starts_with('{'));
    let read = whole.and_then(|body| serde_json::from_str(body).ok());
    let envelope: Envelope<'_> = read.ok_or_else(|| {
        Problem::malformed("entry", "The body is signed and is no webhook: it has no list `entry`.")
    })?;
    let mut taken = Taken::default();
    let mut updates: BTreeMap<(WabaId, What), Update> = BTreeMap::new();
    for entry in envelope.entry {
        let Ok(Entry { id, time, changes }) = serde_json::from_str(entry.get()) else {
            taken.unreadable += 1;
            continue;
        };
        for change in changes {
            match update(&id, time, change, us) {
                Ok(Some(update)) => keep_the_last(&mut updates, update),
                Ok(None) => taken.dropped += 1,
                Err(Unreadable) => taken.unreadable += 1,
            }
        }
    }
    Ok((updates.into_values().collect(), taken))
}

fn keep_the_last(updates: &mut BTreeMap<(WabaId, What), Update>, update: Update) {
    let known = updates.entry((update.waba.clone(), update.what)).or_insert_with(|| update.clone());
    if known.at < update.at {
        *known = update;
    }
}

struct Unreadable;

fn update(id: &str, time: i64, change: &RawValue, us: &BusinessId) -> Result<Option<Update>, Unreadable> {
    let Change { field, value } = serde_json::from_str(change.get()).map_err(|_| Unreadable)?;
    let at = Timestamp::from_second(time).map_err(|_| Unreadable);
    if OF_THE_WABA.contains(&field.as_str()) {
        return about_the_waba(id, What::Other, at?);
    }
    if field == MESSAGES {
        return if is_unpaid(&value) { about_the_waba(id, What::Unpaid, at?) } else { Ok(None) };
    }
    if field != ACCOUNT {
        return Ok(None);
    }
    let at = at?;
    let AccountUpdate { event, waba_info } = serde_json::from_value(value).map_err(|_| Unreadable)?;
    let what = match event.as_str() {
        "PARTNER_ADDED" => What::Added,
        "PARTNER_REMOVED" => What::Removed,
        _ => What::Other,
    };
    match (what, waba_info) {
        // These come under the id of the partner's portfolio, the others under the WABA's (facts 15.2).
        (What::Added | What::Removed, _) if id != us.as_str() => Ok(None),
        (What::Added | What::Removed, None) => Err(Unreadable),
        (_, Some(WabaInfo { waba_id, owner_business_id })) => {
            let waba = waba_id.parse().map_err(|_| Unreadable)?;
            // Who owns it is for people: what cannot be read of it costs nobody their webhook.
            let owner = owner_business_id.and_then(|owner| serde_json::from_value(owner).ok());
            Ok(Some(Update { waba, what, owner, at }))
        }
        (What::Unpaid | What::Other, None) => about_the_waba(id, what, at),
    }
}

/// What comes under the id of the WABA that it is about.
fn about_the_waba(id: &str, what: What, at: Timestamp) -> Result<Option<Update>, Unreadable> {
    let waba = id.parse().map_err(|_| Unreadable)?;
    Ok(Some(Update { waba, what, owner: None, at }))
}

/// Whether one of the messages was refused for want of payment (facts 15.4).
fn is_unpaid(value: &Value) -> bool {
    let list =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let is_refused = |status: &Value| {
        list(status, "errors").iter().any(|error| error.get("code").and_then(Value::as_i64) == Some(NOT_PAID))
    };
    list(value, "statuses").iter().any(is_refused)
}
