//! The look at Meta that goes before every decision about the money.

use handover_domain::decoder::Class;
use handover_domain::ids::FundingId;
use handover_domain::ledger::Seen;
use handover_engine::assets::Assets;
use handover_engine::ports::Ports;
use handover_engine::work::{Fault, Work};
use handover_graph::calls::allocations::ListAllocations;
use handover_graph::calls::read_funding::ReadFunding;
use handover_graph::error::GraphError;
use handover_graph::secret::Token;

/// What Meta shows of our credit line at this business, and what pays for the WABA.
pub(crate) async fn at_meta<P: Ports>(
    work: &Work<'_, P>,
    token: &Token,
    assets: &Assets,
) -> Result<Seen, Fault> {
    let line = assets.line()?.clone();
    let list = ListAllocations { line, business: assets.business.clone(), after: None };
    let allocations = work.list(token, list).await?;
    let live = allocations.into_iter().filter(|allocation| !allocation.is_deleted());
    let live = live.map(|allocation| (allocation.id, allocation.receiving_credential)).collect();
    Ok(Seen { live, funding: funding(work, assets).await? })
}

/// What pays for the WABA. A refusal to say is no answer, and no answer is never "ours" (rule 4); a token
/// that has died, or a limit on the WABA's reads, does not stop the share either, which is made with our own.
async fn funding<P: Ports>(work: &Work<'_, P>, assets: &Assets) -> Result<Option<FundingId>, Fault> {
    let token = match work.customer_token().await {
        Ok(token) => token,
        Err(Fault::TokenMissing) => work.system_token().await?,
        Err(fault) => return Err(fault),
    };
    match work.call(&token, &ReadFunding { waba: assets.waba.clone() }).await {
        Ok(funding) => Ok(funding),
        Err(error) if says_nothing(&error) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn says_nothing(error: &GraphError) -> bool {
    let throttled = matches!(error.verdict().class, Class::Wait { .. });
    error.refused().is_some_and(|refused| throttled || refused.denies_access() || refused.is_token_dead())
}

/// What was seen, for the history.
pub(crate) fn sentence(seen: &Seen) -> String {
    let ids: Vec<&str> = seen.live.iter().map(|(id, _)| id.as_str()).collect();
    let funding = seen.funding.as_ref().map_or("nothing readable", |funding| funding.as_str());
    format!("live allocations: [{}]; paid through {funding}", ids.join(", "))
}
