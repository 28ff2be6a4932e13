//! The solution that a WABA goes into, and what Meta was asked about it: details of the migration.

use handover_domain::ids::{IntentId, SolutionId, WabaId};
use handover_graph::calls::solutions::ListSolutions;
use handover_graph::error::GraphError;
use handover_graph::secret::Token;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ports::Ports;
use crate::work::{Fault, Work};

/// The name of the detail [`Destination`].
pub const DESTINATION: &str = "destination";
/// The name of the detail [`Intent`].
pub const INTENT: &str = "migration-intent";

/// Where an operator wants the WABA, as they said when they created the migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    /// The solution.
    pub solution: SolutionId,
}

/// What Meta was asked: written before the call, since nobody says what a second one does (facts 10.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// The solution that it leads into.
    pub solution: SolutionId,
    /// Just before the call.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub recorded_at: Timestamp,
    /// Meta's number for it; none as long as the answer is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<IntentId>,
}

impl<P: Ports> Work<'_, P> {
    /// The solution that the WABA goes into.
    ///
    /// # Errors
    ///
    /// [`Fault::Missing`] if it is not there, though it is written with the migration.
    pub async fn destination(&self) -> Result<SolutionId, Fault> {
        let found: Option<Destination> = self.detail(DESTINATION).await?;
        Ok(found.ok_or(Fault::Missing("the solution"))?.solution)
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

    /// What Meta was asked, if it was.
    ///
    /// # Errors
    ///
    /// What the record says.
    pub async fn intent(&self) -> Result<Option<Intent>, Fault> {
        self.detail(INTENT).await
    }
}
