//! A scenario: a world, what the customer does and when, what goes wrong, and how it should end.
//!
//! It is a TOML file, and every key that is not known is an error that names the key and its line: an
//! expectation that is misspelt would otherwise always hold.

use std::collections::{BTreeMap, BTreeSet};

use graph_simulator::{PlannedFault, WorldSpec};
use handover_domain::approval::Approval;
use handover_domain::calendar::MonthEdge;
use handover_domain::flow::FlowName;
use handover_domain::ledger::ShareMethod;
use handover_engine::settings::{LateShare, OwnershipTransfer, Register};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::machine::Choices;
use crate::store::Store;
use expect::Expect;
use fleet::Fleet;

pub mod expect;
mod fleet;

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

    fn check(&self) -> Result<(), String> {
        let (mut created, mut lived) = (BTreeSet::new(), BTreeSet::new());
        let mut before = self.starts_at();
        for (place, act) in self.acts.iter().enumerate() {
            let which = format!("act {} ({} at {})", place + 1, act.what.name(), act.at);
            if act.at < before {
                return Err(format!("{which} is before the act above it; write acts in the order of time"));
            }
            before = act.at;
            self.check_waba(act.waba).map_err(|problem| format!("{which}: {problem}"))?;
            match act.what {
                doing if doing.creates() && !created.insert(act.waba) => {
                    return Err(format!(
                        "{which}: WABA {} has its migration already; it can have another after leave or cancel",
                        act.waba
                    ));
                }
                // The customer may come back, in a migration of its own.
                Doing::Leave | Doing::Cancel => {
                    lived.insert(act.waba);
                    created.remove(&act.waba);
                }
                doing if doing.needs_a_migration() && !created.contains(&act.waba) => {
                    return Err(format!("{which}: there is no link yet; create WABA {} first", act.waba));
                }
                _ => {}
            }
            if !act.says.is_empty() && !act.what.says_more() {
                return Err(format!(
                    "{which}: only cancel, resolve, unshared, tell-code, want-share and partner-share say more"
                ));
            }
            if act.by.is_some() && !act.what.is_an_operators() {
                return Err(format!("{which}: only what an operator does is by one"));
            }
            if act.chooses != Choice::AsTold && act.what != Doing::SignUpAnew {
                return Err(format!("{which}: only sign-up-anew chooses"));
            }
            if act.named && act.what != Doing::Create {
                return Err(format!("{which}: only create can be named"));
            }
        }
        if created.is_empty() && lived.is_empty() {
            return Err("there is no act that creates a migration; add one with do = \"create\"".to_owned());
        }
        if self.expectations.is_empty() {
            return Err("nothing is expected, so nothing could fail; add an [[expect]]".to_owned());
        }
        for (place, expect) in self.expectations.iter().enumerate() {
            let which = format!("expect {}", place + 1);
            self.check_waba(expect.waba()).map_err(|problem| format!("{which}: {problem}"))?;
            if expect.is_empty() {
                return Err(format!("{which} expects nothing; name what should hold"));
            }
        }
        Ok(())
    }

    fn check_waba(&self, waba: u16) -> Result<(), String> {
        if (1..=self.world.wabas).contains(&waba) {
            return Ok(());
        }
        Err(format!("there is no WABA {waba}; the world has {}, counted from 1", self.world.wabas))
    }
}

/// The keys of `[world]` with their places. The world's own type reads two tables as one, and forgets them.
#[derive(Deserialize)]
struct Places {
    #[serde(default)]
    world: BTreeMap<Spanned<String>, IgnoredAny>,
}

