//! A fleet as a person reads it: how many can send again and when, and for how long nobody could change it.

use std::collections::BTreeMap;
use std::fmt::Write;

use handover_domain::moment::{spoken, spoken_day};
use handover_local::rehearsal::{Rehearsal, Told};
use jiff::tz::TimeZone;

/// The days of silence are told in these steps. Four are the fewest that a switch can take, and thirty-four are what
/// it takes for whoever begins a day too late.
const STEPS: [(i64, i64); 7] = [(0, 3), (4, 4), (5, 5), (6, 10), (11, 20), (21, 34), (35, i64::MAX)];

/// Counts in the place of a timeline, which nobody would read.
pub(super) fn print(rehearsal: &Rehearsal) -> String {
    let all = &rehearsal.migrations;
    let mut text = format!("\n{} migrations, the first created on {}.\n", all.len(), spoken(rehearsal.from));
    // Writing to a string does not fail.
    let _ = writeln!(text, "\nCan send again on    customers");
    let mut by_day: BTreeMap<_, usize> = BTreeMap::new();
    for at in all.iter().filter_map(|told| told.unblocked_at) {
        *by_day.entry(TimeZone::UTC.to_datetime(at).date()).or_default() += 1;
    }
    for (day, customers) in by_day {
        let _ = writeln!(text, "  {:17} {customers:>9}", spoken_day(day));
    }
    let _ = writeln!(text, "\nDays without sending customers");
    for (from, to) in STEPS {
        let customers =
            all.iter().filter_map(Told::days_blocked).filter(|days| (from..=to).contains(days)).count();
        let name = match (from, to) {
            _ if from == to => from.to_string(),
            (from, i64::MAX) => format!("{from} or more"),
            (from, to) => format!("{from} to {to}"),
        };
        if customers > 0 {
            let _ = writeln!(text, "  {name:17} {customers:>9}");
        }
    }
    text.push('\n');
    text
}

/// How the fleet ended: who was missed, and who was silent for longer than the calendar had to have it.
pub(super) fn end(rehearsal: &Rehearsal) -> String {
    let all = &rehearsal.migrations;
    let missed: Vec<&Told> = all.iter().filter(|told| told.unblocked_at.is_none()).collect();
    let over: Vec<&Told> = all.iter().filter(|told| told.days_over().is_some_and(|days| days > 0)).collect();
    let numbers = |some: &[&Told]| {
        let numbers: Vec<String> = some.iter().take(10).map(|told| told.waba.to_string()).collect();
        numbers.join(", ")
    };
    let missed = match missed.as_slice() {
        [] => "Nobody was missed".to_owned(),
        some => format!("{} were missed (WABA {})", some.len(), numbers(some)),
    };
    let over = match over.as_slice() {
        [] => "nobody was silent for a day longer than the calendar allowed".to_owned(),
        some => format!("{} were silent for longer than that (WABA {})", some.len(), numbers(some)),
    };
    format!(
        "{missed}, and {over}: the limit is the first 1st that a share could bring once the customer had signed up."
    )
}
