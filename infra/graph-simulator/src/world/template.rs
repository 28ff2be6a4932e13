//! Message templates (facts 8).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A message template of one WABA. Across WABAs it is known by name and language; a copy has an id of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// The WABA that has it.
    pub waba_id: String,
    /// What it says of itself.
    #[serde(flatten)]
    pub content: TemplateContent,
    /// When it was made, by somebody's call.
    #[serde(default)]
    pub made_at: Timestamp,
    /// When Meta checks this copy again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked_at: Option<Timestamp>,
}

/// A template but for where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateContent {
    /// Its name, unique with the language.
    pub name: String,
    /// Its language.
    #[serde(default = "german")]
    pub language: String,
    /// `MARKETING`, `UTILITY`, `AUTHENTICATION`.
    #[serde(default = "utility")]
    pub category: String,
    /// `APPROVED`, `PAUSED`, `REJECTED`...
    #[serde(default = "approved")]
    pub status: String,
    /// `GREEN`, `YELLOW`, `RED`, `UNKNOWN`.
    #[serde(default = "green")]
    pub quality: String,
    /// What becomes of a copy.
    #[serde(default)]
    pub when_copied: WhenCopied,
}

/// What becomes of a template that is copied into another WABA.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhenCopied {
    /// The copy stays as it is.
    #[default]
    Stays,
    /// It is not copied, whoever asks.
    Fails,
    /// The copy is rejected when it is checked again.
    Rejected,
    /// The copy gets another category when it is checked again.
    Recategorised,
}

impl TemplateContent {
    pub(super) fn new(name: &str, quality: &str) -> Self {
        Self {
            name: name.to_owned(),
            language: german(),
            category: utility(),
            status: approved(),
            quality: quality.to_owned(),
            when_copied: WhenCopied::Stays,
        }
    }
}

fn german() -> String {
    "de".to_owned()
}

fn utility() -> String {
    "UTILITY".to_owned()
}

fn approved() -> String {
    "APPROVED".to_owned()
}

fn green() -> String {
    "GREEN".to_owned()
}
