//! What an operator does to a migration: under a claim like any worker's, on what they looked at, with a reason.

use handover_domain::decision::Decision;
use handover_domain::flow::{Asked, CANCELLATION};
use handover_domain::ids::{AllocationId, ClaimId, MigrationId, WabaId};
use handover_domain::ledger::Ledger;
use handover_domain::moment::{after, spoken};
use handover_domain::operator::Operator;
use handover_domain::reason::Reason;
use handover_domain::state::{State, Status};
use handover_domain::step::Step;
use handover_domain::transition::{self, Ask};
use jiff::{SignedDuration, Timestamp};

use crate::approvals;
use crate::assets::{self, Assets};
use crate::hand_off::{self, Imported, Shared};
use crate::idempotency::{Keeping, Kept};
use crate::items;
use crate::ownership::OwnershipIntent;
use crate::ports::{Clock, Ids, Ports};
use crate::records::{Item, Records, RecordsError, Write, Written, WrittenTogether};
use crate::solution::{self, Intent};
use crate::writes::{self, HistoryEntry};

/// An action's lease: it makes no calls of Meta's, so it is through in seconds.
const LEASE: SignedDuration = SignedDuration::from_secs(30);

/// What an operator asks.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Of which migration.
    pub migration: MigrationId,
    /// The `seq` that they looked at: whatever has happened since, they have not seen.
    pub seq: u64,
    /// Why, in their own words; kept in the history.
    pub reason: String,
    /// What.
    pub action: Action,
    /// Who asks, as the gateway knows them; never by what they say of themselves.
    pub by: Option<Operator>,
    /// The `Idempotency-Key` under which it was asked for, if there was one.
    pub kept: Option<Keeping>,
}

/// What can be asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Run what is open now.
    Retry,
    /// End it.
    Cancel {
        /// What becomes of a share that is made; must be said exactly then.
        share: Option<Share>,
    },
    /// Decide what no rule may.
    Resolve(Decision),
    /// A new signup link: the write that makes it one.
    NewLink(Write),
    /// Approve the share that the row stands for, as one more person.
    Approve,
    /// Take in the other partner's hand-off, which says that they have shared.
    TakeIn(Box<Imported<Shared>>),
}

/// What becomes of a share when its migration is cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// It stays: our credit line goes on to pay from the 1st.
    Keep,
    /// It is taken back at Meta, for the whole business (facts 9.7).
    Revoke,
}

/// Why an action was not taken; nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum ActionError {
    /// There is no such migration.
    #[error("there is no migration {0}; look it up in the list")]
    Unknown(MigrationId),
    /// It has ended.
    #[error(
        "the migration has ended ({0:?}), so nothing can be asked of it; create a new one if the customer still wants to move"
    )]
    Ended(Status),
    /// Something has happened since they looked.
    #[error("the migration is at seq {now} by now; look again before you act")]
    SeqMoved {
        /// The `seq` it is at.
        now: u64,
    },
    /// A worker holds it.
    #[error("a step is at work on the migration; ask again after its lease has ended")]
    Held {
        /// Until when, at the latest.
        until: Timestamp,
    },
    /// The decision answers nothing that was asked.
    #[error("there is nothing to decide with this verdict")]
    NothingToDecide {
        /// Why the row stands.
        reason: Option<Reason>,
        /// The verdicts that would answer it.
        verdicts: &'static [&'static str],
    },
    /// The customer does not sign up in this flow.
    #[error(
        "in this flow the customer signs up with nobody, so there is no link; follow the migration instead"
    )]
    NoSignup,
    /// No share waits for people.
    #[error("no share waits to be approved here; `handover show` says what the migration stands for")]
    NothingToApprove,
    /// Nobody knows who approves.
    #[error(
        "an approval is a person's, and nothing here says who you are: the API takes it from the `sub` of your operator's token (HANDOVER_TOKEN), and from nothing else"
    )]
    Nameless,
    /// The same person has approved it before.
    #[error(
        "you have approved this share already, on {}; where two people must, the other one is somebody else",
        spoken(*.0)
    )]
    ApprovedAlready(Timestamp),
    /// The other partner of the solution has no part in it.
    #[error(
        "nobody waits for a partner's share here: our own credit line pays, or none does; look which migration the hand-off answers"
    )]
    NoShareWanted,
    /// The new WABA, for which the share should be, is not known.
    #[error(
        "the customer's new WABA is not known yet, so no share can be for it; import the hand-off again when the migration stands at the partner's share"
    )]
    NoWabaYet,
    /// The hand-off is about another WABA, or another solution.
    #[error(
        "the hand-off is for WABA {paper} and this migration's is {ours}, or for another solution than it goes into; send the partner our hand-off again, and import the answer to it"
    )]
    AnotherWaba {
        /// This migration's.
        ours: WabaId,
        /// The hand-off's.
        paper: WabaId,
    },
    /// A share was sent and its outcome is not known.
    #[error("a share is unsettled, and nobody may walk away from it; resolve it first, then cancel")]
    ShareUnsettled,
    /// Meta was asked to move the WABA, and no answer came.
    #[error(
        "Meta may or may not have our request; find that out with the customer and resolve it first, then cancel"
    )]
    IntentUnsettled,
    /// A share is made, and nobody has said what becomes of it.
    #[error("the credit line is shared (allocation {0}); say whether the share is kept or revoked")]
    ShareMade(AllocationId),
    /// Nothing is shared that could be taken back.
    #[error("nothing is shared for this migration; cancel without a word about the share")]
    NothingShared,
    /// To take it back would cut off another WABA.
    #[error(
        "taking the share back would cut off WABA {0} of the same business too; keep it, or cancel that one first"
    )]
    CutsOff(WabaId),
    /// What should be written together with it could not be.
    #[error("somebody did the same at the same moment; look again")]
    Moved,
    /// The record gave no answer.
    #[error(transparent)]
    Records(#[from] RecordsError),
}

