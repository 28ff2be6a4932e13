//! The Tech Provider's hand-off as it was imported, and by whom: for the history, because nothing of it is believed yet.

use handover_domain::moment::spoken;
use handover_engine::ports::Ports;
use handover_engine::work::{Fault, Report};

use crate::{Checked, Preflight};

pub(crate) async fn check<P: Ports>(
    preflight: &Preflight<'_, '_, P>,
    report: Report,
) -> Result<Checked, Fault> {
    let imported = preflight.work.wanted().await?.ok_or(Fault::Missing("the hand-off"))?;
    let paper = &imported.paper;
    let says = format!(
        "the hand-off of migration {} of app {} says: WABA {} of business {}, in {}, in solution {}",
        paper.migration,
        paper.app,
        paper.waba,
        paper.business,
        paper.currency.as_str(),
        paper.solution
    );
    let came = format!("it was imported on {} by {}", spoken(imported.at), imported.importer());
    Ok(Checked::Passed(report.seen(says).seen(came)))
}
