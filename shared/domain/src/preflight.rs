//! What pre-flight finds: what was looked at, how bad it is, who acts and how.
//!
//! What was seen is kept in Meta's own words ([`Sight`]); what it means is derived from a table each time that it is shown, so
//! that a better sentence reaches the migrations of yesterday. A word that the table does not have is unknown, and so is
//! what Meta did not show: neither is ever a proof of anything.

mod meanings;
mod numbers;

use std::fmt;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::flow::FlowName;
use crate::reason::Reason;
use crate::severity::Severity;

pub use numbers::{NumberSeen, by_word, number_limit, of_numbers};

/// So long before its end a version of the Graph API is told of: it is changed with a release, and migrations last weeks.
pub const VERSION_TOLD_BEFORE: SignedDuration = SignedDuration::from_hours(24 * 90);

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// Our own credit lines.
    CreditLines,
    /// Our own version of the Graph API.
    GraphVersion,
    /// Whether the WABA can be read already.
    Waba,
    /// Who owns it (`ownership_type`, facts 5.3).
    Ownership,
    /// What Meta's review of it has come to (`account_review_status`, facts 4.1).
    Review,
    /// Whether its business is verified (`business_verification_status`, facts 4.1).
    Verification,
    /// Whether it can send (`health_status`, facts 4.2).
    Health,
    /// Its currency beside that of our credit line (facts 0.8).
    Currency,
    /// Whether a number is in the WhatsApp Business app too (`is_on_biz_app`, facts 6.2).
    Coexistence,
    /// Where a number runs (`platform_type`, facts 6.2).
    Platform,
    /// The state of a number (`status`, facts 6.2).
    NumberStatus,
    /// Whether a number was verified by a code (`code_verification_status`, facts 6.2).
    CodeVerification,
    /// How recipients rate a number (`quality_rating`, facts 6.2).
    Quality,
    /// What the review of a number's display name has come to (`name_status`, facts 6.2).
    DisplayName,
    /// How fast a number sends (`throughput`, facts 6.2 and 14).
    Throughput,
    /// To how many people a day the portfolio may write (`whatsapp_business_manager_messaging_limit`, facts 4.1).
    MessagingLimit,
    /// How many numbers the portfolio may have (facts 1).
    NumberLimit,
    /// The message templates.
    Templates,
}

impl Subject {
    /// Every subject, from our own set-up to the customer's templates.
    pub const ALL: [Self; 18] = [
        Self::CreditLines,
        Self::GraphVersion,
        Self::Waba,
        Self::Ownership,
        Self::Review,
        Self::Verification,
        Self::Health,
        Self::Currency,
        Self::Coexistence,
        Self::Platform,
        Self::NumberStatus,
        Self::CodeVerification,
        Self::Quality,
        Self::DisplayName,
        Self::Throughput,
        Self::MessagingLimit,
        Self::NumberLimit,
        Self::Templates,
    ];

