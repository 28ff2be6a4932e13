//! The ports of one run, with a gate before and after each call.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use handover_engine::memory::{CountingIds, SetClock};
use handover_engine::ports::{
    Bus, BusError, Clock, Event, NotTaken, Ports, Purpose, Sealed, Vault, VaultError, WebhookSecrets,
};
use handover_engine::records::{
    Action, Expectation, Item, Key, Page, Query, Records, RecordsError, Scan, Write, Written, WrittenTogether,
};
use handover_engine::settings::Settings;
use handover_graph::secret::Token;
use handover_graph::transport::{GraphRequest, GraphResponse, Transport, TransportError};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::Value;

use crate::gate::{Gate, Side};
use crate::transport;
use crate::uses::{self, Use};
use crate::watch;
use crate::world::World;

/// The ports of one run of one function.
pub struct Gated<'a> {
    /// The world behind them.
    pub world: &'a World,
    /// Where the run waits.
    pub gate: Gate,
    function: String,
    /// The claim that this run holds, as it was written.
    claim: Mutex<Option<Value>>,
}

impl<'a> Gated<'a> {
    /// The ports of a new run of a function.
    #[must_use]
    pub fn new(world: &'a World, function: &str) -> Self {
        Self { world, gate: Gate::default(), function: function.to_owned(), claim: Mutex::new(None) }
    }

    fn uses(&self, action: &'static str, on: impl Into<String>) {
        let function = self.function.clone();
        self.world.story().uses.insert(Use { function, action, on: on.into() });
    }

    fn claim(&self) -> Option<Value> {
        self.claim.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn around<T>(&self, call: &str, effect: impl Future<Output = T>) -> T {
        self.gate.pass(call, Side::Before).await;
        let answer = effect.await;
        self.gate.pass(call, Side::After).await;
        answer
    }

    /// The items that are about to be written, as they are.
    async fn before(&self, writes: &[Write]) -> Result<BTreeMap<Key, Item>, RecordsError> {
        let mut items = BTreeMap::new();
        for write in writes {
            if let Some(item) = self.world.records.read(&write.key).await? {
                items.insert(write.key.clone(), item);
            }
        }
        Ok(items)
    }

    /// The writes as a careless store would see them.
    fn carelessly(&self, writes: &[Write]) -> Vec<Write> {
        let mut writes = writes.to_vec();
        if let Some(forgets) = self.world.forgets {
            for write in &mut writes {
                let whole = write.clone();
                write.expects.retain(|expectation| !forgets(&whole, expectation));
                // A check needs something to check; that the item is there is always true of STATE.
                if write.action == Action::Check && write.expects.is_empty() {
                    write.expects.push(Expectation::Present);
                }
            }
        }
        writes
    }
}

impl Ports for Gated<'_> {
    type Records = Self;
    type Bus = Self;
    type Vault = Self;
    type Graph = Self;
    type Clock = SetClock;
    type Ids = CountingIds;

    fn records(&self) -> &Self {
        self
    }
    fn bus(&self) -> &Self {
        self
    }
    fn vault(&self) -> &Self {
        self
    }
    fn graph(&self) -> &Self {
        self
    }
    fn clock(&self) -> &SetClock {
        &self.world.clock
    }
    fn ids(&self) -> &CountingIds {
        &self.world.ids
    }
    fn settings(&self) -> &Settings {
        &self.world.settings
    }
}

