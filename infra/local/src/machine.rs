//! The machine: the functions, an embedded database, the bus, the schedules and a stand-in for Meta.
//!
//! A function is reached through [`functions::invoke`] and no other way: a request as the gateway's event, a
//! changed item as a batch of its table's stream, an event as the envelope of the bus, a schedule as its
//! firing. So what works here has come the way that it comes on AWS. Two things of AWS's are left out: a
//! function is not stopped at its timeout (the transport ends each call before it), and no two deliveries
//! run at once.

use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use graph_simulator::Simulator;
use handover_domain::operator::Operator;
use handover_domain::scope::Scope;
use handover_engine::ports::{Clock, Ids, Ports};
use handover_engine::records::{Item, Order, Query, Records, RecordsError, Span};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::authorizer::{self, Refused};
use crate::gateway::{self, Answer, Request};
use crate::issuer::{Claims, Issuer, NoRsa};
use crate::ports::MachinePorts;
use crate::queue::Delivery;
use crate::stream;
use crate::wires::Wires;

mod elsewhere;
mod start;

pub use elsewhere::{Answered, Answering, Begin, Deployment, Elsewhere};
pub use start::{Choices, Listens, Setup, StartError};

/// One machine. It ends when it is dropped.
pub struct Machine {
    ports: MachinePorts,
    wires: Arc<Wires>,
    simulator: Arc<Mutex<Simulator>>,
    simulator_url: String,
    database_url: String,
    bus_url: String,
    issuer: Issuer,
    /// Whoever runs the functions, if they do not run in this process.
    elsewhere: Option<Arc<dyn Elsewhere>>,
    seen: tokio::sync::Mutex<elsewhere::Seen>,
    /// Database, bus and simulator, each on a loopback port.
    _servers: JoinSet<()>,
}

impl std::fmt::Debug for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Machine")
            .field("ports", &self.ports)
            .field("wires", &self.wires)
            .finish_non_exhaustive()
    }
}

impl Machine {
    /// The ports that its functions are given.
    #[must_use]
    pub const fn ports(&self) -> &MachinePorts {
        &self.ports
    }

    /// Its wires: what the bus took, what failed, what is on its way.
    #[must_use]
    pub fn wires(&self) -> &Wires {
        &self.wires
    }

    /// The stand-in for Meta.
    pub fn simulator(&self) -> MutexGuard<'_, Simulator> {
        self.simulator.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the stand-in for Meta is served, without a slash at the end.
    #[must_use]
    pub fn simulator_url(&self) -> &str {
        &self.simulator_url
    }

    /// Where its DynamoDB is served; empty if its records are in memory.
    #[must_use]
    pub fn database_url(&self) -> &str {
        &self.database_url
    }

    /// Where its bus is served, as EventBridge.
    #[must_use]
    pub fn bus_url(&self) -> &str {
        &self.bus_url
    }

    /// Answers a request as the gateway does: by the function of the route that takes it.
    pub async fn request(&self, request: &Request<'_>) -> Answer {
        let routes = self.wires.template().routes.iter();
        let taken = routes.filter_map(|route| Some((route, route.takes(request.method, request.path)?)));
        let Some((route, parameters)) = taken.into_iter().next() else { return Answer::not_found() };
        let now = self.ports.clock().now();
        let claims = match &route.scopes {
            None => None,
            Some(scopes) => match self.admit(request, scopes, now) {
                Ok(claims) => Some(claims),
                Err(refused) => return Answer::refused(refused, scopes),
            },
        };
        let id = self.ports.ids().new_id(now);
        let event = gateway::event(route, &parameters, claims.as_ref(), request, now, id);
        let Some(answer) = self.invoke(&route.function, &event, None).await else { return Answer::broken() };
        match Answer::read(&answer) {
            Ok(answer) => answer,
            Err(error) => {
                self.wires.fail(&route.function, with_causes(&error));
                Answer::broken()
            }
        }
    }

    fn admit(&self, request: &Request<'_>, scopes: &[String], now: Timestamp) -> Result<Claims, Refused> {
        let sent = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        let sent = sent.map(|(_, value)| value.as_str());
        let authorizer = self.wires.template().authorizer.as_ref();
        authorizer::admit(authorizer, &self.issuer, sent, scopes, now)
    }

