//! The roads, as the page and the facts describe them: the one on which the least is lost first.

use super::{Goal, Known, Numbers, Owner, Role, With};
use crate::flow::FlowName;

/// One way of moving a customer.
#[derive(Debug)]
pub(super) struct Road {
    pub(super) name: &'static str,
    /// The flow, where this version runs it.
    pub(super) flow: Option<FlowName>,
    pub(super) title: &'static str,
    pub(super) leads_to: Goal,
    pub(super) needs: &'static [Need],
    pub(super) silent: Silence,
    pub(super) keeps: &'static str,
    pub(super) risks: &'static [&'static str],
    pub(super) unclear: &'static [&'static str],
}

/// How long the customer cannot send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Silence {
    Never,
    /// Minutes or hours, in words.
    Minutes(&'static str),
    UntilThe1st,
}

/// What a road needs of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    CustomerOwns,
    PartnerOwns,
    WithAnotherPartner,
    WithUs,
    InASolution,
    InNoSolution,
    CreditLineOfOurs,
    NumbersThatMove,
}

impl Need {
    pub(super) const ALL: [Self; 8] = [
        Self::CustomerOwns,
        Self::PartnerOwns,
        Self::WithAnotherPartner,
        Self::WithUs,
        Self::InASolution,
        Self::InNoSolution,
        Self::CreditLineOfOurs,
        Self::NumbersThatMove,
    ];

    /// Whether it holds; none if that is not known.
    pub(super) fn holds(self, known: &Known) -> Option<bool> {
        match self {
            Self::CustomerOwns => known.owner.map(|owner| owner == Owner::Customer),
            Self::PartnerOwns => known.owner.map(|owner| owner == Owner::Partner),
            Self::WithAnotherPartner => known.with.map(|with| with == With::AnotherPartner),
            Self::WithUs => known.with.map(|with| with == With::Us),
            Self::InASolution => known.in_solution,
            Self::InNoSolution => known.in_solution.map(|is_in| !is_in),
            Self::CreditLineOfOurs => known.role.map(|role| role == Role::SolutionPartner),
            Self::NumbersThatMove => known.numbers.map(|numbers| numbers == Numbers::CloudApi),
        }
    }

    /// Why the road is closed without it.
    pub(super) const fn refusal(self) -> &'static str {
        match self {
            Self::CustomerOwns => {
                "a partner owns the WABA (ON_BEHALF_OF), and this road is for WABAs that the customer owns"
            }
            Self::PartnerOwns => "the customer owns the WABA already (CLIENT_OWNED)",
            Self::WithAnotherPartner => "the WABA is with us already",
            Self::WithUs => {
                "the WABA is with another partner, and this road is for WABAs that we have onboarded"
            }
            Self::InASolution => "the WABA is in no solution",
            Self::InNoSolution => "the WABA is in an active solution, which it must leave or change first",
            Self::CreditLineOfOurs => {
                "we are a Tech Provider and have no credit line to share; our Solution Partner takes this road"
            }
            Self::NumbersThatMove => {
                "the numbers are in the WhatsApp Business app or on the On-Premises API, and do not move this way"
            }
        }
    }

    /// What to ask or to read where nobody knows.
    pub(super) const fn question(self) -> &'static str {
        match self {
            Self::CustomerOwns | Self::PartnerOwns => {
                "Who owns the WABA (GET /<WABA id>?fields=ownership_type; unreadable says nothing)?"
            }
            Self::WithAnotherPartner | Self::WithUs => {
                "With whom is the WABA now (Business Settings > Accounts > WhatsApp Accounts > Partners)?"
            }
            Self::InASolution | Self::InNoSolution => {
                "Is the WABA in an active Multi-Partner Solution (GET /<WABA id>/solutions, or the customer asks their partner)?"
            }
            Self::CreditLineOfOurs => "Are we the Solution Partner with a credit line, or a Tech Provider?",
            Self::NumbersThatMove => {
                "Where are the numbers: on the Cloud API, or in the WhatsApp Business app too (platform_type, is_on_biz_app)?"
            }
        }
    }
}

