//! The table as people read it: by a number that stands in an error, and by Meta's words where one number has several
//! meanings.

use std::borrow::Cow;

use jiff::SignedDuration;

use super::meanings::{self, Meaning};
use super::rows::ROWS;
use super::{Class, Codes, Refusal, Row, Then, Verdict};
use crate::actor::Actor;

/// An error that the table knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// From which code to which; none where the subcode decides alone.
    pub codes: Option<(i64, i64)>,
    /// Its subcode; none where the code decides alone.
    pub subcode: Option<i64>,
    /// What it means.
    pub verdict: Verdict,
    /// What happens next, in words.
    pub follows: String,
    /// Whether it is one of several meanings of one number, which Meta's message tells apart.
    pub is_told_by_words: bool,
}

/// Every error that the table knows, in its order: the special ones before the general.
pub fn table() -> impl Iterator<Item = Known> {
    ROWS.iter().map(Known::from)
}

/// What an error with this number means, be it code or subcode, the likeliest first. Where the number has several
/// meanings, Meta's `message` tells which; all of them if it tells nothing.
#[must_use]
pub fn explain(number: i64, message: &str) -> Vec<Known> {
    let several = meanings::of(number, message);
    let listed = table().filter(|known| known.is_about(number));
    let told_apart = |known: Known| match several.as_slice() {
        [] => vec![known],
        several => several.iter().map(|meaning| known.meaning(meaning)).collect(),
    };
    listed.flat_map(told_apart).collect()
}

impl Known {
    fn is_about(&self, number: i64) -> bool {
        let by_code = self.codes.is_some_and(|(from, to)| (from..=to).contains(&number));
        by_code || self.subcode == Some(number)
    }

    fn meaning(&self, meaning: &Meaning) -> Self {
        let Meaning { then, who, cause, advice, .. } = *meaning;
        let row = Row { codes: Codes::Any, subcode: self.subcode, then, who, cause, advice };
        Self { codes: self.codes, is_told_by_words: true, ..Self::from(&row) }
    }

    /// What to tell the customer: what they do, or that they need do nothing.
    #[must_use]
    pub fn for_the_customer(&self) -> Cow<'static, str> {
        match (self.verdict.who, self.verdict.class) {
            (Actor::Customer, _) => format!("Please {}.", self.verdict.advice).into(),
            (_, Class::Refuse) => "It cannot be done in this way; we come back to you with another.".into(),
            (Actor::Meta, Class::Person) => {
                "Nothing is needed from you: only Meta can mend it, and we ask them.".into()
            }
            (Actor::Meta, _) => {
                "Nothing is needed from you: Meta asks us to wait, and it goes on by itself.".into()
            }
            _ => "Nothing is needed from you: we are at work on it.".into(),
        }
    }
}

impl From<&Row> for Known {
    fn from(row: &Row) -> Self {
        let codes = match row.codes {
            Codes::Only(code) => Some((code, code)),
            Codes::Between(from, to) => Some((from, to)),
            Codes::Any => None,
        };
        let code = codes.map_or(0, |(from, _)| from);
        let refusal = Refusal {
            code,
            subcode: row.subcode,
            status: 400,
            is_transient: false,
            retry_after_minutes: None,
        };
        let follows = match row.then {
            Then::Throttled => "a wait as long as Meta's usage headers say, else an hour".to_owned(),
            Then::Wait(after) => format!("a wait of {}", in_words(after)),
            Then::Retry(after) => format!("the same call after {}", in_words(after)),
            Then::Person => "a person".to_owned(),
            Then::Refuse => "the end: refused".to_owned(),
        };
        Self { codes, subcode: row.subcode, verdict: row.verdict(&refusal), follows, is_told_by_words: false }
    }
}

fn in_words(time: SignedDuration) -> String {
    let seconds = time.as_secs();
    match seconds {
        _ if seconds % 86_400 == 0 => counted(seconds / 86_400, "day"),
        _ if seconds % 3_600 == 0 => counted(seconds / 3_600, "hour"),
        _ if seconds % 60 == 0 => counted(seconds / 60, "minute"),
        _ => counted(seconds, "second"),
    }
}

