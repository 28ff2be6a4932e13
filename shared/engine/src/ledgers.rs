//! Reading and writing the ledger item: whole, under its `rev`.

use handover_domain::ledger::Ledger;
use serde_json::json;

use crate::assets::Assets;
use crate::items;
use crate::ports::Ports;
use crate::records::{Action, Expectation, Key, Write};
use crate::work::{Fault, Work};
use crate::writes;

impl<P: Ports> Work<'_, P> {
    /// The ledger of our credit line for this WABA and its business; empty if nothing was ever shared.
    ///
    /// # Errors
    ///
    /// What the record says.
    pub async fn ledger(&self, assets: &Assets) -> Result<Ledger, Fault> {
        let key = items::ledger(&assets.credit_line, &assets.business);
        Ok(self.read(&key).await?.unwrap_or_default())
    }

    /// The write of `after` in the place of the ledger that was read with `rev`.
    ///
    /// # Errors
    ///
    /// If the ledger cannot be written as an item: a defect of this version.
    pub fn ledger_write(&self, assets: &Assets, rev: u64, after: &Ledger) -> Result<Write, Fault> {
        put(items::ledger(&assets.credit_line, &assets.business), rev, after)
    }

    /// The same write on the ledger as it is now, after somebody else wrote it in between; none if it is not a
    /// write of a ledger.
    pub(crate) async fn rebased(&self, write: &Write) -> Result<Option<Write>, Fault> {
        let Action::Put(item) = &write.action else { return Ok(None) };
        if write.key.sort != items::LEDGER {
            return Ok(None);
        }
        let ours: Ledger = items::read(&write.key, item.clone())?;
        let now: Ledger = self.read(&write.key).await?.unwrap_or_default();
        put(write.key.clone(), now.rev, &now.taking_over(&ours, self.state.migration)).map(Some)
    }
}

fn put(key: Key, rev: u64, after: &Ledger) -> Result<Write, Fault> {
    let stored = Ledger { rev: rev.saturating_add(1), ..after.clone() };
    let item = items::written(&key, &stored)?;
    let unmoved = if rev == 0 { Expectation::Absent } else { Expectation::Is("rev", json!(rev)) };
    Ok(writes::put(key, item, vec![unmoved]))
}
