//! Shares the credit line: looks, asks the ledger, records the intent, calls once; in two calls each turn makes one.
//!
//! What may be done is decided in `handover_domain::ledger`; what day it may be done on in
//! `handover_domain::calendar`; this file only carries it out.

mod approval;
mod calls;
mod cap;
mod look;
mod window;

use aws_lambda_events::eventbridge::EventBridgeEvent;
use handover_domain::ids::{AllocationId, BusinessId, FundingId};
use handover_domain::ledger::{Asker, Entry, Ledger, Move};
use handover_domain::moment::{after, spoken_day};
use handover_domain::outcome::{Outcome, WaitsFor};
use handover_domain::reason::Reason;
use handover_domain::step::Step;
use handover_engine::assets::Assets;
use handover_engine::ports::Ports;
use handover_engine::runner::{self, Effect, Ran, RunError, StepDue};
use handover_engine::work::{Fault, Report, Work};
use handover_graph::calls::allocations::ReadAllocation;
use handover_graph::error::{Applied, GraphError};
use handover_graph::secret::Token;
use jiff::SignedDuration;

use crate::look::Looked;

/// Runs the row "share the credit line".
///
/// # Errors
///
/// [`RunError`] if record or vault gave no answer; the sweep runs the turn again.
pub async fn handle<P: Ports>(ports: &P, event: EventBridgeEvent<StepDue>) -> Result<Ran, RunError> {
    runner::run::<Share, P>(ports, &event.detail).await
}

struct Share;

/// The share is made; what pays for it is read again after this.
const READS_THE_CREDENTIAL_AGAIN: SignedDuration = SignedDuration::from_mins(1);
/// A share may become visible late: after ten minutes Meta is waited for and asked every quarter of an hour, for two
/// days at the most.
const SOON: SignedDuration = SignedDuration::from_mins(10);
const LATER: SignedDuration = SignedDuration::from_mins(15);
const ASKS_FOR_THE_CREDENTIAL: SignedDuration = SignedDuration::from_hours(48);
/// Time ran out before the call; the turn begins anew after this.
const BEGINS_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(15);
/// A call is not begun with less than this left: its answer could not be waited for.
const A_SHARE_NEEDS: SignedDuration = SignedDuration::from_secs(5);

impl Effect for Share {
    const STEP: Step = Step::ShareCreditLine;

    async fn run<P: Ports>(work: &Work<'_, P>) -> Result<Report, Fault> {
        let assets = work.assets().await?;
        if assets.credit_line.is_none() {
            return Ok(
                Report::from(Outcome::Done).seen("nothing is shared by us: the partner of the solution pays")
            );
        }
        let token = work.system_token().await?;
        let ledger = work.ledger(&assets).await?;
        let asker = Asker {
            migration: work.state.migration,
            waba: assets.waba.clone(),
            now: work.now(),
            method: work.ports.settings().share_method,
            pays_at_once: !window::is_waited_for(work),
            window_closes_at: window::closes_at(work, &ledger),
            decision: work.state.decision.clone(),
            restored_at: work.ports.settings().restored_at,
        };
        let (customer, ends) = match work.customer_token_and_its_end().await {
            Err(Fault::TokenMissing) => (None, None),
            found => found.map(|(token, ends)| (Some(token), ends))?,
        };
        let customer = customer.as_ref();
        let mut share = Sharing { work, token: &token, customer, assets: &assets, asker, before: &ledger };
        // A share for a WABA that has left would be money for nobody.
        if let Some(left) = work.left(customer.unwrap_or(&token), &assets.waba).await? {
            return Ok(share.dated(&ledger, left));
        }
        let Looked { seen, token_is_dead } = match share.look().await {
            Ok(looked) => looked,
            Err(Fault::Graph(error)) => return Ok(share.dated(&ledger, Report::of_error(error, work.now()))),
            Err(fault) => return Err(fault),
        };
        // An attach with it would be refused, and what is shared before helps nobody.
        share.customer = customer.filter(|_| !token_is_dead && ends.is_none_or(|ends| work.now() < ends));
        match ledger.decide(&share.asker, &seen) {
            Move::Shared { ledger: shared, entry } => share.finish(ledger.rev, &shared, entry).await,
            Move::Post(intended) => share.post(&intended).await,
            Move::Wait { on, until, reason, ledger: kept } => {
                let is_unexplained = reason == Reason::ALLOCATION_UNEXPLAINED;
                let report =
                    Report::from(Outcome::Wait { on, until, reason }).seen(look::sentence(&seen, &ledger));
                let report = share.dated(&ledger, report);
                match kept {
                    Some(kept) => share.keep(report, ledger.rev, &kept),
                    // Another WABA of the business may have shared between the look at the ledger and the one at Meta.
                    None if is_unexplained => share.unmoved(report, ledger.rev),
                    None => Ok(report),
                }
            }
        }
    }
}

