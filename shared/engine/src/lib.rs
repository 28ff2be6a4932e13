//! The ports, the five writes, the step runner and the in-memory ports.

pub mod assets;
#[cfg(any(test, feature = "contract"))]
pub mod contract;
pub mod creation;
pub mod flaw;
pub mod http_answers;
pub mod items;
pub mod ledgers;
pub mod memory;
pub mod memory_records;
pub mod ports;
pub mod problem;
pub mod public_events;
pub mod records;
pub mod runner;
pub mod settings;
pub mod signup_link;
pub mod tokens;
pub mod work;
pub mod writes;
