//! Measures what a cold start costs each function, beside a bare `lambda_runtime`, in one run: `just bench-start`.
//!
//! The release build of this machine's own architecture, under the stand-in of the Lambda Runtime API; one start of each in
//! turn, so that a busy moment hits all alike; medians. It needs `zip` for the size that is uploaded. All functions, or those
//! that are named.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement, run by hand: it prints, reads the clock, and ends with what goes wrong"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use e2e::programs::{Programs, target};
use graph_simulator::{Simulator, World};
use handover_engine::memory::CountingIds;
use handover_local::TEMPLATE;
use handover_local::clock::MachineClock;
use handover_local::ids::MachineIds;
use handover_local::machine::{Choices, Deployment, Listens, Machine, Setup};
use handover_local::store::Store;
use handover_local::template::Template;
use handover_local::vault::KEY_LEN;
use handover_local::watch::nobody;
use serde_json::Value;
use tokio::sync::oneshot;

const HELLO: &str = "hello-world";
const ROUNDS: usize = 21;

/// One start of one program.
struct Start {
    to_first_next: Duration,
    built: Duration,
    warmed: Duration,
    resident: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let programs = target().parent().unwrap().join("release");
    let named: Vec<String> = std::env::args().skip(1).collect();
    let chosen = |name: &&str| named.is_empty() || named.iter().any(|named| named == name);
    let names: Vec<&str> = std::iter::once(HELLO).chain(functions::names().filter(chosen)).collect();
    build(&names);
    let (tell, told) = oneshot::channel();
    let machine = Machine::start(Setup {
        template: Template::read(TEMPLATE).unwrap(),
        simulator: Simulator::new(World::example()).unwrap(),
        listens: Listens::default(),
        graph: None,
        clock: MachineClock::standing("2026-04-21T10:00:00Z".parse().unwrap()),
        ids: MachineIds::Counted(CountingIds::default()),
        key: [1; KEY_LEN],
        store: Store::Embedded,
        choices: Choices { signup_page: "https://partner.example/signup".to_owned(), ..Choices::default() },
        elsewhere: Some(Box::new({
            let programs = programs.clone();
            move |deployment: Deployment| {
                let programs = Arc::new(Programs::begin(programs, deployment, &[("LD_PRELOAD", "")]));
                assert!(tell.send(Arc::clone(&programs)).is_ok());
                programs
            }
        })),
        watch: nobody(),
    });
    let _machine = machine.await.unwrap();
    let running = told.await.unwrap();
    let mut starts: BTreeMap<&str, Vec<Start>> = BTreeMap::new();
    for _ in 0..ROUNDS {
        for name in &names {
            starts.entry(name).or_default().push(start(&running, name).await);
        }
    }
    show(&programs, &names, &starts);
}

/// Builds what is measured, with the profile that is deployed.
fn build(names: &[&str]) {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--release", "--bins"]);
    for name in names {
        cargo.args(["-p", name]);
    }
    assert!(cargo.status().unwrap().success());
}

async fn start(programs: &Programs, name: &str) -> Start {
    let function = if name == HELLO { "api" } else { name };
    let begun = Instant::now();
    let program = programs.start(name, function);
    program.started().await;
    let to_first_next = begun.elapsed();
    let resident = program.resident();
    let log = programs.log(name);
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let ready = lines.into_iter().find(|line| line["fields"]["message"] == "ready").unwrap_or_default();
    let took = |field: &str| Duration::from_micros(ready["fields"][field].as_u64().unwrap_or_default());
    Start { to_first_next, built: took("built_us"), warmed: took("warmed_us"), resident }
}

fn show(folder: &Path, names: &[&str], starts: &BTreeMap<&str, Vec<Start>>) {
    let hello = median(starts[HELLO].iter().map(|start| start.to_first_next));
    println!(
        "| program | size | zip | resident | start to first /next | of it clients | warm-up | without warm-up, to hello |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for name in names {
        let of = |value: fn(&Start) -> Duration| median(starts[name].iter().map(value));
        let whole = of(|start| start.to_first_next);
        let warmed = of(|start| start.warmed);
        let resident = median(starts[name].iter().map(|start| start.resident));
        let program = folder.join(name);
        println!(
            "| {name} | {} | {} | {} | {} ms | {} ms | {} ms | {:.1}x |",
            megabytes(program.metadata().unwrap().len()),
            megabytes(zipped(&program)),
            megabytes(resident),
            milliseconds(whole),
            milliseconds(of(|start| start.built)),
            milliseconds(warmed),
            whole.saturating_sub(warmed).as_secs_f64() / hello.as_secs_f64(),
        );
    }
}

fn median<T: Ord + Copy>(values: impl Iterator<Item = T>) -> T {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    values[values.len() / 2]
}

fn zipped(program: &PathBuf) -> u64 {
    let zip = Command::new("zip").args(["-9", "-q", "-j", "-"]).arg(program).output().unwrap();
    zip.stdout.len().try_into().unwrap()
}

fn megabytes(bytes: u64) -> String {
    format!("{}.{:02} MB", bytes / 1_000_000, bytes % 1_000_000 / 10_000)
}

fn milliseconds(time: Duration) -> String {
    format!("{}.{:01}", time.as_millis(), time.as_micros() % 1_000 / 100)
}
