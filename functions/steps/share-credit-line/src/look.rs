//! The look at Meta that goes before every decision about the money.

use std::collections::BTreeSet;

use handover_domain::decision::Decision;
use handover_domain::decoder::Class;
use handover_domain::ids::{AllocationId, FundingId};
use handover_domain::ledger::{Ledger, Seen, ShareMethod};
use handover_engine::ports::Ports;
use handover_engine::work::Fault;
use handover_graph::calls::allocations::{Allocation, ListAllocations, ReadAllocation};
use handover_graph::calls::read_funding::ReadFunding;
use handover_graph::error::{GraphError, Refused};

use crate::Sharing;

/// What the look has shown.
pub(crate) struct Looked {
    /// Of the money.
    pub(crate) seen: Seen,
    /// Whether Meta takes the token with which the WABA was read for dead.
    pub(crate) token_is_dead: bool,
}

impl<P: Ports> Sharing<'_, '_, P> {
    /// What Meta shows of our credit line at this business, and what pays for the WABA.
    pub(crate) async fn look(&self) -> Result<Looked, Fault> {
        let Self { work, token, assets, .. } = self;
        let line = assets.line()?.clone();
        let list = ListAllocations { line, business: assets.business.clone(), after: None };
        let mut allocations = work.list(token, list).await?;
        for id in self.asked_for_by_id() {
            if !allocations.iter().any(|listed| listed.id == id) {
                allocations.extend(self.by_id(id).await?);
            }
        }
        let (deleted, live): (Vec<_>, Vec<_>) = allocations.into_iter().partition(Allocation::is_deleted);
        let (funding, token_is_dead) = match self.funding().await? {
            Ok(funding) => (funding, false),
            Err(refused) => (None, refused.is_token_dead()),
        };
        let seen = Seen {
            live: live.into_iter().map(|one| (one.id, one.receiving_credential)).collect(),
            deleted: deleted.into_iter().map(|one| one.id).collect(),
            funding,
        };
        Ok(Looked { seen, token_is_dead })
    }

    /// What the next call builds on, and what an operator has named: nobody says whether an allocation that is attached to
    /// nothing is listed (facts 9.3, 9.5).
    fn asked_for_by_id(&self) -> BTreeSet<AllocationId> {
        let named = match &self.asker.decision {
            Some(Decision::Applied { allocation }) if self.is_in_two_calls() => Some(allocation),
            _ => None,
        };
        self.before.relied_on(self.asker.method).chain(named).cloned().collect()
    }

    /// Whether it is, or was when its intent was recorded.
    fn is_in_two_calls(&self) -> bool {
        let intent = self.before.intent.as_ref();
        self.asker.method == ShareMethod::TwoCalls
            || intent.is_some_and(|intent| !intent.call.is_the_one_call())
    }

    /// One allocation by its id; none if Meta has no such thing, or does not show it yet. That it is another business's, or
    /// does not say whose it is, is none either: an id may be mistyped.
    async fn by_id(&self, allocation: AllocationId) -> Result<Option<Allocation>, Fault> {
        match self.work.call(self.token, &ReadAllocation { allocation }).await {
            Ok(found) if found.receiving_business.as_ref() == Some(&self.assets.business) => Ok(Some(found)),
            Ok(_) => Ok(None),
            Err(error) if error.refused().is_some_and(Refused::names_nothing) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// What pays for the WABA, or why nobody says. A refusal to say is no answer, and no answer is never "ours" (rule 4); a
    /// token that has died, or a limit on the WABA's reads, does not stop the one call either, which is made with our own.
    async fn funding(&self) -> Result<Result<Option<FundingId>, Refused>, Fault> {
        let token = self.customer.unwrap_or(self.token);
        match self.work.call(token, &ReadFunding { waba: self.assets.waba.clone() }).await {
            Ok(funding) => Ok(Ok(funding)),
            Err(error) => match error.refused().filter(|_| says_nothing(&error)) {
                Some(refused) => Ok(Err(refused.clone())),
                None => Err(error.into()),
            },
        }
    }
}

fn says_nothing(error: &GraphError) -> bool {
    let throttled = matches!(error.verdict().class, Class::Wait { .. });
    error.refused().is_some_and(|refused| throttled || refused.denies_access() || refused.is_token_dead())
}

/// What was seen, for the history.
pub(crate) fn sentence(seen: &Seen, ledger: &Ledger) -> String {
    let ids: Vec<&str> = seen.live.iter().map(|(id, _)| id.as_str()).collect();
    let funding = seen.funding.as_ref().map_or("nothing readable", |funding| funding.as_str());
    let unattached: Vec<&str> = ledger.unattached().map(|one| one.allocation.as_str()).collect();
    let unattached = match unattached.as_slice() {
        [] => String::new(),
        ids => format!("; attached to no WABA, as far as we know: [{}]", ids.join(", ")),
    };
    format!("live allocations: [{}]; paid through {funding}{unattached}", ids.join(", "))
}
