//! `/{waba}/assigned_users`: which of our system users work on a WABA (facts 4.4).

use serde_json::json;

use super::{Reply, success};
use crate::error::GraphError;
use crate::http::Call;
use crate::paging::page;
use crate::simulator::Simulator;
use crate::world::Waba;

const TASKS: [&str; 15] = [
    "MANAGE",
    "DEVELOP",
    "MANAGE_TEMPLATES",
    "MANAGE_PHONE",
    "VIEW_COST",
    "MANAGE_EXTENSIONS",
    "VIEW_PHONE_ASSETS",
    "MANAGE_PHONE_ASSETS",
    "VIEW_TEMPLATES",
    "MESSAGING",
    "VIEW_INSIGHTS",
    "MANAGE_BILLING",
    "MANAGE_USERS",
    "RECEIVE_INCOMING_MESSAGES",
    "FULL_CONTROL",
];

pub(super) fn list(simulator: &mut Simulator, call: &Call) -> Reply {
    let world = &simulator.world;
    let caller = world.caller(call, simulator.now)?;
    let waba = world.reach_waba(&caller, call, &call.node)?;
    let ours = call.required_id("business")? == world.partner_id;
    let users = waba.assigned_users.iter().filter(|_| ours).map(|(id, tasks)| {
        let name = world.system_users.get(id).map(|user| user.name.as_str()).unwrap_or_default();
        json!({ "id": id, "name": name, "tasks": tasks })
    });
    Ok(page(call, users.collect())?.into())
}

pub(super) fn assign(simulator: &mut Simulator, call: &Call) -> Reply {
    let user = call.required_id("user")?.to_owned();
    let tasks: Vec<String> = serde_json::from_str(call.required("tasks")?)
        .map_err(|_| GraphError::bad_parameter("tasks", "a JSON list of tasks, e.g. [\"MANAGE\"]"))?;
    if tasks.is_empty() || tasks.iter().any(|task| !TASKS.contains(&task.as_str())) {
        return Err(GraphError::bad_parameter("tasks", &format!("some of {}", TASKS.join(", "))));
    }
    if !simulator.world.system_users.contains_key(&user) {
        return Err(GraphError::new(100, format_args!("{user} is not a system user of the portfolio.")));
    }
    let refuse_again = simulator.world.settings.repeated_assignment_refused;
    let waba = editable(simulator, call)?;
    if refuse_again && waba.assigned_users.get(&user) == Some(&tasks) {
        return Err(GraphError::new(100, "The user is already assigned to this WhatsApp Business Account."));
    }
    waba.assigned_users.insert(user, tasks);
    success()
}

pub(super) fn unassign(simulator: &mut Simulator, call: &Call) -> Reply {
    let user = call.required_id("user")?.to_owned();
    editable(simulator, call)?.assigned_users.remove(&user);
    success()
}

fn editable<'a>(simulator: &'a mut Simulator, call: &Call) -> Result<&'a mut Waba, GraphError> {
    let caller = simulator.world.caller(call, simulator.now)?;
    caller.is_admin()?;
    simulator.world.reach_waba(&caller, call, &call.node)?;
    simulator.world.wabas.get_mut(&call.node).ok_or_else(|| call.missing_object())
}
