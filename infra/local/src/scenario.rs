//! A scenario: a world, what the customer does and when, what goes wrong, and how it should end.
//!
//! It is a TOML file, and every key that is not known is an error that names the key and its line: an
//! expectation that is misspelt would otherwise always hold.

use std::collections::BTreeMap;

use graph_simulator::{PlannedFault, WorldSpec};
use handover_domain::approval::Approval;
use handover_domain::calendar::MonthEdge;
use handover_domain::flow::FlowName;
use handover_domain::ledger::ShareMethod;
use handover_engine::settings::{LateShare, OwnershipTransfer, Register};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::machine::Choices;
use crate::store::Store;
use check::misread;
use expect::Expect;
use fleet::Fleet;

mod check;
pub mod expect;
mod fleet;
#[cfg(test)]
mod tests;

/// The page's example, which is played if no other scenario is named.
pub const EXAMPLE: &str = include_str!("../../../tests/scenarios/example.toml");

/// A rehearsal ends at the latest so long after its first act, unless the scenario says otherwise: whoever
/// starts on the worst day waits 34 days.
const LASTS: SignedDuration = SignedDuration::from_hours(24 * 45);

/// A scenario, read and known to be playable.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it shows, in a line; for people.
    pub title: String,
    /// The flow of every migration in it.
    pub flow: FlowName,
    /// When it ends at the latest. Default 45 days after the first act.
    #[serde(default)]
    until: Option<Timestamp>,
    /// What an operator would set.
    #[serde(default)]
    settings: Settings,
    /// What there is at Meta.
    #[serde(default)]
    pub world: WorldSpec,
    /// Many customers at once; it stands in the place of single acts.
    #[serde(default)]
    fleet: Option<Fleet>,
    /// What people do, in order.
    #[serde(default, rename = "act")]
    pub acts: Vec<Act>,
    /// What goes wrong with calls to Meta.
    #[serde(default, rename = "fault")]
    pub faults: Vec<PlannedFault>,
    /// How it should end.
    #[serde(default, rename = "expect")]
    pub expectations: Vec<Expect>,
}

/// The settings that a scenario may change.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    /// The zone in which we think that Meta's month turns. Default unknown.
    #[serde(with = "jiff::fmt::serde::tz::optional")]
    month_zone: Option<TimeZone>,
    /// What happens to a share that is owed in the doubtful hours.
    late_share: LateShare,
    /// Which numbers are registered.
    register: Register,
    /// Whether transfers of ownership are tried. Default off.
    ownership_transfer: OwnershipTransfer,
    /// In how many calls a credit line is shared. Default one.
    share_method: ShareMethod,
    /// How many people must approve a share.
    approval: Approval,
    /// Whether we are a Tech Provider, who has no credit line. Default no.
    tech_provider: bool,
    /// How far our clock is ahead of Meta's; behind it, if negative. Default nothing.
    clock_off: SignedDuration,
}

/// Something that a person does.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// When.
    pub at: Timestamp,
    /// What.
    #[serde(rename = "do")]
    pub what: Doing,
    /// For which of the world's WABAs, counted from 1.
    #[serde(default = "first")]
    pub waba: u16,
    /// Whether the WABA's id is known when the migration is created.
    #[serde(default)]
    pub named: bool,
    /// What the customer chooses in a signup with a new WABA. Default what they were asked for.
    #[serde(default)]
    pub chooses: Choice,
    /// What an operator says beside `seq` and `reason`: the share of a cancel, the verdict of a resolve.
    #[serde(default)]
    pub says: BTreeMap<String, String>,
    /// Which operator it is, by name. Default one whom nobody knows.
    #[serde(default)]
    pub by: Option<String>,
}

const fn first() -> u16 {
    1
}

/// What a customer chooses who should sign up with a new WABA.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// Their portfolio, a new WABA, their number, through the right link.
    #[default]
    AsTold,
    /// A new portfolio.
    AnotherPortfolio,
    /// Another number.
    AnotherNumber,
    /// Another solution: they came through another page.
    AnotherSolution,
    /// Their old WABA.
    OldWaba,
    /// Another WABA, which they have had for a year.
    ExistingWaba,
    /// The WABA that they have made in their last signup with us, for another number of theirs.
    LastMadeWaba,
}

/// What people do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doing {
    /// An operator creates the migration (`POST /migrations`) and sends the customer the link.
    Create,
    /// The customer unshares the WABA from the former partner, in Meta's pages.
    Unshare,
    /// The customer completes Embedded Signup, and the page sends us the code (`POST /signup`).
    SignUp,
    /// The customer completes Embedded Signup, and the code is lost on its way to us.
    LoseCode,
    /// The partner hands over the token that they have of the WABA's owner (`PUT /wabas/{id}/token`).
    PutToken,
    /// The customer turns two-step verification of their numbers off.
    TwoStepOff,
    /// The customer completes Embedded Signup with a new WABA and their existing number.
    SignUpAnew,
    /// The customer signs up at a Tech Provider's page, with a new WABA in our solution.
    MoveIn,
    /// An operator imports the hand-off of the Tech Provider, who wants a share (`POST /hand-offs`).
    WantShare,
    /// The partner of the solution shares, and an operator imports their hand-off (`POST /hand-offs`).
    PartnerShare,
    /// The customer adds a payment method of their own.
    AddPayment,
    /// The customer accepts our request in Business Suite.
    Accept,
    /// The customer declines our request in Business Suite.
    Decline,
    /// The customer unshares the WABA from us, in Meta's pages, and goes back to the former partner.
    Leave,
    /// An operator tells when the customer unshared (`POST /migrations/{id}/unshared`).
    Unshared,
    /// An operator runs what is open (`POST /migrations/{id}/retry`).
    Retry,
    /// An operator ends the migration (`POST /migrations/{id}/cancel`).
    Cancel,
    /// An operator decides (`POST /migrations/{id}/resolve`).
    Resolve,
    /// An operator approves the share (`POST /migrations/{id}/approve`).
    Approve,
    /// An operator hands over the code that the customer has read out (`POST /migrations/{id}/code`); with `says`, another one.
    TellCode,
    /// An operator makes a new signup link (`POST /migrations/{id}/new-link`), and sends it to the customer.
    NewLink,
}

