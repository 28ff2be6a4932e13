//! Records in memory: the reference semantics of every [`Write`], and the store of the simulation.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::flaw::{Flaw, examine_key, examine_query, examine_scan, examine_write, examine_writes};
use crate::records::{
    Action, Change, Cursor, Expectation, Item, Key, Order, PARTITION, Page, Query, Records, RecordsError,
    SORT, Scan, Span, Table, Write, Written, WrittenTogether,
};

/// One change of the table `migrations`, as a stream would show it.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// The item's key.
    pub key: Key,
    /// The item before, without its keys.
    pub old: Option<Item>,
    /// The item after, without its keys.
    pub new: Option<Item>,
}

/// Three tables in memory, and the stream of `migrations`.
#[derive(Debug, Default)]
pub struct MemoryRecords {
    tables: Mutex<Tables>,
}

#[derive(Debug, Clone, Default)]
struct Tables {
    items: BTreeMap<Key, Item>,
    stream: Vec<Changed>,
}

impl Clone for MemoryRecords {
    fn clone(&self) -> Self {
        Self { tables: Mutex::new(self.tables().clone()) }
    }
}

impl MemoryRecords {
    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every item, in the order of the keys: for tests that look at the whole.
    #[must_use]
    pub fn items(&self) -> BTreeMap<Key, Item> {
        self.tables().items.clone()
    }

    /// Looks at the items as they lie.
    pub fn look<T>(&self, at: impl FnOnce(&BTreeMap<Key, Item>) -> T) -> T {
        at(&self.tables().items)
    }

    /// Puts a table back to what it was, as a restore from a point in time does; no stream shows it.
    pub fn restore(&self, table: Table, items: BTreeMap<Key, Item>) {
        let mut tables = self.tables();
        tables.items.retain(|key, _| key.table != table);
        tables.items.extend(items);
    }

    /// Takes what changed in `migrations` since the last call.
    #[must_use]
    pub fn take_stream(&self) -> Vec<Changed> {
        std::mem::take(&mut self.tables().stream)
    }
}

/// Whether `expectation` holds of the stored item.
#[must_use]
pub fn holds(expectation: &Expectation, stored: Option<&Item>) -> bool {
    let attribute = |name: &str| stored.and_then(|item| item.get(name));
    match expectation {
        Expectation::Absent => stored.is_none(),
        Expectation::Present => stored.is_some(),
        Expectation::Has(name) => attribute(name).is_some(),
        Expectation::Lacks(name) => attribute(name).is_none(),
        Expectation::Is(name, value) => attribute(name) == Some(value),
        Expectation::AtMost(name, most) => {
            attribute(name).and_then(Value::as_i64).is_some_and(|number| number <= *most)
        }
        Expectation::AnyOf(any) => any.iter().any(|one| holds(one, stored)),
    }
}

/// The item as `write` leaves it.
fn after(write: &Write, stored: Option<&Item>) -> Result<Option<Item>, Flaw> {
    Ok(match &write.action {
        Action::Put(item) => Some(item.clone()),
        Action::Delete => None,
        Action::Check => stored.cloned(),
        Action::Update(changes) => {
            let mut item = stored.cloned().unwrap_or_default();
            for change in changes {
                match change {
                    Change::Set(name, value) => {
                        item.insert((*name).to_owned(), value.clone());
                    }
                    Change::Add(name, by) => {
                        let was = match item.get(*name) {
                            Some(value) => value.as_i64().ok_or(Flaw::NotANumber(name))?,
                            None => 0,
                        };
                        item.insert((*name).to_owned(), Value::from(was.saturating_add(*by)));
                    }
                    Change::Remove(name) => {
                        item.remove(*name);
                    }
                }
            }
            Some(item)
        }
    })
}

impl Tables {
    fn refusal(&self, write: &Write) -> Option<Option<Item>> {
        let stored = self.items.get(&write.key);
        let refused = !write.expects.iter().all(|expectation| holds(expectation, stored));
        refused.then(|| stored.cloned())
    }

    /// The item that `write` would leave behind.
    fn outcome(&self, write: &Write) -> Result<Option<Item>, Flaw> {
        after(write, self.items.get(&write.key))
    }

