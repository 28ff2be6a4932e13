//! What each word means, for which flows: the table from which every finding is made.

use super::{Seen, Sight, Subject, words};
use crate::actor::Actor::{self, Customer, Meta, We};
use crate::flow::{Check, Flow};
use crate::severity::Severity::{self, Fine, Stops, Unknown, Warns};
use crate::step::Step;

/// What a word means.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Meaning {
    pub(super) severity: Severity,
    /// What was found; without its full stop, so that what it was found of can follow.
    pub(super) what: &'static str,
    /// Whether the sentence names Meta's word too.
    pub(super) names_the_word: bool,
    /// Who acts, and how.
    pub(super) acts: Option<(Actor, &'static str)>,
}

/// A row of the table: the first that fits is the one.
pub(super) struct Row {
    pub(super) subject: Subject,
    /// The words; empty is any.
    pub(super) words: &'static [&'static str],
    when: When,
    pub(super) meaning: Meaning,
}

/// For whom a row holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Always,
    /// The number moves into a new WABA.
    Moves,
    /// The same, and all that were looked at are so.
    AllMove,
    /// The numbers change hands: into a new WABA, or to us with their WABA.
    Changes,
    /// The same, and all that were looked at are so.
    AllChange,
    /// The ownership changes.
    Transfers,
}

impl When {
    fn holds(self, sight: &Sight, flow: &Flow) -> bool {
        let changes = flow.moves || flow.silences;
        match self {
            Self::Always => true,
            Self::Moves => flow.moves,
            Self::AllMove => flow.moves && sight.every,
            Self::Changes => changes,
            Self::AllChange => changes && sight.every,
            Self::Transfers => flow.has(Step::SetOwnershipIntent),
        }
    }
}

const NOT_SHOWN: Meaning = Meaning {
    severity: Unknown,
    what: "Meta does not show it to us, which says nothing of how it is",
    names_the_word: false,
    acts: Some((
        Customer,
        "Nothing has to be done; whoever wants to be sure asks the customer to look in WhatsApp Manager.",
    )),
};
const NOT_NAMED: Meaning =
    Meaning { what: "Meta's answer does not name it, which says nothing of how it is", ..NOT_SHOWN };
const NOT_KNOWN: Meaning = Meaning {
    what: "Meta answers with a word that this version does not know",
    names_the_word: true,
    acts: Some((We, "An operator looks the word up in Meta's documents; nothing stops for it.")),
    ..NOT_SHOWN
};

pub(super) fn of(sight: &Sight, flow: &Flow) -> &'static Meaning {
    let word = match &sight.seen {
        Seen::Word(word) => word.as_str(),
        // Where the customer signs up, Meta may name it then; elsewhere nobody is an owner whom Meta does not name.
        Seen::Nothing if sight.subject == Subject::Ownership && !flow.silences => "",
        Seen::Nothing => return &NOT_NAMED,
        Seen::Withheld => return withheld(sight.subject, flow),
    };
    let fits = |row: &&Row| {
        let is_one = row.words.is_empty() || row.words.contains(&word);
        row.subject == sight.subject && is_one && row.when.holds(sight, flow)
    };
    TABLE.iter().find(fits).map_or(&NOT_KNOWN, |row| &row.meaning)
}

fn withheld(subject: Subject, flow: &Flow) -> &'static Meaning {
    const NOT_OURS: Meaning = ours(
        Stops,
        "Our system user cannot read the WABA, so it was not onboarded by us",
        We,
        "An operator compares the WABA's id; only the partner who has onboarded it can let it into a solution, or offer its ownership.",
    );
    const WABA: Meaning = Meaning {
        severity: Unknown,
        what: "The WABA is not ours to read yet, so nothing of it could be looked at",
        names_the_word: false,
        acts: Some((
            Customer,
            "Nothing has to be done: owner, currency and numbers are looked at once the customer has signed up. Who wants to be sure before looks in WhatsApp Manager.",
        )),
    };
    const TEMPLATES: Meaning = Meaning {
        what: "The message templates are not ours to read",
        acts: Some((
            Customer,
            "The customer compares both WABAs in WhatsApp Manager after the move; Meta copies by itself what is APPROVED and GREEN.",
        )),
        ..NOT_SHOWN
    };
    let must_be_ours = [Check::NoOtherSolution, Check::PartnerOwned];
    match subject {
        Subject::Waba if flow.checks.iter().any(|check| must_be_ours.contains(check)) => &NOT_OURS,
        Subject::Waba => &WABA,
        Subject::Templates => &TEMPLATES,
        _ => &NOT_SHOWN,
    }
}

