//! Our credit lines are there, and their currencies are kept for whoever knows that of the WABA.

use std::collections::BTreeMap;

use handover_domain::ids::CreditLineId;
use handover_domain::preflight::{Sight, Subject, words};
use handover_domain::reason::Reason;
use handover_engine::ports::Ports;
use handover_engine::work::{Fault, Report};
use handover_graph::calls::credit_lines::ListCreditLines;

use crate::{Checked, Preflight};

pub(crate) async fn check<P: Ports>(
    preflight: &mut Preflight<'_, '_, P>,
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
        let missing = Sight::of_word(Subject::CreditLines, words::MISSING).about(missing.as_str());
        preflight.found.looked.push(missing);
        return Ok(Checked::Stopped(preflight.person(Reason::CREDIT_LINE_MISSING).seen(sentence)));
    }
    let known = |line: &&CreditLineId| Some(((*line).clone(), (*listed.get(line)?)?.clone()));
    preflight.found.currencies = ours.iter().copied().filter_map(|line| known(&line)).collect();
    let ids: Vec<&str> = ours.iter().map(|line| line.as_str()).collect();
    let sight = Sight::of_word(Subject::CreditLines, words::THERE).about(ids.join(", "));
    preflight.found.looked.push(sight);
    Ok(Checked::Passed(report.seen(there(&ids))))
}

fn there(ids: &[&str]) -> String {
    match ids {
        [one] => format!("credit line {one} is there"),
        several => format!("credit lines {} are there", several.join(", ")),
    }
}
