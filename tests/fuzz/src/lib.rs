//! Hostile input at every door of the bundle.
//!
//! A **door** is a place at which bytes come in from outside: it opens a world in the middle of a story, takes bytes,
//! and panics if a promise breaks. The promises are the same at each: nothing panics, what is refused changes nothing,
//! no answer is larger than it may be, and bad input is never our failure (no 5xx while all ports are healthy).
//!
//! - `doors`: one module a door;
//! - `corpus`: what stands in the tree to begin from: good input, of which each file is taken as its name says;
//! - `change`: what is done to it;
//! - `run`: so many changed inputs, from a seed, on stable Rust; `libfuzzer.rs` gives the same doors to libFuzzer, and `libfuzzer.sh` runs
//!   it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "this crate is a test: a failed expectation is a panic, and how long it runs is told from outside"
)]

pub mod change;
pub mod corpus;
pub mod doors;
pub mod kept;
pub mod run;
