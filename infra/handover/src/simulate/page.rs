//! `docs/reliability.md`, made of what a run has counted.

use std::collections::BTreeMap;
use std::fmt::Write;

use jiff::civil::Date;
use simulation::campaign::{Part, Sum};
use simulation::catalogue::{By, CATALOGUE, Hits};
use simulation::invariants::{INVARIANTS, Invariant, Looks};

use super::promises;
use super::text::count;

const INTRODUCTION: &str = "\
# Reliability

What Handover promises when things go wrong, how often that was tried, on which day, and what nobody has shown.

The real functions run on ports in memory, against a simulated Meta, on one thread and by a clock that the simulation moves.
Every call of a port (the record, the bus, the vault, Meta) is a numbered place where it can fail, where it or its answer can be
lost, where the function can die before or after it, where it can take longer than the lease, and where something else can happen
first. The calls are those that the functions make: a new call is cut, lost and doubled without anybody saying so. The same plan
is the same story, call by call, up to its last fault; each run is held to that.

";

const NOT_SHOWN: &str = "\
## What is not shown

- Nothing here has run on AWS, and no call has reached Meta. Meta is modelled from its documentation; where that is silent or
  contradicts itself, [the table of contradictions](contradictions.md) says what was assumed, and most of it is a switch.
- The record in memory is held to an embedded DynamoDB, call by call (`shared/aws/tests/sdk/differential.rs`). That one shows no
  stale reads, conflicts or throttling: those come from the fault layer alone.
- Simulated time is not time: most of it is waiting for the 1st.
";

/// The whole page.
pub(crate) fn page(sums: &BTreeMap<Part, Sum>, on: Date, version: &str) -> String {
    let mut page = INTRODUCTION.to_owned();
    let _ = writeln!(
        page,
        "Counted on {on} with version {version}. To count again: `cargo run --profile simulate -- simulate --write docs/reliability.md`.\n"
    );
    page += &played(sums);
    page += &promises::promises(sums);
    page += &invariants(sums);
    page += &promises::crash_points();
    page += &catalogue(sums);
    page += NOT_SHOWN;
    page
}

fn played(sums: &BTreeMap<Part, Sum>) -> String {
    let mut text =
        "## What was played\n\n| part | stories | faults that struck | at distinct places | calls | broke |\n|---|---:|---:|---:|---:|---:|\n"
            .to_owned();
    for (part, sum) in sums {
        let tally = &sum.tally;
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} |",
            part.title(),
            count(tally.runs),
            count(tally.struck),
            count(tally.places.len()),
            count(tally.calls),
            count(sum.failures.len())
        );
    }
    text + "\nA place is a function, one of its calls, and a kind of fault.\n\n"
}

fn invariants(sums: &BTreeMap<Part, Sum>) -> String {
    let broke = |names: &[&str]| {
        let failures = sums.values().flat_map(|sum| &sum.failures);
        failures.filter(|failure| failure.names.iter().any(|name| names.contains(&name.as_str()))).count()
    };
    let mut text = "## What holds after every delivery\n\nOne that was never looked at fails the run.\n\n| | what holds | looked at | broke |\n|---|---|---:|---:|\n".to_owned();
    for (invariant, looked) in INVARIANTS.iter().zip(looks(sums).0) {
        let Invariant { id, holds, names } = invariant;
        let _ = writeln!(text, "| {id} | {holds} | {} | {} |", count(looked), broke(names));
    }
    text + "\n"
}

/// How often each invariant was looked at in all parts.
pub(crate) fn looks(sums: &BTreeMap<Part, Sum>) -> Looks {
    let mut looks = Looks::default();
    sums.values().for_each(|sum| looks.add(&sum.tally.looks));
    looks
}

/// How often each fault of the catalogue struck in all parts.
pub(crate) fn hits(sums: &BTreeMap<Part, Sum>) -> Hits {
    let mut hits = Hits::default();
    sums.values().for_each(|sum| hits.add(&sum.tally.hits));
    hits
}

fn catalogue(sums: &BTreeMap<Part, Sum>) -> String {
    let hits = hits(sums);
    let mut text = "## The faults, by number\n\nG are Meta's, A those of AWS, T of time, U of people. A fault that the simulation should inject and that never struck fails the run.\n\n| | fault | struck |\n|---|---|---|\n".to_owned();
    for known in CATALOGUE {
        let struck = match known.by {
            By::Simulation => count(hits.0.get(known.id).copied().unwrap_or(0)),
            By::Test(name) => format!("by a test of its own: `{name}`"),
            By::Nobody(why) => format!("not tried: {why}"),
        };
        let _ = writeln!(text, "| {} | {} | {struck} |", known.id, known.what);
    }
    text + "\n"
}
