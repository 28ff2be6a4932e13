//! Starting a machine: the servers on loopback, the tables of the template, the clients.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use dynoxide::Database;
use graph_simulator::{Holder, Role, Simulator, World};
use handover_aws::bus::EventBridge;
use handover_aws::dynamo::{DynamoRecords, TableNames};
use handover_aws::graph_transport::{GraphHost, GraphTransport, NoClient, NotLoopback};
use handover_aws::local_endpoint::local_config;
use handover_aws::tables::{TableError, TableSpec, create_table};
use handover_domain::approval::Approval;
use handover_domain::calendar::MonthEdge;
use handover_domain::ids::NotDigits;
use handover_domain::ledger::ShareMethod;
use handover_domain::moment::after;
use handover_engine::memory_records::MemoryRecords;
use handover_engine::ports::{Clock, WebhookSecrets};
use handover_engine::records::Table;
use handover_engine::settings::{CreditLines, LateShare, OwnershipTransfer, Register, Settings};
use handover_graph::secret::Token;
use handover_graph::transport::GraphVersion;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::{Begin, Deployment, Machine};
use crate::bus::endpoint;
use crate::clock::MachineClock;
use crate::ids::MachineIds;
use crate::issuer::{Issuer, NoRsa};
use crate::ports::MachinePorts;
use crate::store::{MachineRecords, Store};
use crate::tap::Tap;
use crate::template::Template;
use crate::vault::{KEY_LEN, KeyVault, NoCipher};
use crate::watch::{Watch, WatchedGraph};
use crate::wires::Wires;

/// The ports of 127.0.0.1 at which a machine's servers listen; 0 takes any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Listens {
    /// The stand-in for Meta.
    pub simulator: u16,
    /// The embedded DynamoDB.
    pub database: u16,
    /// The bus, spoken to as EventBridge.
    pub bus: u16,
}

impl Listens {
    /// The three ports after that one; any, if it is 0.
    #[must_use]
    pub const fn after(port: u16) -> Self {
        match port {
            0 => Self { simulator: 0, database: 0, bus: 0 },
            port => Self {
                simulator: port.saturating_add(1),
                database: port.saturating_add(2),
                bus: port.saturating_add(3),
            },
        }
    }
}

/// What a machine is made of.
pub struct Setup {
    /// What calls which function, and the tables.
    pub template: Template,
    /// The stand-in for Meta. Its world says who we are.
    pub simulator: Simulator,
    /// Where its servers listen.
    pub listens: Listens,
    /// Where another stand-in for Meta is served; ours then only says who we are.
    pub graph: Option<SocketAddr>,
    /// The clock of everything.
    pub clock: MachineClock,
    /// Where ids come from.
    pub ids: MachineIds,
    /// The vault's key.
    pub key: [u8; KEY_LEN],
    /// Who signs the operators' tokens.
    pub issuer: Issuer,
    /// Where the records are kept.
    pub store: Store,
    /// What an operator would set.
    pub choices: Choices,
    /// Who runs the functions; none if they run in this process. Not with [`Store::Memory`].
    pub elsewhere: Option<Begin>,
    /// Who looks on.
    pub watch: Watch,
}

/// The settings that are a choice and not a fact of the world.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices {
    /// Where Meta's month turns, as far as we know.
    pub month_edge: MonthEdge,
    /// What happens to a share that is owed in the doubtful hours.
    pub late_share: LateShare,
    /// Which numbers are registered.
    pub register: Register,
    /// Whether transfers of ownership are tried.
    pub ownership_transfer: OwnershipTransfer,
    /// In how many calls a credit line is shared.
    pub share_method: ShareMethod,
    /// How many people must approve a share.
    pub approval: Approval,
    /// Whether we are a Tech Provider, who has no credit line, whatever the world has.
    pub tech_provider: bool,
    /// The page with the partner's signup.
    pub signup_page: String,
    /// How far our clock is ahead of Meta's; behind it, if negative.
    pub clock_off: SignedDuration,
}

