//! Reads a WABA (facts 4.1).

use handover_domain::ids::WabaId;

use crate::answer::Node;
use crate::call::{Call, Repeat};
use crate::error::Problem;
use crate::transport::{GraphRequest, Method};
use crate::words::{Currency, Ownership, Review};

/// `GET /<WABA_ID>` with the fields that everybody with access may read.
///
/// Owner and funding are calls of their own: one field that may not be read fails the whole call.
#[derive(Debug, Clone)]
pub struct ReadWaba {
    /// The WABA.
    pub waba: WabaId,
}

/// A WABA as Meta describes it; what is missing is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waba {
    /// Its id.
    pub id: WabaId,
    /// Its name, for people.
    pub name: Option<String>,
    /// Who owns it.
    pub ownership: Option<Ownership>,
    /// What it is billed in; frozen once a credit line is attached.
    pub currency: Option<Currency>,
    /// Meta's own number for its time zone, from the table of ad accounts.
    pub timezone_id: Option<String>,
    /// What the review has come to.
    pub review: Option<Review>,
    /// A free word such as `ACTIVE`.
    pub status: Option<String>,
}

impl Call for ReadWaba {
    type Answer = Waba;

    const NAME: &'static str = "read_waba";
    const REPEAT: Repeat = Repeat::Freely;

    fn request(&self) -> GraphRequest {
        GraphRequest::new::<Self>(Method::Get, self.waba.as_str())
            .query("fields", "id,name,ownership_type,currency,timezone_id,account_review_status,status")
    }

    fn answer(&self, answer: &Node<'_>) -> Result<Waba, Problem> {
        answer.is_about("id", &self.waba)?;
        Ok(Waba {
            id: self.waba.clone(),
            name: answer.maybe("name")?,
            ownership: answer.maybe("ownership_type")?,
            currency: answer.maybe("currency")?,
            timezone_id: answer.maybe("timezone_id")?,
            review: answer.maybe("account_review_status")?,
            status: answer.maybe("status")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{self, complaint, parse, refused};

    fn call() -> ReadWaba {
        ReadWaba { waba: recorded::id("486585971195941") }
    }

    #[test]
    fn the_request_asks_for_what_everybody_may_read() {
        insta::assert_snapshot!(call().request());
    }

    #[test]
    fn a_waba_is_read_with_its_owner_currency_and_zone() {
        let waba = parse(&call(), 200, include_str!("../../fixtures/read_waba/client-owned.facts-4.1.json"))
            .unwrap();
        assert_eq!(waba.ownership, Some(Ownership::ClientOwned));
        assert_eq!(waba.currency.unwrap().as_str(), "EUR");
        assert_eq!(waba.timezone_id.as_deref(), Some("25"));
        assert_eq!(waba.review, Some(Review::Approved));
    }

    #[test]
    fn numbers_for_text_and_unknown_words_are_taken() {
        let waba =
            parse(&call(), 200, include_str!("../../fixtures/read_waba/numeric-ids.facts-1.json")).unwrap();
        assert_eq!(waba.id, call().waba);
        assert_eq!(waba.timezone_id.as_deref(), Some("25"));
        assert_eq!(waba.ownership, Some(Ownership::Other("AGENCY_OWNED".to_owned())));
        assert_eq!(waba.name, None);
    }

    #[test]
    fn each_documented_refusal_keeps_its_code() {
        for (body, status, code, subcode) in [
            (include_str!("../../fixtures/read_waba/refused-missing.facts-4.1.json"), 400, 100, Some(33)),
            (include_str!("../../fixtures/read_waba/refused-token.facts-13.6.json"), 401, 190, Some(463)),
            (
                include_str!("../../fixtures/read_waba/refused-access.facts-13.6.json"),
                403,
                200,
                Some(1_349_174),
            ),
            (include_str!("../../fixtures/read_waba/refused-not-eligible.facts-4.1.json"), 403, 10, None),
            (include_str!("../../fixtures/read_waba/refused-rate.facts-14.json"), 429, 80_008, None),
        ] {
            let refused = refused(&call(), status, body);
            assert_eq!((refused.code, refused.subcode), (code, subcode));
        }
    }

    #[test]
    fn another_shape_is_named() {
        let odd = r#"{"id":"486585971195941","currency":"euro"}"#;
        assert_eq!(complaint(&call(), 200, odd), "`currency` should be three capital letters");
        assert_eq!(
            complaint(&call(), 200, r#"{"id":"7"}"#),
            "`id` should be 486585971195941, which was asked for"
        );
        assert_eq!(complaint(&call(), 200, "{}"), "`id` should be the digits of a WABA id");
    }
}
