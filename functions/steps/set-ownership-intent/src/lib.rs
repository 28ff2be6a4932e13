//! Offers the customer the ownership of their WABA: once, because nobody says what a second offer does, and with a solution
//! that is chosen once, because Meta lets nobody change it (facts 11).
//!
//! Meta ended this on 1 October 2025 (facts 0.2), so a refusal is the rule, and says what to do instead.

use aws_lambda_events::eventbridge::EventBridgeEvent;
use handover_domain::decision::Decision;
use handover_domain::ids::{SolutionId, WabaId};
use handover_domain::moment::spoken;
use handover_domain::outcome::Outcome;
use handover_domain::reason::Reason;
use handover_domain::step::Step;
use handover_engine::ownership::OwnershipIntent;
use handover_engine::ports::Ports;
use handover_engine::runner::{self, Effect, Ran, RunError, StepDue};
use handover_engine::settings::OwnershipTransfer;
use handover_engine::work::{Fault, Report, Work};
use handover_graph::calls::read_waba::ReadWaba;
use handover_graph::calls::set_ownership_intent::SetOwnershipIntent;
use handover_graph::error::{Applied, GraphError, Refused};
use handover_graph::secret::Token;
use handover_graph::words::Ownership;

/// Runs the row "offer the ownership".
///
/// # Errors
///
/// [`RunError`] if record or vault gave no answer; the sweep runs the turn again.
pub async fn handle<P: Ports>(ports: &P, event: EventBridgeEvent<StepDue>) -> Result<Ran, RunError> {
    runner::run::<SetIntent, P>(ports, &event.detail).await
}

struct SetIntent;

impl Effect for SetIntent {
    const STEP: Step = Step::SetOwnershipIntent;

    async fn run<P: Ports>(work: &Work<'_, P>) -> Result<Report, Fault> {
        let waba = work.waba()?;
        let token = work.system_token().await?;
        let read = work.call(&token, &ReadWaba { waba: waba.clone() }).await?;
        if read.ownership == Some(Ownership::ClientOwned) {
            return Ok(done(format!("WABA {waba} is CLIENT_OWNED")));
        }
        let solution = work.destination_if_named().await?.map(|destination| destination.solution);
        let offer = Offer { work, token, waba, solution };
        let known = work.ownership_intent(&offer.waba).await?;
        match known.as_ref() {
            Some(intent) if intent.holds_to_another(offer.solution.as_ref()) => Ok(offer.refuses(intent)),
            Some(intent) if intent.is_unsettled() => {
                let (at, with) = (spoken(intent.recorded_at), into(intent.solution.as_ref()));
                offer.decided(intent, None, format!("the ownership was offered on {at} {with}")).await
            }
            Some(intent) if intent.migration == work.state.migration => Ok(done(asked_before(intent))),
            // What an earlier migration has offered may have ended meanwhile, and nothing of it can be read.
            before => match work.may_have_forgotten() {
                // It may have been offered in what the record has forgotten.
                Some(restored_at) => {
                    let at = spoken(restored_at);
                    let seen = format!("the tables were put back on {at}, perhaps to before the offer");
                    offer.decided(&offer.made_now(), before, seen).await
                }
                None => offer.make(before).await,
            },
        }
    }
}

fn done(sentence: impl Into<String>) -> Report {
    Report::from(Outcome::Done).seen(sentence)
}

fn asked_before(intent: &OwnershipIntent) -> String {
    match &intent.id {
        Some(id) => format!("ownership intent {id}"),
        None => "Meta was asked before, as an operator has said".to_owned(),
    }
}

fn into(solution: Option<&SolutionId>) -> String {
    solution.map_or_else(|| "without a solution".to_owned(), |solution| format!("with solution {solution}"))
}

struct Offer<'a, 'w, P> {
    work: &'a Work<'w, P>,
    token: Token,
    waba: WabaId,
    solution: Option<SolutionId>,
}

