//! Changed inputs from a seed, so many of them or so long: on stable Rust, and the same ones each time.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

use crate::change::{changed, changes};
use crate::corpus;
use crate::doors::Door;

/// Inputs of one door in `cargo test`: all doors together take some seconds.
const FEW: u32 = 200;

/// How long each door runs instead, in seconds.
const SECONDS: &str = "HANDOVER_FUZZ_SECONDS";
/// Another beginning than 0.
const SEED: &str = "HANDOVER_FUZZ_SEED";

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is a whole number, and not {text:?}")))
}

/// Gives a door its corpus as it is, then changed inputs, and says how many there were.
///
/// # Panics
///
/// If a promise of the door's breaks: with the smallest changes that break it.
pub fn run(door: &Door) {
    let files = corpus::of(door.name);
    let mut open = (door.open)();
    for file in &files {
        open(&file.bytes);
    }
    let first = number(SEED).unwrap_or_default();
    let until = number(SECONDS).map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let mut done = files.len() as u64;
    for seed in first.. {
        batch(door, &files, seed);
        done += u64::from(FEW);
        if until.is_none_or(|until| Instant::now() >= until) {
            println!("{}: {done} executions, seeds {first} to {seed}", door.name);
            return;
        }
    }
}

fn batch(door: &Door, files: &[corpus::File], seed: u64) {
    let config =
        Config { cases: FEW, failure_persistence: None, max_shrink_iters: 2_000, ..Config::default() };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let open = std::cell::RefCell::new((door.open)());
    let tried = runner.run(&(any::<Index>(), changes()), |(file, changes)| {
        open.borrow_mut()(&changed(&file.get(files).bytes, files, &changes));
        Ok(())
    });
    if let Err(TestError::Fail(reason, (file, changes))) = tried {
        let file = file.get(files);
        let input = changed(&file.bytes, files, &changes);
        let shown: String = String::from_utf8_lossy(&input).chars().take(4_000).collect();
        panic!("{} (seed {seed}): {reason}\n{} with {changes:?}:\n{shown}", door.name, file.name);
    }
}
