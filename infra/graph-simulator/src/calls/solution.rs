//! Solutions and the requests to let a WABA into one (facts 10).

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::Reply;
use crate::error::GraphError;
use crate::fields::{Field, Selection};
use crate::http::Call;
use crate::paging::page;
use crate::simulator::Simulator;
use crate::world::{Intent, RepeatedIntent, Waba, World};

/// What a read of a solution without `fields` gives.
const DEFAULT_FIELDS: &str = "id,name,status";
/// What a read of an intent without `fields` gives.
const INTENT_FIELDS: &str = "id,status,solution";
const ACTIVE: &str = "ACTIVE";

/// `POST /{waba}/set_solution_migration_intent`: the customer is asked.
pub(super) fn set_intent(simulator: &mut Simulator, call: &Call) -> Reply {
    let now = simulator.now;
    let world = &mut simulator.world;
    let caller = world.caller(call, now)?;
    let waba = world.reach_waba(&caller, call, &call.node)?.clone();
    let solution_id = match call.parameter("app_id") {
        Some(app) if *app == world.app.id => None,
        Some(_) => return Err(GraphError::bad_parameter("app_id", "the app of the caller")),
        None => Some(call.required("solution_id")?.to_owned()),
    };
    if let Some(id) = &solution_id {
        world.lets_in(id, &waba)?;
    }
    let mut earlier = world.intents.iter().filter(|(_, intent)| intent.waba_id == call.node);
    let is_open = |intent: &Intent| intent.status == "INITIATED";
    if earlier.clone().any(|(_, intent)| is_open(intent) && intent.solution_id != solution_id) {
        let refused = "The WhatsApp Business Account is already marked for another solution.";
        return Err(GraphError::new(100, refused).subcode(2_593_079));
    }
    if let Some((id, _)) = earlier.find(|(_, intent)| is_open(intent))
        && world.settings.repeated_intent == RepeatedIntent::Same
    {
        return Ok(json!({ "id": id }).into());
    }
    let id = world.new_id();
    let waba_id = call.node.clone();
    let status = "INITIATED".to_owned();
    let intent = Intent { waba_id, solution_id, status, made_at: now, destination_waba: None };
    world.intents.insert(id.clone(), intent);
    Ok(json!({ "id": id }).into())
}

/// `GET /{intent}`.
pub(super) fn read_intent(simulator: &mut Simulator, call: &Call) -> Reply {
    let world = &simulator.world;
    let caller = world.caller(call, simulator.now)?;
    let intent = world.intents.get(&call.node).ok_or_else(|| call.missing_object())?;
    world.reach_waba(&caller, call, &intent.waba_id).map_err(|_| call.missing_object())?;
    let selection = Selection::parse(call.parameter("fields").unwrap_or(INTENT_FIELDS))?;
    let read = selection.read(
        "WhatsAppBusinessAccountMigrationIntent",
        &call.node,
        call.unreadable.as_deref(),
        |name| match name {
            "status" => intent.status.clone().into(),
            "solution" => Field::optional(intent.solution_id.as_ref().map(|id| world.solution(id))),
            "destination_waba" => {
                Field::optional(intent.destination_waba.as_ref().map(|id| json!({ "id": id })))
            }
            _ => Field::Unknown,
        },
    );
    Ok(read?.into())
}

/// `GET /{solution}`.
pub(super) fn read(simulator: &mut Simulator, call: &Call) -> Reply {
    let world = &simulator.world;
    world.caller(call, simulator.now)?.is_system_user()?;
    let solution = world.solutions.get(&call.node).ok_or_else(|| call.missing_object())?;
    let selection = Selection::parse(call.parameter("fields").unwrap_or(DEFAULT_FIELDS))?;
    let read =
        selection.read(
            "WhatsAppBusinessSolution",
            &call.node,
            call.unreadable.as_deref(),
            |name| match name {
                "name" => solution.name.clone().into(),
                "status" => solution.status.clone().into(),
                "status_for_pending_request" => "NONE".into(),
                _ => Field::Unknown,
            },
        );
    Ok(read?.into())
}

