//! The world of a simulation: the record, Meta, the clock, and the queue of deliveries.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use graph_simulator::{Simulator, World as MetasWorld};
use handover_domain::calendar::MonthEdge;
use handover_domain::ids::MigrationId;
use handover_domain::state::State;

use handover_engine::items;
use handover_engine::memory::{CountingIds, MemoryBus, MemoryVault, SetClock};
use handover_engine::memory_records::MemoryRecords;
use handover_engine::ports::{Clock, Event};
use handover_engine::records::{Expectation, Item, Key, Write};
use handover_engine::settings::{Register, Settings};
use handover_engine::writes::{self, Happened};
use handover_graph::secret::Token;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::envelopes;
use crate::gate::{Point, Side, Then, drive};
use crate::gated::Gated;
use crate::quiet;
use crate::script::{Act, Script};

/// Where a run is cut, how, and what happens meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// The gate, counted over the whole story.
    pub at: usize,
    /// Whether the function dies there or goes on afterwards.
    pub dies: bool,
    /// What happens in between.
    pub meanwhile: Meanwhile,
}

/// What happens while a function stands at a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meanwhile {
    /// Nothing.
    Nothing,
    /// The same delivery arrives a second time.
    SameDelivery,
    /// A webhook wakes every migration.
    Webhook,
    /// Every customer signs up, or signs up again, and everything that follows from it runs.
    Signups,
    /// Everything else that is due runs.
    TheRest,
    /// The lease ends, and the sweep hands the turn to another worker.
    LeaseEnds,
    /// The lease ends, and another worker takes the turn and dies with it.
    AnotherClaimsAndDies,
}

/// One delivery to a function.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) function: &'static str,
    pub(crate) payload: Value,
}

/// The world.
pub struct World {
    /// The record.
    pub records: MemoryRecords,
    /// The bus.
    pub bus: MemoryBus,
    /// The vault.
    pub vault: MemoryVault,
    /// The clock.
    pub clock: SetClock,
    /// New ids.
    pub ids: CountingIds,
    /// The deployment's settings.
    pub settings: Settings,
    /// Meta.
    pub simulator: Mutex<Simulator>,
    /// What a careless store forgets, if it is one.
    pub forgets: Option<fn(&Write, &Expectation) -> bool>,
    /// Where each step dies the first time it comes there, if it does.
    pub dies_once_at: Option<fn(&Point) -> bool>,
    story: Mutex<Story>,
}

/// What has happened so far.
#[derive(Debug, Default)]
pub(crate) struct Story {
    pub(crate) queue: VecDeque<Delivery>,
    pub(crate) cut: Option<Cut>,
    pub(crate) gates: usize,
    pub(crate) points: Vec<Point>,
    pub(crate) died: BTreeSet<String>,
    pub(crate) was_cut_at: Option<Point>,
    pub(crate) violations: BTreeSet<&'static str>,
    pub(crate) events: Vec<(Timestamp, Event)>,
    pub(crate) failures: Vec<String>,
    /// Migrations in the order of creation, with their link.
    pub(crate) migrations: Vec<(MigrationId, String)>,
    pub(crate) remembered: BTreeMap<Key, Item>,
    pub(crate) answers: Vec<(u64, Value)>,
}

