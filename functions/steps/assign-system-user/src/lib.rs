//! Puts our system user on the WABA: without it Meta refuses the share (facts 4.4).

use aws_lambda_events::eventbridge::EventBridgeEvent;
use handover_domain::ids::WabaId;
use handover_domain::outcome::Outcome;
use handover_domain::reason::Reason;
use handover_domain::step::Step;
use handover_engine::ports::Ports;
use handover_engine::runner::{self, Effect, Ran, RunError, StepDue};
use handover_engine::work::{Fault, Report, Work};
use handover_graph::calls::assigned_users::{AssignUser, ListAssignedUsers};
use handover_graph::error::GraphError;
use handover_graph::secret::Token;
use handover_graph::words::Task;
use jiff::SignedDuration;

/// Meta may list an assignment a moment after it has taken it.
const LOOKS_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(30);

/// Runs the row "assign the system user".
///
/// # Errors
///
/// [`RunError`] if record or vault gave no answer; the sweep runs the turn again.
pub async fn handle<P: Ports>(ports: &P, event: EventBridgeEvent<StepDue>) -> Result<Ran, RunError> {
    runner::run::<AssignSystemUser, P>(ports, &event.detail).await
}

struct AssignSystemUser;

impl Effect for AssignSystemUser {
    const STEP: Step = Step::AssignSystemUser;

    async fn run<P: Ports>(work: &Work<'_, P>) -> Result<Report, Fault> {
        let token = work.system_token().await?;
        let waba = work.waba()?;
        let user = &work.ports.settings().system_user;
        if is_listed(work, &token, &waba).await? {
            return Ok(
                Report::from(Outcome::Done).seen(format!("system user {user} was on the WABA already"))
            );
        }
        let assign = AssignUser { waba: waba.clone(), user: user.clone(), tasks: vec![Task::Manage] };
        let answer = work.call(&token, &assign).await;
        // A refusal may mean "already there" (facts 4.4): the list decides, not the answer.
        if is_listed(work, &token, &waba).await? {
            return Ok(Report::from(Outcome::Done).seen(format!("system user {user} is on the WABA")));
        }
        answer?;
        Ok(Outcome::Retry { after: LOOKS_AGAIN_AFTER, reason: Reason::SYSTEM_USER_NOT_LISTED }.into())
    }
}

async fn is_listed<P: Ports>(work: &Work<'_, P>, token: &Token, waba: &WabaId) -> Result<bool, GraphError> {
    let settings = work.ports.settings();
    let list = ListAssignedUsers { waba: waba.clone(), business: settings.business.clone(), after: None };
    Ok(work.list(token, list).await?.iter().any(|user| user.id == settings.system_user))
}
