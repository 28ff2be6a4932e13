//! Numbers: list, read, PIN, register and deregister (facts 6).

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Reply, success, waba};
use crate::error::GraphError;
use crate::fields::{Field, Selection, not_readable};
use crate::http::Call;
use crate::paging::page;
use crate::simulator::Simulator;
use crate::world::{PhoneNumber, World};

const DEFAULT_FIELDS: &str = "verified_name,display_phone_number,id,quality_rating";
/// Ten `register` and ten `deregister` requests per number in 72 hours, whatever they answer (facts 6.5, 6.6).
const REQUESTS: usize = 10;
const WINDOW: SignedDuration = SignedDuration::from_hours(72);

pub(super) fn list(simulator: &mut Simulator, call: &Call) -> Reply {
    let world = &simulator.world;
    let caller = world.caller(call, simulator.now)?;
    let waba = world.reach_waba(&caller, call, &call.node)?;
    let is_listed = world.lists(waba, simulator.now);
    let numbers = world.phone_numbers.iter().filter(|(_, number)| is_listed && number.waba_id == call.node);
    let numbers: Result<Vec<_>, _> = numbers.map(|(id, number)| render(world, call, id, number)).collect();
    Ok(page(call, numbers?)?.into())
}

/// `POST /{waba}/phone_numbers` with `migrate_phone_number`: the number is on this WABA too from then on, and works on the
/// other until it is registered anew.
pub(super) fn begin_move(simulator: &mut Simulator, call: &Call) -> Reply {
    let world = &mut simulator.world;
    let caller = world.caller(call, simulator.now)?;
    let business_id = world.reach_waba(&caller, call, &call.node)?.business_id.clone();
    if call.required("migrate_phone_number")? != "true" {
        return Err(GraphError::bad_parameter("migrate_phone_number", "true; a number is not made here"));
    }
    let asked = format!("{}{}", call.required("cc")?, call.required("phone_number")?);
    let is_asked = |number: &&PhoneNumber| digits(&number.display_phone_number) == asked;
    let mut same = world.phone_numbers.values().filter(is_asked);
    if same.clone().any(|number| number.waba_id == call.node) {
        let there = "This phone number is already in the list of phone numbers.";
        return Err(GraphError::new(100, there).subcode(2_388_012));
    }
    let refused = |why: &str| GraphError::new(100, why).subcode(2_388_103);
    let number = same.next().ok_or_else(|| refused("The number is not on another account."))?.clone();
    if number.pin.is_some() {
        return Err(GraphError::new(100, "Turn two-step verification off.").subcode(2_388_001));
    }
    if world.wabas.get(&number.waba_id).is_none_or(|waba| waba.business_id != business_id) {
        return Err(refused("The businesses of both accounts differ."));
    }
    can_take(world, &call.node)?;
    // Where the customer has accepted a request, Meta knows that they want it (facts 6.4).
    let is_asked_for =
        world.intents.values().any(|intent| intent.destination_waba.as_deref() == Some(&call.node));
    let number = PhoneNumber { is_verified: is_asked_for, code: None, ..number };
    let id = world.add_moving_number(&call.node, number);
    Ok(json!({ "id": id }).into())
}

/// What Meta wants of a destination (facts 13.5).
fn can_take(world: &World, waba_id: &str) -> Result<(), GraphError> {
    let refused = |why: &str| GraphError::new(100, why).subcode(2_388_103);
    let Some(waba) = world.wabas.get(waba_id) else { return Ok(()) };
    if waba.account_review_status != "APPROVED" {
        return Err(refused("The destination account is not approved."));
    }
    if waba.subscribed_apps.is_empty() {
        return Err(refused("No app is subscribed to the webhooks of the destination account."));
    }
    if waba.funding.is_none() {
        return Err(refused("The destination account has no payment method or credit line."));
    }
    Ok(())
}

fn digits(display: &str) -> String {
    display.chars().filter(char::is_ascii_digit).collect()
}

pub(super) fn read(simulator: &mut Simulator, call: &Call) -> Reply {
    let world = &simulator.world;
    let caller = world.caller(call, simulator.now)?;
    let number = world.reach_number(&caller, call)?;
    Ok(render(world, call, &call.node, number)?.into())
}

fn render(world: &World, call: &Call, id: &str, number: &PhoneNumber) -> Result<Value, GraphError> {
    let selection = Selection::parse(call.parameter("fields").unwrap_or(DEFAULT_FIELDS))?;
    let field = |name: &str| field(world, id, number, name);
    selection.read("WhatsAppBusinessPhoneNumber", id, call.unreadable.as_deref(), field)
}

fn field(world: &World, id: &str, number: &PhoneNumber, name: &str) -> Field {
    let limit = || world.wabas.get(&number.waba_id).map(|waba| waba.messaging_limit.clone());
    match name {
        _ if world.settings.unreadable_fields.contains(name) => Field::Refused(not_readable(name)),
        "display_phone_number" => number.display_phone_number.clone().into(),
        "verified_name" => number.verified_name.clone().into(),
        "status" => number.status.clone().into(),
        "quality_rating" => number.quality_rating.clone().into(),
        "code_verification_status" if number.is_verified => "VERIFIED".into(),
        "code_verification_status" => "NOT_VERIFIED".into(),
        "name_status" => number.name_status.clone().into(),
        "new_name_status" => "NONE".into(),
        "platform_type" | "host_platform" => number.platform_type.clone().into(),
        "account_mode" => "LIVE".into(),
        "throughput" => json!({ "level": number.throughput }).into(),
        "messaging_limit_tier" => Field::optional(limit()),
        "is_official_business_account" => false.into(),
        "is_on_biz_app" => number.is_on_biz_app.into(),
        "is_pin_enabled" if !world.settings.two_step_readable => Field::Unknown,
        "is_pin_enabled" => number.pin.is_some().into(),
        "whatsapp_business_account" => json!({ "id": number.waba_id }).into(),
        "health_status" => waba::health(world, &number.waba_id, Some(id)).into(),
        "last_onboarded_time" | "certificate" | "new_certificate" | "webhook_configuration" => Field::Absent,
        _ => Field::Unknown,
    }
}

