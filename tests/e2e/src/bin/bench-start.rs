//! Measures what a cold start costs each function, beside a bare `lambda_runtime`, in one run: `just bench-start`.
//!
//! The release build of this machine's own architecture, under the stand-in of the Lambda Runtime API; one start of each in
//! turn, so that a busy moment hits all alike; medians. It needs `zip` for the size that is uploaded. All functions, or those
//! that are named. The stand-ins speak plain HTTP; what TLS adds is measured apart, by `warm-up`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a measurement, run by hand: it prints, and ends with what goes wrong"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use e2e::programs::{Programs, begin, target};
use handover_local::machine::{Machine, Setup};
use serde_json::Value;

const HELLO: &str = "hello-world";
const WARM_UP: &str = "warm-up";
/// A function makes one, two or three connections at its start.
const CONNECTIONS: [usize; 3] = [1, 2, 3];
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
    let (begin, begun) = begin(programs.clone(), &[("LD_PRELOAD", "")]);
    let _machine = Machine::start(Setup { elsewhere: Some(begin), ..e2e::example() }).await.unwrap();
    let running = begun.get().unwrap();
    let mut starts: BTreeMap<&str, Vec<Start>> = BTreeMap::new();
    let mut connected: BTreeMap<usize, Vec<Duration>> = BTreeMap::new();
    for _ in 0..ROUNDS {
        for count in CONNECTIONS {
            connected.entry(count).or_default().push(connect(&programs.join(WARM_UP), count));
        }
        for name in &names {
            starts.entry(name).or_default().push(start(running, name).await);
        }
    }
    show(&programs, &names, &starts);
    println!();
    for (count, took) in connected {
        println!(
            "{count} connections at once over TLS on loopback: {} ms",
            milliseconds(median(took.into_iter()))
        );
    }
}

/// What so many connections over TLS take in a process that has made none.
fn connect(program: &Path, count: usize) -> Duration {
    let ran = Command::new(program).arg(count.to_string()).output().unwrap();
    let microseconds = String::from_utf8(ran.stdout).unwrap().trim().parse();
    Duration::from_micros(microseconds.unwrap())
}

/// Builds what is measured, with the profile that is deployed.
fn build(names: &[&str]) {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--release", "--bins"]);
    for name in names.iter().chain([&WARM_UP]) {
        cargo.args(["-p", name]);
    }
    assert!(cargo.status().unwrap().success());
}

async fn start(programs: &Programs, name: &str) -> Start {
    let function = if name == HELLO { "api" } else { name };
    let program = programs.start(name, function);
    program.started().await;
    let to_first_next = program.age();
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