#[rustfmt::skip] // one road, one paragraph
pub(super) static ROADS: &[Road] = &[
    Road { name: "partner-switch", flow: Some(FlowName::PartnerSwitch), leads_to: Goal::OurCustomer,
        title: "The customer unshares the WABA from their partner and shares it with us; our credit line pays from the 1st",
        needs: &[Need::WithAnotherPartner, Need::CustomerOwns, Need::InNoSolution, Need::CreditLineOfOurs, Need::NumbersThatMove],
        silent: Silence::UntilThe1st,
        keeps: "WABA, numbers, templates and quality stay as they are",
        risks: &["a signup that comes too late moves the date by a month", "the customer unshares and does not sign up: silent without end"],
        unclear: &["in which time zone Meta's month turns", "whether the credit line's currency must be the WABA's", "whether numbers must be registered again"] },
    Road { name: "number-move", flow: Some(FlowName::NumberMove), leads_to: Goal::OurCustomer,
        title: "The number moves into a new WABA with us, in the same business portfolio",
        needs: &[Need::WithAnotherPartner, Need::CreditLineOfOurs, Need::NumbersThatMove],
        silent: Silence::Minutes("minutes, while the number is registered; with two-step verification left on, until it is off"),
        keeps: "the number and its display name; the WABA is new, with a new id; templates that are APPROVED and GREEN are copied, without their quality",
        risks: &["two-step verification must be off, which only the customer can do", "ten registrations in 72 hours lock the number for 72 more", "some templates are not copied, or rejected when they are checked again"],
        unclear: &["whether the number keeps its id", "how long the copying of templates takes, and when it is done"] },
    Road { name: "number-move-by-code", flow: Some(FlowName::NumberMoveByCode), leads_to: Goal::OurCustomer,
        title: "The number moves into a WABA that the customer has with us already, with a code that Meta sends to it; there is no signup",
        needs: &[Need::WithAnotherPartner, Need::NumbersThatMove, Need::CreditLineOfOurs],
        silent: Silence::Minutes("minutes, between the code and the registration"),
        keeps: "the number and its display name, quality and limits; no template is copied",
        risks: &["the destination must be the same business's, approved, subscribed to and paid for", "somebody must be at the number when the code comes; after too many wrong ones Meta takes none for half a day", "two-step verification must be off, which only the customer can do"],
        unclear: &["whether Meta still moves numbers by API: its page speaks of WABAs that a partner owns", "how many codes Meta sends", "whether the number keeps its id"] },
    Road { name: "solution-join", flow: Some(FlowName::SolutionJoin), leads_to: Goal::OurSolution,
        title: "A WABA that we have onboarded joins a Multi-Partner Solution; the customer accepts",
        needs: &[Need::WithUs, Need::CustomerOwns, Need::InNoSolution],
        silent: Silence::Never,
        keeps: "everything",
        risks: &["the customer declines"],
        unclear: &["what a second request does", "whether a request can be taken back"] },
    Road { name: "solution-switch", flow: Some(FlowName::SolutionSwitch), leads_to: Goal::OurSolution,
        title: "A Tech Provider's customer moves from one Multi-Partner Solution to another",
        needs: &[Need::InASolution, Need::CustomerOwns, Need::NumbersThatMove],
        silent: Silence::Minutes("minutes, while the number moves into the new WABA"),
        keeps: "the number; the WABA is new, with a new id; templates that are APPROVED and GREEN are copied, without their quality",
        risks: &["a signup through the wrong solution", "two-step verification must be off", "some templates are rejected when they are checked again"],
        unclear: &["what a second request does", "when the copying of templates is done"] },
    Road { name: "solution-switch-business-suite", flow: Some(FlowName::SolutionSwitchBusinessSuite), leads_to: Goal::OurSolution,
        title: "The same, by a request that the customer accepts in Business Suite instead of a signup",
        needs: &[Need::InASolution, Need::CustomerOwns, Need::NumbersThatMove],
        silent: Silence::Minutes("minutes, while the number moves into the new WABA"),
        keeps: "the numbers, all of them; the WABA is new, with a new id; templates that are APPROVED and GREEN are copied, without their quality",
        risks: &["the customer declines, or leaves the request for ninety days", "two-step verification must be off", "some templates are rejected when they are checked again"],
        unclear: &["what a second request does", "when Meta names the new WABA", "when the copying of templates is done"] },
    Road { name: "leave-solution", flow: Some(FlowName::LeaveSolution), leads_to: Goal::NoSolution,
        title: "The customer leaves the solution and stays with the Tech Provider alone",
        needs: &[Need::InASolution, Need::CustomerOwns, Need::NumbersThatMove],
        silent: Silence::Minutes("until the customer has added a payment method of their own: minutes, if it is ready"),
        keeps: "the number; the WABA is new, with a new id; templates are copied as far as Meta takes them",
        risks: &["without a payment method no template can be sent", "two-step verification must be off"],
        unclear: &["when the copying of templates is done"] },
    Road { name: "ownership-transfer", flow: Some(FlowName::OwnershipTransfer), leads_to: Goal::Owner,
        title: "We own the WABA on behalf of the customer, offer them the ownership, and they claim it",
        needs: &[Need::PartnerOwns, Need::WithUs, Need::CreditLineOfOurs],
        silent: Silence::Never,
        keeps: "everything; it cannot be undone",
        risks: &["Meta ended this on 1 October 2025 and transferred what was left by itself: expect a refusal, read ownership_type first, and turn it on for it (OwnershipTransfer)", "a solution that is named with the offer can never be changed"],
        unclear: &["whether any such WABA still exists", "whether the credit line must be shared with the new owner", "how long an offer stands"] },
];
