//! The ports of one machine: the adapters that run on AWS, pointed at loopback, and a vault with a file's key.

use std::sync::Arc;

use handover_aws::bus::EventBridge;
use handover_engine::ports::Ports;
use handover_engine::settings::Settings;

use crate::clock::MachineClock;
use crate::ids::MachineIds;
use crate::store::MachineRecords;
use crate::tap::Tap;
use crate::vault::KeyVault;
use crate::watch::WatchedGraph;
use crate::wires::Wires;

/// What the functions of one machine are given.
#[derive(Debug)]
pub struct MachinePorts {
    pub(crate) records: Tap<MachineRecords>,
    pub(crate) bus: EventBridge,
    pub(crate) vault: KeyVault,
    pub(crate) graph: WatchedGraph,
    pub(crate) settings: Settings,
    /// Has the clock and the ids, which the bus and the schedules use as well.
    pub(crate) wires: Arc<Wires>,
}

impl Ports for MachinePorts {
    type Records = Tap<MachineRecords>;
    type Bus = EventBridge;
    type Vault = KeyVault;
    type Graph = WatchedGraph;
    type Clock = MachineClock;
    type Ids = MachineIds;

    fn records(&self) -> &Self::Records {
        &self.records
    }

    fn bus(&self) -> &Self::Bus {
        &self.bus
    }

    fn vault(&self) -> &Self::Vault {
        &self.vault
    }

    fn graph(&self) -> &Self::Graph {
        &self.graph
    }

    fn clock(&self) -> &Self::Clock {
        self.wires.clock()
    }

    fn ids(&self) -> &Self::Ids {
        self.wires.ids()
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }
}
