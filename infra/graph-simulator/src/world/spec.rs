//! Small worlds from a few words, for scenarios and for the command.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Deserialize;

use super::{
    App, Business, CreditLine, Holder, PhoneNumber, Role, Settings, Solution, SystemUser, Template,
    TemplateContent, Token, Waba, World,
};

const APP: &str = "634974688087057";
const PARTNER: &str = "506914307656634";
pub(crate) const FORMER_PARTNER: &str = "102290129340398";
pub(crate) const FORMER_FUNDING: &str = "395744610116";
/// Our credit line on a WABA that we own: there is nobody to share it with.
pub(crate) const OUR_FUNDING: &str = "395744610987";
const SYSTEM_USER: &str = "122102454050157";
const FIRST_CREDIT_LINE: u64 = 1_972_385_232_742_146;
const FIRST_BUSINESS: u64 = 2_729_063_490_586_005;
const FIRST_WABA: u64 = 486_585_971_195_941;
/// After the ids of all WABAs that a world begins with.
const FIRST_DESTINATION: u64 = FIRST_WABA + 100_000 * 1_013;
const FIRST_NUMBER: u64 = 106_540_352_242_922;
const FIRST_TEMPLATE: u64 = 594_425_479_261_596;
/// The solution that we are part of, and another one.
pub(crate) const SOLUTIONS: [(&str, &str); 2] = [("795033096057724", "Duo"), ("795033096057831", "Trio")];
const SYSTEM_TOKEN: &str = "EAAsystem0001";

/// What a scenario says of its world; everything unsaid is the page's example.
///
/// Its keys and those of [`Settings`] stand side by side in one table, and an unknown key is an error:
///
/// ```
/// let spec: graph_simulator::WorldSpec = toml::from_str("wabas = 2\nswap_delay_days = 1").unwrap();
/// assert_eq!((spec.wabas, spec.settings.swap_delay_days), (2, 1));
/// assert!(toml::from_str::<graph_simulator::WorldSpec>("wabbas = 2").is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WorldSpec {
    /// How many WABAs. Default 1.
    pub wabas: u16,
    /// Whether all of them belong to one customer. Default no.
    pub same_business: bool,
    /// Numbers on each WABA. Default 1.
    pub numbers_per_waba: u16,
    /// The currency of each WABA. Default EUR.
    pub currency: String,
    /// The currency of our credit line. Default EUR.
    pub line_currency: String,
    /// The currencies of further credit lines of ours. Default none.
    pub more_lines: Vec<String>,
    /// `ownership_type` of each WABA. Default `CLIENT_OWNED`.
    pub ownership: String,
    /// `account_review_status` of each WABA. Default `APPROVED`.
    pub review: String,
    /// `business_verification_status` of each WABA. Default `verified`.
    pub verification: String,
    /// `whatsapp_business_manager_messaging_limit` of each WABA. Default `TIER_2K`.
    pub messaging_limit: String,
    /// Whether Meta has banned each WABA. Default no.
    pub banned: bool,
    /// `quality_rating` of each number. Default `GREEN`.
    pub quality: String,
    /// `name_status` of each number. Default `APPROVED`.
    pub name_status: String,
    /// `throughput` of each number. Default `STANDARD`.
    pub throughput: String,
    /// `status` of each number. Default `CONNECTED`.
    pub number_status: String,
    /// `platform_type` of each number. Default `CLOUD_API`.
    pub platform: String,
    /// Whether the numbers also live in the WhatsApp Business app. Default no.
    pub on_biz_app: bool,
    /// The two-step PIN that the former partner set. Default none.
    pub pin: Option<String>,
    /// The callback of each WABA's own with which our app is subscribed to it already (facts 4.3). Default none.
    pub our_callback: Option<String>,
    /// Whether the customers never had a partner or a payment method. Default no.
    pub first_time: bool,
    /// Whether the customers have been through our signup before, so that their WABAs are shared with
    /// us beside the former partner and business tokens exist. Default no.
    pub onboarded: bool,
    /// `status` of our solution, 795033096057724. Default `ACTIVE`.
    pub solution: String,
    /// Whether each WABA is in another active solution. Default no.
    pub in_another_solution: bool,
    /// Whether the apps of both solutions are of one portfolio, without which Meta moves no WABA between them. Default no.
    pub one_portfolio: bool,
    /// Whether each customer has one more WABA, which is shared with us and has no number, and for which nobody pays. Default
    /// no.
    pub destination: bool,
    /// The message templates of each WABA. Default two that are approved: one rated GREEN, one not rated yet.
    pub templates: Vec<TemplateContent>,
    /// The undocumented points.
    #[serde(flatten)]
    pub settings: Settings,
}

