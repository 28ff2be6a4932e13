//! What Meta does not say, what Handover takes it to be, and what was seen of it: the list of unknowns of facts 19.5.
//!
//! A deployment writes down what it sees of each in passing. That changes nothing by itself: a setting is narrowed by a person.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What an assumption is about, in the word under which it is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// What was answered to a share that was made, by the hours around the edges of the window.
    ShareAtTheEdge,
    /// What a second share of the same WABA would answer.
    RepeatedShare,
    /// What pays for the WABA between the share and the 1st.
    FundingBeforeTheFirst,
    /// Whether error 141006 is shown between the share and the 1st.
    ErrorBeforeTheFirst,
    /// How long after midnight of the 1st, UTC, it was seen that our line pays.
    ActivationTime,
    /// Whether a number could be registered before the 1st.
    RegisteredBeforeTheFirst,
    /// Whether a number keeps its id when it moves.
    NumberId,
    /// How long Meta takes to copy templates.
    TemplatesCopied,
    /// Whether `primary_funding_id` can be read.
    FundingReadable,
    /// Whether the owner of a WABA can be read.
    OwnerReadable,
    /// Whether a WABA says when it was made.
    CreationReadable,
    /// Whether two-step verification of a number can be read.
    TwoStepReadable,
    /// Whether the rating of templates can be read.
    TemplateRatingReadable,
    /// Whether there are WABAs that a partner owns on behalf of their customer.
    OnBehalfOf,
    /// What a second request for the same solution does.
    RepeatedIntent,
}

/// Something that Meta does not say.
#[derive(Debug, PartialEq, Eq)]
pub struct Assumption {
    /// What it is about.
    pub about: About,
    /// Its number in facts 19.5; none where the facts name it elsewhere.
    pub number: Option<u8>,
    /// What Handover takes it to be.
    pub assumed: &'static str,
    /// What contradicts that, among what can be seen; everything else fits.
    contradicted_by: &'static [&'static str],
    /// What a person can do where it does not hold, or is known.
    pub action: &'static str,
}

/// Whether an assumption holds, as far as it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holds {
    /// Something was seen that contradicts it.
    No,
    /// Nothing was seen of it yet.
    Unknown,
    /// Whatever was seen fits.
    Yes,
}

/// Words in which it is written down what was seen.
pub mod seen {
    /// The field was there.
    pub const READABLE: &str = "readable";
    /// Meta withheld it.
    pub const WITHHELD: &str = "withheld";
    /// It is ours.
    pub const OURS: &str = "ours";
    /// It is somebody else's.
    pub const ANOTHER: &str = "another";
    /// There is none.
    pub const NONE: &str = "none";
    /// There are some.
    pub const SOME: &str = "some";
    /// Meta did it.
    pub const ACCEPTED: &str = "accepted";
    /// Meta refused it.
    pub const REFUSED: &str = "refused";
    /// It is as it was.
    pub const KEPT: &str = "kept";
    /// It is another than before.
    pub const CHANGED: &str = "changed";
    /// Before the 1st has begun in UTC.
    pub const BEFORE: &str = "before";
    /// Within the first day after it.
    pub const WITHIN_A_DAY: &str = "within a day";
    /// Later than that.
    pub const LATER: &str = "later";
    /// Within five minutes.
    pub const IN_TIME: &str = "within five minutes";
}

const NOTHING: &[&str] = &[];
const NOBODY: &str =
    "Nothing: it cannot be tried without a second call that might cost money or a customer's patience.";
const AS_IT_IS: &str = "Nothing: both are provided for.";

