//! `handover templates`: what has become of the message templates whose number has moved.

use handover_domain::ids::MigrationId;
use handover_domain::moment::spoken;
use handover_domain::templates::Count;
use jiff::Timestamp;
use serde::Deserialize;

use super::{Connection, route, table};

/// What `handover templates` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The migration
    migration: MigrationId,

    /// List those too that can be sent from the new WABA
    #[arg(long)]
    all: bool,

    #[command(flatten)]
    connection: Connection,
}

/// The report.
#[derive(Debug, Deserialize)]
pub(super) struct Report {
    is_known: bool,
    copied_at: Option<Timestamp>,
    counts: Option<Count>,
    templates: Vec<Line>,
}

#[derive(Debug, Deserialize)]
struct Line {
    name: String,
    language: String,
    status: String,
    quality: Option<String>,
    fate: String,
    why: Option<String>,
}

/// Prints it.
pub(super) async fn run(args: &Args) -> crate::Outcome {
    let path = format!("{}/templates", route(args.migration));
    let answer = args.connection.client().await?.get(&path, &[]).await?;
    args.connection.print(&answer, |report| text(report, args.migration, args.all))
}

/// What to do, the counts, and those that somebody must look at.
pub(super) fn text(report: &Report, migration: MigrationId, all: bool) -> String {
    if !report.is_known {
        return "Next: compare both WABAs in WhatsApp Manager > Message templates; the old one was never ours to read.\n"
            .to_owned();
    }
    let head = match report.counts {
        Some(counts) => counted(counts, report.copied_at, migration),
        None => {
            "Next: nothing yet. This is what to expect when the number moves; nothing was copied so far.\n"
                .to_owned()
        }
    };
    let shown: Vec<&Line> = report.templates.iter().filter(|line| all || line.fate != "copied").collect();
    if shown.is_empty() { head } else { format!("{head}\n{}", table(&rows(&shown))) }
}

fn counted(counts: Count, copied_at: Option<Timestamp>, migration: MigrationId) -> String {
    let Count { before, copied, checked, rejected, recategorised, missing } = counts;
    let next = match (missing, rejected) {
        (0, 0) => "nothing; what was there can be sent, or is being checked.".to_owned(),
        (0, _) => "ask the customer to write the rejected ones anew in WhatsApp Manager > Message templates."
            .to_owned(),
        _ => format!(
            "make the missing ones anew: handover resolve {migration} --verdict recreate_templates, within a day of the move; \
             or the customer writes them in WhatsApp Manager > Message templates."
        ),
    };
    let when = copied_at.map_or_else(|| "not over yet".to_owned(), |at| format!("copied {}", spoken(at)));
    let counts = [
        (copied, "can be sent from the new WABA"),
        (checked, "are being checked by Meta"),
        (rejected, "were rejected by Meta"),
        (recategorised, "have another category now, and with it another price"),
        (missing, "are missing in the new WABA"),
    ];
    let lines = counts.iter().filter(|(count, _)| *count > 0);
    let lines: String = lines.map(|(count, what)| format!("  {count:>5}  {what}\n")).collect();
    format!("Next: {next}\n\nOf {before} templates of the old WABA ({when}):\n{lines}")
}

fn rows(lines: &[&Line]) -> Vec<[String; 5]> {
    let head = ["TEMPLATE", "LANGUAGE", "WAS", "NOW", "WHY"].map(str::to_owned);
    let row = |line: &&Line| {
        let quality = line.quality.as_ref().map(|quality| format!(", {quality}")).unwrap_or_default();
        let was = format!("{}{quality}", line.status);
        let why = line.why.clone().unwrap_or_default();
        [line.name.clone(), line.language.clone(), was, line.fate.clone(), why]
    };
    std::iter::once(head).chain(lines.iter().map(row)).collect()
}
