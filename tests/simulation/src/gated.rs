//! The ports of one run, with a gate before and after each call.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use handover_engine::memory::CountingIds;
use handover_engine::ports::{
    Bus, BusError, Clock, Event, NotTaken, Ports, Purpose, Sealed, Vault, VaultError, WebhookSecrets,
};
use handover_engine::records::{
    Action, Item, Key, Page, Query, Records, RecordsError, Scan, Table, Write, Written, WrittenTogether,
};
use handover_engine::settings::Settings;
use handover_graph::call::Repeat;
use handover_graph::secret::Token;
use handover_graph::transport::{GraphRequest, GraphResponse, Method, Transport, TransportError};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::Value;

use crate::canaries;
use crate::gate::{Gate, Kind, Side, Then};
use crate::invariants;
use crate::on_its_way::{self, OnItsWay};
use crate::transport;
use crate::uses::{self, Use};
use crate::watch;
use crate::world::{Delivery, World};

/// The ports of one run of one function.
pub struct Gated<'a> {
    /// The world behind them.
    pub world: &'a World,
    /// Where the run waits.
    pub gate: Gate,
    function: &'static str,
    /// The claim that this run holds, as it was written.
    claim: Mutex<Option<Value>>,
    /// The share that it has on its way to Meta.
    share: Mutex<Option<OnItsWay<'a>>>,
    /// The migration whose turn it runs, if it is a step.
    turn_of: Option<String>,
    clock: WrongClock<'a>,
}

/// The clock of one worker, which may be wrong.
pub struct WrongClock<'a> {
    world: &'a World,
    by: SignedDuration,
}

impl Clock for WrongClock<'_> {
    fn now(&self) -> Timestamp {
        self.world.clock.now() + self.by
    }
}

impl<'a> Gated<'a> {
    /// The ports of a new run of a function.
    #[must_use]
    pub fn new(world: &'a World, function: &'static str) -> Self {
        Self {
            world,
            gate: Gate::default(),
            function,
            claim: Mutex::new(None),
            share: Mutex::new(None),
            turn_of: None,
            clock: WrongClock { world, by: SignedDuration::ZERO },
        }
    }

    /// The same, for a delivery.
    pub(crate) fn of(world: &'a World, delivery: &Delivery) -> Self {
        let now = world.clock.now();
        let by = {
            let mut story = world.story();
            let by = story.strikes.as_mut().map(|strikes| strikes.draw_skew(now));
            match by.unwrap_or_default().as_secs() {
                0 => {}
                ..0 => ["T1", "T2"].iter().for_each(|id| story.hits.hit(id)),
                _ => story.hits.hit("T1"),
            }
            if by == Some(SignedDuration::from_secs(-1)) {
                story.hits.hit("T10");
            }
            by
        };
        Self {
            turn_of: delivery.turn_of.clone(),
            clock: WrongClock { world, by: by.unwrap_or_default() },
            ..Self::new(world, delivery.function)
        }
    }

    fn uses(&self, action: &'static str, on: impl Into<String>) {
        self.world.story().uses.insert(Use { function: self.function, action, on: on.into() });
    }