impl<P: Ports> Offer<'_, '_, P> {
    /// Meta would refuse it, and a slip of its would be for ever.
    fn refuses(&self, chosen: &OwnershipIntent) -> Report {
        let seen = format!(
            "offered on {} {}, and now {}",
            spoken(chosen.recorded_at),
            into(chosen.solution.as_ref()),
            into(self.solution.as_ref())
        );
        Report::from(Outcome::Refused { reason: Reason::SOLUTION_CHOSEN }).seen(seen)
    }

    /// No answer came, and nothing at Meta shows whether the customer has it: nothing but a person's word lets a second
    /// offer out. `before` is known to be there beside it.
    async fn decided(
        &self,
        intent: &OwnershipIntent,
        before: Option<&OwnershipIntent>,
        seen: String,
    ) -> Result<Report, Fault> {
        match &self.work.state.decision {
            Some(Decision::Asked) => {
                let migration = self.work.state.migration;
                let confirmed = OwnershipIntent { migration, confirmed: true, ..intent.clone() };
                let report = done("an operator says that the customer has the request");
                Ok(report.with(confirmed.write(&self.waba)?))
            }
            Some(Decision::NotApplied) => self.make(before).await,
            _ => Ok(self.work.person(Reason::INTENT_UNKNOWN).seen(seen)),
        }
    }

    /// An offer of this migration of which nobody knows yet what Meta has made.
    fn made_now(&self) -> OwnershipIntent {
        OwnershipIntent {
            migration: self.work.state.migration,
            solution: self.solution.clone(),
            recorded_at: self.work.now(),
            id: None,
            confirmed: false,
        }
    }

    /// Records that it is offered, and offers it.
    async fn make(&self, before: Option<&OwnershipIntent>) -> Result<Report, Fault> {
        let (work, waba) = (self.work, &self.waba);
        if work.ports.settings().ownership_transfer == OwnershipTransfer::Off {
            let stop = work.person(Reason::TRANSFER_OFF);
            return Ok(stop.seen("HANDOVER_OWNERSHIP_TRANSFER is off, so nothing was asked of Meta now"));
        }
        let intent = self.made_now();
        let record = vec![intent.write(waba)?];
        // A verdict lets out one call, and is used up by it (rule 3).
        if work.state.decision.is_some() {
            work.record_by_decision(record).await?;
        } else {
            work.record(record).await?;
        }
        let call = SetOwnershipIntent { waba: waba.clone(), solution: self.solution.clone() };
        match work.call(&self.token, &call).await {
            Ok(id) => {
                let answered = OwnershipIntent { id: Some(id), ..intent };
                let report = done(asked_before(&answered)).seen(into(self.solution.as_ref()));
                Ok(report.with(answered.write(waba)?))
            }
            Err(error) if error.outcome() == Applied::No => {
                // What is surely refused has chosen nothing, and what was lost before has not either, by a person's word.
                let back = OwnershipIntent::put_back(before.filter(|before| !before.is_unsettled()), waba)?;
                Ok(refused(work, error).with(back))
            }
            Err(error) => {
                let sentence = format!("{}: whether Meta has taken it is not known", error.call);
                let stop = work.person(Reason::INTENT_UNKNOWN).seen(sentence);
                Ok(Report { error: Some(error), ..stop })
            }
        }
    }
}

/// The WABA has just been read with this token, so a call that Meta does not know, or an object that it does not find for
/// it, is the end of transfers; whatever says more is what it says.
fn refused<P: Ports>(work: &Work<'_, P>, error: GraphError) -> Report {
    if !error.refused().is_some_and(is_unknown_to_meta) {
        return Report::of_error(error, work.now());
    }
    let report = Report::from(Outcome::Refused { reason: Reason::TRANSFER_ENDED });
    Report { error: Some(error), ..report.seen("Meta does not know the call any more") }
}

/// Meta documents no answer of a call that it has taken away. These are its general ones: a parameter or an operation that
/// is not supported (100, and 33 beside it), a path that is not known (2500), a call that has ended (12).
fn is_unknown_to_meta(refused: &Refused) -> bool {
    matches!((refused.code, refused.subcode), (100, None | Some(33)) | (12 | 2500, _))
}
