//! The adapters to the outside: AWS, HTTP, and the edge to Lambda.
//!
//! Each service is a feature, so that a function links what its rows need: [`dynamo`] (`records`), [`bus`], [`vault`]
//! with [`secrets`], [`graph_transport`] (`graph`). [`config`], [`ports`] and [`lambda`] make a function of them.

#[cfg(feature = "bus")]
pub mod bus;
pub mod clock;
pub mod config;
#[cfg(feature = "records")]
pub mod dynamo;
#[cfg(feature = "graph")]
pub mod graph_transport;
pub mod ids;
#[cfg(feature = "lambda")]
pub mod lambda;
pub mod local_endpoint;
#[cfg(feature = "lambda")]
pub mod metrics;
#[cfg(feature = "lambda")]
pub mod ports;
#[cfg(feature = "vault")]
pub mod secrets;
#[cfg(feature = "records")]
pub mod tables;
#[cfg(any(feature = "records", feature = "bus", feature = "vault"))]
mod timeouts;
pub mod tls;
#[cfg(feature = "lambda")]
mod trace;
#[cfg(feature = "vault")]
pub mod vault;
