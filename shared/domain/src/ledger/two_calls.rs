//! The money in two calls: a business is given the line, and its WABAs are attached to it (facts 9.3).

use super::tests::{
    NOON, allocation, asks, at, funding, minutes, nothing, other_asks, posts, sees, shared, waba, waits,
};
use super::*;

fn in_two(asker: Asker) -> Asker {
    Asker { method: ShareMethod::TwoCalls, ..asker }
}

/// Migration 1 of WABA 11, so many minutes after noon.
fn first(later: i64) -> Asker {
    in_two(asks(at(NOON) + minutes(later)))
}

/// Migration 2 of WABA 22, of the same business.
fn second(later: i64) -> Asker {
    in_two(other_asks(at(NOON) + minutes(later)))
}

fn decides(decision: Decision, later: i64) -> Asker {
    Asker { decision: Some(decision), ..first(later) }
}

fn applied(id: &str) -> Decision {
    Decision::Applied { allocation: allocation(id) }
}

fn call_of(ledger: &Ledger) -> SharingCall {
    ledger.intent.as_ref().unwrap().call
}

/// The ledger while the answer to the share is awaited.
fn sharing() -> Ledger {
    posts(Ledger::default().decide(&first(0), &nothing()))
}

/// The business has allocation 71, and nothing is attached to it.
fn given() -> Ledger {
    sharing().given(&first(0), allocation("71"))
}

/// The ledger while the answer to the attach is awaited.
fn attaching() -> Ledger {
    posts(given().decide(&first(1), &nothing()))
}

/// WABA 11 is attached to allocation 71.
fn attached() -> Ledger {
    attaching().answered(&first(1), allocation("71"), Some(funding("91"))).0
}

#[test]
fn a_business_is_given_the_line_and_then_the_waba_is_attached() {
    assert_eq!(call_of(&sharing()), SharingCall::Share);
    assert_eq!((given().intent, given().entries.len()), (None, 0));
    let one = given().allocated[0].clone();
    assert_eq!((one.allocation, one.attachment), (allocation("71"), Attachment::Unattached));
    let of = |ledger: Ledger| ledger.allocated.into_iter().map(|one| one.allocation).collect::<Vec<_>>();
    assert_eq!(of(given().given(&first(1), allocation("71"))), [allocation("71")], "given once, told twice");
    assert_eq!(of(given().given(&first(1), allocation("72"))), [allocation("71"), allocation("72")]);
    assert_eq!(call_of(&attaching()), SharingCall::Attach);
    assert!(attaching().is_the_second_call());
    let ledger = attached();
    assert_eq!((&ledger.intent, ledger.entries.len()), (&None, 1));
    assert_eq!(ledger.allocated[0].attachment, Attachment::Attached);
    assert_eq!(ledger.entry(&waba("11")).unwrap().shared_at, at(NOON) + minutes(1));
}

#[test]
fn what_was_given_is_attached_whether_meta_lists_it_or_not_and_never_given_again() {
    for seen in [nothing(), sees(&[("71", "91")], Some("90"))] {
        for method in [ShareMethod::OneCall, ShareMethod::TwoCalls] {
            let asker = Asker { method, ..first(5) };
            let intended = posts(given().decide(&asker, &seen));
            assert_eq!(call_of(&intended), SharingCall::Attach, "{method:?} {seen:?}");
            assert_eq!(intended.allocated, given().allocated);
        }
    }
}

#[test]
fn a_second_waba_of_the_business_needs_the_attach_alone() {
    for (before, ledger) in [("given by another", given()), ("attached to another", attached())] {
        for seen in [nothing(), sees(&[("71", "91")], Some("90"))] {
            let intended = posts(ledger.decide(&second(9), &seen));
            assert_eq!(call_of(&intended), SharingCall::Attach, "{before}: {seen:?}");
            assert!(!intended.is_the_second_call(), "it has had no first");
            let (both, entry) = intended.answered(&second(9), allocation("71"), None);
            assert_eq!((entry.waba, entry.allocation), (waba("22"), allocation("71")));
            assert_eq!(both.allocated[0].attachment, Attachment::Attached);
        }
    }
    let (one_call, _) = Ledger::default().answered(&asks(at(NOON)), allocation("71"), None);
    assert_eq!(call_of(&posts(one_call.decide(&second(9), &nothing()))), SharingCall::Attach);
}

