//! Solutions, and what a customer is asked to answer.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A Multi-Partner Solution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Solution {
    /// Its name.
    pub name: String,
    /// `ACTIVE`, `DRAFT`, `DEACTIVATED`... (facts 10.4).
    pub status: String,
    /// Whether the app that made it is of the portfolio that the apps of our other solutions are of.
    #[serde(default)]
    pub one_portfolio: bool,
}

/// A request to let a WABA into a solution, or off one (facts 10.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intent {
    /// The WABA.
    pub waba_id: String,
    /// The solution; none where the WABA goes off its solution, to our app alone.
    pub solution_id: Option<String>,
    /// `INITIATED`, `ACCEPTED`, `REJECTED` (facts 10.2).
    pub status: String,
    /// When it was made: 90 days later Meta accepts by itself.
    pub made_at: Timestamp,
    /// The new WABA that Meta makes once it is accepted, where the WABA was in another solution.
    #[serde(default)]
    pub destination_waba: Option<String>,
}

/// An offer of the ownership of a WABA to the customer (facts 11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// Meta's number for it, which nobody can read.
    pub id: String,
    /// The solution that was named with it, for ever.
    #[serde(default)]
    pub solution_id: Option<String>,
    /// Whether the customer can claim it: they have neither done so nor declined.
    pub is_open: bool,
    /// How often it was made.
    pub offers: u32,
}