struct Sharing<'a, 'w, P> {
    work: &'a Work<'w, P>,
    token: &'a Token,
    /// The customer's own token, if we have one; after the look, if it works.
    customer: Option<&'a Token>,
    assets: &'a Assets,
    asker: Asker,
    /// The ledger as it was read.
    before: &'a Ledger,
}

impl<P: Ports> Sharing<'_, '_, P> {
    fn business(&self) -> &BusinessId {
        &self.assets.business
    }

    /// The date as it is while nothing is shared: it moves by a month once the window has closed. What was
    /// shared, or may have been, keeps the date that it was made for.
    fn dated(&self, ledger: &Ledger, mut report: Report) -> Report {
        let intended = ledger.intent.as_ref().is_some_and(|intent| intent.migration == self.asker.migration);
        if !intended && ledger.entry(&self.asker.waba).is_none() {
            report.learned.unblocks_on = window::unblocks_on(self.work);
        }
        report
    }

    fn keep(&self, report: Report, rev: u64, ledger: &Ledger) -> Result<Report, Fault> {
        Ok(report.with(self.work.ledger_write(self.assets, rev, ledger)?))
    }

    /// The same, only while the ledger is still the one that was read; else it is all looked at anew.
    fn unmoved(&self, report: Report, rev: u64) -> Result<Report, Fault> {
        Ok(report.with(self.work.ledger_unmoved(self.assets, rev)?))
    }

    /// A call of ours that is proved, or was decided, to have done nothing needs no intent until the next one: it would
    /// keep everybody else away for days. What a person has said that the business has is kept too: the verdict is used
    /// up here.
    fn kept_without_intent(&self, report: Report, intended: &Ledger) -> Result<Report, Fault> {
        if self.before.intent.is_some() || self.before.allocated != intended.allocated {
            self.keep(report, self.before.rev, &intended.not_applied())
        } else {
            Ok(report)
        }
    }

    /// Records the intent, looks at window and time once more, and calls once.
    async fn post(&self, intended: &Ledger) -> Result<Report, Fault> {
        let rev = self.before.rev;
        if let Some(stops) = self.stops(intended).await? {
            return self.kept_without_intent(stops, intended);
        }
        let line = self.assets.line()?;
        // What was begun is brought to its end: the cap counts shares, and not their calls.
        let is_begun = intended.is_the_second_call();
        if !is_begun && let Some(capped) = cap::reached(self.work, line).await? {
            return Ok(self.dated(self.before, capped));
        }
        let mut intent = vec![self.work.ledger_write(self.assets, rev, intended)?];
        intent.extend(cap::count(self.work, line).filter(|_| !is_begun));
        if self.asker.decides_about_the_share() {
            self.work.record_by_decision(intent).await?;
        } else {
            self.work.record(intent).await?;
        }
        let rev = rev.saturating_add(1);
        if let Some(too_late) = self.no_longer() {
            return self.keep(too_late, rev, &intended.not_applied());
        }
        match self.call(line.clone(), intended).await {
            Ok(made) => self.made(rev, intended, made).await,
            Err(error) if error.outcome() == Applied::No => self.refused(rev, intended, error),
            Err(error) => Ok(self.unknown(intended, error)),
        }
    }

