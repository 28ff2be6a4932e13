//! The adapters to the outside: DynamoDB, EventBridge and HTTP.

pub mod graph_transport;
