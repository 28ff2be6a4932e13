//! `handover show`: where a migration stands, and what can be done about it.

use std::collections::BTreeSet;
use std::fmt::{self, Write};

use handover_domain::actor::Actor;
use handover_domain::flow::FlowName;
use handover_domain::ids::MigrationId;
use handover_domain::moment::{spoken, spoken_day};
use handover_domain::severity::Severity;
use handover_domain::state::Status;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;

use super::{Connection, route, table};

/// What `handover show` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The migration's id, as `create` and `list` print it
    migration: MigrationId,

    #[command(flatten)]
    connection: Connection,
}

/// A migration as it stands.
#[derive(Debug, Deserialize)]
pub(super) struct Shown {
    pub(super) migration: MigrationId,
    pub(super) flow: FlowName,
    pub(super) label: Option<String>,
    pub(super) waba: Option<String>,
    pub(super) source: Option<String>,
    pub(super) cut_over_at: Option<Timestamp>,
    pub(super) status: Status,
    pub(super) row: String,
    pub(super) seq: u64,
    pub(super) reason: Option<Reason>,
    due_at: Option<Timestamp>,
    pub(super) deadline: Option<Timestamp>,
    lease_until: Option<Timestamp>,
    pub(super) unblocks_on: Option<Date>,
    pub(super) blocked_since: Option<BlockedSince>,
    signed_up_at: Option<Timestamp>,
    unshared_at: Option<Timestamp>,
    partner_added_at: Option<Timestamp>,
    partner_removed_at: Option<Timestamp>,
    findings: Vec<Finding>,
    #[serde(default)]
    pub(super) preflight: Vec<Looked>,
    #[serde(default)]
    pub(super) approval: Option<Approval>,
    actions: Vec<String>,
    verdicts: Vec<String>,
}

/// Why the row is not done.
#[derive(Debug, Deserialize)]
pub(super) struct Reason {
    pub(super) code: String,
    what: Option<String>,
    action: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct BlockedSince {
    pub(super) at: Timestamp,
    assumed: bool,
}

#[derive(Debug, Deserialize)]
struct Finding {
    row: String,
    reason: Reason,
    deadline: Option<Timestamp>,
}

/// One thing that pre-flight has looked at.
#[derive(Debug, Deserialize)]
pub(super) struct Looked {
    check: String,
    severity: Severity,
    what: String,
    who: Option<Actor>,
    action: Option<String>,
}

/// A share that waits for people.
#[derive(Debug, Deserialize)]
pub(super) struct Approval {
    line: String,
    business: String,
    waba: String,
    currency: String,
    pays_from: Option<Date>,
    people_needed: usize,
    needed_by: Option<Timestamp>,
    given: Vec<Given>,
}

#[derive(Debug, Deserialize)]
struct Given {
    by: String,
    at: Timestamp,
}

impl fmt::Display for Approval {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, business, waba, currency, pays_from, people_needed, needed_by, given } = self;
        let from = pays_from.map_or_else(|| "at once".to_owned(), |day| format!("from {}", spoken_day(day)));
        let by_when = needed_by.map(|at| format!(", before {}", spoken(at))).unwrap_or_default();
        writeln!(
            to,
            "The share: credit line {line} with business {business}; it pays for WABA {waba} in {currency}, {from}"
        )?;
        write!(to, "Approved by {} of {people_needed}{by_when}", given.len())?;
        given.iter().try_for_each(|Given { by, at }| write!(to, "\n  {by}, {}", spoken(*at)))
    }
}

/// Prints it.
pub(super) async fn run(args: &Args) -> crate::Outcome {
    let Args { migration, connection } = args;
    let answer = connection.client().await?.get(&route(*migration), &[]).await?;
    connection.print(&answer, text)
}

/// What to do, where it stands, its dates, and what is open beside it.
pub(super) fn text(shown: &Shown) -> String {
    let mut text = format!("Next: {}\n\n{}", next(shown), table(&facts(shown)));
    if let Some(approval) = &shown.approval {
        // Writing to a string does not fail.
        let _ = write!(text, "\n{approval}\n");
    }
    for Finding { row, reason, deadline } in &shown.findings {
        let until = deadline.map(|at| format!(", until {}", spoken(at))).unwrap_or_default();
        let _ = write!(text, "\nOpen beside it: {row}{until}\n  {}\n  {}\n", reason.what(), reason.action());
    }
    text.push_str(&preflight(&shown.preflight));
    if !shown.actions.is_empty() {
        text.push_str("\nYou can:\n");
        for action in &shown.actions {
            let _ =
                writeln!(text, "  handover {action} {}{} --reason WHY", shown.migration, more(shown, action));
        }
    }
    text
}