/// Does what an operator asks.
///
/// # Errors
///
/// [`ActionError`]; the claim is given back, so that the migration goes on at once.
pub async fn act<P: Ports>(ports: &P, request: &Request) -> Result<State, ActionError> {
    let claimed = claim(ports, request).await?;
    let allowed = match allowed(ports, &claimed.state, request).await {
        Ok(allowed) => allowed,
        Err(error) => {
            // What is not given back ends by itself in half a minute.
            let _ = ports.records().write(&writes::release(request.migration, claimed.id)).await;
            return Err(error);
        }
    };
    commit(ports, request, &claimed, &allowed).await
}

/// What is done, with what else is written and told of it.
struct Allowed {
    ask: Ask,
    together: Vec<Write>,
    evidence: Vec<String>,
}

impl From<Ask> for Allowed {
    fn from(ask: Ask) -> Self {
        Self { ask, together: Vec::new(), evidence: Vec::new() }
    }
}

struct Claimed {
    state: State,
    id: ClaimId,
}

async fn claim<P: Ports>(ports: &P, request: &Request) -> Result<Claimed, ActionError> {
    let now = ports.clock().now();
    let id = ClaimId::new(ports.ids().new_id(now));
    let lease_until = after(now, LEASE);
    let write = writes::claim_for_an_action(request.migration, request.seq, id, now, lease_until);
    let found = match ports.records().write(&write).await? {
        Written::Done { old: Some(old) } => Some(old),
        Written::Refused { found } if writes::carries(found.as_ref(), id) => found,
        Written::Done { old: None } => None,
        Written::Refused { found } => return Err(refused(request, found)?),
    };
    let item = found.ok_or(ActionError::Unknown(request.migration))?;
    // The item is as it was before: with the claim in it, the commit knows what to take away.
    let before: State = items::read(&write.key, item)?;
    Ok(Claimed { state: State { claim_id: Some(id), lease_until: Some(lease_until), ..before }, id })
}

/// Why the claim was refused, told by what was found.
fn refused(request: &Request, found: Option<Item>) -> Result<ActionError, RecordsError> {
    let Some(item) = found else { return Ok(ActionError::Unknown(request.migration)) };
    let state: State = items::read(&items::state(request.migration), item)?;
    Ok(match state.lease_until {
        _ if state.status.is_end() => ActionError::Ended(state.status),
        _ if state.seq != request.seq => ActionError::SeqMoved { now: state.seq },
        Some(until) => ActionError::Held { until },
        None => ActionError::Moved,
    })
}

