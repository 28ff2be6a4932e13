//! Registers the numbers that are not connected on the Cloud API (facts 0.10, 6.5).

mod attempts;
mod observed;

use aws_lambda_events::eventbridge::EventBridgeEvent;
use handover_domain::moment::after;
use handover_domain::outcome::{Outcome, WaitsFor};
use handover_domain::reason::Reason;
use handover_domain::step::Step;
use handover_engine::assets::Number;
use handover_engine::ports::Ports;
use handover_engine::runner::{self, Effect, Ran, RunError, StepDue};
use handover_engine::settings::Register;
use handover_engine::work::{Fault, Report, Work};
use handover_graph::calls::phone_numbers::{ListPhoneNumbers, PhoneNumber, ReadPhoneNumber};
use handover_graph::calls::register_number::RegisterNumber;
use handover_graph::calls::set_pin::SetPin;
use handover_graph::error::GraphError;
use handover_graph::secret::{Pin, Token};
use handover_graph::words::Platform;
use jiff::SignedDuration;

use crate::attempts::{Attempt, Attempts};

/// Meta may show a registration a moment after it has taken it.
const LOOKS_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(1);
/// The number has a PIN that is not the one we know (facts 6.5).
const ANOTHER_PIN: i64 = 133_005;
/// The number rests for ten minutes after an attempt in any case.
const TRIES_WITH_THE_NEW_PIN_AFTER: SignedDuration = SignedDuration::from_mins(10);
/// With less than this left, the rest is for the next turn.
const A_NUMBER_NEEDS: SignedDuration = SignedDuration::from_secs(15);

const CUT_OVER: &str = "the number is on the new WABA: what was sent before is charged to the former payer, even if it is \
                        delivered later; what is sent from now on to the new one";

/// Runs the row "register numbers".
///
/// # Errors
///
/// [`RunError`] if record or vault gave no answer; the sweep runs the turn again.
pub async fn handle<P: Ports>(ports: &P, event: EventBridgeEvent<StepDue>) -> Result<Ran, RunError> {
    runner::run::<RegisterNumbers, P>(ports, &event.detail).await
}

struct RegisterNumbers;

impl Effect for RegisterNumbers {
    const STEP: Step = Step::RegisterNumbers;

    async fn run<P: Ports>(work: &Work<'_, P>) -> Result<Report, Fault> {
        let token = work.customer_token().await?;
        let waba = work.waba()?;
        let numbers = work.list(&token, ListPhoneNumbers { waba, after: None }).await?;
        if let Some(gone) = gone(work, &numbers).await? {
            return Ok(gone);
        }
        let numbers = that_concern(work, numbers).await?;
        let mut report = Report::from(Outcome::Done);
        for number in &numbers {
            if work.time_left() < A_NUMBER_NEEDS {
                return Ok(Report { outcome: Outcome::Progress, ..report });
            }
            let one = one(work, &token, number).await?;
            report = merge(report, one);
        }
        if work.state.flow.flow().moves && report.outcome == Outcome::Done {
            // This is what moves the number, and with it who pays (the page: "Billing").
            report.learned.cut_over_at = Some(work.now());
            report = report.seen(CUT_OVER);
        }
        observed::of(work, report, &numbers).await
    }
}

/// All of a WABA that is new with us; of one that the customer has had, only those that move into it.
async fn that_concern<P: Ports>(
    work: &Work<'_, P>,
    mut numbers: Vec<PhoneNumber>,
) -> Result<Vec<PhoneNumber>, Fault> {
    let flow = work.state.flow.flow();
    if flow.moves && !flow.makes_a_waba() {
        let source = work.source().await?;
        numbers.retain(|number| !source.moved(&[Number::from(number)]).is_empty());
    }
    Ok(numbers)
}

/// A person's, where a number that should move was on the new WABA and is no longer.
async fn gone<P: Ports>(work: &Work<'_, P>, numbers: &[PhoneNumber]) -> Result<Option<Report>, Fault> {
    if !work.state.flow.flow().moves {
        return Ok(None);
    }
    let source = work.source().await?;
    let listed: Vec<Number> = numbers.iter().map(Number::from).collect();
    let (moves, is_there) = (source.moved(&work.assets().await?.numbers), source.moved(&listed));
    let gone: Vec<String> =
        moves.into_iter().filter(|number| !is_there.contains(number)).map(Number::name).collect();
    if gone.is_empty() {
        return Ok(None);
    }
    let report = work.person(Reason::NUMBER_GONE);
    Ok(Some(report.seen(format!("WABA {} no longer lists {}", work.waba()?, gone.join(", ")))))
}