fn counted(number: i64, unit: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn causes(number: i64, message: &str) -> Vec<String> {
        explain(number, message).into_iter().map(|known| known.verdict.cause.into_owned()).collect()
    }

    #[test]
    fn a_number_is_explained_as_code_and_as_subcode() {
        assert_eq!(causes(133_016, ""), ["the number is locked for 72 hours: it was registered ten times"]);
        assert_eq!(causes(463, ""), ["the token has expired"]);
        assert!(causes(190, "").len() > 5, "its subcodes, and itself");
        assert_eq!(causes(250, ""), ["the token has no permission for this asset"]);
        assert!(explain(987_654, "").is_empty());
    }

    #[test]
    fn how_long_it_waits_is_told_in_the_largest_unit_that_is_whole() {
        for (seconds, words) in [
            (1, "1 second"),
            (90, "90 seconds"),
            (60, "1 minute"),
            (5_400, "90 minutes"),
            (3_600, "1 hour"),
            (7_200, "2 hours"),
            (86_400, "1 day"),
            (259_200, "3 days"),
        ] {
            assert_eq!(in_words(SignedDuration::from_secs(seconds)), words);
        }
        assert_eq!(explain(133_015, "")[0].follows, "the same call after 5 minutes");
    }

    #[test]
    fn one_number_for_nine_situations_is_told_apart_by_metas_words() {
        assert_eq!(explain(2_388_103, "").len(), 9, "without a word of Meta's all are shown");
        assert!(explain(2_388_103, "").iter().all(|known| known.is_told_by_words));
        assert!(explain(133_016, "").iter().all(|known| !known.is_told_by_words));
        assert_eq!(explain(131_042, "")[0].codes, Some((131_042, 131_042)), "it is still that number");
        for (message, cause) in [
            ("You must subscribe an app to webhooks on the destination account", "no app of ours"),
            ("This number is not on another WhatsApp account. Add it directly.", "is on no other WABA"),
            ("The display name of this number has not been approved", "the display name"),
            ("The source WhatsApp Business Account is not approved", "the source WABA"),
            ("The destination account needs a valid payment method or credit line", "pays for the new WABA"),
            ("The source and destination must belong to the same business", "two businesses"),
            ("The destination WhatsApp Business Account is still in review", "not approved yet"),
            ("The client has not accepted your \"Messaging For\" request", "Messaging For"),
            ("Something went wrong when migrating. Please try again later", "something failed"),
        ] {
            let causes = causes(2_388_103, message);
            assert!(matches!(causes.as_slice(), [one] if one.contains(cause)), "{message}: {causes:?}");
        }
    }

    #[test]
    fn why_a_waba_cannot_be_billed_is_told_apart_too() {
        assert_eq!(explain(131_042, "").len(), 9);
        let generic = "Message failed because there were one or more errors related to your payment method.";
        assert_eq!(explain(131_042, generic).len(), 9, "Meta's general words tell nothing apart");
        let causes = causes(131_042, "Message failed: the credit line is over its limit");
        assert_eq!(causes, ["the credit line has reached its limit"]);
        let closed = &explain(131_042, "")[0];
        assert!(closed.verdict.cause.contains("switched partners"), "the likeliest first: {closed:?}");
    }

    #[test]
    fn the_customer_is_told_what_they_do_or_that_they_need_do_nothing() {
        let told = |number| explain(number, "")[0].for_the_customer().into_owned();
        assert!(told(2_388_001).starts_with("Please turn two-step verification off"), "{}", told(2_388_001));
        assert!(told(80_008).contains("goes on by itself"));
        assert!(told(1_752_294).contains("only Meta can mend it"));
        assert!(told(1_752_244).contains("another"));
        assert!(table().all(|known| !known.for_the_customer().contains(known.verdict.cause.as_ref())));
    }
}