async fn allowed<P: Ports>(ports: &P, state: &State, request: &Request) -> Result<Allowed, ActionError> {
    match &request.action {
        Action::Retry => Ok(Ask::Retry.into()),
        Action::NewLink(_) if !state.flow.flow().signs_up => Err(ActionError::NoSignup),
        Action::NewLink(link) => Ok(Allowed { together: vec![link.clone()], ..Ask::NewLink.into() }),
        Action::Approve => approved(ports, state, request.by.as_ref()).await,
        Action::TakeIn(imported) => taken_in(ports, state, imported).await,
        Action::Resolve(decision) => {
            if decision.answers(state) {
                let verdict = match decision {
                    Decision::Applied { allocation } => format!("verdict: applied, allocation {allocation}"),
                    other => format!("verdict: {}", other.verdict()),
                };
                return Ok(Allowed { evidence: vec![verdict], ..Ask::Resolve(decision.clone()).into() });
            }
            let verdicts = Decision::verdicts_of(state);
            Err(ActionError::NothingToDecide { reason: state.reason.clone(), verdicts })
        }
        Action::Cancel { share } => {
            if is_unsettled(ports, state).await? {
                return Err(ActionError::IntentUnsettled);
            }
            let ask = may_cancel(state, &ledger(ports, state).await?, *share)?;
            Ok(Allowed { evidence: the_partner_pays_on(ports, state).await?, ..ask.into() })
        }
    }
}

/// One more person approves what the row has written down; what it is about was settled when it wrote it.
async fn approved<P: Ports>(ports: &P, state: &State, by: Option<&Operator>) -> Result<Allowed, ActionError> {
    if state.reason != Some(Reason::SHARE_NEEDS_APPROVAL) {
        return Err(ActionError::NothingToApprove);
    }
    let by = by.ok_or(ActionError::Nameless)?;
    let approvals = approvals::read(ports, state.migration).await?.ok_or(ActionError::NothingToApprove)?;
    if let Some(at) = approvals.when_by(by) {
        return Err(ActionError::ApprovedAlready(at));
    }
    let approvals = approvals.with(by.clone(), ports.clock().now());
    let evidence = vec![approvals::proposed(&approvals.proposal)];
    let together = vec![approvals::write(state.migration, &approvals)?];
    Ok(Allowed { ask: Ask::Approve, together, evidence })
}

/// What the other partner says of a share counts for the migration and the WABA that it names, and for nothing else.
async fn taken_in<P: Ports>(
    ports: &P,
    state: &State,
    imported: &Imported<Shared>,
) -> Result<Allowed, ActionError> {
    let paper = &imported.paper;
    let wanted = solution::of(ports, state.migration).await?.filter(|destination| destination.partner_shares);
    let destination = wanted.ok_or(ActionError::NoShareWanted)?;
    let ours = state.waba.as_ref().filter(|_| !state.is_at_the_old_waba()).ok_or(ActionError::NoWabaYet)?;
    if *ours != paper.waba || destination.solution != paper.solution {
        return Err(ActionError::AnotherWaba { ours: ours.clone(), paper: paper.waba.clone() });
    }
    let together = vec![hand_off::write_share(state.migration, imported)?];
    Ok(Allowed { ask: Ask::TakeIn, together, evidence: vec![paper.sentence()] })
}

/// That a partner's credit line stays where it was shared for this migration: nobody else would tell them.
async fn the_partner_pays_on<P: Ports>(ports: &P, state: &State) -> Result<Vec<String>, RecordsError> {
    if !state.flow.flow().has_use_for(Asked::PartnerShares) {
        return Ok(Vec::new());
    }
    let shared = hand_off::share_of(ports, state.migration).await?.map(|imported| imported.paper);
    let told = |shared: Shared| {
        format!(
            "the partner has shared their credit line with WABA {} (allocation {}, their migration {}): tell them that it is not needed",
            shared.waba, shared.allocation, shared.migration
        )
    };
    Ok(shared.map(told).into_iter().collect())
}

/// Whether this migration has asked Meta about its WABA, and nobody knows what came of it.
async fn is_unsettled<P: Ports>(ports: &P, state: &State) -> Result<bool, RecordsError> {
    let flow = state.flow.flow();
    // The request was made for the WABA that the customer leaves, where they get a new one.
    let Some(waba) = state.source.as_ref().or(state.waba.as_ref()) else { return Ok(false) };
    if flow.has(Step::SetOwnershipIntent) {
        let asked: Option<OwnershipIntent> = items::stored(ports.records(), &items::ownership(waba)).await?;
        return Ok(asked.is_some_and(|asked| asked.migration == state.migration && asked.is_unsettled()));
    }
    if !flow.has(Step::SetMigrationIntent) {
        return Ok(false);
    }
    let asked: Option<Intent> = items::stored(ports.records(), &items::intent(waba)).await?;
    Ok(asked.is_some_and(|asked| asked.migration == state.migration && asked.is_unsettled()))
}