    /// The word under which it is stored and shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CreditLines => "credit-lines",
            Self::GraphVersion => "graph-version",
            Self::Waba => "waba",
            Self::Ownership => "ownership",
            Self::Review => "review",
            Self::Verification => "verification",
            Self::Health => "health",
            Self::Currency => "currency",
            Self::Coexistence => "coexistence",
            Self::Platform => "platform",
            Self::NumberStatus => "number-status",
            Self::CodeVerification => "code-verification",
            Self::Quality => "quality",
            Self::DisplayName => "display-name",
            Self::Throughput => "throughput",
            Self::MessagingLimit => "messaging-limit",
            Self::NumberLimit => "number-limit",
            Self::Templates => "templates",
        }
    }

    /// Why a migration stops at it, where no check of the flow's own has stopped it before.
    #[must_use]
    const fn reason(self) -> Option<Reason> {
        match self {
            Self::Review => Some(Reason::WABA_NOT_APPROVED),
            Self::DisplayName => Some(Reason::NAME_NOT_APPROVED),
            _ => None,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What was seen of a subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Seen {
    /// A word: Meta's, or one of [`words`].
    Word(String),
    /// The answer names none.
    Nothing,
    /// Meta refused to show it.
    Withheld,
}

/// The words for what no field of Meta's says in a word of its own.
pub mod words {
    /// All of ours are there.
    pub const THERE: &str = "there";
    /// One of ours is not.
    pub const MISSING: &str = "missing";
    /// It lives long enough.
    pub const LIVES: &str = "lives";
    /// It ends before a migration of today is through.
    pub const ENDS: &str = "ends";
    /// Our token, or the customer's, can read it.
    pub const READ: &str = "read";
    /// Nobody has named it.
    pub const NOT_NAMED: &str = "not-named";
    /// Both are equal.
    pub const EQUAL: &str = "equal";
    /// They are not.
    pub const DIFFERS: &str = "differs";
    /// The flag is set.
    pub const YES: &str = "yes";
    /// It is not.
    pub const NO: &str = "no";
    /// There is room for one more.
    pub const ROOM: &str = "room";
    /// There is none, as far as it can be counted.
    pub const FULL: &str = "full";
}

/// What was seen, and of what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sight {
    /// What was looked at.
    pub subject: Subject,
    /// What was seen of it.
    pub seen: Seen,
    /// Of which numbers, lines or templates, in words; none where there is but one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// Whether all that were looked at are so, where there may be several.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub every: bool,
}

impl Sight {
    /// A word of Meta's, or that there was none.
    #[must_use]
    pub fn of_field(subject: Subject, word: Option<impl Into<String>>) -> Self {
        Self::new(subject, word.map_or(Seen::Nothing, |word| Seen::Word(word.into())))
    }

    /// One of [`words`].
    #[must_use]
    pub fn of_word(subject: Subject, word: &str) -> Self {
        Self::new(subject, Seen::Word(word.to_owned()))
    }

    /// Meta refused to show it.
    #[must_use]
    pub const fn withheld(subject: Subject) -> Self {
        Self::new(subject, Seen::Withheld)
    }

    const fn new(subject: Subject, seen: Seen) -> Self {
        Self { subject, seen, of: None, every: false }
    }

    /// Says of what it was seen.
    #[must_use]
    pub fn about(self, of: impl Into<String>) -> Self {
        Self { of: Some(of.into()), ..self }
    }
}

/// One thing that was looked at, as an operator needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub check: Subject,
    /// How bad it is.
    pub severity: Severity,
    /// What was found, in a sentence.
    pub what: String,
    /// Who acts; nobody where there is nothing to do.
    pub who: Option<Actor>,
    /// How: the next action, in a sentence.
    pub action: Option<&'static str>,
}

impl Sight {
    /// What it means for a migration of that flow.
    #[must_use]
    pub fn finding(&self, flow: FlowName) -> Finding {
        let meaning = meanings::of(self, flow.flow());
        let (who, action) = meaning.acts.unzip();
        Finding { check: self.subject, severity: meaning.severity, what: self.sentence(meaning), who, action }
    }

    fn sentence(&self, meaning: &meanings::Meaning) -> String {
        let word = match &self.seen {
            Seen::Word(word) if meaning.names_the_word => Some(word.as_str()),
            _ => None,
        };
        let more: Vec<&str> = word.into_iter().chain(self.of.as_deref()).collect();
        let what = meaning.what;
        if more.is_empty() { format!("{what}.") } else { format!("{what} ({}).", more.join("; ")) }
    }
}

/// All findings, the worst first.
#[must_use]
pub fn findings(sights: &[Sight], flow: FlowName) -> Vec<Finding> {
    let mut findings: Vec<Finding> = sights.iter().map(|sight| sight.finding(flow)).collect();
    findings.sort_by_key(|finding| (finding.severity, finding.check));
    findings
}

/// Why a migration stops at what was seen, with what was found; none if it goes on.
///
/// Only where Meta's documents say that the move is refused: a WABA or a display name that is not approved (facts 13.5). All
/// else is for somebody to know.
#[must_use]
pub fn stop(sights: &[Sight], flow: FlowName) -> Option<(Reason, Finding)> {
    let mut stops = findings(sights, flow).into_iter().filter(|one| one.severity == Severity::Stops);
    stops.find_map(|finding| Some((finding.check.reason()?, finding)))
}

#[cfg(test)]
mod tests;
