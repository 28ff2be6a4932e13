//! What is seen in passing of what Meta does not say: whether a number can be registered before the 1st, and whether it keeps
//! its id when it moves.

use handover_domain::assumption::{About, seen};
use handover_domain::calendar;
use handover_domain::outcome::Outcome;
use handover_engine::assets::Number;
use handover_engine::ports::Ports;
use handover_engine::work::{Fault, Report, Work};
use handover_graph::calls::phone_numbers::PhoneNumber;

/// Whatever else Meta says is of the PIN, the number or a limit, and not of the day (facts 13.4).
const OF_A_GENERAL_KIND: [i64; 3] = [10, 100, 200];

/// Adds what this run has seen, if Meta was asked to register a number, or one has moved.
pub(crate) async fn of<P: Ports>(
    work: &Work<'_, P>,
    report: Report,
    numbers: &[PhoneNumber],
) -> Result<Report, Fault> {
    if work.state.flow.flow().moves {
        return ids(work, report, numbers).await;
    }
    let is_before = work.state.unblocks_on.is_some_and(|on| work.now() < calendar::first_everywhere(on));
    // Those that were registered already were not asked for.
    let was_asked = numbers.iter().any(|number| !number.is_registered());
    if !is_before || !was_asked {
        return Ok(report);
    }
    let refused = report.error.as_ref().and_then(|error| error.refused()).map(|refused| refused.code);
    match refused {
        Some(code) if OF_A_GENERAL_KIND.contains(&code) => {
            work.observed(report, About::RegisteredBeforeTheFirst, format!("{}: {code}", seen::REFUSED))
        }
        None if report.outcome == Outcome::Done => {
            work.observed(report, About::RegisteredBeforeTheFirst, seen::ACCEPTED)
        }
        Some(_) | None => Ok(report),
    }
}

async fn ids<P: Ports>(work: &Work<'_, P>, report: Report, numbers: &[PhoneNumber]) -> Result<Report, Fault> {
    if report.outcome != Outcome::Done {
        return Ok(report);
    }
    let source = work.source().await?;
    let listed: Vec<Number> = numbers.iter().map(Number::from).collect();
    let moved = source.moved(&listed);
    let known: Vec<_> = moved.into_iter().filter_map(|number| number.id.as_ref()).collect();
    if known.is_empty() {
        return Ok(report);
    }
    let kept = known.iter().all(|id| listed.iter().any(|number| number.id.as_ref() == Some(*id)));
    work.observed(report, About::NumberId, if kept { seen::KEPT } else { seen::CHANGED })
}
