//! Learns the WABA, its owner and its numbers from Meta: what the browser said is a claim (rule 7).

mod hand_off;
mod new_waba;
mod payer;
mod token;

use aws_lambda_events::eventbridge::EventBridgeEvent;
use handover_domain::calendar;
use handover_domain::ids::WabaId;
use handover_domain::outcome::Outcome;
use handover_domain::reason::Reason;
use handover_domain::step::Step;
use handover_engine::assets::{self, Assets, Number};
use handover_engine::partnerships;
use handover_engine::ports::Ports;
use handover_engine::preflight::{self, Preflight};
use handover_engine::runner::{self, Effect, Ran, RunError, StepDue};
use handover_engine::unmatched;
use handover_engine::work::{Fault, Report, Work};
use handover_engine::writes;
use handover_graph::calls::phone_numbers::{ListPhoneNumbers, PhoneNumber};
use handover_graph::calls::read_owner::ReadOwner;
use handover_graph::calls::read_waba::{ReadWaba, Waba};
use handover_graph::secret::Token;

use crate::token::CheckedToken;

/// Runs the row "learn the assets".
///
/// # Errors
///
/// [`RunError`] if record or vault gave no answer; the sweep runs the turn again.
pub async fn handle<P: Ports>(ports: &P, event: EventBridgeEvent<StepDue>) -> Result<Ran, RunError> {
    runner::run::<DiscoverAssets, P>(ports, &event.detail).await
}

struct DiscoverAssets;

impl Effect for DiscoverAssets {
    const STEP: Step = Step::DiscoverAssets;

    async fn run<P: Ports>(work: &Work<'_, P>) -> Result<Report, Fault> {
        let token = match CheckedToken::of(work).await? {
            Ok(token) => token,
            Err(stop) => return Ok(stop),
        };
        let flow = work.state.flow.flow();
        let makes_a_waba = flow.makes_a_waba();
        let named = if makes_a_waba { token.new_waba(work) } else { token.waba(work.state.waba.as_ref()) };
        let waba_id = match named {
            Ok(waba) => waba,
            Err(reason) => {
                return Ok(match work.wanted().await? {
                    Some(wanted) => hand_off::of_another(work, &wanted),
                    // A new signup can still name it, so the migration does not end here.
                    None if reason == Reason::WABA_UNKNOWN => work.person(reason).seen(token.reach(work)),
                    None => refused(reason).seen(token.reach(work)),
                });
            }
        };
        let waba = work.call(&token.opened, &ReadWaba { waba: waba_id.clone() }).await?;
        if let Some(stop) = work.owner_stops(&waba) {
            return Ok(stop);
        }
        let numbers =
            work.list(&token.opened, ListPhoneNumbers { waba: waba_id.clone(), after: None }).await?;
        // Where nothing but the owner changes, or another number comes, these stay as they are.
        let changes = makes_a_waba || flow.silences;
        if let Some(reason) = preflight::numbers_stop(&numbers).filter(|_| changes) {
            let shown = some(numbers.iter().map(|number| Number::from(number).name()));
            return Ok(refused(reason).seen(format!("WABA {waba_id} has the numbers: {shown}")));
        }
        let assets = match assets(work, &token.opened, waba_id, waba, &numbers).await? {
            Ok(assets) => assets,
            Err(stop) => return Ok(stop),
        };
        let checked = match work.wanted().await? {
            Some(wanted) => hand_off::check(work, &token, &assets, &wanted).await?,
            None if makes_a_waba => new_waba::check(work, &token, &assets).await?,
            None if flow.moves => payer::check(work, &token, &assets).await?,
            None => Ok(Vec::new()),
        };
        match checked {
            Ok(evidence) => {
                let learned = learned(work, &token, &assets).await?;
                Ok(evidence.into_iter().fold(learned, Report::seen))
            }
            Err(stop) => Ok(*stop),
        }
    }
}

fn refused(reason: Reason) -> Report {
    Outcome::Refused { reason }.into()
}

/// The first of several names, and how many there are beside them: a sentence of the history has its limit.
fn some(names: impl ExactSizeIterator<Item = String>) -> String {
    const SHOWN: usize = 5;
    let more = names.len().saturating_sub(SHOWN);
    let shown = names.take(SHOWN).collect::<Vec<_>>().join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

async fn assets<P: Ports>(
    work: &Work<'_, P>,
    token: &Token,
    waba_id: WabaId,
    waba: Waba,
    numbers: &[PhoneNumber],
) -> Result<Result<Assets, Report>, Fault> {
    let unread = |what: &str| format!("Meta says nothing of the {what} of WABA {waba_id}");
    let Some(owner) = work.call(token, &ReadOwner { waba: waba_id.clone() }).await? else {
        return Ok(Err(work.person(Reason::OWNER_UNREAD).seen(unread("owner"))));
    };
    let Some(currency) = waba.currency else {
        return Ok(Err(work.person(Reason::CURRENCY_UNREAD).seen(unread("currency"))));
    };
    let credit_line = if work.partner_shares().await? {
        None
    } else {
        let Some(line) = work.ports.settings().credit_lines.of(&currency) else {
            let currency = currency.as_str();
            let sentence =
                format!("WABA {waba_id} is in {currency}, and no credit line of that currency is configured");
            return Ok(Err(work.person(Reason::CREDIT_LINE_MISSING).seen(sentence)));
        };
        Some(line.clone())
    };
    Ok(Ok(Assets {
        waba: waba_id,
        name: waba.name,
        business: owner.business,
        currency,
        timezone_id: waba.timezone_id,
        credit_line,
        numbers: numbers.iter().map(Number::from).collect(),
    }))
}

async fn learned<P: Ports>(
    work: &Work<'_, P>,
    token: &CheckedToken,
    assets: &Assets,
) -> Result<Report, Fault> {
    let window = calendar::window_for(work.now(), &work.ports.settings().month_edge);
    let mut report = Report::from(Outcome::Done)
        .seen(format!(
            "WABA {} of business {}, in {}",
            assets.waba,
            assets.business,
            assets.currency.as_str()
        ))
        .seen(match assets.numbers.len() {
            1 => "1 number".to_owned(),
            many => format!("{many} numbers"),
        })
        .with(work.detail_write(assets::DETAIL, assets)?)
        .with(partnerships::learned(&assets.waba, &assets.business));
    let found: Option<Preflight> = work.detail(preflight::DETAIL).await?;
    let line = assets.credit_line.as_ref();
    let warning = found.zip(line).and_then(|(found, line)| found.warning(line, &assets.currency));
    report.evidence.extend(warning);
    for write in token.moved_to(work, &assets.waba).await? {
        report = report.with(write);
    }
    // This migration explains who came: it need not be listed for a person any longer.
    for explained in unmatched::of(work.ports, &assets.waba).await? {
        report = report.with(writes::delete(explained.key()));
    }
    report.learned.waba = Some(assets.waba.clone());
    report.learned.unblocks_on = work.state.flow.flow().silences.then(|| window.unblocks_on());
    Ok(report)
}
