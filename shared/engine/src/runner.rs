//! The step runner: claim, effect, commit; the same for every step.
//!
//! Losing, doubling, delaying or reordering any event changes nothing but time (rule 9): an event only
//! says that a turn may be due, the record says whether it is.

use std::collections::BTreeMap;
use std::future::Future;

use handover_domain::calendar;
use handover_domain::flow::Dates;
use handover_domain::ids::{ClaimId, MigrationId};
use handover_domain::moment::{after, spoken};
use handover_domain::outcome::{Outcome, WaitsFor};
use handover_domain::plan;
use handover_domain::reason::Reason;
use handover_domain::state::{ENGINE_VERSION, State, Status};
use handover_domain::step::Step;
use handover_domain::transition::{self, Learned, Next};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::items;
use crate::ports::{Clock, Ids, Ports};
use crate::records::{Item, Records, Write, Written, WrittenTogether};
use crate::settings::LEASE_OUTLIVES_BY;
use crate::work::{Fault, Report, Work};
use crate::writes::{self, CLOCKS_DIFFER_BY, HistoryEntry};

/// A turn may be due: ids, no data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepDue {
    /// The migration.
    pub migration: MigrationId,
    /// The step whose turn it should be.
    pub step: Step,
    /// The `seq` at which it should be.
    pub seq: u64,
}

impl StepDue {
    /// The event's kind on the bus.
    pub const DETAIL_TYPE: &'static str = "StepDue";
}

/// What a step does with its turn. It looks first, then acts, so that a first run and a run after a crash
/// are one path.
pub trait Effect {
    /// The step's name.
    const STEP: Step;

    /// Runs the turn.
    fn run<P: Ports>(work: &Work<'_, P>) -> impl Future<Output = Result<Report, Fault>> + Send;
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ran {
    /// The outcome is committed.
    Committed {
        /// STATE now.
        state: Box<State>,
        /// Which claim of this turn's it was, from 1: more than one means that a worker died or had no answer.
        attempt: u64,
    },
    /// There was nothing to do: not due, another turn, or another worker's.
    StoodDown,
}

/// Why a run ended without a commit. The lease ends by itself, and the sweep runs the step again.
#[derive(Debug, thiserror::Error)]
#[error("the step {step} of {migration} was not committed; it is run again when its lease ends")]
pub struct RunError {
    /// The migration.
    pub migration: MigrationId,
    /// The step.
    pub step: Step,
    /// What happened.
    #[source]
    pub source: Fault,
}

/// After so many claims without a commit the row goes to a person.
const MOST_CLAIMS: u64 = 5;

/// A record that was written in between is looked at again after this; longer than clocks may differ, so that
/// it is not due at once.
const LOOKS_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(15);
/// The sentences of an entry of the history may have so many bytes: the whole stays within 1 KB.
const MOST_EVIDENCE: usize = 600;

/// Runs one turn of step `E`.
///
/// # Errors
///
/// [`RunError`] if record or vault gave no answer; nothing is committed then.
pub async fn run<E: Effect, P: Ports>(ports: &P, due: &StepDue) -> Result<Ran, RunError> {
    let failed = |source| RunError { migration: due.migration, step: due.step, source };
    if due.step != E::STEP {
        return Ok(Ran::StoodDown);
    }
    let Some(work) = claim(ports, due).await.map_err(failed)? else {
        return Ok(Ran::StoodDown);
    };
    let report = match effect::<E, P>(&work).await {
        Ok(report) => report,
        Err(Fault::ClaimLost) => return Ok(Ran::StoodDown),
        Err(fault) => return Err(failed(fault)),
    };
    commit(&work, report).await.map_err(failed)
}

async fn claim<'a, P: Ports>(ports: &'a P, due: &StepDue) -> Result<Option<Work<'a, P>>, Fault> {
    let now = ports.clock().now();
    let claim_id = ClaimId::new(ports.ids().new_id(now));
    let lease_until = after(now, ports.settings().function_timeout + LEASE_OUTLIVES_BY);
    let write = writes::claim(due.migration, due.step, due.seq, claim_id, now, lease_until);
    let before = match ports.records().write(&write).await? {
        Written::Done { old: Some(old) } => old,
        // Our own answer was lost on the way: the claim in it is ours.
        Written::Refused { found: Some(found) } if writes::carries(Some(&found), claim_id) => found,
        Written::Done { old: None } | Written::Refused { .. } => return Ok(None),
    };
    let mut state: State = items::read(&write.key, before)?;
    if state.claim_id != Some(claim_id) {
        state.attempt = state.attempt.saturating_add(1);
    }
    state.claim_id = Some(claim_id);
    state.lease_until = Some(lease_until);
    Ok(Some(Work { ports, state, claim_id, claimed_at: now }))
}

