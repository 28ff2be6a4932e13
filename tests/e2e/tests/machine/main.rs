//! One machine in this process: scenarios, what passes over its wires, and what is said to bad input.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod bad_input;
mod cut_wires;
mod events_page;
mod links;
mod names;
mod new_link;
mod played;
mod programs;
mod roles;
mod scenarios;
mod scopes;
mod waiting;
mod wire_formats;
