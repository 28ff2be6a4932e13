//! What a test asks a function directly, and how it looks at what came of it.

use std::collections::{BTreeMap, BTreeSet};

use functions::InvokeError;
use handover_engine::items;
use handover_engine::ports::Clock;
use handover_engine::records::{Item, Key};
use serde_json::Value;

use crate::document;
use crate::envelopes;
use crate::gate::{Then, drive};
use crate::gated::Gated;
use crate::script::{Script, at};
use crate::world::{World, told_in};

impl World {
    /// A world in which a migration waits for the customer of a WABA named at creation.
    #[must_use]
    pub fn waiting_for_the_customer() -> Self {
        let mut script = Script::with_the_waba_named();
        script.acts.truncate(2);
        script.end = at("2026-04-21T09:30:00Z");
        let world = Self::played(&script);
        world.clock.set(script.end);
        world
    }

    /// Invokes a function with these bytes; what it changed and said waits for the next [`World::play`].
    ///
    /// # Errors
    ///
    /// As [`functions::invoke`].
    pub fn ask(&self, function: &'static str, payload: &[u8]) -> Result<Value, InvokeError> {
        let ports = Gated::new(self, function);
        let run = functions::invoke(&ports, function, payload);
        let answer = drive(function, run, &ports.gate, |_| Then::Goes).expect("nothing was cut")?;
        self.deliver_on();
        let answer = serde_json::from_slice(&answer).expect("an answer is JSON");
        if let Ok(request) = serde_json::from_slice(payload) {
            document::hold(&request, &answer);
        }
        Ok(answer)
    }

    /// Sends a request to a function that dies at its so-manieth gate; the answer, if it has fewer.
    pub fn request_dying_at(
        &self,
        function: &'static str,
        request: &Value,
        gate: usize,
    ) -> Option<(u64, Value)> {
        let ports = Gated::new(self, function);
        let payload = request.to_string();
        let run = functions::invoke(&ports, function, payload.as_bytes());
        let mut here = 0;
        let answer = drive(function, run, &ports.gate, |_| {
            here += 1;
            if here > gate { Then::Crashes } else { Then::Goes }
        });
        self.deliver_on();
        let answer: Value = serde_json::from_slice(&answer?.expect("an answer")).expect("JSON");
        Some(told_in(&answer))
    }

    /// Sends a request to a function, and lets something happen while it stands at its so-manieth gate.
    pub fn function_while(
        &self,
        function: &'static str,
        request: &Value,
        gate: usize,
        happens: impl Fn(),
    ) -> (u64, Value) {
        let ports = Gated::new(self, function);
        let payload = request.to_string();
        let run = functions::invoke(&ports, function, payload.as_bytes());
        let mut here = 0;
        let answer = drive(function, run, &ports.gate, |_| {
            if here == gate {
                happens();
            }
            here += 1;
            Then::Goes
        });
        self.deliver_on();
        let answer = answer.expect("nobody died").expect("an answer");
        told_in(&serde_json::from_slice(&answer).expect("JSON"))
    }

    /// Sends a request as API Gateway does, and returns status and body of the answer.
    pub fn request(&self, function: &'static str, request: &Value) -> (u64, Value) {
        let answer = self.ask(function, request.to_string().as_bytes()).expect("an answer");
        told_in(&answer)
    }

    /// Posts a signup.
    pub fn post_signup(&self, body: &Value) -> (u64, Value) {
        self.request("signup", &envelopes::post("/signup", body))
    }

    /// The customer goes through the partner's own signup, and the partner exchanges the code for this token.
    #[must_use]
    pub fn exchanged_by_the_partner(&self, place: usize) -> String {
        let (now, waba) = (self.clock.now(), self.waba(place));
        let mut simulator = self.simulator();
        let signup = simulator.customer_signs_up(now, &waba).expect("a signup");
        let before: BTreeSet<String> = simulator.world().tokens.keys().cloned().collect();
        let (app, secret) = (simulator.world().app.id.clone(), simulator.world().app.secret.clone());
        let target =
            format!("/v25.0/oauth/access_token?client_id={app}&client_secret={secret}&code={}", signup.code);
        let request =
            graph_simulator::Request { method: "GET".to_owned(), target, headers: vec![], body: vec![] };
        simulator.answer(now, &request);
        let new = simulator.world().tokens.keys().find(|token| !before.contains(*token)).cloned();
        new.expect("a token")
    }

    /// The secret of a migration's newest link, by the order of creation.
    #[must_use]
    pub fn link(&self, migration: usize) -> String {
        self.story().migrations.get(migration).map(|(_, link)| link.clone()).unwrap_or_default()
    }

    /// Makes a new link for a migration: the operator's way on after a lost code.
    pub fn renew_link(&self, migration: usize) {
        let told = self.operator_asks(migration, "new-link", &Value::Null);
        assert_eq!(told.expect("an answer").0, 201);
    }

    /// A WABA's id, by its place in the world as it began.
    #[must_use]
    pub fn waba(&self, place: usize) -> String {
        self.simulator().world().waba_of_the_start(place).cloned().expect("a WABA")
    }

    /// The history of a migration by the order of creation, oldest first.
    #[must_use]
    pub fn history(&self, migration: usize) -> Vec<Item> {
        let id = self.migrations()[migration];
        let (first, last) = (items::history(id, 0), items::history(id, 99_999_999));
        self.records.items().range(first..=last).map(|(_, entry)| entry.clone()).collect()
    }

    /// What is stored and what was said: equal before and after where nothing was done.
    #[must_use]
    pub fn everything(&self) -> (BTreeMap<Key, Item>, usize, usize) {
        (self.records.items(), self.events().len(), self.simulator().calls().len())
    }
}