impl Records for Gated<'_> {
    async fn read(&self, key: &Key) -> Result<Option<Item>, RecordsError> {
        self.uses("dynamodb:GetItem", uses::table(key.table));
        self.around(&format!("read {}", place(key)), self.world.records.read(key)).await
    }

    async fn query(&self, query: &Query) -> Result<Page, RecordsError> {
        self.uses("dynamodb:Query", uses::order(query.order));
        let query = Query { limit: query.limit.min(self.world.longest_page), ..query.clone() };
        self.around(&format!("query {:?}", query.order), self.world.records.query(&query)).await
    }

    async fn scan(&self, scan: &Scan) -> Result<Page, RecordsError> {
        self.uses("dynamodb:Scan", uses::table(scan.table));
        let scan = Scan { limit: scan.limit.min(self.world.longest_page), ..scan.clone() };
        self.around(&format!("scan {}", scan.table.name()), self.world.records.scan(&scan)).await
    }

    async fn write(&self, write: &Write) -> Result<Written, RecordsError> {
        // Alone, a check is a strong read.
        let action = if write.action == Action::Check { "dynamodb:GetItem" } else { uses::write(write) };
        self.uses(action, uses::table(write.key.table));
        let writes = self.carelessly(std::slice::from_ref(write));
        let stored = async {
            let before = self.before(&writes).await?;
            let written = self.world.records.write(&writes[0]).await?;
            if matches!(written, Written::Done { .. }) {
                if let Some(claim) = watch::claim_in(write) {
                    *self.claim.lock().unwrap_or_else(PoisonError::into_inner) = Some(claim);
                }
                watch::written(self.world, self.claim().as_ref(), &before, &writes);
            }
            Ok(written)
        };
        self.around(&format!("write {}", place(&write.key)), stored).await
    }

    async fn write_together(&self, writes: &[Write]) -> Result<WrittenTogether, RecordsError> {
        let places: Vec<String> = writes.iter().map(|write| place(&write.key)).collect();
        for write in writes {
            self.uses(uses::write(write), uses::table(write.key.table));
        }
        let writes = self.carelessly(writes);
        let stored = async {
            let before = self.before(&writes).await?;
            let written = self.world.records.write_together(&writes).await?;
            if written == WrittenTogether::Done {
                watch::written(self.world, self.claim().as_ref(), &before, &writes);
            }
            Ok(written)
        };
        self.around(&format!("write {}", places.join("+")), stored).await
    }
}

/// A key without its ids: `STATE`, `H#`, `D#assets`.
fn place(key: &Key) -> String {
    match key.sort.split_once('#') {
        Some((kind @ ("H" | "E" | "N"), _)) => format!("{kind}#"),
        _ => key.sort.clone(),
    }
}

impl Bus for Gated<'_> {
    async fn put(&self, events: &[Event]) -> Result<Vec<NotTaken>, BusError> {
        self.uses("events:PutEvents", "Bus");
        let kinds: std::collections::BTreeSet<&str> = events.iter().map(|event| event.detail_type).collect();
        let call = format!("put {}", kinds.into_iter().collect::<Vec<_>>().join("+"));
        let put = async {
            watch::put(self.world, events);
            self.world.bus.put(events).await
        };
        self.around(&call, put).await
    }
}

impl Vault for Gated<'_> {
    async fn seal(&self, owner: &str, purpose: Purpose, text: &SecretString) -> Result<Sealed, VaultError> {
        self.uses("kms:Encrypt", "TokenKey");
        self.around("seal", self.world.vault.seal(owner, purpose, text)).await
    }
    async fn open(&self, owner: &str, purpose: Purpose, sealed: &Sealed) -> Result<SecretString, VaultError> {
        self.uses("kms:Decrypt", "TokenKey");
        self.around("open", self.world.vault.open(owner, purpose, sealed)).await
    }
    async fn system_user_token(&self) -> Result<Token, VaultError> {
        self.uses("secretsmanager:GetSecretValue", "SystemUserSecret");
        self.around("system user token", self.world.vault.system_user_token()).await
    }
    async fn app_secret(&self) -> Result<SecretString, VaultError> {
        self.uses("secretsmanager:GetSecretValue", "AppSecret");
        self.around("app secret", self.world.vault.app_secret()).await
    }
    async fn webhook_secrets(&self) -> Result<WebhookSecrets, VaultError> {
        self.uses("secretsmanager:GetSecretValue", "AppSecret");
        self.around("webhook secrets", self.world.vault.webhook_secrets()).await
    }
}

impl Transport for Gated<'_> {
    async fn send(
        &self,
        request: GraphRequest,
        deadline: Timestamp,
    ) -> Result<GraphResponse, TransportError> {
        let sent = async {
            // With no time left the transport sends nothing, so there is nothing to look at.
            if self.world.clock.now() < deadline {
                watch::called(self.world, self.claim().as_ref(), &request);
            }
            transport::send(&self.world.simulator, &request, self.world.clock.now(), deadline)
        };
        self.around(&format!("graph {}", request.call), sent).await
    }
}
