//! The verification of a number by a code: what was asked for, and the code as long as Meta has not been given it.

use handover_domain::number::CodeMethod;
use jiff::Timestamp;
use jiff::fmt::serde::timestamp::millisecond;
use serde::{Deserialize, Serialize};

use crate::ports::Sealed;

/// The name of the detail [`Asked`].
pub const DETAIL: &str = "verification";

/// That Meta was asked to send a code, written before each call: every one sends another, and a few are all it sends (facts
/// 6.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// When it was last.
    #[serde(with = "millisecond::required")]
    pub at: Timestamp,
    /// How it was to come.
    pub method: CodeMethod,
    /// How often Meta was asked; what it has surely refused does not count.
    pub times: u32,
}

/// A code that somebody has told us. It is deleted before Meta is given it, because it works once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredCode {
    /// The code, sealed for its migration.
    pub sealed: Sealed,
    /// When it was told.
    #[serde(with = "millisecond::required")]
    pub stored_at: Timestamp,
}