/// What somebody should know of what pre-flight has looked at, the worst first; the rest by name, of which `evidence` says more.
fn preflight(looked: &[Looked]) -> String {
    let mut text = String::new();
    for Looked { check, severity, what, who, action } in looked {
        if *severity > Severity::Warns {
            continue;
        }
        // Writing to a string does not fail.
        let _ = write!(text, "\nPre-flight {}: {check}\n  {what}\n", severity.name());
        if let Some(action) = action {
            let who = who.map(|who| format!("Who acts: {who}. ")).unwrap_or_default();
            let _ = writeln!(text, "  {who}{action}");
        }
    }
    let mut blank = "\n";
    for of_it in [Severity::Unknown, Severity::Fine] {
        let names = looked.iter().filter(|one| one.severity == of_it).map(|one| one.check.as_str());
        let names: BTreeSet<&str> = names.collect();
        if !names.is_empty() {
            let names = names.into_iter().collect::<Vec<_>>().join(", ");
            let _ = writeln!(text, "{blank}Pre-flight {}: {names}", of_it.name());
            blank = "";
        }
    }
    text
}

/// All that pre-flight has looked at, as a table of Markdown; nothing where it has not run.
pub(super) fn preflight_table(looked: &[Looked]) -> String {
    if looked.is_empty() {
        return String::new();
    }
    let mut text =
        "## What pre-flight has found\n\n| check | severity | what | who acts | how |\n|---|---|---|---|---|\n"
            .to_owned();
    for Looked { check, severity, what, who, action } in looked {
        let who = who.map_or_else(|| "-".to_owned(), |who| who.to_string());
        let action = action.as_deref().unwrap_or("-");
        let cells = [check.as_str(), severity.name(), what.as_str(), who.as_str(), action]
            .map(|cell| cell.replace('|', "\\|"));
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text
}

/// What an action asks for beside a reason.
fn more(shown: &Shown, action: &str) -> String {
    match action {
        "resolve" => format!(" --verdict {}", shown.verdicts.join("|")),
        _ => String::new(),
    }
}

fn next(shown: &Shown) -> &str {
    match shown.status {
        Status::Completed => "nothing; it is done, and the customer can send.",
        Status::Cancelled => "nothing; an operator has ended it.",
        Status::Refused | Status::Person | Status::Waiting | Status::Open => match &shown.reason {
            Some(reason) => reason.action(),
            None if shown.status == Status::Refused => "look into the history for why it cannot be done.",
            None if shown.status == Status::Person => "look into the history for what a person must do.",
            None => "nothing is yours to do; it goes on by itself.",
        },
    }
}

impl Reason {
    /// What has happened, in words where there are any.
    pub(super) fn what(&self) -> &str {
        self.what.as_deref().unwrap_or(&self.code)
    }

    fn action(&self) -> &str {
        self.action.as_deref().unwrap_or("look into the history, where Meta's own error stands.")
    }
}

/// What is known, a line each.
fn facts(shown: &Shown) -> Vec<[String; 2]> {
    let moment = |at: Option<Timestamp>| at.map(spoken);
    let blocked = shown.blocked_since.as_ref().map(|since| {
        let assumed = if since.assumed { ", by the signup; the unshare itself was not told" } else { "" };
        format!("{}{assumed}", spoken(since.at))
    });
    let facts = [
        ("migration", Some(shown.migration.to_string())),
        ("customer", shown.label.clone()),
        ("WABA", shown.waba.clone()),
        ("instead of WABA", shown.source.clone()),
        ("status", Some(shown.status.name().to_owned())),
        ("row", Some(format!("{} (seq {})", shown.row, shown.seq))),
        ("why", shown.reason.as_ref().map(|reason| format!("{} ({})", reason.what(), reason.code))),
        ("can send again on", shown.unblocks_on.map(spoken_day)),
        ("cannot send since", blocked),
        ("the new payer pays since", moment(shown.cut_over_at)),
        ("deadline", moment(shown.deadline)),
        ("looked at again", moment(shown.due_at)),
        ("a step is at work until", moment(shown.lease_until)),
        ("unshared", moment(shown.unshared_at)),
        ("signed up", moment(shown.signed_up_at)),
        ("added us as partner", moment(shown.partner_added_at)),
        ("removed us as partner", moment(shown.partner_removed_at)),
    ];
    let known = |(name, fact): (&str, Option<String>)| fact.map(|fact| [name.to_owned(), fact]);
    facts.into_iter().filter_map(known).collect()
}
