//! Sets the PIN of a number's two-step verification (facts 6.7).

use handover_domain::ids::PhoneNumberId;

use crate::answer::Node;
use crate::call::{Call, Repeat};
use crate::error::Problem;
use crate::secret::Pin;
use crate::transport::{GraphRequest, Method};

/// `POST /<PHONE_NUMBER_ID>`: replaces whatever PIN the number has; the old one is not needed.
///
/// To set the same PIN twice changes nothing, so it may be repeated.
#[derive(Debug, Clone)]
pub struct SetPin {
    /// The number.
    pub number: PhoneNumberId,
    /// Its PIN from now on.
    pub pin: Pin,
}

impl Call for SetPin {
    type Answer = ();

    const NAME: &'static str = "set_pin";
    const REPEAT: Repeat = Repeat::AfterLooking;

    fn request(&self) -> GraphRequest {
        GraphRequest::new::<Self>(Method::Post, self.number.as_str()).form("pin", self.pin.digits())
    }

    fn answer(&self, answer: &Node<'_>) -> Result<(), Problem> {
        answer.success()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{self, complaint, parse};

    fn call() -> SetPin {
        SetPin { number: recorded::id("106853218861309"), pin: Pin::new("012345".to_owned().into()).unwrap() }
    }

    #[test]
    fn the_request_shows_the_number_and_not_the_pin() {
        insta::assert_snapshot!(call().request());
    }

    #[test]
    fn a_pin_that_is_set_is_a_success() {
        parse(&call(), 200, include_str!("../../fixtures/set_pin/done.facts-6.7.json")).unwrap();
    }

    #[test]
    fn anything_but_success_cannot_be_read_as_one() {
        assert_eq!(complaint(&call(), 200, r#"{"success":false}"#), "`success` should be true");
    }
}
