//! What is on its way to functions: events of the bus and of schedules, and the records of streams.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::template::StreamSource;

/// Lambda takes a batch that failed up again after a moment.
const A_BATCH_COMES_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(1);

/// Something for a function.
#[derive(Debug, Clone, PartialEq)]
pub enum Delivery {
    /// An event, delivered once: the sweep is the retry.
    Event {
        /// The function.
        function: String,
        /// The event in AWS's shape.
        event: Value,
        /// The trace in which it is handled, if it is not one of its own.
        trace: Option<String>,
    },
    /// Records of a stream, delivered until they are dealt with or too old.
    Batch {
        /// Which of the template's streams.
        stream: usize,
        /// The records, the oldest first.
        records: Vec<Value>,
    },
}

/// The deliveries, by the moment at which each is due.
#[derive(Debug, Default)]
pub struct Queue {
    events: VecDeque<(String, Value, Option<String>)>,
    streams: BTreeMap<usize, Backlog>,
}

/// The records of one stream that its function has not dealt with: one shard, in order.
#[derive(Debug, Default)]
struct Backlog {
    records: VecDeque<Value>,
    /// How often the batch at the front has failed.
    failed: u32,
    /// When the front may be taken; none is at once.
    again_at: Option<Timestamp>,
}

impl Queue {
    /// Adds an event for a function, due at once, to be handled in that trace.
    pub fn add_event(&mut self, function: &str, event: Value, trace: Option<String>) {
        self.events.push_back((function.to_owned(), event, trace));
    }

    /// Adds a record to a stream's backlog.
    pub fn add_record(&mut self, stream: usize, record: Value) {
        self.streams.entry(stream).or_default().records.push_back(record);
    }

    /// Takes what is due at `now`. Streams go first: they carry what has happened before the events.
    pub fn take(&mut self, now: Timestamp, sources: &[StreamSource]) -> Option<Delivery> {
        for (stream, backlog) in &mut self.streams {
            let Some(source) = sources.get(*stream) else { continue };
            if backlog.again_at.is_some_and(|again_at| again_at > now) {
                continue;
            }
            backlog.drop_older_than(now, source);
            let records: Vec<_> = backlog.records.iter().take(source.batch).cloned().collect();
            if !records.is_empty() {
                return Some(Delivery::Batch { stream: *stream, records });
            }
        }
        let (function, event, trace) = self.events.pop_front()?;
        Some(Delivery::Event { function, event, trace })
    }

    /// Says how a batch of `taken` records went: the place of the first that failed, none if all are dealt
    /// with. What failed comes again, with everything after it, as often as the template says.
    pub fn settle(
        &mut self,
        stream: usize,
        source: &StreamSource,
        taken: usize,
        first_failed: Option<usize>,
        now: Timestamp,
    ) {
        let Some(backlog) = self.streams.get_mut(&stream) else { return };
        let dealt_with = first_failed.unwrap_or(taken).min(backlog.records.len());
        backlog.records.drain(..dealt_with);
        backlog.failed = match first_failed {
            // Some of it went well, so this is another batch that fails for the first time.
            Some(1..) => 1,
            Some(0) => backlog.failed.saturating_add(1),
            None => 0,
        };
        if backlog.failed > source.retries {
            let given_up = (taken - dealt_with).min(backlog.records.len());
            backlog.records.drain(..given_up);
            backlog.failed = 0;
        }
        backlog.again_at = (backlog.failed > 0)
            .then(|| now.saturating_add(A_BATCH_COMES_AGAIN_AFTER).unwrap_or(Timestamp::MAX));
    }

    /// When something is due next; none if nothing is on its way.
    #[must_use]
    pub fn next_at(&self, now: Timestamp) -> Option<Timestamp> {
        let waiting = self.streams.values().filter(|backlog| !backlog.records.is_empty());
        let batches = waiting.map(|backlog| backlog.again_at.unwrap_or(now));
        let events = (!self.events.is_empty()).then_some(now);
        batches.chain(events).min()
    }
}

