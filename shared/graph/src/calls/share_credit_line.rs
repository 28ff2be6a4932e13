//! Shares a credit line with a customer's business and attaches it to a WABA (facts 9.2): the money.

use handover_domain::ids::{AllocationId, CreditLineId, WabaId};

use crate::answer::Node;
use crate::call::{Call, Repeat};
use crate::error::Problem;
use crate::transport::{GraphRequest, Method};
use crate::words::Currency;

/// `POST /<CREDIT_LINE_ID>/whatsapp_credit_sharing_and_attach`, with the system user's token.
///
/// Nobody says what a second call does, so it is made only by the step that holds the ledger's intent,
/// and after an answer that was lost only with proof that the first did nothing.
#[derive(Debug, Clone)]
pub struct ShareCreditLine {
    /// Our line.
    pub line: CreditLineId,
    /// The customer's WABA.
    pub waba: WabaId,
    /// The WABA's own currency, as Meta gave it. The share freezes it.
    pub currency: Currency,
}

/// A share that Meta has taken. It pays from the 1st of the next month for a customer who has switched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    /// The allocation, which belongs to the customer's business and not to the WABA alone.
    pub allocation: AllocationId,
}

impl Call for ShareCreditLine {
    type Answer = Shared;

    const NAME: &'static str = "share_credit_line";
    const REPEAT: Repeat = Repeat::WithProof;

    /// Parameters in the URL, as in Meta's own example.
    fn request(&self) -> GraphRequest {
        GraphRequest::new::<Self>(Method::Post, format!("{}/whatsapp_credit_sharing_and_attach", self.line))
            .query("waba_id", self.waba.as_str())
            .query("waba_currency", self.currency.as_str())
    }

    fn answer(&self, answer: &Node<'_>) -> Result<Shared, Problem> {
        if answer.has("waba_id") {
            answer.is_about("waba_id", &self.waba)?;
        }
        Ok(Shared { allocation: answer.get("allocation_config_id")? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Applied;
    use crate::recorded::{self, complaint, parse, refused};

    fn call() -> ShareCreditLine {
        ShareCreditLine {
            line: recorded::id("8001001001001"),
            waba: recorded::id("486585971195941"),
            currency: Currency::try_from("EUR".to_owned()).unwrap(),
        }
    }

    #[test]
    fn the_request_is_metas_own_example() {
        insta::assert_snapshot!(call().request());
    }

    #[test]
    fn a_share_gives_its_allocation() {
        let shared =
            parse(&call(), 200, include_str!("../../fixtures/share_credit_line/shared.facts-21.json"));
        assert_eq!(shared.unwrap().allocation, recorded::id("9001001001001"));
    }

    #[test]
    fn each_documented_refusal_shares_nothing() {
        for (body, status, code, subcode) in [
            (
                include_str!("../../fixtures/share_credit_line/refused-parameter.facts-9.2.json"),
                400,
                100,
                None,
            ),
            (
                include_str!("../../fixtures/share_credit_line/refused-same-owner.facts-21.json"),
                400,
                100,
                Some(1_752_244),
            ),
            (
                include_str!("../../fixtures/share_credit_line/refused-invoicing.facts-9.2.json"),
                400,
                100,
                Some(1_752_294),
            ),
            (include_str!("../../fixtures/share_credit_line/refused-role.facts-21.json"), 400, 200, None),
        ] {
            let refused = refused(&call(), status, body);
            assert_eq!((refused.code, refused.subcode), (code, subcode));
            assert_eq!(parse(&call(), status, body).unwrap_err().outcome(), Applied::No);
        }
    }

    #[test]
    fn an_answer_about_another_waba_or_without_an_allocation_proves_nothing() {
        let other = r#"{"allocation_config_id":"9","waba_id":"7"}"#;
        assert_eq!(
            complaint(&call(), 200, other),
            "`waba_id` should be 486585971195941, which was asked for"
        );
        assert_eq!(
            complaint(&call(), 200, "{}"),
            "`allocation_config_id` should be the digits of an allocation id"
        );
        assert_eq!(parse(&call(), 200, "{}").unwrap_err().outcome(), Applied::Unknown);
    }
}
