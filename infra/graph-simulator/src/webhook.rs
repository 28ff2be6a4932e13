//! Webhooks, signed as Meta signs them (facts 15).

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::seal;

/// A webhook on its way to the app's callback address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// The bytes that the signature covers.
    pub body: Vec<u8>,
    /// `X-Hub-Signature-256`: `sha256=<hex>`.
    pub signature: String,
}

impl Webhook {
    /// One change in Meta's envelope (facts 15.1).
    pub(crate) fn of(entry_id: &str, at: Timestamp, field: &str, value: &Value, secret: &str) -> Self {
        let change = json!({ "field": field, "value": value });
        let entry = json!({ "id": entry_id, "time": at.as_second(), "changes": [change] });
        let body =
            json!({ "object": "whatsapp_business_account", "entry": [entry] }).to_string().into_bytes();
        Self::signed(body, secret)
    }

    /// Any body, signed with that secret.
    #[must_use]
    pub fn signed(body: Vec<u8>, secret: &str) -> Self {
        let signature = format!("sha256={}", seal::hex(secret, &body));
        Self { body, signature }
    }
}
