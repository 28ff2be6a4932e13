//! Takes a share back where an operator has cancelled its migration and said so.

use aws_lambda_events::eventbridge::EventBridgeEvent;
use handover_domain::ids::AllocationId;
use handover_domain::ledger::{Asker, Ledger, Seen};
use handover_domain::outcome::Outcome;
use handover_domain::reason::Reason;
use handover_domain::step::Step;
use handover_engine::assets::Assets;
use handover_engine::ports::Ports;
use handover_engine::runner::{self, Effect, Ran, RunError, StepDue};
use handover_engine::work::{Fault, Report, Work};
use handover_graph::calls::allocations::{ListAllocations, RevokeAllocation};
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
        // An earlier migration's share of this WABA is ours too: there is one live migration for a WABA.
        let Some(allocation) = ledger.entry(&assets.waba).map(|entry| entry.allocation.clone()) else {
            return Ok(Report::from(Outcome::Done).seen("nothing is shared for this WABA any more"));
        };
        if let Some(other) = ledger.another_than(&assets.waba) {
            let person = Outcome::person(work.now(), Reason::REVOKE_CUTS_OFF_OTHERS);
            return Ok(Report::from(person).seen(format!("WABA {other} of the same business is shared too")));
        }
        let token = work.system_token().await?;
        let revoking = Revoking { work, assets: &assets, token: &token, allocation };
        if revoking.is_live().await? { revoking.revoke(&ledger).await } else { revoking.done(&ledger) }
    }
}

struct Revoking<'a, 'w, P> {
    work: &'a Work<'w, P>,
    assets: &'a Assets,
    token: &'a Token,
    allocation: AllocationId,
}

impl<P: Ports> Revoking<'_, '_, P> {
    async fn is_live(&self) -> Result<bool, Fault> {
        let line = self.assets.credit_line.clone();
        let list = ListAllocations { line, business: self.assets.business.clone(), after: None };
        let shown = self.work.list(self.token, list).await?;
        Ok(shown.iter().any(|one| one.id == self.allocation && !one.is_deleted()))
    }

    /// Takes the ledger's mutex before the call: a share of another WABA of this business would be given the very
    /// allocation that is going away. To revoke twice does no harm, so a lost answer is looked up and no more.
    async fn revoke(&self, ledger: &Ledger) -> Result<Report, Fault> {
        let held = ledger.intending(&self.asker(), &Seen::default(), 0);
        self.work.record(vec![self.work.ledger_write(self.assets, ledger.rev, &held)?]).await?;
        let held = Ledger { rev: ledger.rev.saturating_add(1), ..held };
        let call = RevokeAllocation { allocation: self.allocation.clone() };
        if let Err(error) = self.work.call(self.token, &call).await {
            return self.given_back(&held, Report::of_error(error, self.work.now()));
        }
        match self.is_live().await {
            Ok(false) => self.done(&held),
            Ok(true) => {
                let again = Outcome::Retry { after: LOOKS_AGAIN_AFTER, reason: Reason::REVOKE_NOT_SHOWN };
                self.given_back(&held, again.into())
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
            decision: None,
            restored_at: None,
        }
    }

    fn given_back(&self, held: &Ledger, report: Report) -> Result<Report, Fault> {
        Ok(report.with(self.work.ledger_write(self.assets, held.rev, &held.not_applied())?))
    }

    fn done(&self, ledger: &Ledger) -> Result<Report, Fault> {
        let revoked = ledger.revoked(&self.assets.waba).unwrap_or_else(|| ledger.clone());
        let report = Report::from(Outcome::Done)
            .seen(format!("allocation {} is taken back: Meta no longer shows it as live", self.allocation));
        Ok(report.with(self.work.ledger_write(self.assets, ledger.rev, &revoked.not_applied())?))
    }
}
