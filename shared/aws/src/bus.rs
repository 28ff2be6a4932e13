//! The bus in EventBridge.

use std::time::Duration;

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use handover_domain::ids::TraceId;
use handover_engine::ports::{Bus, BusError, Event, NotTaken};

use crate::timeouts::timeouts;

/// The source of every event of ours: what the template's rules match first.
pub const SOURCE: &str = "handover";

/// `PutEvents` takes so many at once.
const MOST_AT_ONCE: usize = 10;
/// An answer takes milliseconds.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);
/// What EventBridge calls a failure of its own; here also an event it said nothing of.
const INTERNAL_FAILURE: &str = "InternalFailure";

/// The header in which the bus is told to go on in a trace that X-Ray keeps.
fn header(trace: &TraceId) -> String {
    format!("Root={};Sampled=1", trace.as_str())
}

/// An event bus of EventBridge.
///
/// The SDK's own retries stay on: an event is a hint, so one that arrives twice does no harm.
#[derive(Debug, Clone)]
pub struct EventBridge {
    client: Client,
    bus: String,
}

impl EventBridge {
    /// The bus of that name or ARN, over `client`, whose timeouts are replaced by ours.
    #[must_use]
    pub fn new(client: &Client, bus: impl Into<String>) -> Self {
        let timeouts = timeouts(ANSWER_WITHIN, None);
        let config = client.config().to_builder().timeout_config(timeouts).build();
        Self { client: Client::from_conf(config), bus: bus.into() }
    }

    /// Puts up to ten events and returns, for each, the code of the refusal if it was not taken.
    async fn put_at_once(&self, events: &[Event]) -> Result<Vec<Option<String>>, BusError> {
        let entries = events.iter().map(|event| {
            PutEventsRequestEntry::builder()
                .event_bus_name(&self.bus)
                .source(SOURCE)
                .detail_type(event.detail_type)
                .detail(event.detail.to_string())
                .set_trace_header(event.trace.as_ref().map(header))
                .build()
        });
        match self.client.put_events().set_entries(Some(entries.collect())).send().await {
            // An event is taken if it has an id: that is what `FailedEntryCount` counts, and it says which.
            Ok(answer) => {
                let refusals = answer.entries().iter().map(|entry| match entry.event_id() {
                    Some(_) => None,
                    None => Some(entry.error_code().unwrap_or(INTERNAL_FAILURE).to_owned()),
                });
                let missing = std::iter::repeat_with(|| Some(INTERNAL_FAILURE.to_owned()));
                Ok(refusals.chain(missing).take(events.len()).collect())
            }
            Err(SdkError::ServiceError(refused)) if !refused.raw().status().is_server_error() => {
                let code = refused.err().code().unwrap_or(INTERNAL_FAILURE);
                Ok(vec![Some(code.to_owned()); events.len()])
            }
            Err(unanswered) => Err(BusError { source: Some(Box::new(unanswered)) }),
        }
    }
}

impl Bus for EventBridge {
    async fn put(&self, events: &[Event]) -> Result<Vec<NotTaken>, BusError> {
        let mut not_taken = Vec::new();
        for (batch, events) in events.chunks(MOST_AT_ONCE).enumerate() {
            let refusals = self.put_at_once(events).await?;
            let positions = batch * MOST_AT_ONCE..;
            not_taken.extend(
                positions
                    .zip(refusals)
                    .filter_map(|(position, code)| Some(NotTaken { position, code: code? })),
            );
        }
        Ok(not_taken)
    }
}