impl World {
    /// A world at the beginning of a script.
    #[must_use]
    pub fn new(script: &Script) -> Self {
        let mut spec = script.world.clone();
        spec.settings.require_proof = true;
        let meta = MetasWorld::from_spec(&spec);
        let app_secret: secrecy::SecretString = meta.app.secret.clone().into();
        let system_token = meta.tokens.keys().find(|text| text.contains("system")).expect("a system token");
        let first = |keys: Vec<&String>| keys.first().map(ToString::to_string).expect("one");
        let settings = Settings {
            app: meta.app.id.parse().expect("an id"),
            business: meta.partner_id.parse().expect("an id"),
            system_user: first(meta.system_users.keys().collect()).parse().expect("an id"),
            credit_line: first(meta.credit_lines.keys().collect()).parse().expect("an id"),
            month_edge: MonthEdge::Unknown,
            late_share: script.late_share,
            register: Register::WhenNeeded,
            signup_page: "https://partner.example/signup".to_owned(),
            function_timeout: SignedDuration::from_secs(60),
        };
        let vault = MemoryVault::new(Token::new(system_token.clone().into(), &app_secret), app_secret);
        let mut simulator = Simulator::new(meta).expect("a world");
        for fault in &script.faults {
            simulator.plan_fault(fault.clone());
        }
        Self {
            records: MemoryRecords::default(),
            bus: MemoryBus::default(),
            vault,
            clock: SetClock::new(script.start),
            ids: CountingIds::default(),
            settings,
            simulator: Mutex::new(simulator),
            forgets: None,
            dies_once_at: None,
            story: Mutex::new(Story::default()),
        }
    }

    /// Meta.
    pub fn simulator(&self) -> MutexGuard<'_, Simulator> {
        self.simulator.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn story(&self) -> MutexGuard<'_, Story> {
        self.story.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Cuts the story there.
    pub fn cut(&self, cut: Cut) {
        self.story().cut = Some(cut);
    }

    /// Something happened that may never happen.
    pub fn violated(&self, invariant: &'static str) {
        self.story().violations.insert(invariant);
    }

