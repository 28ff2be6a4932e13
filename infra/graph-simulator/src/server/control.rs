//! `/_simulator/`: play the customer, move the clock, look at the world.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Served, lock};
use crate::customer::CustomerError;
use crate::http::{Answer, Request};
use crate::moving::NewWaba;

/// What the customer does, and on which WABA.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfWaba {
    waba_id: String,
}

/// A signup with a new WABA: from which, and what the customer chooses.
#[derive(Deserialize)]
struct Anew {
    waba_id: String,
    #[serde(default)]
    chosen: NewWaba,
}

/// Where the clock goes: to a moment, or forward by a duration such as `36h` or `PT36H`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MoveClock {
    to: Option<Timestamp>,
    forward: Option<SignedDuration>,
}

/// A refusal: status and the sentence that says what to do.
struct Refusal(u16, String);

impl From<CustomerError> for Refusal {
    fn from(error: CustomerError) -> Self {
        Self(409, error.to_string())
    }
}

impl Served {
    pub(super) fn control(&self, route: &str, request: &Request) -> Answer {
        let (status, body) = match self.play(route, request) {
            Ok(body) => (200, body),
            Err(Refusal(status, text)) => (status, json!({ "error": text })),
        };
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Answer::Response { status, headers, body: body.to_string().into_bytes() }
    }

    fn play(&self, route: &str, request: &Request) -> Result<Value, Refusal> {
        let now = self.now();
        match (request.method.as_str(), route) {
            ("POST", "signup") => {
                let OfWaba { waba_id } = read(&request.body)?;
                let signup = self.simulator().customer_signs_up(now, &waba_id)?;
                Ok(json!(signup))
            }
            ("POST", "unshare") => {
                let OfWaba { waba_id } = read(&request.body)?;
                self.simulator().customer_unshares(now, &waba_id)?;
                Ok(json!({ "waba_id": waba_id, "unshared_at": now }))
            }
            ("POST", answer @ ("accept" | "decline")) => {
                let OfWaba { waba_id } = read(&request.body)?;
                self.simulator().customer_answers_intent(now, &waba_id, answer == "accept")?;
                Ok(json!({ "waba_id": waba_id, "answered_at": now }))
            }
            ("POST", "signup-anew") => {
                let Anew { waba_id, chosen } = read(&request.body)?;
                let signup = self.simulator().customer_signs_up_anew(now, &waba_id, &chosen)?;
                Ok(json!(signup))
            }
            ("POST", "two-step-off") => {
                let OfWaba { waba_id } = read(&request.body)?;
                self.simulator().customer_turns_two_step_off(now, &waba_id)?;
                Ok(json!({ "waba_id": waba_id, "turned_off_at": now }))
            }
            ("POST", "payment") => {
                let OfWaba { waba_id } = read(&request.body)?;
                self.simulator().customer_adds_payment(now, &waba_id)?;
                Ok(json!({ "waba_id": waba_id, "added_at": now }))
            }
            ("POST", "partner-share") => {
                let OfWaba { waba_id } = read(&request.body)?;
                Ok(json!(self.simulator().partner_shares(now, &waba_id)?))
            }
            ("POST", "clock") => self.move_clock(&read(&request.body)?),
            ("GET", "world") => Ok(json!(self.simulator().world())),
            _ => {
                let routes = "POST signup, POST signup-anew, POST unshare, POST two-step-off, POST payment, POST partner-share, POST accept, POST decline, POST clock and GET world";
                Err(Refusal(404, format!("there is no such route; under /_simulator/ there are {routes}")))
            }
        }
    }

    fn move_clock(&self, wish: &MoveClock) -> Result<Value, Refusal> {
        let now = self.now();
        let forward = match (wish.to, wish.forward) {
            (Some(to), None) => to.duration_since(now),
            (None, Some(forward)) => forward,
            _ => return Err(Refusal(400, "give either \"to\" or \"forward\"".to_owned())),
        };
        if forward.is_negative() {
            return Err(Refusal(409, format!("the clock stands at {now} and only goes forward")));
        }
        let mut ahead = lock(&self.ahead);
        *ahead = ahead.saturating_add(forward);
        drop(ahead);
        let now = self.now();
        let mut simulator = self.simulator();
        simulator.advance(now);
        Ok(json!({ "now": now, "next_event_at": simulator.next_event_at() }))
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body)
        .map_err(|error| Refusal(400, format!("the body is not what this route takes: {error}")))
}
