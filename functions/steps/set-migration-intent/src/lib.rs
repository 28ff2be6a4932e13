//! Asks Meta to let the WABA into a solution: once, because nobody says what a second request does and none can be taken
//! back (facts 10.1).

use aws_lambda_events::eventbridge::EventBridgeEvent;
use handover_domain::decision::Decision;
use handover_domain::ids::{SolutionId, WabaId};
use handover_domain::outcome::Outcome;
use handover_domain::reason::Reason;
use handover_domain::step::Step;
use handover_engine::ports::Ports;
use handover_engine::runner::{self, Effect, Ran, RunError, StepDue};
use handover_engine::solution::{INTENT, Intent};
use handover_engine::work::{Fault, Report, Work};
use handover_graph::calls::migration_intents::{IntentTarget, SetMigrationIntent};
use handover_graph::error::Applied;
use handover_graph::secret::Token;

/// Runs the row "ask for the move".
///
/// # Errors
///
/// [`RunError`] if record or vault gave no answer; the sweep runs the turn again.
pub async fn handle<P: Ports>(ports: &P, event: EventBridgeEvent<StepDue>) -> Result<Ran, RunError> {
    runner::run::<SetIntent, P>(ports, &event.detail).await
}

struct SetIntent;

impl Effect for SetIntent {
    const STEP: Step = Step::SetMigrationIntent;

    async fn run<P: Ports>(work: &Work<'_, P>) -> Result<Report, Fault> {
        let solution = work.destination().await?;
        let waba = work.waba()?;
        let token = work.customer_token().await?;
        if work.is_in_solution(&token, &waba, &solution).await? {
            return Ok(done(format!("WABA {waba} is in solution {solution} already")));
        }
        match (work.intent().await?, &work.state.decision) {
            (Some(Intent { id: Some(id), .. }), _) => Ok(done(format!("migration intent {id}"))),
            (Some(_), Some(Decision::Asked)) => {
                Ok(done("an operator says that the customer has the request"))
            }
            (Some(_), Some(Decision::NotApplied)) | (None, _) => ask(work, &token, waba, solution).await,
            (Some(_), _) => Ok(Outcome::person(work.now(), Reason::INTENT_UNKNOWN).into()),
        }
    }
}

fn done(sentence: impl Into<String>) -> Report {
    Report::from(Outcome::Done).seen(sentence)
}

/// Records that Meta is asked, and asks. What is surely refused has asked nobody, so it may be asked again.
async fn ask<P: Ports>(
    work: &Work<'_, P>,
    token: &Token,
    waba: WabaId,
    solution: SolutionId,
) -> Result<Report, Fault> {
    let intent = Intent { solution: solution.clone(), recorded_at: work.now(), id: None };
    let record = vec![work.detail_write(INTENT, &intent)?];
    // A verdict lets out one call, and is used up by it (rule 3).
    if work.state.decision.is_some() {
        work.record_by_decision(record).await?;
    } else {
        work.record(record).await?;
    }
    match work.call(token, &SetMigrationIntent { waba, to: IntentTarget::Solution(solution) }).await {
        Ok(id) => {
            let known = Intent { id: Some(id.clone()), ..intent };
            Ok(done(format!("migration intent {id}")).with(work.detail_write(INTENT, &known)?))
        }
        Err(error) if error.outcome() == Applied::No => {
            Ok(Report::of_error(error, work.now()).with(work.detail_delete(INTENT)))
        }
        Err(error) => {
            let sentence = format!("{}: whether Meta has taken it is not known", error.call);
            let report = Report::from(Outcome::person(work.now(), Reason::INTENT_UNKNOWN)).seen(sentence);
            Ok(Report { error: Some(error), ..report })
        }
    }
}
