//! Offers the customer the ownership of a WABA that we own on their behalf (facts 11).

use handover_domain::ids::{OwnershipIntentId, SolutionId, WabaId};

use crate::answer::Node;
use crate::call::{Call, Repeat};
use crate::error::Problem;
use crate::transport::{GraphRequest, Method};

/// `POST /<WABA_ID>/set_obo_mobility_intent`, with our system user's token: we own the WABA.
///
/// Meta ended this on 1 October 2025 (facts 0.2), so a refusal is what to expect. What a second call does nobody says; one
/// with another solution is refused, for ever. What has come of it cannot be read, but for the owner of the WABA.
#[derive(Debug, Clone)]
pub struct SetOwnershipIntent {
    /// The WABA.
    pub waba: WabaId,
    /// The solution whose partners the customer may let in as they claim it.
    pub solution: Option<SolutionId>,
}

impl Call for SetOwnershipIntent {
    type Answer = OwnershipIntentId;

    const NAME: &'static str = "set_ownership_intent";
    const REPEAT: Repeat = Repeat::WithProof;

    fn request(&self) -> GraphRequest {
        let request =
            GraphRequest::new::<Self>(Method::Post, format!("{}/set_obo_mobility_intent", self.waba));
        match &self.solution {
            Some(solution) => request.form("solution_id", solution.as_str()),
            None => request,
        }
    }

    fn answer(&self, answer: &Node<'_>) -> Result<OwnershipIntentId, Problem> {
        answer.get("id")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Applied;
    use crate::recorded::{self, complaint, parse, refused};

    fn call(solution: Option<&str>) -> SetOwnershipIntent {
        SetOwnershipIntent { waba: recorded::id("486585971195941"), solution: solution.map(recorded::id) }
    }

    #[test]
    fn the_request_names_a_solution_only_where_there_is_one() {
        insta::assert_snapshot!("set_ownership_intent", call(None).request());
        let with_a_solution = call(Some("795033096057724"));
        insta::assert_snapshot!("set_ownership_intent_with_a_solution", with_a_solution.request());
    }

    #[test]
    fn an_offer_is_answered_with_its_id() {
        let body = include_str!("../../fixtures/set_ownership_intent/set.facts-11.json");
        assert_eq!(parse(&call(None), 200, body).unwrap(), recorded::id("3201001001001"));
        assert_eq!(complaint(&call(None), 200, "{}"), "`id` should be the digits of an ownership intent id");
    }

    #[test]
    fn what_meta_refuses_has_offered_nothing_and_an_answer_that_cannot_be_read_may_have() {
        for (body, subcode) in [
            (
                include_str!("../../fixtures/set_ownership_intent/refused-other-solution.facts-11.json"),
                2_593_079,
            ),
            (
                include_str!("../../fixtures/set_ownership_intent/refused-not-eligible.facts-11.json"),
                2_593_085,
            ),
        ] {
            assert_eq!(refused(&call(None), 400, body).subcode, Some(subcode));
            assert_eq!(parse(&call(None), 400, body).unwrap_err().outcome(), Applied::No);
        }
        assert_eq!(parse(&call(None), 200, "{}").unwrap_err().outcome(), Applied::Unknown);
    }
}
