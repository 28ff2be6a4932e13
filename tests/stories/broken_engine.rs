//! An engine that is broken is caught: one test for each place where a crash leaves something behind.
//!
//! In each our engine holds, and the same engine with one thing left out, in the same story with the same faults, breaks an
//! invariant by name. `simulation::crash_points` has the table that these tests are named in.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test")]

use std::cell::RefCell;
use std::collections::BTreeSet;

use graph_simulator::{Fault as MetaFault, PlannedFault};
use handover_domain::reason::Reason;
use handover_domain::state::{ENGINE_VERSION, Status};
use handover_engine::items;
use handover_engine::records::{
    Action, Change, Cursor, Expectation, Item, Key, Order, Query, Records, Span, Write,
};
use handover_engine::writes;
use serde_json::json;
use simulation::careless::Careless;
use simulation::fault::{Fault, Plan};
use simulation::random::{Gone, Strikes};
use simulation::script::{Script, at};
use simulation::watch::claim_in;
use simulation::world::{World, now};

/// A story with faults, in which our engine breaks nothing.
struct Case {
    script: Script,
    plan: Plan,
    prepare: fn(&mut World),
}

impl Case {
    /// A script until the customer can send again, without a fault.
    fn of(script: Script) -> Self {
        let script = Script { end: at("2026-05-02T12:00:00Z"), ..script };
        Self { script, plan: Plan::default(), prepare: |_| () }
    }

    /// The same, in a world that was made ready for it.
    fn in_a_world(self, prepare: fn(&mut World)) -> Self {
        Self { prepare, ..self }
    }

    /// The same with one fault at that call.
    fn with(self, call: usize, fault: Fault) -> Self {
        Self { plan: self.plan.and(call, fault), ..self }
    }

    /// The page's example with one fault at a call of a function, the first that it makes.
    fn example(function: &str, call: &str, fault: Fault) -> Self {
        let case = Self::of(Script::example());
        let number = number_of(&case, function, call, 0);
        case.with(number, fault)
    }

    /// The same, where what was shared shows twenty minutes late.
    fn showing_late(function: &str, call: &str, fault: Fault) -> Self {
        let endpoint = "POST /{credit_line}/whatsapp_credit_sharing_and_attach".parse().expect("an endpoint");
        let hidden = MetaFault::HiddenFor { minutes: 20 };
        let mut case = Self::example(function, call, fault);
        case.script =
            case.script.with_faults([PlannedFault { endpoint, nth: 1, about: None, fault: hidden }]);
        case
    }

    fn played_by(&self, engine: Careless) -> World {
        let mut world = World::new(&self.script);
        (self.prepare)(&mut world);
        world.careless = engine;
        world.plan(&self.plan);
        world.play(&self.script);
        world
    }

    /// What our engine breaks, which is nothing, and what the broken one breaks.
    #[track_caller]
    fn shows(&self, broken: Careless, name: &str) {
        let ours = self.played_by(Careless::default());
        assert_eq!(ours.violations(), BTreeSet::new(), "ours: {:?}", ours.remarks());
        let world = self.played_by(broken);
        assert!(world.violations().contains(name), "{:?}, {:?}", world.violations(), world.states());
    }
}

/// The number of a call among those of a story without a fault: the first of that kind, or a later one.
fn number_of(case: &Case, function: &str, call: &str, nth: usize) -> usize {
    let calls = case.played_by(Careless::default()).calls();
    let mut found = calls.iter().enumerate().filter(|(_, one)| one.function == function && one.call == call);
    found.nth(nth).expect("the story has it").0
}

/// The number of the call that puts the turn of a function on the bus.
fn number_of_the_event(case: &Case, function: &str) -> usize {
    let turn = number_of(case, function, "write STATE", 0);
    let calls = case.played_by(Careless::default()).calls();
    let is_event = |call: &str| call.starts_with("put ") && call.contains("StepDue");
    calls[..turn].iter().rposition(|one| is_event(&one.call)).expect("an event")
}

fn is_claim(write: &Write) -> bool {
    claim_in(write).is_some()
}

