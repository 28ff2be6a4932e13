//! Pre-flight: checks what can be checked before anything is asked of the customer, and plans the day.
//!
//! What is checked is the flow's list; each check is a file or a few lines here.

mod credit_lines;
mod destination;
mod hand_off;
mod ownership;
mod solution;
mod source;
mod templates;

use aws_lambda_events::eventbridge::EventBridgeEvent;
use handover_domain::flow::Check;
use handover_domain::outcome::Outcome;
use handover_domain::plan::Plan;
use handover_domain::reason::Reason;
use handover_domain::step::Step;
use handover_engine::ports::Ports;
use handover_engine::preflight;
use handover_engine::runner::{self, Effect, Ran, RunError, StepDue};
use handover_engine::work::{Fault, Report, Work};
use handover_graph::calls::phone_numbers::ListPhoneNumbers;
use handover_graph::calls::read_waba::{ReadWaba, Waba};
use handover_graph::error::Refused;
use handover_graph::secret::Token;
use jiff::tz::TimeZone;

/// Runs the row "pre-flight".
///
/// # Errors
///
/// [`RunError`] if record or vault gave no answer; the sweep runs the turn again.
pub async fn handle<P: Ports>(ports: &P, event: EventBridgeEvent<StepDue>) -> Result<Ran, RunError> {
    runner::run::<StartMigration, P>(ports, &event.detail).await
}

struct StartMigration;

/// The report so far, or the one with which the migration stops here.
enum Checked {
    Passed(Report),
    Stopped(Report),
}

/// What the checks look at.
struct Preflight<'a, 'w, P> {
    work: &'a Work<'w, P>,
    token: Token,
    /// The WABA that was named at creation, if we can read it already.
    waba: Option<Waba>,
}

impl Effect for StartMigration {
    const STEP: Step = Step::StartMigration;

    async fn run<P: Ports>(work: &Work<'_, P>) -> Result<Report, Fault> {
        let token = work.system_token().await?;
        let waba = waba(work, &token).await?;
        let preflight = Preflight { work, token, waba };
        let mut report = Report::from(Outcome::Done);
        for check in work.state.flow.flow().checks {
            report = match preflight.check(*check, report).await? {
                Checked::Passed(report) => report,
                Checked::Stopped(report) => return Ok(report),
            };
        }
        if work.state.flow.flow().silences {
            let plan = Plan::at(work.now(), &TimeZone::UTC, &work.ports.settings().month_edge);
            report.learned.unblocks_on = Some(plan.unblocks_on);
            report = report.seen(plan.promise());
        }
        Ok(report)
    }
}

impl<P: Ports> Preflight<'_, '_, P> {
    async fn check(&self, check: Check, report: Report) -> Result<Checked, Fault> {
        match check {
            Check::CreditLines => credit_lines::check(self, report).await,
            Check::HandOff => hand_off::check(self, report).await,
            Check::Owner => Ok(self.owner(report)),
            Check::Numbers => self.numbers(report).await,
            Check::Solution => solution::is_active(self, report).await,
            Check::NoOtherSolution => solution::is_in_no_other(self, report).await,
            Check::ActiveSolution => solution::can_leave(self, report).await,
            Check::Destination => destination::check(self, report).await,
            Check::Source => source::check(self, report).await,
            Check::Templates => templates::check(self, report).await,
            Check::PartnerOwned => Ok(ownership::is_the_partners(self, report)),
        }
    }

    /// A person's, daily looked at again.
    fn person(&self, reason: Reason) -> Report {
        Outcome::person(self.work.now(), reason).into()
    }

    /// A WABA that is not the customer's can go none of these ways: said now, it silences nobody. What Meta does not
    /// say yet is looked at again once the customer has signed up, where they do.
    fn owner(&self, report: Report) -> Checked {
        let Some(waba) = &self.waba else { return Checked::Passed(report) };
        match self.work.owner_stops(waba) {
            Some(stop) if waba.ownership.is_some() || !self.work.state.flow.flow().signs_up => {
                Checked::Stopped(stop)
            }
            _ => Checked::Passed(report),
        }
    }

    async fn numbers(&self, report: Report) -> Result<Checked, Fault> {
        let Some(waba) = &self.waba else { return Ok(Checked::Passed(report)) };
        match self.work.list(&self.token, ListPhoneNumbers { waba: waba.id.clone(), after: None }).await {
            Ok(numbers) => Ok(match preflight::numbers_stop(&numbers) {
                Some(reason) => Checked::Stopped(refused(reason)),
                None => Checked::Passed(report),
            }),
            Err(error) if error.refused().is_some_and(Refused::denies_access) => Ok(Checked::Passed(report)),
            Err(error) => Err(error.into()),
        }
    }
}

fn refused(reason: Reason) -> Report {
    Outcome::Refused { reason }.into()
}

/// A WABA that was named at creation. Before a signup Meta rarely shows it to us, and a WABA that cannot be read
/// says nothing of its owner (facts 5.3).
async fn waba<P: Ports>(work: &Work<'_, P>, token: &Token) -> Result<Option<Waba>, Fault> {
    let Some(waba) = work.state.waba.clone() else { return Ok(None) };
    match work.call(token, &ReadWaba { waba }).await {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.refused().is_some_and(Refused::denies_access) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