fn misread(text: &str, error: &toml::de::Error) -> ScenarioError {
    let names =
        |key: &Spanned<String>| error.message().starts_with(&format!("unknown field `{}`", key.as_ref()));
    let places = toml::from_str(text).unwrap_or(Places { world: BTreeMap::new() });
    let in_world = places.world.keys().find(|key| names(key)).map(Spanned::span);
    let start = in_world.or_else(|| error.span()).map_or(0, |span| span.start);
    let line = text.get(..start).unwrap_or_default().matches('\n').count() + 1;
    ScenarioError::Text {
        line,
        text: text.lines().nth(line - 1).unwrap_or_default().to_owned(),
        what: error.message().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"
title = "A small one"
flow = "partner-switch"
[[act]]
at = "2026-04-20T08:00:00Z"
do = "create"
[[expect]]
state = "open"
"#;

    const ACT: &str = "[[act]]\nat = \"2026-04-20T08:00:00Z\"\ndo = \"create\"\n";

    const FLEET: &str = r#"
[fleet]
customers = 3
first = "2026-04-20T08:00:00Z"
last = "2026-04-25T08:00:00Z"
ways = ["as-told", "slowly"]
"#;

    #[test]
    fn a_fleet_has_a_waba_and_acts_for_each_customer() {
        let scenario = Scenario::read(&SMALL.replace(ACT, FLEET)).unwrap();
        assert_eq!(scenario.world.wabas, 3);
        let acts = scenario.acts.iter().map(|act| format!("{} {} {}", act.at, act.waba, act.what.name()));
        insta::assert_snapshot!(acts.collect::<Vec<_>>().join("\n"));
    }

    fn refusal(from: &str, to: &str) -> String {
        assert!(SMALL.contains(from), "{from}");
        Scenario::read(&SMALL.replacen(from, to, 1)).unwrap_err().to_string()
    }

    #[test]
    fn what_a_scenario_leaves_unsaid_is_the_pages_example() {
        let scenario = Scenario::read(SMALL).unwrap();
        assert_eq!(scenario.world, WorldSpec::default());
        assert_eq!(scenario.until(), "2026-06-04T08:00:00Z".parse().unwrap());
        assert_eq!(scenario.choices().month_edge, MonthEdge::Unknown);
        assert_eq!(scenario.choices().late_share, LateShare::Ask);
    }

    #[test]
    fn the_example_is_a_scenario() {
        assert!(Scenario::read(EXAMPLE).is_ok());
    }

    #[test]
    fn a_key_that_is_not_known_is_refused_by_name_and_line() {
        let refusals = [
            refusal("flow =", "flwo ="),
            refusal("do = ", "waab = 1\ndo = "),
            refusal("state = ", "states = "),
            refusal("[[act]]", "[world]\nwabbas = 2\n[[act]]"),
            refusal("[[act]]", "[settings]\nlate_shares = \"ask\"\n[[act]]"),
            refusal("[[act]]", "[[fault]]\nendpoint = \"GET /{waba}\"\nfault = { cuts = true }\n[[act]]"),
            refusal("[[act]]", "[[fault]]\nendpoint = \"GET /wabas\"\nfault = \"cut\"\n[[act]]"),
        ];
        insta::assert_snapshot!(refusals.join("\n"));
    }

    #[test]
    fn a_value_of_another_kind_is_refused_at_its_line() {
        let refusals = [
            refusal("partner-switch", "partner-swap"),
            refusal("2026-04-20T08:00:00Z", "20 April"),
            refusal("\"create\"", "\"dance\""),
            refusal("\"open\"", "7"),
            refusal("[[act]]", "[settings]\nmonth_zone = \"Mars/Olympus\"\n[[act]]"),
        ];
        insta::assert_snapshot!(refusals.join("\n"));
    }

    #[test]
    fn what_cannot_be_played_is_refused_with_what_to_write() {
        let refusals = [
            refusal("\"create\"", "\"sign-up\""),
            refusal("do = \"create\"", "do = \"create\"\nwaba = 2"),
            refusal("do = \"create\"", "do = \"unshare\""),
            refusal("do = \"create\"", "do = \"unshare\"\nnamed = true"),
            refusal("[[expect]]", "[[act]]\nat = \"2026-04-19T08:00:00Z\"\ndo = \"unshare\"\n[[expect]]"),
            refusal("[[expect]]", "[[act]]\nat = \"2026-04-21T08:00:00Z\"\ndo = \"create\"\n[[expect]]"),
            refusal("[[expect]]\nstate = \"open\"", ""),
            refusal("state = \"open\"", "waba = 1"),
            refusal("state = \"open\"", "state = \"open\"\nwaba = 0"),
            refusal("[[act]]", &format!("{FLEET}[[act]]")),
            refusal(ACT, &FLEET.replace("3", "0")),
            refusal(ACT, &FLEET.replace("04-25", "03-25")),
            refusal(ACT, &FLEET.replace("\"as-told\", \"slowly\"", "")),
        ];
        insta::assert_snapshot!(refusals.join("\n"));
    }
}
