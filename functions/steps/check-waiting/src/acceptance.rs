//! The customer's yes to our request in Business Suite. Nothing tells of it but a look (facts 0.13).

use handover_domain::ids::{SolutionId, WabaId};
use handover_domain::moment::after;
use handover_domain::outcome::{Outcome, WaitsFor};
use handover_domain::reason::Reason;
use handover_engine::ports::Ports;
use handover_engine::solution::Intent;
use handover_engine::work::{Fault, Report, Work};
use handover_graph::calls::migration_intents::ReadMigrationIntent;
use handover_graph::secret::Token;
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
    let (waba, solution) = (work.waba()?, work.destination().await?.solution);
    if let Some(left) = work.left(&token, &waba).await? {
        return Ok(left);
    }
    let asked = work.intent(&waba).await?;
    let moves = work.state.flow.flow().moves;
    let Some(Intent { id: Some(intent), .. }) = asked.clone() else {
        if moves {
            // Nothing but the request names the new WABA.
            let stop = work.person(Reason::INTENT_UNCLEAR);
            return Ok(stop.seen("the number of the request is not known, so it cannot be looked up"));
        }
        return Ok(match is_in(work, &token, &waba, &solution).await? {
            Some(report) => report,
            None => waits(work, asked.as_ref()).seen(
                "the number of the request is not known: a yes shows in the WABA's solutions, a no nowhere",
            ),
        });
    };
    let status = work.call(&token, &ReadMigrationIntent { intent }).await?.status;
    let report = match &status {
        IntentStatus::Accepted | IntentStatus::Completed => Outcome::Done.into(),
        // An open request goes before the list, which may name a solution that the WABA is only promised to.
        IntentStatus::Initiated => waits(work, asked.as_ref()),
        IntentStatus::Rejected | IntentStatus::Other(_) => {
            match is_in(work, &token, &waba, &solution).await? {
                Some(report) => report,
                None if status == IntentStatus::Rejected => {
                    Outcome::Refused { reason: Reason::INTENT_REJECTED }.into()
                }
                None => work.person(Reason::INTENT_UNCLEAR),
            }
        }
    };
    Ok(report.seen(format!("status of the migration intent: {status}")))
}

async fn is_in<P: Ports>(
    work: &Work<'_, P>,
    token: &Token,
    waba: &WabaId,
    solution: &SolutionId,
) -> Result<Option<Report>, Fault> {
    let seen = format!("WABA {waba} lists solution {solution} as ACTIVE");
    let is_in = work.is_in_solution(token, waba, solution).await?;
    Ok(is_in.then(|| Report::from(Outcome::Done).seen(seen)))
}

fn waits<P: Ports>(work: &Work<'_, P>, asked: Option<&Intent>) -> Report {
    let now = work.now();
    let asked_at = asked.map_or(now, |intent| intent.recorded_at);
    let accepted_at: Timestamp = after(asked_at, ACCEPTED_AFTER);
    let reason = if now >= accepted_at {
        Reason::NOT_ACCEPTED_IN_90_DAYS
    } else if now >= after(accepted_at, -TOLD_BEFORE) {
        Reason::ACCEPT_IN_14_DAYS
    } else {
        Reason::NOT_ACCEPTED
    };
    Outcome::Wait { on: WaitsFor::Customer, until: after(now, LOOKS_EVERY), reason }.into()
}
