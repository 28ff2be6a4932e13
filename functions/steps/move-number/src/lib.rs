//! Starts the move of numbers into a WABA that Meta has made without them; registering them ends it (facts 6.3, 17.2).

use std::collections::BTreeSet;

use aws_lambda_events::eventbridge::EventBridgeEvent;
use handover_domain::decision::Decision;
use handover_domain::moment::after;
use handover_domain::number::DisplayNumber;
use handover_domain::outcome::{Outcome, WaitsFor};
use handover_domain::reason::Reason;
use handover_domain::step::Step;
use handover_engine::assets::{self, Assets, Number};
use handover_engine::ports::Ports;
use handover_engine::runner::{self, Effect, Ran, RunError, StepDue};
use handover_engine::source::Source;
use handover_engine::work::{Fault, Report, Work};
use handover_graph::calls::move_number::MoveNumber;
use handover_graph::calls::phone_numbers::ListPhoneNumbers;
use handover_graph::error::{Applied, GraphError};
use handover_graph::secret::Token;
use jiff::fmt::serde::timestamp::millisecond;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The detail [`Asked`].
const ASKED: &str = "numbers-asked-for";
/// Meta may list a number a moment after it has taken the move; what is not there after ten minutes is not looked for every
/// minute.
const SOON: SignedDuration = SignedDuration::from_mins(10);
const LOOKS_SOON: SignedDuration = SignedDuration::from_mins(1);
const LOOKS_LATER: SignedDuration = SignedDuration::from_hours(1);
/// The number is on the new WABA already: the answer to a first call was lost, or somebody was faster (facts 13.5).
const THERE_ALREADY: i64 = 2_388_012;
/// With less than this left, the rest is for the next turn.
const A_NUMBER_NEEDS: SignedDuration = SignedDuration::from_secs(15);

/// The digits of the numbers that Meta was asked to move, and when that was last; written before each call, since nobody
/// says what a second one does while the first is pending (facts 18).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Asked {
    digits: BTreeSet<String>,
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
}

/// Runs the row "move the number".
///
/// # Errors
///
/// [`RunError`] if record or vault gave no answer; the sweep runs the turn again.
pub async fn handle<P: Ports>(ports: &P, event: EventBridgeEvent<StepDue>) -> Result<Ran, RunError> {
    runner::run::<MoveNumbers, P>(ports, &event.detail).await
}

struct MoveNumbers;

impl Effect for MoveNumbers {
    const STEP: Step = Step::MoveNumber;

    async fn run<P: Ports>(work: &Work<'_, P>) -> Result<Report, Fault> {
        let token = work.customer_token().await?;
        let (source, assets) = (work.source().await?, work.assets().await?);
        let numbers = work.list(&token, ListPhoneNumbers { waba: work.waba()?, after: None }).await?;
        let listed: Vec<Number> = numbers.iter().map(Number::from).collect();
        let there = source.moved(&listed);
        if there.len() == source.numbers.len() {
            return done(work, assets, listed);
        }
        let mut asked: Asked = work.detail(ASKED).await?.unwrap_or_default();
        for number in source.numbers.iter().filter(|number| !there.contains(number)) {
            if work.time_left() < A_NUMBER_NEEDS {
                return Ok(Outcome::Progress.into());
            }
            let Some(written) = number.display.as_deref().and_then(|display| display.parse().ok()) else {
                let stop = work.person(Reason::NUMBER_UNREADABLE);
                return Ok(stop.seen(format!("number {}", number.name())));
            };
            if let Some(stop) = ask(work, &token, &mut asked, written).await? {
                return Ok(stop);
            }
        }
        Ok(not_listed_yet(work, &source, &asked))
    }
}

fn not_listed_yet<P: Ports>(work: &Work<'_, P>, source: &Source, asked: &Asked) -> Report {
    let just_now = asked.at.is_some_and(|at| work.now() < after(at, SOON));
    let until = after(work.now(), if just_now { LOOKS_SOON } else { LOOKS_LATER });
    let wait = Outcome::Wait { on: WaitsFor::Meta, until, reason: Reason::NUMBER_NOT_LISTED };
    let names: Vec<String> = source.numbers.iter().map(Number::name).collect();
    Report::from(wait).seen(format!("Meta was asked to move {}", names.join(", ")))
}

/// Asks Meta for one number, once; what stops here, if Meta has refused it.
async fn ask<P: Ports>(
    work: &Work<'_, P>,
    token: &Token,
    asked: &mut Asked,
    number: DisplayNumber,
) -> Result<Option<Report>, Fault> {
    let before = asked.clone();
    let is_told_anew = work.state.decision == Some(Decision::NotApplied);
    if !asked.digits.insert(number.digits()) && !is_told_anew {
        return Ok(None);
    }
    asked.at = Some(work.now());
    let record = vec![work.detail_write(ASKED, &*asked)?];
    if is_told_anew {
        work.record_by_decision(record).await?;
    } else {
        work.record(record).await?;
    }
    let call = MoveNumber { waba: work.waba()?, number };
    match work.call(token, &call).await {
        Ok(_) => Ok(None),
        Err(error) if is_there_already(&error) => Ok(None),
        Err(error) if error.outcome() == Applied::No => {
            let failed = format!("number {} could not be moved", call.number.as_str());
            let report = Report::of_error(error, work.now()).seen(failed);
            Ok(Some(report.with(work.detail_write(ASKED, &before)?)))
        }
        Err(error) => {
            let sentence = format!("{}: whether Meta has taken it is not known", error.call);
            let report = not_listed_yet(work, &work.source().await?, asked).seen(sentence);
            Ok(Some(Report { error: Some(error), ..report }))
        }
    }
}

fn is_there_already(error: &GraphError) -> bool {
    error.refused().is_some_and(|refused| refused.subcode == Some(THERE_ALREADY))
}

/// The numbers are there, under the ids that they have now.
fn done<P: Ports>(work: &Work<'_, P>, assets: Assets, listed: Vec<Number>) -> Result<Report, Fault> {
    let names: Vec<String> = listed.iter().map(Number::name).collect();
    let report = Report::from(Outcome::Done).seen(format!("the new WABA lists {}", names.join(", ")));
    Ok(report.with(work.detail_write(assets::DETAIL, &Assets { numbers: listed, ..assets })?))
}
