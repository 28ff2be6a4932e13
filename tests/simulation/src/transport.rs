//! The Graph client's way to the simulated Meta: a function call instead of a socket.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use graph_simulator::{Answer, Request, Simulator};
use handover_graph::transport::{GraphRequest, GraphResponse, GraphVersion, Headers, TransportError};
use jiff::Timestamp;
use secrecy::ExposeSecret;

/// Sends a request to the simulator at `now`.
///
/// # Errors
///
/// As a real connection: not sent if no time is left, lost if the simulator gives no answer.
pub fn send(
    simulator: &Mutex<Simulator>,
    request: &GraphRequest,
    now: Timestamp,
    deadline: Timestamp,
) -> Result<GraphResponse, TransportError> {
    if deadline <= now {
        return Err(TransportError::NotSent { reason: Cow::Borrowed("no time was left for it") });
    }
    let mut headers = Vec::new();
    if let Some(bearer) = &request.bearer {
        headers.push(("Authorization".to_owned(), format!("Bearer {}", bearer.expose_secret())));
    }
    let body = request.body().expose_secret().as_bytes().to_vec();
    if !body.is_empty() {
        headers.push(("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
    }
    let target = request.target(&GraphVersion::default()).expose_secret().to_owned();
    let raw = Request { method: request.method.as_str().to_owned(), target, headers, body };
    match simulator.lock().unwrap_or_else(PoisonError::into_inner).answer(now, &raw) {
        Answer::Response { status, headers, body } => {
            Ok(GraphResponse { status, headers: read_headers(&headers), body })
        }
        Answer::Lost => Err(TransportError::Lost { reason: Cow::Borrowed("the connection ended") }),
    }
}

fn read_headers(headers: &[(String, String)]) -> Headers {
    let text = |name: &str| {
        let found = headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.clone())
    };
    Headers {
        app_usage: text("x-app-usage"),
        business_use_case_usage: text("x-business-use-case-usage"),
        api_version: text("facebook-api-version"),
    }
}