/// Sets a PIN without asking for the old one (facts 6.7).
pub(super) fn set_pin(simulator: &mut Simulator, call: &Call) -> Reply {
    let pin = pin_of(call)?;
    let can_be_set = simulator.world.settings.pin_can_be_set;
    let number = editable(simulator, call)?;
    if !can_be_set && number.status != "CONNECTED" {
        return Err(GraphError::new(100, "The PIN of a number that is not registered cannot be set."));
    }
    number.pin = Some(pin);
    success()
}

pub(super) fn register(simulator: &mut Simulator, call: &Call) -> Reply {
    let now = simulator.now;
    let settings = simulator.world.settings.clone();
    let number = editable(simulator, call)?;
    within_budget(&mut number.registered_at, now)?;
    if call.required("messaging_product")? != "whatsapp" {
        return Err(GraphError::bad_parameter("messaging_product", "whatsapp"));
    }
    let pin = pin_of(call)?;
    if number.is_on_biz_app {
        let text =
            "The phone number is registered in the WhatsApp Business app and cannot be registered here.";
        return Err(GraphError::new(100, text));
    }
    if !number.is_verified {
        let details = "The phone number must be verified before it is registered.";
        return Err(GraphError::new(133_006, "Phone number re-verification needed").details(details));
    }
    if number.pin.as_ref().is_some_and(|set| *set != pin) {
        let details = "The two-step verification PIN does not match the one that is set.";
        return Err(GraphError::new(133_005, "Two step verification PIN Mismatch").details(details));
    }
    let waba_id = number.waba_id.clone();
    if !settings.register_before_first && !simulator.world.can_send(&waba_id) {
        return Err(GraphError::new(100, "The WhatsApp Business Account cannot register numbers yet."));
    }
    let number = editable(simulator, call)?;
    number.pin = Some(pin);
    "CONNECTED".clone_into(&mut number.status);
    "CLOUD_API".clone_into(&mut number.platform_type);
    let display = number.display_phone_number.clone();
    simulator.world.leaves_other_wabas(&display, &call.node);
    success()
}

pub(super) fn deregister(simulator: &mut Simulator, call: &Call) -> Reply {
    let now = simulator.now;
    let number = editable(simulator, call)?;
    within_budget(&mut number.deregistered_at, now)?;
    if number.is_on_biz_app || number.platform_type == "NOT_APPLICABLE" {
        return Err(GraphError::new(100, "The phone number is not registered.").subcode(2_207_051));
    }
    "DISCONNECTED".clone_into(&mut number.status);
    "NOT_APPLICABLE".clone_into(&mut number.platform_type);
    success()
}

impl World {
    /// The number as it is on the WABA into which it moves, before it is registered there; its id.
    pub(crate) fn add_moving_number(&mut self, waba_id: &str, number: PhoneNumber) -> String {
        let id = self.new_id();
        let added = PhoneNumber {
            waba_id: waba_id.to_owned(),
            status: "PENDING".to_owned(),
            platform_type: "NOT_APPLICABLE".to_owned(),
            pin: None,
            registered_at: Vec::new(),
            deregistered_at: Vec::new(),
            ..number
        };
        self.phone_numbers.insert(id.clone(), added);
        id
    }

    /// The number is where it was registered last, and nowhere else (facts 6.5).
    fn leaves_other_wabas(&mut self, display: &str, registered: &str) {
        let elsewhere = self.phone_numbers.iter_mut().filter(|(id, _)| *id != registered);
        for (_, number) in elsewhere.filter(|(_, number)| number.display_phone_number == display) {
            "MIGRATED".clone_into(&mut number.status);
            "NOT_APPLICABLE".clone_into(&mut number.platform_type);
        }
    }
}

/// Counts a request. The eleventh locks the number for 72 hours from that moment (facts 0.17).
fn within_budget(requests: &mut Vec<Timestamp>, now: Timestamp) -> Result<(), GraphError> {
    requests.retain(|earlier| now.duration_since(*earlier) < WINDOW);
    if requests.len() < REQUESTS {
        requests.push(now);
        return Ok(());
    }
    if requests.len() == REQUESTS {
        // The refusal that locks; later ones leave the lock where it is.
        requests.fill(now);
        requests.push(now);
    }
    let details = "Too many registration attempts for this number in the last 72 hours.";
    Err(GraphError::new(133_016, "Account register deregister rate limit exceeded").details(details))
}

fn pin_of(call: &Call) -> Result<String, GraphError> {
    let pin = call.required("pin")?;
    let is_pin = pin.len() == 6 && pin.bytes().all(|byte| byte.is_ascii_digit());
    is_pin.then(|| pin.to_owned()).ok_or_else(|| GraphError::bad_parameter("pin", "six digits"))
}

pub(super) fn editable<'a>(
    simulator: &'a mut Simulator,
    call: &Call,
) -> Result<&'a mut PhoneNumber, GraphError> {
    let caller = simulator.world.caller(call, simulator.now)?;
    simulator.world.reach_number(&caller, call)?;
    simulator.world.phone_numbers.get_mut(&call.node).ok_or_else(|| call.missing_object())
}
