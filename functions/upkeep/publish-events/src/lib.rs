//! Turns changes of STATE into events: what is due now, and hints for those who listen.
//!
//! The record is the outbox: nothing is written here, and what is lost on the way the sweep finds (rule 9).

use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use handover_domain::moment::after;
use handover_domain::state::State;
use handover_engine::ports::{self, Bus, Clock, Ports};
use handover_engine::public_events::{hints, step_due};
use handover_engine::runner::StepDue;
use handover_engine::writes::CLOCKS_DIFFER_BY;
use jiff::Timestamp;

/// What Lambda takes for an answer: the record at which the batch is taken up again, if there is one.
pub type Answer = DynamoDbEventResponse;

/// Publishes what a batch of the stream shows, and names the first record that must come again.
///
/// A record that is no STATE of ours cannot become one: it is passed over, or it would hold back the shard
/// until it expires.
pub async fn handle<P: Ports>(ports: &P, event: Event) -> Answer {
    let mut response = Answer::default();
    let now = ports.clock().now();
    for record in event.records {
        let number = record.change.sequence_number.clone();
        let events = events_of(record, now);
        let taken = events.is_empty()
            || matches!(ports.bus().put(&events).await, Ok(not_taken) if not_taken.is_empty());
        if !taken {
            // A stream is taken up again at the first failure, so the records after it come again anyway.
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier = number;
            response.batch_item_failures.push(failure);
            break;
        }
    }
    response
}

fn events_of(record: EventRecord, now: Timestamp) -> Vec<ports::Event> {
    let state = |image: serde_dynamo::Item| serde_dynamo::from_item::<_, State>(image).ok();
    let Some(new) = state(record.change.new_image) else { return Vec::new() };
    let old = state(record.change.old_image);
    let mut events = hints(old.as_ref(), &new);
    let is_due = new.due_at.is_some_and(|due_at| due_at <= after(now, CLOCKS_DIFFER_BY));
    if is_due && new.lease_until.is_none() {
        let due = StepDue { migration: new.migration, step: new.step, seq: new.seq };
        events.push(step_due(&due, new.trace));
    }
    events
}
