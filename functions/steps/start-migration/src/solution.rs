//! The solution into which the WABA goes is active, and the WABA is in no other (the page: "Requirements").

use handover_domain::reason::Reason;
use handover_engine::ports::Ports;
use handover_engine::work::{Fault, Report};
use handover_graph::calls::solutions::{ListSolutions, ReadSolution};

use crate::{Checked, Preflight, refused};

pub(crate) async fn is_active<P: Ports>(
    preflight: &Preflight<'_, '_, P>,
    report: Report,
) -> Result<Checked, Fault> {
    let solution = preflight.work.destination().await?;
    let read = preflight.work.call(&preflight.token, &ReadSolution { solution: solution.clone() }).await?;
    if read.is_active() {
        return Ok(Checked::Passed(report.seen(format!("solution {solution} is ACTIVE"))));
    }
    let shown = read.status.map_or_else(|| "nothing".to_owned(), |status| status.to_string());
    let stop = preflight.person(Reason::SOLUTION_NOT_ACTIVE);
    Ok(Checked::Stopped(stop.seen(format!("status of solution {solution}: {shown}"))))
}

/// A WABA that our system user cannot read was not onboarded by us, and nobody else may let it in.
pub(crate) async fn is_in_no_other<P: Ports>(
    preflight: &Preflight<'_, '_, P>,
    report: Report,
) -> Result<Checked, Fault> {
    let Some(waba) = &preflight.waba else { return Ok(Checked::Stopped(preflight.person(Reason::NOT_OURS))) };
    let destination = preflight.work.destination().await?;
    let list = ListSolutions { waba: waba.id.clone(), after: None };
    let solutions = preflight.work.list(&preflight.token, list).await?;
    let other = solutions.iter().find(|solution| solution.is_active() && solution.id != destination);
    Ok(match other {
        Some(other) => Checked::Stopped(
            refused(Reason::IN_ANOTHER_SOLUTION).seen(format!("solution {} is active", other.id)),
        ),
        None => Checked::Passed(report),
    })
}
