//! What comes between a step's work and its commit: each once, right before the commit is written.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use handover_domain::ids::ClaimId;
use handover_domain::ledger::Ledger;
use handover_domain::outcome::{Outcome, WaitsFor};
use handover_domain::reason::Reason;
use handover_domain::state::{State, Status};
use handover_domain::step::Step;
use handover_engine::items;
use handover_engine::ports::{Clock, Ids, Ports};
use handover_engine::records::{
    Action, Change, Expectation, Item, Key, Page, Query, Records, RecordsError, Scan, Write, Written,
    WrittenTogether,
};
use handover_engine::runner::{Effect, Ran};
use handover_engine::work::{Fault, Report, Work};
use handover_engine::writes;
use jiff::SignedDuration;
use serde_json::json;
use simulation::script::at;
use simulation::world::{World, now};

use crate::turns::{SIGNED_UP_AT, run_on, sets_free, with_a_dead_worker};

/// What comes in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Between {
    /// Somebody wakes the migration.
    AWake,
    /// The commit is stored, its answer is lost, and whoever carries it sends it again.
    TheSameCommit,
    /// Another worker has the claim, and an entry in the history.
    AnotherWorker,
    /// The history has an entry there already, from before the tables were put back.
    AnotherEntry,
    /// Another migration of the business writes the ledger.
    AnotherLedger,
    /// The same, and the worker has no time left.
    AnotherLedgerLate,
    /// Nothing, and the store refuses for no reason.
    Nothing,
}

/// The world's store with something in between.
struct Store<'a> {
    world: &'a World,
    between: Between,
    commits: AtomicUsize,
}

impl Store<'_> {
    async fn happens(&self, writes: &[Write]) -> Result<Option<WrittenTogether>, RecordsError> {
        let records = &self.world.records;
        let state = &writes[0].key;
        match self.between {
            Between::AWake => {
                let wake = writes::wake(self.world.migrations()[0], self.world.clock.now(), None);
                records.write(&wake).await?;
            }
            Between::TheSameCommit => drop(records.write_together(writes).await?),
            Between::AnotherWorker => {
                let theirs = ClaimId::new(self.world.ids.new_id(self.world.clock.now()));
                let takes = Action::Update(vec![Change::Set("claim_id", json!(theirs))]);
                records.write(&Write { key: state.clone(), expects: vec![], action: takes }).await?;
                records.write(&entry_of(theirs, writes)).await?;
            }
            Between::AnotherEntry => {
                let theirs = ClaimId::new(self.world.ids.new_id(self.world.clock.now()));
                records.write(&entry_of(theirs, writes)).await?;
            }
            Between::AnotherLedger => drop(records.write(&first_ledger()).await?),
            Between::AnotherLedgerLate => {
                records.write(&first_ledger()).await?;
                let late = self.world.clock.now() + self.world.settings.function_timeout;
                self.world.clock.set(late);
            }
            Between::Nothing => {
                let found = records.read(state).await?;
                return Ok(Some(WrittenTogether::Refused(BTreeMap::from([(0, found)]))));
            }
        }
        Ok(None)
    }
}

impl Records for Store<'_> {
    async fn read(&self, key: &Key) -> Result<Option<Item>, RecordsError> {
        self.world.records.read(key).await
    }
    async fn query(&self, query: &Query) -> Result<Page, RecordsError> {
        self.world.records.query(query).await
    }
    async fn scan(&self, scan: &Scan) -> Result<Page, RecordsError> {
        self.world.records.scan(scan).await
    }
    async fn write(&self, write: &Write) -> Result<Written, RecordsError> {
        self.world.records.write(write).await
    }
    async fn write_together(&self, writes: &[Write]) -> Result<WrittenTogether, RecordsError> {
        let before = self.commits.fetch_add(1, Ordering::Relaxed);
        assert!(before < 10, "it goes round in circles");
        if (before == 0 || self.between == Between::Nothing)
            && let Some(answer) = self.happens(writes).await?
        {
            return Ok(answer);
        }
        self.world.records.write_together(writes).await
    }
}

/// The entry of the history among these writes, as another claim's.
fn entry_of(claim: ClaimId, writes: &[Write]) -> Write {
    let entry = writes.iter().find(|write| write.key.sort.starts_with("H#")).expect("an entry");
    let Action::Put(mut item) = entry.action.clone() else { panic!("an entry is put") };
    item.insert("claim_id".to_owned(), json!(claim));
    writes::put(entry.key.clone(), item, vec![])
}

