//! The WABA into which a number moves by code: the customer has it already, and it must be able to take the number (facts
//! 17.3). The one that the number leaves may be anybody's: nothing of it is read.

use handover_domain::reason::Reason;
use handover_engine::assets::Number;
use handover_engine::ports::Ports;
use handover_engine::source::{self, Source};
use handover_engine::work::{Fault, Report};
use handover_graph::calls::phone_numbers::ListPhoneNumbers;
use handover_graph::calls::read_waba::ReadWaba;

use crate::{Checked, Preflight, refused};

pub(crate) async fn check<P: Ports>(
    preflight: &mut Preflight<'_, '_, P>,
    report: Report,
) -> Result<Checked, Fault> {
    let work = preflight.work;
    let (token, ends) = work.customer_token_and_its_end().await?;
    if let Some(stop) = source::ends_too_soon(work, ends) {
        return Ok(Checked::Stopped(stop));
    }
    let waba = work.waba()?;
    let read = work.call(&token, &ReadWaba { waba: waba.clone() }).await?;
    let stop = work.owner_stops(&read);
    // Whether Meta has approved it, the check of its standing says.
    preflight.saw_waba(read, token.clone());
    if let Some(stop) = stop {
        return Ok(Checked::Stopped(stop));
    }
    let number = work.asked_number().await?.ok_or(Fault::Missing("the number that moves"))?;
    let listed = work.list(&token, ListPhoneNumbers { waba: waba.clone(), after: None }).await?;
    // One that is there and not registered is on its way: Meta was asked before.
    if listed.iter().any(|there| Number::from(there).is(&number) && there.is_registered()) {
        return Ok(Checked::Stopped(refused(Reason::NUMBER_IS_THERE)));
    }
    let seen = format!("WABA {waba} can take {}; the WABA that it leaves is not looked at", number.as_str());
    let numbers = vec![Number { id: None, display: Some(number.into()) }];
    let source = Source { waba: None, business: None, solutions: Vec::new(), numbers };
    work.record(vec![work.detail_write(source::DETAIL, &source)?]).await?;
    Ok(Checked::Passed(report.seen(seen)))
}
