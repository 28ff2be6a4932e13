//! Tells the bus that the customer can send again, that they have moved, or that it is done.

use aws_lambda_events::eventbridge::EventBridgeEvent;
use handover_domain::outcome::Outcome;
use handover_domain::reason::Reason;
use handover_domain::state::Finding;
use handover_domain::step::Step;
use handover_domain::templates::Count;
use handover_engine::ports::{Bus, Event, Ports};
use handover_engine::public_events::{
    self, ANNOUNCED, AnnouncedFinding, AnnouncedNumber, CustomerMoved, CustomerUnblocked,
};
use handover_engine::runner::{self, Effect, Ran, RunError, StepDue};
use handover_engine::templates::Side;
use handover_engine::work::{Fault, Report, Work};
use handover_graph::calls::phone_numbers::{ListPhoneNumbers, PhoneNumber};
use jiff::SignedDuration;

/// A bus that takes nothing now may take it in a minute.
const SENDS_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// Runs the row "announce".
///
/// # Errors
///
/// [`RunError`] if record or vault gave no answer; the sweep runs the turn again.
pub async fn handle<P: Ports>(ports: &P, event: EventBridgeEvent<StepDue>) -> Result<Ran, RunError> {
    runner::run::<Announce, P>(ports, &event.detail).await
}

struct Announce;

impl Effect for Announce {
    const STEP: Step = Step::Announce;

    async fn run<P: Ports>(work: &Work<'_, P>) -> Result<Report, Fault> {
        let done = Report::from(Outcome::Done);
        if work.state.flow.flow().moves {
            let moved = moved(work).await?;
            let done = done.with(work.detail_write(ANNOUNCED, &moved)?);
            return put(work, &moved.event(), done).await;
        }
        if !work.state.flow.flow().silences {
            // The same that the stream tells once it is committed, under the same id; but promised.
            return put(work, &public_events::ended(&work.state), done).await;
        }
        let unblocked = unblocked(work, &numbers(work).await);
        let done = done.with(work.detail_write(ANNOUNCED, &unblocked)?);
        put(work, &unblocked.event(), done).await
    }
}

/// Puts the event before the commit: a crash in between says it twice, with the same id, and never not at all.
async fn put<P: Ports>(work: &Work<'_, P>, event: &Event, done: Report) -> Result<Report, Fault> {
    match work.ports.bus().put(std::slice::from_ref(event)).await {
        Ok(not_taken) if not_taken.is_empty() => {
            let report = done.seen(format!("{} is on the bus", event.detail_type));
            Ok(work.state.findings.iter().fold(report, |report, finding| {
                report.seen(format!("still open: {} ({})", finding.row, finding.reason))
            }))
        }
        Ok(not_taken) => {
            let code = not_taken.first().map_or("no code", |not_taken| not_taken.code.as_str());
            Ok(again().seen(format!("the bus did not take it: {code}")))
        }
        Err(_) => Ok(again()),
    }
}

fn again() -> Report {
    Outcome::Retry { after: SENDS_AGAIN_AFTER, reason: Reason::BUS_REFUSED }.into()
}

/// The numbers as they are now. The customer can send, whether or not they can be read: no veto.
async fn numbers<P: Ports>(work: &Work<'_, P>) -> Vec<PhoneNumber> {
    let (Ok(token), Ok(waba)) = (work.customer_token().await, work.waba()) else { return Vec::new() };
    work.list(&token, ListPhoneNumbers { waba, after: None }).await.unwrap_or_default()
}

fn unblocked<P: Ports>(work: &Work<'_, P>, numbers: &[PhoneNumber]) -> CustomerUnblocked {
    let state = &work.state;
    CustomerUnblocked {
        id: format!("{}-unblocked", state.migration),
        migration: state.migration,
        waba: state.waba.clone(),
        blocked_since: state.blocked_since(),
        unblocked_at: work.now(),
        unblocks_on: state.unblocks_on,
        numbers: announced(numbers),
        findings: open(&state.findings),
    }
}

async fn moved<P: Ports>(work: &Work<'_, P>) -> Result<CustomerMoved, Fault> {
    let old = work.kept_templates(Side::Old).await?;
    let new = work.kept_templates(Side::New).await?;
    let state = &work.state;
    Ok(CustomerMoved {
        id: format!("{}-moved", state.migration),
        migration: state.migration,
        waba: state.waba.clone(),
        source: state.source.clone(),
        cut_over_at: state.cut_over_at,
        numbers: announced(&numbers(work).await),
        templates: old.zip(new).map(|(old, new)| Count::of(&old, &new)),
        findings: open(&state.findings),
    })
}

fn announced(numbers: &[PhoneNumber]) -> Vec<AnnouncedNumber> {
    let number = |number: &PhoneNumber| AnnouncedNumber {
        id: number.id.clone(),
        status: number.status.as_ref().map(|status| status.as_str().to_owned()),
        registered: number.is_registered(),
    };
    numbers.iter().map(number).collect()
}

fn open(findings: &[Finding]) -> Vec<AnnouncedFinding> {
    let open =
        |finding: &Finding| AnnouncedFinding { row: finding.row.clone(), reason: finding.reason.clone() };
    findings.iter().map(open).collect()
}
