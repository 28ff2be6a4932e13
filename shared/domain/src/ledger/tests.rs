//! The money, rule by rule (design: the share; rule 3). Random stories are in `stories.rs`.

use jiff::civil::date;

use super::*;

/// A Tuesday in the sure window of April.
pub(super) const NOON: &str = "2026-04-21T12:00:00Z";
/// The close of that window.
const CLOSES: &str = "2026-04-27T10:00:00Z";

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

pub(super) fn migration(number: u8) -> MigrationId {
    format!("0199a000-0000-7000-8000-0000000000{number:02}").parse().unwrap()
}

pub(super) fn waba(id: &str) -> WabaId {
    id.parse().unwrap()
}

pub(super) fn allocation(id: &str) -> AllocationId {
    id.parse().unwrap()
}

pub(super) fn funding(id: &str) -> FundingId {
    id.parse().unwrap()
}

/// Migration 1 of WABA 11.
pub(super) fn asks(now: Timestamp) -> Asker {
    Asker {
        migration: migration(1),
        waba: waba("11"),
        now,
        window_closes_at: at(CLOSES),
        method: ShareMethod::OneCall,
        pays_at_once: false,
        decision: None,
        restored_at: None,
    }
}

/// Migration 2 of WABA 22, of the same business.
pub(super) fn other_asks(now: Timestamp) -> Asker {
    Asker { migration: migration(2), waba: waba("22"), ..asks(now) }
}

pub(super) fn sees(live: &[(&str, &str)], pays: Option<&str>) -> Seen {
    let live = live.iter().map(|(id, credential)| (allocation(id), Some(funding(credential))));
    Seen { live: live.collect(), funding: pays.map(funding), ..Seen::default() }
}

pub(super) fn nothing() -> Seen {
    sees(&[], Some("90"))
}

pub(super) fn posts(move_: Move) -> Ledger {
    match move_ {
        Move::Post(ledger) => ledger,
        other => panic!("a call was expected, not {other:?}"),
    }
}

pub(super) fn shared(move_: Move) -> (Ledger, Entry) {
    match move_ {
        Move::Shared { ledger, entry } => (ledger, entry),
        other => panic!("an entry was expected, not {other:?}"),
    }
}

pub(super) fn waits(move_: Move) -> (WaitsFor, Timestamp, Reason, Option<Ledger>) {
    match move_ {
        Move::Wait { on, until, reason, ledger } => (on, until, reason, ledger),
        other => panic!("a wait was expected, not {other:?}"),
    }
}

/// The ledger while the answer of a call made at noon is awaited.
pub(super) fn called_at_noon() -> Ledger {
    posts(Ledger::default().decide(&asks(at(NOON)), &nothing()))
}

/// The ledger after a call at noon that made allocation 71, paid through 91.
pub(super) fn shared_at_noon() -> Ledger {
    called_at_noon().answered(&asks(at(NOON)), allocation("71"), Some(funding("91"))).0
}

/// The same, once it was proved to pay.
fn proved() -> Ledger {
    shared_at_noon().proved(&waba("11")).unwrap()
}

#[test]
fn an_empty_ledger_records_the_intent_with_what_was_there_before_and_calls() {
    let ledger = called_at_noon();
    let intent = ledger.intent.unwrap();
    assert_eq!((intent.migration, intent.waba, intent.posts), (migration(1), waba("11"), 1));
    assert_eq!((intent.baseline, intent.recorded_at, intent.absent_at), (vec![], at(NOON), None));
    assert!(ledger.entries.is_empty());
}

#[test]
fn an_answer_becomes_the_entry_and_frees_the_next_share() {
    let (ledger, entry) = called_at_noon().answered(&asks(at(NOON)), allocation("71"), Some(funding("91")));
    assert_eq!(ledger.intent, None);
    assert_eq!((entry.generation, entry.verdict), (1, Verdict::Shared));
    assert_eq!((entry.shared_at, entry.unblocks_on), (at(NOON), date(2026, 5, 1)));
    assert_eq!(ledger.entry(&waba("11")), Some(&entry));
}

