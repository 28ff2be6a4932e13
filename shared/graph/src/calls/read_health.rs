//! Reads whether a WABA can send, and if not, why (facts 4.2).

use handover_domain::ids::WabaId;

use crate::answer::Node;
use crate::call::{Call, Repeat};
use crate::error::Problem;
use crate::transport::{GraphRequest, Method};
use crate::words::{CanSend, EntityKind};

/// `GET /<WABA_ID>?fields=health_status`: our own probe, since the webhook goes to the former partner.
#[derive(Debug, Clone)]
pub struct ReadHealth {
    /// The WABA.
    pub waba: WabaId,
}

/// The health of a WABA and of what it depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// The worst of all entities: it can be limited for reasons that are none of ours.
    pub can_send: CanSend,
    /// WABA, business and app always; numbers and templates where they matter.
    pub entities: Vec<Entity>,
}

/// One thing on which sending depends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    /// What it is.
    pub kind: EntityKind,
    /// Whether it lets messages through.
    pub can_send: CanSend,
    /// What is wrong with it.
    pub errors: Vec<HealthError>,
}

/// What is wrong with an entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthError {
    /// Meta's code, such as 141006.
    pub code: i64,
    /// Meta's words, for people.
    pub description: Option<String>,
    /// Meta's advice, for people.
    pub possible_solution: Option<String>,
}

/// There is a problem with the payment method (facts 4.2).
const PAYMENT_PROBLEM: i64 = 141_006;

impl Health {
    /// Whether the WABA has a payment problem (141006); none if the answer does not speak of the WABA.
    ///
    /// The overall word is not asked: it may be limited or blocked for other reasons.
    #[must_use]
    pub fn has_payment_problem(&self) -> Option<bool> {
        let mut wabas = self.entities.iter().filter(|entity| entity.kind == EntityKind::Waba).peekable();
        wabas.peek()?;
        Some(wabas.flat_map(|waba| &waba.errors).any(|error| error.code == PAYMENT_PROBLEM))
    }
}

impl Call for ReadHealth {
    type Answer = Health;

    const NAME: &'static str = "read_health";
    const REPEAT: Repeat = Repeat::Freely;

    fn request(&self) -> GraphRequest {
        GraphRequest::new::<Self>(Method::Get, self.waba.as_str()).query("fields", "health_status")
    }

    fn answer(&self, answer: &Node<'_>) -> Result<Health, Problem> {
        answer.is_about("id", &self.waba)?;
        let health = answer.object("health_status")?;
        Ok(Health {
            can_send: health.get("can_send_message")?,
            entities: health.list("entities")?.iter().map(entity).collect::<Result<_, _>>()?,
        })
    }
}

fn entity(entity: &Node<'_>) -> Result<Entity, Problem> {
    let errors = entity.maybe_list("errors")?.unwrap_or_default();
    Ok(Entity {
        kind: entity.get("entity_type")?,
        can_send: entity.get("can_send_message")?,
        errors: errors.iter().map(health_error).collect::<Result<_, _>>()?,
    })
}

fn health_error(error: &Node<'_>) -> Result<HealthError, Problem> {
    Ok(HealthError {
        code: error.get("error_code")?,
        description: error.maybe("error_description")?,
        possible_solution: error.maybe("possible_solution")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{self, complaint, parse, refused};

    fn call() -> ReadHealth {
        ReadHealth { waba: recorded::id("486585971195941") }
    }

    #[test]
    fn the_request_asks_for_the_health() {
        insta::assert_snapshot!(call().request());
    }

    #[test]
    fn a_payment_problem_shows_on_the_waba() {
        let body = include_str!("../../fixtures/read_health/payment-problem.facts-4.2.json");
        let health = parse(&call(), 200, body).unwrap();
        assert_eq!(health.can_send, CanSend::Blocked);
        assert_eq!(health.has_payment_problem(), Some(true));
    }

    #[test]
    fn a_waba_limited_for_another_reason_has_no_payment_problem() {
        let body = include_str!("../../fixtures/read_health/limited.facts-4.2.json");
        let health = parse(&call(), 200, body).unwrap();
        assert_eq!(health.can_send, CanSend::Limited);
        assert_eq!(health.has_payment_problem(), Some(false));
    }

    #[test]
    fn an_answer_that_does_not_speak_of_the_waba_says_nothing_of_the_payment() {
        let body = include_str!("../../fixtures/read_health/no-waba-entity.facts-4.2.json");
        let health = parse(&call(), 200, body).unwrap();
        assert_eq!(health.has_payment_problem(), None);
        assert_eq!(health.entities[0].kind, EntityKind::Other("CATALOGUE".to_owned()));
    }

    #[test]
    fn a_waba_out_of_reach_is_refused() {
        let body = include_str!("../../fixtures/read_health/refused-access.facts-13.6.json");
        assert_eq!(refused(&call(), 403, body).code, 200);
    }

    #[test]
    fn an_answer_without_a_health_status_is_no_good_health() {
        let missing = r#"{"id":"486585971195941"}"#;
        assert_eq!(complaint(&call(), 200, missing), "`health_status` should be an object");
    }
}
