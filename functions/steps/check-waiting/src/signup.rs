//! The customer's signup, or that Meta tells of it: reminds while there is time, and plans anew when the day is missed.

use handover_domain::moment::{after, spoken};
use handover_domain::outcome::{Outcome, WaitsFor};
use handover_domain::plan::{self, Plan};
use handover_domain::reason::Reason;
use handover_domain::state::State;
use handover_engine::ports::Ports;
use handover_engine::work::{Fault, Report, Work};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// So long the code of a signup may take longer than its `PARTNER_ADDED`: it lives 30 seconds, the page sends it again
/// where we gave no answer, and a lost one can be made up for by a new link while the customer is still there.
const CODE_FOLLOWS_WITHIN: SignedDuration = SignedDuration::from_mins(5);

/// Nobody is silent meanwhile, and the signup wakes the migration by itself.
const LOOKS_EVERY: SignedDuration = SignedDuration::from_hours(24);

pub(crate) fn look<P: Ports>(work: &Work<'_, P>) -> Report {
    let state = &work.state;
    if let Some((at, how)) = came(state, work.now()) {
        let mut report = Report::from(Outcome::Done).seen(format!("{how} on {}", spoken(at)));
        report.learned.came_at = Some(at);
        return report;
    }
    let now = work.now();
    // PARTNER_ADDED and the code leave Meta together; the code is what the rest needs, so it goes before.
    let code_follows_until = state.partner_added_at.map(|at| after(at, CODE_FOLLOWS_WITHIN));
    let plan = Plan::at(now, &TimeZone::UTC, &work.ports.settings().month_edge);
    let until = plan::next_reminder(plan.sign_up_before, now);
    let until = code_follows_until.filter(|at| *at > now).map_or(until, |at| at.min(until));
    let wait = Outcome::Wait { on: WaitsFor::Customer, until, reason: reason(state, &plan, now) };
    let mut report = Report::from(wait).seen(plan.promise());
    report.learned.unblocks_on = Some(plan.unblocks_on);
    report
}

/// The signup that leads into a new WABA has left its token with the migration. Whatever comes for the WABA that the
/// customer leaves, a token of the partner's or `PARTNER_ADDED`, says nothing of the new one.
pub(crate) async fn look_for_a_new_waba<P: Ports>(work: &Work<'_, P>) -> Result<Report, Fault> {
    let at = match work.signups_token().await {
        Ok((_, stored)) => stored.stored_at,
        Err(Fault::TokenMissing) => {
            if let Some(left) = left_the_old(work).await? {
                return Ok(left);
            }
            let until = after(work.now(), LOOKS_EVERY);
            let wait = Outcome::Wait { on: WaitsFor::Customer, until, reason: Reason::MOVE_NOT_BEGUN };
            return Ok(wait.into());
        }
        Err(fault) => return Err(fault),
    };
    let mut report = Report::from(Outcome::Done).seen(format!("signed up on {}", spoken(at)));
    report.learned.came_at = Some(at);
    Ok(report)
}

/// A person's, where the customer has removed us from the WABA that they leave before they signed up anew; of one that is another
/// partner's nobody tells us.
async fn left_the_old<P: Ports>(work: &Work<'_, P>) -> Result<Option<Report>, Fault> {
    if !work.state.is_said_to_be_left() {
        return Ok(None);
    }
    let source = work.source().await?;
    let (Some(waba), Some(_)) = (&source.waba, &source.business) else { return Ok(None) };
    let token = work.customer_token().await?;
    work.left(&token, waba).await
}

/// When the customer came to us, and how: by their own signup, or added to a WABA that was named at creation.
fn came(state: &State, now: Timestamp) -> Option<(Timestamp, String)> {
    let signed_up = state.signed_up_at.map(|at| (at, "signed up".to_owned()));
    let added = state.partner_added_at.filter(|at| after(*at, CODE_FOLLOWS_WITHIN) <= now);
    let added = added.zip(state.waba.as_ref());
    signed_up.or_else(|| added.map(|(at, waba)| (at, format!("PARTNER_ADDED for WABA {waba}"))))
}

/// A date that has moved is told first; after that, how many days are left.
fn reason(state: &State, plan: &Plan, now: Timestamp) -> Reason {
    let moved = state.unblocks_on.is_some_and(|before| before != plan.unblocks_on);
    let reminder = plan::reminder_at(plan.sign_up_before, state.migration.created_at(), now);
    match reminder {
        _ if moved => Reason::SIGN_UP_MISSED,
        Some(reminder) => reminder.reason(),
        None if state.reason == Some(Reason::SIGN_UP_MISSED) => Reason::SIGN_UP_MISSED,
        None => Reason::NOT_SIGNED_UP,
    }
}
