//! What Meta was asked about the ownership of a WABA: it outlives one migration, because a solution that was named with the
//! offer can never be changed (the page: "Transferring Ownership of a WABA", step 1).

use handover_domain::ids::{MigrationId, OwnershipIntentId, SolutionId, WabaId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::items;
use crate::ports::Ports;
use crate::records::{Expectation, RecordsError, Write};
use crate::work::{Fault, Work};
use crate::writes;

/// The item OWNERSHIP: written before the call, since nobody says what a second one does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnershipIntent {
    /// The migration that asked.
    pub migration: MigrationId,
    /// The solution that was named with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub solution: Option<SolutionId>,
    /// Just before the call.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub recorded_at: Timestamp,
    /// Meta's number for it; none as long as the answer is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<OwnershipIntentId>,
    /// Whether an operator has said that the customer has it, where no answer came.
    #[serde(default)]
    pub confirmed: bool,
}

impl OwnershipIntent {
    /// Whether Meta may or may not have taken it.
    #[must_use]
    pub const fn is_unsettled(&self) -> bool {
        self.id.is_none() && !self.confirmed
    }

    /// Whether it was made with a solution, and that is another one than this.
    #[must_use]
    pub fn holds_to_another(&self, solution: Option<&SolutionId>) -> bool {
        self.solution.is_some() && self.solution.as_ref() != solution
    }

    /// The write of the item. It stands only where no other solution was chosen before: whoever comes here by whatever way,
    /// Meta is never asked for a second one.
    ///
    /// # Errors
    ///
    /// If it cannot be written as an item: a defect of this version.
    pub fn write(&self, waba: &WabaId) -> Result<Write, RecordsError> {
        let chosen = self.solution.iter().map(|solution| Expectation::Is("solution", json!(solution)));
        let free = [Expectation::Absent, Expectation::Lacks("solution")].into_iter().chain(chosen);
        let key = items::ownership(waba);
        let item = items::written(&key, self)?;
        Ok(writes::put(key, item, vec![Expectation::AnyOf(free.collect())]))
    }

    /// The write that puts back what was known before a call that Meta has refused: nothing was chosen by that.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub fn put_back(before: Option<&Self>, waba: &WabaId) -> Result<Write, RecordsError> {
        let key = items::ownership(waba);
        Ok(match before {
            Some(before) => writes::put(key.clone(), items::written(&key, before)?, vec![]),
            None => writes::delete(key),
        })
    }
}

impl<P: Ports> Work<'_, P> {
    /// What Meta was last asked about the ownership of the WABA, by this migration or an earlier one.
    ///
    /// # Errors
    ///
    /// What the record says.
    pub async fn ownership_intent(&self, waba: &WabaId) -> Result<Option<OwnershipIntent>, Fault> {
        self.read(&items::ownership(waba)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_solution_that_was_chosen_is_held_to_and_none_is_free() {
        let asked = |solution: Option<&str>| OwnershipIntent {
            migration: "019dab3a-4a00-7000-8000-000000000001".parse().unwrap(),
            solution: solution.map(|digits| digits.parse().unwrap()),
            recorded_at: "2026-04-20T08:00:00Z".parse().unwrap(),
            id: None,
            confirmed: false,
        };
        let (one, another) = ("1".parse().unwrap(), "2".parse().unwrap());
        assert!(asked(Some("1")).holds_to_another(Some(&another)));
        assert!(asked(Some("1")).holds_to_another(None), "an offer without it may take it away");
        assert!(!asked(Some("1")).holds_to_another(Some(&one)));
        assert!(!asked(None).holds_to_another(Some(&one)), "Meta forbids a change, not a choice");
        assert!(!asked(None).holds_to_another(None));
    }
}
