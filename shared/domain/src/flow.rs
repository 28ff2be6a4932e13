//! What a flow is: a table of rows that fits on a screen, from which the rest is derived.

use std::fmt;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::flows;
use crate::step::Step;

mod deadline;

pub use deadline::{Dates, Deadline, WhenMissed};

/// A flow by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FlowName {
    /// The page: "Switching Solution Partners without Multi-Partner Solutions".
    PartnerSwitch,
    /// The page: "Migrating Phone Numbers Between WhatsApp Business Accounts", by Embedded Signup.
    NumberMove,
    /// The same by API, with a code that the number gets (facts 17.3).
    NumberMoveByCode,
    /// The page: "Adding a WABA to a Multi-Partner Solution".
    SolutionJoin,
    /// The page: "Switching Solution Partners with Multi-Partner Solutions".
    SolutionSwitch,
    /// The same, accepted in Business Suite (facts 10.2).
    SolutionSwitchBusinessSuite,
    /// The Solution Partner's part of those two, where another deployment is the Tech Provider's (facts 17.2).
    SolutionShare,
    /// Meta's page "Move off a Multi-Partner Solution" (facts 10.1).
    LeaveSolution,
    /// The page: "Transferring Ownership of a WABA", which Meta ended in 2025 (facts 0.2).
    OwnershipTransfer,
}

impl FlowName {
    /// Every flow.
    pub const ALL: [Self; 9] = [
        Self::PartnerSwitch,
        Self::NumberMove,
        Self::NumberMoveByCode,
        Self::SolutionJoin,
        Self::SolutionSwitch,
        Self::SolutionSwitchBusinessSuite,
        Self::SolutionShare,
        Self::LeaveSolution,
        Self::OwnershipTransfer,
    ];

    /// The flow's table.
    #[must_use]
    pub const fn flow(self) -> &'static Flow {
        match self {
            Self::PartnerSwitch => &flows::partner_switch::FLOW,
            Self::NumberMove => &flows::number_move::FLOW,
            Self::NumberMoveByCode => &flows::number_move_by_code::FLOW,
            Self::SolutionJoin => &flows::solution_join::FLOW,
            Self::SolutionSwitch => &flows::solution_switch::FLOW,
            Self::SolutionSwitchBusinessSuite => &flows::solution_switch_business_suite::FLOW,
            Self::SolutionShare => &flows::solution_share::FLOW,
            Self::LeaveSolution => &flows::leave_solution::FLOW,
            Self::OwnershipTransfer => &flows::ownership_transfer::FLOW,
        }
    }

    /// The name as it is stored and shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PartnerSwitch => "partner-switch",
            Self::NumberMove => "number-move",
            Self::NumberMoveByCode => "number-move-by-code",
            Self::SolutionJoin => "solution-join",
            Self::SolutionSwitch => "solution-switch",
            Self::SolutionSwitchBusinessSuite => "solution-switch-business-suite",
            Self::SolutionShare => "solution-share",
            Self::LeaveSolution => "leave-solution",
            Self::OwnershipTransfer => "ownership-transfer",
        }
    }
}

/// A table of rows, run from the first to the last.
#[derive(Debug, PartialEq)]
pub struct Flow {
    /// The flow's name.
    pub name: FlowName,
    /// What it is for, in one line.
    pub title: &'static str,
    /// What an operator must name to create one.
    pub asks: &'static [Asked],
    /// What is checked before anything is asked of the customer.
    pub checks: &'static [Check],
    /// Whether the customer signs up with us on its way, by a link that they are sent.
    pub signs_up: bool,
    /// Whether the customer cannot send until a 1st, which they are told.
    pub silences: bool,
    /// Whether the customer's number moves into another WABA; one that they get new, unless it is [named](Asked::Destination).
    pub moves: bool,
    /// The rows in order; the last one ends the migration.
    pub rows: &'static [Row],
}

/// One line of a flow.
#[derive(Debug, PartialEq)]
pub struct Row {
    /// The row's name, unique in its flow.
    pub name: &'static str,
    /// Who acts: the party whose doing the row waits for.
    pub acts: Actor,
    /// The function that runs the row, or looks whether somebody else has.
    pub run_by: Step,
    /// What `check-waiting` looks for; nothing for the rows of other functions.
    pub awaits: Awaits,
    /// What the function must be able to read or must be open.
    pub needs: &'static [Need],
    /// Whether the next row waits for this one. A row that does not gate never stops a migration: what
    /// it cannot do becomes an open finding.
    pub gates: bool,
    /// What shows that it happened.
    pub proof: &'static str,
    /// By when.
    pub deadline: Deadline,
    /// What a missed deadline means.
    pub when_missed: WhenMissed,
    /// Where a person does or checks this by hand: a link or a menu path.
    pub by_hand: &'static str,
}

