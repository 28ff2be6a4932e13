//! Lists of a portfolio: credit lines, system users, WABAs (facts 4.4, 5, 9.1).

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Reply, waba};
use crate::error::GraphError;
use crate::fields::{Field, Selection};
use crate::http::Call;
use crate::paging::page;
use crate::simulator::Simulator;
use crate::token::Caller;
use crate::world::{Role, Waba, World};

const WABA_FIELDS: &str = "id,name,currency,timezone_id,message_template_namespace";

pub(super) fn credit_lines(simulator: &mut Simulator, call: &Call) -> Reply {
    let world = &simulator.world;
    ours(simulator, call)?.handles_credit()?;
    let selection = Selection::parse(call.parameter("fields").unwrap_or("id,legal_entity_name"))?;
    let lines = world.credit_lines.iter().map(|(id, line)| {
        selection.read("ExtendedCredit", id, call.unreadable.as_deref(), |name| match name {
            "legal_entity_name" => line.legal_entity_name.clone().into(),
            "owner_business" => world.business(&world.partner_id).into(),
            "is_access_revoked" => false.into(),
            "allocated_amount" | "balance" | "credit_available" | "max_balance" => {
                json!({ "amount": "0", "currency": line.currency }).into()
            }
            _ => Field::Unknown,
        })
    });
    Ok(page(call, lines.collect::<Result<_, _>>()?)?.into())
}

pub(super) fn system_users(simulator: &mut Simulator, call: &Call) -> Reply {
    ours(simulator, call)?;
    let users = simulator.world.system_users.iter().map(|(id, user)| {
        let role = match user.role {
            Role::Admin => "ADMIN",
            Role::FinanceEditor => "FINANCE_EDITOR",
            Role::Employee => "EMPLOYEE",
        };
        json!({ "id": id, "name": user.name, "role": role })
    });
    Ok(page(call, users.collect())?.into())
}

pub(super) fn owned_wabas(simulator: &mut Simulator, call: &Call) -> Reply {
    wabas(simulator, call, |world, waba| waba.business_id == world.partner_id)
}

pub(super) fn client_wabas(simulator: &mut Simulator, call: &Call) -> Reply {
    let shared = |world: &World, waba: &Waba| waba.partners.contains(&world.partner_id);
    wabas(simulator, call, |world, waba| waba.business_id != world.partner_id && shared(world, waba))
}

fn wabas(simulator: &Simulator, call: &Call, belongs: impl Fn(&World, &Waba) -> bool) -> Reply {
    ours(simulator, call)?.is_admin()?;
    let world = &simulator.world;
    let filters = call.parameter("filtering").map_or(Ok(Vec::new()), Filter::parse)?;
    let found = world.wabas.iter().filter(|(_, waba)| belongs(world, waba));
    let found = found.filter(|(_, waba)| filters.iter().all(|filter| filter.keeps(waba)));
    let rendered: Result<Vec<_>, _> =
        found.map(|(id, waba)| waba::render(world, call, id, waba, WABA_FIELDS)).collect();
    Ok(page(call, rendered?)?.into())
}

/// The caller, if it is a system user and the path names its portfolio.
fn ours(simulator: &Simulator, call: &Call) -> Result<Caller, GraphError> {
    let caller = simulator.world.caller(call, simulator.now)?;
    if call.node != simulator.world.partner_id {
        return Err(call.missing_object());
    }
    caller.is_system_user()?;
    Ok(caller)
}

/// One of Meta's filters (facts 5.2); those on time and owner are followed, others refused.
#[derive(Deserialize)]
struct Filter {
    field: String,
    operator: String,
    value: Value,
}

impl Filter {
    fn parse(text: &str) -> Result<Vec<Self>, GraphError> {
        let filters: Vec<Self> = serde_json::from_str(text)
            .map_err(|_| GraphError::bad_parameter("filtering", "a JSON list of {field, operator, value}"))?;
        let known = |filter: &Self| match (filter.field.as_str(), filter.operator.as_str()) {
            ("ownership_type", "IN") => filter.value.is_array(),
            ("creation_time", "LESS_THAN" | "GREATER_THAN") => filter.seconds().is_some(),
            _ => false,
        };
        if filters.iter().all(known) {
            return Ok(filters);
        }
        Err(GraphError::bad_parameter(
            "filtering",
            "ownership_type IN [..] or creation_time LESS_THAN or GREATER_THAN",
        ))
    }

    fn seconds(&self) -> Option<i64> {
        self.value.as_i64().or_else(|| self.value.as_str()?.parse().ok())
    }

    fn keeps(&self, waba: &Waba) -> bool {
        let made = waba.creation_time.as_second();
        match self.operator.as_str() {
            "IN" => {
                self.value.as_array().is_some_and(|list| list.contains(&waba.ownership_type.as_str().into()))
            }
            "LESS_THAN" => self.seconds().is_some_and(|limit| made < limit),
            _ => self.seconds().is_some_and(|limit| made > limit),
        }
    }
}
