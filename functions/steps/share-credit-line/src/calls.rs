//! The call that an intent stands for, and what its answer comes to.

use std::collections::BTreeSet;

use handover_domain::assumption::seen;
use handover_domain::ids::{AllocationId, CreditLineId};
use handover_domain::ledger::{Ledger, SharingCall};
use handover_domain::outcome::Outcome;
use handover_engine::ports::Ports;
use handover_engine::work::{Fault, Report};
use handover_graph::calls::attach_credit_line::AttachCreditLine;
use handover_graph::calls::share_credit_line::ShareCreditLine;
use handover_graph::calls::share_with_business::ShareWithBusiness;
use handover_graph::error::GraphError;

use crate::{Sharing, window};

/// Who shares in two calls needs the customer's token for the second, and makes the first only with it: what a business
/// has and no WABA is attached to helps nobody (facts 9.3).
pub(crate) fn needs_the_customers_token(intended: &Ledger) -> bool {
    call_of(intended) != SharingCall::ShareAndAttach
}

fn call_of(intended: &Ledger) -> SharingCall {
    intended.intent.as_ref().map_or(SharingCall::ShareAndAttach, |intent| intent.call)
}

impl<P: Ports> Sharing<'_, '_, P> {
    /// Makes the one call that was recorded, on that line of ours.
    pub(crate) async fn call(
        &self,
        line: CreditLineId,
        intended: &Ledger,
    ) -> Result<AllocationId, GraphError> {
        let (waba, currency) = (self.assets.waba.clone(), self.assets.currency.clone());
        match call_of(intended) {
            SharingCall::ShareAndAttach => {
                let call = ShareCreditLine { line, waba, currency };
                Ok(self.work.call(self.token, &call).await?.allocation)
            }
            SharingCall::Share => {
                let call = ShareWithBusiness { line, business: self.assets.business.clone() };
                self.work.call(self.token, &call).await
            }
            SharingCall::Attach => {
                // Looked for before the intent was recorded; our own would be refused, which changes nothing.
                let token = self.customer.unwrap_or(self.token);
                self.work.call(token, &AttachCreditLine { line, waba, currency }).await
            }
        }
    }

    /// Meta has made it. Of two calls the next turn looks, and makes the other.
    pub(crate) async fn made(
        &self,
        rev: u64,
        intended: &Ledger,
        allocation: AllocationId,
    ) -> Result<Report, Fault> {
        if call_of(intended) == SharingCall::Share {
            let given = intended.given(&self.asker, allocation);
            return self.keep(Outcome::Progress.into(), rev, &given);
        }
        let (ledger, entry) = intended.answered(&self.asker, allocation, None);
        window::observed(self.work, self.finish(rev, &ledger, entry).await?, seen::ACCEPTED)
    }

    /// Meta has surely not made it: the intent goes, and what the business was given before it stays.
    pub(crate) fn refused(&self, rev: u64, intended: &Ledger, error: GraphError) -> Result<Report, Fault> {
        let code = error.refused().map(|refused| refused.code);
        // Where no WABA is named, the hours around the edges of the window are not what was refused.
        let is_about_a_waba = call_of(intended).is_about_a_waba();
        let report = if is_about_a_waba {
            window::refused(self.work, error)
        } else {
            Report::of_error(error, self.work.now())
        };
        let report = self.what_the_business_had(intended).into_iter().fold(report, Report::seen);
        let refused = self.keep(report, rev, &intended.not_applied())?;
        match code.filter(|_| is_about_a_waba) {
            Some(code) => window::observed(self.work, refused, &format!("{}: {code}", seen::REFUSED)),
            None => Ok(refused),
        }
    }

    /// What the call built on, for the history: a person whose word is asked for must name it.
    pub(crate) fn what_the_business_had(&self, intended: &Ledger) -> BTreeSet<String> {
        let business = &self.assets.business;
        let is_unattached =
            |allocation: &AllocationId| intended.unattached().any(|one| one.allocation == *allocation);
        let sentence = |allocation| {
            let attached =
                if is_unattached(allocation) { "attached to no WABA" } else { "attached to a WABA" };
            format!("before the call business {business} had allocation {allocation}, {attached}")
        };
        intended.relied_on(self.asker.method).map(sentence).collect()
    }
}
