//! `handover history`: what has happened to a migration, oldest first.

use std::fmt::Write;

use handover_domain::ids::MigrationId;
use handover_domain::moment::spoken;
use handover_domain::reason::Reason;
use handover_domain::state::Status;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::{Connection, route};

/// What `handover history` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The migration's id, as `create` and `list` print it
    migration: MigrationId,

    /// How many entries at most, up to 100
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=100))]
    limit: Option<u16>,

    /// Go on where a page ended, as its last line says
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,

    #[command(flatten)]
    connection: Connection,
}

/// A page of what has happened.
#[derive(Debug, Deserialize)]
pub(super) struct History {
    pub(super) entries: Vec<Line>,
    #[serde(default)]
    pub(super) next: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(super) enum Line {
    Entry(Entry),
    Note { at: Timestamp, note: Value },
}

#[derive(Debug, Deserialize)]
pub(super) struct Entry {
    seq: u64,
    pub(super) at: Timestamp,
    pub(super) row: String,
    pub(super) outcome: String,
    action: Option<String>,
    #[serde(default)]
    by: Option<String>,
    reason: Option<Reason>,
    status: Status,
    pub(super) evidence: Vec<String>,
    pub(super) error: Option<Value>,
}

impl Line {
    /// The turn or the action that it tells of, if it is no note.
    pub(super) const fn entry(&self) -> Option<&Entry> {
        match self {
            Self::Entry(entry) => Some(entry),
            Self::Note { .. } => None,
        }
    }
}

/// Prints a page of it.
pub(super) async fn run(args: &Args) -> crate::Outcome {
    let Args { migration, limit, after, connection } = args;
    let parameters = [("limit", limit.map(|limit| limit.to_string())), ("after", after.clone())];
    let given: Vec<_> =
        parameters.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))).collect();
    let path = format!("{}/history", route(*migration));
    let answer = connection.client().await?.get(&path, &given).await?;
    connection.print(&answer, |history| text(*migration, history))
}

/// An entry a paragraph.
pub(super) fn text(migration: MigrationId, history: &History) -> String {
    if history.entries.is_empty() {
        return format!("Nothing has happened yet. Where it stands: handover show {migration}\n");
    }
    let mut text: String = history.entries.iter().map(told).collect();
    if let Some(cursor) = &history.next {
        // Writing to a string does not fail.
        let _ = write!(text, "\nMore: handover history {migration} --after {cursor}\n");
    }
    text
}

fn told(line: &Line) -> String {
    match line {
        Line::Note { at, note } => format!("{}  {}\n", spoken(*at), of_note(note)),
        Line::Entry(entry) => of_entry(entry),
    }
}

/// What was noted, then what is known of it; a note of another form is shown as it is.
fn of_note(note: &Value) -> String {
    let Some(what) = note.get("what").and_then(Value::as_str) else { return format!("note: {note}") };
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let fields = note.as_object().into_iter().flatten();
    let known = fields.filter(|(name, value)| *name != "what" && !value.is_null());
    let more: String = known.map(|(name, value)| format!("    {name} {}\n", shown(value))).collect();
    format!("note: {what}\n{more}").trim_end().to_owned()
}

fn of_entry(entry: &Entry) -> String {
    let Entry { seq, at, row, outcome, action, by, reason, status, evidence, error } = entry;
    let who = by.as_deref().unwrap_or("an operator");
    let by = action.as_ref().map(|action| format!(", by {who}: {action}")).unwrap_or_default();
    let head = format!("{}  {row}: {outcome}{by} ({}, seq {seq})\n", spoken(*at), status.name());
    let meaning = |reason: &Reason| {
        let code = reason.code();
        reason.meaning().map_or_else(|| code.to_owned(), |meaning| format!("{} ({code})", meaning.what))
    };
    let error = error.as_ref().map(|error| format!("Meta: {error}"));
    let more = reason.iter().map(meaning).chain(evidence.iter().cloned()).chain(error);
    head + &more.map(|line| format!("    {line}\n")).collect::<String>()
}