    /// What stops here before anything is sent: the window, people who have not approved, or a token that an attach needs.
    async fn stops(&self, intended: &Ledger) -> Result<Option<Report>, Fault> {
        if let Some(closed) = window::closed(self.work) {
            return Ok(Some(closed));
        }
        if calls::needs_the_customers_token(intended) && self.customer.is_none() {
            let person = self.work.person(Reason::TOKEN_MISSING);
            let person = person.seen("the second call, which attaches the line, needs the customer's token");
            return Ok(Some(self.dated(self.before, person)));
        }
        let asks = approval::missing(self.work, self.assets, self.before).await?;
        Ok(asks.map(|asks| self.dated(self.before, asks)))
    }

    /// The window or the time ran out between the intent and the call: nothing is sent.
    fn no_longer(&self) -> Option<Report> {
        if self.work.time_left() < A_SHARE_NEEDS {
            return Some(Outcome::Retry { after: BEGINS_AGAIN_AFTER, reason: Reason::NO_ANSWER }.into());
        }
        window::closed(self.work)
    }

    /// The answer was lost: the intent stays, and the ledger says how long to leave it alone.
    fn unknown(&self, intended: &Ledger, error: GraphError) -> Report {
        let sentence = format!("{}: whether it was made is not known", error.call);
        let Move::Wait { on, until, reason, .. } = intended.lost(&self.asker) else {
            let stop = self.work.person(Reason::SHARE_UNDECIDED);
            return Report { error: Some(error), ..stop.seen(sentence) };
        };
        let report = Report::from(Outcome::Wait { on, until, reason }).seen(sentence);
        let report = self.what_the_business_had(intended).into_iter().fold(report, Report::seen);
        Report { error: Some(error), ..report }
    }

    /// The share is known to be made: reads what pays, if that is not known, and commits.
    async fn finish(&self, rev: u64, ledger: &Ledger, entry: Entry) -> Result<Report, Fault> {
        if entry.receiving_credential.is_some() {
            return self.report(rev, ledger, &entry, None);
        }
        let credential = self.credential(&entry.allocation).await;
        let read = credential.as_ref().ok().cloned().flatten();
        let ledger = ledger.with_credential(&entry, read.clone());
        let entry = Entry { receiving_credential: read, ..entry };
        self.report(rev, &ledger, &entry, credential.err())
    }

    async fn credential(&self, allocation: &AllocationId) -> Result<Option<FundingId>, GraphError> {
        let read = ReadAllocation { allocation: allocation.clone() };
        Ok(self.work.call(self.token, &read).await?.receiving_credential)
    }

    fn report(
        &self,
        rev: u64,
        ledger: &Ledger,
        entry: &Entry,
        error: Option<GraphError>,
    ) -> Result<Report, Fault> {
        // The share is made. Without what it pays through only the other road of rule 4 would remain.
        let now = self.work.now();
        let asked_long_enough = now >= after(entry.shared_at, ASKS_FOR_THE_CREDENTIAL);
        let reason = Reason::CREDENTIAL_UNREAD;
        let outcome = if entry.receiving_credential.is_some() || asked_long_enough {
            Outcome::Done
        } else if now < after(entry.shared_at, SOON) {
            Outcome::Retry { after: READS_THE_CREDENTIAL_AGAIN, reason }
        } else {
            Outcome::Wait { on: WaitsFor::Meta, until: after(now, LATER), reason }
        };
        let waits = window::is_waited_for(self.work);
        let mut report = Report::from(outcome).seen(format!(
            "allocation {} of credit line {} for business {}, effective {}",
            entry.allocation,
            self.assets.line()?,
            self.business(),
            if waits { format!("on {}", spoken_day(entry.unblocks_on)) } else { "at once".to_owned() }
        ));
        report.error = error;
        report.learned.unblocks_on = waits.then_some(entry.unblocks_on);
        self.keep(report, rev, ledger)
    }
}