#[test]
fn a_refused_attach_leaves_what_the_business_has() {
    let refused = attaching().not_applied();
    assert_eq!(refused, Ledger { rev: refused.rev, ..given() });
    assert_eq!(call_of(&posts(refused.decide(&first(30), &nothing()))), SharingCall::Attach);
    assert_eq!(sharing().not_applied().allocated, []);
}

#[test]
fn a_lost_share_that_is_seen_is_ours_and_the_attach_comes_next() {
    let intended = posts(sharing().decide(&first(16), &sees(&[("71", "91")], Some("90"))));
    assert_eq!(call_of(&intended), SharingCall::Attach);
    let one = &intended.allocated[0];
    assert_eq!((&one.allocation, one.shared_at), (&allocation("71"), at(NOON)), "it dates from its call");
    assert_eq!(one.receiving_credential, Some(funding("91")));
}

/// Nobody says whether Meta lists what is attached to nothing, so that it lists nothing proves nothing.
#[test]
fn a_lost_share_that_is_not_seen_is_looked_for_twice_and_then_a_persons() {
    let (on, until, reason, _) = waits(sharing().lost(&first(0)));
    assert_eq!((on, until, reason), (WaitsFor::Quiet, at(NOON) + minutes(15), Reason::SHARE_UNKNOWN));
    let (on, _, reason, kept) = waits(sharing().decide(&first(15), &nothing()));
    assert_eq!((on, reason), (WaitsFor::Quiet, Reason::SHARE_UNKNOWN));
    for later in [30, 45, 60 * 24] {
        let (on, _, reason, _) = waits(kept.clone().unwrap().decide(&first(later), &nothing()));
        assert_eq!((on, reason), (WaitsFor::Person, Reason::SHARE_UNDECIDED), "{later}");
    }
    let late = posts(kept.unwrap().decide(&first(60), &sees(&[("71", "91")], Some("90"))));
    assert_eq!(call_of(&late), SharingCall::Attach, "a look can still bring proof");
}

#[test]
fn a_lost_attach_is_proved_by_what_pays_and_is_a_persons_otherwise() {
    let (on, _, reason, _) = waits(attaching().lost(&first(1)));
    assert_eq!((on, reason), (WaitsFor::Quiet, Reason::ATTACH_UNKNOWN));
    let listed = sees(&[("71", "91")], Some("90"));
    let (on, _, reason, kept) = waits(attaching().decide(&first(16), &listed));
    assert_eq!((on, reason), (WaitsFor::Quiet, Reason::ATTACH_UNKNOWN), "listed is not attached");
    let (on, _, reason, _) = waits(kept.unwrap().decide(&first(31), &listed));
    assert_eq!((on, reason), (WaitsFor::Person, Reason::ATTACH_UNDECIDED));
    let pays = sees(&[("71", "91")], Some("91"));
    let (ledger, entry) = shared(attaching().decide(&in_two(asks(at("2026-05-01T00:10:00Z"))), &pays));
    assert_eq!((entry.verdict, entry.shared_at), (Verdict::Proved, at(NOON) + minutes(1)));
    assert_eq!(ledger.allocated[0].attachment, Attachment::Attached);
}

#[test]
fn a_lost_attach_near_the_close_is_a_persons_at_once() {
    let late = in_two(asks(at("2026-04-27T09:00:00Z")));
    let (on, until, reason, _) = waits(posts(given().decide(&late, &nothing())).lost(&late));
    assert_eq!((on, reason), (WaitsFor::Person, Reason::ATTACH_UNDECIDED));
    assert_eq!(until, late.now + minutes(15), "the looks go on");
}

