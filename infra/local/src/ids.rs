//! New ids, PINs and links: counted in a rehearsal, random where people work.

use handover_aws::ids::RandomIds;
use handover_engine::memory::CountingIds;
use handover_engine::ports::Ids;
use handover_graph::secret::Pin;
use jiff::Timestamp;
use secrecy::SecretString;
use uuid::Uuid;

/// Where a machine's ids come from.
#[derive(Debug)]
pub enum MachineIds {
    /// From a counter: the same run makes the same ids.
    Counted(CountingIds),
    /// From the system's source of randomness.
    Random,
}

impl Ids for MachineIds {
    fn new_id(&self, now: Timestamp) -> Uuid {
        match self {
            Self::Counted(ids) => ids.new_id(now),
            Self::Random => RandomIds.new_id(now),
        }
    }

    fn new_pin(&self) -> Pin {
        match self {
            Self::Counted(ids) => ids.new_pin(),
            Self::Random => RandomIds.new_pin(),
        }
    }

    fn new_link(&self) -> SecretString {
        match self {
            Self::Counted(ids) => ids.new_link(),
            Self::Random => RandomIds.new_link(),
        }
    }
}
