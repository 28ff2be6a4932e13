//! Subscribes our app to the WABA: without it no webhook of this customer comes (facts 17.1).

use aws_lambda_events::eventbridge::EventBridgeEvent;
use handover_domain::ids::WabaId;
use handover_domain::outcome::Outcome;
use handover_domain::reason::Reason;
use handover_domain::step::Step;
use handover_engine::ports::Ports;
use handover_engine::runner::{self, Effect, Ran, RunError, StepDue};
use handover_engine::work::{Fault, Report, Work};
use handover_graph::calls::subscribed_apps::{Callback, ListSubscribedApps, SubscribeApp};
use handover_graph::error::GraphError;
use handover_graph::secret::Token;
use jiff::SignedDuration;

/// Meta may list a subscription a moment after it has taken it.
const LOOKS_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(30);

/// Runs the row "subscribe the app".
///
/// # Errors
///
/// [`RunError`] if record or vault gave no answer; the sweep runs the turn again.
pub async fn handle<P: Ports>(ports: &P, event: EventBridgeEvent<StepDue>) -> Result<Ran, RunError> {
    runner::run::<SubscribeOurApp, P>(ports, &event.detail).await
}

struct SubscribeOurApp;

impl Effect for SubscribeOurApp {
    const STEP: Step = Step::SubscribeApp;

    async fn run<P: Ports>(work: &Work<'_, P>) -> Result<Report, Fault> {
        let token = work.customer_token().await?;
        let waba = work.waba()?;
        let app = &work.ports.settings().app;
        // A subscription of ours that is there is left alone: a POST would clear its override (facts 4.3).
        if is_listed(work, &token, &waba).await? {
            return Ok(Report::from(Outcome::Done)
                .seen(format!("app {app} was subscribed already and is left as it is")));
        }
        work.call(&token, &SubscribeApp { waba: waba.clone(), callback: Callback::OfTheApp }).await?;
        if is_listed(work, &token, &waba).await? {
            return Ok(Report::from(Outcome::Done).seen(format!("app {app} is subscribed")));
        }
        Ok(Outcome::Retry { after: LOOKS_AGAIN_AFTER, reason: Reason::APP_NOT_LISTED }.into())
    }
}

async fn is_listed<P: Ports>(work: &Work<'_, P>, token: &Token, waba: &WabaId) -> Result<bool, GraphError> {
    let apps = work.list(token, ListSubscribedApps { waba: waba.clone(), after: None }).await?;
    Ok(apps.iter().any(|listed| listed.app == work.ports.settings().app))
}