#[rustfmt::skip] // one row, one paragraph, as in the tables
/// The row to which an operator's `cancel` leads where the share is to be taken back. It belongs to every flow and
/// stands in none of the tables: nothing but that action leads here, and it ends the migration.
pub static CANCELLATION: Row = Row {
    name: "revoke the credit line", acts: Actor::We, run_by: Step::RevokeCreditLine, awaits: Awaits::Nothing, needs: &[Need::SystemToken], gates: true,
    proof: "Meta shows the allocation as DELETED",
    deadline: Deadline::Minutes(15), when_missed: WhenMissed::Person,
    by_hand: "GET /<allocation id>?fields=request_status",
};

/// What an operator must name when they create a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asked {
    /// The WABA.
    Waba,
    /// The number that moves. Where a number moves it may be named in any case: then it is that one and no other.
    Number,
    /// The WABA into which the number moves, where the customer has it already.
    Destination,
    /// The solution that it goes into.
    Solution,
    /// A word that the apps of both solutions belong to one portfolio, which no call of Meta's shows.
    OnePortfolio,
    /// A word that what is asked for cannot be undone.
    OneWay,
    /// A word that the solution's other partner has the credit line that pays, and not we. No flow asks for it by itself; a
    /// deployment without a credit line does.
    PartnerShares,
    /// The hand-off of the Tech Provider who wants a share. An operator does not name it, they import it.
    HandOff,
}

impl Asked {
    /// All that can be named.
    pub const ALL: [Self; 8] = [
        Self::Waba,
        Self::Number,
        Self::Destination,
        Self::Solution,
        Self::OnePortfolio,
        Self::OneWay,
        Self::PartnerShares,
        Self::HandOff,
    ];
}

/// What pre-flight checks, in the order of the flow's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// The hand-off that has begun it is there, and stands in the history.
    HandOff,
    /// Our credit lines are there.
    CreditLines,
    /// The WABA is the customer's own, as far as it can be read already.
    Owner,
    /// Its numbers can move, as far as they can be read already.
    Numbers,
    /// The solution is active.
    Solution,
    /// The WABA is ours to read, and in no other active solution.
    NoOtherSolution,
    /// The WABA that the customer leaves, as far as it must be read or can: its token is there and outlives the longest
    /// wait, and what is needed of it later is written down.
    Source,
    /// The WABA is in an active solution, and not in the one that it goes into.
    ActiveSolution,
    /// How the WABA and its numbers stand at Meta, as far as it can be read: review, verification, health, limits. It stops
    /// only where Meta's documents say that the move is refused; the rest is found and told.
    Standing,
    /// The message templates of the WABA that the customer leaves are written down, as far as they can be read; this stops
    /// nobody.
    Templates,
    /// The WABA is ours, and we own it on behalf of the customer.
    PartnerOwned,
    /// The WABA into which the number moves can take it: its token is there and outlives the longest wait, the customer owns
    /// it, and Meta has approved it.
    Destination,
}

/// What a waiting row waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Awaits {
    /// The customer's signup, or that Meta tells of it.
    Signup,
    /// That the customer accepts our request in Business Suite.
    Acceptance,
    /// That the customer turns two-step verification of their numbers off.
    TwoStepOff,
    /// That the customer adds a payment method of their own.
    PaymentMethod,
    /// That the customer claims the ownership of their WABA.
    Claim,
    /// That the solution's other partner has shared their credit line, where they do; their hand-off is imported.
    PartnersShare,
    /// The row waits for nobody.
    Nothing,
}

/// What a row's function must be able to read, or what must be open; its role is derived from this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// The customer's token, made by the signup.
    CustomerToken,
    /// The token of our system user: reads and shares credit lines.
    SystemToken,
    /// The share window (rule 1).
    Window,
    /// The secret of our app, with which the proof of a new token is made.
    AppSecret,
    /// The PIN of a number.
    Pin,
    /// The code that a number has got from Meta.
    Code,
    /// The bus.
    Bus,
}

/// How long a row that does not gate tries at its place before it becomes a finding.
///
/// Ten minutes outlast a passing fault of Meta's ("updates up to 5 minutes", facts 13.2 code 2) and cost
/// the share nothing: `sign_up_before` leaves 90 minutes.
pub const TRIES_AT_ITS_PLACE: SignedDuration = SignedDuration::from_mins(10);