impl Backlog {
    /// A stream forgets: a record that is too old is dropped where it stands.
    fn drop_older_than(&mut self, now: Timestamp, source: &StreamSource) {
        let oldest = now.as_second().saturating_sub(i64::from(source.max_age));
        let is_too_old = |record: &Value| {
            let made = record.pointer("/dynamodb/ApproximateCreationDateTime").and_then(Value::as_i64);
            made.is_some_and(|made| made < oldest)
        };
        while self.records.front().is_some_and(is_too_old) {
            self.records.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::pattern::Pattern;

    const NOON: &str = "2026-04-21T12:00:00Z";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn source() -> StreamSource {
        StreamSource {
            table: "handover-migrations".to_owned(),
            filters: vec![Pattern::read(&json!({"eventName": ["INSERT"]})).unwrap()],
            batch: 3,
            retries: 2,
            max_age: 60,
            function: "publish-events".to_owned(),
        }
    }

    fn record(number: u8) -> Value {
        json!({"n": number, "dynamodb": {"ApproximateCreationDateTime": at(NOON).as_second()}})
    }

    fn queue_of(records: u8) -> Queue {
        let mut queue = Queue::default();
        (1..=records).for_each(|number| queue.add_record(0, record(number)));
        queue
    }

    fn taken(queue: &mut Queue, now: &str) -> Vec<u64> {
        match queue.take(at(now), &[source()]) {
            Some(Delivery::Batch { records, .. }) => {
                records.iter().map(|record| record["n"].as_u64().unwrap()).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn records_come_in_batches_and_in_order() {
        let mut queue = queue_of(4);
        assert_eq!(taken(&mut queue, NOON), [1, 2, 3]);
        queue.settle(0, &source(), 3, None, at(NOON));
        assert_eq!(taken(&mut queue, NOON), [4]);
        queue.settle(0, &source(), 1, None, at(NOON));
        assert_eq!(queue.next_at(at(NOON)), None);
    }

    #[test]
    fn from_the_first_that_failed_on_they_come_again_a_moment_later() {
        let mut queue = queue_of(4);
        taken(&mut queue, NOON);
        queue.settle(0, &source(), 3, Some(1), at(NOON));
        assert_eq!(queue.take(at(NOON), &[source()]), None, "not at once");
        assert_eq!(queue.next_at(at(NOON)), Some(at("2026-04-21T12:00:01Z")));
        assert_eq!(taken(&mut queue, "2026-04-21T12:00:01Z"), [2, 3, 4]);
    }

    #[test]
    fn what_fails_again_and_again_is_given_up() {
        let mut queue = queue_of(2);
        for second in 0..3 {
            let now = format!("2026-04-21T12:00:0{second}Z");
            assert_eq!(taken(&mut queue, &now), [1, 2], "try {second}");
            queue.settle(0, &source(), 2, Some(0), at(&now));
        }
        assert_eq!(queue.next_at(at(NOON)), None);
    }

    #[test]
    fn a_record_that_is_too_old_is_dropped() {
        assert_eq!(queue_of(2).take(at("2026-04-21T12:01:01Z"), &[source()]), None);
        assert_eq!(taken(&mut queue_of(2), "2026-04-21T12:01:00Z"), [1, 2]);
    }

    #[test]
    fn an_event_comes_once_and_after_what_the_stream_has() {
        let mut queue = queue_of(1);
        queue.add_event("announce", json!({}), None);
        assert_eq!(taken(&mut queue, NOON), [1]);
        queue.settle(0, &source(), 1, None, at(NOON));
        assert!(
            matches!(queue.take(at(NOON), &[source()]), Some(Delivery::Event { function, .. }) if function == "announce")
        );
        assert_eq!(queue.take(at(NOON), &[source()]), None);
    }
}
