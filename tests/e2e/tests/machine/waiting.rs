//! A machine with a migration at the moment at which its customer is waited for.

use handover_domain::scope::Scope;
use handover_engine::records::{Item, Order, Table};
use handover_local::clock::MachineClock;
use handover_local::gateway::{Answer, Request};
use handover_local::machine::{Choices, Machine, Setup};
use serde_json::{Value, json};

pub(crate) const WABA: &str = "486585971195941";

/// A machine with one migration that waits for its customer.
pub(crate) struct Waiting {
    pub(crate) machine: Machine,
    pub(crate) clock: MachineClock,
    pub(crate) migration: String,
    pub(crate) state: String,
}

/// What a request could have written: STATE, how often the table changed, and the journal.
pub(crate) type Written = (Vec<u8>, u64, Vec<Item>);

impl Waiting {
    pub(crate) async fn for_its_customer() -> Self {
        Self::on(Setup { choices: Choices::default(), ..e2e::example() }).await
    }

    /// On a machine of one's own.
    pub(crate) async fn on(setup: Setup) -> Self {
        let clock = MachineClock::standing(e2e::MOMENT.parse().unwrap());
        let machine = Machine::start(Setup { clock: clock.clone(), ..setup });
        let mut waiting =
            Self { machine: machine.await.unwrap(), clock, migration: String::new(), state: String::new() };
        let (status, created) = waiting.post("/migrations", &json!({"flow": "partner-switch"})).await;
        assert_eq!(status, 201, "{created}");
        waiting.migration = created["migration"].as_str().unwrap().to_owned();
        waiting.state = created["state"].as_str().unwrap().to_owned();
        waiting.machine.run_due().await;
        waiting
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: &[u8]) -> Answer {
        let token = self.machine.authorization(None, Scope::ALL).unwrap();
        let headers = [("content-type".to_owned(), "application/json".to_owned()), token];
        let request = Request { method, path, query: "", headers: &headers, body, source_ip: "192.0.2.1" };
        self.machine.request(&request).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.post_text(path, &body.to_string()).await
    }

    pub(crate) async fn post_text(&self, path: &str, body: &str) -> (u16, Value) {
        let answer = self.send("POST", path, body.as_bytes()).await;
        (answer.status, serde_json::from_slice(&answer.body).unwrap())
    }

    /// A signup as the page sends it, with some of its fields replaced.
    pub(crate) fn signup(&self, code: &str, changed: &Value) -> Value {
        let mut body = json!({"state": self.state, "code": code, "waba_id": WABA});
        body.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
        body
    }

    pub(crate) fn new_code(&self) -> String {
        let now = handover_engine::ports::Clock::now(&self.clock);
        self.machine.simulator().customer_signs_up(now, WABA).unwrap().code
    }

    pub(crate) async fn written(&self) -> Written {
        let state = self.send("GET", &format!("/migrations/{}", self.migration), b"").await;
        assert_eq!(state.status, 200);
        let journal = Order::Table(Table::Journal);
        let journal = self.machine.read_all(journal, &format!("M#{}", self.migration), "N#").await.unwrap();
        (state.body, self.machine.wires().changes(), journal)
    }
}