#[test]
fn while_one_call_is_unsettled_no_other_waba_makes_any() {
    for ledger in [sharing(), attaching()] {
        let (on, _, reason, _) = waits(ledger.decide(&second(20), &sees(&[("71", "91")], Some("90"))));
        assert_eq!((on, reason), (WaitsFor::Quiet, Reason::SHARE_IN_FLIGHT));
    }
}

#[test]
fn a_persons_word_on_the_share_leads_to_the_attach_or_to_one_more_share() {
    let shown = sees(&[("71", "91")], Some("90"));
    let intended = posts(sharing().decide(&decides(applied("71"), 60), &shown));
    assert_eq!((call_of(&intended), intended.allocated.len()), (SharingCall::Attach, 1));
    let (_, _, reason, _) = waits(sharing().decide(&decides(applied("71"), 60), &nothing()));
    assert_eq!(reason, Reason::ALLOCATION_NOT_SHOWN);
    let again = posts(sharing().decide(&decides(Decision::NotApplied, 60), &nothing()));
    assert_eq!((call_of(&again), again.allocated.len()), (SharingCall::Share, 0));
    let seen = posts(sharing().decide(&decides(Decision::NotApplied, 60), &shown));
    assert_eq!(
        call_of(&seen),
        SharingCall::Attach,
        "what can be seen was made, whoever says that it was not"
    );
}

#[test]
fn a_persons_word_on_the_attach_is_the_entry_or_one_more_attach() {
    for seen in [nothing(), sees(&[("71", "91")], Some("90"))] {
        let (ledger, entry) = shared(attaching().decide(&decides(applied("71"), 60), &seen));
        assert_eq!((entry.waba, entry.shared_at), (waba("11"), at(NOON) + minutes(1)), "{seen:?}");
        assert_eq!((ledger.intent, ledger.allocated[0].attachment), (None, Attachment::Attached));
        let again = posts(attaching().decide(&decides(Decision::NotApplied, 60), &seen));
        assert_eq!((call_of(&again), again.intent.unwrap().posts), (SharingCall::Attach, 1), "{seen:?}");
    }
}

#[test]
fn an_unexplained_allocation_is_a_persons_and_who_denies_it_has_it_attached_and_not_made_again() {
    let seen = sees(&[("70", "80")], Some("90"));
    let (_, _, reason, _) = waits(Ledger::default().decide(&first(0), &seen));
    assert_eq!(reason, Reason::ALLOCATION_UNEXPLAINED);
    let denied = posts(Ledger::default().decide(&decides(Decision::NotApplied, 0), &seen));
    assert_eq!(call_of(&denied), SharingCall::Attach);
}

#[test]
fn an_unexplained_allocation_that_a_person_knows_is_the_businesss_and_the_attach_comes_next() {
    let seen = sees(&[("70", "80")], Some("90"));
    let intended = posts(Ledger::default().decide(&decides(applied("70"), 0), &seen));
    assert_eq!((call_of(&intended), intended.entries.len()), (SharingCall::Attach, 0));
    let one = &intended.allocated[0];
    assert_eq!((&one.allocation, one.attachment), (&allocation("70"), Attachment::Unattached));
    let refused = intended.not_applied();
    assert_eq!(call_of(&posts(refused.decide(&first(5), &seen))), SharingCall::Attach, "it stays known");
    // What pays shows that it is attached.
    let pays = sees(&[("70", "80")], Some("80"));
    let (_, entry) = shared(Ledger::default().decide(&decides(applied("70"), 0), &pays));
    assert_eq!((entry.allocation, entry.verdict), (allocation("70"), Verdict::Proved));
}

#[test]
fn after_a_restore_what_a_person_says_was_applied_is_attached_and_nothing_goes_back_in_the_books() {
    let restored_at = Some(at("2026-04-21T15:00:00Z"));
    let seen = sees(&[("71", "91")], Some("90"));
    for method in [ShareMethod::OneCall, ShareMethod::TwoCalls] {
        let asker = Asker { restored_at, method, ..decides(applied("71"), 200) };
        let intended = posts(given().decide(&asker, &seen));
        assert_eq!((call_of(&intended), intended.entries.len()), (SharingCall::Attach, 0), "{method:?}");
        assert_eq!(intended.allocated, given().allocated, "{method:?}");
    }
    let decision = Some(applied("71"));
    let other = Asker { restored_at, decision, ..second(200) };
    let intended = posts(attached().decide(&other, &seen));
    assert_eq!((call_of(&intended), intended.entries.len()), (SharingCall::Attach, 1));
    assert_eq!(intended.allocated, attached().allocated);
}

