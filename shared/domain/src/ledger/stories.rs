//! Random stories: looks, answers and losses in any order, against the rules counted independently.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// What somebody sees and what becomes of a call, if one is made.
#[derive(Debug, Clone)]
struct Turn {
    /// Which of two WABAs of one business asks.
    who: u8,
    /// What the setting is by now.
    method: ShareMethod,
    /// Minutes since the turn before.
    later: i64,
    /// Allocations that are shown.
    live: BTreeSet<u8>,
    /// The allocation through which the WABA is paid, if it can be read.
    pays: Option<u8>,
    /// What becomes of a call.
    answer: Answer,
}

#[derive(Debug, Clone, Copy)]
enum Answer {
    Allocation(u8),
    Refused,
    Lost,
}

/// What the test itself remembers of the open intent.
#[derive(Debug, Clone, Default)]
struct Open {
    who: u8,
    call: SharingCall,
    posted_at: Vec<Timestamp>,
    baseline: BTreeSet<u8>,
    absent_at: Vec<Timestamp>,
}

fn turn() -> impl Strategy<Value = Turn> {
    let live = prop_oneof![3 => Just(BTreeSet::new()), 1 => proptest::collection::btree_set(1_u8..6, 0..3)];
    let pays = prop_oneof![3 => Just(None), 1 => (1_u8..8).prop_map(Some)];
    let answer = prop_oneof![
        4 => Just(Answer::Lost),
        1 => Just(Answer::Refused),
        1 => (1_u8..6).prop_map(Answer::Allocation),
    ];
    let later = prop_oneof![0_i64..10, Just(14), Just(15), Just(16), 10_i64..2_000];
    let method = prop_oneof![Just(ShareMethod::OneCall), Just(ShareMethod::TwoCalls)];
    (0_u8..2, method, later, live, pays, answer).prop_map(|(who, method, later, live, pays, answer)| Turn {
        who,
        method,
        later,
        live,
        pays,
        answer,
    })
}

fn asker(who: u8, method: ShareMethod, now: Timestamp) -> Asker {
    Asker {
        migration: format!("0199a000-0000-7000-8000-00000000000{who}").parse().unwrap(),
        waba: format!("1{who}").parse().unwrap(),
        now,
        window_closes_at: "2026-04-27T10:00:00Z".parse().unwrap(),
        method,
        pays_at_once: false,
        decision: None,
        restored_at: None,
    }
}

fn allocation(number: u8) -> AllocationId {
    format!("7{number}").parse().unwrap()
}

fn credential(number: u8) -> FundingId {
    format!("9{number}").parse().unwrap()
}

fn seen(turn: &Turn) -> Seen {
    let live = turn.live.iter().map(|number| (allocation(*number), Some(credential(*number))));
    Seen { live: live.collect(), funding: turn.pays.map(credential), ..Seen::default() }
}

/// Whether a second call is proved to be safe: nothing was there before, and nothing is in two looks a
/// quarter of an hour apart, the first of them a quarter of an hour after the call.
fn is_proved_absent(open: &Open, now: Timestamp) -> bool {
    let quiet_until = after(*open.posted_at.last().unwrap(), SignedDuration::from_mins(15));
    let first = open.absent_at.iter().find(|at| **at >= quiet_until);
    let apart = |first: &Timestamp| now.duration_since(*first) >= SignedDuration::from_mins(15);
    open.baseline.is_empty() && first.is_some_and(apart)
}

fn is_superseded(entry: &Entry) -> bool {
    entry.verdict == Verdict::Superseded
}

fn is_explained(ledger: &Ledger, number: u8) -> bool {
    ledger.entries.iter().any(|entry| entry.allocation == allocation(number))
        || ledger.allocated.iter().any(|one| one.allocation == allocation(number))
}

fn has_unattached(ledger: &Ledger) -> bool {
    ledger.allocated.iter().any(|one| one.attachment == Attachment::Unattached)
}

