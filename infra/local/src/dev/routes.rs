//! What a machine for people answers: the gateway's routes, its issuer's documents, and `/local/` for its clock, its bus and
//! operators' tokens.

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use handover_domain::operator::Operator;
use handover_domain::scope::Scope;
use handover_engine::payload::{self, Unfit};
use handover_engine::ports::Ports;
use handover_engine::problem::Problem;
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Dev;
use crate::gateway::{Answer, Request};
use crate::issuer::{DISCOVERY, Issuer, JWKS};

/// What API Gateway takes at most.
const LARGEST_BODY: usize = 10 * 1024 * 1024;

/// How far the clock is moved at once: there is no way back but a new machine.
const FURTHEST: SignedDuration = SignedDuration::from_hours(24 * 366);

/// Where the clock goes: to a moment, or forward by a duration such as `PT24H`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MoveClock {
    to: Option<Timestamp>,
    forward: Option<SignedDuration>,
}

/// Whose token it shall be, and what it lets them do: everything, if it is not said.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenWish {
    sub: Option<Operator>,
    scopes: Option<Vec<Scope>>,
}

pub(super) fn router(dev: Arc<Dev>) -> Router {
    Router::new().fallback(answer).with_state(dev)
}

async fn answer(State(dev): State<Arc<Dev>>, request: axum::extract::Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        let answer = json!({ "message": "Request Entity Too Large" });
        return json_response(StatusCode::PAYLOAD_TOO_LARGE, &answer);
    };
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers: Vec<_> = head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let path = head.uri.path();
    match path.strip_prefix("/local/") {
        Some(route) => dev.local(head.method.as_str(), route, &body),
        None if path == DISCOVERY => {
            json_response(StatusCode::OK, &Issuer::discovery(dev.machine.wires().template()))
        }
        None if path == JWKS => json_response(StatusCode::OK, &dev.machine.issuer().jwks()),
        None => {
            let caller = SocketAddr::from(([127, 0, 0, 1], 0)).ip().to_string();
            let request = Request {
                method: head.method.as_str(),
                path,
                query: head.uri.query().unwrap_or_default(),
                headers: &headers,
                body: &body,
                source_ip: &caller,
            };
            let answer = dev.machine.request(&request).await;
            match dev.keep() {
                Ok(()) => passed_on(answer),
                // The worker meets the same error, says it and ends the machine.
                Err(_) => passed_on(Answer::broken()),
            }
        }
    }
}

fn passed_on(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let mut response = (status, Body::from(answer.body)).into_response();
    response.headers_mut().remove(header::CONTENT_TYPE);
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<header::HeaderName>(), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

impl Dev {
    fn local(&self, method: &str, route: &str, body: &[u8]) -> Response {
        match (method, route) {
            ("GET", "clock") => json_response(StatusCode::OK, &json!({ "now": self.now() })),
            ("POST", "clock") => self.move_clock(body),
            ("POST", "token") => self.token(body),
            ("GET", "events") => json_response(StatusCode::OK, &Value::from(self.machine.wires().events())),
            ("GET", "webhooks") => {
                let webhooks = self.webhooks.lock().unwrap_or_else(PoisonError::into_inner);
                json_response(StatusCode::OK, &Value::from(webhooks.clone()))
            }
            ("GET", "failures") => json_response(StatusCode::OK, &json!(self.machine.wires().failures())),
            _ => {
                let routes = "GET clock, POST clock, POST token, GET events, GET webhooks and GET failures";
                let detail = format!("There is no such route; under /local/ there are {routes}.");
                refused(&Problem::unknown("path", detail))
            }
        }
    }

    /// An operator's token, as text. The only one who reaches this is on this machine, where there is nothing but play.
    fn token(&self, body: &[u8]) -> Response {
        let wish: TokenWish =
            match read(body, "Send `sub` (a name) and `scopes` (such as [\"read\", \"share\"]), or neither.")
            {
                Ok(wish) => wish,
                Err(problem) => return refused(&problem),
            };
        let scopes = wish.scopes.unwrap_or_else(|| Scope::ALL.to_vec());
        let template = self.machine.wires().template();
        match self.machine.issuer().token(template, wish.sub.as_ref(), scopes, self.now()) {
            Ok(token) => (StatusCode::OK, token.expose_secret().to_owned()).into_response(),
            Err(_) => passed_on(Answer::broken()),
        }
    }

    fn move_clock(&self, body: &[u8]) -> Response {
        let wish: MoveClock =
            match read(body, "Send `to` (a moment) or `forward` (a duration such as PT24H).") {
                Ok(wish) => wish,
                Err(problem) => return refused(&problem),
            };
        let now = self.now();
        let to = match (wish.to, wish.forward) {
            (Some(to), None) => to,
            (None, Some(forward)) => now.saturating_add(forward).unwrap_or(Timestamp::MAX),
            _ => {
                let either = "Give either `to` (a moment) or `forward` (a duration such as PT24H).";
                return refused(&Problem::malformed("to", either));
            }
        };
        let field = if wish.to.is_some() { "to" } else { "forward" };
        if to.duration_since(now) > FURTHEST {
            let detail = "The clock is moved by a year at most, so that a slip of the finger ends no machine. Name an earlier moment.";
            return refused(&impossible(field, detail));
        }
        if let Err(backwards) = self.machine.ports().clock().move_to(to) {
            return refused(&impossible(field, &sentence(&backwards.to_string())));
        }
        self.moved.notify_one();
        json_response(StatusCode::OK, &json!({ "now": self.now() }))
    }
}

/// Reads what is wished for; what does not fit is told with what to send.
fn read<T: DeserializeOwned>(body: &[u8], send: &str) -> Result<T, Problem> {
    payload::read(body).map_err(|Unfit { field, what }| {
        let field = field.unwrap_or_else(|| "body".to_owned());
        let detail = format!("`{field}` {what}. {send}");
        Problem::malformed(field, detail)
    })
}

/// What can be understood and cannot be done.
fn impossible(field: &str, detail: &str) -> Problem {
    Problem { status: 422, ..Problem::malformed(field, detail) }
}

fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).chain(['.']).collect())
}

fn refused(problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST);
    (status, [(header::CONTENT_TYPE, "application/problem+json")], json!(problem).to_string()).into_response()
}

fn json_response(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
