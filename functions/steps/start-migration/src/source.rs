//! The WABA that the customer leaves: read with its own token, and written down before anything is asked of them.

use handover_domain::moment::{after, spoken};
use handover_domain::reason::Reason;
use handover_engine::assets::Number;
use handover_engine::ports::Ports;
use handover_engine::preflight::numbers_stop;
use handover_engine::source::{self, Source};
use handover_engine::work::{Fault, Report};
use handover_graph::calls::phone_numbers::ListPhoneNumbers;
use handover_graph::calls::read_owner::ReadOwner;
use handover_graph::calls::read_waba::ReadWaba;
use handover_graph::calls::solutions::{ListSolutions, Solution};

use crate::{Checked, Preflight, refused, solution};

pub(crate) async fn check<P: Ports>(
    preflight: &Preflight<'_, '_, P>,
    report: Report,
) -> Result<Checked, Fault> {
    let work = preflight.work;
    let waba = work.waba()?;
    let (token, ends) = work.customer_token_and_its_end().await?;
    let longest = after(work.now(), work.state.flow.flow().longest_wait());
    if let Some(ends) = ends.filter(|ends| *ends < longest) {
        let sentence =
            format!("the token ends on {}; the flow may last until {}", spoken(ends), spoken(longest));
        return Ok(Checked::Stopped(preflight.person(Reason::TOKEN_ENDS_TOO_SOON).seen(sentence)));
    }
    let read = work.call(&token, &ReadWaba { waba: waba.clone() }).await?;
    if let Some(stop) = work.owner_stops(&read) {
        return Ok(Checked::Stopped(stop));
    }
    let numbers = work.list(&token, ListPhoneNumbers { waba: waba.clone(), after: None }).await?;
    if let Some(reason) = numbers_stop(&numbers) {
        return Ok(Checked::Stopped(refused(reason)));
    }
    let Some(owner) = work.call(&token, &ReadOwner { waba: waba.clone() }).await? else {
        return Ok(Checked::Stopped(preflight.person(Reason::OWNER_UNREAD)));
    };
    let listed = work.list(&token, ListSolutions { waba: waba.clone(), after: None }).await?;
    if let Some(unclear) = listed.iter().find(|solution| solution.is_unclear()) {
        return Ok(solution::stops(preflight, Reason::SOLUTION_UNCLEAR, unclear));
    }
    let numbers = numbers.into_iter().map(|number| Number { id: number.id, display: number.display });
    let source = Source {
        waba,
        business: owner.business,
        solutions: listed.into_iter().filter(Solution::is_active).map(|one| one.id).collect(),
        numbers: numbers.collect(),
    };
    // The row is not done before every check has passed: what is read now must be there for those that follow.
    work.record(vec![work.detail_write(source::DETAIL, &source)?]).await?;
    Ok(Checked::Passed(report.seen(sentence(&source))))
}

fn sentence(source: &Source) -> String {
    let names: Vec<String> = source.numbers.iter().map(Number::name).collect();
    let numbers = if names.is_empty() { "no number".to_owned() } else { names.join(", ") };
    format!("WABA {} of business {} has {numbers}", source.waba, source.business)
}