#[test]
fn a_lost_call_that_is_seen_to_pay_on_the_1st_keeps_the_day_it_was_made_for() {
    let pays = sees(&[("71", "91")], Some("91"));
    let (ledger, entry) = shared(called_at_noon().decide(&asks(at("2026-05-01T00:10:00Z")), &pays));
    assert_eq!((entry.shared_at, entry.unblocks_on), (at(NOON), date(2026, 5, 1)));
    assert_eq!((entry.verdict, ledger.intent), (Verdict::Proved, None));
}

#[test]
fn a_call_that_surely_did_nothing_frees_the_next_share() {
    let ledger = called_at_noon().not_applied();
    assert_eq!((ledger.intent.clone(), ledger.entries.len()), (None, 0));
    assert_eq!(posts(ledger.decide(&asks(at(NOON)), &nothing())).intent.unwrap().posts, 1);
}

#[test]
fn a_generation_that_has_an_allocation_is_never_shared_again() {
    let ledger = shared_at_noon();
    for seen in [nothing(), sees(&[], None), sees(&[("71", "91")], None), sees(&[("72", "92")], Some("90"))] {
        let (after, entry) = shared(ledger.decide(&asks(at("2026-04-22T12:00:00Z")), &seen));
        assert_eq!((entry.allocation, entry.generation), (allocation("71"), 1), "{seen:?}");
        assert_eq!(after, ledger, "{seen:?}");
    }
}

#[test]
fn an_entry_without_credential_takes_the_one_that_its_own_allocation_shows() {
    let (ledger, _) = called_at_noon().answered(&asks(at(NOON)), allocation("71"), None);
    let seen = sees(&[("70", "99"), ("71", "91")], Some("90"));
    let (_, entry) = shared(ledger.decide(&asks(at(NOON)), &seen));
    assert_eq!(entry.receiving_credential, Some(funding("91")));
    let (_, entry) = shared(ledger.decide(&asks(at(NOON)), &sees(&[("70", "99")], Some("90"))));
    assert_eq!(entry.receiving_credential, None, "another's credential is not ours");
}

#[test]
fn a_waba_that_is_paid_through_a_live_allocation_of_ours_is_adopted_without_a_call() {
    let seen = sees(&[("70", "99"), ("71", "91")], Some("91"));
    let (ledger, entry) = shared(Ledger::default().decide(&asks(at(NOON)), &seen));
    assert_eq!((entry.allocation, entry.verdict), (allocation("71"), Verdict::Proved));
    assert_eq!(entry.receiving_credential, Some(funding("91")));
    assert_eq!(ledger.intent, None);
}

#[test]
fn a_live_allocation_that_pays_for_something_else_is_not_adopted_but_shown_to_a_person() {
    for pays in [Some("90"), None] {
        let seen = sees(&[("71", "91")], pays);
        let (on, until, reason, ledger) = waits(Ledger::default().decide(&asks(at(NOON)), &seen));
        assert_eq!((on, reason, ledger), (WaitsFor::Person, Reason::ALLOCATION_UNEXPLAINED, None));
        assert_eq!(until, at("2026-04-22T12:00:00Z"), "it is looked at again daily");
    }
}

#[test]
fn an_allocation_without_credential_never_matches_a_waba_without_funding() {
    let seen = Seen { live: vec![(allocation("71"), None)], ..Seen::default() };
    let (_, _, reason, _) = waits(Ledger::default().decide(&asks(at(NOON)), &seen));
    assert_eq!(reason, Reason::ALLOCATION_UNEXPLAINED);
}

#[test]
fn an_allocation_that_another_wabas_entry_explains_does_not_stop_a_share() {
    let ledger = shared_at_noon();
    let intended = posts(ledger.decide(&other_asks(at(NOON)), &sees(&[("71", "91")], Some("90"))));
    assert_eq!(intended.intent.unwrap().baseline, [allocation("71")]);
    assert_eq!(intended.entries, ledger.entries);
}

