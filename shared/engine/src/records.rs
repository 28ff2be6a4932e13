//! The record's port: typed writes, each with what it expects to find.
//!
//! A condition of ours is written once, as a value. Memory evaluates it, `handover-aws` renders it as a
//! DynamoDB expression; so what the fault simulation proves is what guards the money on AWS.

use std::collections::BTreeMap;
use std::future::Future;

use serde_json::Value;

/// An item: attribute name to value; numbers are whole, moments are milliseconds.
pub type Item = serde_json::Map<String, Value>;

/// The three tables (design: `migrations` has a stream, `vault` has permissions of its own).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// STATE, LOCK, LEDGER, SIGNUP: what decides.
    Migrations,
    /// HISTORY, notes, details, attempts: what is told.
    Journal,
    /// Sealed tokens and PINs; no stream ever.
    Vault,
}

impl Table {
    /// All of them, in the order of the template.
    pub const ALL: [Self; 3] = [Self::Migrations, Self::Journal, Self::Vault];

    /// The table's name in the template; a deployment may add a prefix.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Migrations => "migrations",
            Self::Journal => "journal",
            Self::Vault => "vault",
        }
    }
}

/// The attribute that holds the partition key, in every table.
pub const PARTITION: &str = "pk";
/// The attribute that holds the sort key, in every table.
pub const SORT: &str = "sk";

/// Where an item lies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The table.
    pub table: Table,
    /// The partition, for example `M#<migration>`.
    pub partition: String,
    /// The place in the partition, for example `STATE`.
    pub sort: String,
}

impl Key {
    /// A key of `table`.
    pub fn new(table: Table, partition: impl Into<String>, sort: impl Into<String>) -> Self {
        Self { table, partition: partition.into(), sort: sort.into() }
    }
}

/// What must hold of the stored item, or the write is refused and changes nothing.
///
/// An attribute that is not there satisfies none of the comparisons, as in DynamoDB.
#[derive(Debug, Clone, PartialEq)]
pub enum Expectation {
    /// There is no item under this key.
    Absent,
    /// There is an item under this key.
    Present,
    /// The attribute is there.
    Has(&'static str),
    /// The attribute is not there.
    Lacks(&'static str),
    /// The attribute is there and equals the value.
    Is(&'static str, Value),
    /// The attribute is there, a number, and at most this.
    AtMost(&'static str, i64),
    /// At least one of these holds.
    AnyOf(Vec<Expectation>),
}

/// One change of an attribute in an update.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// The attribute becomes the value.
    Set(&'static str, Value),
    /// The attribute, or 0 if it is not there, grows by this.
    Add(&'static str, i64),
    /// The attribute goes.
    Remove(&'static str),
}

/// What a write does if its expectations hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Puts the whole item in the place of whatever was there (keys are added by the store).
    Put(Item),
    /// Changes attributes; makes the item if it is not there.
    Update(Vec<Change>),
    /// Removes the item.
    Delete,
    /// Changes nothing: only its expectations count.
    Check,
}

/// One write: where, what must hold, what is done.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// The item.
    pub key: Key,
    /// All of these must hold; an empty list holds always.
    pub expects: Vec<Expectation>,
    /// What is done then.
    pub action: Action,
}

/// The answer to a write.
#[derive(Debug, Clone, PartialEq)]
pub enum Written {
    /// It is stored.
    Done {
        /// The item as it was before, without its keys; one of keys alone counts as none.
        old: Option<Item>,
    },
    /// An expectation did not hold; nothing is stored. `found` is the item that was there.
    Refused {
        /// The item as it is stored, without its keys.
        found: Option<Item>,
    },
}

/// The answer to writes made together.
#[derive(Debug, Clone, PartialEq)]
pub enum WrittenTogether {
    /// All are stored.
    Done,
    /// At least one expectation did not hold; nothing is stored. Position in the list to the item found.
    Refused(BTreeMap<usize, Option<Item>>),
}

/// Which order of the records a query follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// A table's own: partition and sort key; strongly consistent.
    Table(Table),
    /// The index `due` of `migrations`: what is to be run, by the moment it is due.
    Due,
    /// The index `board` of `migrations`: a status, by the day of unblocking; and the ledgers, by line and business.
    Board,
}

impl Order {
    /// The table whose items it shows.
    #[must_use]
    pub const fn table(self) -> Table {
        match self {
            Self::Table(table) => table,
            Self::Due | Self::Board => Table::Migrations,
        }
    }

    /// The index's name in the template; none for a table's own order.
    #[must_use]
    pub const fn index(self) -> Option<&'static str> {
        match self {
            Self::Table(_) => None,
            Self::Due => Some("due"),
            Self::Board => Some("board"),
        }
    }

    /// The attributes that hold its partition and its sort key.
    #[must_use]
    pub const fn keys(self) -> [&'static str; 2] {
        match self {
            Self::Table(_) => [PARTITION, SORT],
            Self::Due => ["due", "due_at"],
            Self::Board => ["status", "board"],
        }
    }

    /// What an index shows of an item beside keys, of which the board's begins with the day of unblocking; a table's
    /// own order shows all of it.
    #[must_use]
    pub const fn shows(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Table(_) => None,
            Self::Due => Some(&["flow", "step", "seq", "deadline"]),
            Self::Board => Some(&["waba", "label"]),
        }
    }

    /// The attributes of a [`Cursor`]: the item's own keys, then this order's.
    #[must_use]
    pub fn cursor(self) -> Vec<&'static str> {
        let mut names = vec![PARTITION, SORT];
        if self.index().is_some() {
            names.extend(self.keys());
        }
        names
    }
}

