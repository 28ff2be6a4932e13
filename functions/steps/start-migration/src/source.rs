//! The WABA that the customer leaves: read with its own token, and written down before anything is asked of them.

use handover_domain::flow::Asked;
use handover_domain::number::DisplayNumber;
use handover_domain::preflight::{Sight, Subject, words};
use handover_domain::reason::Reason;
use handover_engine::assets::Number;
use handover_engine::ports::Ports;
use handover_engine::preflight::numbers_stop;
use handover_engine::source::{self, Source};
use handover_engine::work::{Fault, Report};
use handover_graph::calls::phone_numbers::{ListPhoneNumbers, PhoneNumber};
use handover_graph::calls::read_owner::ReadOwner;
use handover_graph::calls::read_waba::ReadWaba;
use handover_graph::calls::solutions::{ListSolutions, Solution};
use handover_graph::secret::Token;
use handover_graph::words::NumberStatus;
use jiff::Timestamp;

use crate::{Checked, Preflight, refused, solution};

/// What was read, or what stops here.
type Read = Result<Source, Checked>;

pub(crate) async fn check<P: Ports>(
    preflight: &mut Preflight<'_, '_, P>,
    report: Report,
) -> Result<Checked, Fault> {
    let work = preflight.work;
    let asked = work.asked_number().await?;
    let read = match work.customer_token_and_its_end().await {
        Ok((token, ends)) => read(preflight, &token, ends, asked.as_ref()).await?,
        // Where nothing is asked of Meta about it, the WABA may be another partner's, and not ours to read.
        Err(Fault::TokenMissing) if !work.state.flow.flow().asks.contains(&Asked::Waba) => {
            let sight = match work.state.waba {
                Some(_) => Sight::withheld(Subject::Waba),
                None => Sight::of_word(Subject::Waba, words::NOT_NAMED),
            };
            preflight.found.looked.push(sight);
            Ok(unread(preflight, asked))
        }
        Err(fault) => return Err(fault),
    };
    let source = match read {
        Ok(source) => source,
        Err(stopped) => return Ok(stopped),
    };
    // The row is not done before every check has passed: what is read now must be there for those that follow.
    work.record(vec![work.detail_write(source::DETAIL, &source)?]).await?;
    Ok(Checked::Passed(report.seen(sentence(&source))))
}

fn unread<P: Ports>(preflight: &Preflight<'_, '_, P>, asked: Option<DisplayNumber>) -> Source {
    let number = |asked: DisplayNumber| Number { id: None, display: Some(asked.into()) };
    Source {
        waba: preflight.work.state.waba.clone(),
        business: None,
        solutions: Vec::new(),
        numbers: asked.map(number).into_iter().collect(),
    }
}

async fn read<P: Ports>(
    preflight: &mut Preflight<'_, '_, P>,
    token: &Token,
    token_ends: Option<Timestamp>,
    asked: Option<&DisplayNumber>,
) -> Result<Read, Fault> {
    let work = preflight.work;
    let waba = work.waba()?;
    if let Some(stop) = source::ends_too_soon(work, token_ends) {
        return Ok(Err(Checked::Stopped(stop)));
    }
    let owned = work.call(token, &ReadWaba { waba: waba.clone() }).await?;
    let stop = work.owner_stops(&owned);
    preflight.saw_waba(owned, token.clone());
    if let Some(stop) = stop {
        return Ok(Err(Checked::Stopped(stop)));
    }
    let listed = work.list(token, ListPhoneNumbers { waba: waba.clone(), after: None }).await?;
    let (moving, others): (Vec<_>, Vec<_>) = listed.into_iter().partition(|number| moves(number, asked));
    let numbers = that_move(&moving);
    // Where none moves, the others show why.
    preflight.saw_numbers(if moving.is_empty() { others } else { moving });
    let numbers = match numbers {
        Ok(numbers) => numbers,
        Err(reason) => return Ok(Err(Checked::Stopped(refused(reason)))),
    };
    let Some(owner) = work.call(token, &ReadOwner { waba: waba.clone() }).await? else {
        let stop = preflight.person(Reason::OWNER_UNREAD);
        return Ok(Err(Checked::Stopped(
            stop.seen(format!("Meta says nothing of the owner of WABA {waba}")),
        )));
    };
    let listed = work.list(token, ListSolutions { waba: waba.clone(), after: None }).await?;
    if let Some(unclear) = listed.iter().find(|solution| solution.is_unclear()) {
        return Ok(Err(solution::stops(preflight, Reason::SOLUTION_UNCLEAR, unclear)));
    }
    Ok(Ok(Source {
        waba: Some(waba),
        business: Some(owner.business),
        solutions: listed.into_iter().filter(Solution::is_active).map(|one| one.id).collect(),
        numbers,
    }))
}

/// Whether the number can move: the one that was named, or any that has not moved already.
fn moves(number: &PhoneNumber, asked: Option<&DisplayNumber>) -> bool {
    let is_asked = asked.is_none_or(|asked| Number::from(number).is(asked));
    is_asked && number.status != Some(NumberStatus::Migrated)
}

fn that_move(numbers: &[PhoneNumber]) -> Result<Vec<Number>, Reason> {
    match numbers_stop(numbers) {
        Some(reason) => Err(reason),
        None if numbers.is_empty() => Err(Reason::NO_NUMBER_TO_MOVE),
        None => Ok(numbers.iter().map(Number::from).collect()),
    }
}

fn sentence(source: &Source) -> String {
    let names: Vec<String> = source.numbers.iter().map(Number::name).collect();
    let names = names.join(", ");
    match (&source.waba, &source.business) {
        (Some(waba), Some(business)) => format!("WABA {waba} of business {business} has {names}"),
        (Some(waba), None) => format!("WABA {waba}, which has {names}, is not ours to read"),
        (None, _) => format!("the WABA that {names} leaves is not ours to read"),
    }
}
