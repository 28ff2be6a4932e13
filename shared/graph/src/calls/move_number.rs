//! Starts the move of a number into another WABA of the same business (facts 6.3).

use handover_domain::ids::{PhoneNumberId, WabaId};
use handover_domain::number::DisplayNumber;

use crate::answer::Node;
use crate::call::{Call, Repeat};
use crate::error::Problem;
use crate::transport::{GraphRequest, Method};

/// `POST /<WABA_ID>/phone_numbers` with `migrate_phone_number`, on the WABA into which the number moves.
///
/// The number works on its old WABA until it is registered on the new one (facts 6.5). What a second call does while the
/// first is pending, nobody says (facts 18).
#[derive(Debug, Clone)]
pub struct MoveNumber {
    /// The WABA into which it moves.
    pub waba: WabaId,
    /// The number.
    pub number: DisplayNumber,
}

impl Call for MoveNumber {
    /// The id that the number has from now on, which may be another.
    type Answer = PhoneNumberId;

    const NAME: &'static str = "move_number";
    const REPEAT: Repeat = Repeat::WithProof;

    fn request(&self) -> GraphRequest {
        let (calling_code, rest) = self.number.split();
        GraphRequest::new::<Self>(Method::Post, format!("{}/phone_numbers", self.waba))
            .form("cc", calling_code)
            .form("phone_number", rest)
            .form("migrate_phone_number", "true")
    }

    fn answer(&self, answer: &Node<'_>) -> Result<PhoneNumberId, Problem> {
        answer.get("id")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{self, complaint, parse, refused};

    fn call() -> MoveNumber {
        MoveNumber { waba: recorded::id("486585971195941"), number: "+49 30 1234567".parse().unwrap() }
    }

    #[test]
    fn the_request_has_the_number_without_its_calling_code() {
        insta::assert_snapshot!(call().request());
    }

    #[test]
    fn a_number_that_moves_has_the_id_that_meta_answers() {
        let body = include_str!("../../fixtures/move_number/moving.facts-6.3.json");
        assert_eq!(parse(&call(), 200, body).unwrap(), recorded::id("106853218861310"));
        assert_eq!(complaint(&call(), 200, "{}"), "`id` should be the digits of a phone number id");
    }

    #[test]
    fn a_number_that_is_there_already_is_a_refusal_of_its_own() {
        let body = include_str!("../../fixtures/move_number/refused-there-already.facts-13.5.json");
        assert_eq!(refused(&call(), 400, body).subcode, Some(2_388_012));
    }
}
