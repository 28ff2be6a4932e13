//! Takes a share back: where an operator has cancelled its migration and said so, or has confirmed every WABA of a
//! business that it pays for.

use std::collections::BTreeSet;

use aws_lambda_events::eventbridge::EventBridgeEvent;
use handover_domain::ids::AllocationId;
use handover_domain::ledger::{Asker, Intent, Ledger, Seen, ShareMethod};
use handover_domain::outcome::Outcome;
use handover_domain::reason::Reason;
use handover_domain::step::Step;
use handover_engine::assets::Assets;
use handover_engine::ports::Ports;
use handover_engine::revocation::{self, Revocation};
use handover_engine::runner::{self, Effect, Ran, RunError, StepDue};
use handover_engine::work::{Fault, Report, Work};
use handover_graph::calls::allocations::{ListAllocations, ReadAllocation, RevokeAllocation};
use handover_graph::error::Refused;
use handover_graph::secret::Token;
use jiff::SignedDuration;

/// Meta may show an allocation a moment after it has deleted it.
const LOOKS_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// Runs the row "revoke the credit line", to which only the action `cancel` leads.
///
/// # Errors
///
/// [`RunError`] if record or vault gave no answer; the sweep runs the turn again.
pub async fn handle<P: Ports>(ports: &P, event: EventBridgeEvent<StepDue>) -> Result<Ran, RunError> {
    runner::run::<Revoke, P>(ports, &event.detail).await
}

struct Revoke;

impl Effect for Revoke {
    const STEP: Step = Step::RevokeCreditLine;

    async fn run<P: Ports>(work: &Work<'_, P>) -> Result<Report, Fault> {
        let assets = work.assets().await?;
        let ledger = work.ledger(&assets).await?;
        let confirmed: Option<Revocation> = work.detail(revocation::DETAIL).await?;
        let allocations: BTreeSet<AllocationId> = match &confirmed {
            Some(_) => ledger.all_that_stands(),
            // An earlier migration's share of this WABA is ours too: there is one live migration for a WABA.
            None => ledger.taken_back_with(&assets.waba, work.state.migration),
        };
        if allocations.is_empty() {
            return Ok(Report::from(Outcome::Done).seen("nothing is shared any more"));
        }
        if let Some(other) = another(work, &assets, &ledger, confirmed.as_ref()).await? {
            return Ok(work.person(Reason::REVOKE_CUTS_OFF_OTHERS).seen(other));
        }
        let token = work.system_token().await?;
        let whole_business = confirmed.is_some();
        let revoking = Revoking { work, assets: &assets, token: &token, allocations, whole_business };
        let live = revoking.live().await?;
        if live.is_empty() { revoking.done(&ledger) } else { revoking.revoke(&ledger, live).await }
    }
}

/// Who would be cut off too, of whom the operator has not spoken.
async fn another<P: Ports>(
    work: &Work<'_, P>,
    assets: &Assets,
    ledger: &Ledger,
    confirmed: Option<&Revocation>,
) -> Result<Option<String>, Fault> {
    let Some(Revocation { wabas }) = confirmed else {
        let other = ledger.another_than(&assets.waba);
        return Ok(other.map(|other| format!("WABA {other} of the same business is shared too")));
    };
    let is_others = |intent: &&Intent| intent.migration != work.state.migration;
    if let Some(intent) = ledger.intent.as_ref().filter(is_others) {
        return Ok(Some(format!("a share for WABA {} is being made", intent.waba)));
    }
    if let Some(new) = ledger.standing_entries().find(|entry| !wabas.contains(&entry.waba)) {
        return Ok(Some(format!("WABA {} was not among those that were confirmed", new.waba)));
    }
    for waba in wabas {
        if revocation::holder(work.ports, waba).await?.is_some_and(|holder| holder != work.state.migration) {
            return Ok(Some(format!("a migration of WABA {waba} has begun since")));
        }
    }
    Ok(None)
}

