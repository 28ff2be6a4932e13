//! Reads when a WABA was made (facts 4.1).

use handover_domain::ids::WabaId;
use jiff::Timestamp;

use crate::answer::Node;
use crate::call::{Call, Repeat};
use crate::error::Problem;
use crate::transport::{GraphRequest, Method};

/// `GET /<WABA_ID>?fields=creation_time`, alone: Meta's SDKs name the field and no guide does, and one that may not be read
/// fails the whole read.
#[derive(Debug, Clone)]
pub struct ReadCreation {
    /// The WABA.
    pub waba: WabaId,
}

impl Call for ReadCreation {
    /// To the second; none if Meta does not say.
    type Answer = Option<Timestamp>;

    const NAME: &'static str = "read_creation";
    const REPEAT: Repeat = Repeat::Freely;

    fn request(&self) -> GraphRequest {
        GraphRequest::new::<Self>(Method::Get, self.waba.as_str()).query("fields", "creation_time")
    }

    fn answer(&self, answer: &Node<'_>) -> Result<Option<Timestamp>, Problem> {
        answer.is_about("id", &self.waba)?;
        answer.maybe("creation_time")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{self, complaint, parse, refused};

    fn call() -> ReadCreation {
        ReadCreation { waba: recorded::id("486585971195941") }
    }

    #[test]
    fn the_request_asks_for_that_field_alone() {
        insta::assert_snapshot!(call().request());
    }

    #[test]
    fn it_was_made_at_a_second_or_meta_does_not_say() {
        let made = include_str!("../../fixtures/read_creation/made.facts-4.1.json");
        assert_eq!(parse(&call(), 200, made).unwrap(), Some("2026-04-28T10:00:00Z".parse().unwrap()));
        assert_eq!(parse(&call(), 200, r#"{"id":"486585971195941"}"#).unwrap(), None);
        let odd = r#"{"id":"486585971195941","creation_time":"yesterday"}"#;
        assert_eq!(complaint(&call(), 200, odd), "`creation_time` should be a moment in seconds since 1970");
    }

    #[test]
    fn a_field_that_meta_does_not_know_is_withheld() {
        let body = include_str!("../../fixtures/read_creation/refused-unknown-field.facts-4.1.json");
        assert!(refused(&call(), 400, body).withholds_a_field());
    }
}
