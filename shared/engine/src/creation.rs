//! Creating a migration: STATE, LOCK when the WABA is named, and the first signup link.

use handover_domain::flow::{Asked, Flow, FlowName};
use handover_domain::ids::{MigrationId, SolutionId, WabaId};
use handover_domain::number::DisplayNumber;
use handover_domain::plan::Plan;
use handover_domain::state::{State, board};
use handover_domain::step::Step;
use jiff::tz::TimeZone;
use secrecy::{ExposeSecret, SecretString};

use crate::hand_off::Begins;
use crate::idempotency::{Keeping, Kept};
use crate::items;
use crate::ports::{Clock, Ids, Ports};
use crate::records::{Records, RecordsError, Write, WrittenTogether};
use crate::settings::OwnershipTransfer;
use crate::signup_link::{SignupLink, hash_of};
use crate::solution::{DESTINATION, Destination};
use crate::source::{self, ASKED};
use crate::unmatched;
use crate::writes;

/// What an operator asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMigration {
    /// The flow.
    pub flow: FlowName,
    /// The WABA, if it is known beforehand.
    pub waba: Option<WabaId>,
    /// The WABA into which a number moves, where the customer has it already.
    pub destination: Option<WabaId>,
    /// The number that moves, where one does.
    pub number: Option<DisplayNumber>,
    /// The solution that it goes into, where the flow has one.
    pub solution: Option<SolutionId>,
    /// Whether they say that the apps of both solutions belong to one portfolio.
    pub one_portfolio: bool,
    /// Whether they say that they know that there is no way back.
    pub one_way: bool,
    /// Whether they say that the other partner of the solution has the credit line that pays.
    pub partner_shares: bool,
    /// The other partner's hand-off that begins it, where one does.
    pub hand_off: Option<Begins>,
    /// The operator's name for the customer, for people only.
    pub label: Option<String>,
    /// The `Idempotency-Key` under which it was asked for, if there was one.
    pub kept: Option<Keeping>,
}

/// A migration that was created.
#[derive(Debug)]
pub struct Created {
    /// Its STATE.
    pub state: State,
    /// The secret of its signup link, if the customer signs up on its way: told once, kept only as a hash.
    pub link: Option<SecretString>,
}

/// Why no migration was created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// One live migration per WABA.
    #[error("the WABA {0} has a live migration already; follow that one, or cancel it first")]
    WabaTaken(WabaId, Asked),
    /// The same request came at the same moment and was first.
    #[error("the same request was first; it is answered when it is asked again")]
    Repeated,
    /// The flow needs something that was not named.
    #[error("the flow {0} needs {1:?}; name it")]
    Lacks(FlowName, Asked),
    /// The flow has no use for something that was named.
    #[error("the flow {0} has no use for {1:?}; leave it out, or use the flow that has")]
    NoUse(FlowName, Asked),
    /// The settings have turned the flow off.
    #[error("the flow {0} is turned off; the settings can turn it on")]
    TurnedOff(FlowName),
    /// The flow needs a credit line of ours, and this deployment has none.
    #[error(
        "the flow {0} needs a credit line of ours, and this deployment has none; leave it to the partner of the solution"
    )]
    NoCreditLine(FlowName),
    /// The flow's table is empty.
    #[error("the flow {0} has no row; this version cannot run it")]
    NoRow(FlowName),
    /// The record gave no answer.
    #[error(transparent)]
    Records(#[from] RecordsError),
}

/// Creates a migration, due now at the first row of its flow.
///
/// # Errors
///
/// [`CreateError::TurnedOff`] if the settings say so, [`CreateError::WabaTaken`] if another live migration holds the WABA,
/// [`CreateError::Lacks`] and [`CreateError::NoUse`] if what was named does not fit the flow.
pub async fn create<P: Ports>(ports: &P, new: NewMigration) -> Result<Created, CreateError> {
    let flow = new.flow.flow();
    let is_off = ports.settings().ownership_transfer == OwnershipTransfer::Off;
    if is_off && flow.has(Step::SetOwnershipIntent) {
        return Err(CreateError::TurnedOff(flow.name));
    }
    fits(flow, &new)?;
    let is_ours = flow.has(Step::ShareCreditLine) && !new.partner_shares;
    if is_ours && ports.settings().credit_lines.is_none() {
        return Err(CreateError::NoCreditLine(flow.name));
    }
    let state = state(ports, flow, &new).await?;
    let link = flow.signs_up.then(|| ports.ids().new_link());
    let (migration, now) = (state.migration, ports.clock().now());
    let mut writes = writes::create(&state)?;
    if let Some(link) = &link {
        writes.push(writes::link(&SignupLink::new(migration, now), &hash_of(link.expose_secret()))?);
    }
    if let Some(solution) = new.solution {
        let key = items::detail(migration, DESTINATION);
        let destination =
            Destination { solution, one_portfolio: new.one_portfolio, partner_shares: new.partner_shares };
        writes.push(writes::put(key.clone(), items::written(&key, &destination)?, vec![]));
    }
    if let Some(number) = new.number {
        let key = items::detail(migration, ASKED);
        writes.push(writes::put(key.clone(), items::written(&key, &source::Asked { number })?, vec![]));
    }
    let begins = writes.len();
    if let Some(hand_off) = &new.hand_off {
        writes.extend(hand_off.writes(migration)?);
    }
    let own = writes.len();
    if let Some(keeping) = &new.kept {
        writes.push(keeping.write(&Kept { migration, seq: state.seq, status: state.status }, now)?);
    }
    let named_as = if new.destination.is_some() { Asked::Destination } else { Asked::Waba };
    match (ports.records().write_together(&writes).await?, new.waba.or(new.destination)) {
        (WrittenTogether::Done, _) => Ok(Created { state, link }),
        (WrittenTogether::Refused(refused), _) if refused.range(begins..=own).next().is_some() => {
            Err(CreateError::Repeated)
        }
        (WrittenTogether::Refused(_), Some(waba)) => Err(CreateError::WabaTaken(waba, named_as)),
        // New ids are new: only a store that lost an answer and was asked again refuses them.
        (WrittenTogether::Refused(_), None) => {
            Err(RecordsError::Lost { table: "migrations", operation: "create", source: None }.into())
        }
    }
}

