//! The ports, the five writes, the step runner and the in-memory ports.

#[cfg(any(test, feature = "contract"))]
pub mod contract;
pub mod flaw;
pub mod memory_records;
pub mod records;
