//! The world of a simulation: the record, Meta, the clock, and the queue of deliveries.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use graph_simulator::{PlannedFault, Simulator, World as MetasWorld};
use handover_domain::calendar::MonthEdge;
use handover_engine::memory::{CountingIds, MemoryBus, MemoryVault, SetClock};
use handover_engine::memory_records::MemoryRecords;
use handover_engine::ports::{Clock, WebhookSecrets};
use handover_engine::settings::{CreditLines, Register, Settings};
use handover_graph::secret::Token;
use handover_graph::transport::{GraphResponse, GraphVersion};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::careless::Careless;
use crate::deliveries::Gone;
use crate::document;
use crate::envelopes;
use crate::fault::{Call, Fault, Plan, Planned};
use crate::gate::{Point, Side, Then, drive};
use crate::gated::Gated;
use crate::invariants;
use crate::meanwhile::Cut;
use crate::mirror::Mirror;
use crate::random::Strikes;
use crate::schedules::Schedules;
use crate::script::Script;
use crate::story::Story;

/// Of what happens while a function stands at a call, so many may be one within the other; then no draw adds another.
const MOST_NESTED: usize = 4;

/// One delivery to a function.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) function: &'static str,
    pub(crate) payload: String,
    /// The migration whose turn it is, where a step is to run.
    pub(crate) turn_of: Option<String>,
}

impl Delivery {
    pub(crate) fn new(function: &'static str, payload: &Value) -> Self {
        Self { function, payload: payload.to_string(), turn_of: None }
    }
}

/// The world.
pub struct World {
    /// The record.
    pub records: MemoryRecords,
    /// A second store that every call of the record is made to as well, if there is one.
    pub mirror: Option<Box<dyn Mirror>>,
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
    /// The same, once the tables were restored.
    pub restored: OnceLock<Settings>,
    /// Meta.
    pub simulator: Mutex<Simulator>,
    /// What is broken, if the engine is.
    pub careless: Careless,
    /// Where each step dies the first time it comes there, if it does.
    pub dies_once_at: Option<fn(&Point) -> bool>,
    /// Where each step dies whenever it comes there, if it does.
    pub dies_at: Option<fn(&Point) -> bool>,
    /// Which schedules fire.
    pub schedules: Schedules,
    /// What is planned to go wrong at Meta.
    pub metas_faults: Vec<PlannedFault>,
    /// The longest page that the record gives.
    pub longest_page: u16,
    /// What Meta answers instead of what it would, by the number of the call; the call has its effect.
    pub answers_instead: Mutex<BTreeMap<usize, Vec<u8>>>,
    story: Mutex<Story>,
}

