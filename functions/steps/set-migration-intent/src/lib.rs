//! Asks Meta to let the WABA into a solution, or off one: once, because nobody says what a second request does and none
//! can be taken back (facts 10.1).

use aws_lambda_events::eventbridge::EventBridgeEvent;
use handover_domain::decision::Decision;
use handover_domain::ids::WabaId;
use handover_domain::moment::spoken;
use handover_domain::outcome::Outcome;
use handover_domain::reason::Reason;
use handover_domain::step::Step;
use handover_engine::items;
use handover_engine::ports::Ports;
use handover_engine::runner::{self, Effect, Ran, RunError, StepDue};
use handover_engine::solution::Intent;
use handover_engine::work::{Fault, Report, Work};
use handover_engine::writes;
use handover_graph::calls::migration_intents::{IntentTarget, ReadMigrationIntent, SetMigrationIntent};
use handover_graph::error::Applied;
use handover_graph::secret::Token;
use handover_graph::words::IntentStatus;

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
        let waba = work.waba()?;
        let token = work.customer_token().await?;
        let to = work.target().await?;
        let known = work.intent(&waba).await?;
        match &known {
            Some(intent) if cannot_be_looked_up(work, intent) => {
                let seen = format!("asked on {} to let it {}", spoken(intent.recorded_at), intent.to);
                decided(work, &token, &waba, intent, to, seen).await
            }
            Some(intent) if intent.to == to => goes_on(work, &token, &waba, intent).await,
            _ => match (has_joined(work, &token, &waba, &to).await?, work.may_have_forgotten()) {
                (Some(report), _) => Ok(report),
                (None, None) => ask(work, &token, waba, to, known.as_ref()).await,
                // It may have been asked in what the record has forgotten, and has no number that we know.
                (None, Some(restored_at)) => {
                    let perhaps = asked_now(work, to.clone());
                    let at = spoken(restored_at);
                    let seen = format!("the tables were put back on {at}, perhaps to before the request");
                    decided(work, &token, &waba, &perhaps, to, seen).await
                }
            },
        }
    }
}

/// Where the WABA stays the one that it is, it may be where it should go already.
async fn has_joined<P: Ports>(
    work: &Work<'_, P>,
    token: &Token,
    waba: &WabaId,
    to: &IntentTarget,
) -> Result<Option<Report>, Fault> {
    let IntentTarget::Solution(solution) = to else { return Ok(None) };
    let is_in = !work.state.flow.flow().moves && work.is_in_solution(token, waba, solution).await?;
    Ok(is_in.then(|| done(format!("WABA {waba} is in solution {solution} already"))))
}

/// No answer came, and no number with it. What an operator has said of it was true for that migration, and is asked
/// anew for the next.
fn cannot_be_looked_up<P: Ports>(work: &Work<'_, P>, intent: &Intent) -> bool {
    intent.id.is_none() && !(intent.confirmed && intent.migration == work.state.migration)
}

/// Nothing but a person's word lets a second request out.
async fn decided<P: Ports>(
    work: &Work<'_, P>,
    token: &Token,
    waba: &WabaId,
    intent: &Intent,
    to: IntentTarget,
    seen: String,
) -> Result<Report, Fault> {
    match &work.state.decision {
        Some(Decision::Asked) if intent.to == to => {
            let confirmed = Intent { migration: work.state.migration, confirmed: true, ..intent.clone() };
            Ok(done("an operator says that the customer has the request").with(confirmed.write(waba)?))
        }
        // A request that leads elsewhere is none of this one's.
        Some(Decision::Asked | Decision::NotApplied) => ask(work, token, waba.clone(), to, None).await,
        _ => Ok(work.person(Reason::INTENT_UNKNOWN).seen(seen)),
    }
}

/// Meta has been asked for the same, by this migration or an earlier one: what the customer has answered is over, and is
/// asked anew.
async fn goes_on<P: Ports>(
    work: &Work<'_, P>,
    token: &Token,
    waba: &WabaId,
    intent: &Intent,
) -> Result<Report, Fault> {
    let Some(id) = intent.id.clone() else {
        return Ok(done("Meta was asked before, as an operator has said"));
    };
    if intent.migration == work.state.migration {
        return Ok(done(format!("migration intent {id}")));
    }
    let status = work.call(token, &ReadMigrationIntent { intent: id.clone() }).await?.status;
    // A yes that led to no new WABA still stands.
    let stands = status == IntentStatus::Accepted && work.state.flow.flow().moves;
    if status == IntentStatus::Initiated || stands {
        return Ok(done(format!("migration intent {id} of an earlier migration: {status}")));
    }
    match has_joined(work, token, waba, &intent.to).await? {
        Some(report) => Ok(report),
        None => ask(work, token, waba.clone(), intent.to.clone(), Some(intent)).await,
    }
}

fn done(sentence: impl Into<String>) -> Report {
    Report::from(Outcome::Done).seen(sentence)
}

/// A request of this migration of which nobody knows yet what Meta has made.
fn asked_now<P: Ports>(work: &Work<'_, P>, to: IntentTarget) -> Intent {
    Intent { migration: work.state.migration, to, recorded_at: work.now(), id: None, confirmed: false }
}

/// Records that Meta is asked, and asks. What is surely refused has asked nobody, so what was known before is known
/// again.
async fn ask<P: Ports>(
    work: &Work<'_, P>,
    token: &Token,
    waba: WabaId,
    to: IntentTarget,
    before: Option<&Intent>,
) -> Result<Report, Fault> {
    let intent = asked_now(work, to.clone());
    let record = vec![intent.write(&waba)?];
    // A verdict lets out one call, and is used up by it (rule 3).
    if work.state.decision.is_some() {
        work.record_by_decision(record).await?;
    } else {
        work.record(record).await?;
    }
    match work.call(token, &SetMigrationIntent { waba: waba.clone(), to }).await {
        Ok(id) => {
            let sentence = format!("migration intent {id}");
            Ok(done(sentence).with(Intent { id: Some(id), ..intent }.write(&waba)?))
        }
        Err(error) if error.outcome() == Applied::No => {
            let back = match before {
                Some(before) => before.write(&waba)?,
                None => writes::delete(items::intent(&waba)),
            };
            Ok(Report::of_error(error, work.now()).with(back))
        }
        Err(error) => {
            let sentence = format!("{}: whether Meta has taken it is not known", error.call);
            let report = work.person(Reason::INTENT_UNKNOWN).seen(sentence);
            Ok(Report { error: Some(error), ..report })
        }
    }
}
