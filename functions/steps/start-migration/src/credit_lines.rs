//! Our credit lines are there; and the one for the customer is in the WABA's currency, or somebody is warned.

use std::collections::{BTreeMap, BTreeSet};

use handover_domain::ids::CreditLineId;
use handover_domain::reason::Reason;
use handover_engine::ports::Ports;
use handover_engine::preflight;
use handover_engine::work::{Fault, Report};
use handover_graph::calls::credit_lines::ListCreditLines;

use crate::{Checked, Preflight};

pub(crate) async fn check<P: Ports>(
    preflight: &Preflight<'_, '_, P>,
    report: Report,
) -> Result<Checked, Fault> {
    if preflight.work.partner_shares().await? {
        return Ok(Checked::Passed(
            report.seen("the partner of the solution has the credit line that will pay"),
        ));
    }
    let settings = preflight.work.ports.settings();
    let lines =
        preflight.work.list_or_without(&preflight.token, ListCreditLines::of(&settings.business)).await?;
    let listed: BTreeMap<_, _> = lines.iter().map(|line| (&line.id, line.currency.as_ref())).collect();
    let ours = settings.credit_lines.all();
    if let Some(missing) = ours.iter().find(|line| !listed.contains_key(*line)) {
        let sentence = format!("{} lists {} credit lines, not {missing}", settings.business, lines.len());
        return Ok(Checked::Stopped(preflight.person(Reason::CREDIT_LINE_MISSING).seen(sentence)));
    }
    let known = |line: &&CreditLineId| Some(((*line).clone(), (*listed.get(line)?)?.clone()));
    let found =
        preflight::Preflight { currencies: ours.iter().copied().filter_map(|line| known(&line)).collect() };
    let report = report.seen(there(&ours)).with(preflight.work.detail_write(preflight::DETAIL, &found)?);
    let currency = preflight.waba.as_ref().and_then(|waba| waba.currency.as_ref());
    let warning = currency.and_then(|currency| found.warning(settings.credit_lines.of(currency)?, currency));
    Ok(Checked::Passed(match warning {
        Some(warning) => report.seen(warning),
        None => report,
    }))
}

fn there(lines: &BTreeSet<&CreditLineId>) -> String {
    let ids: Vec<&str> = lines.iter().map(|line| line.as_str()).collect();
    match ids.as_slice() {
        [one] => format!("credit line {one} is there"),
        several => format!("credit lines {} are there", several.join(", ")),
    }
}