impl Clone for World {
    /// The same world, which goes on by itself.
    ///
    /// # Panics
    ///
    /// If it has a second store: that one cannot be had twice.
    fn clone(&self) -> Self {
        assert!(self.mirror.is_none(), "a world with a second store cannot be copied");
        let instead = self.answers_instead.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Self {
            records: self.records.clone(),
            mirror: None,
            bus: self.bus.clone(),
            vault: self.vault.clone(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            settings: self.settings.clone(),
            restored: self.restored.clone(),
            simulator: Mutex::new(self.simulator().clone()),
            careless: self.careless,
            dies_once_at: self.dies_once_at,
            dies_at: self.dies_at,
            schedules: self.schedules,
            metas_faults: self.metas_faults.clone(),
            longest_page: self.longest_page,
            answers_instead: Mutex::new(instead),
            story: Mutex::new(self.story().clone()),
        }
    }
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
            credit_lines: if script.tech_provider {
                CreditLines::none()
            } else {
                CreditLines::one(first(meta.credit_lines.keys().collect()).parse().expect("an id"))
            },
            month_edge: MonthEdge::Unknown,
            late_share: script.late_share,
            register: Register::WhenNeeded,
            ownership_transfer: script.ownership_transfer,
            shares_per_day: script.shares_per_day,
            share_method: script.share_method,
            approval: script.approval,
            scope_prefix: envelopes::SCOPE_PREFIX.to_owned(),
            signup_page: "https://partner.example/signup".to_owned(),
            function_timeout: SignedDuration::from_secs(60),
            graph_version: GraphVersion::default(),
            restored_at: None,
        };
        let token = Token::new(system_token.clone().into(), &app_secret);
        let former_app_secret = Some("the-secret-before-it".into());
        let verify_token = "what-meta-was-told".into();
        let vault = MemoryVault::new(token, WebhookSecrets { verify_token, app_secret, former_app_secret });
        let mut simulator = Simulator::new(meta).expect("a world");
        for fault in &script.faults {
            simulator.plan_fault(fault.clone());
        }
        Self {
            records: MemoryRecords::default(),
            mirror: None,
            bus: MemoryBus::default(),
            vault,
            clock: SetClock::new(script.start),
            ids: CountingIds::default(),
            settings,
            restored: OnceLock::new(),
            simulator: Mutex::new(simulator),
            careless: Careless::default(),
            dies_at: None,
            dies_once_at: None,
            schedules: script.schedules,
            metas_faults: script.faults.clone(),
            longest_page: script.longest_page.unwrap_or(u16::MAX),
            answers_instead: Mutex::default(),
            story: Mutex::new(Story::default()),
        }
    }

    /// Meta.
    pub fn simulator(&self) -> MutexGuard<'_, Simulator> {
        self.simulator.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer as it comes to whoever has asked.
    pub(crate) fn heard(&self, mut response: GraphResponse) -> GraphResponse {
        let number = self.simulator().calls().len();
        let instead = self.answers_instead.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
        if let Some(body) = instead {
            response.body = body;
        }
        response
    }

    pub(crate) fn story(&self) -> MutexGuard<'_, Story> {
        self.story.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets these faults strike.
    pub fn plan(&self, plan: &Plan) {
        self.story().plan = plan.clone();
    }

    /// Lets faults strike by a draw.
    pub fn draw(&self, strikes: Strikes) {
        self.story().strikes = Some(strikes);
    }

    /// Cuts the story there.
    pub fn cut(&self, cut: Cut) {
        self.story().cut = Some(cut);
    }

    /// Lets what was changed by hand be told, as the stream would.
    pub fn deliver_now(&self) {
        self.deliver_on();
        self.run_queue(true);
    }

    pub(crate) fn move_to(&self, next: Timestamp) {
        self.clock.set(next);
        self.simulator().advance(next);
    }

    /// Runs one function; what it changed and said is delivered on.
    pub(crate) fn deliver(&self, delivery: &Delivery, may_be_cut: bool) -> Option<Value> {
        let ports = Gated::of(self, delivery);
        let run = functions::invoke(&ports, delivery.function, delivery.payload.as_bytes());
        let (mut is_first, mut planned) = (true, None);
        let answer = drive(delivery.function, run, &ports.gate, |point| {
            if !may_be_cut {
                return Then::Goes;
            }
            if point.side == Side::Before {
                planned = self.a_call_begins(&point, is_first);
                is_first = false;
            }
            match self.is_cut(&point, delivery) {
                Then::Goes => self.goes_as_planned(&point, planned, delivery),
                then => then,
            }
        });
        self.deliver_on();
        self.may_be_rewound();
        self.may_be_kept();
        invariants::check(self);
        match answer? {
            Ok(answer) => {
                let answer = serde_json::from_slice(&answer).ok()?;
                if functions::EDGE.contains(&delivery.function) {
                    document::hold(&serde_json::from_str(&delivery.payload).expect("JSON"), &answer);
                    self.story().told.push(answer.to_string());
                }
                Some(answer)
            }
            Err(error) => {
                let chain =
                    std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
                let text: Vec<String> = chain.map(ToString::to_string).collect();
                self.story().failures.push(text.join(": "));
                None
            }
        }
    }

    /// Counts a call, and says what is to go wrong with it: by the plan, or by a draw.
    fn a_call_begins(&self, point: &Point, is_first: bool) -> Option<Planned> {
        let now = self.clock.now();
        let is_metas = point.call.starts_with("graph ");
        if self.is_gone(Gone::Region) || (is_metas && self.is_gone(Gone::Meta)) {
            let mut story = self.story();
            let call = Call::at(point, is_first, now, story.trace.finish());
            story.calls.push(call);
            return Some(Planned { call: story.calls.len() - 1, fault: Fault::Fail });
        }
        let mut story = self.story();
        let call = Call::at(point, is_first, now, story.trace.finish());
        let number = story.calls.len();
        let is_deep = story.nested >= MOST_NESTED;
        let by_draw = story.strikes.as_mut().and_then(|strikes| strikes.draw(&call, now));
        let by_draw = by_draw.filter(|fault| !is_deep || fault.meanwhile().is_none());
        let fault = story.plan.at(number).or(by_draw);
        if let Some(fault) = fault {
            story.hits.of_a_fault(fault, &call);
        }
        story.calls.push(call);
        fault.map(|fault| Planned { call: number, fault })
    }

    fn goes_as_planned(&self, point: &Point, planned: Option<Planned>, delivery: &Delivery) -> Then {
        let strikes = planned.filter(|planned| planned.fault.side() == point.side);
        let then = strikes.map_or(Then::Goes, |planned| planned.fault.then());
        let now = self.clock.now();
        {
            let mut story = self.story();
            (&point.function, &point.call, point.side, then, now).hash(&mut story.trace);
            if let Some(planned) = strikes {
                story.struck.push(planned);
                story.unrest_at = Some(now);
            }
        }
        if let Some(meanwhile) = strikes.and_then(|planned| planned.fault.meanwhile()) {
            self.story().nested += 1;
            self.meanwhile(meanwhile, delivery);
            let mut story = self.story();
            story.nested -= 1;
            story.unrest_at = Some(self.clock.now());
        }
        then
    }

    fn is_cut(&self, point: &Point, delivery: &Delivery) -> Then {
        let cut = {
            let mut story = self.story();
            let here = story.gates;
            story.gates += 1;
            match story.cut {
                Some(cut) if cut.at == here => {
                    story.cut = None;
                    story.was_cut_at = Some(point.clone());
                    Some(cut)
                }
                _ => None,
            }
        };
        let dies_again = self.dies_at.is_some_and(|place| place(point));
        let dies_once = !dies_again
            && self.dies_once_at.is_some_and(|place| place(point))
            && self.story().died.insert(point.function);
        if let Some(cut) = cut {
            self.meanwhile(cut.meanwhile, delivery);
        }
        if dies_once || cut.is_some() {
            // What is to come to rest has its time from here on. Who dies every time does so by nature, and is no new fault.
            self.story().unrest_at = Some(self.clock.now());
        }
        let dies = dies_again || dies_once || cut.is_some_and(|cut| cut.dies);
        if dies { Then::Crashes } else { Then::Goes }
    }

    /// The stream brings changes of STATE without a lease, the bus brings turns that are due.
    pub(crate) fn deliver_on(&self) {
        let mut changes = self.records.take_stream();
        changes.retain(|changed| {
            let unclaimed = changed.new.as_ref().is_some_and(|item| !item.contains_key("lease_until"));
            changed.key.sort == "STATE" && unclaimed
        });
        let now = self.clock.now();
        if !changes.is_empty() {
            let payload = envelopes::from_the_stream(&changes);
            self.send(Delivery { function: "publish-events", payload, turn_of: None });
        }
        for event in self.bus.take() {
            if event.detail_type == "StepDue" {
                let step = event.detail.get("step").and_then(Value::as_str).unwrap_or_default();
                let function = functions::names().find(|name| *name == step).expect("a function");
                let turn_of = event.detail.get("migration").and_then(Value::as_str).map(str::to_owned);
                let delivery = Delivery::new(function, &envelopes::from_the_bus(&event, now));
                self.send(Delivery { turn_of, ..delivery });
            }
            self.story().events.push((now, event));
        }
    }
}

/// The status and the body of an answer over HTTP.
pub(crate) fn told_in(answer: &Value) -> (u64, Value) {
    (answer["statusCode"].as_u64().expect("a status"), body_of(answer))
}

pub(crate) fn body_of(answer: &Value) -> Value {
    serde_json::from_str(answer["body"].as_str().unwrap_or("null")).expect("JSON")
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