/// How much of a partition a query wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    /// All of it.
    All,
    /// Sort keys that begin with this text.
    Prefix(String),
    /// Numeric sort keys up to this, itself included.
    UpTo(i64),
}

/// A question for a page of one partition, in ascending order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The order followed.
    pub order: Order,
    /// The partition's value in that order.
    pub partition: String,
    /// The part of it.
    pub span: Span,
    /// At most so many items in a page; at least 1.
    pub limit: u16,
    /// Where the page before ended.
    pub after: Option<Cursor>,
}

/// A question for a page of a whole table, in an order of the store's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// The table.
    pub table: Table,
    /// At most so many items in a page; at least 1.
    pub limit: u16,
    /// Where the page before ended.
    pub after: Option<Cursor>,
}

/// Where a page ended: the keys of its last item, to be handed back as they are.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub Item);

/// A page of items, each with its keys among its attributes.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The items, in order.
    pub items: Vec<Item>,
    /// Absent on the last page. A page may be short, even empty, and not the last.
    pub next: Option<Cursor>,
}

/// Why the store gave no answer. The step stays where it was; the sweep runs it again.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    /// Conflicts or throttling outlasted the adapter's retries: nothing is stored.
    #[error("the table {table} was too busy for {operation}; nothing was stored")]
    Busy {
        /// The table asked.
        table: &'static str,
        /// What was asked.
        operation: &'static str,
        /// What the store said.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// No answer came: it may be stored or not.
    #[error("no answer to {operation} on the table {table}; it may or may not be stored")]
    Lost {
        /// The table asked.
        table: &'static str,
        /// What was asked.
        operation: &'static str,
        /// What the connection said.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// The store refuses the request itself: a missing table or permission, an item too large.
    #[error("the table {table} refused {operation}; an operator must look at its settings and permissions")]
    Rejected {
        /// The table asked.
        table: &'static str,
        /// What was asked.
        operation: &'static str,
        /// What the store said.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// An item is not of the shape that this version writes.
    #[error("the item {partition} / {sort} cannot be read by this version: {field}")]
    Unreadable {
        /// The item's partition.
        partition: String,
        /// The item's place in it.
        sort: String,
        /// What does not fit.
        field: String,
    },
}

/// The records: DynamoDB on AWS, memory in the simulation.
pub trait Records: Sync {
    /// Reads one item, strongly consistent, without its keys.
    fn read(&self, key: &Key) -> impl Future<Output = Result<Option<Item>, RecordsError>> + Send;

    /// Reads one page.
    fn query(&self, query: &Query) -> impl Future<Output = Result<Page, RecordsError>> + Send;

    /// Reads one page of a whole table. Who writes meanwhile may be seen or not: it is for looking after, never for
    /// deciding.
    fn scan(&self, scan: &Scan) -> impl Future<Output = Result<Page, RecordsError>> + Send;

    /// Makes one write.
    fn write(&self, write: &Write) -> impl Future<Output = Result<Written, RecordsError>> + Send;

    /// Makes up to a hundred writes, all or none; no two of the same key.
    fn write_together(
        &self,
        writes: &[Write],
    ) -> impl Future<Output = Result<WrittenTogether, RecordsError>> + Send;
}