async fn effect<E: Effect, P: Ports>(work: &Work<'_, P>) -> Result<Report, Fault> {
    let now = work.now();
    if work.state.came_early(after(now, CLOCKS_DIFFER_BY)) {
        // What is tried at its own pace, as a PIN is, is not tried again because a webhook came.
        return Ok(Outcome::Progress.into());
    }
    if work.state.attempt > MOST_CLAIMS {
        let sentence = format!("{MOST_CLAIMS} workers took this turn, and none of them finished it");
        return Ok(work.person(Reason::CLAIMS_USED_UP).seen(sentence));
    }
    if work.state.engine_version > ENGINE_VERSION {
        let sentence = format!("the item is of engine version {}", work.state.engine_version);
        return Ok(work.person(Reason::VERSION_TOO_NEW).seen(sentence));
    }
    match E::run(work).await {
        Err(Fault::Graph(error)) => Ok(Report::of_error(error, work.now())),
        Err(Fault::TokenMissing) => {
            Ok(work.person(Reason::TOKEN_MISSING).seen("there is no working token for the next call"))
        }
        Err(Fault::Missing(what)) => {
            Ok(work.person(Reason::RECORD_INCOMPLETE).seen(format!("{what} is gone")))
        }
        Err(Fault::FactMoved) => {
            Ok(Outcome::Retry { after: LOOKS_AGAIN_AFTER, reason: Reason::RECORD_MOVED }.into())
        }
        other => other,
    }
}

fn committed<P: Ports>(work: &Work<'_, P>, state: State) -> Ran {
    Ran::Committed { state: Box::new(state), attempt: work.state.attempt }
}

/// Commits what the run came to. Refused for a wake alone, it commits with the turn due now; refused for a
/// fact, the fact's own answer takes the outcome's place; refused for the claim, it stands down, unless the
/// history shows that this very commit went through.
async fn commit<P: Ports>(work: &Work<'_, P>, report: Report) -> Result<Ran, Fault> {
    let mut report = report;
    let mut woken = false;
    loop {
        let next = next(work, &report, woken);
        let writes = writes_of(work, &report, &next)?;
        let refused = match work.ports.records().write_together(&writes).await? {
            WrittenTogether::Done => return Ok(committed(work, next.state)),
            WrittenTogether::Refused(refused) => refused,
        };
        match refused.get(&0) {
            Some(found) if !writes::carries(found.as_ref(), work.claim_id) => {
                return committed_before(work, &next).await;
            }
            // The claim is ours and the commit was refused: somebody woke the migration.
            Some(_) if next.tests_wakes && !woken => woken = true,
            Some(_) => return Ok(Ran::StoodDown),
            None => match after_refused_facts(work, report, &writes, &refused).await? {
                Some(other) => report = other,
                None => return hand_over_without_history(work).await,
            },
        }
    }
}

fn next<P: Ports>(work: &Work<'_, P>, report: &Report, woken: bool) -> Next {
    let now = work.now();
    let dates = dates(work, &report.learned, now);
    let next = transition::next(&work.state, &report.outcome, &report.learned, dates, now);
    let next = if woken { next.due_now(now) } else { next };
    next.in_trace(work.ports.trace(), now)
}

/// The dates of the plan, as they are after this run.
fn dates<P: Ports>(work: &Work<'_, P>, learned: &Learned, now: Timestamp) -> Dates {
    let edge = &work.ports.settings().month_edge;
    let window = calendar::window_for(now, edge);
    let unblocks_on = learned.unblocks_on.or(work.state.unblocks_on);
    Dates {
        signed_up_at: work.state.signed_up_at,
        first_everywhere_at: unblocks_on.map(calendar::first_everywhere),
        sign_up_before: Some(plan::window_to_sign_up_in(now, edge).sign_up_before()),
        window_closes_at: Some(window.closes),
    }
}

