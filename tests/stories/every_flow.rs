//! What holds for every flow of the table, found through the table: each completes, and at whatever call a function dies or is
//! run twice, nothing is lost or doubled.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use handover_domain::flow::{Asked, FlowName};
use handover_domain::reason::Reason;
use handover_domain::state::Status;
use simulation::crashes;
use simulation::meanwhile::{Cut, Meanwhile};
use simulation::script::Script;
use simulation::world::World;

#[test]
fn every_flow_completes_row_by_row() {
    for flow in FlowName::ALL {
        let world = World::played(&Script::of(flow));
        assert!(world.violations().is_empty(), "{flow}: {:?}", world.violations());
        let state = &world.states()[0];
        assert_eq!((state.flow, state.status), (flow, Status::Completed), "{state:#?}");
        assert_eq!(state.row, flow.flow().rows.last().unwrap().name);
        let told: Vec<_> = world.events().iter().map(|(_, event)| event.detail_type).collect();
        assert!(told.contains(&"MigrationEnded"), "{flow}: {told:?}");
        assert_eq!(told.contains(&"CustomerUnblocked"), flow.flow().silences, "{flow}: {told:?}");
        assert_eq!(state.cut_over_at.is_some(), flow.flow().moves, "{flow}");
        if flow.flow().moves {
            let old = world.waba(0);
            let source = state.source.as_ref().map(ToString::to_string);
            let named = Some(old.clone()).filter(|_| flow.flow().asks.contains(&Asked::Waba));
            assert_eq!(source, named, "{flow}");
            let simulator = world.simulator();
            let numbers = simulator.world().phone_numbers.values();
            let on: Vec<_> =
                numbers.map(|number| (number.waba_id.clone(), number.status.as_str().to_owned())).collect();
            let new = state.waba.as_ref().unwrap().to_string();
            assert!(on.contains(&(new, "CONNECTED".to_owned())), "{flow}: {on:?}");
            assert!(on.contains(&(old, "MIGRATED".to_owned())), "{flow}: {on:?}");
        }
    }
}

/// A call that cannot be repeated, and of which nobody knows whether it was made, is the one thing that a person must answer.
fn is_done_or_a_persons(world: &World, cut: Cut) {
    let place = world.was_cut_at();
    assert!(world.violations().is_empty(), "{cut:?} at {place:?}: {:?}", world.violations());
    for state in world.states() {
        let asks = match place.as_ref().map(|place| place.function) {
            Some("set-migration-intent" | "set-ownership-intent") => Some(Reason::INTENT_UNKNOWN),
            Some("move-number") => Some(Reason::NUMBER_NOT_LISTED),
            _ => None,
        };
        let may_ask = state.status == Status::Person && asks.is_some() && state.reason == asks;
        assert!(state.status == Status::Completed || may_ask, "{cut:?} at {place:?}: {state:#?}");
    }
}

#[test]
fn wherever_a_function_of_any_flow_dies_or_runs_twice_nothing_is_lost_or_doubled() {
    std::thread::scope(|threads| {
        for flow in FlowName::ALL {
            threads.spawn(move || is_cut_everywhere(flow));
        }
    });
}

fn is_cut_everywhere(flow: FlowName) {
    let script = Script::of(flow);
    let clean = crashes::Clean::run(&script).distinct();
    for meanwhile in [Meanwhile::Nothing, Meanwhile::SameDelivery, Meanwhile::AnotherClaimsAndDies] {
        let cut = crashes::everywhere(&script, meanwhile, |_| (), is_done_or_a_persons);
        assert_eq!(cut, clean, "{flow}, {meanwhile:?}: every place of the clean run was cut");
    }
    println!("{flow}: {} places", clean.len());
}