/// The first ledger of some business.
fn first_ledger() -> Write {
    let key = items::ledger(&"1972".parse().expect("an id"), &"4865".parse().expect("an id"));
    let item = items::written(&key, &Ledger { rev: 1, ..Ledger::default() }).expect("an item");
    writes::put(key, item, vec![Expectation::Absent])
}

/// A step that is done.
struct IsDone;

impl Effect for IsDone {
    const STEP: Step = Step::DiscoverAssets;

    async fn run<P: Ports>(_: &Work<'_, P>) -> Result<Report, Fault> {
        Ok(Outcome::Done.into())
    }
}

/// A step that waits for an hour.
struct Waits;

impl Effect for Waits {
    const STEP: Step = Step::DiscoverAssets;

    async fn run<P: Ports>(work: &Work<'_, P>) -> Result<Report, Fault> {
        let until = work.now() + SignedDuration::from_hours(1);
        Ok(Outcome::Wait { on: WaitsFor::Meta, until, reason: Reason::NO_ANSWER }.into())
    }
}

/// A step that is done, and has learned something for a ledger that it has read before anybody wrote it.
struct WritesALedger;

impl Effect for WritesALedger {
    const STEP: Step = Step::DiscoverAssets;

    async fn run<P: Ports>(_: &Work<'_, P>) -> Result<Report, Fault> {
        Ok(Report::from(Outcome::Done).with(first_ledger()))
    }
}

/// How a step's run ends with that in between, how many commits it has written, and the world then.
fn run<E: Effect>(between: Between) -> (Ran, usize, World) {
    let world = with_a_dead_worker();
    sets_free(&world, "attempt", json!(0));
    let store = Store { world: &world, between, commits: AtomicUsize::new(0) };
    let ran = run_on::<E, _>(&world, &store);
    let commits = store.commits.into_inner();
    (ran, commits, world)
}

fn state(world: &World) -> State {
    world.states().remove(0)
}

fn is_committed(ran: &Ran) -> bool {
    matches!(ran, Ran::Committed { attempt: 1, .. })
}

#[test]
fn who_is_woken_in_between_is_due_at_once_and_needs_no_second_claim() {
    let (ran, commits, world) = run::<Waits>(Between::AWake);
    assert!(is_committed(&ran), "{ran:?}");
    let state = state(&world);
    assert_eq!((commits, state.due_at, state.lease_until), (2, Some(at(SIGNED_UP_AT)), None));
}

#[test]
fn a_commit_whose_answer_was_lost_is_known_as_the_own_one() {
    let (ran, commits, world) = run::<IsDone>(Between::TheSameCommit);
    assert!(is_committed(&ran), "{ran:?}");
    assert_eq!((commits, state(&world).reason), (1, None));
}

#[test]
fn who_has_lost_the_turn_to_another_stands_down() {
    let (ran, commits, _) = run::<IsDone>(Between::AnotherWorker);
    assert_eq!((ran, commits), (Ran::StoodDown, 1));
}

#[test]
fn where_the_history_has_that_entry_already_a_person_is_told() {
    let (ran, commits, world) = run::<IsDone>(Between::AnotherEntry);
    assert!(is_committed(&ran), "{ran:?}");
    let state = state(&world);
    assert_eq!((commits, state.status, state.reason), (2, Status::Person, Some(Reason::RECORD_INCOMPLETE)));
}

#[test]
fn a_ledger_that_was_written_in_between_is_written_anew_with_what_it_has_now() {
    let (ran, commits, world) = run::<WritesALedger>(Between::AnotherLedger);
    assert!(is_committed(&ran), "{ran:?}");
    assert_eq!((commits, state(&world).reason), (2, None));
    let stored = now(world.records.read(&first_ledger().key)).expect("memory answers").expect("a ledger");
    assert_eq!(stored["rev"], 2);
}

#[test]
fn who_has_no_time_left_for_that_looks_again_later() {
    let (ran, commits, world) = run::<WritesALedger>(Between::AnotherLedgerLate);
    assert!(is_committed(&ran), "{ran:?}");
    assert_eq!((commits, state(&world).reason), (2, Some(Reason::RECORD_MOVED)));
}

#[test]
fn a_refusal_that_nobody_can_explain_is_not_answered_with_the_same_again() {
    let (ran, commits, _) = run::<IsDone>(Between::Nothing);
    assert_eq!((ran, commits), (Ran::StoodDown, 1));
    // It could have been a wake; after that it cannot.
    let (ran, commits, _) = run::<Waits>(Between::Nothing);
    assert_eq!((ran, commits), (Ran::StoodDown, 2));
}
