//! A small endpoint that the real SDK puts events on.
//!
//! It speaks the AWS JSON 1.1 protocol for `PutEvents` alone, so the adapter that runs on AWS runs here
//! unchanged. Signatures are not looked at: the endpoint listens on loopback.

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Entry;

/// The most entries that one call may carry (`PutEvents`, API reference).
pub const MAX_ENTRIES: usize = 10;

/// Why the bus does not take one entry; the others of the call are not touched by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// AWS's code, such as `ThrottlingException`.
    pub code: &'static str,
    /// What the caller's logs should say.
    pub message: String,
}

/// Makes the endpoint. Each entry is handed to `take`, in the order of the call, which answers the
/// event's number or why it refuses it.
pub fn router<T>(take: T) -> Router
where
    T: Fn(Entry) -> Result<Uuid, Refusal> + Clone + Send + Sync + 'static,
{
    let answer = async move |headers: HeaderMap, body: Bytes| answer(&take, &headers, &body);
    Router::new().route("/", post(answer))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutEvents {
    entries: Vec<PutEventsEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutEventsEntry {
    event_bus_name: Option<String>,
    source: Option<String>,
    detail_type: Option<String>,
    detail: Option<String>,
    #[serde(default)]
    resources: Vec<String>,
    /// Seconds since 1970, with a fraction.
    time: Option<f64>,
    trace_header: Option<String>,
}

fn answer(take: &impl Fn(Entry) -> Result<Uuid, Refusal>, headers: &HeaderMap, body: &Bytes) -> Response {
    let target = headers.get("x-amz-target").map(HeaderValue::as_bytes);
    if target != Some(b"AWSEvents.PutEvents") {
        return refused("UnknownOperationException", "This bus takes AWSEvents.PutEvents alone.");
    }
    let call: PutEvents = match serde_json::from_slice(body) {
        Ok(call) => call,
        Err(error) => return refused("SerializationException", &error.to_string()),
    };
    if !(1..=MAX_ENTRIES).contains(&call.entries.len()) {
        return refused("ValidationException", &format!("A call carries 1 to {MAX_ENTRIES} entries."));
    }
    let results = call.entries.into_iter().map(|entry| entry.read().and_then(take)).collect::<Vec<_>>();
    let failed = results.iter().filter(|result| result.is_err()).count();
    let result = |result: &Result<Uuid, Refusal>| match result {
        Ok(id) => json!({ "EventId": id }),
        Err(refusal) => json!({ "ErrorCode": refusal.code, "ErrorMessage": refusal.message }),
    };
    let entries = results.iter().map(result).collect::<Vec<_>>();
    response(StatusCode::OK, &json!({ "FailedEntryCount": failed, "Entries": entries }))
}

impl PutEventsEntry {
    fn read(self) -> Result<Entry, Refusal> {
        let required = |name: &str, value: Option<String>| {
            let message = format!("{name} is a required argument.");
            value.filter(|value| !value.is_empty()).ok_or(Refusal { code: "InvalidArgument", message })
        };
        let source = required("Source", self.source)?;
        let detail_type = required("DetailType", self.detail_type)?;
        let detail = required("Detail", self.detail)?;
        let Ok(detail) = serde_json::from_str(&detail) else {
            let message = "Detail is not a JSON object.".to_owned();
            return Err(Refusal { code: "MalformedDetail", message });
        };
        let bus = self.event_bus_name.unwrap_or_else(|| "default".to_owned());
        let time = self.time.map(moment).transpose()?;
        Ok(Entry {
            bus,
            source,
            detail_type,
            detail,
            resources: self.resources,
            time,
            trace: self.trace_header,
        })
    }
}

fn moment(seconds: f64) -> Result<Timestamp, Refusal> {
    SignedDuration::try_from_secs_f64(seconds)
        .and_then(|since| Timestamp::UNIX_EPOCH.checked_add(since))
        .map_err(|_| Refusal { code: "InvalidArgument", message: "Time is out of range.".to_owned() })
}

fn refused(code: &str, message: &str) -> Response {
    response(StatusCode::BAD_REQUEST, &json!({ "__type": code, "message": message }))
}

fn response(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/x-amz-json-1.1")], body.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use aws_sdk_eventbridge::Client;
    use aws_sdk_eventbridge::config::{BehaviorVersion, Config, Credentials, Region};
    use aws_sdk_eventbridge::error::ProvideErrorMetadata as _;
    use aws_sdk_eventbridge::primitives::DateTime;
    use aws_sdk_eventbridge::types::PutEventsRequestEntry;

    use super::*;

    /// Serves the endpoint on loopback for as long as `calls` runs, and answers what the bus took.
    async fn served<C: Future<Output = ()>>(calls: impl FnOnce(Client) -> C) -> Vec<Entry> {
        let taken = Arc::new(Mutex::new(Vec::new()));
        let bus = Arc::clone(&taken);
        // Takes everything but what is called `Late`.
        let take = move |entry: Entry| {
            if entry.detail_type == "Late" {
                let message = "Rate exceeded.".to_owned();
                return Err(Refusal { code: "ThrottlingException", message });
            }
            let mut taken = bus.lock().unwrap();
            taken.push(entry);
            Ok(Uuid::from_u128(u128::try_from(taken.len()).unwrap()))
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(crate::account::REGION))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .endpoint_url(format!("http://{}", listener.local_addr().unwrap()))
            .build();
        tokio::select! {
            ended = axum::serve(listener, router(take)) => panic!("the endpoint ended: {ended:?}"),
            () = calls(Client::from_conf(config)) => {}
        }
        let taken = taken.lock().unwrap();
        taken.clone()
    }

    fn entry(detail_type: &str, detail: &str) -> PutEventsRequestEntry {
        let entry = PutEventsRequestEntry::builder().event_bus_name("handover").source("handover");
        entry.detail_type(detail_type).detail(detail).build()
    }

    #[tokio::test]
    async fn the_real_sdk_puts_an_event_on_the_bus() {
        let taken = served(async |client| {
            let entry = PutEventsRequestEntry::builder()
                .event_bus_name("handover")
                .source("handover")
                .detail_type("StepDue")
                .detail(r#"{"step":"announce","seq":4}"#)
                .resources("arn:aws:handover:::migration/018f")
                .time(DateTime::from_millis(1_776_762_000_250))
                .build();
            let answer = client.put_events().entries(entry).send().await.unwrap();
            assert_eq!(answer.failed_entry_count(), 0);
            assert_eq!(answer.entries()[0].event_id(), Some("00000000-0000-0000-0000-000000000001"));
        });
        insta::assert_debug_snapshot!(taken.await);
    }

    #[tokio::test]
    async fn a_call_may_fail_in_part_and_says_which() {
        let taken = served(async |client| {
            let entries = [
                entry("StepDue", "{}"),
                entry("Late", "{}"),
                entry("StepDue", "no json"),
                entry("StepDue", "[]"),
                PutEventsRequestEntry::builder().source("handover").detail("{}").build(),
                entry("StepDue", "{}"),
            ];
            let answer = client.put_events().set_entries(Some(entries.into())).send().await.unwrap();
            assert_eq!(answer.failed_entry_count(), 4);
            let codes: Vec<_> = answer.entries().iter().map(|entry| entry.error_code()).collect();
            let (late, malformed, missing) = ("ThrottlingException", "MalformedDetail", "InvalidArgument");
            assert_eq!(codes, [None, Some(late), Some(malformed), Some(malformed), Some(missing), None]);
            assert_eq!(answer.entries()[4].error_message(), Some("DetailType is a required argument."));
        });
        assert_eq!(taken.await.len(), 2);
    }

    #[tokio::test]
    async fn a_call_of_more_than_ten_entries_is_refused_whole() {
        let taken = served(async |client| {
            let entries = vec![entry("StepDue", "{}"); MAX_ENTRIES + 1];
            let error = client.put_events().set_entries(Some(entries)).send().await.unwrap_err();
            assert_eq!(error.code(), Some("ValidationException"));
        });
        assert!(taken.await.is_empty());
    }

    #[tokio::test]
    async fn another_operation_is_unknown() {
        let taken = served(async |client| {
            let error = client.list_event_buses().send().await.unwrap_err();
            assert_eq!(error.code(), Some("UnknownOperationException"));
        });
        assert!(taken.await.is_empty());
    }
}
