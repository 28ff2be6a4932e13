//! Has a code sent to a number that moves, when an operator says that somebody is there to read it, and gives the code back to
//! Meta (facts 6.4).
//!
//! Neither call may be made twice: each request sends another code and uses up a quota that nobody names, and a code works
//! once. So both are written down before, and whether a code was taken is read from the number.

use aws_lambda_events::eventbridge::EventBridgeEvent;
use handover_domain::decision::Decision;
use handover_domain::ids::PhoneNumberId;
use handover_domain::moment::{after, spoken};
use handover_domain::number::CodeMethod;
use handover_domain::outcome::{Outcome, WaitsFor};
use handover_domain::reason::Reason;
use handover_domain::step::Step;
use handover_engine::items;
use handover_engine::ports::{Ports, Purpose, Vault};
use handover_engine::records::{Action, Expectation, Write};
use handover_engine::runner::{self, Effect, Ran, RunError, StepDue};
use handover_engine::verification::{self, Asked, StoredCode};
use handover_engine::work::{Fault, Report, Work};
use handover_engine::writes;
use handover_graph::calls::phone_numbers::ReadPhoneNumber;
use handover_graph::calls::verify_number::{RequestCode, VerifyCode};
use handover_graph::error::{Applied, GraphError};
use handover_graph::secret::{Token, VerificationCode};
use handover_graph::words::CodeVerification;
use jiff::SignedDuration;
use serde_json::json;

/// A verdict and a code wake the row; without them somebody may have verified the number in WhatsApp Manager.
const LOOKS_EVERY: SignedDuration = SignedDuration::from_hours(6);
/// Meta may show a moment later that it has taken a code whose answer was lost.
const LOOKS_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// Runs the row "verify the number".
///
/// # Errors
///
/// [`RunError`] if record or vault gave no answer; the sweep runs the turn again.
pub async fn handle<P: Ports>(ports: &P, event: EventBridgeEvent<StepDue>) -> Result<Ran, RunError> {
    runner::run::<VerifyNumber, P>(ports, &event.detail).await
}

struct VerifyNumber;

impl Effect for VerifyNumber {
    const STEP: Step = Step::VerifyNumber;

    async fn run<P: Ports>(work: &Work<'_, P>) -> Result<Report, Fault> {
        let token = work.customer_token().await?;
        let number = number(work).await?;
        let read = work.call(&token, &ReadPhoneNumber { number: number.clone() }).await?;
        let told: Option<StoredCode> = work.read(&items::code(work.state.migration)).await?;
        if read.code_verification == Some(CodeVerification::Verified) {
            let done = Report::from(Outcome::Done).seen(format!("number {number} is VERIFIED"));
            return Ok(told.iter().fold(done, |done, told| done.with(deleted(work, told))));
        }
        let given = match told {
            Some(told) => Some(give(work, &token, &number, told).await?),
            None => None,
        };
        let method = match work.state.decision {
            Some(Decision::Sms) => CodeMethod::Sms,
            Some(Decision::Voice) => CodeMethod::Voice,
            _ => return if let Some(given) = given { Ok(given) } else { stands(work).await },
        };
        match given {
            // Who has asked for another code does not think much of this one.
            Some(given) if !was_refused(&given) => Ok(given),
            _ => ask(work, &token, number, method).await,
        }
    }
}

fn was_refused(given: &Report) -> bool {
    matches!(&given.outcome, Outcome::Wait { reason, .. } if *reason == Reason::CODE_REFUSED)
}

/// The number that moves, under the id that it has on the destination.
async fn number<P: Ports>(work: &Work<'_, P>) -> Result<PhoneNumberId, Fault> {
    let (source, assets) = (work.source().await?, work.assets().await?);
    let moved = assets.numbers.iter().find(|number| !source.moved(std::slice::from_ref(*number)).is_empty());
    moved.and_then(|number| number.id.clone()).ok_or(Fault::Missing("the number that moves"))
}

/// What Meta was asked for, and has not surely refused.
async fn asked<P: Ports>(work: &Work<'_, P>) -> Result<Option<Asked>, Fault> {
    let asked: Option<Asked> = work.detail(verification::DETAIL).await?;
    Ok(asked.filter(|asked| asked.times > 0))
}

/// Whoever has to act next has not yet.
async fn stands<P: Ports>(work: &Work<'_, P>) -> Result<Report, Fault> {
    let asked = asked(work).await?;
    let was_refused = work.state.reason == Some(Reason::CODE_REFUSED);
    Ok(match asked {
        None => waits(work, WaitsFor::Person, Reason::NO_CODE_ASKED_FOR).seen(
            "no code is on its way: Meta is asked for one when somebody is at the number, to read it out",
        ),
        Some(_) if was_refused => {
            waits(work, WaitsFor::Person, Reason::CODE_REFUSED).seen("the last code was refused")
        }
        Some(asked) => waits(work, WaitsFor::Customer, Reason::CODE_AWAITED)
            .seen(format!("Meta was asked for a code on {}", spoken(asked.at))),
    })
}

