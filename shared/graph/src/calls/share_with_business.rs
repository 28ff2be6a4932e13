//! Shares a credit line with a customer's business and attaches it to nothing yet (facts 9.3): the money, first of two
//! calls.

use handover_domain::ids::{AllocationId, BusinessId, CreditLineId};

use crate::answer::Node;
use crate::call::{Call, Repeat};
use crate::error::Problem;
use crate::transport::{GraphRequest, Method};

/// `POST /<CREDIT_LINE_ID>/whatsapp_credit_sharing`, with the system user's token.
///
/// Nobody says what a second call does, nor whether what it has made is listed before it is attached. So it is made only
/// by the step that holds the ledger's intent, and after an answer that was lost only by the word of a person.
#[derive(Debug, Clone)]
pub struct ShareWithBusiness {
    /// Our line.
    pub line: CreditLineId,
    /// The customer's business: the owner of the WABA.
    pub business: BusinessId,
}

impl Call for ShareWithBusiness {
    type Answer = AllocationId;

    const NAME: &'static str = "share_with_business";
    const REPEAT: Repeat = Repeat::WithProof;

    /// Parameters in the URL, as in Meta's own example.
    fn request(&self) -> GraphRequest {
        GraphRequest::new::<Self>(Method::Post, format!("{}/whatsapp_credit_sharing", self.line))
            .query("receiving_business_id", self.business.as_str())
    }

    /// The allocation, which belongs to the business and pays for none of its WABAs yet.
    fn answer(&self, answer: &Node<'_>) -> Result<AllocationId, Problem> {
        answer.get("allocation_config_id")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Applied;
    use crate::recorded::{self, complaint, parse, refused};

    fn call() -> ShareWithBusiness {
        ShareWithBusiness { line: recorded::id("8001001001001"), business: recorded::id("506914307656634") }
    }

    #[test]
    fn the_request_is_metas_own_example() {
        insta::assert_snapshot!(call().request());
    }

    #[test]
    fn a_business_that_has_the_line_has_an_allocation() {
        let body = include_str!("../../fixtures/share_with_business/shared.facts-9.3.json");
        assert_eq!(parse(&call(), 200, body).unwrap(), recorded::id("9001001001001"));
    }

    #[test]
    fn the_documented_refusal_shares_nothing() {
        let body = include_str!("../../fixtures/share_with_business/refused-parameter.facts-9.3.json");
        assert_eq!(refused(&call(), 400, body).code, 100);
        assert_eq!(parse(&call(), 400, body).unwrap_err().outcome(), Applied::No);
    }

    #[test]
    fn an_answer_without_an_allocation_proves_nothing() {
        let body = r#"{"success":true}"#;
        assert_eq!(
            complaint(&call(), 200, body),
            "`allocation_config_id` should be the digits of an allocation id"
        );
        assert_eq!(parse(&call(), 200, body).unwrap_err().outcome(), Applied::Unknown);
    }
}
