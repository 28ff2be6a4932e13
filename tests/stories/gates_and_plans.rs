//! What is put into a story: gates, faults of a plan, seeds, and the catalogue that counts them.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;

use simulation::catalogue::{CATALOGUE, Hits};
use simulation::fault::{Fault, Plan};
use simulation::gate::{Gate, Kind, Side, Then, drive};
use simulation::random::{Drawn, drawn};

#[test]
fn a_function_is_cut_before_or_after_its_call() {
    let gate = Gate::default();
    let run = async {
        let before = gate.pass("read", Kind::Looks, Side::Before).await;
        (before, gate.pass("read", Kind::Looks, Side::After).await)
    };
    let mut seen = Vec::new();
    let whole = drive("f", run, &gate, |point| {
        let then = if point.side == Side::Before { Then::Twice } else { Then::Goes };
        seen.push((point.call, point.side));
        then
    });
    assert_eq!(whole, Some((Then::Twice, Then::Goes)));
    assert_eq!(seen, [("read".to_owned(), Side::Before), ("read".to_owned(), Side::After)]);
    let cut = drive("f", gate.pass("read", Kind::Looks, Side::Before), &gate, |_| Then::Crashes);
    assert_eq!(cut, None);
}

#[test]
#[should_panic(expected = "sleeper waits for something that is no port")]
fn a_function_that_waits_for_anything_but_a_port_fails() {
    let gate = Gate::default();
    drive("sleeper", std::future::pending::<()>(), &gate, |_| Then::Goes);
}

#[test]
fn a_plan_is_read_as_it_is_written() {
    let plan = Plan::default().and(17, Fault::Lose).and(23, Fault::CrashAfter);
    assert_eq!(plan.to_string(), "17:lose,23:crash-after");
    assert_eq!("17:lose,23:crash-after".parse(), Ok(plan));
    assert_eq!("".parse(), Ok(Plan::default()));
    for wrong in ["17", "17:explode", "x:lose"] {
        let told = wrong.parse::<Plan>().unwrap_err().to_string();
        assert!(told.starts_with(&format!("`{wrong}` is no fault")), "{told}");
    }
}

#[test]
fn a_seed_is_one_story() {
    let (one, same, other) = (drawn(7), drawn(7), drawn(8));
    let shown = |drawn: &Drawn| format!("{drawn:?}");
    assert_eq!(shown(&one), shown(&same));
    assert_ne!(shown(&one), shown(&other));
}

#[test]
fn every_number_stands_once() {
    let ids: BTreeSet<&str> = CATALOGUE.iter().map(|known| known.id).collect();
    assert_eq!(ids.len(), CATALOGUE.len());
    for (letter, last) in [("G", 33), ("A", 24), ("T", 10), ("U", 13)] {
        for number in 1..=last {
            assert!(ids.contains(format!("{letter}{number}").as_str()), "{letter}{number}");
        }
    }
}

#[test]
fn what_never_struck_is_named() {
    let mut hits = Hits::default();
    CATALOGUE.iter().filter(|known| known.id != "G7").for_each(|known| hits.hit(known.id));
    let never: Vec<&str> = hits.never().iter().map(|known| known.id).collect();
    assert_eq!(never, ["G7"]);
}
