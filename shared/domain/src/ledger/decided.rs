//! What an operator's verdict does to the ledger, and what it cannot do.

use super::tests::{allocation, asks, at, minutes, posts, sees, waba};
use super::*;

const NOON: &str = "2026-04-21T12:00:00Z";

fn decides(decision: Decision, now: Timestamp) -> Asker {
    Asker { decision: Some(decision), ..asks(now) }
}

fn applied(id: &str) -> Decision {
    Decision::Applied { allocation: allocation(id) }
}

/// A call was made beside a foreign allocation, and its answer is lost: nobody but a person can tell.
fn undecided() -> Ledger {
    let ledger = Ledger { intent: None, ..Ledger::default() }.intending(
        &asks(at(NOON)),
        &sees(&[("70", "80")], Some("90")),
        1,
    );
    let later = asks(after(at(NOON), minutes(30)));
    let stands = ledger.decide(&later, &sees(&[("70", "80")], Some("90")));
    assert!(matches!(stands, Move::Wait { on: WaitsFor::Person, .. }), "{stands:?}");
    ledger
}

fn stands_for(move_: &Move) -> &Reason {
    match move_ {
        Move::Wait { on: WaitsFor::Person, reason, .. } => reason,
        other => panic!("a person was expected, not {other:?}"),
    }
}

#[test]
fn a_share_that_was_applied_is_written_down_with_the_day_of_its_call() {
    let now = after(at(NOON), minutes(60));
    let decided = undecided().decide(&decides(applied("70"), now), &sees(&[("70", "80")], Some("90")));
    let Move::Shared { ledger, entry } = decided else { panic!("{decided:?}") };
    assert_eq!(
        (entry.allocation.as_str(), entry.shared_at, entry.verdict),
        ("70", at(NOON), Verdict::Shared)
    );
    assert_eq!(ledger.intent, None);
}

#[test]
fn an_allocation_that_meta_does_not_show_is_not_written_down() {
    let now = after(at(NOON), minutes(60));
    let decided = undecided().decide(&decides(applied("71"), now), &sees(&[("70", "80")], Some("90")));
    assert_eq!(stands_for(&decided), &Reason::ALLOCATION_NOT_SHOWN);
}

#[test]
fn what_was_not_applied_is_called_once_more_and_what_stands_there_is_its_baseline() {
    let now = after(at(NOON), minutes(60));
    let seen = sees(&[("70", "80")], Some("90"));
    let intended = posts(undecided().decide(&decides(Decision::NotApplied, now), &seen)).intent.unwrap();
    assert_eq!((intended.posts, intended.recorded_at), (1, now));
    assert_eq!(intended.baseline, [allocation("70")]);
}

#[test]
fn a_share_that_can_be_seen_was_made_whoever_says_that_it_was_not() {
    let now = after(at(NOON), minutes(60));
    let seen = sees(&[("70", "80"), ("71", "81")], Some("90"));
    let decided = undecided().decide(&decides(Decision::NotApplied, now), &seen);
    assert!(
        matches!(&decided, Move::Shared { entry, .. } if entry.allocation == allocation("71")),
        "{decided:?}"
    );
}

#[test]
fn an_allocation_that_nobody_explained_is_ours_or_not_as_the_operator_says() {
    let seen = sees(&[("70", "80")], Some("90"));
    let now = at(NOON);
    assert_eq!(stands_for(&Ledger::default().decide(&asks(now), &seen)), &Reason::ALLOCATION_UNEXPLAINED);
    let ours = Ledger::default().decide(&decides(applied("70"), now), &seen);
    assert!(matches!(ours, Move::Shared { .. }), "{ours:?}");
    posts(Ledger::default().decide(&decides(Decision::NotApplied, now), &seen));
}

#[test]
fn while_another_waba_is_being_shared_no_decision_lets_a_second_call_out() {
    let others = Asker { migration: super::tests::migration(2), waba: waba("22"), ..asks(at(NOON)) };
    let ledger = Ledger::default().intending(&others, &sees(&[], None), 1);
    let decided = ledger.decide(&decides(Decision::NotApplied, at(NOON)), &sees(&[], None));
    assert!(
        matches!(&decided, Move::Wait { reason, .. } if *reason == Reason::SHARE_IN_FLIGHT),
        "{decided:?}"
    );
}

#[test]
fn a_share_that_was_taken_back_is_none_and_the_next_is_a_new_generation() {
    let (ledger, _) = Ledger::default().answered(&asks(at(NOON)), allocation("77"), None);
    let ledger = ledger.revoked(&waba("11")).unwrap();
    assert_eq!(ledger.entry(&waba("11")), None);
    assert_eq!(ledger.revoked(&waba("11")), None, "there is nothing to take back twice");
    let again = posts(ledger.decide(&asks(after(at(NOON), minutes(5))), &sees(&[], Some("90"))));
    let (ledger, entry) = again.answered(&asks(after(at(NOON), minutes(5))), allocation("78"), None);
    assert_eq!((entry.generation, ledger.entries.len()), (2, 2));
}

#[test]
fn what_was_taken_back_and_is_live_again_is_a_persons() {
    let (shared, _) = Ledger::default().answered(&asks(at(NOON)), allocation("77"), None);
    let live = sees(&[("77", "97")], Some("90"));
    let later = asks(after(at(NOON), minutes(5)));
    let taken_back = shared.revoked(&waba("11")).unwrap();
    assert_eq!(stands_for(&taken_back.decide(&later, &live)), &Reason::ALLOCATION_UNEXPLAINED);
    let mut given = Ledger::default().given(&later, allocation("77"));
    given = given.without_allocated(&[allocation("77")].into());
    assert_eq!(stands_for(&given.decide(&later, &live)), &Reason::ALLOCATION_UNEXPLAINED);
}

#[test]
fn another_waba_of_the_business_would_be_cut_off_too() {
    let (ledger, _) = Ledger::default().answered(&asks(at(NOON)), allocation("77"), None);
    assert_eq!(ledger.another_than(&waba("11")), None);
    let others = Asker { migration: super::tests::migration(2), waba: waba("22"), ..asks(at(NOON)) };
    let (both, _) = ledger.answered(&others, allocation("77"), None);
    assert_eq!(both.another_than(&waba("11")), Some(&waba("22")));
    assert_eq!(both.revoked(&waba("22")).unwrap().another_than(&waba("11")), None);
    let begun = ledger.intending(&others, &sees(&[], None), 1);
    assert_eq!(begun.another_than(&waba("11")), Some(&waba("22")), "a share in flight counts");
}
