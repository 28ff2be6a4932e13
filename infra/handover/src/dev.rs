//! `handover dev`: one machine to play with, served over HTTP until the person stops it.

use std::error::Error;
use std::io;
use std::path::Path;
use std::sync::Arc;

use graph_simulator::World;
use handover_domain::moment::spoken;
use handover_engine::ports::Clock;
use handover_local::TEMPLATE;
use handover_local::clock::MachineClock;
use handover_local::dev::home::{FOLDER, Home};
use handover_local::dev::{Dev, MetaIs};
use handover_local::machine::Listens;
use handover_local::template::Template;
use handover_local::watch::{Passage, Watch};
use jiff::Timestamp;
use serde_json::Value;

use crate::api_client::{Address, ApiClient};

/// What `handover dev` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The port on 127.0.0.1 to answer at, with the stand-in for Meta, DynamoDB and the bus on the next three; 0 takes any free
    /// ones
    #[arg(long, value_name = "PORT", default_value_t = 9000, value_parser = clap::value_parser!(u16).range(..65533))]
    port: u16,

    /// Begin with a new machine: empties .handover/, where database, simulated world, clock and keys are kept
    #[arg(long)]
    fresh: bool,

    /// When the new machine begins, for example 2026-04-20T08:00:00Z; without it, now. From then on its clock runs, and
    /// is moved forward as you like
    #[arg(long, value_name = "MOMENT", requires = "fresh")]
    at: Option<Timestamp>,

    /// Keep the records in the DynamoDB at this address, such as `http://127.0.0.1:8000`, instead of an embedded one; the
    /// tables are made if they are not there
    #[arg(long, value_name = "URL", value_parser = Address::read)]
    dynamodb: Option<Address>,

    /// Take the `handover simulator` at this address, such as `http://127.0.0.1:9100`, for Meta, instead of one of its own;
    /// start it with --webhook-url and this machine's /webhook
    #[arg(long, value_name = "URL", value_parser = Address::read)]
    graph: Option<Address>,
}

#[derive(Debug, thiserror::Error)]
#[error("the system gives no threads or sockets to serve with; close other programs, then start again")]
struct NoRuntime(#[source] io::Error);

/// Serves until the person presses Ctrl-C.
pub(crate) fn run(args: &Args) -> crate::Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(NoRuntime)?.block_on(serve(args))
}

async fn serve(args: &Args) -> crate::Outcome {
    // Before the folder is touched: it may be the machine on this port that is kept there.
    let (listener, address) = Dev::listen(args.port).await?;
    let home = Home::open(Path::new(FOLDER), args.fresh)?;
    if let Some(at) = args.at {
        home.begin_at(at)?;
    }
    let meta = match &args.graph {
        None => MetaIs::Here,
        Some(address) => meta_at(address).await?,
    };
    let dynamodb = args.dynamodb.as_ref().map(ToString::to_string);
    // Whoever checks a token looks up the issuer's key there.
    let url = format!("http://{address}");
    let template = Template::read_for(TEMPLATE, &url)?;
    let dev = Dev::start(home, template, Listens::after(args.port), meta, dynamodb, log).await?;
    crate::print(&introduction(&url, &dev))?;
    Ok(dev.serve(listener, crate::stopped()).await?)
}

#[derive(Debug, thiserror::Error)]
#[error("{0} is no address of this machine; customers' tokens never leave it, so name 127.0.0.1 and a port")]
struct NotHere(Address);

/// A stand-in for Meta that runs already; its world says who we are.
async fn meta_at(address: &Address) -> Result<MetaIs, Box<dyn Error>> {
    let at = address.socket().ok_or_else(|| NotHere(address.clone()))?;
    let world = ApiClient::new(address.clone(), None)?.get::<Value>("/_simulator/world", &[]).await?;
    Ok(MetaIs::There { at, world: Box::new(World::from_json(&world.body)?) })
}

