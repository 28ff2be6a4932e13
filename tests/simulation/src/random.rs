//! Stories by seed: several customers of a flow, a month of their own each, and faults by a draw.
//!
//! Each seed switches some kinds of faults on and leaves the others off (swarm testing): what hides behind a frequent fault is
//! found where that one is off.

mod story;
mod strikes;

pub use self::strikes::{MOST_SKEW, Strikes};
pub use crate::deliveries::Gone;

use fastrand::Rng;
use handover_domain::flow::FlowName;

use crate::exhaustive::{self, Ran, STRIKES};
use crate::fault::Plan;
use crate::script::Script;
use crate::world::World;

/// The story of a seed.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// The flow.
    pub flow: FlowName,
    /// What happens.
    pub script: Script,
    /// What goes wrong.
    pub strikes: Strikes,
    /// The faults of the catalogue that are in it from the beginning.
    pub ids: Vec<&'static str>,
}

/// Draws the story of a seed: the same every time.
#[must_use]
pub fn drawn(seed: u64) -> Drawn {
    let mut rng = Rng::with_seed(seed);
    let flow = rng.choice(FlowName::ALL).expect("a flow");
    let story::Story { mut script, ids } = story::drawn(flow, &mut rng);
    let strikes = Strikes::drawn(&script, &mut rng);
    // An outage is over before the story is, and what it has left has the time to heal.
    script.end = script.end.max(strikes.heals_by());
    Drawn { flow, script, strikes, ids }
}

/// Plays the story of a seed: with the faults that it draws, or with those of a plan in their place.
#[must_use]
pub fn run(seed: u64, plan: Option<&Plan>) -> Ran {
    let Drawn { script, strikes, ids, .. } = drawn(seed);
    let world = World::new(&script);
    match plan {
        None => world.draw(strikes),
        Some(_) => world.draw(strikes.clocks_alone()),
    }
    let mut ran = exhaustive::run_in(&world, &script, plan.unwrap_or(&Plan::default()));
    ids.into_iter().for_each(|id| ran.hits.hit(id));
    ran
}

/// The fewest of these faults with which the story of a seed still breaks: each that can be left out is.
#[must_use]
pub fn fewest(seed: u64, plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    let mut place = plan.0.len();
    while place > 0 {
        place -= 1;
        let mut fewer = plan.clone();
        fewer.0.remove(place);
        // That one of the others strikes no longer is nothing that breaks.
        if run(seed, Some(&fewer)).broken.iter().any(|name| name != STRIKES) {
            plan = fewer;
            place = place.min(plan.0.len());
        }
    }
    plan
}