fn writes_of<P: Ports>(work: &Work<'_, P>, report: &Report, next: &Next) -> Result<Vec<Write>, Fault> {
    let entry = HistoryEntry {
        at: work.now(),
        row: work.state.turn.clone(),
        step: work.state.step,
        claim_id: work.claim_id,
        outcome: report.outcome.word().to_owned(),
        action: None,
        by: None,
        reason: report.outcome.reason().map(|reason| reason.code().to_owned()),
        status: next.state.status,
        unblocks_on: next.state.unblocks_on,
        evidence: shortened(&evidence(work, report, next)),
    };
    let error: Option<Item> = match &report.error {
        Some(error) => Some(items::written(&items::error(work.state.migration, next.state.seq), error)?),
        None => None,
    };
    Ok(writes::commit(&work.state, work.claim_id, next, &entry, error, &report.facts)?)
}

/// What was seen; and, where a deadline alone calls for a person, that it has passed.
fn evidence<P: Ports>(work: &Work<'_, P>, report: &Report, next: &Next) -> Vec<String> {
    let mut seen = report.evidence.clone();
    let asks_itself =
        matches!(report.outcome, Outcome::Wait { on: WaitsFor::Person, .. } | Outcome::Refused { .. });
    let is_asked_now = next.state.status == Status::Person && work.state.status != Status::Person;
    if let Some(deadline) = work.state.deadline.filter(|_| is_asked_now && !asks_itself) {
        seen.push(format!("`{}` was to be done by {}", work.state.row, spoken(deadline)));
    }
    seen
}

/// The sentences that fit, and how many did not.
fn shortened(evidence: &[String]) -> Vec<String> {
    let mut room = MOST_EVIDENCE;
    let fits = |sentence: &&String| {
        let left = room.checked_sub(sentence.len());
        room = left.unwrap_or(0);
        left.is_some()
    };
    let mut kept: Vec<String> = evidence.iter().take_while(fits).cloned().collect();
    if kept.len() < evidence.len() {
        kept.push(format!("and {} more", evidence.len() - kept.len()));
    }
    kept
}

async fn committed_before<P: Ports>(work: &Work<'_, P>, next: &Next) -> Result<Ran, Fault> {
    let key = items::history(work.state.migration, next.state.seq);
    let entry = work.ports.records().read(&key).await?;
    if next.writes_history && writes::carries(entry.as_ref(), work.claim_id) {
        return Ok(committed(work, next.state.clone()));
    }
    Ok(Ran::StoodDown)
}

/// The report in the place of one whose facts were refused; none if it was the history that refused. The facts
/// come last in the list of writes. What a ledger was to learn is kept, whoever wrote it in between; anything else
/// is looked at anew.
async fn after_refused_facts<P: Ports>(
    work: &Work<'_, P>,
    mut report: Report,
    writes: &[Write],
    refused: &BTreeMap<usize, Option<Item>>,
) -> Result<Option<Report>, Fault> {
    let facts_begin = writes.len().saturating_sub(report.facts.len());
    let facts: Vec<usize> = refused.keys().filter_map(|position| position.checked_sub(facts_begin)).collect();
    let lock = report.learned.waba.as_ref().map(items::lock);
    let is_the_lock =
        |position: &usize| writes.get(*position).is_some_and(|write| Some(&write.key) == lock.as_ref());
    if facts.is_empty() && refused.keys().any(is_the_lock) {
        let moves = work.state.flow.flow().moves;
        let reason = if moves { Reason::NEW_WABA_TAKEN } else { Reason::WABA_TAKEN };
        let taken = Report::from(Outcome::Refused { reason });
        let place = lock.map(|lock| lock.partition).unwrap_or_default();
        return Ok(Some(taken.seen(format!("{place} is held by another migration"))));
    }
    if facts.is_empty() {
        return Ok(None);
    }
    for place in facts {
        let Some(fact) = report.facts.get_mut(place) else { return Ok(None) };
        match work.rebased(fact).await? {
            Some(rebased) if work.time_left().is_positive() => *fact = rebased,
            _ => {
                let again = Outcome::Retry { after: LOOKS_AGAIN_AFTER, reason: Reason::RECORD_MOVED };
                return Ok(Some(again.into()));
            }
        }
    }
    Ok(Some(report))
}

/// The history has this entry already, and it is not ours: `migrations` was restored and the journal was not.
/// A person hears of it, by STATE alone: what was written is never written over.
async fn hand_over_without_history<P: Ports>(work: &Work<'_, P>) -> Result<Ran, Fault> {
    let report = work.person(Reason::RECORD_INCOMPLETE);
    let next = next(work, &report, false).without_history(work.state.seq);
    let writes = writes_of(work, &report, &next)?;
    match work.ports.records().write_together(&writes).await? {
        WrittenTogether::Done => Ok(committed(work, next.state)),
        WrittenTogether::Refused(_) => Ok(Ran::StoodDown),
    }
}