struct Revoking<'a, 'w, P> {
    work: &'a Work<'w, P>,
    assets: &'a Assets,
    token: &'a Token,
    allocations: BTreeSet<AllocationId>,
    /// Whether everything that stands is taken back, and not this WABA's alone.
    whole_business: bool,
}

impl<P: Ports> Revoking<'_, '_, P> {
    /// Those of the allocations that Meta does not show as deleted. Only that word says that one is gone: nobody says
    /// whether what is attached to nothing is listed, and what may not be read, or is shown late, is answered with "does not
    /// exist" too (facts 9.3, 9.6, 13.2).
    async fn live(&self) -> Result<Vec<AllocationId>, Fault> {
        let line = self.assets.line()?.clone();
        let list = ListAllocations { line, business: self.assets.business.clone(), after: None };
        let shown = self.work.list(self.token, list).await?;
        let mut live = Vec::new();
        for id in &self.allocations {
            let is_deleted = match shown.iter().find(|one| one.id == *id) {
                Some(listed) => listed.is_deleted(),
                None => self.is_deleted(id).await?,
            };
            if !is_deleted {
                live.push(id.clone());
            }
        }
        Ok(live)
    }

    async fn is_deleted(&self, allocation: &AllocationId) -> Result<bool, Fault> {
        let read = ReadAllocation { allocation: allocation.clone() };
        match self.work.call(self.token, &read).await {
            Ok(found) => Ok(found.is_deleted()),
            Err(error) if error.refused().is_some_and(Refused::names_nothing) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes the ledger's mutex before the call: a share of another WABA of this business would be given the very
    /// allocation that is going away. To revoke twice does no harm, so a lost answer is looked up and no more.
    async fn revoke(&self, ledger: &Ledger, live: Vec<AllocationId>) -> Result<Report, Fault> {
        let held = ledger.intending(&self.asker(), &Seen::default(), 0);
        self.work.record(vec![self.work.ledger_write(self.assets, ledger.rev, &held)?]).await?;
        let held = Ledger { rev: ledger.rev.saturating_add(1), ..held };
        let mut refused = None;
        for allocation in live {
            let call = RevokeAllocation { allocation };
            match self.work.call(self.token, &call).await {
                Ok(()) => {}
                // It may be gone already, or not be shown to us: the look that follows tells.
                Err(error) if error.refused().is_some_and(Refused::names_nothing) => refused = Some(error),
                Err(error) => return self.given_back(&held, Report::of_error(error, self.work.now())),
            }
        }
        match self.live().await {
            Ok(live) if live.is_empty() => self.done(&held),
            Ok(_) => {
                let again = Outcome::Retry { after: LOOKS_AGAIN_AFTER, reason: Reason::REVOKE_NOT_SHOWN };
                self.given_back(&held, Report { error: refused, ..Report::from(again) })
            }
            Err(Fault::Graph(error)) => self.given_back(&held, Report::of_error(error, self.work.now())),
            Err(fault) => Err(fault),
        }
    }

    fn asker(&self) -> Asker {
        Asker {
            migration: self.work.state.migration,
            waba: self.assets.waba.clone(),
            now: self.work.now(),
            window_closes_at: self.work.window().closes,
            method: ShareMethod::OneCall,
            pays_at_once: false,
            decision: None,
            restored_at: None,
        }
    }

    fn given_back(&self, held: &Ledger, report: Report) -> Result<Report, Fault> {
        Ok(report.with(self.work.ledger_write(self.assets, held.rev, &held.not_applied())?))
    }

    fn done(&self, ledger: &Ledger) -> Result<Report, Fault> {
        let revoked = if self.whole_business {
            ledger.all_revoked()
        } else {
            ledger.revoked(&self.assets.waba).unwrap_or_else(|| ledger.clone())
        };
        let revoked = revoked.without_allocated(&self.allocations);
        let gone = self
            .allocations
            .iter()
            .map(|allocation| format!("allocation {allocation} is taken back: Meta shows it as deleted"));
        let report = gone.fold(Report::from(Outcome::Done), Report::seen);
        Ok(report.with(self.work.ledger_write(self.assets, ledger.rev, &revoked.not_applied())?))
    }
}
