//! Who looks on: everything that passes through a machine, shown as it passes.

use std::sync::Arc;

use handover_aws::graph_transport::GraphTransport;
use handover_graph::transport::{GraphRequest, GraphResponse, Transport, TransportError};
use jiff::Timestamp;
use serde_json::Value;

use crate::clock::MachineClock;

/// Something that passes. What calls a function is shown whole, with a signup's code in it: whoever looks
/// on prints names and not payloads.
#[derive(Debug)]
pub enum Passage<'a> {
    /// A function is invoked.
    Invoked {
        /// The function.
        function: &'a str,
        /// The event, in AWS's shape.
        event: &'a Value,
    },
    /// A function answered.
    Answered {
        /// The function.
        function: &'a str,
        /// The answer, as AWS takes it.
        answer: &'a [u8],
    },
    /// A function gave no answer, or one that its caller does not understand.
    Failed {
        /// The function.
        function: &'a str,
        /// What happened, with its causes.
        problem: &'a str,
    },
    /// The bus took an event.
    Put {
        /// Its envelope.
        envelope: &'a Value,
    },
    /// Meta sends a webhook. Nothing listens yet, so it is shown and nothing more.
    Webhook {
        /// Its body.
        body: &'a Value,
    },
    /// Meta is called.
    Called {
        /// The call; its text shows no secret.
        request: &'a GraphRequest,
    },
}

/// Looks on. It must not wait: the machine does, until it returns.
pub type Watch = Arc<dyn Fn(&Passage<'_>) + Send + Sync>;

/// Nobody looks on.
#[must_use]
pub fn nobody() -> Watch {
    Arc::new(|_| {})
}

/// The way to Meta, with somebody looking on.
pub struct WatchedGraph {
    transport: GraphTransport<MachineClock>,
    watch: Watch,
}

impl WatchedGraph {
    /// Shows each call to `watch` and hands it to `transport`.
    #[must_use]
    pub fn new(transport: GraphTransport<MachineClock>, watch: Watch) -> Self {
        Self { transport, watch }
    }
}

impl std::fmt::Debug for WatchedGraph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WatchedGraph").finish_non_exhaustive()
    }
}

impl Transport for WatchedGraph {
    async fn send(
        &self,
        request: GraphRequest,
        deadline: Timestamp,
    ) -> Result<GraphResponse, TransportError> {
        (self.watch)(&Passage::Called { request: &request });
        self.transport.send(request, deadline).await
    }
}
