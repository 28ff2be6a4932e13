//! A signup whose vault, record or Meta fails it: the code is kept where it can be, and what the customer's
//! page is told is true.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

use std::cell::Cell;
use std::sync::Mutex;

use graph_simulator::{Endpoint, Fault, PlannedFault};
use handover_domain::moment::after;
use handover_engine::memory::{CountingIds, MemoryBus, SetClock};
use handover_engine::ports::{Clock, Ports, Purpose, Sealed, Vault, VaultError, WebhookSecrets};
use handover_engine::records::{
    Item, Key, Page, Query, Records, RecordsError, Scan, Write, Written, WrittenTogether,
};
use handover_engine::settings::Settings;
use handover_graph::secret::Token;
use handover_graph::transport::{GraphRequest, GraphResponse, Transport, TransportError};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::{Value, json};
use simulation::envelopes;
use simulation::script::{Script, at};
use simulation::transport;
use simulation::world::{World, now};

/// What fails a signup, one thing at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    /// The vault cannot hand out the app's secret.
    VaultIsBusy,
    /// The vault cannot seal the token.
    VaultCannotSeal,
    /// The answer to the taking of the link is lost; it was stored or not.
    TakingIsLost { stored: bool },
    /// The answer to the transaction is lost; it was stored or not.
    TransactionIsLost { stored: bool },
    /// Each call of Meta's takes so long, or ends at its deadline.
    MetaTakes(SignedDuration),
    /// Nothing.
    Nothing,
}

/// A world's ports in such a need.
struct Needy<'a> {
    world: &'a World,
    need: Need,
    deadlines: Mutex<Vec<Timestamp>>,
}

impl Ports for Needy<'_> {
    type Records = Self;
    type Bus = MemoryBus;
    type Vault = Self;
    type Graph = Self;
    type Clock = SetClock;
    type Ids = CountingIds;

    fn records(&self) -> &Self {
        self
    }
    fn bus(&self) -> &MemoryBus {
        &self.world.bus
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

const LOST: RecordsError = RecordsError::Lost { table: "migrations", operation: "a test", source: None };

impl Records for Needy<'_> {
    async fn read(&self, key: &Key) -> Result<Option<Item>, RecordsError> {
        self.world.records.read(key).await
    }
    async fn query(&self, query: &Query) -> Result<Page, RecordsError> {
        self.world.records.query(query).await
    }
    async fn scan(&self, scan: &Scan) -> Result<Page, RecordsError> {
        self.world.records.scan(scan).await
    }
    async fn write(&self, write: &Write) -> Result<Written, RecordsError> {
        match self.need {
            Need::TakingIsLost { stored: false } => Err(LOST),
            Need::TakingIsLost { stored: true } => {
                self.world.records.write(write).await?;
                Err(LOST)
            }
            _ => self.world.records.write(write).await,
        }
    }
    async fn write_together(&self, writes: &[Write]) -> Result<WrittenTogether, RecordsError> {
        match self.need {
            Need::TransactionIsLost { stored: false } => Err(LOST),
            Need::TransactionIsLost { stored: true } => {
                self.world.records.write_together(writes).await?;
                Err(LOST)
            }
            _ => self.world.records.write_together(writes).await,
        }
    }
}

const BUSY: VaultError = VaultError::Unreachable { source: None };

impl Vault for Needy<'_> {
    async fn seal(&self, owner: &str, purpose: Purpose, text: &SecretString) -> Result<Sealed, VaultError> {
        match self.need {
            Need::VaultCannotSeal => Err(BUSY),
            _ => self.world.vault.seal(owner, purpose, text).await,
        }
    }
    async fn open(&self, owner: &str, purpose: Purpose, sealed: &Sealed) -> Result<SecretString, VaultError> {
        self.world.vault.open(owner, purpose, sealed).await
    }
    async fn system_user_token(&self) -> Result<Token, VaultError> {
        self.world.vault.system_user_token().await
    }
    async fn app_secret(&self) -> Result<SecretString, VaultError> {
        match self.need {
            Need::VaultIsBusy => Err(BUSY),
            _ => self.world.vault.app_secret().await,
        }
    }
    async fn webhook_secrets(&self) -> Result<WebhookSecrets, VaultError> {
        self.world.vault.webhook_secrets().await
    }
}

