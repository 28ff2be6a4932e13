//! Everything that can go wrong, from the tables that decide it.

use handover_domain::decoder::{Known, Verdict, explain, table};
use handover_domain::reason::MEANINGS;
use handover_engine::problem::Problem;

use crate::line;

/// Where every kind of problem is made.
const PROBLEMS: &str = include_str!("../../../shared/engine/src/problem.rs");

/// How the section of each kind of problem must open, so that the reference in its `type` leads there.
pub(crate) fn problems() -> Vec<String> {
    let all = [
        Problem::malformed("", ""),
        Problem::unknown("", ""),
        Problem::conflict("", ""),
        Problem::unproved("", ""),
        Problem::forbidden(""),
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
    let mut all: Vec<Known> = table().collect();
    all.sort_by_key(|known| (known.codes, known.subcode));
    let grouped = all.chunk_by(runs_on_to);
    HEADER.to_owned()
        + &grouped.filter_map(|group| Some(told(group.first()?, group.last()?))).collect::<String>()
}

/// The numbers of Meta's that have several meanings, with each of them.
pub(crate) fn meanings() -> String {
    let several = [2_388_103, 131_042].map(|number| explain(number, ""));
    HEADER.to_owned() + &several.iter().flatten().map(|known| told(known, known)).collect::<String>()
}

const HEADER: &str = "| code | subcode | what happened | what follows | who acts | what to do |\n\
                      |---|---|---|---|---|---|\n";

/// Whether the next number means the same.
fn runs_on_to(known: &Known, next: &Known) -> bool {
    let follows = |from: Option<i64>, to: Option<i64>| from.zip(to).is_some_and(|(from, to)| from + 1 == to);
    let code = |known: &Known| known.codes.map(|(_, to)| to);
    let is_next = match (known.subcode, next.subcode) {
        (None, None) => follows(code(known), code(next)),
        (subcode, following) => known.codes == next.codes && follows(subcode, following),
    };
    is_next && (&known.verdict, &known.follows) == (&next.verdict, &next.follows)
}

/// The line of this error and those that run on to `last`.
fn told(known: &Known, last: &Known) -> String {
    let Verdict { cause, who, advice, .. } = &known.verdict;
    let codes = known.codes.zip(last.codes).map(|((from, _), (_, to))| (from, to));
    line([
        codes.map_or_else(|| "any".to_owned(), range),
        known.subcode.zip(last.subcode).map(range).unwrap_or_default(),
        cause.clone().into_owned(),
        known.follows.clone(),
        who.to_string(),
        (*advice).to_owned(),
    ])
}

fn range((first, last): (i64, i64)) -> String {
    if first == last { first.to_string() } else { format!("{first} to {last}") }
}
