//! `Idempotency-Key`: the same request asked again is answered the same, and done once.

use handover_domain::ids::MigrationId;
use handover_domain::moment::after;
use handover_domain::state::Status;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::items;
use crate::ports::{Clock, Ports};
use crate::records::{Expectation, Key, Records, RecordsError, Table, Write};
use crate::signup_link::hash_of;
use crate::writes;

/// How long an answer is kept.
const LIVES: SignedDuration = SignedDuration::from_hours(24);

/// A request under its key; neither of them is stored but as a hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keeping {
    key: Key,
    request: String,
}

/// What the first of the same requests came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The migration that it created, or acted on.
    pub migration: MigrationId,
    /// Its `seq` afterwards.
    pub seq: u64,
    /// Its status afterwards.
    pub status: Status,
}

/// The item KEY.
#[derive(Serialize, Deserialize)]
struct Item {
    request: String,
    #[serde(flatten)]
    kept: Kept,
    /// In seconds since 1970: the table's time to live.
    expires: i64,
}

/// What is known of a request under its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Nobody has used the key.
    New,
    /// The same was asked before.
    Same(Kept),
    /// The key was used for something else.
    Another,
}

impl Keeping {
    /// The request with this body, asked of this route under this key.
    #[must_use]
    pub fn new(route: &str, key: &str, body: &[u8]) -> Self {
        let partition = format!("KEY#{}", hash_of(&format!("{route}\n{key}")));
        let body = String::from_utf8_lossy(body);
        Self { key: Key::new(Table::Migrations, partition, "KEY"), request: hash_of(&body) }
    }

    /// Looks whether it was asked before.
    ///
    /// # Errors
    ///
    /// What the record says.
    pub async fn known<P: Ports>(&self, ports: &P) -> Result<Known, RecordsError> {
        let Some(item) = ports.records().read(&self.key).await? else { return Ok(Known::New) };
        let Item { request, kept, expires } = items::read(&self.key, item)?;
        if expires <= ports.clock().now().as_second() {
            // The table removes it when it has time to.
            return Ok(Known::New);
        }
        Ok(if request == self.request { Known::Same(kept) } else { Known::Another })
    }

    /// The write that keeps what it came to, in the transaction that does it.
    ///
    /// # Errors
    ///
    /// If it cannot be written as an item: a defect of this version.
    pub fn write(&self, kept: &Kept, now: Timestamp) -> Result<Write, RecordsError> {
        let expires = after(now, LIVES).as_second();
        let item = Item { request: self.request.clone(), kept: *kept, expires };
        let over = Expectation::AtMost("expires", now.as_second());
        let free = Expectation::AnyOf(vec![Expectation::Absent, over]);
        Ok(writes::put(self.key.clone(), items::written(&self.key, &item)?, vec![free]))
    }
}
