//! The verification of a number that moves, by a code (facts 6.4).

use super::phone_number::editable;
use super::{Reply, success};
use crate::error::GraphError;
use crate::http::Call;
use crate::simulator::Simulator;

/// Each request sends another code, and the one before counts no longer.
pub(super) fn request(simulator: &mut Simulator, call: &Call) -> Reply {
    if !["SMS", "VOICE"].contains(&call.required("code_method")?) {
        return Err(GraphError::bad_parameter("code_method", "SMS or VOICE"));
    }
    call.required("language")?;
    let code = six_digits_of(&simulator.world.new_id());
    let number = editable(simulator, call)?;
    if number.is_verified {
        // Codes are for numbers that move (facts 13.5; 136024 was seen in the wild, facts 6.4).
        return Err(GraphError::new(136_024, "Request code error").subcode(2_388_091));
    }
    number.code = Some(code);
    success()
}

/// A code works once; how a wrong one is refused, no page says.
pub(super) fn verify(simulator: &mut Simulator, call: &Call) -> Reply {
    let given = call.required("code")?.to_owned();
    let refused_with = simulator.world.settings.wrong_code;
    let number = editable(simulator, call)?;
    if number.is_verified {
        return Err(GraphError::new(136_024, "Verify code error").subcode(2_388_093));
    }
    if number.code.as_ref() != Some(&given) {
        return Err(GraphError::new(refused_with, "The verification code is not right or has expired."));
    }
    number.is_verified = true;
    number.code = None;
    success()
}

fn six_digits_of(id: &str) -> String {
    id.chars().rev().take(6).collect()
}
