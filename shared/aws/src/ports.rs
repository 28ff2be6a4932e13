//! The ports of a function on AWS: built once at start, their connections warm, and only what its rows need.

use std::fmt;
use std::time::{Duration, Instant};

use aws_config::{BehaviorVersion, SdkConfig};
use handover_domain::ids::TraceId;
use handover_engine::ports::{
    Bus, BusError, Event, NotTaken, Ports, Purpose, Sealed, Vault, VaultError, WebhookSecrets,
};
use handover_engine::records::{
    Key, Page, Query, Records, RecordsError, Scan, Write, Written, WrittenTogether,
};
use handover_engine::settings::Settings;
use handover_graph::secret::Token;
use handover_graph::transport::{GraphRequest, GraphResponse, Transport, TransportError};
use jiff::Timestamp;
use secrecy::SecretString;

use crate::clock::SystemClock;
use crate::config::{ConfigError, Environment, Part};
use crate::ids::RandomIds;
use crate::tls;
use crate::trace;

mod adapters;

/// The ports of a function. What it does not need is [`Absent`], and is not linked.
#[derive(Debug)]
pub struct AwsPorts<R, B, V, G> {
    records: R,
    bus: B,
    vault: V,
    graph: G,
    settings: Settings,
}

/// Why a function did not start. Lambda tries again with the next event, and says so in the log until it is mended.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration is missing something, or something in it is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// TLS does not start.
    #[error("TLS could not be started; without it nothing can be called")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A part of the deployment is not there, or this function may not use it.
    #[error("{what} cannot be used; {way_out}")]
    Part {
        /// The part by its name.
        what: String,
        /// Who does what about it.
        way_out: &'static str,
        /// What AWS said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// What a start took, of its own: without the time before `main`.
#[derive(Debug, Clone, Copy)]
pub struct Started {
    /// To build the clients.
    pub built: Duration,
    /// To warm their connections, all at once.
    pub warmed: Duration,
}

/// Where an adapter gets what it is built from.
#[derive(Debug)]
pub struct Shared {
    /// AWS's own settings: region, credentials, endpoints.
    pub sdk: SdkConfig,
}

/// An adapter that can be a part of a function.
pub trait Adapter: Sized + Send + Sync {
    /// What it reads of the environment.
    type Config;

    /// Reads it; of the parts that this function has.
    fn config(environment: &mut Environment<'_>, parts: &[Part]) -> Option<Self::Config>;

    /// Builds the adapter; nothing is called yet.
    ///
    /// # Errors
    ///
    /// [`StartError`] if TLS does not start.
    fn build(config: Self::Config, shared: &Shared) -> Result<Self, StartError>;

    /// Makes its connection, and sees whether what it is for is there.
    fn warm(&self) -> impl Future<Output = Result<(), StartError>> + Send;
}

impl<R: Adapter, B: Adapter, V: Adapter, G: Adapter> AwsPorts<R, B, V, G> {
    /// Reads the configuration of these parts, builds them, and warms their connections, all at once.
    ///
    /// # Errors
    ///
    /// [`StartError`] names everything that is wrong with the configuration, or the first part that cannot be used.
    pub async fn start(parts: &[Part]) -> Result<(Self, Started), StartError> {
        #[expect(clippy::disallowed_methods, reason = "this is the edge at which settings are read, once")]
        let get = |name: &str| std::env::var(name).ok();
        let mut environment = Environment::new(&get);
        let configs = (
            R::config(&mut environment, parts),
            B::config(&mut environment, parts),
            V::config(&mut environment, parts),
            G::config(&mut environment, parts),
            environment.settings(),
        );
        let whole = match configs {
            (Some(records), Some(bus), Some(vault), Some(graph), Some(settings)) => {
                Some((records, bus, vault, graph, settings))
            }
            _ => None,
        };
        let (records, bus, vault, graph, settings) = environment.finish(whole)?;
        #[expect(clippy::disallowed_methods, reason = "a time taken, on the clock that never jumps")]
        let begun = Instant::now();
        let http = tls::aws_client().map_err(|error| StartError::Tls(error.into()))?;
        let sdk = aws_config::defaults(BehaviorVersion::latest()).http_client(http).load().await;
        let shared = Shared { sdk };
        let ports = Self {
            records: R::build(records, &shared)?,
            bus: B::build(bus, &shared)?,
            vault: V::build(vault, &shared)?,
            graph: G::build(graph, &shared)?,
            settings,
        };
        let built = begun.elapsed();
        let (records, bus, vault, graph) =
            tokio::join!(ports.records.warm(), ports.bus.warm(), ports.vault.warm(), ports.graph.warm());
        records.and(bus).and(vault).and(graph)?;
        let warmed = begun.elapsed().saturating_sub(built);
        Ok((ports, Started { built, warmed }))
    }
}

impl<R: Records, B: Bus, V: Vault, G: Transport> Ports for AwsPorts<R, B, V, G> {
    type Records = R;
    type Bus = B;
    type Vault = V;
    type Graph = G;
    type Clock = SystemClock;
    type Ids = RandomIds;

    fn records(&self) -> &R {
        &self.records
    }
    fn bus(&self) -> &B {
        &self.bus
    }
    fn vault(&self) -> &V {
        &self.vault
    }
    fn graph(&self) -> &G {
        &self.graph
    }
    fn clock(&self) -> &SystemClock {
        &SystemClock
    }
    fn ids(&self) -> &RandomIds {
        &RandomIds
    }
    fn settings(&self) -> &Settings {
        &self.settings
    }
    fn trace(&self) -> Option<TraceId> {
        trace::current()
    }
}

/// A part that this function does not have: neither its code nor its role. A test holds each function to its parts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Absent;

/// A function used a part that it does not have: a defect of this version.
#[derive(Debug, Clone, Copy)]
struct NotAPart(&'static str);

impl fmt::Display for NotAPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this function has no {}; report it as a defect of this version", self.0)
    }
}

impl std::error::Error for NotAPart {}

impl Adapter for Absent {
    type Config = ();

    fn config(_: &mut Environment<'_>, _: &[Part]) -> Option<()> {
        Some(())
    }

    fn build((): (), _: &Shared) -> Result<Self, StartError> {
        Ok(Self)
    }

    async fn warm(&self) -> Result<(), StartError> {
        Ok(())
    }
}

fn no_records() -> RecordsError {
    RecordsError::Rejected {
        table: "migrations",
        operation: "any request",
        source: Some(Box::new(NotAPart("records"))),
    }
}

impl Records for Absent {
    async fn read(&self, _: &Key) -> Result<Option<handover_engine::records::Item>, RecordsError> {
        Err(no_records())
    }
    async fn query(&self, _: &Query) -> Result<Page, RecordsError> {
        Err(no_records())
    }
    async fn scan(&self, _: &Scan) -> Result<Page, RecordsError> {
        Err(no_records())
    }
    async fn write(&self, _: &Write) -> Result<Written, RecordsError> {
        Err(no_records())
    }
    async fn write_together(&self, _: &[Write]) -> Result<WrittenTogether, RecordsError> {
        Err(no_records())
    }
}

impl Bus for Absent {
    async fn put(&self, _: &[Event]) -> Result<Vec<NotTaken>, BusError> {
        Err(BusError { source: Some(Box::new(NotAPart("bus"))) })
    }
}

fn no_vault() -> VaultError {
    VaultError::Unreachable { source: Some(Box::new(NotAPart("vault"))) }
}

impl Vault for Absent {
    async fn seal(&self, _: &str, _: Purpose, _: &SecretString) -> Result<Sealed, VaultError> {
        Err(no_vault())
    }
    async fn open(&self, _: &str, _: Purpose, _: &Sealed) -> Result<SecretString, VaultError> {
        Err(no_vault())
    }
    async fn system_user_token(&self) -> Result<Token, VaultError> {
        Err(no_vault())
    }
    async fn app_secret(&self) -> Result<SecretString, VaultError> {
        Err(no_vault())
    }
    async fn webhook_secrets(&self) -> Result<WebhookSecrets, VaultError> {
        Err(no_vault())
    }
}

impl Transport for Absent {
    async fn send(&self, _: GraphRequest, _: Timestamp) -> Result<GraphResponse, TransportError> {
        Err(TransportError::NotSent { reason: "this function has no way to Meta".into() })
    }
}