/// A flow may not have more rows that do not gate: so many findings fit beside the rest of STATE into an item
/// of 1 KB, above which every write of it costs double.
pub const MOST_FINDINGS: usize = 2;

impl Flow {
    /// The row of that name and the rows after it.
    #[must_use]
    pub fn from_row(&self, name: &str) -> &'static [Row] {
        let start = self.rows.iter().position(|row| row.name == name);
        start.and_then(|start| self.rows.get(start..)).unwrap_or(&[])
    }

    /// The row of that name: of the table, or the [`CANCELLATION`].
    #[must_use]
    pub fn row(&self, name: &str) -> Option<&'static Row> {
        let cancellation = (name == CANCELLATION.name).then_some(&CANCELLATION);
        self.from_row(name).first().or(cancellation)
    }

    /// The longest that the flow waits for somebody at one row: a token must live longer.
    #[must_use]
    pub fn longest_wait(&self) -> SignedDuration {
        let days = |row: &Row| match row.deadline {
            Deadline::Days(days) | Deadline::DaysAfterSignup(days) => days,
            _ => 0,
        };
        SignedDuration::from_hours(24 * self.rows.iter().map(days).max().unwrap_or(0))
    }

    /// Whether the customer gets a new WABA on its way, whose id is learned: until then the one at hand is the old one.
    #[must_use]
    pub fn makes_a_waba(&self) -> bool {
        self.moves && !self.asks.contains(&Asked::Destination)
    }

    /// Whether a row of the flow is run by that step.
    #[must_use]
    pub fn has(&self, step: Step) -> bool {
        self.rows.iter().any(|row| row.run_by == step)
    }

    /// Whether that row is the one with the last word to the customer: before it, what is open gets one more try.
    #[must_use]
    pub fn is_the_last_word(&self, name: &str) -> bool {
        self.row(name).is_some_and(|row| row.run_by == Step::Announce)
    }

    /// Whether an operator may name that: what the flow asks for; the WABA in any flow but those that name the destination,
    /// the number wherever one moves, and the solution with an offer of ownership, which may lead into one.
    #[must_use]
    pub fn has_use_for(&self, asked: Asked) -> bool {
        let also = match asked {
            // Where the destination is at hand, the WABA that the number leaves is nobody's to read.
            Asked::Waba => !self.asks.contains(&Asked::Destination),
            Asked::Number => self.moves,
            Asked::Solution => self.has(Step::SetOwnershipIntent),
            Asked::PartnerShares => self.rows.iter().any(|row| row.awaits == Awaits::PartnersShare),
            Asked::Destination | Asked::OnePortfolio | Asked::OneWay | Asked::HandOff => false,
        };
        also || self.asks.contains(&asked)
    }

    /// The row after that one; none after the last.
    #[must_use]
    pub fn after(&self, name: &str) -> Option<&'static Row> {
        self.from_row(name).get(1)
    }
}

impl fmt::Display for FlowName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_flow_is_a_table_that_can_be_run() {
        for flow in FlowName::ALL.map(FlowName::flow) {
            let names: BTreeSet<_> = flow.rows.iter().map(|row| row.name).collect();
            assert_eq!(names.len(), flow.rows.len(), "{}: two rows of one name", flow.name);
            assert!(flow.rows.iter().filter(|row| !row.gates).count() <= MOST_FINDINGS, "{}", flow.name);
            assert!(flow.rows.last().unwrap().gates, "{}: the last row ends the migration", flow.name);
            assert!(flow.has(Step::Announce), "{}: nobody is told", flow.name);
            for row in flow.rows {
                assert!(!row.proof.is_empty() && !row.by_hand.is_empty(), "{}: {}", flow.name, row.name);
                assert!(!row.gates || row.when_missed != WhenMissed::Finding, "{}: {}", flow.name, row.name);
                let waits = row.run_by == Step::CheckWaiting;
                assert_eq!(row.awaits != Awaits::Nothing, waits, "{}: {}", flow.name, row.name);
                assert!(row.awaits != Awaits::Signup || flow.signs_up, "{}: {}", flow.name, row.name);
                let named = |asked| flow.asks.contains(&asked);
                assert!(!flow.moves || named(Asked::Waba) || named(Asked::Number), "{}: what?", flow.name);
                assert!(flow.moves || !named(Asked::Destination), "{}: into which nothing moves", flow.name);
                assert!(!(flow.moves && flow.silences), "{}: nobody waits for a 1st", flow.name);
            }
        }
    }
}
