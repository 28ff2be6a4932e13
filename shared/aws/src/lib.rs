//! The adapters to the outside: DynamoDB, EventBridge and HTTP.

pub mod bus;
pub mod dynamo;
pub mod graph_transport;
pub mod local_endpoint;
pub mod tables;
