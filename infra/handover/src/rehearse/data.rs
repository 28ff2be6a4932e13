//! A rehearsal as data.

use handover_domain::state::Status;
use handover_local::rehearsal::told::StandsStill;
use handover_local::rehearsal::{Line, Rehearsal, Told};
use handover_local::scenario::expect::Verdict;
use handover_local::wires::Failure;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

/// What `--json` prints. What a scenario has once stands at the top; `migrations` has it for each WABA.
#[derive(Serialize)]
struct Data<'a> {
    /// The file's name without its ending, or `example`.
    scenario: &'a str,
    title: &'a str,
    flow: &'a str,
    /// Of the first migration, as the next four.
    state: Option<Status>,
    /// The day, in UTC, on which the customer unshared.
    blocked_from: Option<Date>,
    /// The 1st that the record promises.
    unblocks_on: Option<Date>,
    /// When `CustomerUnblocked` was put on the bus.
    unblocked_at: Option<Timestamp>,
    timeline: &'a [Line],
    /// How many calls Meta saw.
    graph_calls: usize,
    migrations: Vec<Migration<'a>>,
    /// Functions that failed.
    failures: &'a [Failure],
    /// A turn that is due and that no function takes.
    stands_still: Option<&'a StandsStill>,
    expectations: &'a [Verdict],
}

#[derive(Serialize)]
struct Migration<'a> {
    waba: u16,
    waba_id: &'a str,
    migration: String,
    state: Status,
    row: &'a str,
    reason: Option<&'a str>,
    blocked_from: Option<Date>,
    unblocks_on: Option<Date>,
    unblocked_at: Option<Timestamp>,
    share_posts: &'a [Timestamp],
    /// When the row went to a person.
    persons: Vec<Timestamp>,
    findings: usize,
    events: &'a [String],
    can_send: bool,
}

impl<'a> Migration<'a> {
    fn of(told: &'a Told) -> Self {
        let state = &told.state;
        Self {
            waba: told.waba,
            waba_id: &told.waba_id,
            migration: state.migration.to_string(),
            state: state.status,
            row: &state.row,
            reason: state.reason.as_ref().map(handover_domain::reason::Reason::code),
            blocked_from: told.blocked_from,
            unblocks_on: state.unblocks_on,
            unblocked_at: told.unblocked_at,
            share_posts: &told.share_posts,
            persons: told.persons(),
            findings: state.findings.len(),
            events: &told.events,
            can_send: told.can_send,
        }
    }
}

/// The rehearsal as one JSON object.
pub(super) fn print(scenario: &str, rehearsal: &Rehearsal) -> Result<String, serde_json::Error> {
    let migrations: Vec<_> = rehearsal.migrations.iter().map(Migration::of).collect();
    let first = migrations.first();
    let data = Data {
        scenario,
        title: &rehearsal.title,
        flow: rehearsal.flow.name(),
        state: first.map(|first| first.state),
        blocked_from: first.and_then(|first| first.blocked_from),
        unblocks_on: first.and_then(|first| first.unblocks_on),
        unblocked_at: first.and_then(|first| first.unblocked_at),
        timeline: &rehearsal.timeline,
        graph_calls: rehearsal.graph_calls,
        failures: &rehearsal.failures,
        stands_still: rehearsal.stands_still.as_ref(),
        expectations: &rehearsal.verdicts,
        migrations,
    };
    Ok(format!("{}\n", serde_json::to_string_pretty(&data)?))
}
