//! What Meta does not document, as switches with a default (facts 19.4 and 19.5).

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// How Meta behaves where no page says, or where two pages disagree.
///
/// A default is the reading that helps a careless caller least: nothing is announced, repeated or
/// shown that Meta does not promise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The zone in which days of the month begin (facts 19.5, 1). Default UTC.
    #[serde(with = "jiff::fmt::serde::tz::required")]
    pub zone: TimeZone,
    /// Days by which the swap comes later than midnight of the 1st (facts 19.5, 15). Default 0.
    pub swap_delay_days: u16,
    /// Whether `health_status` shows 141006 between unshare and swap (facts 19.5, 14). Default no:
    /// then its absence proves nothing.
    pub gap_shows_in_health: bool,
    /// The code of a refusal outside the share window (facts 19.5, 2): 100 or 200. Default 100.
    pub blackout_code: u32,
    /// A second share of a WABA that already has a live allocation (facts 19.5, 3), or, in the first of two calls, with a
    /// business that has one. Default a new allocation: a call repeated without proof shows up as money shared twice.
    pub repeated_share: RepeatedShare,
    /// The first share of a second WABA of a business that already has a live allocation (facts 9.5).
    /// Default the business's allocation.
    pub second_waba: RepeatedShare,
    /// A second attach of a WABA that our line is attached to (facts 9.3: "an attached line cannot be changed").
    pub repeated_attach: RepeatedAttach,
    /// Whether the list of sharings shows an allocation that is attached to no WABA (facts 9.3 and 9.5 do not say).
    /// Default yes: it is the list of active sharings. It can be read by its id either way.
    pub unattached_listed: bool,
    /// Whether tokens may read `primary_funding_id`; if not, code 10 fails the whole read (facts 4.1).
    pub funding_readable: bool,
    /// Whether tokens may read `owner_business_info` (facts 9.7).
    pub owner_readable: bool,
    /// Whether tokens may read `creation_time` of a WABA (facts 4.1: Meta's SDKs name it, and no guide). Default yes; if
    /// not, code 100 fails the whole read.
    pub creation_readable: bool,
    /// Fields of a WABA or of a number that no token may read, by Meta's name, such as `business_verification_status`: code 10
    /// fails the whole read (facts 4.1). Default none.
    pub unreadable_fields: BTreeSet<String>,
    /// Minutes until the solution and the numbers of a WABA that a signup has made are listed. Default 0.
    pub new_waba_listed_after_minutes: u32,
    /// When `primary_funding_id` changes for a switched customer (facts 19.5, 4). Default on the 1st.
    pub funding_changes: FundingChange,
    /// `request_status` of a live allocation (facts 19.5, 5: only `DELETED` is documented).
    pub request_status: String,
    /// Shape of the code exchange's answer (facts 19.4, 11). Default JSON.
    pub exchange_body: ExchangeBody,
    /// Shape of a filtered list of allocations (facts 9.5). Default the list.
    pub allocation_list: ListForm,
    /// Whether that list still shows revoked allocations. Default no.
    pub revoked_listed: bool,
    /// Minutes until a new allocation can be read. Default 0: the edge is documented as
    /// read-after-write (facts 9.2).
    pub share_visible_after_minutes: u32,
    /// Whether a number can be registered before the swap (facts 19.5, 7). Default yes.
    pub register_before_first: bool,
    /// Whether a number's PIN can be set anew while it is not registered (facts 6.7 does not say). Default yes.
    pub pin_can_be_set: bool,
    /// Whether `is_pin_enabled` can be read (facts 6.2: no guide names it). Default no: then code 100 fails the whole read.
    pub two_step_readable: bool,
    /// Whether assigning a user again is refused with code 100 (facts 4.4). Default yes.
    pub repeated_assignment_refused: bool,
    /// Whether the line's currency must equal the WABA's (facts 0.8). Default no.
    pub line_currency_must_match: bool,
    /// The app's switch "Require app secret": a call without `appsecret_proof` is refused (facts 1.1).
    /// A proof that is sent is always checked. Default no, so that a person can use a plain client.
    pub require_proof: bool,
    /// Days that an exchanged business token lives, 0 for ever (facts 2: the stock template gives 60).
    pub business_token_days: u16,
    /// The event that ends Embedded Signup in the switch flow (facts 19.5, 8).
    pub finish_event: String,
    /// A second request to let a WABA into the same solution (facts 19.5, 9). Default a new intent: a call repeated without
    /// proof shows up as a customer asked twice.
    pub repeated_intent: RepeatedIntent,
    /// Days until Meta accepts a request by itself (the page). Default 90.
    pub intent_days: u16,
    /// Minutes after which Meta has copied the templates of an old WABA into the new one by itself, as far as it does
    /// (facts 8.3: nothing tells when). Default 2.
    pub templates_copied_after_minutes: u32,
    /// Whether `quality_score` of templates can be read. Default yes; if not, code 100 fails the whole read.
    pub template_quality_readable: bool,
    /// What an offer of ownership answers (facts 0.2). Default that Meta has ended them: the call is not known any more.
    pub ownership_transfers: Transfers,
    /// Whether Meta shares our credit line with the new owner by itself (facts 19.4, 13). Default no; the line stays attached
    /// either way.
    pub transfer_shares_line: bool,
    /// The code of the refusal of a wrong verification code, which no page names. Default 100.
    pub wrong_code: u32,
    /// Whether calls are counted against Meta's limits (facts 14). Default yes.
    pub rate_limits: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            zone: TimeZone::UTC,
            swap_delay_days: 0,
            gap_shows_in_health: false,
            blackout_code: 100,
            repeated_share: RepeatedShare::NewAllocation,
            second_waba: RepeatedShare::SameAllocation,
            repeated_attach: RepeatedAttach::Refused,
            unattached_listed: true,
            funding_readable: true,
            creation_readable: true,
            unreadable_fields: BTreeSet::new(),
            new_waba_listed_after_minutes: 0,
            owner_readable: true,
            funding_changes: FundingChange::OnTheFirst,
            request_status: "APPROVED".to_owned(),
            exchange_body: ExchangeBody::Json,
            allocation_list: ListForm::List,
            revoked_listed: false,
            share_visible_after_minutes: 0,
            register_before_first: true,
            pin_can_be_set: true,
            two_step_readable: false,
            repeated_assignment_refused: true,
            line_currency_must_match: false,
            require_proof: false,
            business_token_days: 60,
            finish_event: "FINISH_ONLY_WABA".to_owned(),
            repeated_intent: RepeatedIntent::New,
            intent_days: 90,
            templates_copied_after_minutes: 2,
            template_quality_readable: true,
            ownership_transfers: Transfers::Ended,
            transfer_shares_line: false,
            wrong_code: 100,
            rate_limits: true,
        }
    }
}

