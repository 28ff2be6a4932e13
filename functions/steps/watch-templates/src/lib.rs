//! Watches the copied templates for a day, in which Meta checks them again, and makes those anew that were not copied, where
//! an operator asks for it (facts 8.3, 8.4). Nothing is made, and nothing deleted, by itself.

mod making;

use aws_lambda_events::eventbridge::EventBridgeEvent;
use handover_domain::decision::Decision;
use handover_domain::moment::after;
use handover_domain::outcome::{Outcome, WaitsFor};
use handover_domain::reason::Reason;
use handover_domain::step::Step;
use handover_domain::templates::{Copying, told};
use handover_engine::ports::Ports;
use handover_engine::runner::{self, Effect, Ran, RunError, StepDue};
use handover_engine::templates::{COPYING, Side};
use handover_engine::work::{Fault, Report, Work};
use handover_graph::calls::templates::ListTemplates;
use jiff::{SignedDuration, Timestamp};

/// A copy that is rejected, or gets another category, is so within a day (facts 8.3).
const WATCHED: SignedDuration = SignedDuration::from_hours(24);
/// Meta's webhooks wake the migration where our app is subscribed to their fields; without them, this does.
const LOOKS_EVERY: SignedDuration = SignedDuration::from_hours(6);

/// Runs the row "watch the templates".
///
/// # Errors
///
/// [`RunError`] if record or vault gave no answer; the sweep runs the turn again.
pub async fn handle<P: Ports>(ports: &P, event: EventBridgeEvent<StepDue>) -> Result<Ran, RunError> {
    runner::run::<WatchTemplates, P>(ports, &event.detail).await
}

struct WatchTemplates;

impl Effect for WatchTemplates {
    const STEP: Step = Step::WatchTemplates;

    async fn run<P: Ports>(work: &Work<'_, P>) -> Result<Report, Fault> {
        let Some(old) = work.kept_templates(Side::Old).await? else {
            let seen = "the templates of the old WABA were never ours to read: there is nothing to compare";
            return Ok(Report::from(Outcome::Done).seen(seen));
        };
        let token = work.customer_token().await?;
        let waba = work.waba()?;
        let new = match work.list_or_without(&token, ListTemplates::of(&waba)).await {
            Ok(new) => new,
            // The customer has moved and was told so: who has left us since, or whose token has ended, needs no watch.
            Err(error)
                if error
                    .refused()
                    .is_some_and(|refused| refused.denies_access() || refused.is_token_dead()) =>
            {
                let report = Report::from(Outcome::Done).seen("the templates can no longer be read");
                return Ok(Report { error: Some(error), ..report });
            }
            Err(error) => return Err(error.into()),
        };
        work.keep_templates(Side::New, &new).await?;
        // Where nobody has got to copy them, the number has moved all the same.
        let copying: Option<Copying> = work.detail(COPYING).await?;
        let copied_at = copying.map(|copying| copying.over_at.unwrap_or(copying.since));
        let began = copied_at.or(work.state.cut_over_at).unwrap_or_else(|| work.now());
        let mut until = after(began, WATCHED);
        if work.state.decision == Some(Decision::RecreateTemplates) {
            match making::make(work, &token, &old, &new).await? {
                making::Made::Goes(report) => return Ok(*report),
                making::Made::Waits { until: hour } => until = until.max(hour),
                making::Made::All => {}
            }
        }
        Ok(if work.now() < until {
            waits(work.now(), until)
        } else {
            Report::from(Outcome::Done).seen(told(&old, &new))
        })
    }
}

fn waits(now: Timestamp, until: Timestamp) -> Report {
    let until = until.min(after(now, LOOKS_EVERY));
    Outcome::Wait { on: WaitsFor::Meta, until, reason: Reason::TEMPLATES_WATCHED }.into()
}
