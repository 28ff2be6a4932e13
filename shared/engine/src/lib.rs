//! The ports, the five writes, the step runner and the in-memory ports.

pub mod memory_records;
pub mod records;
