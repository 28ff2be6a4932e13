//! The solution into which the WABA goes is active, and the WABA is in no other, or in one that it can leave (the page:
//! "Requirements").

use handover_domain::reason::Reason;
use handover_engine::ports::Ports;
use handover_engine::solution::Destination;
use handover_engine::work::{Fault, Report};
use handover_graph::calls::migration_intents::IntentTarget;
use handover_graph::calls::solutions::{ListSolutions, ReadSolution, Solution};

use crate::{Checked, Preflight, refused};

/// What no call of Meta's shows (facts 17.2).
const ONE_PORTFOLIO: &str =
    "whoever created this has said that the apps of both solutions belong to one portfolio";

pub(crate) async fn is_active<P: Ports>(
    preflight: &Preflight<'_, '_, P>,
    report: Report,
) -> Result<Checked, Fault> {
    let Some(destination) = preflight.work.destination_if_named().await? else {
        return Ok(Checked::Passed(report));
    };
    let Destination { solution, one_portfolio, .. } = destination;
    let read = preflight.work.call(&preflight.token, &ReadSolution { solution: solution.clone() }).await?;
    if read.is_active() {
        let report = report.seen(format!("solution {solution} is ACTIVE"));
        return Ok(Checked::Passed(if one_portfolio { report.seen(ONE_PORTFOLIO) } else { report }));
    }
    Ok(stops(preflight, Reason::SOLUTION_NOT_ACTIVE, &read))
}

/// A person's, who sees how the solution stands.
pub(crate) fn stops<P: Ports>(
    preflight: &Preflight<'_, '_, P>,
    reason: Reason,
    solution: &Solution,
) -> Checked {
    let seen = format!("status of solution {}: {}", solution.id, solution.shown());
    Checked::Stopped(preflight.person(reason).seen(seen))
}

/// A WABA that our system user cannot read was not onboarded by us, and nobody else may let it in.
pub(crate) async fn is_in_no_other<P: Ports>(
    preflight: &Preflight<'_, '_, P>,
    report: Report,
) -> Result<Checked, Fault> {
    let Some(waba) = preflight.waba() else { return Ok(preflight.is_not_ours()) };
    let destination = preflight.work.destination().await?.solution;
    let list = ListSolutions { waba: waba.id.clone(), after: None };
    let solutions = preflight.work.list(&preflight.token, list).await?;
    let mut others = solutions.iter().filter(|solution| solution.id != destination);
    if let Some(other) = others.clone().find(|solution| solution.is_active()) {
        let stop = refused(Reason::IN_ANOTHER_SOLUTION);
        return Ok(Checked::Stopped(stop.seen(format!("solution {} is ACTIVE", other.id))));
    }
    Ok(match others.find(|solution| solution.is_unclear()) {
        Some(other) => stops(preflight, Reason::SOLUTION_UNCLEAR, other),
        None => Checked::Passed(report),
    })
}

/// A WABA can leave or change an active solution only, and not for the one that it is in. Its solutions were read, with
/// the customer's token, by the check of the source.
pub(crate) async fn can_leave<P: Ports>(
    preflight: &Preflight<'_, '_, P>,
    report: Report,
) -> Result<Checked, Fault> {
    let source = preflight.work.source().await?;
    if source.solutions.is_empty() {
        return Ok(Checked::Stopped(refused(Reason::NOT_IN_A_SOLUTION)));
    }
    Ok(match preflight.work.target().await? {
        IntentTarget::Solution(destination) if source.solutions.contains(&destination) => {
            Checked::Stopped(refused(Reason::IN_THE_SOLUTION))
        }
        _ => Checked::Passed(report),
    })
}
