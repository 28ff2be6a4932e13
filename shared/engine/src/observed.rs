//! What a deployment has seen of what Meta does not say: an item OBSERVED for each migration and matter, in the journal.

use handover_domain::assumption::About;
use handover_domain::ids::MigrationId;
use jiff::Timestamp;
use jiff::fmt::serde::timestamp::millisecond;
use serde::{Deserialize, Serialize};

use crate::items;
use crate::ports::Ports;
use crate::records::{Key, Order, Query, Records, RecordsError, Span, Table};
use crate::work::{Fault, Report, Work};
use crate::writes;

/// The partition of the journal in which they lie.
pub const PARTITION: &str = "OBSERVED";
/// The latest of each matter count; a deployment with more has seen enough.
const MOST_OF_A_MATTER: u16 = 1_000;

/// The item: the last that a migration has seen of a matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// Of what.
    pub about: About,
    /// What was seen: a word of `handover_domain::assumption::seen`, and after a colon more of it.
    pub seen: String,
    /// By which migration.
    pub migration: MigrationId,
    /// When.
    #[serde(with = "millisecond::required")]
    pub at: Timestamp,
}

/// The last that each migration has seen of a matter, the newest migrations first.
///
/// # Errors
///
/// What the record says.
pub async fn of<P: Ports>(ports: &P, about: About) -> Result<Vec<Observed>, RecordsError> {
    let query = Query {
        order: Order::Table(Table::Journal),
        partition: PARTITION.to_owned(),
        span: Span::Prefix(format!("{about}#")),
        limit: MOST_OF_A_MATTER,
        after: None,
    };
    let page = ports.records().query(&query).await?;
    let key = Key::new(Table::Journal, PARTITION, "");
    Ok(page.items.into_iter().filter_map(|item| items::read(&key, item).ok()).collect())
}

impl<P: Ports> Work<'_, P> {
    /// The report, with what was seen of a matter; it takes the place of what this migration saw before.
    ///
    /// # Errors
    ///
    /// If it cannot be written as an item: a defect of this version.
    pub fn observed(&self, report: Report, about: About, seen: impl Into<String>) -> Result<Report, Fault> {
        let migration = self.state.migration;
        let observed = Observed { about, seen: seen.into(), migration, at: self.now() };
        let key = Key::new(Table::Journal, PARTITION, format!("{about}#{migration}"));
        let item = items::written(&key, &observed)?;
        Ok(report.with(writes::put(key, item, vec![])))
    }
}
