//! The other partner's share, where they have the credit line: their hand-off wakes the migration, and nothing else tells of it.

use handover_domain::moment::{after, spoken};
use handover_domain::outcome::{LOOKS_AGAIN_FOR_A_PERSON, Outcome, WaitsFor};
use handover_domain::reason::Reason;
use handover_engine::ports::Ports;
use handover_engine::work::{Fault, Report, Work};
use jiff::{SignedDuration, Timestamp};

/// So many days before the row is late our people are reminded of the partner, the last one first.
const REMINDERS: [(i64, Reason); 3] = [
    (0, Reason::PARTNER_SHARE_MISSED),
    (2, Reason::PARTNER_SHARE_IN_2_DAYS),
    (7, Reason::PARTNER_SHARE_IN_7_DAYS),
];

pub(crate) async fn look<P: Ports>(work: &Work<'_, P>) -> Result<Report, Fault> {
    if !work.partner_shares().await? {
        return Ok(Report::from(Outcome::Done).seen("our own credit line pays"));
    }
    let Some(imported) = work.partners_share().await? else { return Ok(waits(work)) };
    let came = format!("imported on {} by {}", spoken(imported.at), imported.importer());
    Ok(Report::from(Outcome::Done).seen(imported.paper.sentence()).seen(came))
}

fn waits<P: Ports>(work: &Work<'_, P>) -> Report {
    let now = work.now();
    // The row has its deadline from the table; a STATE without one is looked at as one that is late.
    let late_at = work.state.deadline.unwrap_or(now);
    let wait =
        Outcome::Wait { on: WaitsFor::Partner, until: next_look(late_at, now), reason: reason(late_at, now) };
    Report::from(wait).seen(format!("the partner's answer is due on {}", spoken(late_at)))
}

fn before(late_at: Timestamp, days: i64) -> Timestamp {
    after(late_at, SignedDuration::from_hours(-24 * days))
}

fn reason(late_at: Timestamp, now: Timestamp) -> Reason {
    let due = REMINDERS.into_iter().find(|(days, _)| now >= before(late_at, *days));
    due.map_or(Reason::PARTNER_NOT_SHARED, |(_, reason)| reason)
}

/// At the next reminder; daily once it is late.
fn next_look(late_at: Timestamp, now: Timestamp) -> Timestamp {
    let moments = REMINDERS.map(|(days, _)| before(late_at, days));
    let to_come = moments.into_iter().filter(|at| *at > now).min();
    to_come.unwrap_or_else(|| after(now, LOOKS_AGAIN_FOR_A_PERSON))
}
