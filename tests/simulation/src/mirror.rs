//! A second store beside the record in memory: what the one answers is held to what the other does.

use std::collections::BTreeMap;

use handover_engine::records::{
    Item, Key, Page, Query, RecordsError, Scan, Table, Write, Written, WrittenTogether,
};

use crate::world::World;

/// A second store. Each call that reaches the record is made there as well, right after memory has answered it, be that
/// answer lost on the way or the function dead; an index that is behind shows what was, and is asked nothing.
pub trait Mirror: Send + Sync {
    /// Memory has read an item.
    fn reads(&self, key: &Key, memory: &Result<Option<Item>, RecordsError>);

    /// Memory has answered a query.
    fn queries(&self, query: &Query, memory: &Result<Page, RecordsError>);

    /// Memory has answered a scan, in an order of its own.
    fn scans(&self, scan: &Scan, memory: &Result<Page, RecordsError>);

    /// Memory has answered a write.
    fn writes(&self, write: &Write, memory: &Result<Written, RecordsError>);

    /// Memory has answered writes made together.
    fn writes_together(&self, writes: &[Write], memory: &Result<WrittenTogether, RecordsError>);

    /// A table is put back to these items.
    fn restores(&self, table: Table, items: &BTreeMap<Key, Item>);
}

impl World {
    /// Shows the second store what memory has answered, if there is one.
    pub(crate) fn mirrored(&self, show: impl FnOnce(&dyn Mirror)) {
        if let Some(mirror) = &self.mirror {
            show(mirror.as_ref());
        }
    }

    /// Puts a table back by hand, in both stores.
    pub(crate) fn restore(&self, table: Table, items: BTreeMap<Key, Item>) {
        self.mirrored(|mirror| mirror.restores(table, &items));
        self.records.restore(table, items);
    }
}
