use functions::InvokeError;
use simulation::script::{Script, at};
use simulation::world::World;

use super::Open;
use crate::kept::Kept;

/// A migration in the middle: the share is made, and the 1st is waited for.
fn in_the_middle() -> World {
    let mut script = Script::example();
    script.end = at("2026-04-25T00:00:00Z");
    let world = World::played(&script);
    world.clock.set(script.end);
    world
}

/// The functions that are not called over HTTP alone.
fn functions() -> impl Iterator<Item = &'static str> {
    functions::STEPS.iter().chain(functions::UPKEEP).copied().chain(["webhook"])
}

/// An event is a function's own or not; if it is not, nothing is done, and none makes one fail.
pub(super) fn open() -> Open {
    let mut kept = Kept::new(in_the_middle);
    Box::new(move |payload| {
        let (answers, is_written) = kept
            .with(|world, _| functions().map(|name| (name, world.ask(name, payload))).collect::<Vec<_>>());
        for (name, answer) in &answers {
            match answer {
                Ok(_) | Err(InvokeError::NotOurs { .. }) => {}
                // Nobody reads an answer on the bus: what is not signed lies in the queue of what could not be delivered.
                Err(InvokeError::Failed { function: "webhook", .. }) => {}
                Err(failed) => panic!("{name}: {failed:?}"),
            }
        }
        let is_anybodys = answers.iter().any(|(_, answer)| answer.is_ok());
        assert!(is_anybodys || !is_written, "it is nobody's event, and something was done");
    })
}
