//! What `handover simulate` prints.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use simulation::campaign::{Part, Sum};
use simulation::exhaustive::Ran;

/// So many failures are named; one is enough to begin with.
const MOST_NAMED: usize = 20;

/// What each part came to, and what broke.
pub(crate) fn report(sums: &BTreeMap<Part, Sum>, took: Duration, threads: usize) -> String {
    let mut text = String::new();
    for (part, sum) in sums {
        let tally = &sum.tally;
        let _ = writeln!(
            text,
            "{}\n  {} stories, {} faults struck at {} places, {} calls; {} broke",
            part.title(),
            count(tally.runs),
            count(tally.struck),
            count(tally.places.len() as u64),
            count(tally.calls),
            count(sum.failures.len() as u64),
        );
    }
    let runs: u64 = sums.values().map(|sum| sum.tally.runs).sum();
    let calls: u64 = sums.values().map(|sum| sum.tally.calls).sum();
    let _ = writeln!(
        text,
        "{} stories in {} s on {threads} threads: {} a second, {} calls in each",
        count(runs),
        took.as_secs(),
        count(u128::from(runs).saturating_mul(1_000).checked_div(took.as_millis()).unwrap_or(0)),
        count(calls.checked_div(runs).unwrap_or(0)),
    );
    let mut failures: Vec<_> = sums.values().flat_map(|sum| &sum.failures).collect();
    failures.sort();
    for failure in failures.iter().take(MOST_NAMED) {
        let _ =
            writeln!(text, "broke: handover simulate {}\n  {}", failure.arguments, failure.names.join(", "));
    }
    if let Some(more) = failures.len().checked_sub(MOST_NAMED).filter(|more| *more > 0) {
        let _ = writeln!(text, "and {more} more");
    }
    text
}

/// One story, call by call, with what went wrong where.
pub(crate) fn timeline(title: &str, ran: &Ran) -> String {
    let mut text = format!("{title}\n");
    for (number, call) in ran.calls.iter().enumerate() {
        let fault = ran.struck.at(number).map_or_else(String::new, |fault| format!("  <- {fault}"));
        let _ = writeln!(text, "{} {number:>5}  {:<22} {}{fault}", call.at, call.function, call.call);
    }
    let _ = writeln!(
        text,
        "faults: {}",
        if ran.struck.0.is_empty() { "none".to_owned() } else { ran.struck.to_string() }
    );
    let _ = writeln!(text, "trace: {:016x}", ran.trace);
    for seen in &ran.remarks {
        let _ = writeln!(text, "{seen}");
    }
    for name in &ran.broken {
        let _ = writeln!(text, "broke: {name}");
    }
    text
}

/// A number with a comma at each thousand.
pub(crate) fn count(number: impl ToString) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn a_number_has_a_comma_at_each_thousand() {
        let shown = [0_u64, 999, 1_000, 20_000, 1_234_567].map(count);
        assert_eq!(shown, ["0", "999", "1,000", "20,000", "1,234,567"]);
    }
}
