//! What follows from an outcome, turn by turn.

use super::*;
use crate::flow::FlowName;
use crate::step::Step;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const NOON: &str = "2026-04-20T12:00:00Z";

fn standing_at(row: &str) -> State {
    standing_in(FlowName::PartnerSwitch, row)
}

fn standing_in(flow: FlowName, row: &str) -> State {
    let id = "0199a000-0000-7000-8000-000000000001".parse().unwrap();
    let row = flow.flow().row(row).unwrap();
    State::new(id, flow, row, at(NOON))
}

fn run(state: &State, outcome: Outcome, now: &str) -> Next {
    next(state, &outcome, &Learned::default(), Dates::default(), at(now))
}

fn retry(reason: Reason) -> Outcome {
    Outcome::Retry { after: SignedDuration::from_mins(1), reason }
}

#[test]
fn a_done_row_makes_the_next_row_due_now_and_writes_history() {
    let next = run(&standing_at("pre-flight"), Outcome::Done, NOON);
    assert_eq!(next.state.row, "unshare and sign up");
    assert_eq!(next.state.step, Step::CheckWaiting);
    assert_eq!((next.state.seq, next.state.due_at), (1, Some(at(NOON))));
    assert!(next.writes_history && !next.tests_wakes);
}

#[test]
fn once_a_customer_was_asked_for_a_new_waba_a_refusal_is_a_persons() {
    let refused = || Outcome::Refused { reason: Reason::PARTNER_OWNED };
    let status = |flow, row| run(&standing_in(flow, row), refused(), NOON).state.status;
    for flow in FlowName::ALL {
        assert_eq!(status(flow, "pre-flight"), Status::Refused, "{flow}: nothing was asked of anybody");
    }
    assert_eq!(status(FlowName::PartnerSwitch, "learn the assets"), Status::Refused);
    let stands = run(&standing_in(FlowName::SolutionSwitch, "learn the assets"), refused(), NOON).state;
    assert_eq!((stands.status, stands.reason), (Status::Person, Some(Reason::PARTNER_OWNED)));
    assert_eq!(stands.due_at, Some(at("2026-04-21T12:00:00Z")), "it is looked at again, daily");
}

#[test]
fn a_reason_that_stays_the_same_writes_no_second_entry() {
    let first = run(&standing_at("assign the system user"), retry(Reason::NO_ANSWER), NOON);
    assert!(first.writes_history && first.tests_wakes);
    let second = run(&first.state, retry(Reason::NO_ANSWER), "2026-04-20T12:01:00Z");
    assert!(!second.writes_history);
    assert_eq!(second.state.seq, 1);
    let other = run(&second.state, retry(Reason::UNREADABLE_ANSWER), "2026-04-20T12:02:00Z");
    assert_eq!(other.state.seq, 2);
}

#[test]
fn a_row_that_misses_its_deadline_goes_to_a_person_and_is_still_tried() {
    let next = run(&standing_at("assign the system user"), retry(Reason::NO_ANSWER), "2026-04-20T12:15:00Z");
    assert_eq!(next.state.status, Status::Person);
    assert_eq!(next.state.due_at, Some(at("2026-04-20T12:16:00Z")));
}

#[test]
fn a_row_that_does_not_gate_becomes_a_finding_after_ten_minutes_and_never_vetoes() {
    let mut state = standing_at("subscribe the app");
    state.deadline = Some(at("2026-04-20T12:10:00Z"));
    let waiting = run(&state, retry(Reason::NO_ANSWER), "2026-04-20T12:09:00Z");
    assert_eq!(waiting.state.row, "subscribe the app");
    let gone_on = run(&waiting.state, retry(Reason::NO_ANSWER), "2026-04-20T12:10:00Z");
    assert_eq!(gone_on.state.row, "share the credit line");
    assert_eq!(gone_on.state.findings.len(), 1);
    for veto in
        [Outcome::Refused { reason: Reason::TOKEN_MISSING }, Outcome::person(at(NOON), Reason::TOKEN_MISSING)]
    {
        let next = run(&state, veto, NOON);
        assert_eq!(next.state.row, "share the credit line");
        assert_eq!(next.state.findings.first().unwrap().reason, Reason::TOKEN_MISSING);
    }
}