/// The first number that is not done decides for all; every number is told of.
fn merge(all: Report, one: Report) -> Report {
    let outcome = if all.outcome == Outcome::Done { one.outcome } else { all.outcome };
    let evidence = all.evidence.into_iter().chain(one.evidence).collect();
    let facts = all.facts.into_iter().chain(one.facts).collect();
    Report { outcome, evidence, facts, error: all.error.or(one.error), ..Report::from(Outcome::Done) }
}

async fn one<P: Ports>(work: &Work<'_, P>, token: &Token, number: &PhoneNumber) -> Result<Report, Fault> {
    let id = &number.id;
    if number.platform == Some(Platform::OnPremise) {
        return Ok(work.person(Reason::NUMBER_ON_PREMISE).seen(format!("number {id} is ON_PREMISE")));
    }
    let before = attempts::of(work, id).await?;
    let wanted = match work.ports.settings().register {
        Register::WhenNeeded => !number.is_registered(),
        Register::Always => !number.is_registered() || !before.made_by(work.state.migration),
    };
    if !wanted {
        return Ok(Report::from(Outcome::Done).seen(format!("number {id} is registered")));
    }
    if let Some(until) = before.rests_until(work.now()) {
        let wait = Outcome::Wait { on: WaitsFor::Meta, until, reason: Reason::NUMBER_NOT_REGISTERED };
        return Ok(Report::from(wait).seen(format!("number {id} was tried a moment ago")));
    }
    let attempt = match before.begin(work, id).await? {
        Attempt::Begun(pin) => pin,
        Attempt::UsedUp { until } => {
            let wait = Outcome::Wait { on: WaitsFor::Meta, until, reason: Reason::REGISTER_BUDGET };
            return Ok(Report::from(wait).seen(format!("number {id}: ten attempts in 72 hours")));
        }
    };
    let answer = work.call(token, &RegisterNumber { number: id.clone(), pin: attempt.clone() }).await;
    if work.call(token, &ReadPhoneNumber { number: id.clone() }).await?.is_registered() {
        return Ok(Report::from(Outcome::Done).seen(format!("number {id} was registered")));
    }
    match answer {
        Ok(()) => {
            let until = after(work.now(), LOOKS_AGAIN_AFTER);
            let wait = Outcome::Wait { on: WaitsFor::Meta, until, reason: Reason::NUMBER_NOT_REGISTERED };
            Ok(Report::from(wait)
                .seen(format!("number {id} was registered and is not shown as connected yet")))
        }
        Err(error) => not_registered(work, token, number, attempt, error).await,
    }
}

/// Meta has refused. A PIN of somebody else's is replaced by ours, for which the old one is not needed (facts 6.7), and
/// the next attempt uses it; a lock of Meta's is remembered for the number, whoever tries it next.
async fn not_registered<P: Ports>(
    work: &Work<'_, P>,
    token: &Token,
    number: &PhoneNumber,
    pin: Pin,
    error: GraphError,
) -> Result<Report, Fault> {
    let id = &number.id;
    let failed = format!("number {id} could not be registered");
    let code = error.refused().map(|refused| refused.code);
    if code == Some(ANOTHER_PIN) && work.call(token, &SetPin { number: id.clone(), pin }).await.is_ok() {
        let until = after(work.now(), TRIES_WITH_THE_NEW_PIN_AFTER);
        let wait = Outcome::Wait { on: WaitsFor::Meta, until, reason: Reason::NUMBER_NOT_REGISTERED };
        let report = Report { error: Some(error), ..Report::from(wait).seen(failed) };
        return Ok(report.seen("its PIN was not known; a new one is set, and the next attempt uses it"));
    }
    let report = Report::of_error(error, work.now()).seen(failed);
    match report.outcome {
        Outcome::Wait { on: WaitsFor::Meta, until, .. } => {
            let locked = Attempts::locked(work, id, until).await?;
            Ok(report.with(locked))
        }
        _ => Ok(report),
    }
}
