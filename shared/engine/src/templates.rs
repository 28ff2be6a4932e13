//! Message templates of both WABAs, read at Meta and written down page by page: details of the migration.
//!
//! What the old WABA had is written before anything is asked of the customer, what the new one has each time somebody
//! looks; the report is derived from the two.

use handover_domain::ids::MigrationId;
use handover_domain::templates::{Copying, Making, Template};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::items;
use crate::ports::Ports;
use crate::records::{Records, RecordsError};
use crate::work::{Fault, Work};

/// The name of the detail [`Copying`].
pub const COPYING: &str = "templates-copying";
/// The name of the detail [`Making`].
pub const MAKING: &str = "templates-making";
/// So many in one item: names may have 512 bytes each, and an item 400 KB.
const IN_ONE_ITEM: usize = 250;

/// Whose templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Those of the WABA that the customer leaves.
    Old,
    /// Those of the new one.
    New,
}

impl Side {
    fn detail(self, page: usize) -> String {
        let side = match self {
            Self::Old => "old",
            Self::New => "new",
        };
        format!("templates-{side}-{page}")
    }
}

/// One item's worth of them.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    /// How many items there are.
    pages: usize,
    templates: Vec<Template>,
}

/// What was written down of the templates; none if they were never read.
///
/// # Errors
///
/// What the record says.
pub async fn kept<P: Ports>(
    ports: &P,
    migration: MigrationId,
    side: Side,
) -> Result<Option<Vec<Template>>, RecordsError> {
    let mut templates = Vec::new();
    let mut pages = 1;
    let mut page = 0;
    while page < pages {
        let Some(kept) = detail::<Kept, P>(ports, migration, &side.detail(page)).await? else {
            return Ok(None);
        };
        templates.extend(kept.templates);
        pages = kept.pages;
        page += 1;
    }
    Ok(Some(templates))
}

/// How far the making anew is; none if it has not begun.
///
/// # Errors
///
/// What the record says.
pub async fn making<P: Ports>(ports: &P, migration: MigrationId) -> Result<Option<Making>, RecordsError> {
    detail(ports, migration, MAKING).await
}

/// How far the copying is; none if it has not begun.
///
/// # Errors
///
/// What the record says.
pub async fn copying<P: Ports>(ports: &P, migration: MigrationId) -> Result<Option<Copying>, RecordsError> {
    detail(ports, migration, COPYING).await
}

async fn detail<T: DeserializeOwned, P: Ports>(
    ports: &P,
    migration: MigrationId,
    name: &str,
) -> Result<Option<T>, RecordsError> {
    let key = items::detail(migration, name);
    let item = ports.records().read(&key).await?;
    item.map(|item| items::read(&key, item)).transpose()
}

impl<P: Ports> Work<'_, P> {
    /// What was written down of the templates; none if they were never read.
    ///
    /// # Errors
    ///
    /// What the record says.
    pub async fn kept_templates(&self, side: Side) -> Result<Option<Vec<Template>>, Fault> {
        Ok(kept(self.ports, self.state.migration, side).await?)
    }

    /// Writes the templates down, the first page last: before it is there, nothing is.
    ///
    /// # Errors
    ///
    /// [`Fault::ClaimLost`] if somebody else is at work.
    pub async fn keep_templates(&self, side: Side, templates: &[Template]) -> Result<(), Fault> {
        let pages = templates.len().div_ceil(IN_ONE_ITEM).max(1);
        for page in (0..pages).rev() {
            let templates = templates.iter().skip(page * IN_ONE_ITEM).take(IN_ONE_ITEM).cloned().collect();
            let kept = Kept { pages, templates };
            self.record(vec![self.detail_write(&side.detail(page), &kept)?]).await?;
        }
        Ok(())
    }
}
