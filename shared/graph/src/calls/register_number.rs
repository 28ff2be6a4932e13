//! Registers a phone number on the Cloud API (facts 6.5).

use handover_domain::ids::PhoneNumberId;

use crate::answer::Node;
use crate::call::{Call, Repeat};
use crate::error::Problem;
use crate::secret::Pin;
use crate::transport::{GraphRequest, Method};

/// `POST /<PHONE_NUMBER_ID>/register`.
///
/// Meta allows ten of these per number in 72 hours and then locks the number for as long (facts 0.17), so
/// each is recorded before it is made.
#[derive(Debug, Clone)]
pub struct RegisterNumber {
    /// The number.
    pub number: PhoneNumberId,
    /// The PIN of its two-step verification; if that is off, the one it gets.
    pub pin: Pin,
}

impl Call for RegisterNumber {
    type Answer = ();

    const NAME: &'static str = "register_number";
    const REPEAT: Repeat = Repeat::AfterLooking;

    fn request(&self) -> GraphRequest {
        GraphRequest::new::<Self>(Method::Post, format!("{}/register", self.number))
            .form("messaging_product", "whatsapp")
            .form("pin", self.pin.digits())
    }

    fn answer(&self, answer: &Node<'_>) -> Result<(), Problem> {
        answer.success()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{self, complaint, parse, refused};

    fn call() -> RegisterNumber {
        RegisterNumber {
            number: recorded::id("106853218861309"),
            pin: Pin::new("012345".to_owned().into()).unwrap(),
        }
    }

    #[test]
    fn the_request_hides_the_pin() {
        insta::assert_snapshot!(call().request());
    }

    #[test]
    fn a_registration_is_confirmed() {
        parse(&call(), 200, include_str!("../../fixtures/register_number/registered.facts-21.json")).unwrap();
    }

    #[test]
    fn each_documented_refusal_keeps_its_code() {
        for (body, code) in [
            (include_str!("../../fixtures/register_number/refused-133000.facts-13.4.json"), 133_000),
            (include_str!("../../fixtures/register_number/refused-133004.facts-13.4.json"), 133_004),
            (include_str!("../../fixtures/register_number/refused-133005.facts-13.4.json"), 133_005),
            (include_str!("../../fixtures/register_number/refused-133006.facts-13.4.json"), 133_006),
            (include_str!("../../fixtures/register_number/refused-133008.facts-13.4.json"), 133_008),
            (include_str!("../../fixtures/register_number/refused-133009.facts-13.4.json"), 133_009),
            (include_str!("../../fixtures/register_number/refused-133010.facts-13.4.json"), 133_010),
            (include_str!("../../fixtures/register_number/refused-133015.facts-13.4.json"), 133_015),
            (include_str!("../../fixtures/register_number/refused-133016.facts-21.json"), 133_016),
        ] {
            let refused = refused(&call(), 400, body);
            assert_eq!(refused.code, code);
            assert!(refused.details.is_some(), "{code}");
        }
    }

    #[test]
    fn a_registration_that_meta_does_not_confirm_is_none() {
        assert_eq!(complaint(&call(), 200, r#"{"success":false}"#), "`success` should be true");
    }
}
