//! What was seen of the numbers of a WABA, gathered by word: twenty that are well are one sight.

use super::{Sight, Subject, words};

/// A number in Meta's words; what is missing was not in the answer (facts 6.2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NumberSeen {
    /// As people write it, or its id.
    pub name: String,
    /// `is_on_biz_app`.
    pub on_business_app: Option<bool>,
    /// `platform_type`.
    pub platform: Option<String>,
    /// `status`.
    pub status: Option<String>,
    /// `code_verification_status`.
    pub code_verification: Option<String>,
    /// `quality_rating`.
    pub quality: Option<String>,
    /// `name_status`.
    pub display_name: Option<String>,
}

/// So many numbers are named; the others are counted.
const NAMED: usize = 3;

/// Reads a word off a number.
type WordOf = fn(&NumberSeen) -> Option<String>;

/// What was seen of each subject, a sight for each different word.
#[must_use]
pub fn of_numbers(numbers: &[NumberSeen]) -> Vec<Sight> {
    let subjects: [(Subject, WordOf); 6] = [
        (Subject::Coexistence, |number| {
            number.on_business_app.map(|is| if is { words::YES } else { words::NO }.to_owned())
        }),
        (Subject::Platform, |number| number.platform.clone()),
        (Subject::NumberStatus, |number| number.status.clone()),
        (Subject::CodeVerification, |number| number.code_verification.clone()),
        (Subject::Quality, |number| number.quality.clone()),
        (Subject::DisplayName, |number| number.display_name.clone()),
    ];
    subjects
        .into_iter()
        .flat_map(|(subject, word)| {
            by_word(subject, numbers.iter().map(|number| (number.name.as_str(), word(number))))
        })
        .collect()
}

/// One sight for each different word, with the names of those of which it is so; of all of them, none is named.
#[must_use]
pub fn by_word<'a>(subject: Subject, seen: impl Iterator<Item = (&'a str, Option<String>)>) -> Vec<Sight> {
    let mut by_word: Vec<(Option<String>, Vec<&str>)> = Vec::new();
    for (name, word) in seen {
        match by_word.iter_mut().find(|(other, _)| *other == word) {
            Some((_, names)) => names.push(name),
            None => by_word.push((word, vec![name])),
        }
    }
    let every = by_word.len() == 1;
    let sight = |(word, names): (Option<String>, Vec<&str>)| {
        let sight = Sight { every, ..Sight::of_field(subject, word) };
        if every { sight } else { sight.about(named(&names)) }
    };
    by_word.into_iter().map(sight).collect()
}

fn named(names: &[&str]) -> String {
    let shown = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(NAMED) {
        None | Some(0) => shown,
        Some(more) => format!("{shown} and {more} more"),
    }
}

/// A portfolio may have two numbers, and twenty once it is verified or may write to 2,000 people a day (facts 1).
const OF_ANY: usize = 2;
const OF_A_PROVED_ONE: usize = 20;

/// Whether the portfolio may have one number more; none where neither of the two could be read.
///
/// Only the numbers of this WABA are counted, and the portfolio may have others: that there is room is likely, that there is none is sure.
#[must_use]
pub fn number_limit(numbers: usize, verification: Option<&str>, limit: Option<&str>) -> Option<Sight> {
    let is_high = |tier: &str| matches!(tier, "TIER_2K" | "TIER_10K" | "TIER_100K" | "TIER_UNLIMITED");
    let allowed = if verification == Some("verified") || limit.is_some_and(is_high) {
        OF_A_PROVED_ONE
    } else if verification.is_some() && limit.is_some() {
        OF_ANY
    } else {
        return None;
    };
    let word = if numbers < allowed { words::ROOM } else { words::FULL };
    Some(Sight::of_word(Subject::NumberLimit, word).about(format!("{numbers} of {allowed}")))
}
