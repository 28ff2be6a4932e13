//! `handover list`: the board, what is yours to do first.

use handover_domain::ids::MigrationId;
use handover_domain::moment::spoken_day;
use handover_domain::state::Status;
use jiff::civil::Date;
use serde::Deserialize;

use super::{Connection, table};

/// What `handover list` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only those that stand so
    #[arg(long, value_parser = ["person", "open", "waiting", "completed", "refused", "cancelled"])]
    status: Option<String>,

    /// How many at most, up to 100
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=100))]
    limit: Option<u16>,

    /// Go on where a list ended, as its last line says
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,

    #[command(flatten)]
    connection: Connection,
}

/// A page of the board.
#[derive(Debug, Deserialize)]
pub(super) struct Listed {
    migrations: Vec<Line>,
    #[serde(default)]
    next: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Line {
    migration: MigrationId,
    status: Status,
    waba: Option<String>,
    label: Option<String>,
    unblocks_on: Option<Date>,
}

/// Prints a page of the board.
pub(super) async fn run(args: &Args) -> crate::Outcome {
    let Args { status, limit, after, connection } = args;
    let limit = limit.map(|limit| limit.to_string());
    let parameters = [("status", status.clone()), ("limit", limit), ("after", after.clone())];
    let given: Vec<_> =
        parameters.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))).collect();
    let answer = connection.client().await?.get("/migrations", &given).await?;
    let flag = status.as_ref().map(|status| format!(" --status {status}")).unwrap_or_default();
    connection.print(&answer, |listed| text(listed, &flag))
}

/// The board; `flag` is what the next page must be asked for with.
pub(super) fn text(listed: &Listed, flag: &str) -> String {
    if listed.migrations.is_empty() {
        return "Nothing is listed here. Begin a migration with: handover create --label NAME\n".to_owned();
    }
    let head = ["NEXT", "STATUS", "CAN SEND AGAIN", "WABA", "CUSTOMER", "MIGRATION"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(head).chain(listed.migrations.iter().map(row)).collect();
    let next = match listed.migrations.iter().find(|line| line.status == Status::Person) {
        Some(line) => format!("Next: handover show {}", line.migration),
        None => "Next: nothing is yours to do on this page.".to_owned(),
    };
    let more = listed.next.as_ref().map(|cursor| format!("More: handover list{flag} --after {cursor}\n"));
    format!("{next}\n\n{}{}", table(&rows), more.map(|more| format!("\n{more}")).unwrap_or_default())
}

fn row(line: &Line) -> [String; 6] {
    let known = |text: &Option<String>| text.clone().unwrap_or_else(|| "not known".to_owned());
    [
        next(line.status).to_owned(),
        line.status.name().to_owned(),
        line.unblocks_on.map_or_else(|| "not planned".to_owned(), spoken_day),
        known(&line.waba),
        line.label.clone().unwrap_or_else(|| "-".to_owned()),
        line.migration.to_string(),
    ]
}

const fn next(status: Status) -> &'static str {
    match status {
        Status::Person => "yours: look at it",
        Status::Open => "none: it is at work",
        Status::Waiting => "none: it waits",
        Status::Completed | Status::Refused | Status::Cancelled => "none: it has ended",
    }
}
