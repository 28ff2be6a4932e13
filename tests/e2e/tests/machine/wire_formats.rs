//! What passes over the wires while the example is played: each kind of payload once, in the shape that AWS
//! publishes (the builders' tests say where) and that Meta documents.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use handover_local::TEMPLATE;
use handover_local::scenario::EXAMPLE;
use handover_local::watch::Passage;
use serde_json::Value;

use crate::played::played;

/// The first payload of each kind, and of each call to Meta.
#[derive(Default)]
struct Seen {
    payloads: BTreeMap<String, Value>,
    calls: BTreeMap<String, String>,
}

impl Seen {
    fn note(&mut self, passage: &Passage<'_>) {
        match passage {
            Passage::Invoked { event, .. } => {
                let kind = if let Some(route) = event["routeKey"].as_str() {
                    format!("request {route}")
                } else if let Some(first) = event["Records"].get(0) {
                    format!("batch of the stream, {}", first["eventName"].as_str().unwrap())
                } else if event["source"] == "aws.scheduler" {
                    "firing of the schedule".to_owned()
                } else {
                    // An envelope of the bus, noted when it was put.
                    return;
                };
                self.payloads.entry(kind).or_insert_with(|| without_signature(event));
            }
            Passage::Answered { function, answer } => {
                let answer: Value = serde_json::from_slice(answer).unwrap();
                if !answer.is_null() {
                    self.payloads.entry(format!("answer of {function}")).or_insert(answer);
                }
            }
            Passage::Put { envelope } => {
                let kind = format!("event {}", envelope["detail-type"].as_str().unwrap());
                self.payloads.entry(kind).or_insert_with(|| (*envelope).clone());
            }
            Passage::Called { request } => {
                self.calls.entry(request.call.to_owned()).or_insert_with(|| request.to_string());
            }
            Passage::Failed { function, problem } => panic!("{function}: {problem}"),
            Passage::Webhook { .. } => {}
        }
    }
}

/// An event whose operator's token is one of an example: each process signs with a key of its own.
fn without_signature(event: &Value) -> Value {
    let mut event = event.clone();
    if let Some(token) = event.pointer_mut("/headers/authorization") {
        *token = "Bearer HEADER.CLAIMS.SIGNATURE".into();
    }
    event
}

/// The files in `infra/events/`, for `cargo lambda invoke`.
const SAMPLES: [(&str, &str); 6] = [
    ("create.json", "request POST /migrations"),
    ("signup.json", "request POST /signup"),
    ("webhook.json", "request POST /webhook"),
    ("step-due.json", "event StepDue"),
    ("state-changed.json", "batch of the stream, INSERT"),
    ("schedule.json", "firing of the schedule"),
];

/// Holds a sample to what passes here; `UPDATE_DOCS=1` writes it anew.
fn is_the_sample(file: &str, payload: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/events").join(file);
    let text = serde_json::to_string_pretty(payload).unwrap() + "\n";
    #[expect(clippy::disallowed_methods, reason = "whoever runs the tests says whether they write")]
    if std::env::var("UPDATE_DOCS").is_ok() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        text,
        "UPDATE_DOCS=1 writes infra/events/{file} anew"
    );
}

#[tokio::test]
async fn every_payload_of_the_example_is_kept_once() {
    let seen = Arc::new(Mutex::new(Seen::default()));
    let notes = Arc::clone(&seen);
    let rehearsal =
        played(EXAMPLE, TEMPLATE, Arc::new(move |passage| notes.lock().unwrap().note(passage))).await;
    assert!(rehearsal.is_as_expected());
    let seen = seen.lock().unwrap();
    let kinds: Vec<_> = seen.payloads.keys().map(String::as_str).collect();
    assert_eq!(
        kinds,
        [
            "answer of api",
            "answer of publish-events",
            "answer of signup",
            "answer of webhook",
            "batch of the stream, INSERT",
            "batch of the stream, MODIFY",
            "event CustomerUnblocked",
            "event MigrationEnded",
            "event StepDue",
            "firing of the schedule",
            "request POST /migrations",
            "request POST /signup",
            "request POST /webhook",
        ]
    );
    for (kind, payload) in &seen.payloads {
        insta::assert_json_snapshot!(kind.replace(" /", "-").replace(", ", "-").replace(' ', "-"), payload);
    }
    for (file, kind) in SAMPLES {
        is_the_sample(file, &seen.payloads[kind]);
    }
    let calls: Vec<_> = seen.calls.iter().map(|(call, request)| format!("{call}: {request}")).collect();
    insta::assert_snapshot!("calls-to-meta", calls.join("\n"));
}