    /// Stores `new` and returns the item as it was.
    fn store(&mut self, key: &Key, new: Option<Item>) -> Option<Item> {
        let streamed = (key.table == Table::Migrations).then(|| new.clone());
        let old = match new {
            Some(item) => self.items.insert(key.clone(), item),
            None => self.items.remove(key),
        };
        if let Some(new) = streamed.filter(|new| old != *new) {
            self.stream.push(Changed { key: key.clone(), old: old.clone(), new });
        }
        old
    }

    /// The items of the partition that `query` asks for, in its order.
    fn partition(&self, query: &Query) -> Vec<(SortValue, &Key, &Item)> {
        let [partition_name, sort_name] = query.order.keys();
        let table = query.order.table();
        // Of an index every item of the table can be one; of a table only those of the partition.
        let of_the_table = partition_name == PARTITION;
        let first = Key::new(table, if of_the_table { query.partition.as_str() } else { "" }, "");
        let goes_on = |key: &Key| key.table == table && (!of_the_table || key.partition == query.partition);
        let beside = self.items.range(first..).take_while(|(key, _)| goes_on(key));
        let in_partition = beside.filter(|(key, item)| {
            attribute(key, item, partition_name).is_some_and(|value| value == query.partition.as_str())
        });
        let sorted = in_partition.filter_map(|(key, item)| {
            let sort = SortValue::read(&attribute(key, item, sort_name)?)?;
            sort.lies_in(&query.span).then_some((sort, key, item))
        });
        let mut found: Vec<_> = sorted.collect();
        found.sort_by(|(one, one_key, _), (other, other_key, _)| (one, one_key).cmp(&(other, other_key)));
        found
    }
}

/// An attribute of an item, its keys among them.
fn attribute(key: &Key, item: &Item, name: &str) -> Option<Value> {
    match name {
        PARTITION => Some(key.partition.as_str().into()),
        SORT => Some(key.sort.as_str().into()),
        name => item.get(name).cloned(),
    }
}

/// The item with its keys, as far as the order shows it.
fn shown(key: &Key, item: &Item, order: Order) -> Item {
    let keys =
        [PARTITION, SORT].map(|name| (name.to_owned(), attribute(key, item, name).unwrap_or_default()));
    let mut whole: Item = item.clone().into_iter().chain(keys).collect();
    if let Some(names) = order.shows() {
        let keys = order.cursor();
        whole.retain(|name, _| keys.contains(&name.as_str()) || names.contains(&name.as_str()));
    }
    whole
}

/// A sort key: a number in `due`, text elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum SortValue {
    Number(i64),
    Text(String),
}

impl SortValue {
    fn read(value: &Value) -> Option<Self> {
        value.as_i64().map(Self::Number).or_else(|| value.as_str().map(|text| Self::Text(text.to_owned())))
    }

    fn lies_in(&self, span: &Span) -> bool {
        match (span, self) {
            (Span::All, _) => true,
            (Span::Prefix(prefix), Self::Text(text)) => text.starts_with(prefix),
            (Span::UpTo(most), Self::Number(number)) => number <= most,
            (Span::Prefix(_), Self::Number(_)) | (Span::UpTo(_), Self::Text(_)) => false,
        }
    }
}

impl Records for MemoryRecords {
    async fn read(&self, key: &Key) -> Result<Option<Item>, RecordsError> {
        examine_key(key).map_err(|flaw| flaw.rejected(key.table, "a read"))?;
        Ok(self.tables().items.get(key).cloned())
    }

