//! Our app: what its webhooks tell, and its solutions.

use serde_json::{Value, json};

use super::Reply;
use crate::error::GraphError;
use crate::http::Call;
use crate::paging::page;
use crate::simulator::Simulator;
use crate::token::Caller;

/// `GET /{app}/subscriptions`: with the token of the app itself, and no other.
pub(super) fn subscriptions(simulator: &mut Simulator, call: &Call) -> Reply {
    let world = &simulator.world;
    if world.caller(call, simulator.now)? != Caller::App {
        return Err(GraphError::no_permission("the access token of the app"));
    }
    if call.node != world.app.id {
        return Err(call.missing_object());
    }
    let fields: Vec<Value> =
        world.app.webhook_fields.iter().map(|name| json!({ "name": name, "version": "v25.0" })).collect();
    let subscription = json!({
        "object": "whatsapp_business_account",
        "callback_url": "https://partner.example/webhook",
        "active": true,
        "fields": fields,
    });
    let subscriptions = if world.app.webhook_fields.is_empty() { vec![] } else { vec![subscription] };
    Ok(json!({ "data": subscriptions }).into())
}

/// `GET /{app}/whatsapp_business_solutions`.
pub(super) fn solutions(simulator: &mut Simulator, call: &Call) -> Reply {
    let world = &simulator.world;
    world.caller(call, simulator.now)?.is_system_user()?;
    if call.node != world.app.id {
        return Err(call.missing_object());
    }
    let solutions: Vec<Value> = world.solutions.keys().map(|id| world.solution(id)).collect();
    Ok(page(call, solutions)?.into())
}
