use serde_json::Value;
use simulation::script::{Script, at};
use simulation::world::World;

use super::Open;
use crate::kept::Kept;

/// A migration that waits for the 1st.
pub(super) fn waiting() -> World {
    let mut script = Script::example();
    script.end = at("2026-04-22T12:00:00Z");
    let world = World::played(&script);
    world.clock.set(script.end);
    world
}

/// The routes of `inspect`; all others are `api`'s, or nobody's.
const OF_INSPECT: [&str; 4] = ["GET /wabas/{id}/ownership", "GET /fleet", "GET /doctor", "GET /assumptions"];

/// The answer to a request: status and body.
pub(super) fn answered(kept: &mut Kept, payload: &[u8]) -> Option<(u64, String)> {
    let event: Value = serde_json::from_slice(payload).unwrap_or_default();
    let is_inspects = event["routeKey"].as_str().is_some_and(|route| OF_INSPECT.contains(&route));
    let function = if is_inspects { "inspect" } else { "api" };
    kept.ask(function, payload).held(function)
}

/// A request is taken as it is documented, or refused, and then nothing is done.
pub(super) fn open() -> Open {
    let mut kept = Kept::new(waiting);
    Box::new(move |payload| {
        let _ = answered(&mut kept, payload);
    })
}