    async fn query(&self, query: &Query) -> Result<Page, RecordsError> {
        examine_query(query).map_err(|flaw| flaw.rejected(query.order.table(), "a query"))?;
        let [_, sort_name] = query.order.keys();
        let place = |cursor: &Cursor| {
            let text = |name: &str| cursor.0.get(name).and_then(Value::as_str).unwrap_or_default();
            let key = Key::new(query.order.table(), text(PARTITION), text(SORT));
            cursor.0.get(sort_name).and_then(SortValue::read).map(|sort| (sort, key))
        };
        let start = query.after.as_ref().and_then(place);
        let is_after = |sort: &SortValue, key: &Key| {
            start.as_ref().is_none_or(|(first, first_key)| (sort, key) > (first, first_key))
        };
        let tables = self.tables();
        let mut rest = tables.partition(query).into_iter().filter(|(sort, key, _)| is_after(sort, key));
        let page = rest.by_ref().take(usize::from(query.limit));
        let items: Vec<Item> = page.map(|(_, key, item)| shown(key, item, query.order)).collect();
        let more = rest.next().is_some();
        let next = items.last().filter(|_| more).map(|item| {
            let names = query.order.cursor().into_iter();
            Cursor(names.filter_map(|name| Some((name.to_owned(), item.get(name)?.clone()))).collect())
        });
        Ok(Page { items, next })
    }

    async fn scan(&self, scan: &Scan) -> Result<Page, RecordsError> {
        examine_scan(scan).map_err(|flaw| flaw.rejected(scan.table, "a scan"))?;
        let start = scan.after.as_ref().map(|cursor| {
            let text = |name: &str| cursor.0.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            Key::new(scan.table, text(PARTITION), text(SORT))
        });
        let tables = self.tables();
        let of_the_table = tables.items.iter().filter(|(key, _)| key.table == scan.table);
        let mut rest = of_the_table.filter(|(key, _)| start.as_ref().is_none_or(|start| *key > start));
        let page: Vec<(&Key, &Item)> = rest.by_ref().take(usize::from(scan.limit)).collect();
        let more = rest.next().is_some();
        let keys = |key: &Key| {
            [(PARTITION, &key.partition), (SORT, &key.sort)]
                .map(|(name, text)| (name.to_owned(), Value::from(text.as_str())))
        };
        let next = page.last().filter(|_| more).map(|(key, _)| Cursor(keys(key).into_iter().collect()));
        let whole = |(key, item): (&Key, &Item)| item.clone().into_iter().chain(keys(key)).collect();
        Ok(Page { items: page.into_iter().map(whole).collect(), next })
    }

    async fn write(&self, write: &Write) -> Result<Written, RecordsError> {
        let rejected = |flaw: Flaw| flaw.rejected(write.key.table, "a write");
        examine_write(write).map_err(rejected)?;
        let mut tables = self.tables();
        if let Some(found) = tables.refusal(write) {
            return Ok(Written::Refused { found });
        }
        let new = tables.outcome(write).map_err(rejected)?;
        let old = tables.store(&write.key, new);
        Ok(Written::Done { old: old.filter(|old| !old.is_empty()) })
    }

    async fn write_together(&self, writes: &[Write]) -> Result<WrittenTogether, RecordsError> {
        let first = writes.first().map_or(Table::Migrations, |write| write.key.table);
        let rejected = |flaw: Flaw| flaw.rejected(first, "writes together");
        examine_writes(writes).map_err(rejected)?;
        let mut tables = self.tables();
        let refused: BTreeMap<usize, Option<Item>> = writes
            .iter()
            .enumerate()
            .filter_map(|(position, write)| Some((position, tables.refusal(write)?)))
            .collect();
        if !refused.is_empty() {
            return Ok(WrittenTogether::Refused(refused));
        }
        let news: Vec<Option<Item>> =
            writes.iter().map(|write| tables.outcome(write)).collect::<Result<_, _>>().map_err(rejected)?;
        for (write, new) in writes.iter().zip(news) {
            tables.store(&write.key, new);
        }
        Ok(WrittenTogether::Done)
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::MemoryRecords;
    use crate::contract;

    /// Memory never waits: its futures are ready when they are first asked.
    fn at_once<T>(future: impl Future<Output = T>) -> T {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => answer,
            Poll::Pending => panic!("memory waits for something"),
        }
    }

    macro_rules! on_memory {
        ($($promise:ident,)*) => {
            $(
                #[test]
                fn $promise() {
                    at_once(contract::$promise(&MemoryRecords::default()));
                }
            )*
        };
    }
    crate::contract_tests!(on_memory);
}