/// Why a machine did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A port of this machine could not be taken.
    #[error(
        "port {port} of 127.0.0.1 could not be taken; stop what uses it, or give a --port whose next three are free too"
    )]
    Port {
        /// The port.
        port: u16,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The database did not open.
    #[error("the database could not be opened{}; --fresh starts with an empty one", .file.as_ref().map_or_else(String::new, |file| format!(" ({})", file.display())))]
    Database {
        /// Its file.
        file: Option<PathBuf>,
        /// What it said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A table was not made.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The template lacks something that a machine needs.
    #[error("the template has no {0}; a machine cannot run without it")]
    Lacking(String),
    /// The world lacks something of ours.
    #[error("the simulated world has no {0} of ours; add it to the world")]
    World(&'static str),
    /// An id of the world is none.
    #[error(transparent)]
    Id(#[from] NotDigits),
    /// An HTTP client or a cipher did not start.
    #[error("the machine's cryptography could not be started")]
    Cryptography(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The simulator was not on loopback: a defect of the machine.
    #[error(transparent)]
    NotLoopback(#[from] NotLoopback),
}

impl From<NoClient> for StartError {
    fn from(error: NoClient) -> Self {
        Self::Cryptography(error.into())
    }
}

impl From<NoRsa> for StartError {
    fn from(error: NoRsa) -> Self {
        Self::Cryptography(error.into())
    }
}

impl From<NoCipher> for StartError {
    fn from(error: NoCipher) -> Self {
        Self::Cryptography(error.into())
    }
}

impl Machine {
    /// Starts a machine: its servers listen on loopback, its tables are there.
    ///
    /// # Errors
    ///
    /// [`StartError`] names what is missing.
    pub async fn start(setup: Setup) -> Result<Self, StartError> {
        let mut servers = JoinSet::new();
        let listens = setup.listens;
        let settings = settings(&setup)?;
        let (token, secret) = secrets(setup.simulator.world())?;
        let clock = setup.clock.clone();
        let wires = Arc::new(Wires::new(setup.template, clock.clone(), setup.ids, Arc::clone(&setup.watch)));

        let (records, database_url) = records(&mut servers, setup.store, listens.database, &wires).await?;
        let (bus, bus_url) = serve_bus(&mut servers, &wires, listens.bus).await?;
        let simulator = Arc::new(Mutex::new(setup.simulator));
        let (off, ours) = (setup.choices.clock_off, clock.clone());
        let metas_clock = move || after(ours.now(), -off);
        let address = match setup.graph {
            Some(address) => address,
            None => serve_simulator(&mut servers, &simulator, metas_clock, listens.simulator).await?,
        };
        let graph =
            GraphTransport::new(GraphHost::on_this_machine(address)?, GraphVersion::default(), clock)?;

        let elsewhere = setup.elsewhere.map(|begin| {
            let (system_user, app_secret) = (token.clone(), secret.clone());
            let settings = settings.clone();
            let (database, bus) = (database_url.clone(), bus_url.clone());
            begin(Deployment { database, bus, graph: address, settings, system_user, app_secret })
        });
        let changed = Arc::clone(&wires);
        let tap = Tap::new(records, wires.streamed(), move |change| changed.changed(&change));
        let ports = MachinePorts {
            records: tap,
            bus,
            vault: KeyVault::new(&setup.key, token, webhook_secrets(secret))?,
            graph: WatchedGraph::new(graph, setup.watch),
            settings,
            wires: Arc::clone(&wires),
        };
        let simulator_url = format!("http://{address}");
        let seen = tokio::sync::Mutex::default();
        Ok(Self {
            ports,
            wires,
            simulator,
            simulator_url,
            database_url,
            bus_url,
            issuer: setup.issuer,
            elsewhere,
            seen,
            _servers: servers,
        })
    }
}

/// Nobody but the simulator calls the webhook of one machine, so what it is told is no secret.
fn webhook_secrets(app_secret: SecretString) -> WebhookSecrets {
    WebhookSecrets { verify_token: "one-machine".into(), app_secret, former_app_secret: None }
}

/// Who we are is what the world says; how long a function may run is what the template says.
fn settings(setup: &Setup) -> Result<Settings, StartError> {
    let world = setup.simulator.world();
    let user = admin(world).ok_or(StartError::World("system user with the role Admin"))?;
    let credit_lines = if setup.choices.tech_provider {
        CreditLines::none()
    } else {
        credit_lines(world).ok_or(StartError::World("credit line"))?
    };
    let timeout = setup.template.functions.iter().map(|function| function.timeout).max();
    let timeout = timeout.ok_or_else(|| StartError::Lacking("function".to_owned()))?;
    let Choices {
        month_edge,
        late_share,
        register,
        ownership_transfer,
        share_method,
        approval,
        signup_page,
        ..
    } = setup.choices.clone();
    Ok(Settings {
        app: world.app.id.parse()?,
        business: world.partner_id.parse()?,
        system_user: user.parse()?,
        credit_lines,
        month_edge,
        late_share,
        register,
        ownership_transfer,
        shares_per_day: None,
        share_method,
        approval,
        scope_prefix: setup.template.scope_prefix.clone(),
        signup_page,
        function_timeout: SignedDuration::from_secs(timeout.into()),
        graph_version: GraphVersion::default(),
        restored_at: None,
    })
}

/// One line for every WABA; where the world has several, one for each currency.
fn credit_lines(world: &World) -> Option<CreditLines> {
    let lines: Vec<_> = world.credit_lines.iter().collect();
    let text = match lines.as_slice() {
        [(one, _)] => (*one).clone(),
        several => {
            several.iter().map(|(id, line)| format!("{}:{id}", line.currency)).collect::<Vec<_>>().join(",")
        }
    };
    CreditLines::read(&text).ok()
}

fn admin(world: &World) -> Option<&String> {
    world.system_users.iter().find(|(_, user)| user.role == Role::Admin).map(|(id, _)| id)
}

/// The deployment's own secrets: the token of our system user, and the secret of our app.
fn secrets(world: &World) -> Result<(Token, SecretString), StartError> {
    let secret = SecretString::from(world.app.secret.as_str());
    let is_ours = |holder: &Holder| matches!(holder, Holder::SystemUser(id) if Some(id) == admin(world));
    let mut tokens = world.tokens.iter().filter(|(_, token)| !token.revoked && is_ours(&token.holder));
    let (text, _) = tokens.next().ok_or(StartError::World("token of the system user"))?;
    Ok((Token::new(text.as_str().into(), &secret), secret))
}

async fn serve_database(
    servers: &mut JoinSet<()>,
    file: Option<PathBuf>,
    port: u16,
) -> Result<String, StartError> {
    let opened = match &file {
        Some(file) => Database::new(&file.to_string_lossy()),
        None => Database::memory(),
    };
    let database = opened.map_err(|error| StartError::Database { file, source: Box::new(error) })?;
    let (listener, address) = listen(port).await?;
    servers.spawn(async move {
        // It ends with the machine; an error ends it early, and every read then says so.
        let _ = dynoxide::server::serve_with_shutdown(listener, database, std::future::pending()).await;
    });
    Ok(format!("http://{address}"))
}

/// The records of the machine, empty or as its file has them; and where they are, if they are not in memory.
async fn records(
    servers: &mut JoinSet<()>,
    store: Store,
    port: u16,
    wires: &Wires,
) -> Result<(MachineRecords, String), StartError> {
    let endpoint = match store {
        Store::Memory => return Ok((MachineRecords::Memory(MemoryRecords::default()), String::new())),
        Store::Embedded => serve_database(servers, None, port).await?,
        Store::File(file) => serve_database(servers, Some(file), port).await?,
        Store::At(endpoint) => endpoint,
    };
    Ok((MachineRecords::Dynamo(in_tables(&endpoint, wires).await?), endpoint))
}

/// The records in the template's tables, which are made if they are not there.
async fn in_tables(endpoint: &str, wires: &Wires) -> Result<DynamoRecords, StartError> {
    let config = local_config(endpoint).map_err(|error| StartError::Cryptography(error.into()))?;
    let client = aws_sdk_dynamodb::Client::new(&config);
    for table in &wires.template().tables {
        // The stream is the tap's: the database's own slows each write with the number of its records.
        create_table(&client, &TableSpec { is_streamed: false, ..table.spec.clone() }).await?;
    }
    let name = |table: Table| {
        let name = wires.name_of(table).map(str::to_owned);
        name.ok_or_else(|| StartError::Lacking(format!("table {}", table.name())))
    };
    let names = TableNames {
        migrations: name(Table::Migrations)?,
        journal: name(Table::Journal)?,
        vault: name(Table::Vault)?,
    };
    Ok(DynamoRecords::new(&client, names))
}

async fn serve_bus(
    servers: &mut JoinSet<()>,
    wires: &Arc<Wires>,
    port: u16,
) -> Result<(EventBridge, String), StartError> {
    let name = wires.template().buses.first().ok_or_else(|| StartError::Lacking("bus".to_owned()))?;
    let (listener, address) = listen(port).await?;
    let put = Arc::clone(wires);
    let router = endpoint::router(move |entry| put.put(&entry));
    servers.spawn(async move {
        let _ = axum::serve(listener, router).await;
    });
    let url = format!("http://{address}");
    let config = local_config(&url).map_err(|error| StartError::Cryptography(error.into()))?;
    Ok((EventBridge::new(&aws_sdk_eventbridge::Client::new(&config), name.clone()), url))
}

async fn serve_simulator(
    servers: &mut JoinSet<()>,
    simulator: &Arc<Mutex<Simulator>>,
    now: impl Fn() -> Timestamp + Send + Sync + 'static,
    port: u16,
) -> Result<SocketAddr, StartError> {
    let (listener, address) = listen(port).await?;
    let simulator = Arc::clone(simulator);
    servers.spawn(async move {
        let _ = graph_simulator::serve(simulator, now, listener, std::future::pending()).await;
    });
    Ok(address)
}

async fn listen(port: u16) -> Result<(TcpListener, SocketAddr), StartError> {
    let no_port = |source| StartError::Port { port, source };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(no_port)?;
    let address = listener.local_addr().map_err(no_port)?;
    Ok((listener, address))
}
