//! A credit line: the share, in one call or in two, and the list of sharings (facts 9.2, 9.3, 9.5).

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{Reply, allocation};
use crate::error::GraphError;
use crate::http::Call;
use crate::month;
use crate::paging::page;
use crate::simulator::Simulator;
use crate::token::Caller;
use crate::world::{Allocation, ListForm, RepeatedAttach, RepeatedShare, Waba, WaitingShare, World};

/// Shares the line with the WABA's owner and attaches it.
///
/// A customer whom somebody else pays for has switched: the month window holds, and the line takes
/// effect on the 1st. For a customer without a payment method it takes effect at once (facts 9.2).
pub(super) fn share(simulator: &mut Simulator, call: &Call) -> Reply {
    let now = simulator.now;
    let waba_id = call.required_id("waba_id")?.to_owned();
    let waba = may_share(&simulator.world, call, &waba_id, now)?;
    let waits = waba.funding.as_ref().is_some_and(|funding| !simulator.world.is_ours(funding));
    let already = waba.waiting_share.is_some() || (waba.funding.is_some() && !waits);
    let business_id = waba.business_id.clone();

    let settings = &simulator.world.settings;
    let repeated = if already { settings.repeated_share } else { settings.second_waba };
    let allocation_id = share_with(simulator, call, &business_id, repeated)?;
    attach_to(simulator, &waba_id, &allocation_id, waits);
    Ok(json!({ "allocation_config_id": allocation_id, "waba_id": waba_id }).into())
}

/// Shares the line with a business, and attaches it to none of its WABAs (facts 9.3).
pub(super) fn share_alone(simulator: &mut Simulator, call: &Call) -> Reply {
    let now = simulator.now;
    let business_id = call.required_id("receiving_business_id")?.to_owned();
    let world = &simulator.world;
    world.caller(call, now)?.handles_credit()?;
    world.credit_lines.get(&call.node).ok_or_else(|| call.missing_object())?;
    if business_id == world.partner_id {
        return Err(same_business());
    }
    if world.granted(&business_id).is_empty() {
        return Err(GraphError::bad_parameter(
            "receiving_business_id",
            "a business that has shared an account",
        ));
    }
    let repeated = world.settings.repeated_share;
    let allocation_id = share_with(simulator, call, &business_id, repeated)?;
    Ok(json!({ "success": true, "allocation_config_id": allocation_id }).into())
}

/// Attaches what the business has to one of its WABAs, by the token of that business (facts 9.3). As with the share in one
/// call, the month window is for a customer whom somebody else pays for.
pub(super) fn attach(simulator: &mut Simulator, call: &Call) -> Reply {
    let now = simulator.now;
    let waba_id = call.required_id("waba_id")?.to_owned();
    let world = &simulator.world;
    let caller = world.caller(call, now)?;
    if !matches!(caller, Caller::Business(_)) {
        return Err(GraphError::no_permission("the business token of the customer"));
    }
    let waba = world.reach_waba(&caller, call, &waba_id)?;
    let waits = waba.funding.as_ref().is_some_and(|funding| !world.is_ours(funding));
    let already = waba.waiting_share.is_some() || (waba.funding.is_some() && !waits);
    may_pay_for(world, call, waba, now)?;
    let allocation_id = live(world, call, &waba.business_id).ok_or_else(|| {
        GraphError::new(100, "The credit line is not shared with the business that owns the account.")
    })?;
    if already && world.settings.repeated_attach == RepeatedAttach::Refused {
        return Err(GraphError::new(
            100,
            "The credit line that is attached to the account cannot be changed.",
        ));
    }
    attach_to(simulator, &waba_id, &allocation_id, waits);
    let answer = json!({ "success": true, "waba_id": waba_id, "allocation_config_id": allocation_id });
    Ok(answer.into())
}

/// The allocation that a share with this business comes to.
fn share_with(
    simulator: &mut Simulator,
    call: &Call,
    business_id: &str,
    repeated: RepeatedShare,
) -> Result<String, GraphError> {
    match (live(&simulator.world, call, business_id), repeated) {
        (Some(existing), RepeatedShare::SameAllocation) => Ok(existing),
        (Some(_), RepeatedShare::Refused) => {
            Err(GraphError::new(4000, "The credit line is already shared with this business."))
        }
        (Some(_), RepeatedShare::NewAllocation) | (None, _) => Ok(allocate(simulator, call, business_id)),
    }
}

fn same_business() -> GraphError {
    let text = "The same business owns the WhatsApp Business Account and the credit line.";
    GraphError::new(100, text).subcode(1_752_244)
}

