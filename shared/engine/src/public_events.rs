//! The public events: what a partner's own systems may listen to on the bus (source `handover`).
//!
//! They are hints of what the record says. Only `CustomerUnblocked` is promised: `announce` puts it before
//! it commits. Each carries an `id` that is the same however often it is delivered.

use handover_domain::reason::Reason;
use handover_domain::state::{State, Status};
use serde_json::json;

use crate::ports::Event;
use crate::runner::StepDue;

/// The event that says a turn is due.
#[must_use]
pub fn step_due(due: &StepDue) -> Event {
    Event { detail_type: StepDue::DETAIL_TYPE, detail: json!(due) }
}

/// The hints that follow from a changed STATE.
#[must_use]
pub fn hints(old: Option<&State>, new: &State) -> Vec<Event> {
    let was = |status: Status| old.is_some_and(|old| old.status == status);
    let same_reason = old.is_some_and(|old| old.reason == new.reason);
    let mut hints = Vec::new();
    if new.status == Status::Person && !(was(Status::Person) && same_reason) {
        hints.push(hint("PersonNeeded", new));
    }
    let before = old.and_then(|old| old.unblocks_on);
    if before.is_some_and(|before| new.unblocks_on.is_some_and(|now| before < now)) {
        hints.push(hint("WindowMissed", new));
    }
    if new.status.is_end() && !old.is_some_and(|old| old.status.is_end()) {
        hints.push(hint("MigrationEnded", new));
    }
    hints
}

fn hint(detail_type: &'static str, state: &State) -> Event {
    let meaning = state.reason.as_ref().and_then(Reason::meaning);
    Event {
        detail_type,
        detail: json!({
            "id": format!("{}-{}-{detail_type}", state.migration, state.seq),
            "migration": state.migration,
            "waba": state.waba,
            "row": state.row,
            "status": state.status,
            "reason": state.reason,
            "what": meaning.map(|meaning| meaning.what),
            "action": meaning.map(|meaning| meaning.action),
            "unblocks_on": state.unblocks_on,
        }),
    }
}
