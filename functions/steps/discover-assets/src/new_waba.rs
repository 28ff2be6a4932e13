//! The new WABA is the one that was asked for: made since, of the same portfolio, in the right solution, with a number of the
//! old one.
//!
//! Whatever else it is, nothing has been done with it yet: the customer signs up again, and the old WABA works as before.

use handover_domain::decision::Decision;
use handover_domain::ids::{SolutionId, WabaId};
use handover_domain::moment::{after, spoken};
use handover_domain::outcome::Outcome;
use handover_domain::reason::Reason;
use handover_domain::step::Step;
use handover_engine::assets::{Assets, Number};
use handover_engine::ports::Ports;
use handover_engine::source::Source;
use handover_engine::work::{Fault, Report, Work};
use handover_graph::calls::migration_intents::IntentTarget;
use handover_graph::calls::read_creation::ReadCreation;
use handover_graph::calls::solutions::{ListSolutions, Solution};
use handover_graph::error::Refused;
use handover_graph::secret::Token;
use jiff::{SignedDuration, Timestamp};

use crate::token::CheckedToken;

/// Meta may list the solution and the number of a new WABA a moment after the signup.
const LISTED_WITHIN: SignedDuration = SignedDuration::from_mins(10);
/// So far our clock may be ahead of Meta's, by which it says when a WABA was made.
pub(crate) const CLOCKS_DIFFER_BY: SignedDuration = SignedDuration::from_mins(10);
const LOOKS_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// What was found, in sentences for the history; or what stops here.
pub(crate) type Checked = Result<Vec<String>, Box<Report>>;

pub(crate) async fn check<P: Ports>(
    work: &Work<'_, P>,
    token: &CheckedToken,
    assets: &Assets,
) -> Result<Checked, Fault> {
    let source = work.source().await?;
    if let Some(business) = source.business.as_ref().filter(|business| **business != assets.business) {
        let seen = format!(
            "WABA {} belongs to business {}, the old one to business {business}",
            assets.waba, assets.business
        );
        return Ok(Err(work.person(Reason::ANOTHER_PORTFOLIO).seen(seen).into()));
    }
    let new = match is_new(work, &token.opened, assets).await? {
        Ok(seen) => seen,
        Err(stop) => return Ok(Err(stop.into())),
    };
    if let Some(stop) = is_elsewhere(work, token, assets).await? {
        return Ok(Err(stop.into()));
    }
    Ok(numbers(work, token, &source, assets).map(|seen| new.into_iter().chain(seen).collect()))
}

/// What Meta may show in a moment is looked at again, and is a person's after that.
fn not_yet<P: Ports>(work: &Work<'_, P>, token: &CheckedToken, reason: Reason) -> Report {
    if token.stored_at().is_some_and(|at| work.now() < after(at, LISTED_WITHIN)) {
        return Outcome::Retry { after: LOOKS_AGAIN_AFTER, reason }.into();
    }
    work.person(reason)
}

/// A WABA that was there before is paid for by somebody, and its share would have to wait for the month's window.
async fn is_new<P: Ports>(
    work: &Work<'_, P>,
    token: &Token,
    assets: &Assets,
) -> Result<Result<Option<String>, Report>, Fault> {
    if work.state.decision == Some(Decision::New) {
        return Ok(Ok(Some(format!("an operator says that WABA {} is new", assets.waba))));
    }
    let began = work.state.migration.created_at();
    Ok(match made(work, token, &assets.waba).await? {
        Some(made) if began.is_some_and(|began| made >= after(began, -CLOCKS_DIFFER_BY)) => Ok(None),
        Some(made) => Err(work.person(Reason::OLD_WABA).seen(format!(
            "WABA {} was made on {}",
            assets.waba,
            spoken(made)
        ))),
        None => Err(work.person(Reason::WABA_AGE_UNREAD).seen(format!("WABA {}", assets.waba))),
    })
}

/// When Meta says that a WABA was made. Its SDKs name the field and no guide does (facts 4.1), so a refusal says nothing.
pub(crate) async fn made<P: Ports>(
    work: &Work<'_, P>,
    token: &Token,
    waba: &WabaId,
) -> Result<Option<Timestamp>, Fault> {
    match work.call(token, &ReadCreation { waba: waba.clone() }).await {
        Ok(made) => Ok(made),
        Err(error) if error.refused().is_some_and(Refused::withholds_a_field) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A WABA in another active solution, or in none where it should be in one, is billed by others than it should be. Where
/// nothing was asked of Meta, our own link is all that says into which it leads.
async fn is_elsewhere<P: Ports>(
    work: &Work<'_, P>,
    token: &CheckedToken,
    assets: &Assets,
) -> Result<Option<Report>, Fault> {
    if !work.state.flow.flow().has(Step::SetMigrationIntent) {
        return Ok(None);
    }
    let active = match active_solutions(work, &token.opened, &assets.waba).await? {
        Ok(active) => active,
        Err(unclear) => return Ok(Some(not_yet(work, token, Reason::SOLUTION_UNCLEAR).seen(unclear))),
    };
    let fits = match work.target().await? {
        IntentTarget::Solution(wanted) => active == [wanted],
        IntentTarget::App(_) => active.is_empty(),
    };
    if fits {
        return Ok(None);
    }
    let seen = format!("WABA {} is in {}", assets.waba, shown(&active));
    Ok(Some(not_yet(work, token, Reason::WRONG_SOLUTION).seen(seen)))
}

/// The active solutions that a WABA is in; or a sentence on one of which nobody knows whether it is active.
pub(crate) async fn active_solutions<P: Ports>(
    work: &Work<'_, P>,
    token: &Token,
    waba: &WabaId,
) -> Result<Result<Vec<SolutionId>, String>, Fault> {
    let listed = work.list(token, ListSolutions { waba: waba.clone(), after: None }).await?;
    if let Some(unclear) = listed.iter().find(|solution| solution.is_unclear()) {
        return Ok(Err(format!("status of solution {}: {}", unclear.id, unclear.shown())));
    }
    Ok(Ok(listed.into_iter().filter(Solution::is_active).map(|one| one.id).collect()))
}

pub(crate) fn shown(active: &[SolutionId]) -> String {
    let ids: Vec<&str> = active.iter().map(SolutionId::as_str).collect();
    if ids.is_empty() { "no active solution".to_owned() } else { ids.join(", ") }
}

fn numbers<P: Ports>(work: &Work<'_, P>, token: &CheckedToken, source: &Source, assets: &Assets) -> Checked {
    let old = source.waba.as_ref().map_or_else(|| "not known".to_owned(), ToString::to_string);
    let new = format!("the new WABA is {}, the old one {old}", assets.waba);
    if work.state.flow.flow().has(Step::MoveNumber) {
        // Meta has made it without numbers: they follow in a row of their own.
        return Ok(vec![new]);
    }
    let moved = source.moved(&assets.numbers);
    if moved.is_empty() {
        let shown: Vec<String> = assets.numbers.iter().map(Number::name).collect();
        let seen = format!("WABA {} has the numbers: {}", assets.waba, shown.join(", "));
        return Err(not_yet(work, token, Reason::ANOTHER_NUMBER).seen(seen).into());
    }
    let stays = source.numbers.iter().filter(|number| !moved.contains(number));
    let stays =
        stays.map(|number| format!("{} stays on the old WABA: a signup moves one number", number.name()));
    Ok(std::iter::once(new).chain(stays).collect())
}
