//! Looks whether the one we wait for has acted, and reminds while there is time.
//!
//! What a row waits for is in the flow's table; each has its file.

mod acceptance;
mod claim;
mod partners_share;
mod payment_method;
mod signup;
mod two_step_off;

use aws_lambda_events::eventbridge::EventBridgeEvent;
use handover_domain::flow::Awaits;
use handover_domain::reason::Reason;
use handover_domain::step::Step;
use handover_engine::ports::Ports;
use handover_engine::runner::{self, Effect, Ran, RunError, StepDue};
use handover_engine::work::{Fault, Report, Work};

/// Runs the rows that wait for somebody.
///
/// # Errors
///
/// [`RunError`] if record or vault gave no answer; the sweep runs the turn again.
pub async fn handle<P: Ports>(ports: &P, event: EventBridgeEvent<StepDue>) -> Result<Ran, RunError> {
    runner::run::<CheckWaiting, P>(ports, &event.detail).await
}

struct CheckWaiting;

impl Effect for CheckWaiting {
    const STEP: Step = Step::CheckWaiting;

    async fn run<P: Ports>(work: &Work<'_, P>) -> Result<Report, Fault> {
        let row = work.state.flow.flow().row(&work.state.row);
        match row.map_or(Awaits::Nothing, |row| row.awaits) {
            Awaits::Signup if work.state.flow.flow().moves => signup::look_for_a_new_waba(work).await,
            Awaits::Signup => Ok(signup::look(work)),
            Awaits::Acceptance => acceptance::look(work).await,
            Awaits::TwoStepOff => two_step_off::look(work).await,
            Awaits::Claim => claim::look(work).await,
            Awaits::PaymentMethod => payment_method::look(work).await,
            Awaits::PartnersShare => partners_share::look(work).await,
            Awaits::Nothing => {
                let stop = work.person(Reason::ROW_UNKNOWN);
                Ok(stop.seen(format!("nobody is awaited at `{}`", work.state.row)))
            }
        }
    }
}
