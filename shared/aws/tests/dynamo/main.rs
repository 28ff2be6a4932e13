//! The DynamoDB adapter through the real SDK, over loopback, against an embedded database.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed test is a panic, in the parts that tests share too"
)]

mod agreement;
mod contract;
mod line;
mod mishaps;
mod store;
mod units;
mod wire;