fn introduction(url: &str, dev: &Dev) -> String {
    let meta = dev.machine().simulator_url();
    let (database, bus) = (dev.machine().database_url(), dev.machine().bus_url());
    let waba = dev.machine().simulator().world().wabas.keys().next().cloned().unwrap_or_default();
    let now = spoken(dev.machine().wires().clock().now());
    let take = |name: &str| format!("sed -E 's/.*\"{name}\":\"([^\"]*)\".*/\\1/'");
    let folder = format!("{FOLDER}/");
    let (state, code) = (take("state"), take("code"));
    format!(
        "\
One machine is up: the functions of the bundle with database, bus and schedules, and a stand-in for Meta.

  {url:<24}the bundle's routes, the issuer of its operators' tokens, and /local/ for clock and bus
  {meta:<24}Meta: its Graph API, and /_simulator/ to play the customer
  {database:<24}its DynamoDB
  {bus:<24}its bus, spoken to as EventBridge
  {folder:<24}database, world, clock and keys; --fresh begins anew

Its clock shows {now}. Play a customer, line by line, in another terminal:

  # An operator's token, good for an hour; {{\"sub\":\"alice\",\"scopes\":[\"read\",\"share\"]}} has a name and may do less.
  token=$(curl -s {url}/local/token -d '{{}}')
  # A migration; the answer has its id, the signup link's state and the plan with its dates.
  created=$(curl -s {url}/migrations -H \"Authorization: Bearer $token\" -d '{{\"flow\":\"partner-switch\"}}'); echo \"$created\"
  state=$(echo \"$created\" | {state})
  # If the plan's share window has not opened yet, move the clock into it: {{\"to\":\"...\"}} or
  curl -s {url}/local/clock -d '{{\"forward\":\"PT24H\"}}'
  # The customer unshares from the former partner, signs up with us, and the page sends us the code.
  curl -s {meta}/_simulator/unshare -d '{{\"waba_id\":\"{waba}\"}}'
  code=$(curl -s {meta}/_simulator/signup -d '{{\"waba_id\":\"{waba}\"}}' | {code})
  curl -s {url}/signup -d \"{{\\\"state\\\":\\\"$state\\\",\\\"code\\\":\\\"$code\\\",\\\"waba_id\\\":\\\"{waba}\\\"}}\"
  # Where it stands: ID is \"migration\" in the first answer.
  cargo run -- show ID --url {url}
  # Past the 1st, and what the bus was told:
  curl -s {url}/local/clock -d '{{\"forward\":\"PT744H\"}}'
  curl -s {url}/local/events

Ctrl-C stops it. What happens:
"
    )
}

/// Prints a line for each thing that passes: names and moments, never a payload.
fn log(clock: &MachineClock) -> Watch {
    let clock = clock.clone();
    Arc::new(move |passage| {
        if let Some(line) = line(passage) {
            // A log that nobody reads any more stops nothing.
            let _ = crate::print(&format!("{}  {line}\n", spoken(clock.now())));
        }
    })
}

fn line(passage: &Passage<'_>) -> Option<String> {
    let text = |value: &Value, pointer: &str| {
        value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    match passage {
        Passage::Invoked { function: "sweep-due" | "publish-events", .. }
        | Passage::Answered { .. }
        | Passage::Called { .. } => None,
        Passage::Invoked { function, event } => {
            let of = [text(event, "/routeKey"), text(event, "/detail/migration")].concat();
            Some(format!("function  {function}  {of}"))
        }
        Passage::Failed { function, problem } => Some(format!("FAILED    {function}  {problem}")),
        Passage::Put { envelope } => {
            let kind = text(envelope, "/detail-type");
            (kind != "StepDue").then(|| format!("event     {kind}  {}", text(envelope, "/detail/migration")))
        }
        Passage::Webhook { body } => {
            let event = text(body, "/entry/0/changes/0/value/event");
            let waba = text(body, "/entry/0/changes/0/value/waba_info/waba_id");
            Some(format!("webhook   {event}  {waba}"))
        }
    }
}
