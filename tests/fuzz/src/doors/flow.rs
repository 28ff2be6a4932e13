use std::sync::PoisonError;

use handover_domain::flow::FlowName;
use serde_json::Value;
use simulation::script::Script;
use simulation::world::World;

use super::Open;

/// Whatever Meta answers to one call of a flow, every function ends its turn, and the migration stands somewhere.
///
/// What it comes to is not asked: a Meta that lies about its own allocations is believed.
pub(super) fn open() -> Open {
    Box::new(|bytes| {
        let Ok(input) = serde_json::from_slice::<Value>(bytes) else { return };
        let (Some(call), Some(body)) = (input["call"].as_u64(), input["body"].as_str()) else { return };
        let Ok(call) = usize::try_from(call) else { return };
        let Ok(flow) = serde_json::from_value(input["flow"].clone()) else { return };
        let script = match flow {
            FlowName::PartnerSwitch => Script::with_a_number_to_register(),
            flow => Script::prompt(flow),
        };
        let world = World::new(&script);
        world
            .answers_instead
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(call, body.as_bytes().to_vec());
        world.play(&script);
        assert!(world.failures().is_empty(), "{:?}", world.failures());
        let state = &world.states()[0];
        assert!(state.status.is_end() || state.due_at.is_some(), "nobody looks at it again: {state:#?}");
    })
}