fn may_call(ledger: &Ledger, intended: &Ledger, open: Option<&Open>, turn: &Turn, now: Timestamp) {
    let call = intended.intent.as_ref().unwrap().call;
    let unexplained: Vec<u8> =
        turn.live.iter().copied().filter(|number| !is_explained(ledger, *number)).collect();
    match open {
        None => {
            assert!(
                unexplained.is_empty(),
                "no call beside a live allocation that nothing explains: {turn:?}"
            );
            let has_one = has_unattached(ledger) || !turn.live.is_empty();
            // Whose customer has left has an entry no more.
            let has_one = has_one || intended.entries.iter().any(|entry| !is_superseded(entry));
            match call {
                SharingCall::Share => assert!(!has_one, "nobody is given what they have: {turn:?}"),
                SharingCall::Attach => assert!(has_one, "there is something to attach: {turn:?}"),
                SharingCall::ShareAndAttach => assert!(!has_unattached(ledger), "it is attached: {turn:?}"),
            }
        }
        Some(open) => {
            assert_eq!(open.who, turn.who, "no call while another migration's is open");
            match open.call {
                SharingCall::Attach => panic!("nobody attaches again without a word: {turn:?}"),
                SharingCall::Share => {
                    assert_eq!(call, SharingCall::Attach, "nobody shares again without a word: {turn:?}");
                    let new = unexplained.iter().filter(|number| !open.baseline.contains(number)).count();
                    assert_eq!(new, 1, "what is attached is there: {turn:?}");
                }
                SharingCall::ShareAndAttach => {
                    assert_eq!(open.posted_at.len(), 1, "never a third call");
                    assert!(is_proved_absent(open, now), "no second call without proof: {open:?} at {now}");
                    assert!(turn.live.is_empty(), "what is there may be ours: {turn:?}");
                    let superseded = ledger.entries.iter().all(is_superseded);
                    assert!(superseded, "an allocation may have been used again");
                    assert_ne!(call, SharingCall::Attach, "there is nothing to attach");
                }
            }
        }
    }
}

fn play(turns: &[Turn]) {
    let mut now: Timestamp = "2026-04-20T12:00:00Z".parse().unwrap();
    let (mut ledger, mut open) = (Ledger::default(), None::<Open>);
    for turn in turns {
        now = after(now, SignedDuration::from_mins(turn.later));
        let asker = asker(turn.who, turn.method, now);
        assert_eq!(ledger.intent.is_some(), open.is_some(), "an intent is open until its call is settled");
        match ledger.decide(&asker, &seen(turn)) {
            Move::Shared { ledger: after, entry } => {
                assert_eq!(entry.waba, asker.waba, "nobody is handed another's entry");
                ledger = after;
                open = open.filter(|open| open.who != turn.who || ledger.intent.is_some());
            }
            Move::Post(intended) => {
                let call = intended.intent.as_ref().unwrap().call;
                may_call(&ledger, &intended, open.as_ref(), turn, now);
                // A share that was found is settled: what follows is a call of its own.
                let same = open.take().filter(|open| open.call != SharingCall::Share);
                let mut calls = same.unwrap_or_else(|| Open {
                    who: turn.who,
                    baseline: turn.live.clone(),
                    ..Open::default()
                });
                calls.call = call;
                calls.posted_at.push(now);
                calls.absent_at.clear();
                match turn.answer {
                    Answer::Allocation(number) if call == SharingCall::Share => {
                        ledger = intended.given(&asker, allocation(number));
                    }
                    Answer::Allocation(number) => {
                        ledger = intended.answered(&asker, allocation(number), Some(credential(number))).0;
                    }
                    Answer::Refused => ledger = intended.not_applied(),
                    Answer::Lost => {
                        assert!(matches!(intended.lost(&asker), Move::Wait { .. }));
                        ledger = intended;
                        open = Some(calls);
                    }
                }
            }
            Move::Wait { until, ledger: kept, .. } => {
                assert!(until > now, "a wait is over later");
                let shows_nothing = turn.live.is_empty() && ledger.entries.iter().all(is_superseded);
                if let Some(open) = open.as_mut().filter(|open| open.who == turn.who && shows_nothing) {
                    open.absent_at.push(now);
                }
                ledger = kept.unwrap_or(ledger);
            }
        }
        let waiting = ledger.allocated.iter().filter(|one| one.attachment == Attachment::Unattached);
        assert!(waiting.count() <= 1, "a business is given one");
        for number in 0..2 {
            let waba = &self::asker(number, ShareMethod::OneCall, now).waba;
            let current = |entry: &&Entry| entry.waba == *waba && entry.verdict != Verdict::Superseded;
            assert!(ledger.entries.iter().filter(current).count() <= 1, "one entry of a WABA counts");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_story_leads_to_a_call_without_proof(turns in proptest::collection::vec(turn(), 1..40)) {
        play(&turns);
    }
}

#[test]
fn the_stories_reach_a_second_call() {
    let lost = |later| Turn {
        who: 0,
        method: ShareMethod::OneCall,
        later,
        live: BTreeSet::new(),
        pays: None,
        answer: Answer::Lost,
    };
    play(&[lost(0), lost(15), lost(15), lost(15), lost(15)]);
    let refused = Turn { answer: Answer::Refused, ..lost(0) };
    play(&[refused.clone(), refused]);
}
