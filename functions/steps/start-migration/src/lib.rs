//! Pre-flight: checks what can be checked before the customer unshares, and plans the day.

use aws_lambda_events::eventbridge::EventBridgeEvent;
use handover_domain::outcome::Outcome;
use handover_domain::plan::Plan;
use handover_domain::reason::Reason;
use handover_domain::step::Step;
use handover_engine::ports::Ports;
use handover_engine::runner::{self, Effect, Ran, RunError, StepDue};
use handover_engine::work::{Fault, Report, Work};
use handover_graph::calls::credit_lines::ListCreditLines;
use handover_graph::calls::read_waba::ReadWaba;
use handover_graph::error::Refused;
use handover_graph::secret::Token;
use handover_graph::words::Ownership;
use jiff::tz::TimeZone;

/// Runs the row "pre-flight".
///
/// # Errors
///
/// [`RunError`] if record or vault gave no answer; the sweep runs the turn again.
pub async fn handle<P: Ports>(ports: &P, event: EventBridgeEvent<StepDue>) -> Result<Ran, RunError> {
    runner::run::<StartMigration, P>(ports, &event.detail).await
}

struct StartMigration;

impl Effect for StartMigration {
    const STEP: Step = Step::StartMigration;

    async fn run<P: Ports>(work: &Work<'_, P>) -> Result<Report, Fault> {
        let settings = work.ports.settings();
        let token = work.system_token().await?;
        let lines =
            work.list(&token, ListCreditLines { business: settings.business.clone(), after: None }).await?;
        if !lines.iter().any(|line| line.id == settings.credit_line) {
            let sentence = format!(
                "{} lists {} credit lines, not {}",
                settings.business,
                lines.len(),
                settings.credit_line
            );
            return Ok(Report::from(Outcome::person(work.now(), Reason::CREDIT_LINE_MISSING)).seen(sentence));
        }
        let ownership = ownership(work, &token).await?;
        if ownership == Some(Ownership::OnBehalfOf) {
            return Ok(Outcome::Refused { reason: Reason::PARTNER_OWNED }.into());
        }
        let plan = Plan::at(work.now(), &TimeZone::UTC, &settings.month_edge);
        let mut report = Report::from(Outcome::Done)
            .seen(format!("credit line {} is there", settings.credit_line))
            .seen(plan.promise());
        report.learned.unblocks_on = Some(plan.unblocks_on);
        Ok(report)
    }
}

/// The owner model of a WABA that was named at creation. Before the signup Meta rarely shows it to us, and
/// a WABA that cannot be read says nothing of its owner (facts 5.3).
async fn ownership<P: Ports>(work: &Work<'_, P>, token: &Token) -> Result<Option<Ownership>, Fault> {
    let Some(waba) = work.state.waba.clone() else { return Ok(None) };
    match work.call(token, &ReadWaba { waba }).await {
        Ok(read) => Ok(read.ownership),
        Err(error) if error.refused().is_some_and(Refused::denies_access) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
