//! `handover roll-call`: who should be able to send since the 1st of a month, and who cannot.

use handover_domain::ids::MigrationId;
use handover_domain::moment::{spoken, spoken_day};
use handover_domain::roll_call::Counts;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;

use super::{Connection, table};

/// What `handover roll-call` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The month, as YYYY-MM
    #[arg(value_parser = first_of)]
    month: Date,

    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, thiserror::Error)]
#[error("there is no such month; write year and month, for example 2026-05")]
struct NoMonth;

fn first_of(text: &str) -> Result<Date, NoMonth> {
    let day = format!("{text}-01").parse().map_err(|_| NoMonth)?;
    if text.len() == "2026-05".len() { Ok(day) } else { Err(NoMonth) }
}

/// A roll call.
#[derive(Debug, Deserialize)]
pub(super) struct Called {
    day: Date,
    expected: u64,
    frozen_at: Option<Timestamp>,
    counts: Counts,
    closed_at: Option<Timestamp>,
    missing: Vec<Missing>,
}

#[derive(Debug, Deserialize)]
struct Missing {
    migration: MigrationId,
    waba: Option<String>,
    label: Option<String>,
    reason: String,
}

/// Prints it.
pub(super) async fn run(args: &Args) -> crate::Outcome {
    let path = format!("/roll-calls/{}", args.month.strftime("%Y-%m"));
    let answer = args.connection.client().await?.get(&path, &[]).await?;
    args.connection.print(&answer, text)
}

/// What to do, the counts, and who is missing.
pub(super) fn text(called: &Called) -> String {
    let Called { day, expected, frozen_at, counts, closed_at, missing } = called;
    let next = match (missing.first(), closed_at) {
        (Some(first), _) => format!("handover show {}", first.migration),
        (None, Some(at)) => format!("nothing; everyone was accounted for on {}.", spoken(*at)),
        (None, None) => "nothing yet; whoever is missing is listed here from the 3rd on.".to_owned(),
    };
    let counted =
        frozen_at.map_or_else(|| "not yet counted".to_owned(), |at| format!("counted {}", spoken(at)));
    let head = format!("Next: {next}\n\nRoll call of {}: {expected} expected, {counted}\n", spoken_day(*day));
    let text = head + &table(&told(counts));
    if missing.is_empty() { text } else { format!("{text}\nCannot send yet:\n{}", table(&rows(missing))) }
}

fn told(counts: &Counts) -> Vec<[String; 2]> {
    let Counts { active, cancelled, refused, person, waiting, vanished, moved } = *counts;
    let counts = [
        (active, "can send again"),
        (person, "are with one of our people"),
        (waiting, "are waited for"),
        (vanished, "have no record any more"),
        (moved, "were told another date"),
        (refused, "could not be moved"),
        (cancelled, "were cancelled"),
    ];
    let some = counts.into_iter().filter(|(count, _)| *count > 0);
    some.map(|(count, what)| [format!("  {count:>5}"), what.to_owned()]).collect()
}

fn rows(missing: &[Missing]) -> Vec<[String; 4]> {
    let head = ["REASON", "WABA", "CUSTOMER", "MIGRATION"].map(str::to_owned);
    let row = |who: &Missing| {
        let waba = who.waba.clone().unwrap_or_else(|| "not known".to_owned());
        let label = who.label.clone().unwrap_or_else(|| "-".to_owned());
        [who.reason.clone(), waba, label, who.migration.to_string()]
    };
    std::iter::once(head).chain(missing.iter().map(row)).collect()
}
