//! Everything that can go wrong, from the tables that decide it.

use std::collections::BTreeSet;

use handover_domain::decoder::{Class, Refusal, Verdict, decode};
use handover_domain::reason::MEANINGS;
use handover_engine::problem::Problem;
use jiff::SignedDuration;

use crate::line;

/// Where the codes stand that are worth asking about; what they mean is asked of the decoder.
const ROWS: &str = include_str!("../../../shared/domain/src/decoder/rows.rs");
/// Where every kind of problem is made.
const PROBLEMS: &str = include_str!("../../../shared/engine/src/problem.rs");

/// How the section of each kind of problem must open, so that the reference in its `type` leads there.
pub(crate) fn problems() -> Vec<String> {
    let all = [
        Problem::malformed("", ""),
        Problem::unknown("", ""),
        Problem::conflict("", ""),
        Problem::unproved("", ""),
        Problem::gone("", ""),
        Problem::unavailable(),
    ];
    assert_eq!(
        PROBLEMS.matches("kind: \"errors.md#").count(),
        all.len(),
        "a kind of problem is missing here"
    );
    let opening = |problem: Problem| {
        let anchor = problem.kind.strip_prefix("errors.md#").unwrap();
        format!("### {anchor}\n\n**{}: {}.**", problem.status, problem.title)
    };
    all.map(opening).into()
}

/// Our own reasons.
pub(crate) fn reasons() -> String {
    let rows = MEANINGS.iter().map(|meaning| {
        line([format!("`{}`", meaning.code), meaning.what.to_owned(), meaning.action.to_owned()])
    });
    "| reason | what happened | what to do |\n|---|---|---|\n".to_owned() + &rows.collect::<String>()
}

/// The errors of Meta's that the decoder knows.
pub(crate) fn metas() -> String {
    let numbers = numbers_in(ROWS);
    let any_code = numbers.iter().filter_map(|&subcode| Known::of(None, Some(subcode)));
    let codes = numbers.iter().filter_map(|&code| Known::of(Some(code), None));
    let both = numbers.iter().flat_map(|&code| {
        let general = Known::of(Some(code), None).map(|known| known.verdict);
        let special = numbers.iter().filter_map(move |&subcode| Known::of(Some(code), Some(subcode)));
        special.filter(move |known| Some(&known.verdict) != general.as_ref())
    });
    // A subcode that decides alone stands once, under "any".
    let both = both.filter(|known| Known::of(None, known.subcode).is_none());
    let mut all: Vec<Known> = any_code.chain(codes).chain(both).collect();
    all.sort_by_key(|known| (known.code, known.subcode));
    let header = "| code | subcode | what happened | what follows | who acts | what to do |\n\
                  |---|---|---|---|---|---|\n";
    let grouped = all.chunk_by(Known::runs_on_to);
    header.to_owned()
        + &grouped.filter_map(|group| Some(group.first()?.line(group.last()?))).collect::<String>()
}

/// An error that is in the table, with what the table says of it.
struct Known {
    /// None where the subcode alone decides.
    code: Option<i64>,
    subcode: Option<i64>,
    verdict: Verdict,
}

/// No error of Meta's has this code: with it, only the subcode can decide.
const NO_CODE: i64 = -1;

fn refusal(code: i64, subcode: Option<i64>, hint: Option<u32>) -> Refusal {
    Refusal { code, subcode, status: 400, is_transient: false, retry_after_minutes: hint }
}

impl Known {
    fn of(code: Option<i64>, subcode: Option<i64>) -> Option<Self> {
        let verdict = decode(&refusal(code.unwrap_or(NO_CODE), subcode, None));
        let listed = !verdict.cause.ends_with("is not one we know");
        listed.then_some(Self { code, subcode, verdict })
    }

    /// Whether both mean the same, and every number between them does too.
    fn runs_on_to(&self, next: &Self) -> bool {
        let same = |code, subcode| Self::of(code, subcode).is_some_and(|known| known.verdict == self.verdict);
        match ((self.code, self.subcode), (next.code, next.subcode)) {
            ((Some(from), None), (Some(to), None)) => (from..=to).all(|code| same(Some(code), None)),
            ((code, Some(from)), (other, Some(to))) if code == other => {
                (from..=to).all(|subcode| same(code, Some(subcode)))
            }
            _ => false,
        }
    }

    /// The line of this error and those that run on to `last`.
    fn line(&self, last: &Self) -> String {
        let Verdict { cause, who, advice, .. } = &self.verdict;
        line([
            range(self.code, last.code).unwrap_or_else(|| "any".to_owned()),
            range(self.subcode, last.subcode).unwrap_or_default(),
            cause.clone().into_owned(),
            self.follows(),
            who.to_string(),
            (*advice).to_owned(),
        ])
    }

    fn follows(&self) -> String {
        let hinted = decode(&refusal(self.code.unwrap_or(NO_CODE), self.subcode, Some(7)));
        match self.verdict.class {
            Class::Wait { .. } if hinted.class != self.verdict.class => {
                "a wait as long as Meta's usage headers say, else an hour".to_owned()
            }
            Class::Wait { after } => format!("a wait of {}", in_words(after)),
            Class::Retry { after } => format!("the same call after {}", in_words(after)),
            Class::Person => "a person".to_owned(),
            Class::Refuse => "the end: refused".to_owned(),
        }
    }
}

fn range(first: Option<i64>, last: Option<i64>) -> Option<String> {
    let (first, last) = (first?, last?);
    Some(if first == last { first.to_string() } else { format!("{first} to {last}") })
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

/// Every whole number written in a source text.
fn numbers_in(source: &str) -> BTreeSet<i64> {
    let words = source.split(|character: char| !character.is_ascii_alphanumeric() && character != '_');
    words.filter_map(|word| word.replace('_', "").parse().ok()).collect()
}
