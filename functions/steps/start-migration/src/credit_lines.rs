//! Our credit lines are there; and the one for the customer is in the WABA's currency, or somebody is warned.

use std::collections::{BTreeMap, BTreeSet};

use handover_domain::ids::CreditLineId;
use handover_domain::reason::Reason;
use handover_engine::ports::Ports;
use handover_engine::preflight;
use handover_engine::work::{Fault, Report};
use handover_graph::calls::credit_lines::{CreditLine, ListCreditLines};
use handover_graph::error::Refused;

use crate::{Checked, Preflight};

pub(crate) async fn check<P: Ports>(
    preflight: &Preflight<'_, '_, P>,
    report: Report,
) -> Result<Checked, Fault> {
    let settings = preflight.work.ports.settings();
    let lines = lines(preflight).await?;
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
    let warning = currency.and_then(|currency| found.warning(settings.credit_lines.of(currency), currency));
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

/// Our credit lines, with their currency if Meta tells it: a field that Meta does not know must not keep anybody
/// from moving.
async fn lines<P: Ports>(preflight: &Preflight<'_, '_, P>) -> Result<Vec<CreditLine>, Fault> {
    let Preflight { work, token, .. } = preflight;
    let list = |with_currency| ListCreditLines {
        business: work.ports.settings().business.clone(),
        with_currency,
        after: None,
    };
    match work.list(token, list(true)).await {
        Err(error) if error.refused().is_some_and(Refused::withholds_a_field) => {
            Ok(work.list(token, list(false)).await?)
        }
        answered => Ok(answered?),
    }
}
