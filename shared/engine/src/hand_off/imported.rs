//! A paper of the other partner's as it comes in, and where it lies afterwards.

use handover_domain::flow::{Asked, FlowName};
use handover_domain::ids::MigrationId;
use handover_domain::operator::Operator;
use handover_domain::state::{State, Status};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Imported, ShareWanted, Shared};
use crate::creation::{self, CreateError, NewMigration};
use crate::items;
use crate::ports::{Clock, Ports};
use crate::records::{Expectation, RecordsError, Write};
use crate::work::{Fault, Work};
use crate::writes;

/// The detail with the Tech Provider's paper, on the Solution Partner's side.
const WANTED: &str = "share-wanted";
/// The detail with the Solution Partner's paper, on the Tech Provider's side.
const SHARED: &str = "partner-shared";

/// Which migration of ours answers one of a Tech Provider's.
#[derive(Serialize, Deserialize)]
struct Answering {
    migration: MigrationId,
}

/// What a migration begins with that a paper begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begins {
    /// The paper.
    pub imported: Imported<ShareWanted>,
    /// The migration of ours that it began before, and that came to nothing.
    pub instead_of: Option<MigrationId>,
}

impl Begins {
    /// The writes that lie beside the new migration's STATE: the paper, and by whom it is answered.
    ///
    /// # Errors
    ///
    /// If they cannot be written as items: a defect of this version.
    pub(crate) fn writes(&self, migration: MigrationId) -> Result<[Write; 2], RecordsError> {
        let key = items::detail(migration, WANTED);
        let paper = writes::put(key.clone(), items::written(&key, &self.imported)?, vec![]);
        let key = items::answering(self.imported.paper.migration);
        let unmoved = match self.instead_of {
            None => Expectation::Absent,
            Some(before) => Expectation::Is("migration", json!(before)),
        };
        let answering = items::written(&key, &Answering { migration })?;
        Ok([paper, writes::put(key, answering, vec![unmoved])])
    }
}

/// The migration that a paper has begun, now or before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begun {
    /// Which.
    pub migration: MigrationId,
    /// Whether it was begun now.
    pub is_new: bool,
}

/// Why a paper begins no migration.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// The same migration of the partner's has asked for something else before.
    #[error(
        "the partner's migration has sent another hand-off before, which the migration {0} of ours answers; ask the partner which of the two holds, and cancel ours if it is this one"
    )]
    AnotherPaper(MigrationId),
    /// No migration was created.
    #[error(transparent)]
    Create(#[from] CreateError),
    /// The record gave no answer.
    #[error(transparent)]
    Records(#[from] RecordsError),
}

/// Begins the migration that a Tech Provider's paper asks for; once, however often it is imported. One that was refused or
/// cancelled is begun anew.
///
/// # Errors
///
/// [`BeginError`]; nothing has changed then.
pub async fn begin<P: Ports>(
    ports: &P,
    paper: ShareWanted,
    by: Option<Operator>,
) -> Result<Begun, BeginError> {
    let key = items::answering(paper.migration);
    let known: Option<Answering> = items::stored(ports.records(), &key).await?;
    let instead_of = match known {
        None => None,
        Some(Answering { migration }) if came_to_nothing(ports, migration).await? => Some(migration),
        Some(Answering { migration }) => {
            let before = paper_of(ports, migration).await?;
            return match before {
                Some(before) if before.paper.asks_the_same_as(&paper) => {
                    Ok(Begun { migration, is_new: false })
                }
                _ => Err(BeginError::AnotherPaper(migration)),
            };
        }
    };
    let new = NewMigration {
        flow: FlowName::SolutionShare,
        waba: Some(paper.waba.clone()),
        destination: None,
        number: None,
        solution: Some(paper.solution.clone()),
        one_portfolio: false,
        one_way: false,
        partner_shares: false,
        label: paper.label.clone(),
        hand_off: Some(Begins { imported: Imported { paper, at: ports.clock().now(), by }, instead_of }),
        kept: None,
    };
    let created = creation::create(ports, new).await?;
    Ok(Begun { migration: created.state.migration, is_new: true })
}

/// Whether a migration of ours ended without an answer, or is gone.
async fn came_to_nothing<P: Ports>(ports: &P, migration: MigrationId) -> Result<bool, RecordsError> {
    let state: Option<State> = items::stored(ports.records(), &items::state(migration)).await?;
    Ok(state.is_none_or(|state| matches!(state.status, Status::Refused | Status::Cancelled)))
}

/// The Tech Provider's paper that has begun this migration.
///
/// # Errors
///
/// What the record says.
pub async fn paper_of<P: Ports>(
    ports: &P,
    migration: MigrationId,
) -> Result<Option<Imported<ShareWanted>>, RecordsError> {
    items::stored(ports.records(), &items::detail(migration, WANTED)).await
}

/// The Solution Partner's paper that was imported for this migration, the last one.
///
/// # Errors
///
/// What the record says.
pub async fn share_of<P: Ports>(
    ports: &P,
    migration: MigrationId,
) -> Result<Option<Imported<Shared>>, RecordsError> {
    items::stored(ports.records(), &items::detail(migration, SHARED)).await
}

/// The write of the Solution Partner's paper. Whoever makes it holds the migration's claim.
///
/// # Errors
///
/// If it cannot be written as an item: a defect of this version.
pub(crate) fn write_share(
    migration: MigrationId,
    imported: &Imported<Shared>,
) -> Result<Write, RecordsError> {
    let key = items::detail(migration, SHARED);
    let item = items::written(&key, imported)?;
    Ok(writes::put(key, item, vec![]))
}

impl<P: Ports> Work<'_, P> {
    /// The Tech Provider's paper that has begun this migration; none where none does.
    ///
    /// # Errors
    ///
    /// [`Fault::Missing`] if it is not there, though it is written with the migration.
    pub async fn wanted(&self) -> Result<Option<Imported<ShareWanted>>, Fault> {
        if !self.state.flow.flow().asks.contains(&Asked::HandOff) {
            return Ok(None);
        }
        let paper = paper_of(self.ports, self.state.migration).await?;
        paper.map(Some).ok_or(Fault::Missing("the hand-off"))
    }

    /// The Solution Partner's paper, if it was imported.
    ///
    /// # Errors
    ///
    /// What the record says.
    pub async fn partners_share(&self) -> Result<Option<Imported<Shared>>, Fault> {
        Ok(share_of(self.ports, self.state.migration).await?)
    }
}
