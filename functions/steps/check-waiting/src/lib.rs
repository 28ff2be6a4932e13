//! Looks whether the one we wait for has acted, and plans anew when the day is missed.

use aws_lambda_events::eventbridge::EventBridgeEvent;
use handover_domain::moment::spoken;
use handover_domain::outcome::{Outcome, WaitsFor};
use handover_domain::plan::Plan;
use handover_domain::reason::Reason;
use handover_domain::step::Step;
use handover_engine::ports::Ports;
use handover_engine::runner::{self, Effect, Ran, RunError, StepDue};
use handover_engine::work::{Fault, Report, Work};
use jiff::tz::TimeZone;

/// Runs the row "unshare and sign up".
///
/// # Errors
///
/// [`RunError`] if the record gave no answer; the sweep runs the turn again.
pub async fn handle<P: Ports>(ports: &P, event: EventBridgeEvent<StepDue>) -> Result<Ran, RunError> {
    runner::run::<CheckWaiting, P>(ports, &event.detail).await
}

struct CheckWaiting;

impl Effect for CheckWaiting {
    const STEP: Step = Step::CheckWaiting;

    async fn run<P: Ports>(work: &Work<'_, P>) -> Result<Report, Fault> {
        let state = &work.state;
        if let Some(at) = state.signed_up_at {
            return Ok(Report::from(Outcome::Done).seen(format!("signed up on {}", spoken(at))));
        }
        if let (Some(at), Some(waba)) = (state.partner_added_at, &state.waba) {
            return Ok(
                Report::from(Outcome::Done).seen(format!("PARTNER_ADDED for WABA {waba} on {}", spoken(at)))
            );
        }
        let plan = Plan::at(work.now(), &TimeZone::UTC, &work.ports.settings().month_edge);
        let moved = state.unblocks_on.is_some_and(|before| before != plan.unblocks_on);
        let missed = moved || state.reason == Some(Reason::SIGN_UP_MISSED);
        let reason = if missed { Reason::SIGN_UP_MISSED } else { Reason::NOT_SIGNED_UP };
        let wait = Outcome::Wait { on: WaitsFor::Customer, until: plan.sign_up_before, reason };
        let mut report = Report::from(wait).seen(plan.promise());
        report.learned.unblocks_on = Some(plan.unblocks_on);
        Ok(report)
    }
}
