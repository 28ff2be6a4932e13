//! Metrics as lines of the log: CloudWatch's embedded metric format.
//!
//! A line costs nothing but its bytes, and no call. Ids never become dimensions: each value of a dimension is a metric of
//! its own, and a migration would be one too.

use handover_engine::ports::Clock;
use serde_json::{Map, Value, json};

use crate::clock::SystemClock;

/// The namespace of every metric.
pub const NAMESPACE: &str = "Handover";

/// The unit of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A number of things.
    Count,
    /// Milliseconds.
    Milliseconds,
}

/// One metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// Its name, in the words of the engine.
    pub name: &'static str,
    /// Its value.
    pub value: u64,
    /// Its unit.
    pub unit: Unit,
}

impl Metric {
    /// So many of something.
    #[must_use]
    pub fn count(name: &'static str, value: impl TryInto<u64>) -> Self {
        Self { name, value: value.try_into().unwrap_or(u64::MAX), unit: Unit::Count }
    }
}

/// Writes the metrics of one run under these dimensions.
pub fn write(dimensions: &[(&'static str, &str)], metrics: &[Metric]) {
    if !metrics.is_empty() {
        #[expect(clippy::print_stdout, reason = "Lambda takes the log from here, and metrics out of it")]
        {
            println!("{}", line(SystemClock.now().as_millisecond(), dimensions, metrics));
        }
    }
}

/// The line: what CloudWatch should make of it, and the values.
fn line(now: i64, dimensions: &[(&'static str, &str)], metrics: &[Metric]) -> Value {
    let unit = |metric: &Metric| match metric.unit {
        Unit::Count => "Count",
        Unit::Milliseconds => "Milliseconds",
    };
    let told: Vec<Value> =
        metrics.iter().map(|metric| json!({ "Name": metric.name, "Unit": unit(metric) })).collect();
    let names: Vec<&str> = dimensions.iter().map(|(name, _)| *name).collect();
    let mut line = Map::from_iter([(
        "_aws".to_owned(),
        json!({
            "Timestamp": now,
            "CloudWatchMetrics": [{ "Namespace": NAMESPACE, "Dimensions": [names], "Metrics": told }],
        }),
    )]);
    line.extend(dimensions.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
    line.extend(metrics.iter().map(|metric| (metric.name.to_owned(), json!(metric.value))));
    Value::Object(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_cloudwatch_makes_of_it_and_has_no_id_among_its_dimensions() {
        let metrics = [
            Metric::count("Runs", 1_usize),
            Metric { name: "Duration", value: 48, unit: Unit::Milliseconds },
        ];
        let line =
            line(1_776_762_000_000, &[("function", "share-credit-line"), ("status", "open")], &metrics);
        insta::assert_json_snapshot!(line);
    }
}