#[test]
fn what_meta_shows_as_deleted_is_not_attached_but_given_anew() {
    let deleted = Seen { deleted: vec![allocation("71")], ..nothing() };
    for ledger in [given(), attached()] {
        let intended = posts(ledger.decide(&second(60), &deleted));
        assert_eq!(call_of(&intended), SharingCall::Share);
        assert_eq!(intended.allocated[0].attachment, Attachment::Revoked);
    }
}

#[test]
fn after_a_restore_it_is_a_persons_whether_what_was_given_is_attached_already() {
    let asker = Asker { restored_at: Some(at("2026-04-21T15:00:00Z")), ..first(200) };
    let (on, _, reason, _) = waits(given().decide(&asker, &nothing()));
    assert_eq!((on, reason), (WaitsFor::Person, Reason::SHARE_IN_LOST_HOURS));
}

#[test]
fn what_a_migration_had_given_is_taken_back_with_it_and_nobody_elses() {
    let of = |ledger: &Ledger, id: &str, migration| {
        let ids = ledger.taken_back_with(&waba(id), super::tests::migration(migration));
        ids.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(of(&given(), "11", 1), ["71"]);
    assert_eq!(of(&given(), "22", 2), [] as [&str; 0]);
    assert_eq!(of(&attached(), "11", 1), ["71"]);
    let gone = given().without_allocated(&[allocation("71")].into());
    assert_eq!((gone.unattached().count(), gone.allocated.len()), (0, 1), "it stays in the books");
    assert_eq!(call_of(&posts(gone.decide(&first(90), &nothing()))), SharingCall::Share);
}

#[test]
fn what_a_business_was_given_is_kept_in_a_ledger_that_somebody_else_has_written_in_between() {
    let seen = sees(&[("72", "92")], Some("92"));
    let (moved, _) = shared(sharing().decide(&second(1), &seen));
    let both = moved.taking_over(&given(), super::tests::migration(1));
    assert_eq!(
        (both.allocated.clone(), both.entries.len(), both.intent.clone()),
        (given().allocated, 1, None)
    );
    // Another migration's attach goes on, and is not undone by who knew less.
    let attached =
        posts(given().decide(&second(2), &nothing())).answered(&second(2), allocation("71"), None).0;
    let merged = given().taking_over(&attached, super::tests::migration(2));
    assert_eq!(merged.allocated[0].attachment, Attachment::Attached);
    let merged = attached.taking_over(&given(), super::tests::migration(1));
    assert_eq!(merged.allocated[0].attachment, Attachment::Attached);
}

#[test]
fn the_ledger_of_two_calls_is_written_and_read_as_it_is() {
    let ledger = posts(attached().decide(&second(5), &sees(&[("71", "91")], None)));
    insta::assert_json_snapshot!(ledger);
    let text = serde_json::to_string(&ledger).unwrap();
    assert_eq!(serde_json::from_str::<Ledger>(&text).unwrap(), ledger);
}

#[test]
fn a_ledger_of_an_earlier_version_reads_as_one_of_a_single_call() {
    let stored = r#"{"rev":3,"intent":{"migration":"0199a000-0000-7000-8000-000000000001","waba":"11","baseline":[],
        "posts":1,"recorded_at":1776772800000},"entries":[]}"#;
    let ledger: Ledger = serde_json::from_str(stored).unwrap();
    assert_eq!((call_of(&ledger), ledger.allocated.len()), (SharingCall::ShareAndAttach, 0));
    assert_eq!(posts(ledger.decide(&decides(Decision::NotApplied, 60), &nothing())).allocated, []);
}