    fn claim(&self) -> Option<Value> {
        self.claim.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes a call between its gates: not at all, twice, or with its answer lost, as the hand says there.
    async fn around<T, F: Future<Output = T>>(
        &self,
        call: &str,
        kind: Kind,
        effect: impl Fn() -> F,
        no_answer: impl Fn(Side) -> T,
    ) -> T {
        let before = self.gate.pass(call, kind, Side::Before).await;
        match before {
            Then::Fails => return no_answer(Side::Before),
            Then::Vanishes => return no_answer(Side::After),
            Then::Goes | Then::Crashes | Then::Twice => {}
        }
        let mut answer = effect().await;
        if before == Then::Twice {
            answer = effect().await;
        }
        match self.gate.pass(call, kind, Side::After).await {
            Then::Fails => no_answer(Side::After),
            Then::Goes | Then::Crashes | Then::Vanishes | Then::Twice => answer,
        }
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

    fn written(&self, before: &BTreeMap<Key, Item>, writes: &[Write]) {
        watch::written(self.world, self.claim().as_ref(), before, writes);
        invariants::touches(self.world, self.turn_of.as_deref(), writes);
        self.world.is_committed(writes);
        let was = before.iter().map(|(key, item)| canaries::text(key, item));
        self.world.story().was.extend(was);
        let changed = writes.iter().filter(|write| write.action != Action::Check);
        self.world.story().dirty.extend(changed.map(|write| write.key.clone()));
    }
}

impl<'a> Ports for Gated<'a> {
    type Records = Self;
    type Bus = Self;
    type Vault = Self;
    type Graph = Self;
    type Clock = WrongClock<'a>;
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
    fn clock(&self) -> &WrongClock<'a> {
        &self.clock
    }
    fn ids(&self) -> &CountingIds {
        &self.world.ids
    }
    fn settings(&self) -> &Settings {
        self.world.restored.get().unwrap_or(&self.world.settings)
    }
}

/// What the record says when no answer came: before the call it was too busy, after it nobody knows.
fn unanswered<T>(table: Table, operation: &'static str) -> impl Fn(Side) -> Result<T, RecordsError> {
    move |side| {
        let (table, source) = (table.name(), None);
        Err(match side {
            Side::Before => RecordsError::Busy { table, operation, source },
            Side::After => RecordsError::Lost { table, operation, source },
        })
    }
}

impl Records for Gated<'_> {
    async fn read(&self, key: &Key) -> Result<Option<Item>, RecordsError> {
        self.uses("dynamodb:GetItem", uses::table(key.table));
        let read = || async {
            let item = self.world.records.read(key).await;
            self.world.mirrored(|mirror| mirror.reads(key, &item));
            Ok(self.world.carelessly_read(key, item?))
        };
        self.around(&format!("read {}", place(key)), Kind::Looks, read, unanswered(key.table, "a read")).await
    }

    async fn query(&self, query: &Query) -> Result<Page, RecordsError> {
        self.uses("dynamodb:Query", uses::order(query.order));
        let mut query = Query { limit: query.limit.min(self.world.longest_page), ..query.clone() };
        if let Some(asks) = self.world.careless.asks {
            asks(&mut query);
        }
        let call = format!("query {:?}", query.order);
        let unanswered = unanswered(query.order.table(), "a query");
        let behind = query.order.index().and_then(|_| self.world.index());
        let records = behind.as_deref().unwrap_or(&self.world.records);
        let asked = || async {
            let page = records.query(&query).await;
            if behind.is_none() {
                self.world.mirrored(|mirror| mirror.queries(&query, &page));
            }
            page
        };
        self.around(&call, Kind::Looks, asked, unanswered).await
    }

    async fn scan(&self, scan: &Scan) -> Result<Page, RecordsError> {
        self.uses("dynamodb:Scan", uses::table(scan.table));
        let scan = Scan { limit: scan.limit.min(self.world.longest_page), ..scan.clone() };
        let call = format!("scan {}", scan.table.name());
        let unanswered = unanswered(scan.table, "a scan");
        let asked = || async {
            let page = self.world.records.scan(&scan).await;
            self.world.mirrored(|mirror| mirror.scans(&scan, &page));
            page
        };
        self.around(&call, Kind::Looks, asked, unanswered).await
    }

    async fn write(&self, write: &Write) -> Result<Written, RecordsError> {
        // Alone, a check is a strong read.
        let looks = write.action == Action::Check;
        self.uses(if looks { "dynamodb:GetItem" } else { uses::write(write) }, uses::table(write.key.table));
        let writes = &self.world.carelessly(std::slice::from_ref(write));
        let stored = || async move {
            let before = self.before(writes).await?;
            let written = self.world.records.write(&writes[0]).await;
            self.world.mirrored(|mirror| mirror.writes(&writes[0], &written));
            let written = written?;
            if matches!(written, Written::Done { .. }) {
                if let Some(claim) = watch::claim_in(write) {
                    *self.claim.lock().unwrap_or_else(PoisonError::into_inner) = Some(claim);
                }
                self.written(&before, writes);
            }
            Ok(self.world.carelessly_heard(write, written))
        };
        let kind = if looks { Kind::Looks } else { Kind::Does };
        let unanswered = unanswered(write.key.table, "a write");
        self.around(&format!("write {}", place(&write.key)), kind, stored, unanswered).await
    }

