//! Random stories: looks, answers and losses in any order, against the rules counted independently.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// What somebody sees and what becomes of a call, if one is made.
#[derive(Debug, Clone)]
struct Turn {
    /// Which of two WABAs of one business asks.
    who: u8,
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
    (0_u8..2, later, live, pays, answer).prop_map(|(who, later, live, pays, answer)| Turn {
        who,
        later,
        live,
        pays,
        answer,
    })
}

fn asker(who: u8, now: Timestamp) -> Asker {
    Asker {
        migration: format!("0199a000-0000-7000-8000-00000000000{who}").parse().unwrap(),
        waba: format!("1{who}").parse().unwrap(),
        now,
        window_closes_at: "2026-04-27T10:00:00Z".parse().unwrap(),
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
    Seen { live: live.collect(), funding: turn.pays.map(credential) }
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

fn may_call(ledger: &Ledger, open: Option<&Open>, turn: &Turn, now: Timestamp) {
    let unexplained =
        |number: &u8| !ledger.entries.iter().any(|entry| entry.allocation == allocation(*number));
    match open {
        None => assert!(
            !turn.live.iter().any(unexplained),
            "no call beside a live allocation that nothing explains: {turn:?}"
        ),
        Some(open) => {
            assert_eq!(open.who, turn.who, "no call while another migration's is open");
            assert_eq!(open.posted_at.len(), 1, "never a third call");
            assert!(is_proved_absent(open, now), "no second call without proof: {open:?} at {now}");
            assert!(turn.live.is_empty(), "what is there may be ours: {turn:?}");
            assert!(ledger.entries.iter().all(is_superseded), "an allocation may have been used again");
        }
    }
}

fn play(turns: &[Turn]) {
    let mut now: Timestamp = "2026-04-20T12:00:00Z".parse().unwrap();
    let (mut ledger, mut open) = (Ledger::default(), None::<Open>);
    for turn in turns {
        now = after(now, SignedDuration::from_mins(turn.later));
        let asker = asker(turn.who, now);
        assert_eq!(ledger.intent.is_some(), open.is_some(), "an intent is open until its call is settled");
        match ledger.decide(&asker, &seen(turn)) {
            Move::Shared { ledger: after, entry } => {
                assert_eq!(entry.waba, asker.waba, "nobody is handed another's entry");
                ledger = after;
                open = open.filter(|open| open.who != turn.who || ledger.intent.is_some());
            }
            Move::Post(intended) => {
                may_call(&ledger, open.as_ref(), turn, now);
                let mut calls = open.take().unwrap_or_else(|| Open {
                    who: turn.who,
                    baseline: turn.live.clone(),
                    ..Open::default()
                });
                calls.posted_at.push(now);
                calls.absent_at.clear();
                match turn.answer {
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
        for number in 0..2 {
            let waba = &self::asker(number, now).waba;
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
    let lost = |later| Turn { who: 0, later, live: BTreeSet::new(), pays: None, answer: Answer::Lost };
    play(&[lost(0), lost(15), lost(15), lost(15), lost(15)]);
    let refused = Turn { answer: Answer::Refused, ..lost(0) };
    play(&[refused.clone(), refused]);
}