impl Transport for Needy<'_> {
    async fn send(
        &self,
        request: GraphRequest,
        deadline: Timestamp,
    ) -> Result<GraphResponse, TransportError> {
        let begun = self.world.clock.now();
        self.deadlines.lock().expect("one thread").push(deadline);
        let answer = transport::send(&self.world.simulator, &request, begun, deadline);
        let Need::MetaTakes(takes) = self.need else { return answer };
        let ends = after(begun, takes);
        self.world.clock.set(ends.min(deadline).max(begun));
        if ends > deadline && begun < deadline {
            return Err(TransportError::Lost { reason: "no answer in time".into() });
        }
        answer
    }
}

const SIGNED_UP: &str = "2026-04-21T10:00:00Z";

/// A migration whose customer has just signed up, and the request of the signup page.
struct SignedUp {
    world: World,
    request: Value,
    deadlines: Cell<Vec<Timestamp>>,
}

impl SignedUp {
    fn with_faults(faults: impl IntoIterator<Item = PlannedFault>) -> Self {
        let mut script = Script::example().with_faults(faults);
        script.acts.pop();
        script.end = at(SIGNED_UP);
        let world = World::new(&script);
        world.play(&script);
        world.clock.set(script.end);
        let waba = world.waba(0);
        let code = world.simulator().customer_signs_up(script.end, &waba).expect("a signup").code;
        let body = json!({ "state": world.link(0), "code": code, "waba_id": waba });
        Self { world, request: envelopes::post("/signup", &body), deadlines: Cell::default() }
    }

    fn new() -> Self {
        Self::with_faults([])
    }

    /// Posts the signup in a need; the status and the body of the answer.
    fn post(&self, need: Need) -> (u64, Value) {
        let ports = Needy { world: &self.world, need, deadlines: Mutex::default() };
        let answer = now(functions::invoke(&ports, "signup", self.request.to_string().as_bytes()));
        let answer: Value = serde_json::from_slice(&answer.expect("an answer")).expect("JSON");
        self.deadlines.set(ports.deadlines.into_inner().expect("one thread"));
        let body = serde_json::from_str(answer["body"].as_str().expect("a body")).expect("JSON");
        (answer["statusCode"].as_u64().expect("a status"), body)
    }

    /// Waits as long as the answer says, and posts the same again.
    fn post_as_told(&self, told: &Value) -> (u64, Value) {
        let seconds = told["retry_after"].as_i64().expect("when to ask again");
        self.world.clock.set(after(self.world.clock.now(), SignedDuration::from_secs(seconds)));
        self.post(Need::Nothing)
    }

    fn calls(&self) -> usize {
        self.world.simulator().calls().iter().filter(|call| call.at >= at(SIGNED_UP)).count()
    }

    /// The notes beside the history, oldest first.
    fn notes(&self) -> Vec<Item> {
        let items = self.world.records.items();
        items.into_iter().filter(|(key, _)| key.sort.starts_with("N#")).map(|(_, item)| item).collect()
    }
}

fn outcome((status, body): &(u64, Value)) -> (u64, Option<&str>) {
    (*status, body["outcome"].as_str())
}

#[test]
fn a_vault_that_is_too_busy_costs_no_code() {
    let signup = SignedUp::new();
    let (status, told) = signup.post(Need::VaultIsBusy);
    assert_eq!((status, told["retry_after"].as_i64()), (503, Some(5)));
    assert!(told["detail"].as_str().expect("words").contains("nothing was lost"), "{told}");
    assert_eq!(signup.calls(), 0, "the code was not shown to Meta");
    assert_eq!(outcome(&signup.post_as_told(&told)), (200, Some("accepted")));
}

