//! `/{waba}/subscribed_apps`: whether our app gets a WABA's webhooks (facts 4.3).

use serde_json::json;

use super::{Reply, success};
use crate::error::GraphError;
use crate::http::Call;
use crate::paging::page;
use crate::simulator::Simulator;
use crate::world::Waba;

const LONGEST_CALLBACK: usize = 200;

pub(super) fn list(simulator: &mut Simulator, call: &Call) -> Reply {
    let world = &simulator.world;
    let caller = world.caller(call, simulator.now)?;
    let waba = world.reach_waba(&caller, call, &call.node)?;
    let apps = waba.subscribed_apps.iter().map(|(id, callback)| {
        let name = if *id == world.app.id { world.app.name.as_str() } else { "Another app" };
        let app =
            json!({ "id": id, "name": name, "link": format!("https://www.facebook.com/games/?app_id={id}") });
        match callback {
            Some(callback) => json!({ "whatsapp_business_api_data": app, "override_callback_uri": callback }),
            None => json!({ "whatsapp_business_api_data": app }),
        }
    });
    Ok(page(call, apps.collect())?.into())
}

/// Subscribes the token's app. A call that names no override clears the one there was (facts 4.3).
pub(super) fn subscribe(simulator: &mut Simulator, call: &Call) -> Reply {
    let callback = match (call.parameter("override_callback_uri"), call.parameter("verify_token")) {
        (None, None) => None,
        (Some(callback), Some(_)) if callback.len() <= LONGEST_CALLBACK => Some(callback.to_owned()),
        (Some(_), Some(_)) => {
            return Err(GraphError::bad_parameter("override_callback_uri", "at most 200 characters"));
        }
        (Some(_), None) => return Err(GraphError::missing_parameter("verify_token")),
        (None, Some(_)) => return Err(GraphError::missing_parameter("override_callback_uri")),
    };
    let app = simulator.world.app.id.clone();
    editable(simulator, call)?.subscribed_apps.insert(app, callback);
    success()
}

pub(super) fn unsubscribe(simulator: &mut Simulator, call: &Call) -> Reply {
    let app = simulator.world.app.id.clone();
    editable(simulator, call)?.subscribed_apps.remove(&app);
    success()
}

fn editable<'a>(simulator: &'a mut Simulator, call: &Call) -> Result<&'a mut Waba, GraphError> {
    let caller = simulator.world.caller(call, simulator.now)?;
    simulator.world.reach_waba(&caller, call, &call.node)?;
    simulator.world.wabas.get_mut(&call.node).ok_or_else(|| call.missing_object())
}
