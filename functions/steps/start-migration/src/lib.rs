//! Pre-flight: checks what can be checked before the customer unshares, and plans the day.

use std::collections::{BTreeMap, BTreeSet};

use aws_lambda_events::eventbridge::EventBridgeEvent;
use handover_domain::ids::CreditLineId;
use handover_domain::outcome::Outcome;
use handover_domain::plan::Plan;
use handover_domain::reason::Reason;
use handover_domain::step::Step;
use handover_engine::ports::Ports;
use handover_engine::preflight::{self, Preflight};
use handover_engine::runner::{self, Effect, Ran, RunError, StepDue};
use handover_engine::work::{Fault, Report, Work};
use handover_graph::calls::credit_lines::{CreditLine, ListCreditLines};
use handover_graph::calls::phone_numbers::ListPhoneNumbers;
use handover_graph::calls::read_waba::{ReadWaba, Waba};
use handover_graph::error::Refused;
use handover_graph::secret::Token;
use handover_graph::words::Ownership;
use jiff::tz::TimeZone;

/// Runs the row "pre-flight".
///
/// # Errors
///
/// [`RunError`] if record or vault gave no answer; the sweep runs the turn again.
pub async fn handle<P: Ports>(ports: &P, event: EventBridgeEvent<StepDue>) -> Result<Ran, RunError> {
    runner::run::<StartMigration, P>(ports, &event.detail).await
}

/// The code with which Meta refuses a field that it does not know (facts 13.2).
const UNKNOWN_FIELD: i64 = 100;

struct StartMigration;

impl Effect for StartMigration {
    const STEP: Step = Step::StartMigration;

    async fn run<P: Ports>(work: &Work<'_, P>) -> Result<Report, Fault> {
        let settings = work.ports.settings();
        let token = work.system_token().await?;
        let lines = lines(work, &token).await?;
        let listed: BTreeMap<_, _> = lines.iter().map(|line| (&line.id, line.currency.as_ref())).collect();
        let ours = settings.credit_lines.all();
        if let Some(missing) = ours.iter().find(|line| !listed.contains_key(*line)) {
            let sentence = format!("{} lists {} credit lines, not {missing}", settings.business, lines.len());
            return Ok(Report::from(Outcome::person(work.now(), Reason::CREDIT_LINE_MISSING)).seen(sentence));
        }
        let known = |line: &&CreditLineId| Some(((*line).clone(), (*listed.get(line)?)?.clone()));
        let found = Preflight { currencies: ours.iter().copied().filter_map(|line| known(&line)).collect() };
        let waba = waba(work, &token).await?;
        if let Some(waba) = &waba
            && let Some(stop) = stops(work, &token, waba).await?
        {
            return Ok(stop);
        }
        let plan = Plan::at(work.now(), &TimeZone::UTC, &settings.month_edge);
        let mut report = Report::from(Outcome::Done)
            .seen(there(&ours))
            .seen(plan.promise())
            .with(work.detail_write(preflight::DETAIL, &found)?);
        let currency = waba.and_then(|waba| waba.currency);
        let warning =
            currency.and_then(|currency| found.warning(settings.credit_lines.of(&currency), &currency));
        if let Some(warning) = warning {
            report = report.seen(warning);
        }
        report.learned.unblocks_on = Some(plan.unblocks_on);
        Ok(report)
    }
}

/// Why a WABA that can be read before the customer unshares cannot switch: said now, it silences nobody.
async fn stops<P: Ports>(work: &Work<'_, P>, token: &Token, waba: &Waba) -> Result<Option<Report>, Fault> {
    match &waba.ownership {
        None | Some(Ownership::ClientOwned) => {}
        Some(Ownership::OnBehalfOf) => {
            return Ok(Some(Outcome::Refused { reason: Reason::PARTNER_OWNED }.into()));
        }
        Some(other) => {
            let stop = Report::from(Outcome::person(work.now(), Reason::OWNERSHIP_UNCLEAR));
            return Ok(Some(stop.seen(format!("ownership_type of WABA {}: {}", waba.id, other.as_str()))));
        }
    }
    match work.list(token, ListPhoneNumbers { waba: waba.id.clone(), after: None }).await {
        Ok(numbers) => Ok(preflight::numbers_stop(&numbers).map(|reason| Outcome::Refused { reason }.into())),
        Err(error) if error.refused().is_some_and(Refused::denies_access) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn there(lines: &BTreeSet<&CreditLineId>) -> String {
    let ids: Vec<&str> = lines.iter().map(|line| line.as_str()).collect();
    match ids.as_slice() {
        [one] => format!("credit line {one} is there"),
        several => format!("credit lines {} are there", several.join(", ")),
    }
}

/// Our credit lines, with their currency if Meta tells it: a field that Meta does not know must not keep anybody
/// from moving.
async fn lines<P: Ports>(work: &Work<'_, P>, token: &Token) -> Result<Vec<CreditLine>, Fault> {
    let list = |with_currency| ListCreditLines {
        business: work.ports.settings().business.clone(),
        with_currency,
        after: None,
    };
    match work.list(token, list(true)).await {
        Err(error) if error.refused().is_some_and(|refused| refused.code == UNKNOWN_FIELD) => {
            Ok(work.list(token, list(false)).await?)
        }
        answered => Ok(answered?),
    }
}

/// A WABA that was named at creation. Before the signup Meta rarely shows it to us, and a WABA that cannot be read
/// says nothing of its owner (facts 5.3).
async fn waba<P: Ports>(work: &Work<'_, P>, token: &Token) -> Result<Option<Waba>, Fault> {
    let Some(waba) = work.state.waba.clone() else { return Ok(None) };
    match work.call(token, &ReadWaba { waba }).await {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.refused().is_some_and(Refused::denies_access) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