impl Default for WorldSpec {
    fn default() -> Self {
        Self {
            wabas: 1,
            same_business: false,
            numbers_per_waba: 1,
            currency: "EUR".to_owned(),
            line_currency: "EUR".to_owned(),
            more_lines: Vec::new(),
            ownership: "CLIENT_OWNED".to_owned(),
            review: "APPROVED".to_owned(),
            verification: "verified".to_owned(),
            messaging_limit: "TIER_2K".to_owned(),
            banned: false,
            quality: "GREEN".to_owned(),
            name_status: "APPROVED".to_owned(),
            throughput: "STANDARD".to_owned(),
            number_status: "CONNECTED".to_owned(),
            platform: "CLOUD_API".to_owned(),
            on_biz_app: false,
            pin: None,
            our_callback: None,
            first_time: false,
            onboarded: false,
            solution: "ACTIVE".to_owned(),
            in_another_solution: false,
            one_portfolio: false,
            destination: false,
            templates: vec![
                TemplateContent::new("order_shipped", "GREEN"),
                TemplateContent::new("welcome", "UNKNOWN"),
            ],
            settings: Settings::default(),
        }
    }
}

impl World {
    /// The page's example before it begins: one customer, one WABA in EUR with one number on the
    /// Cloud API, shared with and paid by a former partner.
    #[must_use]
    pub fn example() -> Self {
        Self::from_spec(&WorldSpec::default())
    }

    /// The world that a spec describes. Ids and tokens depend on nothing but the spec.
    #[must_use]
    pub fn from_spec(spec: &WorldSpec) -> Self {
        let mut world = Self::of_us(spec);
        for nth in 0..spec.wabas {
            world.add_customer(spec, nth);
        }
        world
    }

    fn of_us(spec: &WorldSpec) -> Self {
        let businesses = BTreeMap::from([
            (PARTNER.to_owned(), Business { name: "Mover Ltd".to_owned() }),
            (FORMER_PARTNER.to_owned(), Business { name: "Former Partner GmbH".to_owned() }),
        ]);
        let mover = SystemUser { name: "mover-bot".to_owned(), role: Role::Admin };
        let line = |currency: &String| CreditLine {
            legal_entity_name: "Mover Ltd".to_owned(),
            currency: currency.clone(),
        };
        let currencies = std::iter::once(&spec.line_currency).chain(&spec.more_lines);
        let ids = (0u64..).map(|nth| (FIRST_CREDIT_LINE + nth * 1_021).to_string());
        let lines = ids.zip(currencies.map(line)).collect();
        let system_token = Token {
            holder: Holder::SystemUser(SYSTEM_USER.to_owned()),
            issued_at: Timestamp::UNIX_EPOCH,
            expires_at: None,
            revoked: false,
        };
        Self {
            settings: spec.settings.clone(),
            app: App {
                id: APP.to_owned(),
                name: "Mover".to_owned(),
                secret: "0123456789abcdef0123456789abcdef".to_owned(),
                webhook_fields: crate::world::every_field(),
            },
            partner_id: PARTNER.to_owned(),
            businesses,
            system_users: BTreeMap::from([(SYSTEM_USER.to_owned(), mover)]),
            credit_lines: lines,
            wabas: BTreeMap::new(),
            phone_numbers: BTreeMap::new(),
            templates: BTreeMap::new(),
            tokens: BTreeMap::from([(SYSTEM_TOKEN.to_owned(), system_token)]),
            allocations: BTreeMap::new(),
            solutions: SOLUTIONS
                .into_iter()
                .zip([spec.solution.as_str(), "ACTIVE"])
                .map(|((id, name), status)| {
                    let (name, status) = (name.to_owned(), status.to_owned());
                    (id.to_owned(), Solution { name, status, one_portfolio: spec.one_portfolio })
                })
                .collect(),
            intents: BTreeMap::new(),
            transfers: BTreeMap::new(),
            codes: BTreeMap::new(),
            made: 0,
        }
    }