/// The order of what is due, looked through from so long ago.
fn looks_back(query: &mut Query, minutes: i64) {
    if let (Order::Due, Span::UpTo(until), None) = (query.order, &query.span, &query.after) {
        let from = json!({ "due": "DUE", "due_at": until - minutes * 60_000, "partition": "", "sort": "" });
        query.after = from.as_object().cloned().map(Cursor);
    }
}

#[test]
fn row_1_without_the_sweep_a_turn_that_died_before_its_claim_is_never_taken() {
    let case = Case::example("discover-assets", "write STATE", Fault::CrashBefore);
    let asks = |query: &mut Query| {
        if query.order == Order::Due {
            query.span = Span::UpTo(0);
        }
    };
    case.shows(Careless { asks: Some(asks), ..Careless::default() }, "all-is-settled");
}

#[test]
fn row_2_who_takes_any_refused_claim_for_their_own_lost_one_writes_beside_the_holder() {
    let case = Case::example("share-credit-line", "write STATE", Fault::Again);
    let broken = Careless {
        hears: Some(|write, found| {
            if let Some(claim) = claim_in(write) {
                found.insert("claim_id".to_owned(), claim);
            }
        }),
        forgets: Some(|_, expectation| matches!(expectation, Expectation::Is("claim_id", _))),
        ..Careless::default()
    };
    case.shows(broken, "facts-are-written-under-the-claim");
}

/// The other half of row 2: a claim whose answer was lost is sent again by the SDK. Nothing breaks where it is not known for
/// one's own, and a lease is waited out for nothing.
#[test]
fn row_2_who_does_not_know_their_own_lost_claim_again_shares_when_its_lease_has_ended() {
    let case = Case::example("share-credit-line", "write STATE", Fault::Twice);
    let shared_at = |engine| case.played_by(engine).share_posts()[0];
    let forgetful = Careless {
        hears: Some(|write, found| {
            if claim_in(write).is_some_and(|ours| found.get("claim_id") == Some(&ours)) {
                found.insert("claim_id".to_owned(), json!("somebody's"));
            }
        }),
        ..Careless::default()
    };
    let ours = shared_at(Careless::default());
    assert!(ours < at("2026-04-21T10:02:00Z"), "{ours}");
    assert!(ours < shared_at(forgetful), "{ours}, {}", shared_at(forgetful));
}

#[test]
fn row_3_without_the_end_of_a_lease_a_turn_whose_worker_died_is_never_taken() {
    let case = Case::example("discover-assets", "write STATE", Fault::CrashAfter);
    let writes = |write: &mut Write| {
        let lease = |one: &&mut Expectation| matches!(one, Expectation::AnyOf(_));
        if let Some(one) = write.expects.iter_mut().find(lease) {
            *one = Expectation::Lacks("lease_until");
        }
    };
    case.shows(Careless { writes: Some(writes), ..Careless::default() }, "all-is-settled");
}

#[test]
fn row_4_without_the_intent_in_the_ledger_a_share_whose_answer_was_lost_is_called_again() {
    let case = Case::showing_late("share-credit-line", "graph share_credit_line", Fault::Lose);
    let writes = |write: &mut Write| {
        if let (items::LEDGER, Action::Put(item)) = (write.key.sort.as_str(), &mut write.action) {
            item.remove("intent");
        }
    };
    case.shows(Careless { writes: Some(writes), ..Careless::default() }, "no-second-share-without-proof");
}

#[test]
fn row_5_without_the_quiet_time_a_share_that_shows_late_is_called_again() {
    let case = Case::showing_late("share-credit-line", "graph share_credit_line", Fault::CrashAfter);
    let reads = |key: &Key, item: &mut Item| {
        let intent = item.get_mut("intent").and_then(|intent| intent.as_object_mut());
        if let (items::LEDGER, Some(intent)) = (key.sort.as_str(), intent) {
            let recorded_at = intent["recorded_at"].as_i64().expect("a moment") - 60 * 60_000;
            intent.insert("recorded_at".to_owned(), json!(recorded_at));
            intent.insert("absent_at".to_owned(), json!(recorded_at + 20 * 60_000));
        }
    };
    case.shows(Careless { reads: Some(reads), ..Careless::default() }, "no-second-share-without-proof");
}

