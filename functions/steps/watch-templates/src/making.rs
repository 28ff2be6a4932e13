//! Makes templates anew in the new WABA: what each says is read in the old one.

use handover_domain::outcome::{Outcome, WaitsFor};
use handover_domain::templates::{Anew, Making, Template, missing};
use handover_engine::ports::Ports;
use handover_engine::templates::MAKING;
use handover_engine::work::{Fault, Report, Work};
use handover_graph::calls::templates::{MakeTemplate, ReadTemplate};
use handover_graph::error::{GraphError, Refused};
use handover_graph::secret::Token;
use jiff::{SignedDuration, Timestamp};

/// With less than this left, the rest is for the next turn: a template is two calls. One is made in every turn, so that each
/// comes further.
const A_TEMPLATE_NEEDS: SignedDuration = SignedDuration::from_secs(15);

/// There is a template of that name and language already (facts 8.4).
const THERE_ALREADY: i64 = 2_388_024;

/// How far it has come.
pub(crate) enum Made {
    /// The rest is for another turn.
    Goes(Box<Report>),
    /// Meta takes no more in this hour.
    Waits {
        /// Until when.
        until: Timestamp,
    },
    /// Each was made, or refused.
    All,
}

pub(crate) async fn make<P: Ports>(
    work: &Work<'_, P>,
    token: &Token,
    old: &[Template],
    new: &[Template],
) -> Result<Made, Fault> {
    let missing = missing(old, new);
    let mut making = work.detail(MAKING).await?.unwrap_or_else(|| Making::begun(work.now()));
    let mut one_was_made = false;
    loop {
        let template = match making.next(&missing, work.now()) {
            Anew::Over => return Ok(Made::All),
            Anew::Wait { until } => return Ok(Made::Waits { until }),
            Anew::Make(_) if one_was_made && work.time_left() < A_TEMPLATE_NEEDS => {
                return Ok(Made::Goes(Box::new(Outcome::Progress.into())));
            }
            Anew::Make(template) => template,
        };
        making = match anew(work, token, template, making).await? {
            Ok(making) => making,
            Err(report) => return Ok(Made::Goes(report)),
        };
        work.record(vec![work.detail_write(MAKING, &making)?]).await?;
        one_was_made = true;
    }
}

/// Makes one, or writes down why Meta does not take it.
async fn anew<P: Ports>(
    work: &Work<'_, P>,
    token: &Token,
    template: &Template,
    making: Making,
) -> Result<Result<Making, Box<Report>>, Fault> {
    let content = match work.call(token, &ReadTemplate { template: template.id.clone() }).await {
        Ok(content) => content,
        Err(error) => return Ok(refused(making, template, error, work.now())),
    };
    match work.call(token, &MakeTemplate { waba: work.waba()?, content }).await {
        Ok(_) => Ok(Ok(making.tried(&template.id, work.now()))),
        Err(error) if is_there_already(&error) => Ok(Ok(making.tried(&template.id, work.now()))),
        Err(error) => Ok(refused(making, template, error, work.now())),
    }
}

/// What Meta does not take is written down and passed over. Whatever else it says, or leaves unsaid, is looked at again: a
/// second template of one name cannot be made, so nothing is lost by another try.
fn refused(
    making: Making,
    template: &Template,
    error: GraphError,
    now: Timestamp,
) -> Result<Making, Box<Report>> {
    let why = error.refused().map(ToString::to_string);
    let token_is_dead = error.refused().is_some_and(Refused::is_token_dead);
    let report = Report::of_error(error, now);
    // A throttled call says nothing of the template, nor does a token that has ended.
    let waits = matches!(report.outcome, Outcome::Retry { .. } | Outcome::Wait { on: WaitsFor::Meta, .. });
    let passes = waits || token_is_dead;
    match why {
        Some(why) if !passes => Ok(making.refused(&template.id, &why, now)),
        _ => Err(Box::new(report)),
    }
}

fn is_there_already(error: &GraphError) -> bool {
    error.refused().is_some_and(|refused| refused.subcode == Some(THERE_ALREADY))
}
