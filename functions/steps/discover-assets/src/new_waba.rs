//! The new WABA is the one that was asked for: of the same portfolio, in the right solution, with a number of the old one.
//!
//! Whatever else it is, nothing has been done with it yet: the customer signs up again, and the old WABA works as before.

use handover_domain::outcome::Outcome;
use handover_domain::reason::Reason;
use handover_engine::assets::Assets;
use handover_engine::ports::Ports;
use handover_engine::work::{Fault, Report, Work};
use handover_graph::calls::migration_intents::IntentTarget;
use handover_graph::calls::phone_numbers::PhoneNumber;
use handover_graph::calls::solutions::ListSolutions;
use handover_graph::secret::Token;

/// What was found, in sentences for the history; or what stops here.
pub(crate) async fn check<P: Ports>(
    work: &Work<'_, P>,
    token: &Token,
    assets: &Assets,
    numbers: &[PhoneNumber],
) -> Result<Result<Vec<String>, Report>, Fault> {
    let source = work.source().await?;
    let stop = |reason: Reason, seen: String| Report::from(Outcome::person(work.now(), reason)).seen(seen);
    if assets.business != source.business {
        let seen = format!(
            "WABA {} belongs to business {}, WABA {} to business {}",
            assets.waba, assets.business, source.waba, source.business
        );
        return Ok(Err(stop(Reason::ANOTHER_PORTFOLIO, seen)));
    }
    let listed = work.list(token, ListSolutions { waba: assets.waba.clone(), after: None }).await?;
    let active: Vec<_> = listed.iter().filter(|solution| solution.is_active()).map(|one| &one.id).collect();
    let fits = match work.target().await? {
        IntentTarget::Solution(wanted) => active == [&wanted],
        IntentTarget::App(_) => active.is_empty(),
    };
    if !fits {
        let ids: Vec<&str> = active.iter().map(|id| id.as_str()).collect();
        let shown = if ids.is_empty() { "no active solution".to_owned() } else { ids.join(", ") };
        return Ok(Err(stop(Reason::WRONG_SOLUTION, format!("WABA {} is in {shown}", assets.waba))));
    }
    let moved = source.moved(numbers);
    if moved.is_empty() {
        let shown: Vec<&str> = numbers.iter().filter_map(|number| number.display.as_deref()).collect();
        let seen = format!("WABA {} has the numbers: {}", assets.waba, shown.join(", "));
        return Ok(Err(stop(Reason::ANOTHER_NUMBER, seen)));
    }
    let stays = source.numbers.iter().filter(|number| !moved.contains(number));
    let stays =
        stays.map(|number| format!("{} stays on the old WABA: a signup moves one number", number.name()));
    let new = format!("the new WABA is {}, the old one {}", assets.waba, source.waba);
    Ok(Ok(std::iter::once(new).chain(stays).collect()))
}