    /// The header with a token of an operator, or of a program without a name, who may do this.
    ///
    /// # Errors
    ///
    /// [`NoRsa`] if it cannot be signed.
    pub fn authorization(
        &self,
        name: Option<&Operator>,
        scopes: impl IntoIterator<Item = Scope>,
    ) -> Result<(String, String), NoRsa> {
        let now = self.ports.clock().now();
        let token = self.issuer.token(self.wires.template(), name, scopes, now)?;
        Ok(("authorization".to_owned(), format!("Bearer {}", token.expose_secret())))
    }

    /// Who signs the operators' tokens.
    #[must_use]
    pub const fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// Runs what is due now, and what becomes due by that, one delivery after another.
    pub async fn run_due(&self) {
        while self.run_next().await {}
    }

    /// Runs the next delivery that is due now; false if there was none.
    pub async fn run_next(&self) -> bool {
        match self.wires.take() {
            Some(Delivery::Event { function, event, trace }) => {
                self.invoke(&function, &event, trace.as_deref()).await;
            }
            Some(Delivery::Batch { stream, records }) => self.run_batch(stream, &records).await,
            None => return false,
        }
        true
    }

    async fn run_batch(&self, stream: usize, records: &[Value]) {
        let Some(source) = self.wires.template().streams.get(stream) else { return };
        let first_failed = match self.invoke(&source.function, &stream::batch(records), None).await {
            Some(answer) => stream::first_failed(&answer, records).unwrap_or_else(|error| {
                self.wires.fail(&source.function, with_causes(&error));
                Some(0)
            }),
            None => Some(0),
        };
        self.wires.settle(stream, records.len(), first_failed);
    }

    /// Invokes a function; a failure is logged and counted, and nobody but the sweep tries again.
    async fn invoke(&self, function: &str, event: &Value, trace: Option<&str>) -> Option<Vec<u8>> {
        self.wires.invoked(function, event);
        let event = event.to_string().into_bytes();
        match self.run(function, event, trace).await {
            Ok(answer) => {
                self.wires.answered(function, &answer);
                Some(answer)
            }
            Err(error) => {
                self.wires.fail(function, with_causes(error.as_ref()));
                None
            }
        }
    }

    /// Boxed: a step's future holds those of database and HTTP clients, deeper than the compiler follows.
    fn run<'a>(&'a self, function: &'a str, event: Vec<u8>, trace: Option<&'a str>) -> Answering<'a> {
        Box::pin(async move {
            let Some(elsewhere) = &self.elsewhere else {
                return Ok(functions::invoke(&self.ports, function, &event).await?);
            };
            let answer = elsewhere.invoke(function, event, trace, self.ports.clock().now()).await;
            self.look_for_changes().await?;
            answer
        })
    }

    /// When the first turn of a migration is due; none if every migration has ended.
    ///
    /// # Errors
    ///
    /// What the record says.
    pub async fn first_turn_at(&self) -> Result<Option<Timestamp>, RecordsError> {
        let query =
            Query { order: Order::Due, partition: "DUE".to_owned(), span: Span::All, limit: 1, after: None };
        let page = self.ports.records().query(&query).await?;
        let due_at = page.items.first().and_then(|item| item.get("due_at")).and_then(Value::as_i64);
        Ok(due_at.and_then(|millis| Timestamp::from_millisecond(millis).ok()))
    }

    /// Reads a whole partition of a table whose sort keys begin with `prefix`, in order.
    ///
    /// # Errors
    ///
    /// What the record says.
    pub async fn read_all(
        &self,
        order: Order,
        partition: &str,
        prefix: &str,
    ) -> Result<Vec<Item>, RecordsError> {
        let span = Span::Prefix(prefix.to_owned());
        let mut query = Query { order, partition: partition.to_owned(), span, limit: 100, after: None };
        let mut items = Vec::new();
        loop {
            let page = self.ports.records().query(&query).await?;
            items.extend(page.items);
            query.after = page.next;
            if query.after.is_none() {
                return Ok(items);
            }
        }
    }
}

/// An error and its causes in one line.
fn with_causes(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
