//! Where everything lies: the keys of every item, in one place.

use handover_domain::ids::{BusinessId, CreditLineId, MigrationId, PhoneNumberId, WabaId};
use jiff::civil::Date;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::records::{Item, Key, PARTITION, Records, RecordsError, SORT, Table};

/// A migration's STATE.
#[must_use]
pub fn state(migration: MigrationId) -> Key {
    Key::new(Table::Migrations, format!("M#{migration}"), "STATE")
}

/// The lock of a WABA: one live migration at a time.
#[must_use]
pub fn lock(waba: &WabaId) -> Key {
    Key::new(Table::Migrations, format!("WABA#{waba}"), "LOCK")
}

/// The sort key of a ledger.
pub const LEDGER: &str = "LEDGER";

/// The ledger of one credit line and one business.
#[must_use]
pub fn ledger(line: &CreditLineId, business: &BusinessId) -> Key {
    Key::new(Table::Migrations, format!("SHARE#{line}#{business}"), LEDGER)
}

/// The sort key of what Meta has told of a WABA and us.
pub const PARTNERSHIP: &str = "PARTNERSHIP";

/// What Meta has told of a WABA and us.
#[must_use]
pub fn partnership(waba: &WabaId) -> Key {
    Key::new(Table::Migrations, format!("WABA#{waba}"), PARTNERSHIP)
}

/// A signup link, by the hash of its secret.
#[must_use]
pub fn signup(hash: &str) -> Key {
    Key::new(Table::Migrations, format!("SIGNUP#{hash}"), "SIGNUP")
}

/// The entry of the history with that number.
#[must_use]
pub fn history(migration: MigrationId, seq: u64) -> Key {
    Key::new(Table::Journal, format!("M#{migration}"), format!("H#{seq:08}"))
}

/// Meta's whole error beside the entry of the history.
#[must_use]
pub fn error(migration: MigrationId, seq: u64) -> Key {
    Key::new(Table::Journal, format!("M#{migration}"), format!("E#{seq:08}"))
}

/// A note of somebody who writes beside the runner.
#[must_use]
pub fn note(migration: MigrationId, id: uuid::Uuid) -> Key {
    Key::new(Table::Journal, format!("M#{migration}"), format!("N#{id}"))
}

/// A detail of a migration, by name.
#[must_use]
pub fn detail(migration: MigrationId, name: &str) -> Key {
    Key::new(Table::Journal, format!("M#{migration}"), format!("D#{name}"))
}

/// What Meta was asked about a WABA and a solution, over all migrations: no request can be taken back (facts 10.1).
#[must_use]
pub fn intent(waba: &WabaId) -> Key {
    Key::new(Table::Journal, format!("WABA#{waba}"), "INTENT")
}

/// What Meta was asked about the ownership of a WABA, over all migrations: a solution is chosen once (facts 11).
#[must_use]
pub fn ownership(waba: &WabaId) -> Key {
    Key::new(Table::Journal, format!("WABA#{waba}"), "OWNERSHIP")
}

/// Which migration of ours answers one of another partner's, whose hand-off was imported.
#[must_use]
pub fn answering(partners: MigrationId) -> Key {
    Key::new(Table::Journal, format!("HANDOFF#{partners}"), "ANSWER")
}

/// How many shares were begun on a credit line on a day of UTC.
#[must_use]
pub fn shares_of_a_day(line: &CreditLineId, day: Date) -> Key {
    Key::new(Table::Journal, format!("LINE#{line}"), format!("SHARES#{day}"))
}

/// The register attempts of a number, over all migrations (rule 8).
#[must_use]
pub fn attempts(number: &PhoneNumberId) -> Key {
    Key::new(Table::Journal, format!("NUMBER#{number}"), "ATTEMPTS")
}

/// Who owns a token: a migration until the WABA is known, the WABA afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenOwner {
    /// A signup's token, before anybody has checked the WABA.
    Migration(MigrationId),
    /// The WABA's newest token.
    Waba(WabaId),
}

impl std::fmt::Display for TokenOwner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Migration(migration) => write!(f, "M#{migration}"),
            Self::Waba(waba) => write!(f, "WABA#{waba}"),
        }
    }
}

/// A customer's sealed token.
#[must_use]
pub fn token(owner: &TokenOwner) -> Key {
    Key::new(Table::Vault, owner.to_string(), "TOKEN")
}

/// A number's sealed PIN.
#[must_use]
pub fn pin(number: &PhoneNumberId) -> Key {
    Key::new(Table::Vault, format!("NUMBER#{number}"), "PIN")
}

/// The sealed code that the number of a migration has got from Meta, as long as Meta has not been given it.
#[must_use]
pub fn code(migration: MigrationId) -> Key {
    Key::new(Table::Vault, format!("M#{migration}"), "CODE")
}

/// Writes a typed item; what is none is not written.
///
/// # Errors
///
/// If the type does not write an object: a defect of this version.
pub fn written<T: Serialize>(key: &Key, typed: &T) -> Result<Item, RecordsError> {
    match serde_json::to_value(typed) {
        Ok(Value::Object(item)) => Ok(item),
        Ok(_) => Err(unreadable(key, "not an object".to_owned())),
        Err(error) => Err(unreadable(key, error.to_string())),
    }
}

/// The typed item at that key, if there is one.
///
/// # Errors
///
/// What the record says; an item of another shape names its field.
pub async fn stored<T: DeserializeOwned>(
    records: &impl Records,
    key: &Key,
) -> Result<Option<T>, RecordsError> {
    let item = records.read(key).await?;
    item.map(|item| read(key, item)).transpose()
}

/// Reads a typed item; keys among the attributes are passed over.
///
/// # Errors
///
/// [`RecordsError::Unreadable`] names the field that does not fit.
pub fn read<T: DeserializeOwned>(key: &Key, mut item: Item) -> Result<T, RecordsError> {
    item.remove(PARTITION);
    item.remove(SORT);
    serde_json::from_value(Value::Object(item)).map_err(|error| unreadable(key, error.to_string()))
}

fn unreadable(key: &Key, field: String) -> RecordsError {
    RecordsError::Unreadable { partition: key.partition.clone(), sort: key.sort.clone(), field }
}
