//! Creating a migration: STATE, LOCK when the WABA is named, and the first signup link.

use handover_domain::flow::FlowName;
use handover_domain::ids::{MigrationId, WabaId};
use handover_domain::plan::Plan;
use handover_domain::state::{State, board};
use jiff::tz::TimeZone;
use secrecy::{ExposeSecret, SecretString};

use crate::idempotency::{Keeping, Kept};
use crate::ports::{Clock, Ids, Ports};
use crate::records::{Records, RecordsError, Write, WrittenTogether};
use crate::signup_link::{SignupLink, hash_of};
use crate::unmatched;
use crate::writes;

/// What an operator asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMigration {
    /// The flow.
    pub flow: FlowName,
    /// The WABA, if it is known beforehand.
    pub waba: Option<WabaId>,
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
    /// The secret of its signup link: told once, kept only as a hash.
    pub link: SecretString,
    /// The dates, if the customer signs up in time.
    pub plan: Plan,
}

/// Why no migration was created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// One live migration per WABA.
    #[error("the WABA {0} has a live migration already; follow that one, or cancel it first")]
    WabaTaken(WabaId),
    /// The same request came at the same moment and was first.
    #[error("the same request was first; it is answered when it is asked again")]
    Repeated,
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
/// [`CreateError::WabaTaken`] if another live migration holds the WABA.
pub async fn create<P: Ports>(ports: &P, new: NewMigration) -> Result<Created, CreateError> {
    let now = ports.clock().now();
    let migration = MigrationId::new(ports.ids().new_id(now));
    let plan = Plan::at(now, &TimeZone::UTC, &ports.settings().month_edge);
    let first = new.flow.flow().rows.first().ok_or(CreateError::NoRow(new.flow))?;
    let mut state = State::new(migration, new.flow, first, now);
    state.waba = new.waba.clone();
    state.label = new.label;
    state.trace = ports.trace();
    if let Some(waba) = &new.waba {
        state.partner_added_at = unmatched::added_at(ports, waba).await?;
    }
    state.unblocks_on = Some(plan.unblocks_on);
    state.board = board(state.unblocks_on, migration);
    let link = ports.ids().new_link();
    let mut writes =
        writes::create(&state, &SignupLink::new(migration, now), &hash_of(link.expose_secret()))?;
    let own = writes.len();
    if let Some(keeping) = &new.kept {
        writes.push(keeping.write(&Kept { migration, seq: state.seq, status: state.status }, now)?);
    }
    match (ports.records().write_together(&writes).await?, new.waba) {
        (WrittenTogether::Done, _) => Ok(Created { state, link, plan }),
        (WrittenTogether::Refused(refused), _) if refused.contains_key(&own) => Err(CreateError::Repeated),
        (WrittenTogether::Refused(_), Some(waba)) => Err(CreateError::WabaTaken(waba)),
        // New ids are new: only a store that lost an answer and was asked again refuses them.
        (WrittenTogether::Refused(_), None) => {
            Err(RecordsError::Lost { table: "migrations", operation: "create", source: None }.into())
        }
    }
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