    async fn write_together(&self, writes: &[Write]) -> Result<WrittenTogether, RecordsError> {
        let places: Vec<String> = writes.iter().map(|write| place(&write.key)).collect();
        for write in writes {
            self.uses(uses::write(write), uses::table(write.key.table));
        }
        let writes = &self.world.carelessly(writes);
        let stored = || async move {
            let before = self.before(writes).await?;
            let written = self.world.records.write_together(writes).await;
            self.world.mirrored(|mirror| mirror.writes_together(writes, &written));
            let written = written?;
            if written == WrittenTogether::Done {
                self.written(&before, writes);
            }
            Ok(written)
        };
        let table = writes.first().map_or(Table::Migrations, |write| write.key.table);
        let unanswered = unanswered(table, "writes together");
        self.around(&format!("write {}", places.join("+")), Kind::Does, stored, unanswered).await
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
        let put = || async {
            watch::put(self.world, events);
            self.world.bus.put(events).await
        };
        self.around(&call, Kind::Does, put, |_| Err(BusError { source: None })).await
    }
}

fn unreachable<T>(_: Side) -> Result<T, VaultError> {
    Err(VaultError::Unreachable { source: None })
}

impl Vault for Gated<'_> {
    async fn seal(&self, owner: &str, purpose: Purpose, text: &SecretString) -> Result<Sealed, VaultError> {
        self.uses("kms:Encrypt", "TokenKey");
        let seal = || self.world.vault.seal(owner, purpose, text);
        self.around("seal", Kind::Looks, seal, unreachable).await
    }
    async fn open(&self, owner: &str, purpose: Purpose, sealed: &Sealed) -> Result<SecretString, VaultError> {
        self.uses("kms:Decrypt", "TokenKey");
        let open = || self.world.vault.open(owner, purpose, sealed);
        self.around("open", Kind::Looks, open, unreachable).await
    }
    async fn system_user_token(&self) -> Result<Token, VaultError> {
        self.uses("secretsmanager:GetSecretValue", "SystemUserSecret");
        let read = || self.world.vault.system_user_token();
        self.around("system user token", Kind::Looks, read, unreachable).await
    }
    async fn app_secret(&self) -> Result<SecretString, VaultError> {
        self.uses("secretsmanager:GetSecretValue", "AppSecret");
        self.around("app secret", Kind::Looks, || self.world.vault.app_secret(), unreachable).await
    }
    async fn webhook_secrets(&self) -> Result<WebhookSecrets, VaultError> {
        self.uses("secretsmanager:GetSecretValue", "AppSecret");
        self.around("webhook secrets", Kind::Looks, || self.world.vault.webhook_secrets(), unreachable).await
    }
}

impl Transport for Gated<'_> {
    async fn send(
        &self,
        request: GraphRequest,
        deadline: Timestamp,
    ) -> Result<GraphResponse, TransportError> {
        let request = &request;
        let sent = || async move {
            // With no time left the transport sends nothing, so there is nothing to look at.
            let deadline = deadline - self.clock.by;
            if self.world.clock.now() < deadline {
                watch::called(self.world, self.claim().as_ref(), request);
                let share = OnItsWay::begins(self.world, request, deadline);
                *self.share.lock().unwrap_or_else(PoisonError::into_inner) = share;
            }
            transport::send(&self.world.simulator, request, self.world.clock.now(), deadline)
                .map(|response| self.world.heard(response))
        };
        let kind = match (request.method, request.repeat) {
            (Method::Get, Repeat::Freely) => Kind::Looks,
            (_, Repeat::Freely) => Kind::Does,
            _ => Kind::DoesOnce,
        };
        let no_answer = |side| {
            let reason = Cow::Borrowed("the connection ended");
            Err(match side {
                Side::Before => TransportError::NotSent { reason },
                Side::After => TransportError::Lost { reason },
            })
        };
        let asked_at = self.world.clock.now();
        let answer = self.around(&format!("graph {}", request.call), kind, sent, no_answer).await;
        let share = self.share.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (share, &answer) {
            (_, Err(TransportError::Lost { .. })) => {
                on_its_way::was_not_answered(self.world, request, asked_at);
            }
            (Some(share), _) => share.ends(),
            (None, _) => {}
        }
        answer
    }
}