#[rustfmt::skip] // one assumption, one row
/// Every one, in the order of facts 19.5.
pub const ASSUMPTIONS: [Assumption; 15] = [
    Assumption { about: About::ShareAtTheEdge, number: Some(1), contradicted_by: NOTHING,
        assumed: "which zone's days count is not known: a share is made while its window is open in every zone from UTC-12 to UTC+14",
        action: "Answers in the doubtful hours tell the zone. Once they agree, an administrator sets MonthZone; until then nothing narrows by itself." },
    Assumption { about: About::RepeatedShare, number: Some(3), contradicted_by: NOTHING,
        assumed: "a second share may cost twice, so none is made without proof that the first did nothing", action: NOBODY },
    Assumption { about: About::FundingBeforeTheFirst, number: Some(4), contradicted_by: &[seen::OURS],
        assumed: "primary_funding_id shows our line only when it pays, so that it proves that the customer can send",
        action: "Stop trusting it before the 1st: ask Meta Direct Support, and have customers confirm a message (resolve: confirmed)." },
    Assumption { about: About::RegisteredBeforeTheFirst, number: Some(7), contradicted_by: &[seen::REFUSED],
        assumed: "a number can be registered before the 1st", action: "Nothing has to be done: what is refused is tried again until 14 days after the signup." },
    Assumption { about: About::RepeatedIntent, number: Some(9), contradicted_by: NOTHING,
        assumed: "a second request may ask the customer twice, so a lost answer is a person's", action: NOBODY },
    Assumption { about: About::NumberId, number: Some(10), contradicted_by: NOTHING,
        assumed: "a number may have another id after it has moved: it is known again by its digits", action: AS_IT_IS },
    Assumption { about: About::TwoStepReadable, number: Some(11), contradicted_by: NOTHING,
        assumed: "is_pin_enabled may be withheld; then the signup is what stops at it", action: AS_IT_IS },
    Assumption { about: About::TemplatesCopied, number: Some(12), contradicted_by: &[seen::LATER],
        assumed: "what Meta copies by itself is there within five minutes", action: "Nothing has to be done: what is missing is asked for. The report names what came neither way." },
    Assumption { about: About::ErrorBeforeTheFirst, number: Some(14), contradicted_by: NOTHING,
        assumed: "error 141006 may or may not be shown before the 1st: only one that was seen can be gone", action: AS_IT_IS },
    Assumption { about: About::ActivationTime, number: Some(15), contradicted_by: &[seen::BEFORE, seen::LATER],
        assumed: "our line pays within a day of midnight of the 1st, in UTC",
        action: "Earlier than UTC's midnight, it tells of a zone ahead of it (MonthZone). Later, tell customers so, and ask Meta Direct Support." },
    Assumption { about: About::OnBehalfOf, number: Some(16), contradicted_by: &[seen::SOME],
        assumed: "there are no WABAs on behalf of a customer any more: Meta ended them in 2025",
        action: "handover fleet names them; they cannot switch before their ownership is the customer's." },
    Assumption { about: About::FundingReadable, number: None, contradicted_by: &[seen::WITHHELD],
        assumed: "primary_funding_id can be read, and proves that our line pays", action: "Have customers confirm a message after the 1st (resolve: confirmed), or ask Meta for the permission." },
    Assumption { about: About::OwnerReadable, number: None, contradicted_by: &[seen::WITHHELD],
        assumed: "the business that owns a WABA can be read; nothing is shared without it", action: "Ask Meta for the permission: without it every share is a person's." },
    Assumption { about: About::CreationReadable, number: None, contradicted_by: &[seen::WITHHELD],
        assumed: "a WABA says when it was made", action: "Nothing has to be done: where it cannot be read, a person says whether a WABA is new (resolve: new)." },
    Assumption { about: About::TemplateRatingReadable, number: None, contradicted_by: &[seen::WITHHELD],
        assumed: "the rating of templates can be read, and forecasts which travel", action: "Nothing has to be done: what is not rated is asked for, and Meta's answer decides." },
];

impl About {
    /// The word under which it is written down.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ShareAtTheEdge => "share-at-the-edge",
            Self::RepeatedShare => "repeated-share",
            Self::FundingBeforeTheFirst => "funding-before-the-first",
            Self::ErrorBeforeTheFirst => "error-before-the-first",
            Self::ActivationTime => "activation-time",
            Self::RegisteredBeforeTheFirst => "registered-before-the-first",
            Self::NumberId => "number-id",
            Self::TemplatesCopied => "templates-copied",
            Self::FundingReadable => "funding-readable",
            Self::OwnerReadable => "owner-readable",
            Self::CreationReadable => "creation-readable",
            Self::TwoStepReadable => "two-step-readable",
            Self::TemplateRatingReadable => "template-rating-readable",
            Self::OnBehalfOf => "on-behalf-of",
            Self::RepeatedIntent => "repeated-intent",
        }
    }
}

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Assumption {
    /// Whether it holds after all that was seen, each with how often.
    #[must_use]
    pub fn holds(&self, seen: &BTreeMap<String, usize>) -> Holds {
        // What follows the first word says more, and decides nothing: `refused 100`.
        let contradicts = |seen: &String| self.contradicted_by.iter().any(|word| is(seen, word));
        if seen.keys().any(contradicts) {
            Holds::No
        } else if seen.is_empty() {
            Holds::Unknown
        } else {
            Holds::Yes
        }
    }
}

fn is(seen: &str, word: &str) -> bool {
    seen.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn of(about: About) -> &'static Assumption {
        ASSUMPTIONS.iter().find(|one| one.about == about).unwrap()
    }

    fn holds(about: About, seen: &[&str]) -> Holds {
        of(about).holds(&seen.iter().map(|seen| ((*seen).to_owned(), 1)).collect())
    }

    #[test]
    fn each_is_there_once_and_is_written_as_it_is_named() {
        let names: BTreeSet<_> = ASSUMPTIONS.iter().map(|one| one.about.name()).collect();
        assert_eq!(names.len(), ASSUMPTIONS.len());
        for one in &ASSUMPTIONS {
            assert_eq!(serde_json::to_value(one.about).unwrap(), one.about.name());
            assert!(!one.assumed.ends_with('.') && one.action.ends_with('.'), "{}", one.about);
        }
        assert!(ASSUMPTIONS.iter().filter_map(|one| one.number).is_sorted());
    }

    #[test]
    fn one_that_was_contradicted_once_does_not_hold_and_one_that_nobody_has_seen_is_unknown() {
        assert_eq!(holds(About::FundingBeforeTheFirst, &[]), Holds::Unknown);
        assert_eq!(holds(About::FundingBeforeTheFirst, &["another"]), Holds::Yes);
        assert_eq!(holds(About::FundingBeforeTheFirst, &["another", "ours"]), Holds::No);
        assert_eq!(holds(About::RegisteredBeforeTheFirst, &["refused: meta-100"]), Holds::No);
        assert_eq!(holds(About::ActivationTime, &["within a day"]), Holds::Yes);
        assert_eq!(holds(About::NumberId, &["changed"]), Holds::Yes, "both are provided for");
    }
}