#[test]
fn after_a_restore_it_is_a_persons_whether_another_wabas_allocation_is_this_ones_too() {
    let (ledger, sees) = (shared_at_noon(), sees(&[("71", "91")], Some("90")));
    let restored = |now: &str, decision| Asker {
        restored_at: Some(at("2026-04-21T15:00:00Z")),
        decision,
        ..other_asks(at(now))
    };
    for now in ["2026-04-21T15:01:00Z", "2026-05-01T11:59:59Z"] {
        let (on, _, reason, kept) = waits(ledger.decide(&restored(now, None), &sees));
        assert_eq!((on, reason, kept), (WaitsFor::Person, Reason::SHARE_IN_LOST_HOURS, None), "{now}");
    }
    let asked = restored("2026-04-21T15:01:00Z", Some(Decision::NotApplied));
    assert_eq!(posts(ledger.decide(&asked, &sees)).intent.unwrap().posts, 1);
    let applied = Decision::Applied { allocation: allocation("71") };
    let (_, entry) = shared(ledger.decide(&restored("2026-04-21T15:01:00Z", Some(applied)), &sees));
    assert_eq!((entry.waba, entry.allocation), (waba("22"), allocation("71")));
}

#[test]
fn a_restore_asks_nobody_where_nothing_is_shared_or_the_1st_has_told() {
    let restored = |now: &str| Asker { restored_at: Some(at("2026-04-21T15:00:00Z")), ..other_asks(at(now)) };
    posts(Ledger::default().decide(&restored("2026-04-21T15:01:00Z"), &nothing()));
    for later in ["2026-05-01T12:00:00Z", "2026-05-06T12:00:00Z"] {
        posts(shared_at_noon().decide(&restored(later), &sees(&[("71", "91")], Some("90"))));
    }
}

#[test]
fn a_proved_entry_whose_funding_is_no_longer_ours_is_superseded_and_a_new_generation_begins() {
    let later = at("2026-09-08T12:00:00Z");
    let asker =
        Asker { migration: migration(3), window_closes_at: at("2026-09-27T10:00:00Z"), ..asks(later) };
    let intended = posts(proved().decide(&asker, &sees(&[("71", "91")], Some("90"))));
    assert_eq!(intended.entries.first().unwrap().verdict, Verdict::Superseded);
    assert_eq!(intended.entry(&waba("11")), None);
    let (ledger, entry) = intended.answered(&asker, allocation("75"), Some(funding("95")));
    assert_eq!((entry.generation, entry.unblocks_on), (2, date(2026, 10, 1)));
    assert_eq!(ledger.entries.len(), 2, "the first generation stays in the books");
    assert_eq!(ledger.entry(&waba("11")), Some(&entry));
}

#[test]
fn a_proved_entry_stays_while_its_funding_is_ours_or_cannot_be_read() {
    for pays in [Some("91"), None] {
        let (ledger, entry) = shared(proved().decide(&asks(at(NOON)), &sees(&[("71", "91")], pays)));
        assert_eq!((entry.verdict, ledger), (Verdict::Proved, proved()), "{pays:?}");
    }
}

#[test]
fn only_a_waba_with_an_entry_that_counts_can_be_proved() {
    assert_eq!(Ledger::default().proved(&waba("11")), None);
    assert_eq!(shared_at_noon().proved(&waba("22")), None);
    assert_eq!(proved().entry(&waba("11")).unwrap().verdict, Verdict::Proved);
}

#[test]
fn a_share_that_waits_for_no_1st_pays_from_the_day_it_was_made() {
    let at_once = |now: &str| Asker { pays_at_once: true, ..asks(at(now)) };
    let called = posts(Ledger::default().decide(&at_once(NOON), &nothing()));
    let (ledger, entry) = called.answered(&at_once(NOON), allocation("71"), Some(funding("91")));
    assert_eq!((entry.unblocks_on, entry.pays_at_once), (date(2026, 4, 21), true));
    assert_eq!(entry.pays_from(), at(NOON));
    let text = serde_json::to_string(&ledger).unwrap();
    assert_eq!(serde_json::from_str::<Ledger>(&text).unwrap(), ledger);
    // A call whose answer was lost is the same share, however late it is seen.
    let (_, entry) = shared(called.decide(&at_once("2026-05-03T12:00:00Z"), &sees(&[("71", "91")], None)));
    assert_eq!((entry.pays_from(), entry.unblocks_on), (at(NOON), date(2026, 4, 21)));
    let (_, switched) = called_at_noon().answered(&asks(at(NOON)), allocation("71"), None);
    assert_eq!(switched.pays_from(), at("2026-05-01T12:00:00Z"), "when the 1st has begun everywhere");
}