#[test]
fn row_6_without_claim_and_history_in_its_commit_a_commit_that_is_sent_again_is_written_twice() {
    let case = Case::example("register-numbers", "write STATE+H#", Fault::Twice);
    let forgets =
        |write: &Write, _: &Expectation| write.key.sort == "STATE" || write.key.sort.starts_with("H#");
    let broken = Careless { forgets: Some(forgets), ..Careless::default() };
    case.shows(broken, "history-is-written-once");
}

#[test]
fn row_7_without_the_lease_two_workers_who_come_at_once_share_at_once() {
    let case = Case::example("share-credit-line", "write STATE+LEDGER", Fault::Again);
    let forgets = |write: &Write, expectation: &Expectation| {
        is_claim(write) && matches!(expectation, Expectation::AnyOf(_))
    };
    let broken = Careless { forgets: Some(forgets), ..Careless::default() };
    case.shows(broken, "only-the-holder-of-the-claim-calls");
}

#[test]
fn row_8_without_the_claim_in_its_commit_a_worker_who_comes_too_late_writes_what_it_did() {
    let case = Case::example("share-credit-line", "graph share_credit_line", Fault::Other);
    let forgets = |write: &Write, expectation: &Expectation| {
        matches!(write.action, Action::Update(_) | Action::Put(_))
            && matches!(expectation, Expectation::Is("claim_id", _))
    };
    let broken = Careless { forgets: Some(forgets), ..Careless::default() };
    case.shows(broken, "facts-are-written-under-the-claim");
}

#[test]
fn row_9_without_due_beside_its_commit_a_turn_that_the_stream_lost_is_never_taken() {
    let case = Case::of(Script::example());
    let event = number_of_the_event(&case, "share-credit-line");
    let writes = |write: &mut Write| {
        let is_seq = |change: &Change| matches!(change, Change::Set("seq", _));
        if let Action::Update(changes) = &mut write.action
            && changes.iter().any(is_seq)
        {
            changes.push(Change::Remove("due"));
        }
    };
    let broken = Careless { writes: Some(writes), ..Careless::default() };
    case.with(event, Fault::CrashBefore).shows(broken, "live-means-due");
}

#[test]
fn row_10_who_takes_an_event_at_its_word_runs_a_turn_twice_and_passes_over_the_next() {
    let case = Case::of(Script::example());
    let event = number_of_the_event(&case, "share-credit-line");
    let forgets = |write: &Write, expectation: &Expectation| {
        is_claim(write)
            && matches!(expectation, Expectation::Is("seq" | "step", _) | Expectation::AtMost("due_at", _))
    };
    let broken = Careless { forgets: Some(forgets), ..Careless::default() };
    case.with(event, Fault::Twice).shows(broken, "nobody-is-told-too-early");
}

#[test]
fn row_11_who_looks_back_an_hour_alone_finds_nothing_that_an_outage_of_days_left() {
    let case = Case::of(Script::with_the_waba_named()).in_a_world(|world| {
        let (from, to) = (at("2026-04-21T10:00:00Z"), at("2026-04-23T10:00:00Z"));
        world.draw(Strikes::of_an_outage(Gone::Workers, from, to));
    });
    case.shows(
        Careless { asks: Some(|query| looks_back(query, 60)), ..Careless::default() },
        "all-is-settled",
    );
}

thread_local! {
    /// Where the broken sweep of row 12 has stopped.
    static STOPPED: RefCell<Option<Cursor>> = const { RefCell::new(None) };
}

