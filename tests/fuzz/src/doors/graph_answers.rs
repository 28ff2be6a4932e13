use handover_graph::error::{Applied, GraphError};
use handover_graph::transport::{GraphResponse, Headers};

use super::Open;

// One of each call stands in the client's own tests: whoever adds a call adds it there.
#[allow(dead_code, reason = "of a call only its parser is tried here")]
#[path = "../../../../shared/graph/tests/client/every_call.rs"]
mod every_call;

/// Meta's words are cut where they are stored; before that an answer is at most 1 MB.
const LONGEST_VERDICT: usize = 400;

/// Whatever Meta answers is an answer, a refusal or unreadable, and what is none proves nothing.
pub(super) fn open() -> Open {
    let calls = every_call::every_call();
    Box::new(move |body| {
        let text = std::str::from_utf8(body).ok().map(str::to_owned);
        let headers =
            Headers { app_usage: text.clone(), business_use_case_usage: text.clone(), api_version: text };
        for status in [200, 400, 500] {
            let response = GraphResponse { status, headers: headers.clone(), body: body.to_vec() };
            for call in &calls {
                match (call.parse)(&response) {
                    Ok(_) => assert_eq!(status, 200, "{}: a failure was taken for an answer", call.name),
                    Err(error) => hold(&error, status),
                }
            }
        }
    })
}

fn hold(error: &GraphError, status: u16) {
    let verdict = error.verdict();
    assert!(!verdict.advice.is_empty() && verdict.cause.len() < LONGEST_VERDICT, "{verdict:?}");
    if error.refused().is_none() || status >= 500 {
        assert_eq!(
            error.outcome(),
            Applied::Unknown,
            "{}: nothing has proved that it did nothing",
            error.call
        );
    }
    let stored = serde_json::to_string(error).expect("it is stored");
    assert_eq!(&serde_json::from_str::<GraphError>(&stored).expect("it is read back"), error);
}
