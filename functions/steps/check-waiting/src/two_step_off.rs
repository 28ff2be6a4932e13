//! Two-step verification of the numbers that move: nobody but the customer can turn it off (facts 0.16, 7).

use handover_domain::moment::after;
use handover_domain::outcome::{Outcome, WaitsFor};
use handover_domain::reason::Reason;
use handover_engine::ports::Ports;
use handover_engine::work::{Fault, Report, Work};
use handover_graph::calls::read_two_step::ReadTwoStep;
use handover_graph::error::Refused;
use jiff::SignedDuration;

/// Meta's `security` webhook wakes the migration where our app is subscribed to the old WABA; without it, this does.
const LOOKS_EVERY: SignedDuration = SignedDuration::from_hours(1);

pub(crate) async fn look<P: Ports>(work: &Work<'_, P>) -> Result<Report, Fault> {
    let source = work.source().await?;
    let (Some(waba), Some(_)) = (&source.waba, &source.business) else {
        // Another partner's WABA is not ours to read.
        let unread = source.numbers.iter().map(|number| unreadable(&number.name()));
        return Ok(unread.fold(Outcome::Done.into(), Report::seen));
    };
    let token = work.customer_token().await?;
    if let Some(left) = work.left(&token, waba).await? {
        return Ok(left);
    }
    let mut evidence = Vec::new();
    let mut one_can_move = false;
    for number in &source.numbers {
        let name = number.name();
        let Some(id) = number.id.clone() else { continue };
        match work.call(&token, &ReadTwoStep { number: id }).await {
            Ok(Some(is_on)) => {
                one_can_move |= !is_on;
                let state = if is_on { "on" } else { "off" };
                evidence.push(format!("two-step verification of {name} is {state}"));
            }
            Ok(None) => {
                one_can_move = true;
                evidence.push(unreadable(&name));
            }
            Err(error) if error.refused().is_some_and(Refused::withholds_a_field) => {
                one_can_move = true;
                evidence.push(unreadable(&name));
            }
            Err(error) => return Err(error.into()),
        }
    }
    // Which number the customer will choose is not known before they do, and a signup moves one.
    let outcome = if one_can_move {
        Outcome::Done
    } else {
        let until = after(work.now(), LOOKS_EVERY);
        Outcome::Wait { on: WaitsFor::Customer, until, reason: Reason::TWO_STEP_ON }
    };
    Ok(Report { evidence, ..Report::from(outcome) })
}

/// The field is in no guide of Meta's (facts 6.2): where it cannot be read, the signup is what shows it.
fn unreadable(name: &str) -> String {
    format!("two-step verification of {name} cannot be read: if it is on, the signup stops at the number")
}
