//! `handover simulator`: a stand-in for Meta on this machine, for other programs to call.

use std::io;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use graph_simulator::{Simulator, WebhookError, WebhookTarget, World, WorldSpec, deliver_webhooks, serve};
use jiff::Timestamp;
use tokio::net::TcpListener;

/// What `handover simulator` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The port on 127.0.0.1 to answer at; 0 takes any free one
    #[arg(long, value_name = "PORT", default_value_t = 9100)]
    port: u16,

    /// Load this world, TOML if the name ends in .toml and JSON otherwise, instead of the example with
    /// one customer; GET /_simulator/world shows how one is written
    #[arg(long, value_name = "FILE")]
    world: Option<PathBuf>,

    /// Send webhooks to this address on this machine, signed as Meta signs them
    #[arg(long, value_name = "URL")]
    webhook_url: Option<WebhookTarget>,
}

#[derive(Debug, thiserror::Error)]
enum NotStarted {
    #[error("{file} could not be read; check its name and that you may read it")]
    World { file: PathBuf, source: io::Error },
    #[error("port {port} of 127.0.0.1 could not be taken; stop what uses it or give another --port")]
    Port { port: u16, source: io::Error },
    #[error("the system gives no threads or sockets to serve with; close other programs, then start again")]
    Runtime(#[source] io::Error),
}

/// Serves until the person stops it; the first line printed is what a caller needs to know, as JSON.
pub(crate) fn run(args: &Args) -> crate::Outcome {
    let simulator = Simulator::new(world(args.world.as_ref())?)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(NotStarted::Runtime)?.block_on(answer(args, simulator))
}

/// The example's customer has been through our signup before, so every token printed works at once.
fn world(file: Option<&PathBuf>) -> Result<World, Box<dyn std::error::Error>> {
    let Some(file) = file else {
        return Ok(World::from_spec(&WorldSpec { onboarded: true, ..WorldSpec::default() }));
    };
    let text =
        std::fs::read_to_string(file).map_err(|source| NotStarted::World { file: file.clone(), source })?;
    let is_toml = file.extension().is_some_and(|ending| ending == "toml");
    Ok(if is_toml { World::from_toml(&text) } else { World::from_json(&text) }?)
}

async fn answer(args: &Args, simulator: Simulator) -> crate::Outcome {
    let not_taken = |source| NotStarted::Port { port: args.port, source };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port)).await.map_err(not_taken)?;
    let url = format!("http://{}", listener.local_addr().map_err(not_taken)?);
    crate::print(&format!("{}\n", simulator.introduction(&url)))?;

    let simulator = Arc::new(Mutex::new(simulator));
    let post = async {
        match args.webhook_url.clone() {
            Some(target) => deliver_webhooks(Arc::clone(&simulator), target, complain).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        served = serve(Arc::clone(&simulator), now, listener, crate::stopped()) => Ok(served?),
        never = post => match never {},
    }
}

fn complain(error: &WebhookError) {
    crate::complain(error);
}

#[expect(clippy::disallowed_methods, reason = "a simulator that is served alone lives on the machine's time")]
fn now() -> Timestamp {
    Timestamp::now()
}
