//! Two-step verification of the numbers that move: nobody but the customer can turn it off (facts 0.16, 7).

use handover_domain::moment::after;
use handover_domain::outcome::{Outcome, WaitsFor};
use handover_domain::reason::Reason;
use handover_engine::ports::Ports;
use handover_engine::work::{Fault, Report, Work};
use handover_graph::calls::read_two_step::ReadTwoStep;
use handover_graph::error::GraphError;
use jiff::SignedDuration;

/// Meta's `security` webhook wakes the migration where our app is subscribed to the old WABA; without it, this does.
const LOOKS_EVERY: SignedDuration = SignedDuration::from_hours(1);
/// The codes with which Meta refuses a field: one that it does not know, and one that is not for us (facts 13.2). A number
/// that is gone has a subcode beside it.
const UNREADABLE: [i64; 2] = [100, 10];

pub(crate) async fn look<P: Ports>(work: &Work<'_, P>) -> Result<Report, Fault> {
    let token = work.customer_token().await?;
    let source = work.source().await?;
    if let Some(left) = work.left(&token, &source.waba).await? {
        return Ok(left);
    }
    let mut evidence = Vec::new();
    let mut on = false;
    for number in &source.numbers {
        let name = number.name();
        match work.call(&token, &ReadTwoStep { number: number.id.clone() }).await {
            Ok(Some(is_on)) => {
                on |= is_on;
                let state = if is_on { "on" } else { "off" };
                evidence.push(format!("two-step verification of {name} is {state}"));
            }
            Ok(None) => evidence.push(unreadable(&name)),
            Err(error) if cannot_be_read(&error) => evidence.push(unreadable(&name)),
            Err(error) => return Err(error.into()),
        }
    }
    let outcome = if on {
        let until = after(work.now(), LOOKS_EVERY);
        Outcome::Wait { on: WaitsFor::Customer, until, reason: Reason::TWO_STEP_ON }
    } else {
        Outcome::Done
    };
    Ok(Report { evidence, ..Report::from(outcome) })
}

/// The field is in no guide of Meta's (facts 6.2): where it cannot be read, the signup is what shows it.
fn cannot_be_read(error: &GraphError) -> bool {
    error.refused().is_some_and(|refused| UNREADABLE.contains(&refused.code) && refused.subcode.is_none())
}

fn unreadable(name: &str) -> String {
    format!("two-step verification of {name} cannot be read: if it is on, the signup stops at the number")
}