const fn fine(what: &'static str, names_the_word: bool) -> Meaning {
    Meaning { severity: Fine, what, names_the_word, acts: None }
}

const fn acted(severity: Severity, what: &'static str, who: Actor, action: &'static str) -> Meaning {
    Meaning { severity, what, names_the_word: true, acts: Some((who, action)) }
}

/// The same, where the word is ours and the sentence says it already.
const fn ours(severity: Severity, what: &'static str, who: Actor, action: &'static str) -> Meaning {
    Meaning { names_the_word: false, ..acted(severity, what, who, action) }
}

const APPEAL: &str = "The customer asks for a review in Business Support Home (https://business.facebook.com/business-support-home), before anything else is done.";
const VERIFY: &str = "The customer verifies the business in Business Settings > Security Centre; Meta names it as a condition of moving a number, and a verified business may write to more people.";
const NAME: &str = "The customer has the display name approved in WhatsApp Manager > Phone numbers, and asks for no other until the move is over.";
const WAIT_FOR_REVIEW: &str = "Wait until Meta has reviewed the WABA; if it takes longer than some days, the customer asks in Business Support Home.";
const BY_CODE: &str = "The customer verifies the number by a code in WhatsApp Manager > Phone numbers: Meta registers none before that (133006).";
const LOOK: &str =
    "The customer looks at the number in WhatsApp Manager > Phone numbers, and asks Meta's support there.";

