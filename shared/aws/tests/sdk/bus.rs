//! Events as EventBridge gets them, and what it answers.

use handover_aws::bus::EventBridge;
use handover_aws::local_endpoint::local_config;
use handover_engine::ports::{Bus, Event, NotTaken};
use serde_json::{Value, json};

use crate::line::{Fault, Line};

/// A line on which only what a test tells it comes back.
async fn line_and_bus() -> (Line, EventBridge) {
    let line = Line::to("http://127.0.0.1:9").await;
    let client = aws_sdk_eventbridge::Client::new(&local_config(line.endpoint()).unwrap());
    (line, EventBridge::new(&client, "handover-bus"))
}

fn events(count: usize) -> Vec<Event> {
    let detail = |n| json!({"step": "announce", "seq": n});
    (0..count).map(|n| Event { detail_type: "StepDue", detail: detail(n), trace: None }).collect()
}

/// The answer to events of which those with a code were refused.
fn answer(codes: &[Option<&str>]) -> Fault {
    let entries: Vec<Value> = codes
        .iter()
        .map(|code| match code {
            None => json!({"EventId": "11710aed-b79e-4468-a20b-bb3c0c3b4860"}),
            Some(code) => json!({"ErrorCode": code, "ErrorMessage": "told by the test"}),
        })
        .collect();
    let failed = codes.iter().flatten().count();
    Fault::Answer(200, json!({"FailedEntryCount": failed, "Entries": entries}))
}

#[tokio::test]
async fn an_event_carries_our_source_and_the_bus() {
    let (line, bus) = line_and_bus().await;
    line.fail([answer(&[None])]);
    assert_eq!(bus.put(&events(1)).await.unwrap(), vec![]);
    insta::assert_json_snapshot!(line.take_requests());
}

#[tokio::test]
async fn an_event_of_a_run_goes_on_in_its_trace() {
    let (line, bus) = line_and_bus().await;
    line.fail([answer(&[None])]);
    let trace = "1-5759e988-bd862e3fe1be46a994272793".parse().ok();
    let events: Vec<_> = events(1).into_iter().map(|event| Event { trace: trace.clone(), ..event }).collect();
    assert_eq!(bus.put(&events).await.unwrap(), vec![]);
    let header = &line.take_requests()[0]["Entries"][0]["TraceHeader"];
    assert_eq!(header, "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1");
}

#[tokio::test]
async fn twelve_events_go_in_a_ten_and_a_two() {
    let (line, bus) = line_and_bus().await;
    line.fail([answer(&[None; 10]), answer(&[None; 2])]);
    assert_eq!(bus.put(&events(12)).await.unwrap(), vec![]);
    let sizes: Vec<usize> =
        line.take_requests().iter().map(|request| request["Entries"].as_array().unwrap().len()).collect();
    assert_eq!(sizes, [10, 2]);
}

#[tokio::test]
async fn no_events_ask_nothing() {
    let (line, bus) = line_and_bus().await;
    assert_eq!(bus.put(&[]).await.unwrap(), vec![]);
    assert_eq!(line.take_requests(), Vec::<Value>::new());
}

#[tokio::test]
async fn an_event_not_taken_is_named_by_its_place_in_the_whole() {
    let (line, bus) = line_and_bus().await;
    let mut first = [None; 10];
    first[3] = Some("ThrottlingException");
    line.fail([answer(&first), answer(&[None, Some("InternalFailure")])]);
    let not_taken = |position, code: &str| NotTaken { position, code: code.to_owned() };
    let expected = vec![not_taken(3, "ThrottlingException"), not_taken(11, "InternalFailure")];
    assert_eq!(bus.put(&events(12)).await.unwrap(), expected);
}

#[tokio::test]
async fn an_event_that_the_answer_does_not_mention_is_not_taken() {
    let (line, bus) = line_and_bus().await;
    line.fail([answer(&[None])]);
    let expected = vec![NotTaken { position: 1, code: "InternalFailure".to_owned() }];
    assert_eq!(bus.put(&events(2)).await.unwrap(), expected);
}

#[tokio::test]
async fn a_refused_request_took_none_of_its_events() {
    let (line, bus) = line_and_bus().await;
    line.fail([Fault::Answer(
        400,
        json!({"__type": "AccessDeniedException", "message": "told by the test"}),
    )]);
    let not_taken = |position| NotTaken { position, code: "AccessDeniedException".to_owned() };
    assert_eq!(bus.put(&events(2)).await.unwrap(), vec![not_taken(0), not_taken(1)]);
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again() {
    let (line, bus) = line_and_bus().await;
    line.fail([Fault::LoseRequest, answer(&[None])]);
    assert_eq!(bus.put(&events(1)).await.unwrap(), vec![]);
}

#[tokio::test]
async fn a_bus_that_never_answers_leaves_a_doubt() {
    let (line, bus) = line_and_bus().await;
    line.fail(vec![Fault::LoseRequest; 10]);
    let doubt = bus.put(&events(1)).await.unwrap_err();
    assert!(doubt.source.is_some(), "{doubt:?}");
}
