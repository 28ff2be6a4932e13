//! One machine: the same functions, an embedded DynamoDB, the bus and the schedules in one process.

pub mod account;
pub mod authorizer;
pub mod bus;
pub mod clock;
pub mod dev;
pub mod gateway;
pub mod ids;
pub mod issuer;
pub mod machine;
pub mod pattern;
pub mod ports;
pub mod queue;
pub mod rehearsal;
pub mod scenario;
pub mod schedule;
pub mod store;
pub mod stream;
pub mod tap;
pub mod template;
pub mod vault;
pub mod watch;
mod webhooks;
pub mod wires;

/// The template that is deployed on AWS, and that one machine plays.
pub const TEMPLATE: &str = include_str!("../../template.yaml");
