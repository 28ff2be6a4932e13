//! Pre-flight: checks what can be checked before anything is asked of the customer, and plans the day.
//!
//! What is checked is the flow's list; each check is a file or a few lines here. Whatever was looked at is kept beside the
//! migration, also where it stops: an operator sees at once who acts, and how.

mod credit_lines;
mod destination;
mod hand_off;
mod ownership;
mod solution;
mod source;
mod standing;
mod templates;

use aws_lambda_events::eventbridge::EventBridgeEvent;
use handover_domain::flow::Check;
use handover_domain::outcome::Outcome;
use handover_domain::plan::Plan;
use handover_domain::preflight::{Sight, Subject, of_numbers, words};
use handover_domain::reason::Reason;
use handover_domain::step::Step;
use handover_engine::ports::Ports;
use handover_engine::preflight;
use handover_engine::runner::{self, Effect, Ran, RunError, StepDue};
use handover_engine::work::{Fault, Report, Work};
use handover_graph::calls::phone_numbers::{ListPhoneNumbers, PhoneNumber};
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

/// What the checks look at, and what they have found so far.
struct Preflight<'a, 'w, P> {
    work: &'a Work<'w, P>,
    /// That of our system user.
    token: Token,
    /// The WABA, if we can read it already.
    seen: Option<SeenWaba>,
    found: preflight::Preflight,
}

/// A WABA that can be read.
struct SeenWaba {
    waba: Waba,
    /// With which it can.
    token: Token,
    /// Its numbers that concern the flow, as far as the flow's checks have listed them.
    numbers: Option<Vec<PhoneNumber>>,
}

impl Effect for StartMigration {
    const STEP: Step = Step::StartMigration;

    async fn run<P: Ports>(work: &Work<'_, P>) -> Result<Report, Fault> {
        let token = work.system_token().await?;
        let mut preflight = Preflight { work, token, seen: None, found: preflight::Preflight::default() };
        let report = match preflight.checked().await? {
            Checked::Passed(report) => promised(work, report),
            Checked::Stopped(report) => report,
        };
        Ok(report.with(work.detail_write(preflight::DETAIL, &preflight.found)?))
    }
}

/// The report with the date that the customer is told, where they wait for a 1st.
fn promised<P: Ports>(work: &Work<'_, P>, mut report: Report) -> Report {
    if !work.state.flow.flow().silences {
        return report;
    }
    let plan = Plan::at(work.now(), &TimeZone::UTC, &work.ports.settings().month_edge);
    report.learned.unblocks_on = Some(plan.unblocks_on);
    report.seen(plan.promise())
}

impl<P: Ports> Preflight<'_, '_, P> {
    /// Each check of the flow's list, up to the first that stops.
    async fn checked(&mut self) -> Result<Checked, Fault> {
        let checks = self.work.state.flow.flow().checks;
        // These checks read the WABA themselves, with the customer's token.
        if !checks.contains(&Check::Source) && !checks.contains(&Check::Destination) {
            self.look_at_the_named_waba().await?;
        }
        let mut report = Report::from(Outcome::Done);
        for check in checks {
            report = match self.check(*check, report).await? {
                Checked::Passed(report) => report,
                stopped @ Checked::Stopped(_) => return Ok(stopped),
            };
        }
        Ok(Checked::Passed(report))
    }

    async fn check(&mut self, check: Check, report: Report) -> Result<Checked, Fault> {
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
            Check::Standing => standing::check(self, report).await,
            Check::Templates => templates::check(self, report).await,
            Check::PartnerOwned => Ok(ownership::is_the_partners(self, report)),
        }
    }

    /// A person's, daily looked at again.
    fn person(&self, reason: Reason) -> Report {
        self.work.person(reason)
    }

    /// The WABA was named, and nothing of it can be read.
    fn is_not_ours(&self) -> Checked {
        let waba = self.work.state.waba.as_ref().map(|waba| format!(" {waba}")).unwrap_or_default();
        let seen = format!("our system user cannot read WABA{waba}");
        Checked::Stopped(self.person(Reason::NOT_OURS).seen(seen))
    }

    /// A WABA that is not the customer's can go none of these ways: said now, it silences nobody. What Meta does not
    /// say yet is looked at again once the customer has signed up, where they do.
    fn owner(&self, report: Report) -> Checked {
        let Some(waba) = self.waba() else { return Checked::Passed(report) };
        match self.work.owner_stops(waba) {
            Some(stop) if waba.ownership.is_some() || !self.work.state.flow.flow().signs_up => {
                Checked::Stopped(stop)
            }
            _ => Checked::Passed(report),
        }
    }

    async fn numbers(&mut self, report: Report) -> Result<Checked, Fault> {
        let Some(SeenWaba { waba, token, .. }) = &self.seen else { return Ok(Checked::Passed(report)) };
        match self.work.list(token, ListPhoneNumbers { waba: waba.id.clone(), after: None }).await {
            Ok(numbers) => {
                let stop = preflight::numbers_stop(&numbers);
                self.saw_numbers(numbers);
                Ok(stop.map_or(Checked::Passed(report), |reason| Checked::Stopped(refused(reason))))
            }
            Err(error) if error.refused().is_some_and(Refused::denies_access) => {
                self.found.looked.push(Sight::withheld(Subject::NumberStatus));
                Ok(Checked::Passed(report))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The WABA, if we can read it already.
    fn waba(&self) -> Option<&Waba> {
        self.seen.as_ref().map(|seen| &seen.waba)
    }

    /// A WABA that was named at creation. Before a signup Meta rarely shows it to us, and a WABA that cannot be read
    /// says nothing of its owner (facts 5.3).
    async fn look_at_the_named_waba(&mut self) -> Result<(), Fault> {
        let Some(waba) = self.work.state.waba.clone() else {
            self.found.looked.push(Sight::of_word(Subject::Waba, words::NOT_NAMED));
            return Ok(());
        };
        match self.work.call(&self.token, &ReadWaba { waba }).await {
            Ok(read) => self.saw_waba(read, self.token.clone()),
            Err(error) if error.refused().is_some_and(Refused::denies_access) => {
                self.found.looked.push(Sight::withheld(Subject::Waba));
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    fn saw_waba(&mut self, waba: Waba, token: Token) {
        self.found.looked.extend(preflight::of_waba(&waba));
        self.seen = Some(SeenWaba { waba, token, numbers: None });
    }

    fn saw_numbers(&mut self, numbers: Vec<PhoneNumber>) {
        let seen: Vec<_> = numbers.iter().map(preflight::number_seen).collect();
        self.found.looked.extend(of_numbers(&seen));
        if let Some(waba) = &mut self.seen {
            waba.numbers = Some(numbers);
        }
    }
}

fn refused(reason: Reason) -> Report {
    Outcome::Refused { reason }.into()
}
