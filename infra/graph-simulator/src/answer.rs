//! From a request to an answer: which call it is, faults, limits, the call itself, the record.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::Endpoint;
use crate::calls::{Body, Reply};
use crate::error::GraphError;
use crate::fault::Fault;
use crate::http::{Answer, Call, Request};
use crate::limits;
use crate::record::{CallOutcome, CallRecord};
use crate::simulator::Simulator;
use crate::world::PhoneNumber;

/// The version that answers where the path names none.
const VERSION: &str = "v25.0";
const JSON: &str = "application/json; charset=UTF-8";

type Headers = Vec<(String, String)>;

impl Simulator {
    /// Answers a request at a moment. A moment before the clock is taken as the clock: time only goes on.
    pub fn answer(&mut self, at: Timestamp, request: &Request) -> Answer {
        self.advance(at);
        let (segments, version) = request.segments();
        let endpoint = Endpoint::of(&request.method, &segments, &self.world);
        let call = Call::read(request);
        let ids = call.as_ref().map(Call::ids).unwrap_or_default();
        let fault = self.strike(endpoint, &ids);
        let (reply, mut headers) = match call {
            Ok(call) => self.reply(endpoint, call, fault.as_ref()),
            Err(error) => (Err(error), Headers::new()),
        };
        headers.push(("facebook-api-version".to_owned(), version.unwrap_or(VERSION).to_owned()));
        let answer = self.send(reply, headers);
        let answer = fault.into_iter().fold(answer, |answer, fault| fault.spoil(answer));
        let (outcome, refused) = match &answer {
            Answer::Response { status, body, .. } => {
                (CallOutcome::Answered(*status), body.starts_with(br#"{"error":"#))
            }
            Answer::Lost => (CallOutcome::Lost, false),
        };
        self.calls.push(CallRecord { at: self.now, endpoint, ids, outcome, refused });
        answer
    }

    /// The fault that this call meets. Every plan that fits counts the call, the first that is due strikes.
    fn strike(&mut self, endpoint: Endpoint, ids: &BTreeMap<String, String>) -> Option<Fault> {
        let mut due = None;
        for (place, plan) in self.faults.iter_mut().enumerate() {
            if plan.counts(endpoint, ids) && due.is_none() {
                due = Some(place);
            }
        }
        due.map(|place| self.faults.remove(place).fault)
    }

    fn reply(&mut self, endpoint: Endpoint, mut call: Call, fault: Option<&Fault>) -> (Reply, Headers) {
        let (about, limit) = self.metered(endpoint, &call);
        match fault {
            Some(fault) if !fault.is_applied() => return (Err(fault.refusal()), Headers::new()),
            Some(Fault::UnreadableField { field }) => call.unreadable = Some(field.clone()),
            Some(Fault::HiddenFor { minutes }) => call.hidden_minutes = *minutes,
            Some(Fault::RateLimited { minutes }) => {
                self.usage.block(&about, self.now + SignedDuration::from_mins((*minutes).into()));
            }
            _ => {}
        }
        let used = self.usage.count(&about, limit, self.now);
        let headers = used.headers(&about);
        if used.wait_minutes > 0 {
            let text =
                "There have been too many calls to this WhatsApp Business account. Wait a bit and try again.";
            return (Err(GraphError::new(80_008, text)), headers);
        }
        (endpoint.answer(self, &call), headers)
    }

    /// What a call counts against, and how many an hour: nothing is documented for the app (facts 14).
    fn metered(&self, endpoint: Endpoint, call: &Call) -> (String, Option<usize>) {
        let world = &self.world;
        let about = match world.allocations.get(&call.node) {
            Some(allocation) => allocation.credit_line_id.clone(),
            None if endpoint.is_about_a_node() => call.node.clone(),
            None => return (world.app.id.clone(), None),
        };
        let in_use = |number: &PhoneNumber| number.waba_id == about && number.status == "CONNECTED";
        let fresh = world.wabas.contains_key(&about) && !world.phone_numbers.values().any(in_use);
        let limit = if fresh { limits::FRESH_WABA } else { limits::IN_USE };
        (about, world.settings.rate_limits.then_some(limit))
    }

    fn send(&mut self, reply: Reply, mut headers: Headers) -> Answer {
        let trace = format!("Asimulator{:010}", self.calls.len() + 1);
        let (status, kind, body) = match reply {
            Ok(Body::Json(value)) => (200, JSON, value.to_string()),
            Ok(Body::Text(text)) => (200, "text/plain; charset=UTF-8", text),
            Err(error) => (error.status, JSON, error.envelope(&trace).to_string()),
        };
        headers.push(("content-type".to_owned(), kind.to_owned()));
        headers.push(("x-fb-trace-id".to_owned(), trace));
        Answer::Response { status, headers, body: body.into_bytes() }
    }
}

impl Fault {
    /// Whether the call runs before its answer is lost or broken.
    fn is_applied(&self) -> bool {
        match self {
            Self::LoseAnswer { applied } | Self::Status { applied, .. } | Self::Html { applied } => *applied,
            Self::GraphError { .. } => false,
            _ => true,
        }
    }

    /// What Meta says of a call that it did not run.
    fn refusal(&self) -> GraphError {
        match self {
            Self::GraphError { code, subcode, status, is_transient } => {
                let error = GraphError::new(*code, "A planned fault of the simulator");
                let status = status.unwrap_or(error.status);
                GraphError { subcode: *subcode, status, is_transient: *is_transient, ..error }
            }
            _ => {
                let error = GraphError::new(2, "Service temporarily unavailable");
                GraphError { is_transient: true, status: 503, ..error }
            }
        }
    }

    /// Breaks an answer on its way.
    fn spoil(self, answer: Answer) -> Answer {
        let Answer::Response { status, headers, body } = answer else { return answer };
        let with = |status: u16, kind: &str, body: Vec<u8>| Answer::Response {
            status,
            headers: vec![("content-type".to_owned(), kind.to_owned())],
            body,
        };
        match self {
            Self::LoseAnswer { .. } => Answer::Lost,
            Self::Status { status, .. } => {
                let error = GraphError {
                    is_transient: true,
                    ..GraphError::new(2, "Service temporarily unavailable")
                };
                with(status, JSON, error.envelope("Asimulator").to_string().into_bytes())
            }
            Self::Html { .. } => with(
                200,
                "text/html",
                b"<!DOCTYPE html><html><body>Sorry, something went wrong.</body></html>".to_vec(),
            ),
            Self::Cut => with(status, JSON, body.iter().take(body.len() / 2).copied().collect()),
            Self::Empty => with(status, JSON, Vec::new()),
            Self::OtherShape => with(status, JSON, json!([{ "unexpected": true }]).to_string().into_bytes()),
            _ => Answer::Response { status, headers, body },
        }
    }
}
