//! The adapters to AWS through its real SDK, over loopback: DynamoDB against an embedded database,
//! EventBridge against told answers.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed test is a panic, in the parts that tests share too"
)]

mod agreement;
mod budgets;
mod bus;
mod contract;
mod differential;
mod line;
mod mishaps;
mod number;
mod races;
mod roll_call;
mod secrets;
mod store;
mod tables;
mod told;
mod units;
mod vault;
mod wire;