#[test]
fn row_12_a_sweep_that_goes_on_where_it_was_killed_never_sees_what_lay_before() {
    let mut script = Script { longest_page: Some(1), ..Script::two_wabas_of_one_business() };
    // Both are due at once, and no event of theirs arrives.
    for (moment, _) in script.acts.iter_mut().take(2) {
        *moment = script.start;
    }
    let case =
        Case::of(script).in_a_world(|world| world.dies_at = Some(|point| point.function == "publish-events"));
    let second_page = number_of(&case, "sweep-due", "query Due", 1);
    let asks = |query: &mut Query| {
        if query.order == Order::Due {
            STOPPED.with_borrow_mut(|stopped| match &query.after {
                Some(after) => *stopped = Some(after.clone()),
                None => query.after.clone_from(stopped),
            });
        }
    };
    STOPPED.set(None);
    case.with(second_page, Fault::CrashAfter)
        .shows(Careless { asks: Some(asks), ..Careless::default() }, "all-is-settled");
}

#[test]
fn row_13_who_looks_at_each_minute_once_never_sees_what_the_index_showed_late() {
    let case = Case::of(Script::example())
        .in_a_world(|world| world.draw(Strikes::of_indexes_behind(at("2026-04-22T10:00:00Z"))));
    case.shows(
        Careless { asks: Some(|query| looks_back(query, 1)), ..Careless::default() },
        "all-is-settled",
    );
}

#[test]
fn row_14_without_the_count_of_claims_a_turn_that_kills_its_worker_never_comes_to_a_person() {
    let case = Case::of(Script::example()).in_a_world(|world| {
        world.dies_at = Some(|point| point.function == "discover-assets" && point.call.starts_with("graph"));
    });
    let state = &case.played_by(Careless::default()).states()[0];
    assert_eq!((state.status, state.reason.clone()), (Status::Person, Some(Reason::CLAIMS_USED_UP)));
    let writes = |write: &mut Write| {
        if let Action::Update(changes) = &mut write.action {
            changes.retain(|change| !matches!(change, Change::Add("attempt", _)));
        }
    };
    case.shows(Careless { writes: Some(writes), ..Careless::default() }, "all-is-settled");
}

/// The migration with the mark of that version, at that row.
fn left_by(version: u32, engine: Careless, row: &str) -> World {
    let script = Script { end: at("2026-04-20T12:00:00Z"), ..Script::with_the_waba_named() };
    let mut world = World::played(&script);
    world.careless = engine;
    let key = items::state(world.migrations()[0]);
    let mut item = world.records.items().remove(&key).expect("STATE");
    item.insert("engine_version".to_owned(), json!(version));
    item.insert("row".to_owned(), json!(row));
    item.insert("due_at".to_owned(), json!(script.end.as_millisecond()));
    now(world.records.write(&writes::put(key, item, vec![]))).expect("memory answers");
    world.deliver_now();
    world.fire("sweep-due");
    world.deliver_now();
    world
}

#[test]
fn row_15_who_guesses_what_another_version_has_written_leaves_its_flow() {
    const TOMORROWS: u32 = ENGINE_VERSION + 1;
    for (version, row, reason) in [
        (TOMORROWS, "unshare and sign up", Reason::VERSION_TOO_NEW),
        (TOMORROWS, "a row of tomorrow", Reason::ROW_UNKNOWN),
        (ENGINE_VERSION, "a row that was given up", Reason::ROW_UNKNOWN),
    ] {
        let ours = left_by(version, Careless::default(), row);
        let state = &ours.states()[0];
        assert_eq!(ours.violations(), BTreeSet::new());
        assert_eq!((state.status, state.reason.clone()), (Status::Person, Some(reason)));
    }
    let guesses = |write: &Write, item: &mut Item| {
        if is_claim(write) {
            item.insert("engine_version".to_owned(), json!(ENGINE_VERSION));
            item.insert("row".to_owned(), item["turn"].clone());
        }
    };
    let writes = |write: &mut Write| {
        let is_claim = is_claim(write);
        if let (false, Action::Update(changes)) = (is_claim, &mut write.action) {
            changes.push(Change::Set("row", json!("unshare and sign up")));
        }
    };
    let broken = Careless { hears: Some(guesses), writes: Some(writes), ..Careless::default() };
    for version in [TOMORROWS, ENGINE_VERSION] {
        let world = left_by(version, broken, "a row that is not ours");
        assert!(world.violations().contains("rows-follow-the-flow"), "{version}: {:?}", world.violations());
    }
}
