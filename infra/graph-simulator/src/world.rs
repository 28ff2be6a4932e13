//! What there is: businesses, WABAs, numbers, credit lines, allocations and tokens.
//!
//! Everything is keyed by Meta's id, so nothing can be in the world twice, and a world that was
//! saved (`GET /_simulator/world`) loads again. Its secrets are invented and shown on purpose: a caller
//! needs them to talk to the simulator.

mod check;
mod phone_number;
mod settings;
mod solution;
mod spec;
mod template;
mod waba;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use check::WorldError;
pub(crate) use check::is_id;
pub use phone_number::PhoneNumber;
pub use settings::{
    ExchangeBody, FundingChange, ListForm, RepeatedAttach, RepeatedIntent, RepeatedShare, Settings, Transfers,
};
pub use solution::{Intent, Solution, Transfer};
pub use spec::WorldSpec;
pub(crate) use spec::{FORMER_FUNDING, FORMER_PARTNER, OUR_FUNDING};
pub use template::{Template, TemplateContent, WhenCopied};
pub use waba::Waba;
pub(crate) use waba::WaitingShare;

/// Everything that Meta knows, seen from one partner's app.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct World {
    /// Undocumented points, as switches.
    #[serde(default)]
    pub settings: Settings,
    /// The partner's app, which every token belongs to.
    pub app: App,
    /// The partner's portfolio: us.
    pub partner_id: String,
    /// Every portfolio by id: ours, other partners', the customers'.
    pub businesses: BTreeMap<String, Business>,
    /// Our system users by id.
    pub system_users: BTreeMap<String, SystemUser>,
    /// Our credit lines by id.
    pub credit_lines: BTreeMap<String, CreditLine>,
    /// Customers' accounts by id.
    pub wabas: BTreeMap<String, Waba>,
    /// Business phone numbers by id.
    pub phone_numbers: BTreeMap<String, PhoneNumber>,
    /// Message templates by id.
    #[serde(default)]
    pub templates: BTreeMap<String, Template>,
    /// Tokens by their text.
    pub tokens: BTreeMap<String, Token>,
    /// Sharings of our lines by id.
    #[serde(default)]
    pub allocations: BTreeMap<String, Allocation>,
    /// Multi-Partner Solutions that our app is part of, by id.
    #[serde(default)]
    pub solutions: BTreeMap<String, Solution>,
    /// Migration intents by id.
    #[serde(default)]
    pub intents: BTreeMap<String, Intent>,
    /// Offers of ownership, by the WABA.
    #[serde(default)]
    pub transfers: BTreeMap<String, Transfer>,
    /// Signup codes by their text.
    #[serde(default)]
    pub codes: BTreeMap<String, Code>,
    /// How many ids, codes and tokens the simulator has made; the next one is derived from it.
    #[serde(default)]
    pub made: u64,
}

/// An app registered at Meta.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// Its id, `client_id` of the code exchange.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its secret: `client_secret`, key of `appsecret_proof` and of webhook signatures.
    pub secret: String,
    /// What of a WABA Meta tells it (App Dashboard > WhatsApp > Configuration).
    #[serde(default = "every_field")]
    pub webhook_fields: BTreeSet<String>,
}

pub(crate) fn every_field() -> BTreeSet<String> {
    ["account_update", "message_template_status_update", "security", "template_category_update"]
        .map(str::to_owned)
        .into()
}

/// A business portfolio.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Business {
    /// Its name.
    pub name: String,
}

/// A system user of our portfolio.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SystemUser {
    /// Its name.
    pub name: String,
    /// What it may do in the portfolio.
    pub role: Role,
}

/// The role of a system user in its portfolio (facts 2, 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    /// Sees every WABA shared with the portfolio; may share credit.
    Admin,
    /// May share credit, sees the WABAs it is assigned to.
    FinanceEditor,
    /// Sees the WABAs it is assigned to.
    Employee,
}

/// A credit line of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreditLine {
    /// The company that pays.
    pub legal_entity_name: String,
    /// The currency it is held in; matters only under [`Settings::line_currency_must_match`].
    pub currency: String,
}

/// One sharing of one of our lines with one business (facts 9.5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allocation {
    /// The line that pays.
    pub credit_line_id: String,
    /// The business that it pays for.
    pub business_id: String,
    /// What the business's WABAs show as `primary_funding_id` once it pays.
    pub receiving_credential: String,
    /// Since when it can be read.
    pub visible_from: Timestamp,
    /// Whether it was ever attached to a WABA; a share in one call does so at once (facts 9.3).
    #[serde(default = "yes")]
    pub is_attached: bool,
    /// Whether it was revoked.
    #[serde(default)]
    pub deleted: bool,
}

/// An access token, by whom it acts for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Who acts.
    pub holder: Holder,
    /// When it was made.
    #[serde(default)]
    pub issued_at: Timestamp,
    /// When it ends; absent is never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Whether somebody took it back.
    #[serde(default)]
    pub revoked: bool,
}

