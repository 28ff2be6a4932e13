//! The bus: an entry put on it becomes the envelope that rules and functions see.
//!
//! The shape is EventBridge's, as its user guide publishes it ("Events in Amazon EventBridge").

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::account::{ACCOUNT, REGION};

pub mod endpoint;

/// One event as it was put on a bus.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The bus's name; the account's default bus if the caller named none.
    pub bus: String,
    /// Who tells it.
    pub source: String,
    /// What it is.
    pub detail_type: String,
    /// What there is to know.
    pub detail: Map<String, Value>,
    /// What it is about.
    pub resources: Vec<String>,
    /// When it happened, if the caller said so.
    pub time: Option<Timestamp>,
    /// The trace in which what comes of it is told (`X-Amzn-Trace-Id`).
    pub trace: Option<String>,
}

/// Makes the envelope of an entry that the bus took at `now` and gave the number `id`.
#[must_use]
pub fn envelope(entry: &Entry, now: Timestamp, id: Uuid) -> Value {
    json!({
        "version": "0",
        "id": id,
        "detail-type": entry.detail_type,
        "source": entry.source,
        "account": ACCOUNT,
        // Whole seconds: a bus keeps no more.
        "time": format!("{:.0}", entry.time.unwrap_or(now)),
        "region": REGION,
        "resources": entry.resources,
        "detail": entry.detail,
    })
}

#[cfg(test)]
mod tests {
    use aws_lambda_events::eventbridge::EventBridgeEvent;

    use super::*;

    fn step_due() -> Entry {
        let detail = json!({"migration": "018f", "step": "share-credit-line", "seq": 4});
        Entry {
            bus: "handover".to_owned(),
            source: "handover".to_owned(),
            detail_type: "StepDue".to_owned(),
            detail: serde_json::from_value(detail).unwrap(),
            resources: Vec::new(),
            time: None,
            trace: None,
        }
    }

    #[test]
    fn an_entry_becomes_the_envelope_of_the_bus() {
        let event = envelope(&step_due(), "2026-04-21T09:00:00.750Z".parse().unwrap(), Uuid::from_u128(9));
        insta::assert_json_snapshot!(event);

        let read: EventBridgeEvent = serde_json::from_value(event).unwrap();
        assert_eq!(read.detail["step"], "share-credit-line");
    }

    #[test]
    fn the_time_is_the_callers_if_it_named_one() {
        let entry = Entry { time: Some("2026-04-20T23:00:00Z".parse().unwrap()), ..step_due() };
        let event = envelope(&entry, Timestamp::UNIX_EPOCH, Uuid::nil());
        assert_eq!(event["time"], "2026-04-20T23:00:00Z");
    }
}