/// The ledger of the customer's business; empty as long as nobody knows the business.
async fn ledger<P: Ports>(ports: &P, state: &State) -> Result<Ledger, RecordsError> {
    let key = items::detail(state.migration, assets::DETAIL);
    let Some(item) = ports.records().read(&key).await? else { return Ok(Ledger::default()) };
    let assets: Assets = items::read(&key, item)?;
    let Some(line) = &assets.credit_line else { return Ok(Ledger::default()) };
    let key = items::ledger(line, &assets.business);
    match ports.records().read(&key).await? {
        Some(item) => items::read(&key, item),
        None => Ok(Ledger::default()),
    }
}

fn may_cancel(state: &State, ledger: &Ledger, share: Option<Share>) -> Result<Ask, ActionError> {
    if ledger.intent.as_ref().is_some_and(|intent| intent.migration == state.migration) {
        return Err(ActionError::ShareUnsettled);
    }
    // Whichever migration has shared: this one holds the WABA now. What it had the business given stands without a WABA.
    let entry = state.waba.as_ref().and_then(|waba| ledger.entry(waba));
    // A destination that was there before had its share before: its other numbers live of it.
    let was_there = state.flow.flow().asks.contains(&Asked::Destination);
    let entry = entry.filter(|entry| !was_there || entry.migration == state.migration);
    let entry = entry.map(|entry| &entry.allocation);
    let given = ledger.unattached().find(|one| one.migration == state.migration).map(|one| &one.allocation);
    match (entry.or(given), share) {
        (Some(allocation), None) => Err(ActionError::ShareMade(allocation.clone())),
        (Some(_), Some(Share::Revoke)) => {
            match state.waba.as_ref().and_then(|waba| ledger.another_than(waba)) {
                Some(other) => Err(ActionError::CutsOff(other.clone())),
                None => Ok(Ask::CancelAndRevoke),
            }
        }
        // A share whose taking back cannot be brought to its end may still be left as it is.
        (None, Some(Share::Revoke)) if state.row != CANCELLATION.name => Err(ActionError::NothingShared),
        (None, Some(Share::Revoke)) => Ok(Ask::CancelAndRevoke),
        (_, Some(Share::Keep)) | (None, None) => Ok(Ask::Cancel),
    }
}

async fn commit<P: Ports>(
    ports: &P,
    request: &Request,
    claimed: &Claimed,
    allowed: &Allowed,
) -> Result<State, ActionError> {
    let now = ports.clock().now();
    let Allowed { ask, together, evidence } = allowed;
    let next = transition::asked(&claimed.state, ask, now).in_trace(ports.trace(), now);
    let asked = format!("an operator asked for {}: {}", ask.name(), request.reason);
    let evidence = std::iter::once(asked).chain(evidence.iter().cloned()).collect();
    let entry = HistoryEntry {
        at: now,
        row: claimed.state.row.clone(),
        step: claimed.state.step,
        claim_id: claimed.id,
        outcome: "action".to_owned(),
        action: Some(ask.name().to_owned()),
        by: request.by.clone(),
        reason: next.state.reason.as_ref().map(|reason| reason.code().to_owned()),
        status: next.state.status,
        unblocks_on: next.state.unblocks_on,
        evidence,
    };
    let mut together = together.clone();
    if let Some(keeping) = &request.kept {
        let State { migration, seq, status, .. } = next.state;
        together.push(keeping.write(&Kept { migration, seq, status }, now)?);
    }
    let writes = writes::commit(&claimed.state, claimed.id, &next, &entry, None, &together)?;
    let refused = match ports.records().write_together(&writes).await? {
        WrittenTogether::Done => return Ok(next.state),
        WrittenTogether::Refused(refused) => refused,
    };
    let key = items::history(request.migration, next.state.seq);
    match ports.records().read(&key).await? {
        // Our own answer was lost on the way, and the writes were sent again.
        written if writes::carries(written.as_ref(), claimed.id) => Ok(next.state),
        _ => {
            if !refused.contains_key(&0) {
                let _ = ports.records().write(&writes::release(request.migration, claimed.id)).await;
            }
            Err(ActionError::Moved)
        }
    }
}
