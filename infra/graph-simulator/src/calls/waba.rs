//! `GET /{waba}`: one WABA and its health (facts 4.1, 4.2).

use serde_json::{Value, json};

use super::Reply;
use crate::error::GraphError;
use crate::fields::{Field, Selection, not_readable};
use crate::http::Call;
use crate::simulator::Simulator;
use crate::world::{Waba, World};

/// What a read without `fields` gives.
const DEFAULT_FIELDS: &str = "id,name,currency,timezone_id,message_template_namespace";

pub(super) fn read(simulator: &mut Simulator, call: &Call) -> Reply {
    let world = &simulator.world;
    let caller = world.caller(call, simulator.now)?;
    let waba = world.reach_waba(&caller, call, &call.node)?;
    Ok(render(world, call, &call.node, waba, DEFAULT_FIELDS)?.into())
}

/// A WABA with the fields that the call asks for.
pub(super) fn render(
    world: &World,
    call: &Call,
    id: &str,
    waba: &Waba,
    default: &str,
) -> Result<Value, GraphError> {
    let selection = Selection::parse(call.parameter("fields").unwrap_or(default))?;
    selection
        .read("WhatsAppBusinessAccount", id, call.unreadable.as_deref(), |name| field(world, id, waba, name))
}

fn field(world: &World, id: &str, waba: &Waba, name: &str) -> Field {
    match name {
        _ if world.settings.unreadable_fields.contains(name) => Field::Refused(not_readable(name)),
        "name" => waba.name.clone().into(),
        "country" => "DE".into(),
        "creation_time" if !world.settings.creation_readable => Field::Unknown,
        "creation_time" => waba.creation_time.as_second().into(),
        "ownership_type" => waba.ownership_type.clone().into(),
        "owner_business_info" | "owner_business" if !world.settings.owner_readable => {
            Field::Refused(not_readable(name))
        }
        "owner_business_info" | "owner_business" => world.business(&waba.business_id).into(),
        "on_behalf_of_business_info" if waba.ownership_type == "ON_BEHALF_OF" => {
            let customer = waba.on_behalf_of.as_ref().unwrap_or(&waba.business_id);
            json!({ "id": customer, "status": "APPROVED", "type": "SELF" }).into()
        }
        "account_review_status" => waba.account_review_status.clone().into(),
        "business_verification_status" => waba.business_verification_status.clone().into(),
        "status" => "ACTIVE".into(),
        "currency" => waba.currency.clone().into(),
        "timezone_id" => waba.timezone_id.clone().into(),
        "message_template_namespace" => format!("namespace_{id}").into(),
        "primary_funding_id" if !world.settings.funding_readable => Field::Refused(not_readable(name)),
        "primary_funding_id" => Field::optional(world.shown_funding(waba)),
        "is_shared_with_partners" => (!waba.partners.is_empty()).into(),
        "health_status" => health(world, id, None).into(),
        "whatsapp_business_manager_messaging_limit" => waba.messaging_limit.clone().into(),
        "on_behalf_of_business_info" | "purchase_order_number" => Field::Absent,
        _ => Field::Unknown,
    }
}

impl World {
    /// `{id, name}` of a portfolio.
    pub(crate) fn business(&self, id: &str) -> Value {
        self.businesses
            .get(id)
            .map_or_else(|| json!({ "id": id }), |business| json!({ "id": id, "name": business.name }))
    }
}

/// `health_status` of a WABA, or of a number on it (facts 4.2). The overall word is that of the worst entity.
pub(super) fn health(world: &World, waba_id: &str, number_id: Option<&str>) -> Value {
    let waba = world.wabas.get(waba_id);
    let in_gap = waba.is_some_and(|waba| waba.unshared_at.is_some());
    let payment_problem = !world.can_send(waba_id) && (!in_gap || world.settings.gap_shows_in_health);
    let is_banned = waba.is_some_and(|waba| waba.is_banned);
    let is_verified = waba.is_none_or(|waba| waba.business_verification_status == "verified");
    let owner = waba.map(|waba| waba.business_id.as_str()).unwrap_or_default();

    let payment = payment_problem.then_some(PAYMENT_PROBLEM);
    let account = [payment, is_banned.then_some(BANNED)].into_iter().flatten().collect::<Vec<_>>();
    let business: &[_] = if is_verified { &[] } else { &[NOT_VERIFIED] };
    let state = match (account.is_empty(), business.is_empty()) {
        (false, _) => "BLOCKED",
        (true, false) => "LIMITED",
        (true, true) => "AVAILABLE",
    };
    let on_account = if account.is_empty() { "AVAILABLE" } else { "BLOCKED" };
    let on_business = if business.is_empty() { "AVAILABLE" } else { "LIMITED" };
    let number = number_id.map(|id| entity("PHONE_NUMBER", id, "AVAILABLE", &[]));
    let rest = [
        entity("WABA", waba_id, on_account, &account),
        entity("BUSINESS", owner, on_business, business),
        entity("APP", &world.app.id, "AVAILABLE", &[]),
    ];
    json!({ "can_send_message": state, "entities": number.into_iter().chain(rest).collect::<Vec<_>>() })
}

/// An error of an entity: code, description, possible solution (facts 4.2).
type Unwell = (u32, &'static str, &'static str);

const PAYMENT_PROBLEM: Unwell = (
    141_006,
    "There is an error with the payment method.",
    "Add a valid payment method to the WhatsApp Business Account.",
);
const NOT_VERIFIED: Unwell =
    (141_010, "The business is not verified.", "Complete the verification of the business.");
const BANNED: Unwell = (141_014, "The WhatsApp Business Account is banned.", "Ask for a review.");

fn entity(kind: &str, id: &str, can_send: &str, unwell: &[Unwell]) -> Value {
    let mut entity = json!({ "entity_type": kind, "id": id, "can_send_message": can_send });
    let error = |(code, description, solution): &Unwell| json!({ "error_code": code, "error_description": description, "possible_solution": solution });
    if !unwell.is_empty()
        && let Some(entity) = entity.as_object_mut()
    {
        entity.insert("errors".to_owned(), unwell.iter().map(error).collect());
    }
    entity
}
