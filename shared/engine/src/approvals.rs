//! The detail in which a share that needs people waits for them: written by its row, and by each who approves.

use handover_domain::approval::{Approvals, Proposal};
use handover_domain::ids::MigrationId;
use handover_domain::moment::{spoken, spoken_day};

use crate::items;
use crate::ports::Ports;
use crate::records::{RecordsError, Write};
use crate::writes;

/// The name of the detail.
const DETAIL: &str = "approvals";

/// What was approved in this migration; none if nothing ever waited for it.
///
/// # Errors
///
/// What the record says.
pub async fn read<P: Ports>(ports: &P, migration: MigrationId) -> Result<Option<Approvals>, RecordsError> {
    items::stored(ports.records(), &items::detail(migration, DETAIL)).await
}

/// The write of it. Whoever makes it holds the migration's claim, so nobody's approval is lost.
///
/// # Errors
///
/// If it cannot be written as an item: a defect of this version.
pub fn write(migration: MigrationId, approvals: &Approvals) -> Result<Write, RecordsError> {
    let key = items::detail(migration, DETAIL);
    let item = items::written(&key, approvals)?;
    Ok(writes::put(key, item, vec![]))
}

/// What is to be approved, in a sentence.
#[must_use]
pub fn proposed(proposal: &Proposal) -> String {
    let Proposal { line, business, waba, currency, generation: _, pays_from } = proposal;
    let from = pays_from.map_or_else(|| "at once".to_owned(), |day| format!("from {}", spoken_day(day)));
    format!(
        "to approve: credit line {line}, shared with business {business}, pays for WABA {waba} in {currency}, {from}"
    )
}

/// Who has approved it, in a sentence.
#[must_use]
pub fn given(approvals: &Approvals) -> String {
    let names: Vec<String> =
        approvals.given.iter().map(|given| format!("{} on {}", given.by, spoken(given.at))).collect();
    if names.is_empty() {
        "nobody has approved it yet".to_owned()
    } else {
        format!("approved by {}", names.join(" and "))
    }
}