/// `GET /{waba}/solutions`.
pub(super) fn of_waba(simulator: &mut Simulator, call: &Call) -> Reply {
    let world = &simulator.world;
    let caller = world.caller(call, simulator.now)?;
    let waba = world.reach_waba(&caller, call, &call.node)?;
    let listed = waba.solutions.iter().filter(|_| world.lists(waba, simulator.now));
    let solutions: Vec<Value> = listed.map(|id| world.solution(id)).collect();
    Ok(page(call, solutions)?.into())
}

impl World {
    /// Whether a WABA may be asked into the solution: it is active, and the WABA is in no other one, unless the apps of
    /// both belong to one portfolio (the page, "Requirements").
    fn lets_in(&self, solution_id: &str, waba: &Waba) -> Result<(), GraphError> {
        let solution =
            self.solutions.get(solution_id).ok_or_else(|| GraphError::missing_object("GET", solution_id))?;
        if solution.status != ACTIVE {
            return Err(GraphError::new(100, "The solution is not active."));
        }
        let is_in_another = waba.solutions.iter().any(|id| *id != solution_id && self.is_active(id));
        if is_in_another && !solution.one_portfolio {
            let refused = "The WhatsApp Business Account is part of another active solution.";
            return Err(GraphError::new(100, refused));
        }
        Ok(())
    }

    fn is_active(&self, solution: &str) -> bool {
        self.solutions.get(solution).is_some_and(|solution| solution.status == ACTIVE)
    }

    /// `{id, name, status}` of a solution.
    pub(super) fn solution(&self, id: &str) -> Value {
        match self.solutions.get(id) {
            Some(solution) => json!({ "id": id, "name": solution.name, "status": solution.status }),
            None => json!({ "id": id }),
        }
    }

    /// Meta accepts what nobody has answered for so long (the page).
    pub(crate) fn accept_old_intents(&mut self, now: jiff::Timestamp) {
        let waits = SignedDuration::from_hours(24 * i64::from(self.settings.intent_days));
        let is_old =
            |(_, intent): &(&String, &Intent)| intent.status == "INITIATED" && intent.made_at + waits <= now;
        let old: Vec<String> = self.intents.iter().filter(is_old).map(|(id, _)| id.clone()).collect();
        for id in old {
            self.accept_intent(&id, now);
        }
    }

    /// A WABA that is in no other solution joins this one and stays the one that it is. For one that changes its solution
    /// Meta makes a new WABA, of the same business, which is in the solution and shared with us; its number moves later
    /// (facts 10.2).
    pub(crate) fn accept_intent(&mut self, id: &str, now: jiff::Timestamp) {
        let Some(intent) = self.intents.get(id).cloned() else { return };
        let Some(waba) = self.wabas.get(&intent.waba_id).cloned() else { return };
        let is_another = |solution: &String| Some(solution) != intent.solution_id.as_ref();
        let changes = waba.solutions.iter().any(|id| is_another(id) && self.is_active(id));
        let mut destination_waba = None;
        if changes {
            let mut new = waba.anew(now, intent.solution_id.iter().cloned().collect());
            new.partners.insert(self.partner_id.clone());
            new.copies_from = Some(intent.waba_id.clone());
            let new_id = self.new_id();
            self.wabas.insert(new_id.clone(), new);
            destination_waba = Some(new_id);
        } else if let Some(waba) = self.wabas.get_mut(&intent.waba_id) {
            waba.solutions.extend(intent.solution_id.clone());
        }
        let accepted = Intent { status: "ACCEPTED".to_owned(), destination_waba, ..intent };
        self.intents.insert(id.to_owned(), accepted);
    }

    /// When Meta accepts the next request by itself.
    pub(crate) fn next_intent_at(&self) -> Option<jiff::Timestamp> {
        let waits = SignedDuration::from_hours(24 * i64::from(self.settings.intent_days));
        let open = self.intents.values().filter(|intent| intent.status == "INITIATED");
        open.map(|intent| intent.made_at + waits).min()
    }
}
