//! Promises a WABA to a solution, or off one, and reads what has come of it (facts 10.1, 10.2).

use std::fmt;

use handover_domain::ids::{AppId, IntentId, SolutionId, WabaId};
use serde::{Deserialize, Serialize};

use crate::answer::Node;
use crate::call::{Call, Repeat};
use crate::error::Problem;
use crate::transport::{GraphRequest, Method};
use crate::words::{IntentStatus, SolutionStatus};

/// `POST /<WABA_ID>/set_solution_migration_intent`, with the customer's token.
///
/// The owner of the WABA gets a request in Business Suite and a mail. Nobody says what a second call does and none takes it
/// back, so it is made once: the intent is recorded before, and after a lost answer the WABA's solutions are looked at.
#[derive(Debug, Clone)]
pub struct SetMigrationIntent {
    /// The customer's WABA.
    pub waba: WabaId,
    /// Where it goes.
    pub to: IntentTarget,
}

/// Where an intent leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IntentTarget {
    /// Into a solution.
    Solution(SolutionId),
    /// Off its solution, to this Tech Provider's app alone.
    App(AppId),
}

impl fmt::Display for IntentTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Solution(solution) => write!(f, "into solution {solution}"),
            Self::App(_) => f.write_str("off its solution"),
        }
    }
}

/// `GET /<MIGRATION_INTENT_ID>`, with the customer's token.
#[derive(Debug, Clone)]
pub struct ReadMigrationIntent {
    /// The intent.
    pub intent: IntentId,
}

/// What has come of an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationIntent {
    /// Only `ACCEPTED` lets the next step begin.
    pub status: IntentStatus,
    /// The solution that it leads into, and how that stands.
    pub solution: Option<(SolutionId, Option<SolutionStatus>)>,
    /// The new WABA, once Meta has made it: on the road through Business Suite this is the only place that names it.
    pub destination: Option<WabaId>,
}

impl Call for SetMigrationIntent {
    type Answer = IntentId;

    const NAME: &'static str = "set_migration_intent";
    const REPEAT: Repeat = Repeat::WithProof;

    fn request(&self) -> GraphRequest {
        let request =
            GraphRequest::new::<Self>(Method::Post, format!("{}/set_solution_migration_intent", self.waba));
        match &self.to {
            IntentTarget::Solution(solution) => request.form("solution_id", solution.as_str()),
            IntentTarget::App(app) => request.form("app_id", app.as_str()),
        }
    }

    /// Meta's guides answer `id`, its OpenAPI file `migration_intent_id`.
    fn answer(&self, answer: &Node<'_>) -> Result<IntentId, Problem> {
        match answer.maybe("migration_intent_id")? {
            Some(intent) => Ok(intent),
            None => answer.get("id"),
        }
    }
}

impl Call for ReadMigrationIntent {
    type Answer = MigrationIntent;

    const NAME: &'static str = "read_migration_intent";
    const REPEAT: Repeat = Repeat::Freely;

    fn request(&self) -> GraphRequest {
        GraphRequest::new::<Self>(Method::Get, self.intent.as_str())
            .query("fields", "status,solution,destination_waba")
    }

    fn answer(&self, answer: &Node<'_>) -> Result<MigrationIntent, Problem> {
        answer.is_about("id", &self.intent)?;
        let solution = answer.maybe_object("solution")?;
        let destination = answer.maybe_object("destination_waba")?;
        Ok(MigrationIntent {
            status: answer.get("status")?,
            solution: solution.map(|node| Ok((node.get("id")?, node.maybe("status")?))).transpose()?,
            destination: destination.map(|node| node.get("id")).transpose()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Applied;
    use crate::recorded::{self, complaint, parse, refused};

    fn set(to: IntentTarget) -> SetMigrationIntent {
        SetMigrationIntent { waba: recorded::id("486585971195941"), to }
    }

    fn into_a_solution() -> SetMigrationIntent {
        set(IntentTarget::Solution(recorded::id("795033096057724")))
    }

    fn read() -> ReadMigrationIntent {
        ReadMigrationIntent { intent: recorded::id("3101001001001") }
    }

    #[test]
    fn the_requests_are_those_of_metas_guides() {
        insta::assert_snapshot!("set_migration_intent", into_a_solution().request());
        let off = set(IntentTarget::App(recorded::id("634974688087057")));
        insta::assert_snapshot!("set_migration_intent_off", off.request());
        insta::assert_snapshot!("read_migration_intent", read().request());
    }

    #[test]
    fn an_intent_is_answered_in_either_of_metas_shapes() {
        for body in [
            include_str!("../../fixtures/migration_intents/set.facts-21.json"),
            include_str!("../../fixtures/migration_intents/set-other-shape.facts-10.1.json"),
        ] {
            assert_eq!(parse(&into_a_solution(), 200, body).unwrap(), recorded::id("3101001001001"));
        }
    }

    #[test]
    fn a_waba_that_is_promised_elsewhere_is_refused_and_nothing_has_happened() {
        let body = include_str!("../../fixtures/migration_intents/refused-other-solution.facts-10.1.json");
        assert_eq!(refused(&into_a_solution(), 400, body).subcode, Some(2_593_079));
        assert_eq!(parse(&into_a_solution(), 400, body).unwrap_err().outcome(), Applied::No);
        assert_eq!(parse(&into_a_solution(), 200, "{}").unwrap_err().outcome(), Applied::Unknown);
    }

    #[test]
    fn an_accepted_intent_names_the_new_waba() {
        let body = include_str!("../../fixtures/migration_intents/accepted.facts-21.json");
        let intent = parse(&read(), 200, body).unwrap();
        assert_eq!(intent.status, IntentStatus::Accepted);
        assert_eq!(intent.solution, Some((recorded::id("795033096057724"), Some(SolutionStatus::Active))));
        assert_eq!(intent.destination, Some(recorded::id("102290129340398")));
    }

    #[test]
    fn an_intent_that_nobody_has_answered_names_none_and_a_new_word_is_kept() {
        let body = include_str!("../../fixtures/migration_intents/initiated.facts-10.2.json");
        let intent = parse(&read(), 200, body).unwrap();
        assert_eq!((intent.status, intent.destination), (IntentStatus::Initiated, None));
        let new = parse(&read(), 200, r#"{"id":"3101001001001","status":"ON_HOLD"}"#).unwrap();
        assert_eq!(new.status, IntentStatus::Other("ON_HOLD".to_owned()));
        assert_eq!(complaint(&read(), 200, r#"{"id":"3101001001001"}"#), "`status` should be a word");
    }
}
