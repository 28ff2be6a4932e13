//! Reads one field of a WABA that may be withheld from us (facts 4.1).

use handover_domain::ids::WabaId;

use crate::answer::Node;
use crate::call::{Call, Repeat};
use crate::error::Problem;
use crate::transport::{GraphRequest, Method};

/// `GET /<WABA_ID>?fields=<one>`, alone: no guide of Meta's says who may read these, and one that may not be read fails the
/// whole read.
#[derive(Debug, Clone)]
pub struct ReadWabaField {
    /// The WABA.
    pub waba: WabaId,
    /// Which.
    pub field: WabaField,
}

/// A field whose value is a word of Meta's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WabaField {
    /// Whether its business is verified: `verified`, `not_verified`, `pending`...
    Verification,
    /// To how many people a day its portfolio may write: `TIER_250`... Since v24 of the Graph API.
    MessagingLimit,
}

impl WabaField {
    /// Meta's name of it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Verification => "business_verification_status",
            Self::MessagingLimit => "whatsapp_business_manager_messaging_limit",
        }
    }
}

impl Call for ReadWabaField {
    /// The word as Meta writes it; none if the answer has none.
    type Answer = Option<String>;

    const NAME: &'static str = "read_waba_field";
    const REPEAT: Repeat = Repeat::Freely;

    fn request(&self) -> GraphRequest {
        GraphRequest::new::<Self>(Method::Get, self.waba.as_str()).query("fields", self.field.name())
    }

    fn answer(&self, answer: &Node<'_>) -> Result<Option<String>, Problem> {
        answer.is_about("id", &self.waba)?;
        answer.maybe(self.field.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{self, complaint, parse, refused};

    fn call(field: WabaField) -> ReadWabaField {
        ReadWabaField { waba: recorded::id("486585971195941"), field }
    }

    #[test]
    fn each_field_is_asked_for_alone() {
        insta::assert_snapshot!("verification", call(WabaField::Verification).request());
        insta::assert_snapshot!("messaging_limit", call(WabaField::MessagingLimit).request());
    }

    #[test]
    fn the_word_is_kept_as_meta_writes_it_or_there_is_none() {
        let body = include_str!("../../fixtures/read_waba_field/not-verified.facts-4.1.json");
        let word = parse(&call(WabaField::Verification), 200, body).unwrap();
        assert_eq!(word.as_deref(), Some("not_verified"));
        let body = include_str!("../../fixtures/read_waba_field/limit.facts-4.1.json");
        let word = parse(&call(WabaField::MessagingLimit), 200, body).unwrap();
        assert_eq!(word.as_deref(), Some("TIER_250"));
        let none = r#"{"id":"486585971195941"}"#;
        assert_eq!(parse(&call(WabaField::MessagingLimit), 200, none).unwrap(), None);
    }

    #[test]
    fn a_field_that_is_not_for_us_is_withheld() {
        let body = include_str!("../../fixtures/read_waba_field/refused-field.facts-4.1.json");
        assert!(refused(&call(WabaField::Verification), 403, body).withholds_a_field());
    }

    #[test]
    fn another_shape_is_named() {
        let odd = r#"{"id":"486585971195941","business_verification_status":{"status":"verified"}}"#;
        let told = complaint(&call(WabaField::Verification), 200, odd);
        assert!(told.starts_with("`business_verification_status` should be"), "{told}");
    }
}
