//! One sharing of a credit line: read and revoke (facts 9.4, 9.6, 9.7).

use serde_json::{Value, json};

use super::{Reply, success};
use crate::error::GraphError;
use crate::fields::{Field, Selection};
use crate::http::Call;
use crate::simulator::Simulator;
use crate::world::{Allocation, World};

const DEFAULT_FIELDS: &str = "id,receiving_business";

pub(super) fn read(simulator: &mut Simulator, call: &Call) -> Reply {
    let allocation = reach(simulator, call)?;
    Ok(render(&simulator.world, call, &call.node, allocation)?.into())
}

/// Revokes it, which hits every WABA of the business that it pays for (facts 9.7).
pub(super) fn revoke(simulator: &mut Simulator, call: &Call) -> Reply {
    let credential = reach(simulator, call)?.receiving_credential.clone();
    let mut replans = Vec::new();
    for (id, waba) in &mut simulator.world.wabas {
        if waba.funding.as_ref() == Some(&credential) {
            waba.funding = None;
        }
        if waba.waiting_share.as_ref().is_some_and(|share| share.allocation_id == call.node) {
            waba.waiting_share = None;
            replans.push(id.clone());
        }
    }
    if let Some(allocation) = simulator.world.allocations.get_mut(&call.node) {
        allocation.deleted = true;
    }
    for waba_id in replans {
        simulator.plan_swap(&waba_id);
    }
    success()
}

fn reach<'a>(simulator: &'a Simulator, call: &Call) -> Result<&'a Allocation, GraphError> {
    simulator.world.caller(call, simulator.now)?.handles_credit()?;
    let found = simulator.world.allocations.get(&call.node);
    found.filter(|one| one.visible_from <= simulator.now).ok_or_else(|| call.missing_object())
}

pub(super) fn render(world: &World, call: &Call, id: &str, one: &Allocation) -> Result<Value, GraphError> {
    let selection = Selection::parse(call.parameter("fields").unwrap_or(DEFAULT_FIELDS))?;
    selection.read("ExtendedCreditAllocationConfig", id, call.unreadable.as_deref(), |name| match name {
        "receiving_business" => world.business(&one.business_id).into(),
        "receiving_credential" => json!({ "id": one.receiving_credential }).into(),
        "owning_business" => world.business(&world.partner_id).into(),
        "owning_credential" => json!({ "id": one.credit_line_id }).into(),
        "request_status" if one.deleted => "DELETED".into(),
        "request_status" => world.settings.request_status.clone().into(),
        "liability_type" => "Normal".into(),
        "partition_type" => "FIXED_WITHOUT_PARTITION".into(),
        "send_bill_to" => "Agency".into(),
        "currency_amount" => Field::Absent,
        _ => Field::Unknown,
    })
}
