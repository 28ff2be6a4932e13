//! `POST /{phone_number}/messages`: the plainest proof that a customer can send (the page: 131042).

use serde_json::json;

use super::Reply;
use crate::error::GraphError;
use crate::http::Call;
use crate::simulator::Simulator;

pub(super) fn send(simulator: &mut Simulator, call: &Call) -> Reply {
    let world = &mut simulator.world;
    let caller = world.caller(call, simulator.now)?;
    let number = world.reach_number(&caller, call)?;
    let (status, waba_id) = (number.status.clone(), number.waba_id.clone());
    if call.required("messaging_product")? != "whatsapp" {
        return Err(GraphError::bad_parameter("messaging_product", "whatsapp"));
    }
    let to = call.required("to")?.to_owned();
    if status != "CONNECTED" {
        return Err(GraphError::new(
            133_010,
            "Phone number is not registered on the WhatsApp Business Platform.",
        ));
    }
    if !world.can_send(&waba_id) {
        let details = "There was an error related to the payment method of the account.";
        return Err(GraphError::new(131_042, "Business eligibility payment issue").details(details));
    }
    let id = format!("wamid.{}", world.new_id());
    let contact = json!({ "input": to, "wa_id": to.trim_start_matches('+') });
    Ok(json!({ "messaging_product": "whatsapp", "contacts": [contact], "messages": [{ "id": id }] }).into())
}
