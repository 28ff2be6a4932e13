//! What the deployment has decided: read once at the edge, the same for every function.

use std::collections::{BTreeMap, BTreeSet};

use handover_domain::approval::Approval;
use handover_domain::calendar::MonthEdge;
use handover_domain::ids::{AppId, BusinessId, CreditLineId, SystemUserId};
use handover_domain::ledger::ShareMethod;
use handover_domain::scope::Scope;
use handover_graph::transport::GraphVersion;
use handover_graph::words::Currency;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The settings of one deployment: one partner.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Our app at Meta.
    pub app: AppId,
    /// Our business portfolio.
    pub business: BusinessId,
    /// Our system user: Admin or Financial Editor (facts 9).
    pub system_user: SystemUserId,
    /// Our credit lines: chosen here, never "the first" that Meta lists (facts 9.1).
    pub credit_lines: CreditLines,
    /// Where Meta's month turns, as far as we know (rule 2).
    pub month_edge: MonthEdge,
    /// What happens to a share that is owed in the doubtful hours (rule 2).
    pub late_share: LateShare,
    /// Which numbers are registered.
    pub register: Register,
    /// Whether transfers of ownership are tried, though Meta has ended them (facts 0.2).
    pub ownership_transfer: OwnershipTransfer,
    /// How many shares may be begun on a credit line in a day of UTC; none if as many as come.
    pub shares_per_day: Option<u32>,
    /// In how many calls a credit line is shared (facts 9.2, 9.3).
    pub share_method: ShareMethod,
    /// How many people must approve a share before it is made.
    pub approval: Approval,
    /// What stands before the name of each scope in an operator's token.
    pub scope_prefix: String,
    /// The page with the partner's signup; the link's secret is added as `state`.
    pub signup_page: String,
    /// The timeout of the functions; a lease outlives it by [`LEASE_OUTLIVES_BY`].
    pub function_timeout: SignedDuration,
    /// Which version of the Graph API is spoken.
    pub graph_version: GraphVersion,
    /// When the tables were last restored, if they ever were; what was written shortly before may be lost.
    pub restored_at: Option<Timestamp>,
}

impl Settings {
    /// What a scope is called in an operator's token.
    #[must_use]
    pub fn scope(&self, scope: Scope) -> String {
        format!("{}{scope}", self.scope_prefix)
    }
}

/// Our credit lines: one for every WABA, or one for each currency, because a line's currency should be the WABA's
/// (facts 0.8). A WABA in a currency that has no line of its own gets the first, with a warning. A Tech Provider has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CreditLines {
    first: Option<CreditLineId>,
    by_currency: BTreeMap<Currency, CreditLineId>,
}

/// The word of a deployment that has no credit line: an empty setting may be a slip, this is none.
const NO_LINE: &str = "none";

/// Text that names no credit lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "should be the digits of a credit line, one for each currency such as EUR:1972385232742146,USD:1972385232742147, or none"
)]
pub struct NotCreditLines;

impl CreditLines {
    /// One line for every WABA.
    #[must_use]
    pub const fn one(line: CreditLineId) -> Self {
        Self { first: Some(line), by_currency: BTreeMap::new() }
    }

    /// No line: we are a Tech Provider, and the other partner of a solution pays.
    #[must_use]
    pub const fn none() -> Self {
        Self { first: None, by_currency: BTreeMap::new() }
    }

    /// Whether there is no line.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.first.is_none()
    }

    /// Reads `none`, `1972385232742146`, or `EUR:1972385232742146,USD:1972385232742147`.
    ///
    /// # Errors
    ///
    /// [`NotCreditLines`] for anything else, and for a currency that is named twice.
    pub fn read(text: &str) -> Result<Self, NotCreditLines> {
        if text == NO_LINE {
            return Ok(Self::none());
        }
        if let Ok(line) = text.parse() {
            return Ok(Self::one(line));
        }
        let mut lines: Option<Self> = None;
        for part in text.split(',') {
            let (currency, line) = part.trim().split_once(':').ok_or(NotCreditLines)?;
            let currency = Currency::try_from(currency.to_owned()).map_err(|_| NotCreditLines)?;
            let line: CreditLineId = line.parse().map_err(|_| NotCreditLines)?;
            let lines = lines.get_or_insert_with(|| Self::one(line.clone()));
            if lines.by_currency.insert(currency, line).is_some() {
                return Err(NotCreditLines);
            }
        }
        lines.ok_or(NotCreditLines)
    }

    /// The line for a WABA that is billed in that currency; none if we have none at all.
    #[must_use]
    pub fn of(&self, currency: &Currency) -> Option<&CreditLineId> {
        self.by_currency.get(currency).or(self.first.as_ref())
    }

    /// Every line, each once.
    #[must_use]
    pub fn all(&self) -> BTreeSet<&CreditLineId> {
        self.by_currency.values().chain(&self.first).collect()
    }
}

/// A lease outlives the function's timeout by this, so that no two workers ever hold it.
pub const LEASE_OUTLIVES_BY: SignedDuration = SignedDuration::from_secs(30);

/// What happens to a share that is owed when the day is open in some zones only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LateShare {
    /// A person decides, at once.
    #[default]
    Ask,
    /// It is tried: a refusal costs nothing.
    Attempt,
    /// It waits for the next window: a month.
    Wait,
}

/// Which numbers are registered (facts 0.10: Meta's pages contradict each other).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Register {
    /// Those that are not connected on the Cloud API.
    #[default]
    WhenNeeded,
    /// All.
    Always,
}

/// Whether the flow `ownership-transfer` may be taken. Meta ended these transfers on 1 October 2025 (facts 0.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OwnershipTransfer {
    /// None is created.
    #[default]
    Off,
    /// They are tried, and a refusal of Meta's is expected.
    On,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(text: &str) -> Currency {
        Currency::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn a_waba_gets_the_line_of_its_currency_and_else_the_first() {
        let lines = CreditLines::read("EUR:1,USD:2").unwrap();
        let of = |text: &str| lines.of(&currency(text)).unwrap().as_str();
        assert_eq!([of("EUR"), of("USD"), of("INR")], ["1", "2", "1"]);
        assert_eq!(lines.all().len(), 2);
        assert_eq!(CreditLines::read("7").unwrap().of(&currency("INR")).unwrap().as_str(), "7");
    }

    #[test]
    fn a_tech_provider_says_that_it_has_no_line() {
        let none = CreditLines::read("none").unwrap();
        assert!(none.is_none() && none.all().is_empty() && none.of(&currency("EUR")).is_none());
        assert!(!CreditLines::read("7").unwrap().is_none());
    }

    #[test]
    fn what_names_no_lines_is_refused() {
        for text in ["", "EUR", "EUR:", ":1", "eur:1", "EUR:1;USD:2", "EUR:1,EUR:2", "EUR:1,", "12a", "None"]
        {
            assert_eq!(CreditLines::read(text), Err(NotCreditLines), "{text}");
        }
    }
}
