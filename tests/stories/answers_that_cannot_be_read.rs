//! An answer of Meta's that is HTML, cut, empty, of another shape or an error of the server, at every call of
//! the flow: the row stays where it was with a reason of its own, or goes on where the call has no veto, and
//! the migration comes to the promised day all the same.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

use std::collections::BTreeMap;
use std::fmt::Write;

use graph_simulator::{Endpoint, Fault, PlannedFault};
use handover_domain::state::Status;
use handover_engine::records::Item;
use simulation::script::{Script, at};
use simulation::world::World;

/// The ways in which an answer is broken; each call meets each of them.
const BREAKS: [(&str, Fault); 7] = [
    ("HTML, and nothing was done", Fault::Html { applied: false }),
    ("HTML, and it was done", Fault::Html { applied: true }),
    ("cut", Fault::Cut),
    ("empty", Fault::Empty),
    ("of another shape", Fault::OtherShape),
    ("502, and nothing was done", Fault::Status { status: 502, applied: false }),
    ("502, and it was done", Fault::Status { status: 502, applied: true }),
];

/// A call that is made over and over, as the daily look, is broken at the first times and at the last.
const FIRST_TIMES: u32 = 4;

fn played(script: &Script) -> World {
    let world = World::new(script);
    world.play(script);
    world
}

/// Every call of the clean run, by its kind and which of that kind it is.
fn places(clean: &World) -> Vec<(Endpoint, u32)> {
    let mut times: BTreeMap<Endpoint, u32> = BTreeMap::new();
    for call in clean.simulator().calls() {
        *times.entry(call.endpoint).or_default() += 1;
    }
    let some = |(endpoint, last): (Endpoint, u32)| {
        (1..=last).filter(move |nth| *nth <= FIRST_TIMES || *nth == last).map(move |nth| (endpoint, nth))
    };
    times.into_iter().flat_map(some).collect()
}

/// What stands in the history and would not without the fault.
fn told(world: &World, clean: &[Item]) -> Vec<String> {
    let entry = |entry: &Item| {
        let text =
            |name: &str| entry.get(name).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
        format!("{}: {} {}", text("row"), text("outcome"), text("reason"))
    };
    let mut usual: Vec<String> = clean.iter().map(entry).collect();
    let mut told: Vec<String> = world.history(0).iter().map(entry).collect();
    told.retain(|line| match usual.iter().position(|expected| expected == line) {
        Some(place) => {
            usual.remove(place);
            false
        }
        None => true,
    });
    told
}

fn must_have_come_through(world: &World, place: &str) {
    assert!(world.violations().is_empty(), "{place}: {:?}", world.violations());
    assert!(world.failures().is_empty(), "{place}: {:?}", world.failures());
    let state = &world.states()[0];
    assert_eq!(state.status, Status::Completed, "{place}: {state:#?}");
    assert!(state.findings.is_empty(), "{place}: {:?}", state.findings);
    assert_eq!(world.persons(), 0, "{place}: nobody is asked for");
    let first = at("2026-05-01T00:00:00Z")..at("2026-05-01T12:00:00Z");
    let unblocked = world.unblocked_at().expect("announced");
    assert!(first.contains(&unblocked), "{place}: unblocked at {unblocked}");
}

/// What a broken answer came to, in words: entries of the history, signups, calls to share.
fn came_to(world: &World, usual: &[Item]) -> String {
    let mut told = told(world, usual);
    let signups: Vec<String> = world.answers().iter().map(|(_, body)| body["outcome"].to_string()).collect();
    if signups.len() > 1 {
        told.insert(0, format!("signups {}", signups.join(", ")));
    }
    let posts = world.share_posts().len();
    if posts > 1 {
        told.push(format!("{posts} calls to share"));
    }
    if told.is_empty() { "nothing of note".to_owned() } else { told.join("; ") }
}

#[test]
fn at_every_call_the_row_stays_with_a_reason_and_the_flow_completes() {
    let script = Script::with_a_number_to_register();
    let clean = played(&script);
    must_have_come_through(&clean, "the clean run");
    let usual = clean.history(0);
    let mut table = String::new();
    for (endpoint, nth) in places(&clean) {
        let mut ways: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (how, fault) in BREAKS {
            let fault = PlannedFault { endpoint, nth, about: None, fault };
            let world = played(&script.clone().with_faults([fault]));
            must_have_come_through(&world, &format!("{endpoint} #{nth}, {how}"));
            ways.entry(came_to(&world, &usual)).or_default().push(how);
        }
        writeln!(table, "{endpoint} #{nth}").expect("a line");
        for (came_to, ways) in ways {
            writeln!(table, "    {came_to}\n        {}", ways.join(" | ")).expect("a line");
        }
    }
    insta::assert_snapshot!("what_a_broken_answer_comes_to", table);
}

#[test]
fn a_token_of_which_meta_says_nothing_twice_is_asked_about_until_it_does() {
    let debug: Endpoint = "GET /debug_token".parse().expect("a call");
    let fault =
        |nth| PlannedFault { endpoint: debug, nth, about: None, fault: Fault::Html { applied: false } };
    let script = Script::with_a_number_to_register();
    let world = played(&script.clone().with_faults([fault(1), fault(2)]));
    must_have_come_through(&world, "debug_token twice");
    assert_eq!(
        told(&world, &played(&script).history(0)),
        ["learn the assets: retry unreadable-answer"],
        "nothing rests on the token before"
    );
}
