//! The fault simulation: the real functions on ports in memory against the simulated Meta, with a crash, a
//! race or a lost answer put wherever the test wants it.
//!
//! - `gate`: every call of a port is a place where a run can be cut;
//! - `gated`: the ports with a gate before and after each call;
//! - `watch`: what may never happen, looked at on every write and call;
//! - `world`: the queue of deliveries and the clock; `playing`: how they go on, step by step; `story`: what has happened in it;
//! - `trunk`: the beginning that many stories have in common;
//! - `meanwhile`: what happens while a function stands at a gate;
//! - `mirror`: a second store, to which the record in memory is held;
//! - `asking`: what a test asks a function directly;
//! - `document`: every answer is held to the API document;
//! - `partners`: what the other partner of a solution does;
//! - `pieces`: the ports of a world with another store or another Meta;
//! - `script`: what the customer and Meta do, and when;
//! - `uses`: what each function asks of AWS, in the words of its role;
//! - `quiet`: what must hold when nothing is left to do;
//! - `fault`: what can go wrong at a call, and plans of it;
//! - `invariants`: what holds after every delivery; `on_its_way`: what holds while a share is on its way to Meta;
//! - `exhaustive`: every fault at every call, alone and in pairs; `random`: stories by seed, with `deliveries` that are lost,
//!   late and doubled; `restore`: the tables put back; `releases`:
//!   what each release has left; `campaign`: all of it, counted, and `catalogue`: by the number of the
//!   fault;
//! - `crashes`: a script cut at every place of its clean run; `careless`: an engine that is broken, and
//!   must be seen; `crash_points`: where.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this crate is a test: a failed expectation is a panic"
)]

mod acts;
pub mod asking;
pub mod campaign;
pub mod canaries;
pub mod careless;
pub mod catalogue;
pub mod crash_points;
pub mod crashes;
mod deliveries;
pub mod document;
pub mod envelopes;
pub mod exhaustive;
pub mod fault;
pub mod gate;
pub mod gated;
pub mod invariants;
pub mod meanwhile;
pub mod mirror;
mod on_its_way;
pub mod partners;
pub mod pieces;
mod playing;
pub mod quiet;
pub mod random;
pub mod releases;
pub mod restore;
pub mod schedules;
pub mod script;
pub mod story;
pub mod transport;
mod trunk;
pub mod uses;
pub mod watch;
pub mod world;

/// Of a story's time the system's allocator takes a third, this one a tenth (decision 0037).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Lets panics be told by whoever catches them, and by nobody else.
pub fn mute_panics() {
    std::panic::set_hook(Box::new(|_| ()));
}
