//! Functions that run outside this process: as the programs that run on AWS, told by their environment where the machine's
//! database, bus and Meta are.

use std::collections::BTreeMap;
use std::error::Error;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use handover_engine::records::{Item, Key, PARTITION, Records, RecordsError, SORT, Scan, Table};
use handover_engine::settings::Settings;
use handover_graph::secret::Token;
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::Value;

use super::Machine;
use crate::stream::Images;
use crate::tap::{Change, keys_of};

/// Where the parts of a machine are, and who we are in its world.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// The embedded DynamoDB, such as `http://127.0.0.1:8000`.
    pub database: String,
    /// The bus, spoken to as EventBridge.
    pub bus: String,
    /// The stand-in for Meta.
    pub graph: SocketAddr,
    /// What an operator has set.
    pub settings: Settings,
    /// The token of our system user.
    pub system_user: Token,
    /// The secret of our app.
    pub app_secret: SecretString,
}

/// An answer, or why there is none.
pub type Answered = Result<Vec<u8>, Box<dyn Error + Send + Sync>>;

/// An answer that is waited for.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Answered> + Send + 'a>>;

/// Whoever runs the functions.
pub trait Elsewhere: Send + Sync {
    /// Hands the event to the function at that moment of the machine's clock, and waits for its answer. It is handled in
    /// the trace of that header; in one of its own if there is none.
    fn invoke<'a>(
        &'a self,
        function: &'a str,
        event: Vec<u8>,
        trace: Option<&'a str>,
        now: Timestamp,
    ) -> Answering<'a>;
}

/// Makes whoever runs the functions, once the machine's parts are there.
pub type Begin = Box<dyn FnOnce(Deployment) -> Arc<dyn Elsewhere> + Send>;

/// What a table held when it was last looked at.
pub(super) type Seen = BTreeMap<Key, Item>;

impl Machine {
    /// Tells what a function elsewhere has changed in the streamed tables. It writes past the tap, so the tables are
    /// compared with what they were before; a change and its undoing within one run are not seen.
    pub(super) async fn look_for_changes(&self) -> Result<(), RecordsError> {
        let mut seen = self.seen.lock().await;
        let mut found = Seen::new();
        for table in self.wires.streamed() {
            let mut scan = Scan { table, limit: 1000, after: None };
            loop {
                let page = self.ports.records.scan(&scan).await?;
                found.extend(page.items.into_iter().map(|item| (key_of(table, &item), item)));
                scan.after = page.next;
                if scan.after.is_none() {
                    break;
                }
            }
        }
        let before = std::mem::replace(&mut *seen, found);
        let gone =
            before.iter().filter(|(key, _)| !seen.contains_key(key)).map(|(key, old)| (key, Some(old), None));
        let changes = seen.iter().map(|(key, new)| (key, before.get(key), Some(new))).chain(gone);
        for (key, old, new) in changes {
            if let Some(images) = Images::between(old.cloned(), new.cloned()) {
                self.wires.changed(&Change { table: key.table, keys: keys_of(key), images });
            }
        }
        Ok(())
    }
}

fn key_of(table: Table, item: &Item) -> Key {
    let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default();
    Key::new(table, text(PARTITION), text(SORT))
}
