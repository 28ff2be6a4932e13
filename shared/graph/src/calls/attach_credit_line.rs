//! Attaches the credit line that a business has to one of its WABAs (facts 9.3): the money, second of two calls.

use handover_domain::ids::{AllocationId, CreditLineId, WabaId};

use crate::answer::Node;
use crate::call::{Call, Repeat};
use crate::error::Problem;
use crate::transport::{GraphRequest, Method};
use crate::words::Currency;

/// `POST /<CREDIT_LINE_ID>/whatsapp_credit_attach`, with the **customer's** business token.
///
/// Meta says that an attached line cannot be changed, and nothing of a second call. It is made only by the step that holds
/// the ledger's intent, and after an answer that was lost only by the word of a person.
#[derive(Debug, Clone)]
pub struct AttachCreditLine {
    /// Our line.
    pub line: CreditLineId,
    /// The customer's WABA.
    pub waba: WabaId,
    /// The WABA's own currency, as Meta gave it. The attach freezes it.
    pub currency: Currency,
}

impl Call for AttachCreditLine {
    type Answer = AllocationId;

    const NAME: &'static str = "attach_credit_line";
    const REPEAT: Repeat = Repeat::WithProof;

    /// Parameters in the URL, as in Meta's own example.
    fn request(&self) -> GraphRequest {
        GraphRequest::new::<Self>(Method::Post, format!("{}/whatsapp_credit_attach", self.line))
            .query("waba_id", self.waba.as_str())
            .query("waba_currency", self.currency.as_str())
    }

    /// The allocation of the business that pays for the WABA, or will from a 1st on.
    fn answer(&self, answer: &Node<'_>) -> Result<AllocationId, Problem> {
        if answer.has("waba_id") {
            answer.is_about("waba_id", &self.waba)?;
        }
        answer.get("allocation_config_id")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Applied;
    use crate::recorded::{self, complaint, parse, refused};

    fn call() -> AttachCreditLine {
        AttachCreditLine {
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
    fn an_attached_waba_names_the_allocation_of_its_business() {
        let body = include_str!("../../fixtures/attach_credit_line/attached.facts-9.3.json");
        assert_eq!(parse(&call(), 200, body).unwrap(), recorded::id("9001001001001"));
    }

    #[test]
    fn the_documented_refusal_attaches_nothing() {
        let body = include_str!("../../fixtures/attach_credit_line/refused-parameter.facts-9.3.json");
        assert_eq!(refused(&call(), 400, body).code, 100);
        assert_eq!(parse(&call(), 400, body).unwrap_err().outcome(), Applied::No);
    }

    #[test]
    fn an_answer_about_another_waba_or_without_an_allocation_proves_nothing() {
        let other = r#"{"success":true,"allocation_config_id":"9","waba_id":"7"}"#;
        assert_eq!(
            complaint(&call(), 200, other),
            "`waba_id` should be 486585971195941, which was asked for"
        );
        assert_eq!(parse(&call(), 200, r#"{"success":true}"#).unwrap_err().outcome(), Applied::Unknown);
    }
}