impl Doing {
    /// The act's name in scenarios and timelines.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Unshare => "unshare",
            Self::SignUp => "sign-up",
            Self::LoseCode => "lose-code",
            Self::PutToken => "put-token",
            Self::TwoStepOff => "two-step-off",
            Self::SignUpAnew => "sign-up-anew",
            Self::MoveIn => "move-in",
            Self::WantShare => "want-share",
            Self::PartnerShare => "partner-share",
            Self::AddPayment => "add-payment",
            Self::Accept => "accept",
            Self::Decline => "decline",
            Self::Leave => "leave",
            Self::Unshared => "unshared",
            Self::Retry => "retry",
            Self::Cancel => "cancel",
            Self::Resolve => "resolve",
            Self::Approve => "approve",
            Self::TellCode => "tell-code",
            Self::NewLink => "new-link",
        }
    }

    /// Whether an operator does it, and not the customer.
    #[must_use]
    pub const fn is_an_operators(self) -> bool {
        !matches!(
            self,
            Self::Unshare
                | Self::SignUp
                | Self::LoseCode
                | Self::Leave
                | Self::TwoStepOff
                | Self::SignUpAnew
                | Self::MoveIn
                | Self::AddPayment
                | Self::Accept
                | Self::Decline
        )
    }

    /// Whether it needs a migration of this WABA.
    const fn needs_a_migration(self) -> bool {
        let anew = self.creates();
        !anew
            && !matches!(
                self,
                Self::Unshare | Self::Leave | Self::TwoStepOff | Self::AddPayment | Self::MoveIn
            )
    }

    /// Whether a migration begins with it.
    const fn creates(self) -> bool {
        matches!(self, Self::Create | Self::WantShare)
    }

    /// Whether an operator may say more than why.
    const fn says_more(self) -> bool {
        matches!(
            self,
            Self::Cancel
                | Self::Resolve
                | Self::Unshared
                | Self::TellCode
                | Self::WantShare
                | Self::PartnerShare
        )
    }
}

/// Why a text is not a scenario.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScenarioError {
    /// Not TOML, a key that is not known, or a value of another kind.
    #[error("line {line}: {what}\n  {text}")]
    Text {
        /// The line, from 1.
        line: usize,
        /// What stands there.
        text: String,
        /// What is wrong with it.
        what: String,
    },
    /// It can be read and cannot be played.
    #[error("{0}")]
    Unplayable(String),
}

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    ///
    /// [`ScenarioError`] names the key and its line, or the act that cannot be played.
    pub fn read(text: &str) -> Result<Self, ScenarioError> {
        let mut scenario: Self = toml::from_str(text).map_err(|error| misread(text, &error))?;
        scenario.sail().map_err(ScenarioError::Unplayable)?;
        scenario.check().map_err(ScenarioError::Unplayable)?;
        Ok(scenario)
    }

    /// Gives each customer of the fleet a WABA and their acts.
    fn sail(&mut self) -> Result<(), String> {
        let Some(fleet) = &self.fleet else { return Ok(()) };
        fleet.check()?;
        if !self.acts.is_empty() {
            return Err("a fleet has its own acts; take out either [fleet] or every [[act]]".to_owned());
        }
        self.acts = fleet.acts(&self.choices().month_edge);
        self.world.wabas = fleet.customers;
        Ok(())
    }

    /// Whether it is about many customers at once.
    #[must_use]
    pub const fn is_a_fleet(&self) -> bool {
        self.fleet.is_some()
    }

    /// Where its records are kept.
    #[must_use]
    pub const fn store(&self) -> Store {
        if self.is_a_fleet() { Store::Memory } else { Store::Embedded }
    }

    /// When the first act is.
    #[must_use]
    pub fn starts_at(&self) -> Timestamp {
        self.acts.first().map_or(Timestamp::UNIX_EPOCH, |act| act.at)
    }

    /// When it ends at the latest.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        let lasts = || self.starts_at().saturating_add(LASTS).unwrap_or(Timestamp::MAX);
        self.until.unwrap_or_else(lasts)
    }

    /// How far our clock is ahead of Meta's, by which the scenario tells the time.
    #[must_use]
    pub const fn clock_off(&self) -> SignedDuration {
        self.settings.clock_off
    }

    /// What the operator of this scenario has set.
    #[must_use]
    pub fn choices(&self) -> Choices {
        let Settings {
            month_zone,
            late_share,
            register,
            ownership_transfer,
            share_method,
            approval,
            tech_provider,
            clock_off,
        } = self.settings.clone();
        Choices {
            month_edge: month_zone.map_or(MonthEdge::Unknown, MonthEdge::Zone),
            late_share,
            register,
            ownership_transfer,
            share_method,
            approval,
            tech_provider,
            signup_page: "https://partner.example/signup".to_owned(),
            clock_off,
        }
    }
}