#[test]
fn the_turn_goes_to_what_is_due_first_and_comes_back() {
    let state =
        run(&standing_at("subscribe the app"), Outcome::Refused { reason: Reason::TOKEN_MISSING }, NOON)
            .state;
    assert_eq!(state.turn, "share the credit line");
    let far = Outcome::Wait {
        on: WaitsFor::Window,
        until: at("2026-05-05T12:00:00Z"),
        reason: Reason::WINDOW_CLOSED,
    };
    let state = run(&state, far, NOON).state;
    assert_eq!((state.turn.as_str(), state.step), ("subscribe the app", Step::SubscribeApp));
    assert_eq!(state.due_at, Some(at("2026-04-20T13:00:00Z")));
    let mended = run(&state, Outcome::Done, "2026-04-20T13:00:00Z").state;
    assert_eq!((mended.turn.as_str(), mended.findings.len()), ("share the credit line", 0));
    assert_eq!(mended.due_at, Some(at("2026-05-05T12:00:00Z")));
}

#[test]
fn a_wake_during_a_finding_was_meant_for_the_row() {
    let mut state =
        run(&standing_at("subscribe the app"), Outcome::Refused { reason: Reason::TOKEN_MISSING }, NOON)
            .state;
    let far = Outcome::Wait {
        on: WaitsFor::Window,
        until: at("2026-05-05T12:00:00Z"),
        reason: Reason::WINDOW_CLOSED,
    };
    state = run(&state, far, NOON).state;
    state.wakes = 1;
    let after_wake = run(&state, retry(Reason::TOKEN_MISSING), "2026-04-20T12:30:00Z").state;
    assert_eq!(after_wake.turn, "share the credit line");
    assert_eq!(after_wake.due_at, Some(at("2026-04-20T12:30:00Z")));
}

#[test]
fn before_the_last_word_an_open_finding_gets_one_more_try_and_then_rests() {
    let mut state =
        run(&standing_at("subscribe the app"), Outcome::Refused { reason: Reason::TOKEN_MISSING }, NOON)
            .state;
    state.row = "activation".to_owned();
    state.turn = state.row.clone();
    let state = run(&state, Outcome::Done, "2026-05-01T12:00:00Z").state;
    assert_eq!((state.row.as_str(), state.turn.as_str()), ("announce", "subscribe the app"));
    let state = run(&state, retry(Reason::TOKEN_MISSING), "2026-05-01T12:00:00Z").state;
    assert_eq!(state.turn, "announce");
    let ended = run(&state, Outcome::Done, "2026-05-01T12:00:00Z").state;
    assert_eq!((ended.status, ended.due_at, ended.due), (Status::Completed, None, None));
    assert_eq!(ended.findings.len(), 1, "what is open is listed");
}

#[test]
fn a_refusal_ends_the_migration() {
    let ended =
        run(&standing_at("learn the assets"), Outcome::Refused { reason: Reason::PARTNER_OWNED }, NOON).state;
    assert_eq!((ended.status, ended.due_at, ended.due), (Status::Refused, None, None));
}

#[test]
fn a_wake_does_not_bring_a_finding_forward() {
    let mut state =
        run(&standing_at("subscribe the app"), Outcome::Refused { reason: Reason::TOKEN_MISSING }, NOON)
            .state;
    let far = Outcome::Wait {
        on: WaitsFor::Window,
        until: at("2026-05-05T12:00:00Z"),
        reason: Reason::WINDOW_CLOSED,
    };
    state = run(&state, far, NOON).state;
    assert!(!state.came_early(at("2026-04-20T13:00:00Z")), "an hour later it is the finding's time");
    (state.wakes, state.due_at) = (1, Some(at("2026-04-20T12:10:00Z")));
    assert!(state.came_early(at("2026-04-20T12:10:00Z")));
    let next = run(&state, Outcome::Progress, "2026-04-20T12:10:00Z");
    assert!(!next.writes_history);
    assert_eq!(next.state.turn, "share the credit line");
    assert_eq!(next.state.due_at, Some(at("2026-04-20T12:10:00Z")));
    assert_eq!(next.state.findings.first().unwrap().due_at, Some(at("2026-04-20T13:00:00Z")));
    assert!(!next.state.came_early(at("2026-04-20T12:10:00Z")), "the row never comes early");
}

