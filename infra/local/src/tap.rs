//! The tap: sees each change of a streamed table, as the table's stream would show it on AWS.
//!
//! The embedded database has a stream of its own, but each write there slows with the number of records in
//! it. One machine is one process, so whoever stands between the engine and the table sees every change.

use handover_engine::records::{
    Item, Key, PARTITION, Page, Query, Records, RecordsError, SORT, Scan, Table, Write, Written,
    WrittenTogether,
};
use tokio::sync::{Mutex, MutexGuard};

use crate::stream::Images;

/// One change of an item.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The table.
    pub table: Table,
    /// The item's keys, as attributes.
    pub keys: Item,
    /// The item before and after.
    pub images: Images,
}

/// Records whose changes in some tables are told.
///
/// Writes to these tables run one after another: between the look before a write and the look after it
/// nobody else may write, or the images would not be that write's.
pub struct Tap<R> {
    records: R,
    streamed: Vec<Table>,
    one_at_a_time: Mutex<()>,
    tell: Box<dyn Fn(Change) + Send + Sync>,
}

impl<R> std::fmt::Debug for Tap<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tap").field("streamed", &self.streamed).finish_non_exhaustive()
    }
}

/// The items of the streamed tables that a write names, as they were before it.
struct Before<'a> {
    items: Vec<(&'a Key, Option<Item>)>,
    _turn: MutexGuard<'a, ()>,
}

impl<R: Records> Tap<R> {
    /// Tells each change in one of the tables `streamed`, after it is stored.
    pub fn new(records: R, streamed: Vec<Table>, tell: impl Fn(Change) + Send + Sync + 'static) -> Self {
        Self { records, streamed, one_at_a_time: Mutex::new(()), tell: Box::new(tell) }
    }

    async fn before<'a>(&'a self, writes: &'a [Write]) -> Result<Option<Before<'a>>, RecordsError> {
        let keys = writes.iter().map(|write| &write.key).filter(|key| self.streamed.contains(&key.table));
        let keys: Vec<_> = keys.collect();
        if keys.is_empty() {
            return Ok(None);
        }
        let turn = self.one_at_a_time.lock().await;
        let mut items = Vec::new();
        for key in keys {
            items.push((key, self.whole(key).await?));
        }
        Ok(Some(Before { items, _turn: turn }))
    }

    /// Tells what is different now. A look that fails tells nothing: the sweep finds what is due (rule 9).
    async fn after(&self, before: Before<'_>) {
        for (key, old) in before.items {
            let Ok(new) = self.whole(key).await else { continue };
            if let Some(images) = Images::between(old, new) {
                (self.tell)(Change { table: key.table, keys: keys_of(key), images });
            }
        }
    }

    /// The item with its keys among its attributes, as a stream shows it.
    async fn whole(&self, key: &Key) -> Result<Option<Item>, RecordsError> {
        let item = self.records.read(key).await?;
        Ok(item.map(|item| keys_of(key).into_iter().chain(item).collect()))
    }
}

/// A key as the attributes of its item.
pub(crate) fn keys_of(key: &Key) -> Item {
    [(PARTITION, &key.partition), (SORT, &key.sort)]
        .map(|(name, value)| (name.to_owned(), value.as_str().into()))
        .into_iter()
        .collect()
}

/// Whether something may be stored: surely not after a refusal, perhaps after an answer that was lost.
fn may_be_stored<A>(answer: &Result<A, RecordsError>, is_refusal: impl Fn(&A) -> bool) -> bool {
    match answer {
        Ok(answer) => !is_refusal(answer),
        Err(RecordsError::Lost { .. }) => true,
        Err(_) => false,
    }
}

impl<R: Records + Send> Records for Tap<R> {
    async fn read(&self, key: &Key) -> Result<Option<Item>, RecordsError> {
        self.records.read(key).await
    }

    async fn query(&self, query: &Query) -> Result<Page, RecordsError> {
        self.records.query(query).await
    }

    async fn scan(&self, scan: &Scan) -> Result<Page, RecordsError> {
        self.records.scan(scan).await
    }

    async fn write(&self, write: &Write) -> Result<Written, RecordsError> {
        let before = self.before(std::slice::from_ref(write)).await?;
        let answer = self.records.write(write).await;
        if let Some(before) = before
            && may_be_stored(&answer, |answer| matches!(answer, Written::Refused { .. }))
        {
            self.after(before).await;
        }
        answer
    }

    async fn write_together(&self, writes: &[Write]) -> Result<WrittenTogether, RecordsError> {
        let before = self.before(writes).await?;
        let answer = self.records.write_together(writes).await;
        if let Some(before) = before
            && may_be_stored(&answer, |answer| matches!(answer, WrittenTogether::Refused(_)))
        {
            self.after(before).await;
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex as StdMutex};

    use handover_engine::memory_records::MemoryRecords;
    use handover_engine::records::{Action, Change as Changes, Expectation};
    use serde_json::{Value, json};

    use super::*;

    async fn told(writes: Vec<Vec<Write>>) -> Vec<Change> {
        let told = Arc::new(StdMutex::new(Vec::new()));
        let kept = Arc::clone(&told);
        let tell = move |change| kept.lock().unwrap().push(change);
        let tap = Tap::new(MemoryRecords::default(), vec![Table::Migrations], tell);
        for together in writes {
            match together.as_slice() {
                [one] => drop(tap.write(one).await.unwrap()),
                _ => drop(tap.write_together(&together).await.unwrap()),
            }
        }
        let told = told.lock().unwrap();
        told.clone()
    }

    fn state(action: Action, expects: Vec<Expectation>) -> Write {
        Write { key: Key::new(Table::Migrations, "M#1", "STATE"), expects, action }
    }

    fn note() -> Write {
        Write {
            key: Key::new(Table::Journal, "M#1", "N#1"),
            expects: vec![],
            action: Action::Put(item(json!({"at": 1}))),
        }
    }

    fn item(value: Value) -> Item {
        serde_json::from_value(value).unwrap()
    }

    #[tokio::test]
    async fn a_change_is_told_with_the_item_before_and_after_keys_included() {
        let put = state(Action::Put(item(json!({"seq": 1}))), vec![]);
        let update = state(Action::Update(vec![Changes::Set("seq", json!(2))]), vec![]);
        let told = told(vec![vec![put], vec![note(), update]]).await;
        let whole = |seq: u64| item(json!({"pk": "M#1", "sk": "STATE", "seq": seq}));
        let images: Vec<_> = told.into_iter().map(|change| change.images).collect();
        assert_eq!(
            images,
            [Images::Insert { new: whole(1) }, Images::Modify { old: whole(1), new: whole(2) }],
            "and nothing of the journal, which has no stream"
        );
    }

    #[tokio::test]
    async fn a_refused_write_and_one_that_changes_nothing_tell_nothing() {
        let put = || state(Action::Put(item(json!({"seq": 1}))), vec![]);
        let refused = state(Action::Delete, vec![Expectation::Absent]);
        assert_eq!(
            told(vec![vec![put()], vec![refused.clone()], vec![note(), refused], vec![put()]]).await.len(),
            1
        );
    }
}
