//! The wires of the template: what is put on the bus, changes in a table or falls due on a schedule
//! becomes deliveries for the functions that listen.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use handover_engine::ports::{Clock, Ids};
use handover_engine::records::Table;
use handover_engine::runner::StepDue;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::bus::endpoint::Refusal;
use crate::bus::{self, Entry};
use crate::clock::MachineClock;
use crate::ids::MachineIds;
use crate::queue::{Delivery, Queue};
use crate::schedule;
use crate::stream;
use crate::tap::Change;
use crate::template::{Schedule, Template};
use crate::watch::{Passage, Watch};

/// So many public events are kept for whoever asks later, the newest: more than a fleet of a thousand has in a
/// moment.
const EVENTS_KEPT: usize = 10_000;

/// A function gave no answer that its caller understands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// When.
    pub at: Timestamp,
    /// Which function.
    pub function: String,
    /// What happened, with its causes.
    pub problem: String,
}

/// The template's wires, with what is on its way over them.
pub struct Wires {
    template: Template,
    clock: MachineClock,
    ids: MachineIds,
    watch: Watch,
    queue: Mutex<Queue>,
    changes: AtomicU64,
    /// What the bus took, without the `StepDue`s, which are the machine's own business.
    events: Mutex<Events>,
    failures: Mutex<Vec<Failure>>,
    /// Rings when something was put on the queue.
    arrived: Notify,
}

impl std::fmt::Debug for Wires {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wires").field("queue", &self.queue).finish_non_exhaustive()
    }
}

/// The public events that are kept.
#[derive(Debug, Default)]
struct Events {
    kept: VecDeque<Value>,
    /// How many older ones are not.
    forgotten: usize,
}

