//! The customer's claim of their WABA. Nothing tells of it but a look at who owns it (facts 11).

use handover_domain::moment::{after, spoken};
use handover_domain::outcome::{Outcome, WaitsFor};
use handover_domain::reason::Reason;
use handover_engine::ports::Ports;
use handover_engine::work::{Fault, Report, Work};
use handover_graph::calls::read_waba::ReadWaba;
use handover_graph::words::Ownership;
use jiff::{SignedDuration, Timestamp};

/// Nobody is in a hurry, and a signup wakes the migration by itself.
const LOOKS_EVERY: SignedDuration = SignedDuration::from_hours(6);
/// Meta names no end of an offer; its other requests stand for so long (facts 0.11).
const STANDS_FOR: SignedDuration = SignedDuration::from_hours(24 * 90);
/// So many days before its end the customer is reminded, the last one first.
const REMINDERS: [(i64, Reason); 3] =
    [(3, Reason::CLAIM_IN_3_DAYS), (14, Reason::CLAIM_IN_14_DAYS), (30, Reason::CLAIM_IN_30_DAYS)];

pub(crate) async fn look<P: Ports>(work: &Work<'_, P>) -> Result<Report, Fault> {
    // The WABA is ours until it is claimed, and shared with us afterwards: there need be no token of the customer's.
    let token = work.system_token().await?;
    let waba = work.waba()?;
    if let Some(left) = work.left(&token, &waba).await? {
        return Ok(left);
    }
    let ownership = work.call(&token, &ReadWaba { waba: waba.clone() }).await?.ownership;
    let shown = ownership.as_ref().map_or("nothing", Ownership::as_str);
    let seen = format!("ownership_type of WABA {waba}: {shown}");
    let report = match ownership {
        Some(Ownership::ClientOwned) => Outcome::Done.into(),
        Some(Ownership::OnBehalfOf) => waits(work).await?,
        _ => work.person(Reason::OWNERSHIP_UNCLEAR),
    };
    Ok(report.seen(seen))
}

async fn waits<P: Ports>(work: &Work<'_, P>) -> Result<Report, Fault> {
    let now = work.now();
    let offered = work.ownership_intent(&work.waba()?).await?;
    let ends = after(offered.map_or(now, |intent| intent.recorded_at), STANDS_FOR);
    if now >= ends {
        let stop = work.person(Reason::NOT_CLAIMED_IN_90_DAYS);
        return Ok(stop.seen(format!(
            "the ninety days in which the customer could claim it ended on {}",
            spoken(ends)
        )));
    }
    let wait =
        Outcome::Wait { on: WaitsFor::Customer, until: after(now, LOOKS_EVERY), reason: reason(ends, now) };
    Ok(Report::from(wait)
        .seen(format!("the ninety days in which the customer can claim it end on {}", spoken(ends))))
}

fn reason(ends: Timestamp, now: Timestamp) -> Reason {
    let is_due = |days: i64| now >= after(ends, SignedDuration::from_hours(-24 * days));
    let due = REMINDERS.into_iter().find(|(days, _)| is_due(*days));
    due.map_or(Reason::NOT_CLAIMED, |(_, reason)| reason)
}