fn waits<P: Ports>(work: &Work<'_, P>, on: WaitsFor, reason: Reason) -> Report {
    Outcome::Wait { on, until: after(work.now(), LOOKS_EVERY), reason }.into()
}

/// Asks Meta for a code, as an operator has decided; the decision is used up by it.
async fn ask<P: Ports>(
    work: &Work<'_, P>,
    token: &Token,
    number: PhoneNumberId,
    method: CodeMethod,
) -> Result<Report, Fault> {
    let before = asked(work).await?;
    let times = before.as_ref().map_or(1, |before| before.times.saturating_add(1));
    let asked = Asked { at: work.now(), method, times };
    work.record_by_decision(vec![work.detail_write(verification::DETAIL, &asked)?]).await?;
    let how = method.as_meta_writes_it();
    let awaited = || waits(work, WaitsFor::Customer, Reason::CODE_AWAITED);
    match work.call(token, &RequestCode { number, method }).await {
        Ok(()) => Ok(awaited().seen(format!("Meta sends a code ({how}); codes so far: {times}"))),
        Err(error) if error.outcome() == Applied::No => not_sent(work, before, asked, error),
        Err(error) => {
            let seen = format!("whether Meta sends a code ({how}) is not known: {}", error.call);
            Ok(Report { error: Some(error), ..awaited().seen(seen) })
        }
    }
}

/// Meta has sent none, and nothing is asked again by itself: whoever was at the number then may be so no longer.
fn not_sent<P: Ports>(
    work: &Work<'_, P>,
    before: Option<Asked>,
    asked: Asked,
    error: GraphError,
) -> Result<Report, Fault> {
    let report = Report::of_error(error, work.now()).seen("no code was sent; resolve sms or voice again");
    let outcome = match (report.outcome, &before) {
        (outcome @ (Outcome::Refused { .. } | Outcome::Wait { on: WaitsFor::Person, .. }), _) => outcome,
        (_, None) => waits(work, WaitsFor::Person, Reason::NO_CODE_ASKED_FOR).outcome,
        (_, Some(_)) => waits(work, WaitsFor::Customer, Reason::CODE_AWAITED).outcome,
    };
    let as_before = before.unwrap_or(Asked { times: 0, ..asked });
    let as_before = work.detail_write(verification::DETAIL, &as_before)?;
    Ok(Report { outcome, ..report }.with(as_before))
}

/// Gives Meta a code, once: it is deleted before, and whoever dies in between has the customer's word no longer.
async fn give<P: Ports>(
    work: &Work<'_, P>,
    token: &Token,
    number: &PhoneNumberId,
    stored: StoredCode,
) -> Result<Report, Fault> {
    let owner = items::code(work.state.migration).partition;
    let text = work.ports.vault().open(&owner, Purpose::Code, &stored.sealed).await?;
    let code = VerificationCode::new(text).map_err(|_| Fault::Missing("the code"))?;
    work.record(vec![deleted(work, &stored)]).await?;
    match work.call(token, &VerifyCode { number: number.clone(), code }).await {
        Ok(()) => Ok(Report::from(Outcome::Done).seen(format!("Meta has taken the code of number {number}"))),
        Err(error) if error.outcome() == Applied::No => refused(work, stored, error),
        Err(error) => {
            let until = after(work.now(), LOOKS_AGAIN_AFTER);
            let wait = Outcome::Wait { on: WaitsFor::Meta, until, reason: Reason::CODE_AWAITED };
            let seen = format!("whether Meta has taken the code is not known: {}", error.call);
            Ok(Report { error: Some(error), ..Report::from(wait).seen(seen) })
        }
    }
}

/// One that was told in between stays.
fn deleted<P: Ports>(work: &Work<'_, P>, stored: &StoredCode) -> Write {
    let as_read = Expectation::Is("stored_at", json!(stored.stored_at.as_millisecond()));
    Write { key: items::code(work.state.migration), expects: vec![as_read], action: Action::Delete }
}

/// No page says how Meta refuses a wrong code, so whatever is neither a limit of Meta's nor a call that never left is taken for
/// that. What Meta has surely not looked at is put back, and given again by itself.
fn refused<P: Ports>(work: &Work<'_, P>, stored: StoredCode, error: GraphError) -> Result<Report, Fault> {
    let has_left = error.refused().is_some();
    let report = Report::of_error(error, work.now());
    let is_a_limit =
        matches!(report.outcome, Outcome::Retry { .. } | Outcome::Wait { on: WaitsFor::Meta, .. });
    if has_left && !is_a_limit {
        return Ok(Report { outcome: waits(work, WaitsFor::Person, Reason::CODE_REFUSED).outcome, ..report });
    }
    let key = items::code(work.state.migration);
    let item = items::written(&key, &stored)?;
    Ok(report.with(writes::put(key, item, vec![Expectation::Absent])))
}
