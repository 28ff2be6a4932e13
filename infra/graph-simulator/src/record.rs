//! What was called, for harnesses that count.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::Endpoint;

/// One call that the simulator saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CallRecord {
    /// When it came.
    pub at: Timestamp,
    /// Which call it was.
    pub endpoint: Endpoint,
    /// The ids it named: `node` from the path, `waba_id`, `receiving_business_id`, `business` and `user`
    /// from the parameters.
    pub ids: BTreeMap<String, String>,
    /// What the caller got.
    pub outcome: CallOutcome,
    /// Whether what they got is an error of Meta's own, which may come with status 200.
    pub refused: bool,
}

/// What a caller got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CallOutcome {
    /// An answer with this status, whole or broken.
    Answered(u16),
    /// No answer.
    Lost,
}
