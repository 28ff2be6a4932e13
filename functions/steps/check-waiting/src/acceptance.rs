//! The customer's yes to our request in Business Suite. Nothing tells of it but a look (facts 0.13).

use handover_domain::moment::after;
use handover_domain::outcome::{Outcome, WaitsFor};
use handover_domain::reason::Reason;
use handover_engine::ports::Ports;
use handover_engine::solution::Intent;
use handover_engine::work::{Fault, Report, Work};
use handover_graph::calls::migration_intents::ReadMigrationIntent;
use handover_graph::words::IntentStatus;
use jiff::{SignedDuration, Timestamp};

/// Nobody is in a hurry, and a WABA without a number has 200 calls an hour for everything (facts 14).
const LOOKS_EVERY: SignedDuration = SignedDuration::from_hours(6);
/// Meta accepts by itself so long after the request (the page).
const ACCEPTED_AFTER: SignedDuration = SignedDuration::from_hours(24 * 90);
/// Who does not want it should hear of that so long before.
const TOLD_BEFORE: SignedDuration = SignedDuration::from_hours(24 * 14);

pub(crate) async fn look<P: Ports>(work: &Work<'_, P>) -> Result<Report, Fault> {
    let token = work.customer_token().await?;
    let (waba, solution) = (work.waba()?, work.destination().await?);
    if work.is_in_solution(&token, &waba, &solution).await? {
        return Ok(
            Report::from(Outcome::Done).seen(format!("WABA {waba} lists solution {solution} as ACTIVE"))
        );
    }
    let asked = work.intent().await?;
    let Some(Intent { id: Some(intent), .. }) = asked.clone() else { return Ok(waits(work, asked.as_ref())) };
    let status = work.call(&token, &ReadMigrationIntent { intent }).await?.status;
    let seen = format!("status of the migration intent: {status}");
    Ok(match status {
        IntentStatus::Accepted | IntentStatus::Completed => Report::from(Outcome::Done).seen(seen),
        IntentStatus::Rejected => {
            Report::from(Outcome::Refused { reason: Reason::INTENT_REJECTED }).seen(seen)
        }
        IntentStatus::Initiated => waits(work, asked.as_ref()).seen(seen),
        IntentStatus::Other(_) => {
            Report::from(Outcome::person(work.now(), Reason::INTENT_UNCLEAR)).seen(seen)
        }
    })
}

fn waits<P: Ports>(work: &Work<'_, P>, asked: Option<&Intent>) -> Report {
    let now = work.now();
    let asked_at = asked.map_or(now, |intent| intent.recorded_at);
    let told_at: Timestamp = after(after(asked_at, ACCEPTED_AFTER), -TOLD_BEFORE);
    let reason = if now >= told_at { Reason::ACCEPT_IN_14_DAYS } else { Reason::NOT_ACCEPTED };
    Outcome::Wait { on: WaitsFor::Customer, until: after(now, LOOKS_EVERY), reason }.into()
}
