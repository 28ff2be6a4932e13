//! Copies message templates into the new WABA, as far as Meta takes them, and writes down what has become of each (facts 8).
//!
//! Meta copies some by itself; the rest is asked for. What is missing at the end holds nobody back: it is in the report.

use aws_lambda_events::eventbridge::EventBridgeEvent;
use handover_domain::assumption::{About, seen};
use handover_domain::outcome::{Outcome, WaitsFor};
use handover_domain::reason::Reason;
use handover_domain::step::Step;
use handover_domain::templates::{Copying, Next, Template, missing, told};
use handover_engine::ports::Ports;
use handover_engine::runner::{self, Effect, Ran, RunError, StepDue};
use handover_engine::templates::{COPYING, Side};
use handover_engine::work::{Fault, Report, Work};
use handover_graph::calls::templates::{ListTemplates, MigrateTemplates};
use handover_graph::error::{Applied, GraphError};
use handover_graph::secret::Token;

/// Runs the row "copy the templates".
///
/// # Errors
///
/// [`RunError`] if record or vault gave no answer; the sweep runs the turn again.
pub async fn handle<P: Ports>(ports: &P, event: EventBridgeEvent<StepDue>) -> Result<Ran, RunError> {
    runner::run::<CopyTemplates, P>(ports, &event.detail).await
}

struct CopyTemplates;

impl Effect for CopyTemplates {
    const STEP: Step = Step::CopyTemplates;

    async fn run<P: Ports>(work: &Work<'_, P>) -> Result<Report, Fault> {
        let Some(old) = work.kept_templates(Side::Old).await? else {
            let seen = "the templates of the old WABA were never ours to read: compare both WABAs in WhatsApp Manager";
            return Ok(Report::from(Outcome::Done).seen(seen));
        };
        let token = work.customer_token().await?;
        let waba = work.waba()?;
        let new = work.list_or_without(&token, ListTemplates::of(&waba)).await?;
        let copying = work.detail(COPYING).await?.unwrap_or_else(|| Copying::begun(work.now()));
        let missing = missing(&old, &new);
        let source = work.source_to_copy_from().await?;
        match copying.next(&missing, source.is_some(), work.now()) {
            Next::Look(after) => {
                let retry = Outcome::Retry { after, reason: Reason::TEMPLATES_NOT_COPIED };
                Ok(Report::from(retry).with(work.detail_write(COPYING, &copying)?))
            }
            Next::Ask(templates) => match source {
                Some(source) => {
                    let call = MigrateTemplates { waba, source, templates };
                    ask(work, &token, copying, &old, &call).await
                }
                None => over(work, copying, &old, &new).await,
            },
            Next::Over => over(work, copying, &old, &new).await,
        }
    }
}

async fn over<P: Ports>(
    work: &Work<'_, P>,
    mut copying: Copying,
    old: &[Template],
    new: &[Template],
) -> Result<Report, Fault> {
    work.keep_templates(Side::New, new).await?;
    copying.over_at = Some(work.now());
    let report = Report::from(Outcome::Done).with(work.detail_write(COPYING, &copying)?).seen(told(old, new));
    match copying.came_by_themselves(old, new) {
        Some(true) => work.observed(report, About::TemplatesCopied, seen::IN_TIME),
        Some(false) => work.observed(report, About::TemplatesCopied, seen::LATER),
        None => Ok(report),
    }
}

/// Asks Meta for some. The next turn looks what has come of it, whatever the answer was.
async fn ask<P: Ports>(
    work: &Work<'_, P>,
    token: &Token,
    before: Copying,
    old: &[Template],
    call: &MigrateTemplates,
) -> Result<Report, Fault> {
    let asking = before.clone().asking(&call.templates);
    work.record(vec![work.detail_write(COPYING, &asking)?]).await?;
    match work.call(token, call).await {
        Ok(failed) => {
            let of_name = |name: &str| old.iter().find(|one| one.name == name).map(|one| one.id.clone());
            let id = |key: String| key.parse().ok().or_else(|| of_name(&key));
            let copying = asking.answered(failed.into_iter().filter_map(|(key, why)| Some((id(key)?, why))));
            Ok(Report::from(Outcome::Progress).with(work.detail_write(COPYING, &copying)?))
        }
        Err(error) if error.outcome() == Applied::No => not_taken(work, before, error),
        Err(error) => {
            let report = Report::of_error(error, work.now());
            Ok(report.with(work.detail_write(COPYING, &asking.smaller())?))
        }
    }
}

/// Nothing was copied. What passes is tried again; what does not is the end of asking, and not of the row.
fn not_taken<P: Ports>(work: &Work<'_, P>, mut before: Copying, error: GraphError) -> Result<Report, Fault> {
    let refused = error.refused().map(ToString::to_string);
    let report = Report::of_error(error, work.now());
    let waits = matches!(report.outcome, Outcome::Retry { .. } | Outcome::Wait { on: WaitsFor::Meta, .. });
    if refused.is_none() || waits {
        return Ok(report.with(work.detail_write(COPYING, &before)?));
    }
    before.refused = refused;
    let goes_on = Report { outcome: Outcome::Progress, ..report };
    Ok(goes_on.with(work.detail_write(COPYING, &before)?))
}
