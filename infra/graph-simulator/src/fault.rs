//! Faults by plan: the n-th call of a kind is lost, broken or refused (reliability's catalogue G1-G33).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Endpoint;

/// A fault that waits for its call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedFault {
    /// The call that it strikes, written as its pattern: `POST /{waba}/subscribed_apps`.
    pub endpoint: Endpoint,
    /// Which of the coming calls, from 1. Default the next.
    #[serde(default = "next")]
    pub nth: u32,
    /// Only calls that name this id, in the path or a parameter. Default any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// What happens to it.
    pub fault: Fault,
}

const fn next() -> u32 {
    1
}

impl PlannedFault {
    /// Counts a call, and says whether it is the one.
    pub(crate) fn counts(&mut self, endpoint: Endpoint, ids: &BTreeMap<String, String>) -> bool {
        let named = |id: &String| ids.values().any(|found| found == id);
        if endpoint != self.endpoint || !self.about.as_ref().is_none_or(named) {
            return false;
        }
        self.nth = self.nth.saturating_sub(1);
        self.nth == 0
    }
}

/// What goes wrong with one call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// The connection ends without an answer (G1-G3).
    LoseAnswer {
        /// Whether Meta did what was asked.
        applied: bool,
    },
    /// A server error (G5).
    Status {
        /// 500, 502, 503.
        status: u16,
        /// Whether Meta did what was asked.
        applied: bool,
    },
    /// 200 with a page of HTML (G6).
    Html {
        /// Whether Meta did what was asked.
        applied: bool,
    },
    /// Applied, and the first half of the answer's bytes (G6).
    Cut,
    /// Applied, and no bytes (G6).
    Empty,
    /// Applied, and JSON of another shape (G27).
    OtherShape,
    /// Refused with an error of Meta's (G7-G12).
    GraphError {
        /// `code`.
        code: u32,
        /// `error_subcode`.
        #[serde(default)]
        subcode: Option<u32>,
        /// The HTTP status; default 400, and 200 is possible (G7).
        #[serde(default)]
        status: Option<u16>,
        /// `is_transient`.
        #[serde(default)]
        is_transient: bool,
    },
    /// Code 80008 for this WABA or credit line from now on (G9).
    RateLimited {
        /// For so long.
        minutes: u32,
    },
    /// One field that this caller may not read; the whole read fails (facts 4.1).
    UnreadableField {
        /// Its name.
        field: String,
    },
    /// Applied and answered, but the allocation that was made can be read only later (G16).
    HiddenFor {
        /// So much later.
        minutes: u32,
    },
}