fn fits(flow: &Flow, new: &NewMigration) -> Result<(), CreateError> {
    let named = |asked| match asked {
        Asked::Waba => new.waba.is_some(),
        Asked::Destination => new.destination.is_some(),
        Asked::Number => new.number.is_some(),
        Asked::Solution => new.solution.is_some(),
        Asked::OnePortfolio => new.one_portfolio,
        Asked::OneWay => new.one_way,
        Asked::PartnerShares => new.partner_shares,
        Asked::HandOff => new.hand_off.is_some(),
    };
    if let Some(lacks) = flow.asks.iter().find(|asked| !named(**asked)) {
        return Err(CreateError::Lacks(flow.name, *lacks));
    }
    match Asked::ALL.into_iter().find(|asked| named(*asked) && !flow.has_use_for(*asked)) {
        Some(asked) => Err(CreateError::NoUse(flow.name, asked)),
        None => Ok(()),
    }
}

async fn state<P: Ports>(ports: &P, flow: &Flow, new: &NewMigration) -> Result<State, CreateError> {
    let now = ports.clock().now();
    let migration = MigrationId::new(ports.ids().new_id(now));
    let first = flow.rows.first().ok_or(CreateError::NoRow(flow.name))?;
    let mut state = State::new(migration, flow.name, first, now);
    state.waba = new.waba.clone().or_else(|| new.destination.clone());
    state.label.clone_from(&new.label);
    state.trace = ports.trace();
    // That we were added to the WABA which the customer leaves says nothing of the new one.
    if flow.signs_up
        && !flow.moves
        && let Some(waba) = &new.waba
    {
        state.partner_added_at = unmatched::added_at(ports, waba).await?;
    }
    if flow.silences {
        state.unblocks_on = Some(Plan::at(now, &TimeZone::UTC, &ports.settings().month_edge).unblocks_on);
    }
    state.board = board(state.unblocks_on, migration);
    Ok(state)
}

/// A new signup link for a migration that exists, the way on after a lost code: its secret, and the write that
/// makes it a link.
///
/// # Errors
///
/// If the link cannot be written as an item: a defect of this version.
pub fn new_link<P: Ports>(ports: &P, migration: MigrationId) -> Result<(SecretString, Write), RecordsError> {
    let link = ports.ids().new_link();
    let signup_link = SignupLink::new(migration, ports.clock().now());
    let write = writes::link(&signup_link, &hash_of(link.expose_secret()))?;
    Ok((link, write))
}

/// Whether a migration that was created has ended since, or is gone.
///
/// # Errors
///
/// What the record says.
pub async fn has_ended<P: Ports>(ports: &P, migration: MigrationId) -> Result<bool, RecordsError> {
    let key = items::state(migration);
    let Some(item) = ports.records().read(&key).await? else { return Ok(true) };
    let state: State = items::read(&key, item)?;
    Ok(state.status.is_end())
}

/// Why there is no fresh link.
#[derive(Debug, thiserror::Error)]
pub enum NoLink {
    /// What has ended takes no signup.
    #[error("the migration {0} has ended; create a new one if the customer still wants to move")]
    Ended(MigrationId),
    /// The record gave no answer.
    #[error(transparent)]
    Records(#[from] RecordsError),
}

/// A fresh signup link in the place of one that was told once, when the same request is asked again.
///
/// # Errors
///
/// [`NoLink::Ended`] if the migration takes no signup any more.
pub async fn fresh_link<P: Ports>(ports: &P, migration: MigrationId) -> Result<SecretString, NoLink> {
    let link = ports.ids().new_link();
    let signup_link = SignupLink::new(migration, ports.clock().now());
    let writes = writes::link_while_it_lives(&signup_link, &hash_of(link.expose_secret()))?;
    match ports.records().write_together(&writes).await? {
        WrittenTogether::Done => Ok(link),
        WrittenTogether::Refused(_) => Err(NoLink::Ended(migration)),
    }
}