    fn add_customer(&mut self, spec: &WorldSpec, nth: u16) {
        let customer = if spec.same_business { 0 } else { u64::from(nth) };
        let business_id = (FIRST_BUSINESS + customer * 1_009).to_string();
        let name = if customer == 0 { "Acme".to_owned() } else { format!("Acme {}", customer + 1) };
        let waba_id = (FIRST_WABA + u64::from(nth) * 1_013).to_string();
        let mut partners = BTreeSet::new();
        if !spec.first_time {
            partners.insert(FORMER_PARTNER.to_owned());
        }
        if spec.onboarded {
            partners.insert(self.partner_id.clone());
            let holder = Holder::Business(business_id.clone());
            let token = Token { holder, issued_at: Timestamp::UNIX_EPOCH, expires_at: None, revoked: false };
            self.tokens.insert(format!("EAAbusiness{business_id}"), token);
        }
        if spec.destination {
            self.add_destination(spec, &business_id, nth);
        }
        for number in 0..spec.numbers_per_waba {
            self.add_number(spec, &waba_id, &name, u64::from(nth) * 1_000 + u64::from(number));
        }
        // What we have onboarded and the customer does not own, we own on their behalf (facts 5.1).
        let ours = spec.onboarded && spec.ownership == "ON_BEHALF_OF";
        if ours {
            partners.remove(FORMER_PARTNER);
        }
        let pays = if ours { OUR_FUNDING } else { FORMER_FUNDING };
        let waba = Waba {
            business_id: if ours { self.partner_id.clone() } else { business_id.clone() },
            on_behalf_of: ours.then(|| business_id.clone()),
            name: name.clone(),
            currency: spec.currency.clone(),
            timezone_id: "25".to_owned(),
            ownership_type: spec.ownership.clone(),
            account_review_status: spec.review.clone(),
            business_verification_status: spec.verification.clone(),
            messaging_limit: spec.messaging_limit.clone(),
            is_banned: spec.banned,
            creation_time: Timestamp::UNIX_EPOCH,
            partners,
            funding: (!spec.first_time).then(|| pays.to_owned()),
            unshared_at: None,
            waiting_share: None,
            signup: 0,
            solutions: spec.in_another_solution.then(|| SOLUTIONS[1].0.to_owned()).into_iter().collect(),
            assigned_users: BTreeMap::new(),
            subscribed_apps: spec
                .our_callback
                .iter()
                .map(|callback| (self.app.id.clone(), Some(callback.clone())))
                .collect(),
            copies_from: None,
        };
        self.add_templates(spec, &waba_id, u64::from(nth) * 10_000);
        self.wabas.insert(waba_id, waba);
        self.businesses.insert(business_id, Business { name });
    }

    fn add_destination(&mut self, spec: &WorldSpec, business_id: &str, nth: u16) {
        let holder = Holder::Business(business_id.to_owned());
        let token = Token { holder, issued_at: Timestamp::UNIX_EPOCH, expires_at: None, revoked: false };
        self.tokens.insert(format!("EAAbusiness{business_id}"), token);
        let waba = Waba {
            business_id: business_id.to_owned(),
            on_behalf_of: None,
            name: "Acme with us".to_owned(),
            currency: spec.currency.clone(),
            timezone_id: "25".to_owned(),
            ownership_type: "CLIENT_OWNED".to_owned(),
            account_review_status: "APPROVED".to_owned(),
            business_verification_status: spec.verification.clone(),
            messaging_limit: spec.messaging_limit.clone(),
            is_banned: false,
            creation_time: Timestamp::UNIX_EPOCH,
            partners: BTreeSet::from([self.partner_id.clone()]),
            funding: None,
            unshared_at: None,
            waiting_share: None,
            signup: 0,
            solutions: BTreeSet::new(),
            assigned_users: BTreeMap::new(),
            subscribed_apps: BTreeMap::new(),
            copies_from: None,
        };
        let id = FIRST_DESTINATION + u64::from(nth) * 1_013;
        self.wabas.insert(id.to_string(), waba);
    }

    fn add_templates(&mut self, spec: &WorldSpec, waba_id: &str, first: u64) {
        for (nth, content) in (first..).zip(&spec.templates) {
            let (waba_id, content) = (waba_id.to_owned(), content.clone());
            let template = Template { waba_id, content, made_at: Timestamp::UNIX_EPOCH, checked_at: None };
            self.templates.insert((FIRST_TEMPLATE + nth * 1_031).to_string(), template);
        }
    }

    fn add_number(&mut self, spec: &WorldSpec, waba_id: &str, verified_name: &str, nth: u64) {
        let number = PhoneNumber {
            waba_id: waba_id.to_owned(),
            display_phone_number: format!("+49 30 {:07}", 1_234_567 + nth),
            verified_name: verified_name.to_owned(),
            status: spec.number_status.clone(),
            platform_type: spec.platform.clone(),
            is_on_biz_app: spec.on_biz_app,
            is_verified: true,
            code: None,
            quality_rating: spec.quality.clone(),
            name_status: spec.name_status.clone(),
            throughput: spec.throughput.clone(),
            pin: spec.pin.clone(),
            registered_at: Vec::new(),
            deregistered_at: Vec::new(),
        };
        self.phone_numbers.insert((FIRST_NUMBER + nth * 1_019).to_string(), number);
    }
}
