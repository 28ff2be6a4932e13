use handover_domain::flow::FlowName;
use handover_engine::ports::Clock;
use serde_json::Value;
use simulation::script::{Script, at};
use simulation::world::World;

use super::Open;
use crate::kept::Kept;

/// A migration that waits for its customer, who has just signed up: the code is in their browser, the token of another
/// signup is with the partner.
fn signed_up() -> World {
    let mut script = Script::with_the_waba_named();
    script.acts.truncate(2);
    script.end = at("2026-04-21T10:00:00Z");
    let world = World::played(&script);
    world.clock.set(script.end);
    let waba = world.waba(0);
    world.simulator().customer_signs_up(world.clock.now(), &waba).expect("a signup");
    let _ = world.exchanged_by_the_partner(0);
    world
}

/// A number has been sent a code, and nobody has handed it over.
fn sent_a_code() -> World {
    let mut script = Script::of(FlowName::NumberMoveByCode);
    script.acts.truncate(3);
    script.end = at("2026-04-20T11:02:00Z");
    let world = World::played(&script);
    world.clock.set(script.end);
    world
}

/// What the corpus holds of secrets: no answer repeats one.
const SECRETS: [&str; 2] = ["EAA", "AQB"];

/// The answer to a request: status and body.
pub(super) fn answered([signed_up, sent_a_code]: &mut [Kept; 2], payload: &[u8]) -> Option<(u64, String)> {
    let event: Value = serde_json::from_slice(payload).unwrap_or_default();
    let kept = if event["routeKey"] == "POST /migrations/{id}/code" { sent_a_code } else { signed_up };
    kept.ask("signup", payload).held("signup")
}

/// The worlds of the door.
pub(super) fn worlds() -> [Kept; 2] {
    [Kept::new(signed_up), Kept::new(sent_a_code)]
}

/// A signup is accepted, lost or refused; a code and a token go in and never come out.
pub(super) fn open() -> Open {
    let mut worlds = worlds();
    Box::new(move |payload| {
        let Some((_, told)) = answered(&mut worlds, payload) else { return };
        assert!(!SECRETS.iter().any(|secret| told.contains(secret)), "a secret came back: {told}");
    })
}
