//! The whole of one machine, driven as a user drives it. The tests are in `tests/`; here is what they and the measurement
//! of start-up have in common.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on has failed"
)]

use graph_simulator::{Simulator, World};
use handover_engine::memory::CountingIds;
use handover_local::TEMPLATE;
use handover_local::clock::MachineClock;
use handover_local::ids::MachineIds;
use handover_local::issuer::Issuer;
use handover_local::machine::{Choices, Listens, Setup};
use handover_local::store::Store;
use handover_local::template::Template;
use handover_local::vault::KEY_LEN;
use handover_local::watch::nobody;

pub mod programs;
pub mod template_text;

/// The moment at which the example's customer signs up.
pub const MOMENT: &str = "2026-04-21T10:00:00Z";

/// A machine with the simulator's example at that moment, which nobody has asked for anything.
pub fn example() -> Setup {
    Setup {
        template: Template::read(TEMPLATE).unwrap(),
        simulator: Simulator::new(World::example()).unwrap(),
        listens: Listens::default(),
        graph: None,
        clock: MachineClock::standing(MOMENT.parse().unwrap()),
        ids: MachineIds::Counted(CountingIds::default()),
        key: [1; KEY_LEN],
        issuer: Issuer::of_this_process().unwrap(),
        store: Store::Embedded,
        choices: Choices { signup_page: "https://partner.example/signup".to_owned(), ..Choices::default() },
        elsewhere: None,
        watch: nobody(),
    }
}
