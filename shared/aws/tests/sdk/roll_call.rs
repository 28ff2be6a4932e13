//! What the 1st of the month costs: the roll call reads the board, and a customer is a line of it.

use handover_domain::flow::FlowName;
use handover_domain::ids::MigrationId;
use handover_domain::state::{State, Status, board};
use handover_engine::items;
use handover_engine::ports::Ids;
use handover_engine::records::{Action, Records, Write};
use handover_engine::roll_call::{Phase, RollCall};
use jiff::civil::date;
use simulation::envelopes;
use simulation::pieces::{Meta, Pieces};
use simulation::script::{Script, at};
use simulation::world::World;

use crate::told::ToldRecords;

/// So many customers wait for 1 May.
const CUSTOMERS: u32 = 500;
/// A page of a query costs half a unit at least; the budget is for a customer among many.
const BUDGET: f64 = 0.05;

async fn with_customers_that_wait(world: &World) -> ToldRecords {
    let records = ToldRecords::fresh().await;
    let flow = FlowName::PartnerSwitch;
    let now = at("2026-04-21T10:00:00Z");
    for number in 0..CUSTOMERS {
        let migration = MigrationId::new(world.ids.new_id(now));
        let mut state = State::new(migration, flow, flow.flow().row("activation").unwrap(), now);
        state.status = Status::Waiting;
        state.due_at = Some(at("2026-05-02T10:00:00Z"));
        state.waba = Some(format!("4865859711{number:05}").parse().unwrap());
        state.label = Some(format!("Customer {number} GmbH & Co. KG"));
        state.unblocks_on = Some(date(2026, 5, 1));
        state.board = board(state.unblocks_on, migration);
        let key = items::state(migration);
        let item = items::written(&key, &state).unwrap();
        records.write(&Write { key, expects: vec![], action: Action::Put(item) }).await.unwrap();
    }
    records.take();
    records
}

#[tokio::test]
async fn a_customer_costs_a_twentieth_of_a_read_unit_and_a_wake() {
    let world = World::new(&Script::example());
    world.clock.set(at("2026-05-01T00:15:00Z"));
    let records = with_customers_that_wait(&world).await;
    let meta = Meta(&world);
    let ports = Pieces { world: &world, records: &records, graph: &meta };
    let tick = envelopes::tick(at("2026-05-01T00:15:00Z")).to_string();
    functions::invoke(&ports, "monthly-activation", tick.as_bytes()).await.unwrap();
    let costs = records.take();
    let read: f64 = costs.iter().map(|(_, units)| units.read).sum();
    assert!(read <= BUDGET * f64::from(CUSTOMERS), "{read} units for {CUSTOMERS} customers");

    let key = RollCall::key(date(2026, 5, 1));
    let call: RollCall = items::read(&key, records.read(&key).await.unwrap().unwrap()).unwrap();
    let expected = u64::from(CUSTOMERS);
    assert_eq!((call.expected, call.woken, call.phase), (expected, expected, Phase::Through));
    assert!(world.simulator().calls().is_empty(), "nothing is asked of Meta, and nothing of the credit line");
}