/// What a repeated request for the same solution answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RepeatedIntent {
    /// Another intent: the customer is asked twice.
    #[default]
    New,
    /// The same intent.
    Same,
}

/// What an offer of ownership answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transfers {
    /// Code 2500, as of a path that is not known.
    #[default]
    Ended,
    /// Subcode 2593085, as Meta's page of errors had it until 2026.
    NotEligible,
    /// An offer that the customer can claim.
    Open,
}

/// What a share answers where a live allocation already exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepeatedShare {
    /// The id of the allocation that exists.
    SameAllocation,
    /// A further allocation.
    NewAllocation,
    /// Code 4000, as the sibling edge does (facts 0.6).
    Refused,
}

/// What a second attach of a WABA answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepeatedAttach {
    /// Code 100: what is attached cannot be changed.
    Refused,
    /// The same as the first.
    Same,
}

/// When the funding of a switched WABA reads as the new partner's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FundingChange {
    /// At the swap, together with the end of the block.
    OnTheFirst,
    /// At the share, while the customer still cannot send.
    AtShare,
}

/// The shape of the code exchange's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExchangeBody {
    /// `{"access_token":"..","token_type":"bearer"}`.
    Json,
    /// The bare token, as Meta's guides print it.
    Text,
}

/// The shape of a filtered list of allocations with one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListForm {
    /// `{"data":[..]}`.
    List,
    /// The entry itself, as Meta's guide prints it.
    Object,
}