#[test]
fn a_share_of_an_earlier_version_is_read_as_one_that_waits_for_its_1st() {
    let stored = r#"{"rev":1,"entries":[{"waba":"11","generation":1,"migration":"0199a000-0000-7000-8000-000000000001",
        "allocation":"71","shared_at":1776772800000,"unblocks_on":"2026-05-01","verdict":"shared"}]}"#;
    let ledger: Ledger = serde_json::from_str(stored).unwrap();
    assert_eq!(ledger.entries[0].pays_from(), at("2026-05-01T12:00:00Z"));
}

#[test]
fn an_earlier_migrations_share_that_should_pay_at_once_stands_until_its_1st_though_it_is_not_seen_to_pay() {
    let at_once = Asker { pays_at_once: true, ..asks(at(NOON)) };
    let (ledger, _) = called_at_noon().answered(&at_once, allocation("71"), Some(funding("91")));
    let again = |now: &str, pays_at_once| Asker { migration: migration(9), pays_at_once, ..asks(at(now)) };
    let live = sees(&[("71", "91")], Some("90"));
    for pays_at_once in [false, true] {
        for now in ["2026-04-22T12:01:00Z", "2026-05-01T11:59:59Z"] {
            let (kept, entry) = shared(ledger.decide(&again(now, pays_at_once), &live));
            assert_eq!((entry.generation, &kept), (1, &ledger), "{now}");
        }
        posts(ledger.decide(&again("2026-05-01T12:00:00Z", pays_at_once), &live));
    }
}

#[test]
fn the_credential_is_set_in_the_entry_it_was_read_for() {
    let (ledger, entry) = called_at_noon().answered(&asks(at(NOON)), allocation("71"), None);
    let known = ledger.with_credential(&entry, Some(funding("91")));
    assert_eq!(known.entry(&waba("11")).unwrap().receiving_credential, Some(funding("91")));
    let foreign = Entry { waba: waba("22"), ..entry };
    assert_eq!(ledger.with_credential(&foreign, Some(funding("92"))), ledger);
}

#[test]
fn after_a_lost_answer_nobody_looks_for_fifteen_minutes() {
    let lost = called_at_noon();
    let (on, until, reason, ledger) = waits(lost.lost(&asks(at(NOON))));
    assert_eq!((on, until, reason), (WaitsFor::Quiet, at("2026-04-21T12:15:00Z"), Reason::SHARE_UNKNOWN));
    assert_eq!(ledger, None);
    let early = lost.decide(&asks(at("2026-04-21T12:14:59Z")), &nothing());
    let (on, until, _, ledger) = waits(early);
    assert_eq!((on, until), (WaitsFor::Quiet, at("2026-04-21T12:15:00Z")));
    assert_eq!(ledger, None, "a look in the quiet time proves no absence");
}

#[test]
fn a_new_live_allocation_after_a_lost_answer_is_ours_and_dates_from_the_call() {
    let late = at("2026-04-28T12:00:00Z");
    let (ledger, entry) = shared(called_at_noon().decide(&asks(late), &sees(&[("71", "91")], Some("90"))));
    assert_eq!((entry.allocation, entry.verdict), (allocation("71"), Verdict::Shared));
    assert_eq!((entry.shared_at, entry.unblocks_on), (at(NOON), date(2026, 5, 1)));
    assert_eq!(ledger.intent, None);
}

#[test]
fn what_another_wabas_entry_explains_proves_neither_the_share_nor_its_absence() {
    let first = posts(Ledger::default().decide(&asks(at(NOON)), &nothing()));
    let (first, _) = first.answered(&asks(at(NOON)), allocation("71"), Some(funding("91")));
    let second = posts(first.decide(&other_asks(at(NOON)), &nothing()));
    let look = second.decide(&other_asks(at(NOON) + minutes(15)), &sees(&[("71", "91")], Some("90")));
    let (on, _, reason, _) = waits(look);
    assert_eq!((on, reason), (WaitsFor::Person, Reason::SHARE_UNDECIDED), "71 may have been used again");
    let hidden = second.decide(&other_asks(at(NOON) + minutes(15)), &nothing());
    let (on, _, reason, _) = waits(hidden);
    assert_eq!((on, reason), (WaitsFor::Person, Reason::SHARE_UNDECIDED), "71 may be shown late");
}

