//! One machine: the same functions, an embedded DynamoDB, the bus and the schedules in one process.

pub mod account;
pub mod bus;
pub mod gateway;
pub mod pattern;
pub mod schedule;
pub mod stream;
pub mod template;