#[rustfmt::skip] // one meaning, one row
/// Of two rows for one word, the narrower stands first.
pub(super) const TABLE: &[Row] = &[
    Row { subject: Subject::CreditLines, words: &[words::THERE], when: When::Always,
        meaning: fine("Our credit lines are there", false) },
    Row { subject: Subject::CreditLines, words: &[words::MISSING], when: When::Always,
        meaning: ours(Stops, "A credit line of the settings is not among those of our business", We, "An administrator compares the setting with Business Settings > Billing & payments and with the role of the system user (Admin or Financial Editor).") },
    Row { subject: Subject::GraphVersion, words: &[words::LIVES], when: When::Always,
        meaning: fine("Our version of the Graph API lives long enough; token, permissions and webhooks of our app are for handover doctor to look at", false) },
    Row { subject: Subject::GraphVersion, words: &[words::ENDS], when: When::Always,
        meaning: ours(Warns, "Our version of the Graph API ends within ninety days, while migrations of today may still run", We, "An administrator sets HANDOVER_GRAPH_VERSION to one that lives longer; handover doctor says more of our set-up.") },

    Row { subject: Subject::Waba, words: &[words::READ], when: When::Always,
        meaning: fine("The WABA can be read", false) },
    Row { subject: Subject::Waba, words: &[words::NOT_NAMED], when: When::Always,
        meaning: ours(Unknown, "Nobody has named the WABA, so nothing of it could be looked at", We, "Nothing has to be done: it is looked at once the customer has signed up. Whoever knows its id names it when they create the migration.") },

    Row { subject: Subject::Ownership, words: &["ON_BEHALF_OF"], when: When::Transfers,
        meaning: fine("A partner owns the WABA on behalf of the customer, and this flow changes that", true) },
    Row { subject: Subject::Ownership, words: &["CLIENT_OWNED"], when: When::Transfers,
        meaning: acted(Stops, "The customer owns the WABA already, so there is nothing to transfer", We, "Nothing is to be done; handover ownership names the flows that fit.") },
    Row { subject: Subject::Ownership, words: &["CLIENT_OWNED"], when: When::Always,
        meaning: fine("The customer owns the WABA", true) },
    Row { subject: Subject::Ownership, words: &["ON_BEHALF_OF"], when: When::Always,
        meaning: acted(Stops, "A partner owns the WABA on behalf of the customer", Actor::FormerPartner, "The partner who owns it transfers the ownership to the customer first; then start a new migration.") },
    Row { subject: Subject::Ownership, words: &[], when: When::Always,
        meaning: acted(Stops, "Meta does not say in a word that we know who owns the WABA, and that is never read as an owner", We, "An operator looks at ownership_type of the WABA and asks Meta Direct Support.") },

    Row { subject: Subject::Review, words: &["APPROVED"], when: When::Always,
        meaning: fine("Meta has approved the WABA", true) },
    Row { subject: Subject::Review, words: &["PENDING"], when: When::Moves,
        meaning: acted(Stops, "Meta is still reviewing the WABA, and refuses to move a number out of one that is not approved", Meta, WAIT_FOR_REVIEW) },
    Row { subject: Subject::Review, words: &["PENDING"], when: When::Always,
        meaning: acted(Warns, "Meta is still reviewing the WABA", Meta, WAIT_FOR_REVIEW) },
    Row { subject: Subject::Review, words: &["REJECTED"], when: When::Moves,
        meaning: acted(Stops, "Meta has rejected the WABA, and refuses to move a number out of one that is not approved", Customer, APPEAL) },
    Row { subject: Subject::Review, words: &["REJECTED"], when: When::Always,
        meaning: acted(Warns, "Meta has rejected the WABA, so that it may not send whoever pays for it", Customer, APPEAL) },
    Row { subject: Subject::Review, words: &["LIMIT_REACHED"], when: When::Always,
        meaning: acted(Warns, "A limit of Meta's holds the review of the WABA", Customer, APPEAL) },

    Row { subject: Subject::Verification, words: &["verified"], when: When::Always,
        meaning: fine("The business is verified", false) },
    Row { subject: Subject::Verification, words: &["pending"], when: When::Always,
        meaning: acted(Warns, "Meta is still verifying the business", Meta, "Wait for it: until then the portfolio may have two numbers, and Meta may refuse to move one.") },
    Row { subject: Subject::Verification, words: &["pending_need_more_info", "pending_submission"], when: When::Always,
        meaning: acted(Warns, "The verification of the business waits for papers", Customer, "The customer sends what Meta asks for in Business Settings > Security Centre.") },
    Row { subject: Subject::Verification, words: &["not_verified", "failed", "rejected", "revoked", "expired", "ineligible"], when: When::Always,
        meaning: acted(Warns, "The business is not verified", Customer, VERIFY) },

    Row { subject: Subject::Health, words: &["AVAILABLE"], when: When::Always,
        meaning: fine("Meta lets the WABA send", true) },
    Row { subject: Subject::Health, words: &["141014"], when: When::Always,
        meaning: acted(Warns, "Meta has banned the WABA", Customer, APPEAL) },
    Row { subject: Subject::Health, words: &["141010"], when: When::Always,
        meaning: acted(Warns, "Meta limits the WABA, because its business is not verified", Customer, VERIFY) },
    Row { subject: Subject::Health, words: &["141006"], when: When::Always,
        meaning: acted(Warns, "The WABA has a problem with its payment already", Customer, "The customer clears it with whoever pays now, or does not wait with the move; our credit line is another payment.") },
    Row { subject: Subject::Health, words: &["LIMITED", "BLOCKED"], when: When::Always,
        meaning: acted(Warns, "Meta holds the WABA back", Customer, "The customer looks at Account Quality in WhatsApp Manager, where Meta says why.") },

    Row { subject: Subject::Currency, words: &[words::EQUAL], when: When::Always,
        meaning: fine("The credit line is in the WABA's currency", false) },
    Row { subject: Subject::Currency, words: &[words::DIFFERS], when: When::Always,
        meaning: ours(Warns, "The credit line is in another currency than the WABA, and Meta's pages disagree on whether that can be", We, "If Meta refuses the share for it, an administrator names a line in the WABA's currency in the settings; or the customer moves the WABA's currency first.") },

    Row { subject: Subject::Coexistence, words: &[words::NO], when: When::Always,
        meaning: fine("No number is in the WhatsApp Business app", false) },
    Row { subject: Subject::Coexistence, words: &[words::YES], when: When::Changes,
        meaning: ours(Stops, "A number is in the WhatsApp Business app too, and such a one is not moved", Customer, "The customer takes the number off the app (Settings > Account > Business Platform), or stays.") },
    Row { subject: Subject::Coexistence, words: &[words::YES], when: When::Always,
        meaning: fine("A number is in the WhatsApp Business app too, and stays there", false) },

    Row { subject: Subject::Platform, words: &["CLOUD_API"], when: When::Always,
        meaning: fine("The numbers are on the Cloud API", false) },
    Row { subject: Subject::Platform, words: &["NOT_APPLICABLE"], when: When::Always,
        meaning: ours(Warns, "A number is not registered, so it cannot send now", We, "Nothing has to be done: it is registered on the way.") },
    Row { subject: Subject::Platform, words: &["ON_PREMISE"], when: When::AllChange,
        meaning: acted(Stops, "Every number is on the On-Premises API, which has ended", Customer, "The customer moves the numbers to the Cloud API first.") },
    Row { subject: Subject::Platform, words: &["ON_PREMISE"], when: When::Always,
        meaning: acted(Warns, "A number is on the On-Premises API, which has ended, and stays behind", Customer, "The customer moves the number to the Cloud API first.") },

    Row { subject: Subject::NumberStatus, words: &["CONNECTED"], when: When::Always,
        meaning: fine("The numbers are connected", true) },
    Row { subject: Subject::NumberStatus, words: &["PENDING", "DISCONNECTED", "UNVERIFIED"], when: When::Always,
        meaning: acted(Warns, "A number is not connected, so it cannot send now", We, "Nothing has to be done before the move: it is registered on the way. If it should work today, the customer looks in WhatsApp Manager.") },
    Row { subject: Subject::NumberStatus, words: &["MIGRATED", "DELETED"], when: When::Always,
        meaning: acted(Warns, "A number is no longer on this WABA", Customer, "The customer says on which WABA it is now; this one moves without it.") },
    Row { subject: Subject::NumberStatus, words: &["BANNED", "RESTRICTED", "FLAGGED", "RATE_LIMITED"], when: When::Always,
        meaning: acted(Warns, "Meta holds a number back, and a move does not change that", Customer, LOOK) },

    Row { subject: Subject::CodeVerification, words: &["VERIFIED"], when: When::Always,
        meaning: fine("The numbers are verified", false) },
    Row { subject: Subject::CodeVerification, words: &["NOT_VERIFIED", "EXPIRED"], when: When::Always,
        meaning: acted(Warns, "A number is not verified by a code, and may not be registered anew", Customer, BY_CODE) },

    Row { subject: Subject::Quality, words: &["GREEN", "UNKNOWN", "NA"], when: When::Always,
        meaning: fine("The numbers are rated well, or not yet", true) },
    Row { subject: Subject::Quality, words: &["YELLOW", "RED"], when: When::Always,
        meaning: acted(Warns, "Recipients rate a number badly, and the rating goes with it", Customer, "The customer sends less, and what people have asked for, until the rating is better; Meta may lower the limit of a RED number.") },

    Row { subject: Subject::DisplayName, words: &["APPROVED", "AVAILABLE_WITHOUT_REVIEW"], when: When::Always,
        meaning: fine("The display names are approved", true) },
    Row { subject: Subject::DisplayName, words: &["PENDING_REVIEW", "DECLINED"], when: When::AllMove,
        meaning: acted(Stops, "No number has an approved display name, and Meta moves none without", Customer, NAME) },
    Row { subject: Subject::DisplayName, words: &["PENDING_REVIEW", "DECLINED", "EXPIRED", "NON_EXISTS", "NONE"], when: When::Moves,
        meaning: acted(Warns, "A number has no approved display name, and Meta moves none without", Customer, NAME) },
    Row { subject: Subject::DisplayName, words: &["PENDING_REVIEW", "DECLINED", "EXPIRED", "NON_EXISTS", "NONE"], when: When::Always,
        meaning: acted(Warns, "A number has no display name that Meta has approved", Customer, NAME) },

    Row { subject: Subject::Throughput, words: &["HIGH"], when: When::Moves,
        meaning: acted(Warns, "A number sends up to 1,000 messages a second, and Meta does not say that it does so after the move", Customer, "The customer plans the first days with 80 messages a second.") },
    Row { subject: Subject::Throughput, words: &["STANDARD", "HIGH"], when: When::Always,
        meaning: fine("The numbers send as fast as before", true) },
    Row { subject: Subject::Throughput, words: &["NOT_APPLICABLE"], when: When::Always,
        meaning: fine("The numbers are not registered, and have no speed yet", true) },

    Row { subject: Subject::MessagingLimit, words: &["TIER_2K", "TIER_10K", "TIER_100K", "TIER_UNLIMITED"], when: When::Always,
        meaning: fine("The portfolio may write to many people a day, and keeps that", true) },
    Row { subject: Subject::MessagingLimit, words: &["TIER_50", "TIER_250"], when: When::Always,
        meaning: acted(Warns, "The portfolio may write to few people a day, and a move does not change that", Customer, VERIFY) },
    Row { subject: Subject::MessagingLimit, words: &["UNTIERED"], when: When::Always,
        meaning: acted(Unknown, "Meta has set no limit yet", Customer, "Nothing has to be done; Meta sets one with the first messages.") },

    Row { subject: Subject::NumberLimit, words: &[words::ROOM], when: When::Always,
        meaning: fine("The portfolio may have one number more", false) },
    Row { subject: Subject::NumberLimit, words: &[words::FULL], when: When::Moves,
        meaning: ours(Warns, "The portfolio has as many numbers as Meta lets it have, and a number that moves is on both WABAs for a while", Customer, "If the signup refuses the number, the customer verifies the business (then twenty are allowed), or deletes a number that is not used.") },
    Row { subject: Subject::NumberLimit, words: &[words::FULL], when: When::Always,
        meaning: fine("The portfolio has as many numbers as Meta lets it have, and none is added", false) },

    Row { subject: Subject::Templates, words: &[words::READ], when: When::Always,
        meaning: fine("The message templates are written down", false) },
];