/// Who acts with a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// A system user of our portfolio, by id.
    SystemUser(String),
    /// A customer's business, by id: reaches that business's WABAs shared with us and nothing else.
    Business(String),
}

/// A code of Embedded Signup: lives 30 seconds and works once (facts 2.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// The customer who signed up.
    pub business_id: String,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// Whether it was exchanged.
    #[serde(default)]
    pub used: bool,
}

const fn yes() -> bool {
    true
}

impl World {
    /// The WABA at that place of the world as it began, counted from 0: those that customers made on the way come after it.
    #[must_use]
    pub fn waba_of_the_start(&self, place: usize) -> Option<&String> {
        let mut wabas = self.wabas.iter().filter(|(_, waba)| waba.creation_time == Timestamp::UNIX_EPOCH);
        wabas.nth(place).map(|(id, _)| id)
    }

    /// The first number of a WABA, as people write it.
    #[must_use]
    pub fn number_of(&self, waba_id: &str) -> Option<&str> {
        let mut numbers = self.phone_numbers.values();
        numbers.find(|number| number.waba_id == waba_id).map(|number| number.display_phone_number.as_str())
    }

    /// A WABA of the same business that is shared with us, into which a number of this one can move.
    #[must_use]
    pub fn destination_of(&self, waba_id: &str) -> Option<&str> {
        let business = &self.wabas.get(waba_id)?.business_id;
        let is_it = |(id, waba): &(&String, &Waba)| {
            *id != waba_id && waba.business_id == *business && waba.partners.contains(&self.partner_id)
        };
        self.wabas.iter().find(is_it).map(|(id, _)| id.as_str())
    }

    /// The code that this number, as people write it, has got from Meta.
    #[must_use]
    pub fn code_of(&self, display: &str) -> Option<&str> {
        let mut numbers = self.phone_numbers.values();
        numbers.find_map(|number| number.code.as_deref().filter(|_| number.display_phone_number == display))
    }

    /// Whether Meta lists already what the WABA has.
    pub(crate) fn lists(&self, waba: &Waba, now: Timestamp) -> bool {
        let after = SignedDuration::from_mins(i64::from(self.settings.new_waba_listed_after_minutes));
        waba.creation_time + after <= now
    }

    /// The live allocations of a business, with their ids.
    pub(crate) fn live_allocations(&self, business_id: &str) -> impl Iterator<Item = (&String, &Allocation)> {
        self.allocations.iter().filter(move |(_, one)| !one.deleted && one.business_id == business_id)
    }

    /// Whether what pays for the WABA is a line of ours.
    pub(crate) fn is_ours(&self, funding: &str) -> bool {
        funding == OUR_FUNDING || self.allocations.values().any(|one| one.receiving_credential == funding)
    }

    /// What a read of `primary_funding_id` shows.
    pub(crate) fn shown_funding(&self, waba: &Waba) -> Option<String> {
        let coming =
            waba.waiting_share.as_ref().filter(|_| self.settings.funding_changes == FundingChange::AtShare);
        let coming = coming.and_then(|share| self.allocations.get(&share.allocation_id));
        coming.map(|allocation| allocation.receiving_credential.clone()).or_else(|| waba.funding.clone())
    }

    /// Whether the WABA can send: something pays for it, and the customer has not left who pays.
    pub(crate) fn can_send(&self, waba_id: &str) -> bool {
        self.wabas.get(waba_id).is_some_and(|waba| waba.funding.is_some() && waba.unshared_at.is_none())
    }

    /// Our WABAs of a business, the newest signup first (facts 2.2).
    pub(crate) fn granted(&self, business_id: &str) -> Vec<&String> {
        let mut granted: Vec<_> = self
            .wabas
            .iter()
            .filter(|(_, waba)| waba.business_id == business_id && waba.partners.contains(&self.partner_id))
            .collect();
        granted.sort_by_key(|(_, waba)| std::cmp::Reverse(waba.signup));
        granted.into_iter().map(|(id, _)| id).collect()
    }

    /// The WABA that a business has made in its last signup with us, if it has made one.
    pub(crate) fn last_made(&self, business_id: &str) -> Option<String> {
        let is_made = |id: &&&String| {
            self.wabas.get(**id).is_some_and(|waba| waba.creation_time != Timestamp::UNIX_EPOCH)
        };
        self.granted(business_id).iter().find(is_made).map(ToString::to_string)
    }

    /// A fresh id: digits, like Meta's, and in the world only once.
    pub(crate) fn new_id(&mut self) -> String {
        loop {
            self.made += 1;
            let id = (100_000_000_000_000 + self.made * 7_919).to_string();
            if !self.has_id(&id) {
                return id;
            }
        }
    }

    fn has_id(&self, id: &str) -> bool {
        self.businesses.contains_key(id)
            || self.system_users.contains_key(id)
            || self.credit_lines.contains_key(id)
            || self.wabas.contains_key(id)
            || self.phone_numbers.contains_key(id)
            || self.templates.contains_key(id)
            || self.allocations.contains_key(id)
            || self.solutions.contains_key(id)
            || self.intents.contains_key(id)
            || self.app.id == id
    }
}
