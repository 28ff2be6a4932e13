//! What the tables are called in this deployment.

use handover_engine::records::Table;

/// The tables' names: a restore goes into new tables, so the names are settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableNames {
    /// The table `migrations`.
    pub migrations: String,
    /// The table `journal`.
    pub journal: String,
    /// The table `vault`.
    pub vault: String,
}

impl TableNames {
    /// The names of the template after `prefix`, which may be empty.
    #[must_use]
    pub fn with_prefix(prefix: &str) -> Self {
        let name = |table: Table| format!("{prefix}{}", table.name());
        Self { migrations: name(Table::Migrations), journal: name(Table::Journal), vault: name(Table::Vault) }
    }

    /// The name of `table`.
    #[must_use]
    pub fn of(&self, table: Table) -> &str {
        match table {
            Table::Migrations => &self.migrations,
            Table::Journal => &self.journal,
            Table::Vault => &self.vault,
        }
    }
}
