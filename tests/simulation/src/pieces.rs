//! The ports of a world with one of them exchanged: another store of records, another Meta.

use handover_engine::memory::{CountingIds, MemoryBus, MemoryVault, SetClock};
use handover_engine::ports::{Clock, Ports};
use handover_engine::records::Records;
use handover_engine::settings::Settings;
use handover_graph::transport::{GraphRequest, GraphResponse, Transport, TransportError};
use jiff::Timestamp;

use crate::transport;
use crate::world::World;

/// A world's ports, with the records and the way to Meta of the caller's choice; nothing can be cut.
pub struct Pieces<'a, R, G> {
    /// The world that the other ports are taken from.
    pub world: &'a World,
    /// The records.
    pub records: &'a R,
    /// The way to Meta.
    pub graph: &'a G,
}

impl<R: Records, G: Transport> Ports for Pieces<'_, R, G> {
    type Records = R;
    type Bus = MemoryBus;
    type Vault = MemoryVault;
    type Graph = G;
    type Clock = SetClock;
    type Ids = CountingIds;

    fn records(&self) -> &R {
        self.records
    }
    fn bus(&self) -> &MemoryBus {
        &self.world.bus
    }
    fn vault(&self) -> &MemoryVault {
        &self.world.vault
    }
    fn graph(&self) -> &G {
        self.graph
    }
    fn clock(&self) -> &SetClock {
        &self.world.clock
    }
    fn ids(&self) -> &CountingIds {
        &self.world.ids
    }
    fn settings(&self) -> &Settings {
        &self.world.settings
    }
}

/// The way to the world's own Meta.
pub struct Meta<'a>(pub &'a World);

impl Transport for Meta<'_> {
    async fn send(
        &self,
        request: GraphRequest,
        deadline: Timestamp,
    ) -> Result<GraphResponse, TransportError> {
        transport::send(&self.0.simulator, &request, self.0.clock.now(), deadline)
    }
}
