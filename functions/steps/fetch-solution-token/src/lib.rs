//! Fetches the customer's token under the solution into which they have let their WABA, where no signup brings one (facts
//! 10.7).

use aws_lambda_events::eventbridge::EventBridgeEvent;
use handover_domain::flow::Asked;
use handover_domain::ids::{BusinessId, WabaId};
use handover_domain::moment::after;
use handover_domain::outcome::{Outcome, WaitsFor};
use handover_domain::reason::Reason;
use handover_domain::step::Step;
use handover_engine::items::{self, TokenOwner};
use handover_engine::ports::{Ports, Purpose, Vault};
use handover_engine::runner::{self, Effect, Ran, RunError, StepDue};
use handover_engine::tokens::StoredToken;
use handover_engine::work::{Fault, Report, Work};
use handover_engine::writes;
use handover_graph::calls::debug_token::DebugToken;
use handover_graph::calls::migration_intents::ReadMigrationIntent;
use handover_graph::calls::solutions::FetchSolutionToken;
use handover_graph::error::Refused;
use handover_graph::secret::Token;
use jiff::SignedDuration;

/// The new WABA is made by Meta when the customer accepts, and may be named a moment later.
const LOOKS_EVERY: SignedDuration = SignedDuration::from_mins(10);

/// Runs the row "fetch the token".
///
/// # Errors
///
/// [`RunError`] if record or vault gave no answer; the sweep runs the turn again.
pub async fn handle<P: Ports>(ports: &P, event: EventBridgeEvent<StepDue>) -> Result<Ran, RunError> {
    runner::run::<FetchToken, P>(ports, &event.detail).await
}

struct FetchToken;

impl Effect for FetchToken {
    const STEP: Step = Step::FetchSolutionToken;

    async fn run<P: Ports>(work: &Work<'_, P>) -> Result<Report, Fault> {
        let Whose { waba, business } = match whose(work).await? {
            Ok(whose) => whose,
            Err(waits) => return Ok(waits.into()),
        };
        let caller = work.system_token().await?;
        let fetch = FetchSolutionToken { solution: work.destination().await?.solution, business };
        let access = match work.call(&caller, &fetch).await {
            Ok(access) => access,
            Err(error) if is_handed_off(work) && error.refused().is_some_and(Refused::denies_access) => {
                let seen = format!("solution {}, business {}: {error}", fetch.solution, fetch.business);
                return Ok(work.person(Reason::NOT_IN_OUR_SOLUTION).seen(seen));
            }
            Err(error) => return Err(error.into()),
        };
        let facts = work.call(&caller, &DebugToken { input: access.clone() }).await?;
        if !facts.is_valid {
            return Err(Fault::TokenMissing);
        }
        if facts.app.as_ref() != Some(&work.ports.settings().app) {
            let stop = work.person(Reason::TOKEN_FOREIGN);
            return Ok(stop.seen(format!("the token that Meta gave is of {}", facts.shown_app())));
        }
        let token = Token::new(access, &work.ports.vault().app_secret().await?);
        let owner = TokenOwner::Migration(work.state.migration);
        let text = token.expose().map_err(|_| Fault::TokenMissing)?;
        let sealed = work.ports.vault().seal(&owner.to_string(), Purpose::Token, &text).await?;
        let sentence = format!("the new WABA is {waba}, and its token is stored");
        let stored = StoredToken::new(sealed, work.now(), Some(facts), Some(waba));
        let key = items::token(&owner);
        let item = items::written(&key, &stored)?;
        Ok(Report::from(Outcome::Done).seen(sentence).with(writes::put(key, item, vec![])))
    }
}

/// Whose token it is.
struct Whose {
    waba: WabaId,
    business: BusinessId,
}

fn is_handed_off<P: Ports>(work: &Work<'_, P>) -> bool {
    work.state.flow.flow().asks.contains(&Asked::HandOff)
}

/// The new WABA and its owner: as the Tech Provider's hand-off names them, of which nothing is believed; or as Meta does in
/// its answer to our request.
async fn whose<P: Ports>(work: &Work<'_, P>) -> Result<Result<Whose, Outcome>, Fault> {
    if let Some(wanted) = work.wanted().await? {
        return Ok(Ok(Whose { waba: wanted.paper.waba, business: wanted.paper.business }));
    }
    let missing = Fault::Missing("the number of the request to Meta");
    let intent = work.intent(&work.waba()?).await?.and_then(|intent| intent.id).ok_or(missing)?;
    let old = work.customer_token().await?;
    let Some(waba) = work.call(&old, &ReadMigrationIntent { intent }).await?.destination else {
        let until = after(work.now(), LOOKS_EVERY);
        return Ok(Err(Outcome::Wait { on: WaitsFor::Meta, until, reason: Reason::NEW_WABA_NOT_NAMED }));
    };
    let business = work.source().await?.business.ok_or(Fault::Missing("the owner of the old WABA"))?;
    Ok(Ok(Whose { waba, business }))
}
