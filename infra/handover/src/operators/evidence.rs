//! `handover evidence`: what Meta Direct Support asks for, as one file.

use std::fmt::Write;

use handover_domain::ids::MigrationId;
use handover_domain::moment::{spoken, spoken_day};
use serde_json::Value;

use super::history::{Entry, History, Line};
use super::show::{Shown, preflight_table};
use super::{Connection, harmless, route};
use crate::api_client::Answer;

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
    let client = connection.client().await?;
    let shown = client.get::<Shown>(&route(*migration), &[]).await?;
    let path = format!("{}/history", route(*migration));
    let (mut lines, mut pages) = (Vec::new(), Vec::new());
    let mut after: Option<String> = None;
    loop {
        let limit = ("limit", "100".to_owned());
        let page: Vec<_> = std::iter::once(limit).chain(after.map(|cursor| ("after", cursor))).collect();
        let Answer { body, read: History { entries, next } } = client.get(&path, &page).await?;
        lines.extend(entries);
        pages.push(body);
        let Some(cursor) = next else { break };
        after = Some(cursor);
    }
    if connection.json {
        return crate::print(&format!("{}\n", data(&shown.body, &pages)));
    }
    crate::print(&harmless(&text(&shown.read, &lines)))
}

/// The API's answers as they came: the migration, and every page of its history, oldest first.
fn data(shown: &str, pages: &[String]) -> String {
    format!(r#"{{"migration":{shown},"history":[{}]}}"#, pages.join(","))
}

/// The file, in Markdown: as it is, it can be put into a ticket.
pub(super) fn text(shown: &Shown, lines: &[Line]) -> String {
    let entries: Vec<&Entry> = lines.iter().filter_map(Line::entry).collect();
    let parts = [heading(shown), preflight_table(&shown.preflight), errors(&entries), done(&entries)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_data_the_answers_of_the_api_stand_side_by_side() {
        let pages = [r#"{"entries":[1],"next":"a"}"#, r#"{"entries":[2]}"#].map(str::to_owned);
        let whole: Value = serde_json::from_str(&data(r#"{"row":"pre-flight"}"#, &pages)).unwrap();
        assert_eq!(whole["migration"]["row"], "pre-flight");
        assert_eq!(
            (&whole["history"][0]["entries"][0], &whole["history"][1]["entries"][0]),
            (&1.into(), &2.into())
        );
    }
}