#[test]
fn a_row_that_does_not_gate_steps_aside_when_it_is_asked_to_wait_beyond_its_deadline() {
    let mut state = standing_at("subscribe the app");
    state.deadline = Some(at("2026-04-20T12:10:00Z"));
    let until = at("2026-04-20T14:00:00Z");
    let throttled = Outcome::Wait { on: WaitsFor::Meta, until, reason: Reason::meta(80_008, None) };
    let next = run(&state, throttled, NOON).state;
    assert_eq!(next.row, "share the credit line", "two hours of rate limit would cost the month");
    assert_eq!(next.findings.first().unwrap().due_at, Some(until));
}

#[test]
fn a_finding_rests_after_its_deadline_until_the_last_word() {
    let mut state =
        run(&standing_at("subscribe the app"), Outcome::Refused { reason: Reason::TOKEN_MISSING }, NOON)
            .state;
    state.turn = "subscribe the app".to_owned();
    let next = run(&state, retry(Reason::NO_ANSWER), "2026-04-20T13:00:00Z").state;
    assert_eq!(next.findings.first().unwrap().due_at, Some(at("2026-04-20T14:00:00Z")), "hourly");
    state.findings.first_mut().unwrap().deadline = Some(at("2026-04-20T13:30:00Z"));
    let next = run(&state, retry(Reason::NO_ANSWER), "2026-04-20T13:00:00Z").state;
    assert_eq!(next.findings.first().unwrap().due_at, None, "its time is over");
}

#[test]
fn a_share_that_misses_its_window_calls_a_person_and_a_planned_wait_does_not() {
    let mut state = standing_at("share the credit line");
    state.deadline = Some(at("2026-04-27T10:00:00Z"));
    let late = "2026-04-27T10:01:00Z";
    let missed = run(&state, retry(Reason::NO_ANSWER), late).state;
    assert_eq!((missed.status, missed.deadline), (Status::Person, state.deadline));
    let until = at("2026-05-05T12:00:00Z");
    let planned = Outcome::Wait { on: WaitsFor::Window, until, reason: Reason::WINDOW_CLOSED };
    assert_eq!(run(&state, planned, late).state.status, Status::Waiting);
}

#[test]
fn whatever_lets_a_migration_sleep_may_stand_only_if_nobody_woke_it() {
    let mut state =
        run(&standing_at("subscribe the app"), Outcome::Refused { reason: Reason::TOKEN_MISSING }, NOON)
            .state;
    let far = at("2026-05-05T12:00:00Z");
    (state.row_due_at, state.turn) = (Some(far), "subscribe the app".to_owned());
    let mended = run(&state, Outcome::Done, "2026-04-20T13:00:00Z");
    assert!(mended.tests_wakes, "the row sleeps until the 5th");
    assert_eq!(mended.due_now(at(NOON)).state.due_at, Some(at(NOON)));
    assert!(!run(&standing_at("pre-flight"), Outcome::Done, NOON).tests_wakes, "the next row is due at once");
}

#[test]
fn an_item_of_a_newer_version_keeps_its_mark() {
    let mut state = standing_at("pre-flight");
    state.engine_version = ENGINE_VERSION + 1;
    let next = run(&state, Outcome::person(at(NOON), Reason::VERSION_TOO_NEW), NOON).state;
    assert_eq!(next.engine_version, ENGINE_VERSION + 1);
}
