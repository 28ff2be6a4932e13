//! `handover evidence`: what Meta Direct Support asks for, as one file.

use std::fmt::Write;

use handover_domain::ids::MigrationId;
use handover_domain::moment::{spoken, spoken_day};
use serde_json::Value;

use super::history::{Entry, History, Line};
use super::show::Shown;
use super::{Connection, harmless, route};

/// What `handover evidence` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The migration's id, as `create` and `list` print it
    migration: MigrationId,

    #[command(flatten)]
    connection: Connection,
}

/// Prints it: where the migration stands, every error of Meta's, and all that was done and seen.
pub(super) async fn run(args: &Args) -> crate::Outcome {
    let Args { migration, connection } = args;
    let client = connection.client()?;
    let shown = client.get::<Shown>(&route(*migration), &[]).await?.read;
    let path = format!("{}/history", route(*migration));
    let mut lines = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let limit = ("limit", "100".to_owned());
        let page: Vec<_> = std::iter::once(limit).chain(after.map(|cursor| ("after", cursor))).collect();
        let History { entries, next } = client.get(&path, &page).await?.read;
        lines.extend(entries);
        let Some(cursor) = next else { break };
        after = Some(cursor);
    }
    crate::print(&harmless(&text(&shown, &lines)))
}

/// The file, in Markdown: as it is, it can be put into a ticket.
pub(super) fn text(shown: &Shown, lines: &[Line]) -> String {
    let entries: Vec<&Entry> = lines.iter().filter_map(Line::entry).collect();
    [heading(shown), errors(&entries), done(&entries)].join("\n")
}

fn heading(shown: &Shown) -> String {
    let mut text = format!("# WABA {}\n\n", shown.waba.as_deref().unwrap_or("not known yet"));
    let facts = [
        ("What is wrong", shown.reason.as_ref().map(|reason| format!("{} ({})", reason.what(), reason.code))),
        ("It stands at", Some(shown.row.clone())),
        ("The WABA that the customer leaves", shown.source.clone()),
        ("The customer should be able to send since", shown.unblocks_on.map(spoken_day)),
        ("The customer cannot send since", shown.blocked_since.as_ref().map(|since| spoken(since.at))),
        ("The number moved", shown.cut_over_at.map(spoken)),
        ("Our reference", Some(shown.migration.to_string())),
    ];
    for (name, fact) in facts.into_iter().filter_map(|(name, fact)| Some((name, fact?))) {
        // Writing to a string does not fail.
        let _ = writeln!(text, "- {name}: {fact}");
    }
    text
}

/// Meta looks its own errors up by `fbtrace_id`, soon: they age.
fn errors(entries: &[&Entry]) -> String {
    let mut text = "## Meta's errors\n\n".to_owned();
    let refused: Vec<_> = entries.iter().filter_map(|entry| Some((entry.at, refused(entry)?))).collect();
    if refused.is_empty() {
        text.push_str("None: nothing was refused.\n");
        return text;
    }
    text.push_str("| when | call | code | subcode | fbtrace_id | message |\n|---|---|---|---|---|---|\n");
    for (at, Refused { call, error }) in refused {
        let field = |name: &str| match error.get(name) {
            None | Some(Value::Null) => "-".to_owned(),
            Some(Value::String(text)) => text.replace('|', "\\|").replace('\n', " "),
            Some(other) => other.to_string(),
        };
        let cells = ["code", "subcode", "fbtrace_id", "message"].map(field).join(" | ");
        let _ = writeln!(text, "| {} | {call} | {cells} |", spoken(at));
    }
    text
}

struct Refused<'a> {
    call: &'a str,
    error: &'a Value,
}

fn refused(entry: &Entry) -> Option<Refused<'_>> {
    let whole = entry.error.as_ref()?;
    let call = whole.get("call").and_then(Value::as_str).unwrap_or("-");
    let error = whole.get("failure").filter(|failure| failure.get("kind") == Some(&"refused".into()))?;
    Some(Refused { call, error })
}

fn done(entries: &[&Entry]) -> String {
    let mut text = "## What was done and seen\n\n".to_owned();
    for entry in entries {
        let _ = writeln!(text, "- {}, {}: {}", spoken(entry.at), entry.row, entry.outcome);
        for sentence in &entry.evidence {
            let _ = writeln!(text, "  - {sentence}");
        }
    }
    text
}