#[test]
fn an_earlier_migrations_share_stands_while_it_waits_for_its_1st_or_pays_and_is_a_persons_otherwise() {
    let again = |now: &str| Asker { migration: migration(9), ..asks(at(now)) };
    let (before, after) = ("2026-04-25T12:00:00Z", "2026-09-20T12:00:00Z");
    let live = sees(&[("71", "91")], Some("90"));
    shared(shared_at_noon().decide(&again(before), &live));
    shared(proved().decide(&again(after), &sees(&[("71", "91")], Some("91"))));
    let (on, _, reason, _) = waits(proved().decide(&again(after), &sees(&[("71", "91")], None)));
    assert_eq!((on, reason), (WaitsFor::Person, Reason::SHARE_UNDECIDED), "nothing readable tells");
    let anew = posts(proved().decide(&again(after), &live));
    assert_eq!(anew.intent.unwrap().migration, migration(9), "the customer left and came back");
    let told = Asker { decision: Some(Decision::NotApplied), ..again(after) };
    let anew = posts(proved().decide(&told, &sees(&[("71", "91")], None)));
    assert_eq!(anew.entries.first().unwrap().verdict, Verdict::Superseded, "a person has told");
}

#[test]
fn two_new_allocations_after_one_call_are_a_persons() {
    let seen = sees(&[("71", "91"), ("72", "92")], Some("90"));
    let (on, _, reason, _) = waits(called_at_noon().decide(&asks(at(NOON) + minutes(15)), &seen));
    assert_eq!((on, reason), (WaitsFor::Person, Reason::SHARE_UNDECIDED));
}

#[test]
fn two_absences_fifteen_minutes_apart_after_the_quiet_time_allow_one_more_call() {
    let first_look = at(NOON) + minutes(15);
    let (on, until, _, kept) = waits(called_at_noon().decide(&asks(first_look), &nothing()));
    let kept = kept.unwrap();
    assert_eq!((on, until), (WaitsFor::Quiet, at(NOON) + minutes(30)));
    assert_eq!(kept.intent.as_ref().unwrap().absent_at, Some(first_look));
    let almost = at(NOON) + minutes(30) - SignedDuration::from_millis(1);
    let (_, until, _, again) = waits(kept.decide(&asks(almost), &nothing()));
    assert_eq!((until, again), (at(NOON) + minutes(30), None), "one absence seen twice is one absence");
    let second = posts(kept.decide(&asks(at(NOON) + minutes(30)), &nothing()));
    let intent = second.intent.unwrap();
    assert_eq!((intent.posts, intent.recorded_at), (2, at(NOON) + minutes(30)));
    assert_eq!(intent.absent_at, None, "the second call has its own quiet time");
}

fn called_twice() -> Ledger {
    let (_, _, _, kept) = waits(called_at_noon().decide(&asks(at(NOON) + minutes(15)), &nothing()));
    posts(kept.unwrap().decide(&asks(at(NOON) + minutes(30)), &nothing()))
}

#[test]
fn a_second_loss_is_a_persons_at_once_and_never_a_third_call() {
    let (on, until, reason, _) = waits(called_twice().lost(&asks(at(NOON) + minutes(30))));
    assert_eq!((on, reason), (WaitsFor::Person, Reason::SHARE_UNDECIDED));
    assert_eq!(until, at(NOON) + minutes(45), "a look may still show it");
    for late in [31, 45, 60, 90, 60 * 24, 60 * 72] {
        let look = called_twice().decide(&asks(at(NOON) + minutes(late)), &nothing());
        let (on, _, reason, ledger) = waits(look);
        assert_eq!((on, reason, ledger), (WaitsFor::Person, Reason::SHARE_UNDECIDED, None), "{late}");
    }
    let seen = sees(&[("71", "91")], Some("90"));
    let (_, entry) = shared(called_twice().decide(&asks(at(NOON) + minutes(45)), &seen));
    assert_eq!(entry.shared_at, at(NOON) + minutes(30));
}