#[test]
fn once_the_link_is_taken_nobody_is_told_that_nothing_was_lost() {
    for need in [
        Need::VaultCannotSeal,
        Need::TakingIsLost { stored: true },
        Need::TransactionIsLost { stored: true },
        Need::TransactionIsLost { stored: false },
    ] {
        let (status, told) = SignedUp::new().post(need);
        assert_eq!(status, 503, "{need:?}");
        let words = told["detail"].as_str().expect("words");
        assert!(!words.contains("nothing was lost"), "{need:?}: {words}");
        assert!(words.contains(&format!("{} seconds", told["retry_after"])), "{need:?}: {words}");
    }
}

#[test]
fn asking_again_when_told_says_what_came_of_the_code() {
    for (need, came_of_it) in [
        (Need::VaultCannotSeal, "lost_code"),
        (Need::TakingIsLost { stored: false }, "accepted"),
        (Need::TransactionIsLost { stored: true }, "accepted"),
        (Need::TransactionIsLost { stored: false }, "lost_code"),
    ] {
        let signup = SignedUp::new();
        let (_, told) = signup.post(need);
        assert_eq!(outcome(&signup.post_as_told(&told)), (200, Some(came_of_it)), "{need:?}");
    }
}

#[test]
fn a_taking_that_was_stored_without_an_answer_is_waited_for_and_ends_as_lost() {
    let signup = SignedUp::new();
    let (_, mut told) = signup.post(Need::TakingIsLost { stored: true });
    for _ in 0..7 {
        let (status, body) = signup.post_as_told(&told);
        if status == 200 {
            assert_eq!(body["outcome"], "lost_code");
            return;
        }
        assert_eq!(status, 409);
        told = body;
    }
    panic!("it never ended: {told}");
}

#[test]
fn every_call_to_meta_ends_within_fifteen_seconds_of_the_taking() {
    for (takes, came_of_it) in [(2, "accepted"), (9, "accepted"), (14, "accepted"), (16, "lost_code")] {
        let signup = SignedUp::new();
        let answer = signup.post(Need::MetaTakes(SignedDuration::from_secs(takes)));
        assert_eq!(outcome(&answer), (200, Some(came_of_it)), "{takes} seconds each");
        let end = after(at(SIGNED_UP), SignedDuration::from_secs(15));
        let deadlines = signup.deadlines.take();
        assert!(!deadlines.is_empty() && deadlines.iter().all(|deadline| *deadline == end), "{deadlines:?}");
        assert!(
            signup.world.clock.now() <= end,
            "{takes} seconds each: ended at {}",
            signup.world.clock.now()
        );
    }
}

#[test]
fn what_meta_said_of_a_lost_code_stands_in_the_note() {
    let endpoint: Endpoint = "GET /oauth/access_token".parse().expect("a call");
    let fault = Fault::GraphError { code: 100, subcode: Some(36_007), status: None, is_transient: false };
    let signup = SignedUp::with_faults([PlannedFault { endpoint, nth: 1, about: None, fault }]);
    assert_eq!(outcome(&signup.post(Need::Nothing)), (200, Some("lost_code")));
    let [note] = signup.notes().try_into().expect("one note");
    let error = &note["error"];
    assert_eq!(
        (&error["call"], &error["code"], &error["subcode"]),
        (&json!("exchange_code"), &json!(100), &json!(36_007))
    );
    assert!(error["fbtrace_id"].as_str().is_some_and(|trace| !trace.is_empty()), "{error}");
    assert!(error["cause"].as_str().expect("words").contains("30 seconds"), "{error}");
    let code = signup.request["body"].as_str().expect("a body");
    let code: Value = serde_json::from_str(code).expect("JSON");
    assert!(!json!(note).to_string().contains(code["code"].as_str().expect("a code")));
}

#[test]
fn a_code_whose_answer_never_came_is_told_apart_from_a_refused_one() {
    let endpoint: Endpoint = "GET /oauth/access_token".parse().expect("a call");
    let fault = Fault::LoseAnswer { applied: true };
    let signup = SignedUp::with_faults([PlannedFault { endpoint, nth: 1, about: None, fault }]);
    assert_eq!(outcome(&signup.post(Need::Nothing)), (200, Some("lost_code")));
    let [note] = signup.notes().try_into().expect("one note");
    assert_eq!(note["error"], json!({ "call": "exchange_code", "cause": "no answer came back from Meta" }));
}
