//! Reads whether two-step verification of a number is on (facts 6.2 and 7).

use handover_domain::ids::PhoneNumberId;

use crate::answer::Node;
use crate::call::{Call, Repeat};
use crate::error::Problem;
use crate::transport::{GraphRequest, Method};

/// `GET /<PHONE_NUMBER_ID>?fields=is_pin_enabled`, alone: no guide of Meta's names the field, and one that is not known
/// fails the whole read.
#[derive(Debug, Clone)]
pub struct ReadTwoStep {
    /// The number.
    pub number: PhoneNumberId,
}

impl Call for ReadTwoStep {
    /// None if Meta does not say.
    type Answer = Option<bool>;

    const NAME: &'static str = "read_two_step";
    const REPEAT: Repeat = Repeat::Freely;

    fn request(&self) -> GraphRequest {
        GraphRequest::new::<Self>(Method::Get, self.number.as_str()).query("fields", "is_pin_enabled")
    }

    fn answer(&self, answer: &Node<'_>) -> Result<Option<bool>, Problem> {
        answer.is_about("id", &self.number)?;
        answer.maybe("is_pin_enabled")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{self, parse, refused};

    fn call() -> ReadTwoStep {
        ReadTwoStep { number: recorded::id("106853218861309") }
    }

    #[test]
    fn the_request_asks_for_that_field_alone() {
        insta::assert_snapshot!(call().request());
    }

    #[test]
    fn it_is_on_or_off_or_meta_does_not_say() {
        let on = include_str!("../../fixtures/read_two_step/on.facts-6.2.json");
        assert_eq!(parse(&call(), 200, on).unwrap(), Some(true));
        assert_eq!(
            parse(&call(), 200, r#"{"id":"106853218861309","is_pin_enabled":false}"#).unwrap(),
            Some(false)
        );
        assert_eq!(parse(&call(), 200, r#"{"id":"106853218861309"}"#).unwrap(), None);
    }

    #[test]
    fn a_field_that_meta_does_not_know_is_a_refusal_of_code_100() {
        let body = include_str!("../../fixtures/read_two_step/refused-unknown-field.facts-6.2.json");
        assert_eq!(refused(&call(), 400, body).code, 100);
    }
}