/// Everything that refuses a share: 100 and 200 are all that is documented (facts 9.2).
fn may_share<'a>(
    world: &'a World,
    call: &Call,
    waba_id: &str,
    now: Timestamp,
) -> Result<&'a Waba, GraphError> {
    let caller = world.caller(call, now)?;
    let user = caller.handles_credit()?;
    let waba = world.reach_waba(&caller, call, waba_id)?;
    if !waba.assigned_users.contains_key(user) {
        return Err(GraphError::no_permission(
            "the system user must be assigned to the WhatsApp Business Account",
        ));
    }
    may_pay_for(world, call, waba, now)?;
    Ok(waba)
}

/// Everything about the WABA that refuses it, in one call or in two.
fn may_pay_for(world: &World, call: &Call, waba: &Waba, now: Timestamp) -> Result<(), GraphError> {
    let line = world.credit_lines.get(&call.node).ok_or_else(|| call.missing_object())?;
    if waba.business_id == world.partner_id {
        return Err(same_business());
    }
    if waba.ownership_type != "CLIENT_OWNED" {
        return Err(GraphError::new(100, "The WhatsApp Business Account is not owned by the customer."));
    }
    let currency = call.required("waba_currency")?;
    if currency != waba.currency {
        return Err(GraphError::bad_parameter(
            "waba_currency",
            "the currency of the WhatsApp Business Account",
        ));
    }
    if world.settings.line_currency_must_match && currency != line.currency {
        return Err(GraphError::new(100, "The currency of the credit line differs from the account's."));
    }
    let switched = waba.funding.as_ref().is_some_and(|funding| !world.is_ours(funding));
    if switched && !month::share_is_open(now, &world.settings.zone) {
        let text = "The credit line cannot be shared at this time of the month.";
        return Err(GraphError::new(world.settings.blackout_code, text));
    }
    Ok(())
}

/// The business's live allocation on this line.
fn live(world: &World, call: &Call, business_id: &str) -> Option<String> {
    let mut live = world.live_allocations(business_id).filter(|(_, one)| one.credit_line_id == call.node);
    live.next().map(|(id, _)| id.clone())
}

fn allocate(simulator: &mut Simulator, call: &Call, business_id: &str) -> String {
    let world = &mut simulator.world;
    let hidden = world.settings.share_visible_after_minutes.max(call.hidden_minutes);
    let allocation = Allocation {
        credit_line_id: call.node.clone(),
        business_id: business_id.to_owned(),
        receiving_credential: world.new_id(),
        visible_from: simulator.now + SignedDuration::from_mins(hidden.into()),
        is_attached: false,
        deleted: false,
    };
    let id = world.new_id();
    world.allocations.insert(id.clone(), allocation);
    id
}

fn attach_to(simulator: &mut Simulator, waba_id: &str, allocation_id: &str, waits: bool) {
    let shared_at = simulator.now;
    let credential = simulator.world.allocations.get_mut(allocation_id).map(|one| {
        one.is_attached = true;
        one.receiving_credential.clone()
    });
    let Some(waba) = simulator.world.wabas.get_mut(waba_id) else { return };
    if waits {
        waba.waiting_share = Some(WaitingShare { allocation_id: allocation_id.to_owned(), shared_at });
        simulator.plan_swap(waba_id);
    } else {
        waba.funding = credential;
        waba.unshared_at = None;
    }
}

/// The line's sharings, by receiving business where one is named (facts 9.5).
pub(super) fn allocations(simulator: &mut Simulator, call: &Call) -> Reply {
    let now = simulator.now;
    let world = &simulator.world;
    world.caller(call, now)?.handles_credit()?;
    world.credit_lines.get(&call.node).ok_or_else(|| call.missing_object())?;
    let receiver = call.parameter("receiving_business_id").map(|_| call.required_id("receiving_business_id"));
    let receiver = receiver.transpose()?;
    let listed = world.allocations.iter().filter(|(_, one)| {
        one.credit_line_id == call.node
            && one.visible_from <= now
            && (!one.deleted || world.settings.revoked_listed)
            && (one.is_attached || world.settings.unattached_listed)
            && receiver.is_none_or(|receiver| one.business_id == receiver)
    });
    let listed: Result<Vec<_>, _> =
        listed.map(|(id, one)| allocation::render(world, call, id, one)).collect();
    let listed = listed?;
    match (world.settings.allocation_list, receiver, listed.as_slice()) {
        (ListForm::Object, Some(_), [only]) => Ok(only.clone().into()),
        _ => Ok(page(call, listed)?.into()),
    }
}