impl Events {
    fn keep(&mut self, event: Value) {
        if self.kept.len() == EVENTS_KEPT {
            self.kept.pop_front();
            self.forgotten += 1;
        }
        self.kept.push_back(event);
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Wires {
    /// The wires that `template` describes.
    #[must_use]
    pub fn new(template: Template, clock: MachineClock, ids: MachineIds, watch: Watch) -> Self {
        Self {
            template,
            clock,
            ids,
            watch,
            queue: Mutex::default(),
            changes: AtomicU64::new(0),
            events: Mutex::default(),
            failures: Mutex::default(),
            arrived: Notify::new(),
        }
    }

    /// The template.
    #[must_use]
    pub const fn template(&self) -> &Template {
        &self.template
    }

    /// The machine's clock.
    #[must_use]
    pub const fn clock(&self) -> &MachineClock {
        &self.clock
    }

    /// Where new ids come from.
    #[must_use]
    pub const fn ids(&self) -> &MachineIds {
        &self.ids
    }

    /// An event was put on a bus: its envelope goes to the function of every rule that takes it.
    ///
    /// # Errors
    ///
    /// The bus is not one of the template's.
    pub fn put(&self, entry: &Entry) -> Result<Uuid, Refusal> {
        if !self.template.buses.contains(&entry.bus) {
            let message = format!("Event bus {} does not exist.", entry.bus);
            return Err(Refusal { code: "ResourceNotFoundException", message });
        }
        let now = self.clock.now();
        let id = self.ids.new_id(now);
        let envelope = bus::envelope(entry, now, id);
        (self.watch)(&Passage::Put { envelope: &envelope });
        let mut queue = lock(&self.queue);
        for rule in self.template.rules.iter().filter(|rule| rule.takes(&entry.bus, &envelope)) {
            queue.add_event(&rule.function, envelope.clone(), entry.trace.clone());
        }
        drop(queue);
        if entry.detail_type != StepDue::DETAIL_TYPE {
            lock(&self.events).keep(envelope);
        }
        self.arrived.notify_one();
        Ok(id)
    }

    /// An item changed: its record goes to the backlog of every stream of its table whose filter takes it.
    pub fn changed(&self, change: &Change) {
        let sequence = self.changes.fetch_add(1, Ordering::Relaxed) + 1;
        let Some(name) = self.name_of(change.table) else { return };
        let record = stream::record(name, &change.keys, &change.images, sequence, self.clock.now());
        let mut queue = lock(&self.queue);
        for (place, source) in self.template.streams.iter().enumerate() {
            if source.table == name && source.takes(&record) {
                queue.add_record(place, record.clone());
            }
        }
        drop(queue);
        self.arrived.notify_one();
    }

    /// A schedule fires.
    pub fn fire(&self, schedule: &Schedule) {
        let now = self.clock.now();
        let event = schedule::event(&schedule.name, now, self.ids.new_id(now));
        lock(&self.queue).add_event(&schedule.function, event, None);
        self.arrived.notify_one();
    }

    /// A function failed: it is logged and counted, and the sweep is the retry.
    pub fn fail(&self, function: &str, problem: String) {
        (self.watch)(&Passage::Failed { function, problem: &problem });
        let failure = Failure { at: self.clock.now(), function: function.to_owned(), problem };
        lock(&self.failures).push(failure);
    }

    /// The tables whose changes are told.
    #[must_use]
    pub fn streamed(&self) -> Vec<Table> {
        let is_streamed = |table: &Table| {
            let name = self.name_of(*table);
            let tables = self.template.tables.iter().map(|table| &table.spec);
            tables.filter(|spec| spec.is_streamed).any(|spec| Some(spec.name.as_str()) == name)
        };
        Table::ALL.into_iter().filter(is_streamed).collect()
    }

    /// What a table is called in the template.
    #[must_use]
    pub fn name_of(&self, table: Table) -> Option<&str> {
        let is_it = |logical_id: &str| logical_id.eq_ignore_ascii_case(table.name());
        let mut tables = self.template.tables.iter();
        tables.find(|table| is_it(&table.logical_id)).map(|table| table.spec.name.as_str())
    }

    /// Takes what is due now.
    pub(crate) fn take(&self) -> Option<Delivery> {
        lock(&self.queue).take(self.clock.now(), &self.template.streams)
    }

    /// Says how a batch went.
    pub(crate) fn settle(&self, stream: usize, taken: usize, first_failed: Option<usize>) {
        if let Some(source) = self.template.streams.get(stream) {
            lock(&self.queue).settle(stream, source, taken, first_failed, self.clock.now());
        }
    }

    /// When something on the queue is due; none if it is empty.
    #[must_use]
    pub fn next_at(&self) -> Option<Timestamp> {
        lock(&self.queue).next_at(self.clock.now())
    }

    /// Ends when something was put on the queue since the last call.
    pub async fn arrival(&self) {
        self.arrived.notified().await;
    }

    /// How many changes the streamed tables have seen.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::Relaxed)
    }

    /// The public events that the bus took, the oldest first, in their envelopes.
    #[must_use]
    pub fn events(&self) -> Vec<Value> {
        lock(&self.events).kept.iter().cloned().collect()
    }

    /// Those that the bus took after the first `seen`; who asks often enough misses none.
    #[must_use]
    pub fn events_after(&self, seen: usize) -> Vec<Value> {
        let events = lock(&self.events);
        events.kept.iter().skip(seen.saturating_sub(events.forgotten)).cloned().collect()
    }

    /// The functions that failed, the oldest first.
    #[must_use]
    pub fn failures(&self) -> Vec<Failure> {
        lock(&self.failures).clone()
    }

    /// Shows a function's event to whoever looks on.
    pub(crate) fn invoked(&self, function: &str, event: &Value) {
        (self.watch)(&Passage::Invoked { function, event });
    }

    /// Shows a function's answer to whoever looks on.
    pub(crate) fn answered(&self, function: &str, answer: &[u8]) {
        (self.watch)(&Passage::Answered { function, answer });
    }
}