    /// What happened that may never happen, by the names of the invariants.
    #[must_use]
    pub fn violations(&self) -> BTreeSet<&'static str> {
        self.story().violations.clone()
    }

    /// The places at which functions stood, in order.
    #[must_use]
    pub fn points(&self) -> Vec<Point> {
        self.story().points.clone()
    }

    /// Where the story was cut.
    #[must_use]
    pub fn was_cut_at(&self) -> Option<Point> {
        self.story().was_cut_at.clone()
    }

    /// Every event that was on the bus, and when.
    #[must_use]
    pub fn events(&self) -> Vec<(Timestamp, Event)> {
        self.story().events.clone()
    }

    /// What functions failed with.
    #[must_use]
    pub fn failures(&self) -> Vec<String> {
        self.story().failures.clone()
    }

    /// The answers over HTTP: status and body.
    #[must_use]
    pub fn answers(&self) -> Vec<(u64, Value)> {
        self.story().answers.clone()
    }

    /// The migrations in the order of their creation.
    #[must_use]
    pub fn migrations(&self) -> Vec<MigrationId> {
        self.story().migrations.iter().map(|(migration, _)| *migration).collect()
    }

    /// Every STATE, in the order of creation.
    #[must_use]
    pub fn states(&self) -> Vec<State> {
        let items = self.records.items();
        let state = |migration: MigrationId| items.get(&items::state(migration)).cloned();
        let read = |item: Item| serde_json::from_value(Value::Object(item)).expect("a STATE");
        self.migrations().into_iter().filter_map(state).map(read).collect()
    }

    /// Plays a script to its end.
    pub fn play(&self, script: &Script) {
        let mut acts: VecDeque<(Timestamp, Act)> = script.acts.iter().cloned().collect();
        let more = RefCell::new(Vec::new());
        let mut swept_at = script.start;
        loop {
            while acts.front().is_some_and(|(at, _)| *at <= self.clock.now()) {
                if let Some((_, act)) = acts.pop_front() {
                    self.act(&act, &more);
                }
                self.run_queue();
            }
            acts.extend(more.borrow_mut().drain(..));
            acts.make_contiguous().sort_by_key(|(at, _)| *at);
            self.run_queue();
            quiet::check(self);
            let next_act = acts.front().map(|(at, _)| *at);
            let swap = self.simulator().next_event_at();
            let sweep =
                self.next_turn().map(|due| on_the_minute(due).max(swept_at + SignedDuration::from_mins(1)));
            let Some(next) = [next_act, swap, sweep].into_iter().flatten().min() else { break };
            if next > script.end {
                break;
            }
            self.move_to(next.max(self.clock.now()));
            if sweep.is_some_and(|sweep| sweep <= next) {
                swept_at = next;
                self.sweep();
                self.run_queue();
            }
        }
        quiet::check_end(self);
    }

    fn move_to(&self, next: Timestamp) {
        self.clock.set(next);
        self.simulator().advance(next);
    }

    /// When the next turn can be taken: due, and nobody's.
    fn next_turn(&self) -> Option<Timestamp> {
        self.states()
            .iter()
            .filter_map(|state| Some(state.due_at?.max(state.lease_until.unwrap_or(Timestamp::MIN))))
            .min()
    }

    fn sweep(&self) {
        let tick = envelopes::tick(self.clock.now());
        self.deliver(&Delivery { function: "sweep-due", payload: tick }, true);
    }

    /// Runs deliveries until there are none.
    fn run_queue(&self) {
        loop {
            let delivery = self.story().queue.pop_front();
            let Some(delivery) = delivery else { return };
            self.deliver(&delivery, true);
        }
    }

    /// Runs one function; what it changed and said is delivered on.
    pub(crate) fn deliver(&self, delivery: &Delivery, may_be_cut: bool) -> Option<Value> {
        let ports = Gated::new(self);
        let payload = delivery.payload.to_string();
        let run = functions::invoke(&ports, delivery.function, payload.as_bytes());
        let answer = drive(delivery.function, run, &ports.gate, |point| {
            if may_be_cut { self.at_a_gate(point, delivery) } else { Then::Goes }
        });
        self.deliver_on();
        match answer? {
            Ok(answer) => serde_json::from_slice(&answer).ok(),
            Err(error) => {
                let chain =
                    std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
                let text: Vec<String> = chain.map(ToString::to_string).collect();
                self.story().failures.push(text.join(": "));
                None
            }
        }
    }

    fn at_a_gate(&self, point: Point, delivery: &Delivery) -> Then {
        let cut = {
            let mut story = self.story();
            let here = story.gates;
            story.gates += 1;
            story.points.push(point.clone());
            match story.cut {
                Some(cut) if cut.at == here => {
                    story.cut = None;
                    story.was_cut_at = Some(point.clone());
                    Some(cut)
                }
                _ => None,
            }
        };
        if self.dies_once_at.is_some_and(|place| place(&point))
            && self.story().died.insert(point.function.clone())
        {
            return Then::Crashes;
        }
        let Some(cut) = cut else { return Then::Goes };
        self.meanwhile(cut.meanwhile, delivery);
        if cut.dies { Then::Crashes } else { Then::Goes }
    }

    fn meanwhile(&self, what: Meanwhile, delivery: &Delivery) {
        match what {
            Meanwhile::Nothing => {}
            Meanwhile::SameDelivery => {
                self.deliver(delivery, false);
            }
            Meanwhile::Webhook => self.wake_all(),
            Meanwhile::Signups => {
                self.sign_everybody_up();
                self.run_the_rest();
            }
            Meanwhile::TheRest => self.run_the_rest(),
            Meanwhile::LeaseEnds => {
                self.move_to(self.clock.now() + SignedDuration::from_mins(3));
                self.run_the_rest();
            }
            Meanwhile::AnotherClaimsAndDies => {
                self.move_to(self.clock.now() + SignedDuration::from_mins(3));
                self.deliver_until(delivery, |point| {
                    point.call == "write STATE" && point.side == Side::After
                });
            }
        }
    }

    /// Runs one function until it comes to such a place, and lets it die there.
    fn deliver_until(&self, delivery: &Delivery, place: impl Fn(&Point) -> bool) {
        let ports = Gated::new(self);
        let payload = delivery.payload.to_string();
        let run = functions::invoke(&ports, delivery.function, payload.as_bytes());
        drive(
            delivery.function,
            run,
            &ports.gate,
            |point| if place(&point) { Then::Crashes } else { Then::Goes },
        );
        self.deliver_on();
    }

    /// A webhook's wake of every migration, as the webhook function will write it.
    fn wake_all(&self) {
        for migration in self.migrations() {
            let wake = writes::wake(migration, self.clock.now(), Some(Happened::PartnerAdded));
            now(handover_engine::records::Records::write(&self.records, &wake)).expect("memory answers");
        }
        self.deliver_on();
    }

    fn sign_everybody_up(&self) {
        let migrations = self.story().migrations.clone();
        let wabas: Vec<String> = self.simulator().world().wabas.keys().cloned().collect();
        for ((_, link), waba) in migrations.iter().zip(&wabas) {
            let at = self.clock.now();
            let signup = self.simulator().customer_signs_up(at, waba);
            if let Ok(signup) = signup {
                let body = json!({ "state": link, "code": signup.code, "waba_id": waba });
                let payload = envelopes::post("/signup", &body);
                self.deliver(&Delivery { function: "signup", payload }, false);
            }
        }
    }

    fn run_the_rest(&self) {
        let tick = envelopes::tick(self.clock.now());
        self.deliver(&Delivery { function: "sweep-due", payload: tick }, false);
        loop {
            let delivery = self.story().queue.pop_front();
            let Some(delivery) = delivery else { return };
            self.deliver(&delivery, false);
        }
    }

    /// The stream brings changes of STATE without a lease, the bus brings turns that are due.
    fn deliver_on(&self) {
        let mut changes = self.records.take_stream();
        changes.retain(|changed| {
            let unclaimed = changed.new.as_ref().is_some_and(|item| !item.contains_key("lease_until"));
            changed.key.sort == "STATE" && unclaimed
        });
        let now = self.clock.now();
        let mut story = self.story();
        if !changes.is_empty() {
            let payload = envelopes::from_the_stream(&changes);
            story.queue.push_back(Delivery { function: "publish-events", payload });
        }
        for event in self.bus.take() {
            if event.detail_type == "StepDue" {
                let step = event.detail.get("step").and_then(Value::as_str).unwrap_or_default();
                let function = functions::NAMES.into_iter().find(|name| *name == step).expect("a function");
                let payload = envelopes::from_the_bus(&event, now);
                story.queue.push_back(Delivery { function, payload });
            }
            story.events.push((now, event));
        }
    }

    /// How often Meta was asked to share.
    #[must_use]
    pub fn share_posts(&self) -> Vec<Timestamp> {
        let simulator = self.simulator();
        let shares = simulator
            .calls()
            .iter()
            .filter(|call| call.endpoint.as_str().ends_with("credit_sharing_and_attach"));
        shares.map(|call| call.at).collect()
    }

    /// How often a person was asked for: entries of the history with that status.
    #[must_use]
    pub fn persons(&self) -> usize {
        let items = self.records.items();
        let entries = items.iter().filter(|(key, _)| key.sort.starts_with("H#"));
        entries.filter(|(_, entry)| entry.get("status") == Some(&json!("person"))).count()
    }

    /// When `CustomerUnblocked` was first on the bus.
    #[must_use]
    pub fn unblocked_at(&self) -> Option<Timestamp> {
        let events = self.events();
        events.iter().find(|(_, event)| event.detail_type == "CustomerUnblocked").map(|(at, _)| *at)
    }
}

pub(crate) fn body_of(answer: &Value) -> Value {
    serde_json::from_str(answer["body"].as_str().unwrap_or("null")).expect("JSON")
}

fn on_the_minute(moment: Timestamp) -> Timestamp {
    let seconds = moment.as_millisecond().div_euclid(60_000) * 60_000;
    let floor = Timestamp::from_millisecond(seconds).expect("a moment");
    if floor < moment { floor + SignedDuration::from_mins(1) } else { floor }
}

/// Runs what waits for nothing.
pub fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(answer) => answer,
        std::task::Poll::Pending => panic!("it waits"),
    }
}
