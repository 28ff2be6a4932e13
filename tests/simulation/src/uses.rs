//! What a function asks of AWS, in the words of its role: the actions, and the template's resources they are on.

use std::fmt;

use handover_engine::records::{Action, Order, Table, Write};

use crate::world::World;

/// An action on a resource of the template, such as `dynamodb:Query` on `Migrations/index/due`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// The function.
    pub function: &'static str,
    /// What it does.
    pub action: &'static str,
    /// The resource, by its name in the template; of an index with its own.
    pub on: String,
}

impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.function, self.action, self.on)
    }
}

impl World {
    /// What functions have asked of AWS so far.
    #[must_use]
    pub fn uses(&self) -> std::collections::BTreeSet<Use> {
        self.story().uses.clone()
    }
}

/// The template's name of a table.
pub(crate) const fn table(table: Table) -> &'static str {
    match table {
        Table::Migrations => "Migrations",
        Table::Journal => "Journal",
        Table::Vault => "Vault",
    }
}

/// Where a query looks.
pub(crate) fn order(order: Order) -> String {
    let table = table(order.table());
    order.index().map_or_else(|| table.to_owned(), |index| format!("{table}/index/{index}"))
}

/// What a write is to DynamoDB, alone or among others: a transaction has no action of its own.
pub(crate) const fn write(write: &Write) -> &'static str {
    match write.action {
        Action::Put(_) => "dynamodb:PutItem",
        Action::Update(_) => "dynamodb:UpdateItem",
        Action::Delete => "dynamodb:DeleteItem",
        Action::Check => "dynamodb:ConditionCheckItem",
    }
}
