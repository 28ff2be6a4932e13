//! A machine for people: served over HTTP, on the real time moved ahead as they like, and kept in a folder.
//!
//! What is on its way when it is stopped is lost, and the sweep finds it (rule 9): nothing but record,
//! world, clock and key is kept.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use graph_simulator::{Simulator, World, WorldError};
use handover_engine::ports::{Clock, Ports};
use jiff::Timestamp;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::clock::MachineClock;
use crate::ids::MachineIds;
use crate::machine::{Choices, Listens, Machine, Setup, StartError};
use crate::store::Store;
use crate::template::Template;
use crate::watch::{Passage, Watch};
use crate::webhooks::Webhooks;
use home::{Home, HomeError};

pub mod home;
mod routes;

/// A machine at work for people.
pub struct Dev {
    machine: Machine,
    home: Home,
    watch: Watch,
    /// Rings when somebody has moved the clock.
    moved: Notify,
    webhooks: Mutex<Vec<Value>>,
}

impl std::fmt::Debug for Dev {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dev").field("machine", &self.machine).finish_non_exhaustive()
    }
}

/// Why a machine for people did not start, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum DevError {
    /// The folder cannot be used.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The machine did not start.
    #[error("the machine did not start")]
    Start(#[from] StartError),
    /// The world that was kept contradicts itself.
    #[error("the simulated world cannot be; --fresh begins with a new one")]
    World(#[from] WorldError),
    /// The port is taken.
    #[error("port {port} of 127.0.0.1 could not be taken; stop what uses it or give another --port")]
    Port {
        /// The port.
        port: u16,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// No more connections.
    #[error("no further connection could be accepted; close other programs, then start again")]
    Accept(#[source] io::Error),
}

/// Where the stand-in for Meta is.
#[derive(Debug)]
pub enum MetaIs {
    /// In this process.
    Here,
    /// In another process.
    There {
        /// Where it is served, on this machine.
        at: SocketAddr,
        /// Its world, which says who we are.
        world: Box<World>,
    },
}

impl Dev {
    /// Starts the machine that is kept in `home`, or a new one; with the records in the DynamoDB at that address, if one is
    /// named.
    ///
    /// # Errors
    ///
    /// [`DevError`] says what is missing or in the way.
    pub async fn start(
        home: Home,
        template: Template,
        listens: Listens,
        meta: MetaIs,
        dynamodb: Option<String>,
        watch: impl FnOnce(&MachineClock) -> Watch,
    ) -> Result<Self, DevError> {
        let clock = MachineClock::running(home.ahead()?);
        let (world, graph) = match meta {
            MetaIs::Here => (home.world()?, None),
            MetaIs::There { at, world } => (*world, Some(at)),
        };
        let mut simulator = Simulator::new(world)?;
        simulator.advance(clock.now());
        let watch = watch(&clock);
        let setup = Setup {
            template,
            simulator,
            listens,
            graph,
            clock,
            ids: MachineIds::Random,
            key: home.key()?,
            issuer: home.issuer()?,
            store: dynamodb.map_or_else(|| Store::File(home.database()), Store::At),
            choices: Choices {
                signup_page: "https://partner.example/signup".to_owned(),
                ..Choices::default()
            },
            elsewhere: None,
            watch: Arc::clone(&watch),
        };
        let machine = Machine::start(setup).await?;
        Ok(Self { machine, home, watch, moved: Notify::new(), webhooks: Mutex::default() })
    }

    /// The machine.
    #[must_use]
    pub const fn machine(&self) -> &Machine {
        &self.machine
    }

    /// Takes a port of this machine; 0 takes any.
    ///
    /// # Errors
    ///
    /// [`DevError::Port`] if somebody else has it.
    pub async fn listen(port: u16) -> Result<(TcpListener, SocketAddr), DevError> {
        let taken = |source| DevError::Port { port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(taken)?;
        let address = listener.local_addr().map_err(taken)?;
        Ok((listener, address))
    }

    /// Serves until `stopped` ends, then keeps what is to be kept.
    ///
    /// # Errors
    ///
    /// [`DevError::Accept`] if the listener fails, [`DevError::Home`] if something could not be kept.
    pub async fn serve(
        self,
        listener: TcpListener,
        stopped: impl Future<Output = ()>,
    ) -> Result<(), DevError> {
        let dev = Arc::new(self);
        let router = routes::router(Arc::clone(&dev));
        tokio::select! {
            served = async { axum::serve(listener, router).await } => served.map_err(DevError::Accept)?,
            broken = dev.work() => broken?,
            () = stopped => {}
        }
        Ok(dev.keep()?)
    }

    /// Runs what is due, again and again.
    async fn work(&self) -> Result<(), HomeError> {
        let mut last = self.now();
        let mut posts = Webhooks::default();
        loop {
            let now = self.now();
            self.machine.simulator().advance(now);
            for schedule in &self.machine.wires().template().schedules {
                // A clock that was moved over many firings has one of them: the sweep finds all that is due.
                if schedule.expression.next_after(last).is_some_and(|first| first <= now) {
                    self.machine.wires().fire(schedule);
                }
            }
            last = now;
            self.bring_webhooks(&mut posts).await;
            while self.machine.run_next().await {
                self.keep()?;
            }
            self.keep()?;
            tokio::select! {
                () = self.machine.wires().arrival() => {}
                () = self.moved.notified() => {}
                () = until(self.next_moment(last).into_iter().chain(posts.next_at()).min(), self.now()) => {}
            }
        }
    }

    fn now(&self) -> Timestamp {
        self.machine.ports().clock().now()
    }

    /// The next firing, or the next batch that comes again.
    fn next_moment(&self, last: Timestamp) -> Option<Timestamp> {
        let schedules = self.machine.wires().template().schedules.iter();
        let firings = schedules.filter_map(|schedule| schedule.expression.next_after(last));
        firings.chain(self.machine.wires().next_at()).chain(self.machine.simulator().next_event_at()).min()
    }

    /// Brings Meta's webhooks, and shows those that are new.
    async fn bring_webhooks(&self, posts: &mut Webhooks) {
        let sent = posts.deliver(&self.machine, self.now()).await;
        let mut webhooks = self.webhooks.lock().unwrap_or_else(PoisonError::into_inner);
        for webhook in sent {
            let body = serde_json::from_slice(&webhook.body).unwrap_or(Value::Null);
            (self.watch)(&Passage::Webhook { body: &body });
            webhooks.push(body);
        }
    }

    /// Keeps world and clock. Done after each delivery and before each answer: the database keeps what it is
    /// told at once, and a Meta that has forgotten more than the record has is not the Meta we know.
    fn keep(&self) -> Result<(), HomeError> {
        self.home.keep_world(self.machine.simulator().world())?;
        self.home.keep_ahead(self.machine.ports().clock().ahead().unwrap_or_default())
    }
}

/// Ends at `moment`; never, if there is none.
#[expect(clippy::disallowed_methods, reason = "a machine for people lives on the real time")]
async fn until(moment: Option<Timestamp>, now: Timestamp) {
    match moment {
        Some(moment) => {
            let wait = Duration::try_from(moment.duration_since(now)).unwrap_or(Duration::ZERO);
            tokio::time::sleep(wait).await;
        }
        None => std::future::pending().await,
    }
}
