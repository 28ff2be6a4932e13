//! A business phone number.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A business phone number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhoneNumber {
    /// The WABA it is on.
    pub waba_id: String,
    /// As a person writes it.
    pub display_phone_number: String,
    /// The name that recipients see.
    pub verified_name: String,
    /// `CONNECTED`, `PENDING`, `DISCONNECTED`...
    #[serde(default = "connected")]
    pub status: String,
    /// `CLOUD_API`, `ON_PREMISE`, `NOT_APPLICABLE` (not registered).
    #[serde(default = "cloud_api")]
    pub platform_type: String,
    /// Whether the number also lives in the WhatsApp Business app (coexistence).
    #[serde(default)]
    pub is_on_biz_app: bool,
    /// Whether Meta knows that whoever has the number wants it where it is. Default yes.
    #[serde(default = "yes")]
    pub is_verified: bool,
    /// The code that Meta has sent to it last and not been given yet (facts 6.4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// `GREEN`, `YELLOW`, `RED`, `UNKNOWN` (facts 6.2).
    #[serde(default = "green")]
    pub quality_rating: String,
    /// What the review of the display name has come to: `APPROVED`, `PENDING_REVIEW`... (facts 6.2).
    #[serde(default = "approved")]
    pub name_status: String,
    /// `STANDARD`, `HIGH`, `NOT_APPLICABLE` (facts 6.2).
    #[serde(default = "standard")]
    pub throughput: String,
    /// The two-step PIN; absent when two-step verification is off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<String>,
    /// Register requests of the last 72 hours (facts 6.5).
    #[serde(default)]
    pub registered_at: Vec<Timestamp>,
    /// Deregister requests of the last 72 hours (facts 6.6).
    #[serde(default)]
    pub deregistered_at: Vec<Timestamp>,
}

const fn yes() -> bool {
    true
}

fn connected() -> String {
    "CONNECTED".to_owned()
}

fn cloud_api() -> String {
    "CLOUD_API".to_owned()
}

fn green() -> String {
    "GREEN".to_owned()
}

fn approved() -> String {
    "APPROVED".to_owned()
}

fn standard() -> String {
    "STANDARD".to_owned()
}
