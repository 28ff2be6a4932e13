//! What there is: businesses, WABAs, numbers, credit lines, allocations and tokens.
//!
//! Everything is keyed by Meta's id, so nothing can be in the world twice, and a world that was
//! saved (`GET /_simulator/world`) loads again. Its secrets are invented and shown on purpose: a caller
//! needs them to talk to the simulator.

mod check;
mod settings;
mod spec;
mod template;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use check::WorldError;
pub(crate) use check::is_id;
pub use settings::{
    ExchangeBody, FundingChange, ListForm, RepeatedAttach, RepeatedIntent, RepeatedShare, Settings, Transfers,
};
pub use spec::WorldSpec;
pub(crate) use spec::{FORMER_FUNDING, FORMER_PARTNER, OUR_FUNDING};
pub use template::{Template, TemplateContent, WhenCopied};

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

/// A WhatsApp Business Account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waba {
    /// The portfolio that it belongs to.
    pub business_id: String,
    /// The customer, where that portfolio owns it on their behalf (facts 4.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<String>,
    /// Its name.
    pub name: String,
    /// ISO 4217.
    pub currency: String,
    /// Meta's numeric code of a time zone.
    pub timezone_id: String,
    /// `CLIENT_OWNED`, `ON_BEHALF_OF`, `SELF`, or what Meta invents next (facts 4.1).
    #[serde(default = "client_owned")]
    pub ownership_type: String,
    /// `APPROVED`, `PENDING`, `REJECTED`.
    #[serde(default = "approved")]
    pub account_review_status: String,
    /// `verified`, `not_verified`, `pending`... of its business (facts 4.1).
    #[serde(default = "verified")]
    pub business_verification_status: String,
    /// To how many people a day its portfolio may write: `TIER_250`... (facts 4.1).
    #[serde(default = "tier_of_a_verified_one")]
    pub messaging_limit: String,
    /// Whether Meta has banned it, which its health shows (facts 4.2).
    #[serde(default)]
    pub is_banned: bool,
    /// When it was made.
    #[serde(default)]
    pub creation_time: Timestamp,
    /// The portfolios it is shared with: at most two (facts 1).
    #[serde(default)]
    pub partners: BTreeSet<String>,
    /// What pays for it: `primary_funding_id`. Absent: no payment method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub funding: Option<String>,
    /// Since when the customer cannot send, if they left the partner whose line still pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unshared_at: Option<Timestamp>,
    /// Our allocation that waits for the 1st, and when it was shared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_share: Option<WaitingShare>,
    /// Which signup shared it with us last; 0 is none. Newest first is Meta's order (facts 2.2).
    #[serde(default)]
    pub signup: u64,
    /// The solutions that it is in, by id.
    #[serde(default)]
    pub solutions: BTreeSet<String>,
    /// Our system users assigned to it, with their tasks.
    #[serde(default)]
    pub assigned_users: BTreeMap<String, Vec<String>>,
    /// Apps that get its webhooks, with the override of the callback address if one is set.
    #[serde(default)]
    pub subscribed_apps: BTreeMap<String, Option<String>>,
    /// The WABA from which Meta will copy templates into this one by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copies_from: Option<String>,
}

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

/// A share that has succeeded and not yet taken effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaitingShare {
    /// The allocation that will pay.
    pub allocation_id: String,
    /// When the share succeeded.
    pub shared_at: Timestamp,
}

/// A business phone number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhoneNumber {
    /// The WABA it is on.
    pub waba_id: String,
    /// As a person writes it.
    pub display_phone_number: String,
    /// The name that recipients see.
    pub verified_name: String,
    /// `CONNECTED`, `PENDING`, `DISCONNECTED`...
    #[serde(default = "connected")]
    pub status: String,
    /// `CLOUD_API`, `ON_PREMISE`, `NOT_APPLICABLE` (not registered).
    #[serde(default = "cloud_api")]
    pub platform_type: String,
    /// Whether the number also lives in the WhatsApp Business app (coexistence).
    #[serde(default)]
    pub is_on_biz_app: bool,
    /// Whether Meta knows that whoever has the number wants it where it is. Default yes.
    #[serde(default = "yes")]
    pub is_verified: bool,
    /// The code that Meta has sent to it last and not been given yet (facts 6.4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// `GREEN`, `YELLOW`, `RED`, `UNKNOWN` (facts 6.2).
    #[serde(default = "green")]
    pub quality_rating: String,
    /// What the review of the display name has come to: `APPROVED`, `PENDING_REVIEW`... (facts 6.2).
    #[serde(default = "approved")]
    pub name_status: String,
    /// `STANDARD`, `HIGH`, `NOT_APPLICABLE` (facts 6.2).
    #[serde(default = "standard")]
    pub throughput: String,
    /// The two-step PIN; absent when two-step verification is off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<String>,
    /// Register requests of the last 72 hours (facts 6.5).
    #[serde(default)]
    pub registered_at: Vec<Timestamp>,
    /// Deregister requests of the last 72 hours (facts 6.6).
    #[serde(default)]
    pub deregistered_at: Vec<Timestamp>,
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

fn client_owned() -> String {
    "CLIENT_OWNED".to_owned()
}

fn approved() -> String {
    "APPROVED".to_owned()
}

fn verified() -> String {
    "verified".to_owned()
}

fn tier_of_a_verified_one() -> String {
    "TIER_2K".to_owned()
}

fn green() -> String {
    "GREEN".to_owned()
}

fn standard() -> String {
    "STANDARD".to_owned()
}

fn connected() -> String {
    "CONNECTED".to_owned()
}

fn cloud_api() -> String {
    "CLOUD_API".to_owned()
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
