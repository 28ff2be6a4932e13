//! The solution that a WABA goes into, a detail of the migration; and what Meta was asked about it, which outlives one.

use handover_domain::flow::Asked;
use handover_domain::ids::{IntentId, MigrationId, SolutionId, WabaId};
use handover_graph::calls::migration_intents::IntentTarget;
use handover_graph::calls::solutions::ListSolutions;
use handover_graph::error::GraphError;
use handover_graph::secret::Token;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::items;
use crate::ports::Ports;
use crate::records::{Records, RecordsError, Write};
use crate::work::{Fault, Work};
use crate::writes;

/// The name of the detail [`Destination`].
pub const DESTINATION: &str = "destination";

/// Where an operator wants the WABA, as they said when they created the migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    /// The solution.
    pub solution: SolutionId,
    /// Whether they have said that its app and that of the WABA's solution belong to one portfolio.
    #[serde(default)]
    pub one_portfolio: bool,
    /// Whether they have said that the other partner of the solution has the credit line that pays, and not we.
    #[serde(default)]
    pub partner_shares: bool,
}

/// What Meta was asked about a WABA, the item INTENT: written before the call, since nobody says what a second one does
/// and none can be taken back (facts 10.1). A later migration of the WABA goes on from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// The migration that asked.
    pub migration: MigrationId,
    /// Where it leads.
    pub to: IntentTarget,
    /// Just before the call.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub recorded_at: Timestamp,
    /// Meta's number for it; none as long as the answer is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<IntentId>,
    /// Whether an operator has said that the customer has it, where no answer came.
    #[serde(default)]
    pub confirmed: bool,
}

impl Intent {
    /// Whether Meta may or may not have taken it.
    #[must_use]
    pub const fn is_unsettled(&self) -> bool {
        self.id.is_none() && !self.confirmed
    }

    /// The write of the item.
    ///
    /// # Errors
    ///
    /// If it cannot be written as an item: a defect of this version.
    pub fn write(&self, waba: &WabaId) -> Result<Write, RecordsError> {
        let key = items::intent(waba);
        let item = items::written(&key, self)?;
        Ok(writes::put(key, item, vec![]))
    }
}

/// The solution that a migration's WABA goes into, if it goes into one.
///
/// # Errors
///
/// What the record says.
pub async fn of<P: Ports>(ports: &P, migration: MigrationId) -> Result<Option<Destination>, RecordsError> {
    let key = items::detail(migration, DESTINATION);
    let Some(item) = ports.records().read(&key).await? else { return Ok(None) };
    Ok(Some(items::read(&key, item)?))
}

impl<P: Ports> Work<'_, P> {
    /// The solution that the WABA goes into.
    ///
    /// # Errors
    ///
    /// [`Fault::Missing`] if it is not there, though it is written with the migration.
    pub async fn destination(&self) -> Result<Destination, Fault> {
        of(self.ports, self.state.migration).await?.ok_or(Fault::Missing("the solution"))
    }

    /// The same where the flow does without, if none was named.
    ///
    /// # Errors
    ///
    /// As [`destination`](Self::destination).
    pub async fn destination_if_named(&self) -> Result<Option<Destination>, Fault> {
        if self.state.flow.flow().asks.contains(&Asked::Solution) {
            return self.destination().await.map(Some);
        }
        Ok(of(self.ports, self.state.migration).await?)
    }

    /// Whether the other partner of the solution pays, and not we.
    ///
    /// # Errors
    ///
    /// As [`destination`](Self::destination).
    pub async fn partner_shares(&self) -> Result<bool, Fault> {
        if !self.state.flow.flow().has_use_for(Asked::PartnerShares) {
            return Ok(false);
        }
        Ok(self.destination_if_named().await?.is_some_and(|destination| destination.partner_shares))
    }

    /// Where Meta is asked to let the WABA go: into the solution, or, where the flow names none, off it, to our app alone.
    ///
    /// # Errors
    ///
    /// As [`destination`](Self::destination).
    pub async fn target(&self) -> Result<IntentTarget, Fault> {
        if self.state.flow.flow().asks.contains(&Asked::Solution) {
            return Ok(IntentTarget::Solution(self.destination().await?.solution));
        }
        Ok(IntentTarget::App(self.ports.settings().app.clone()))
    }

    /// Whether Meta lists the WABA in the solution, and the solution as active: the proof that it has joined.
    ///
    /// # Errors
    ///
    /// What Meta says.
    pub async fn is_in_solution(
        &self,
        token: &Token,
        waba: &WabaId,
        solution: &SolutionId,
    ) -> Result<bool, GraphError> {
        let listed = self.list(token, ListSolutions { waba: waba.clone(), after: None }).await?;
        Ok(listed.iter().any(|listed| listed.id == *solution && listed.is_active()))
    }

    /// What Meta was last asked about the WABA, by this migration or an earlier one.
    ///
    /// # Errors
    ///
    /// What the record says.
    pub async fn intent(&self, waba: &WabaId) -> Result<Option<Intent>, Fault> {
        self.read(&items::intent(waba)).await
    }
}
