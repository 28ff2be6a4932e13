//! What no store takes: requests that are wrong in themselves, whatever is stored.
//!
//! DynamoDB refuses these on AWS, some of them only when a rare branch runs. Both stores examine a
//! request with this file first, so such a branch fails in the simulation already, and by name.

use serde_json::Value;

use crate::records::{
    Action, Change, Expectation, Item, Key, Order, PARTITION, Query, RecordsError, SORT, Scan, Span, Table,
    Write,
};

/// How many writes DynamoDB makes together.
pub const MOST_TOGETHER: usize = 100;

const LONGEST_PARTITION: usize = 2_048;
const LONGEST_SORT: usize = 1_024;

/// What is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// DynamoDB takes no empty text where a key stands.
    #[error("a key is an empty text")]
    EmptyKey,
    /// DynamoDB takes no longer one: 2,048 bytes for a partition, 1,024 for a sort key.
    #[error("a key is longer than DynamoDB takes")]
    LongKey,
    /// The store adds and removes an item's own keys; a request names them in its [`Key`] alone.
    #[error("the attribute {0} is a key of the table and no attribute of ours")]
    OwnKey(String),
    /// In one update DynamoDB lets each attribute change once.
    #[error("the attribute {0} changes twice in one update")]
    ChangedTwice(&'static str),
    /// An update without a change, a check without an expectation, a choice among none.
    #[error("the write has an empty {0}")]
    Nothing(&'static str),
    /// A float would come back as another number.
    #[error("the attribute {0} holds a number that is not a whole one of 64 bits")]
    NotWhole(String),
    /// DynamoDB refuses the item, though the attribute is only an index's.
    #[error("the attribute {0} orders an index and does not have the index's type")]
    IndexKey(String),
    /// Only a number grows.
    #[error("the attribute {0} is to grow and holds no number")]
    NotANumber(&'static str),
    /// None, or more than DynamoDB takes.
    #[error("{0} writes together; one to {MOST_TOGETHER} are possible")]
    Together(usize),
    /// DynamoDB does not say which of two writes would be the last.
    #[error("the item {0} / {1} is written twice together")]
    SameKey(String, String),
    /// A page of no items has no end.
    #[error("a page of no items is asked for")]
    EmptyPage,
    /// Text has prefixes, numbers have an upper end.
    #[error("the span does not fit the order's sort key")]
    Span,
    /// A cursor goes back to the question it came from.
    #[error("the cursor belongs to another question")]
    Cursor,
}

impl Flaw {
    /// The answer of a store to a request with this flaw.
    #[must_use]
    pub fn rejected(self, table: Table, operation: &'static str) -> RecordsError {
        RecordsError::Rejected { table: table.name(), operation, source: Some(Box::new(self)) }
    }
}

/// Looks for a flaw in one write.
///
/// # Errors
/// The first one found.
pub fn examine_write(write: &Write) -> Result<(), Flaw> {
    examine_key(&write.key)?;
    examine_expectations(&write.expects)?;
    match &write.action {
        Action::Put(item) => examine_item(write.key.table, item),
        Action::Update(changes) => examine_changes(write.key.table, changes),
        Action::Check if write.expects.is_empty() => Err(Flaw::Nothing("check")),
        Action::Delete | Action::Check => Ok(()),
    }
}

/// Looks for a flaw in writes made together.
///
/// # Errors
/// The first one found.
pub fn examine_writes(writes: &[Write]) -> Result<(), Flaw> {
    if writes.is_empty() || writes.len() > MOST_TOGETHER {
        return Err(Flaw::Together(writes.len()));
    }
    let mut keys = std::collections::BTreeSet::new();
    for write in writes {
        examine_write(write)?;
        if !keys.insert(&write.key) {
            return Err(Flaw::SameKey(write.key.partition.clone(), write.key.sort.clone()));
        }
    }
    Ok(())
}

/// Looks for a flaw in the key of a read or write.
///
/// # Errors
/// [`Flaw::EmptyKey`] or [`Flaw::LongKey`].
pub fn examine_key(key: &Key) -> Result<(), Flaw> {
    if key.partition.is_empty() || key.sort.is_empty() {
        return Err(Flaw::EmptyKey);
    }
    let is_too_long = key.partition.len() > LONGEST_PARTITION || key.sort.len() > LONGEST_SORT;
    if is_too_long { Err(Flaw::LongKey) } else { Ok(()) }
}

/// Looks for a flaw in a query.
///
/// # Errors
/// The first one found.
pub fn examine_query(query: &Query) -> Result<(), Flaw> {
    if query.partition.is_empty() {
        return Err(Flaw::EmptyKey);
    }
    if query.limit == 0 {
        return Err(Flaw::EmptyPage);
    }
    match (&query.span, query.order) {
        (Span::Prefix(prefix), _) if prefix.is_empty() => return Err(Flaw::EmptyKey),
        (Span::All, _) | (Span::UpTo(_), Order::Due) => {}
        (Span::Prefix(_), Order::Table(_) | Order::Board) => {}
        (Span::UpTo(_), Order::Table(_) | Order::Board) | (Span::Prefix(_), Order::Due) => {
            return Err(Flaw::Span);
        }
    }
    let [partition, _] = query.order.keys();
    let fits = |cursor: &Item| {
        let names = query.order.cursor();
        cursor.len() == names.len()
            && names.iter().all(|name| cursor.get(*name).is_some_and(|value| has_index_type(name, value)))
            && cursor.get(partition).and_then(Value::as_str) == Some(&query.partition)
            && cursor.values().all(|value| value.as_str().is_none_or(|text| text.len() <= LONGEST_SORT))
    };
    if query.after.as_ref().is_some_and(|cursor| !fits(&cursor.0)) { Err(Flaw::Cursor) } else { Ok(()) }
}

/// Whether a scan asks for a page, from a place in that table.
///
/// # Errors
///
/// The first [`Flaw`] found.
pub fn examine_scan(scan: &Scan) -> Result<(), Flaw> {
    if scan.limit == 0 {
        return Err(Flaw::EmptyPage);
    }
    let fits = |cursor: &Item| {
        let is_a_key =
            |name: &str| cursor.get(name).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
        cursor.len() == 2 && is_a_key(PARTITION) && is_a_key(SORT)
    };
    if scan.after.as_ref().is_some_and(|cursor| !fits(&cursor.0)) { Err(Flaw::Cursor) } else { Ok(()) }
}

fn examine_expectations(expectations: &[Expectation]) -> Result<(), Flaw> {
    for expectation in expectations {
        match expectation {
            Expectation::Absent | Expectation::Present => {}
            Expectation::Has(name) | Expectation::Lacks(name) | Expectation::AtMost(name, _) => {
                examine_name(name)?;
            }
            Expectation::Is(name, value) => examine_value(name, value)?,
            Expectation::AnyOf(any) if any.is_empty() => return Err(Flaw::Nothing("choice")),
            Expectation::AnyOf(any) => examine_expectations(any)?,
        }
    }
    Ok(())
}

fn examine_item(table: Table, item: &Item) -> Result<(), Flaw> {
    item.iter().try_for_each(|(name, value)| examine_attribute(table, name, value))
}

fn examine_changes(table: Table, changes: &[Change]) -> Result<(), Flaw> {
    if changes.is_empty() {
        return Err(Flaw::Nothing("update"));
    }
    let mut names = std::collections::BTreeSet::new();
    for change in changes {
        let name = match change {
            Change::Set(name, value) => {
                examine_attribute(table, name, value)?;
                name
            }
            Change::Add(name, by) => {
                examine_attribute(table, name, &Value::from(*by))?;
                name
            }
            Change::Remove(name) => {
                examine_name(name)?;
                name
            }
        };
        if !names.insert(name) {
            return Err(Flaw::ChangedTwice(name));
        }
    }
    Ok(())
}

fn examine_attribute(table: Table, name: &str, value: &Value) -> Result<(), Flaw> {
    examine_value(name, value)?;
    if table == Table::Migrations && !has_index_type(name, value) {
        return Err(Flaw::IndexKey(name.to_owned()));
    }
    Ok(())
}

fn examine_value(name: &str, value: &Value) -> Result<(), Flaw> {
    examine_name(name)?;
    if is_whole(value) { Ok(()) } else { Err(Flaw::NotWhole(name.to_owned())) }
}

fn examine_name(name: &str) -> Result<(), Flaw> {
    if name == PARTITION || name == SORT { Err(Flaw::OwnKey(name.to_owned())) } else { Ok(()) }
}

/// Whether every number in `value` is a whole one.
fn is_whole(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_i64(),
        Value::Array(values) => values.iter().all(is_whole),
        Value::Object(values) => values.values().all(is_whole),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

/// Whether `value` may stand where an index or table looks for `name`; any may where none looks.
fn has_index_type(name: &str, value: &Value) -> bool {
    match name {
        "due_at" => value.is_i64(),
        PARTITION | SORT | "due" | "status" | "board" => value.as_str().is_some_and(|text| !text.is_empty()),
        _ => true,
    }
}
