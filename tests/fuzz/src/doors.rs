//! The doors, one module each.

mod api;
mod calendar;
mod events;
mod flow;
mod graph_answers;
mod signature;
mod signup;
mod webhook;

use crate::kept::Kept;

/// A door that is open: it takes bytes, and panics if a promise breaks.
pub type Open = Box<dyn FnMut(&[u8])>;

/// A place at which bytes come in from outside.
#[derive(Clone, Copy)]
pub struct Door {
    /// Its name, and the name of its corpus.
    pub name: &'static str,
    /// Opens it, on a world of its own.
    pub open: fn() -> Open,
}

/// What Meta sends, well signed: the body.
pub const WEBHOOK: Door = Door { name: "webhook", open: webhook::open };
/// What anybody sends to the webhook's address: a line with the header, then the body.
pub const SIGNATURE: Door = Door { name: "signature", open: signature::open };
/// What Meta answers: to every call, as a success and as an error, and as a usage header.
pub const GRAPH_ANSWERS: Door = Door { name: "graph-answers", open: graph_answers::open };
/// What Meta answers in the middle of a flow: the number of the call, and the body instead of its own.
pub const FLOW: Door = Door { name: "flow", open: flow::open };
/// What operators and the partner's systems send: API Gateway's event for `api` and `inspect`.
pub const API: Door = Door { name: "api", open: api::open };
/// What the partner's page and systems send: API Gateway's event for `signup`.
pub const SIGNUP: Door = Door { name: "signup", open: signup::open };
/// What the bus, the stream and the schedules bring: each event to every function.
pub const EVENTS: Door = Door { name: "events", open: events::open };
/// Any day, any moment and any zone, for the calendar and the plan.
pub const CALENDAR: Door = Door { name: "calendar", open: calendar::open };

/// All of them.
pub const ALL: [Door; 8] = [WEBHOOK, SIGNATURE, GRAPH_ANSWERS, FLOW, API, SIGNUP, EVENTS, CALENDAR];

/// The answer of a door that answers over HTTP, in a world of its own: status and body, if the bytes are a request.
#[must_use]
pub fn answered(door: &Door, payload: &[u8]) -> Option<(u64, String)> {
    match door.name {
        "signup" => signup::answered(&mut signup::worlds(), payload),
        _ => api::answered(&mut Kept::new(api::waiting), payload),
    }
}

/// The door that `DOOR` names.
///
/// # Panics
///
/// If it names none.
#[must_use]
pub fn named_by_the_environment() -> Door {
    let wanted = std::env::var("DOOR").unwrap_or_default();
    let names = || ALL.map(|door| door.name).join(", ");
    *ALL.iter()
        .find(|door| door.name == wanted)
        .unwrap_or_else(|| panic!("DOOR is one of {}, and not {wanted:?}", names()))
}
