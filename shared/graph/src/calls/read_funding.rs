//! Reads what pays for a WABA (facts 4.1 and 9.4).

use handover_domain::ids::{FundingId, WabaId};

use crate::answer::Node;
use crate::call::{Call, Repeat};
use crate::error::Problem;
use crate::transport::{GraphRequest, Method};

/// `GET /<WABA_ID>?fields=primary_funding_id`, alone because only partners may read it.
///
/// Compared with an allocation's `receiving_credential` it proves that our line pays (facts 9.4).
#[derive(Debug, Clone)]
pub struct ReadFunding {
    /// The WABA.
    pub waba: WabaId,
}

impl Call for ReadFunding {
    /// None if the WABA has no payment method.
    type Answer = Option<FundingId>;

    const NAME: &'static str = "read_funding";
    const REPEAT: Repeat = Repeat::Freely;

    fn request(&self) -> GraphRequest {
        GraphRequest::new::<Self>(Method::Get, self.waba.as_str()).query("fields", "primary_funding_id")
    }

    fn answer(&self, answer: &Node<'_>) -> Result<Option<FundingId>, Problem> {
        answer.is_about("id", &self.waba)?;
        answer.maybe("primary_funding_id")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{self, complaint, parse, refused};

    fn call() -> ReadFunding {
        ReadFunding { waba: recorded::id("486585971195941") }
    }

    #[test]
    fn the_request_asks_for_the_funding_alone() {
        insta::assert_snapshot!(call().request());
    }

    #[test]
    fn the_funding_is_read_or_there_is_none() {
        let attached = include_str!("../../fixtures/read_funding/attached.facts-21.json");
        assert_eq!(parse(&call(), 200, attached).unwrap(), Some(recorded::id("7001001001001")));
        let none = include_str!("../../fixtures/read_funding/no-payment-method.facts-21.json");
        assert_eq!(parse(&call(), 200, none).unwrap(), None);
    }

    #[test]
    fn one_who_is_no_partner_is_refused() {
        let body = include_str!("../../fixtures/read_funding/refused-not-partner.facts-4.1.json");
        assert_eq!(refused(&call(), 403, body).code, 10);
    }

    #[test]
    fn an_empty_object_is_not_read_as_no_payment_method() {
        assert_eq!(complaint(&call(), 200, "{}"), "`id` should be the digits of a WABA id");
        let odd = r#"{"id":"486585971195941","primary_funding_id":"F1"}"#;
        assert_eq!(complaint(&call(), 200, odd), "`primary_funding_id` should be the digits of a funding id");
    }
}
