//! Faults by counting: the smallest flow with every fault at every call, and that the counting itself can fail.

#![allow(clippy::expect_used, reason = "a test")]

use handover_domain::flow::FlowName;
use handover_domain::state::Status;
use handover_engine::records::{Expectation, Write};
use serde_json::json;
use simulation::exhaustive::{self, singles};
use simulation::fault::{Fault, Plan};
use simulation::random;
use simulation::restore;
use simulation::script::{Script, Variant};
use simulation::world::World;

#[test]
fn a_fault_at_any_call_of_the_smallest_flow_breaks_nothing() {
    let script = Script::of(FlowName::SolutionShare);
    let clean = exhaustive::run(&script, &Plan::default());
    let tally = singles(&script, &|_| true);
    let expected: usize = clean.calls.iter().map(|call| call.faults().count()).sum();
    assert_eq!(tally.broken, []);
    assert_eq!(usize::try_from(tally.runs), Ok(expected), "each fault at each call");
    assert!(tally.struck >= tally.runs, "each of them struck: {} of {}", tally.struck, tally.runs);
    println!("{} runs, {} places", tally.runs, tally.places.len());
}

/// A variant in which nothing went its way any more would rest with a person, and show nothing.
#[test]
fn each_variant_goes_its_way_and_to_its_end() {
    for variant in Variant::ALL {
        let world = World::played(&variant.script());
        assert!(world.states().iter().all(|state| state.status == Status::Completed), "{variant}");
        let calls = world.calls();
        let is_called = |name: &str| calls.iter().any(|call| call.call == name || call.function == name);
        let history = world.history(0);
        let acted =
            |action: &str| history.iter().filter(|entry| entry.get("action") == Some(&json!(action))).count();
        let went = match variant {
            Variant::TwoCalls => {
                is_called("graph share_with_business") && is_called("graph attach_credit_line")
            }
            Variant::Approved => acted("approve") == 2,
            Variant::Watched => is_called("audit") && is_called("monthly-activation"),
            Variant::Resolved => acted("resolve") == 1,
        };
        assert!(went, "{variant}");
    }
}

#[test]
fn the_same_seed_is_the_same_story() {
    for seed in [3, 4, 5] {
        let (one, same) = (random::run(seed, None), random::run(seed, None));
        assert_eq!((one.trace, &one.struck), (same.trace, &same.struck));
        assert_eq!(one.broken.len(), 0, "{seed}: {:?}", one.broken);
        let by_plan = random::run(seed, Some(&one.struck));
        assert_eq!(by_plan.trace, one.trace, "the faults that struck, given by a plan, are the same story");
    }
}

#[test]
fn the_tables_put_back_to_before_the_share_double_nothing() {
    let script = Script::of(FlowName::PartnerSwitch);
    let rewinds = restore::everywhere(&script);
    assert!(rewinds.len() > 50, "{}", rewinds.len());
    let last = rewinds.last().expect("a restore").after;
    for rewind in rewinds.iter().filter(|rewind| rewind.after == last) {
        assert_eq!(restore::run(&script, *rewind).broken.len(), 0, "{rewind:?}");
    }
}

/// The call of the story at which a function makes a call.
fn number_of(script: &Script, function: &str, call: &str) -> usize {
    let clean = exhaustive::run(script, &Plan::default());
    let found = clean.calls.iter().position(|one| one.function == function && one.call == call);
    found.expect("the story has it")
}

fn broken_by(script: &Script, plan: &Plan, forgets: fn(&Write, &Expectation) -> bool) -> Vec<&'static str> {
    let mut world = World::new(script);
    world.careless.forgets = Some(forgets);
    world.plan(plan);
    world.play(script);
    world.violations().into_iter().collect()
}

fn is_of_state(write: &Write) -> bool {
    write.key.sort == "STATE"
}

#[test]
fn two_workers_who_share_one_after_the_other_are_seen() {
    let script = Script::example();
    let intent = number_of(&script, "share-credit-line", "write STATE+LEDGER");
    // Before it writes its intent another has the turn; a store that forgets lease, claim and `rev` lets both of them call.
    let plan = Plan::default().and(intent - 1, Fault::Again);
    let broken = broken_by(&script, &plan, |write, _| is_of_state(write) || write.key.sort == "LEDGER");
    assert!(broken.contains(&"no-second-share-without-proof"), "{broken:?}");
}

#[test]
fn an_entry_that_is_written_twice_is_seen() {
    let script = Script::example();
    let commit = number_of(&script, "discover-assets", "write STATE");
    let plan = Plan::default().and(commit, Fault::Again);
    let broken = broken_by(&script, &plan, |_, _| true);
    assert!(!broken.is_empty(), "a store without any condition breaks something");
}