#[test]
fn a_baseline_that_was_not_empty_proves_no_absence() {
    let seen = sees(&[("71", "91")], Some("90"));
    let called = posts(shared_at_noon().decide(&other_asks(at(NOON)), &seen));
    let (on, _, reason, _) = waits(called.decide(&other_asks(at(NOON) + minutes(14)), &seen));
    assert_eq!((on, reason), (WaitsFor::Quiet, Reason::SHARE_UNKNOWN));
    let (on, _, reason, _) = waits(called.decide(&other_asks(at(NOON) + minutes(15)), &seen));
    assert_eq!((on, reason), (WaitsFor::Person, Reason::SHARE_UNDECIDED));
}

#[test]
fn another_migrations_open_intent_is_waited_for() {
    let (on, until, reason, ledger) = waits(called_at_noon().decide(&other_asks(at(NOON)), &nothing()));
    assert_eq!((on, reason, ledger), (WaitsFor::Quiet, Reason::SHARE_IN_FLIGHT, None));
    assert_eq!(until, at("2026-04-21T12:05:00Z"));
    let seen = sees(&[("71", "91")], Some("90"));
    let looked_at = |now: &str| waits(called_at_noon().decide(&other_asks(at(now)), &seen));
    let (_, until, _, _) = looked_at("2026-04-21T13:00:00Z");
    assert_eq!(until, at("2026-04-21T13:05:00Z"), "for an hour it may be settled any minute");
    let (_, until, reason, _) = looked_at("2026-04-24T12:00:00Z");
    assert_eq!(reason, Reason::SHARE_IN_FLIGHT, "however long it takes, and whatever it has made");
    assert_eq!(until, at("2026-04-24T12:15:00Z"), "a person has it, and it is looked at less often");
}

#[test]
fn an_adoption_leaves_the_intent_of_another_migration_open() {
    let seen = sees(&[("72", "92")], Some("92"));
    let (ledger, entry) = shared(called_at_noon().decide(&other_asks(at(NOON)), &seen));
    assert_eq!(entry.allocation, allocation("72"));
    assert_eq!(ledger.intent.unwrap().migration, migration(1));
}

#[test]
fn a_lost_answer_with_less_than_two_hours_of_window_left_is_a_persons_at_once_and_the_looks_go_on() {
    let in_time = at("2026-04-27T08:00:00Z");
    let called = posts(Ledger::default().decide(&asks(in_time), &nothing()));
    let (on, _, reason, _) = waits(called.lost(&asks(in_time)));
    assert_eq!((on, reason), (WaitsFor::Quiet, Reason::SHARE_UNKNOWN), "two hours are left");
    let late = at("2026-04-27T08:00:01Z");
    let called = posts(Ledger::default().decide(&asks(late), &nothing()));
    let (on, until, reason, _) = waits(called.lost(&asks(late)));
    assert_eq!((on, reason), (WaitsFor::Person, Reason::SHARE_UNKNOWN_LATE));
    assert_eq!(until, late + minutes(15));
    let (on, until, _, kept) = waits(called.decide(&asks(late + minutes(15)), &nothing()));
    assert_eq!((on, until), (WaitsFor::Person, late + minutes(30)));
    assert_eq!(posts(kept.unwrap().decide(&asks(late + minutes(30)), &nothing())).intent.unwrap().posts, 2);
}

#[test]
fn a_ledger_without_an_intent_knows_of_no_lost_call() {
    let (on, _, reason, _) = waits(Ledger::default().lost(&asks(at(NOON))));
    assert_eq!((on, reason), (WaitsFor::Person, Reason::SHARE_UNDECIDED));
}

#[test]
fn the_ledger_is_written_and_read_as_it_is() {
    let ledger = posts(shared_at_noon().decide(&other_asks(at(NOON)), &sees(&[("71", "91")], None)));
    insta::assert_json_snapshot!(ledger);
    let text = serde_json::to_string(&ledger).unwrap();
    assert_eq!(serde_json::from_str::<Ledger>(&text).unwrap(), ledger);
}
