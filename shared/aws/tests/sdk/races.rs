//! Workers that all get the same turns at the same time, over connections that lose requests and answers.
//!
//! The functions, the runner and the adapter are ours, the database is an embedded one over HTTP, and the workers are
//! threads with a client each, as the instances of a Lambda function are. Every worker gets every `StepDue`. A seed draws
//! what is lost, and in which rounds the first worker that has a claim is frozen with it: when the others have done all
//! they had to, the lease is over, everybody gets the turns once more, and it goes on beside them. Who is first is the
//! machine's to say.
//!
//! Of each turn one worker has the claim and one commits, and whoever has not got it does nothing more. Of each migration
//! one share is asked of Meta, and the history has every `seq` once. Where nothing but a person can tell whether a share
//! was made, one looks and says it.
//!
//! `HANDOVER_RACE_STORIES=200` plays so many stories instead of a few:
//! `cargo test --workspace --test sdk races -- --nocapture`.

mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Barrier, Mutex};

use fastrand::Rng;
use functions::InvokeError;
use graph_simulator::{CallRecord, Endpoint};
use handover_aws::dynamo::DynamoRecords;
use handover_domain::ids::MigrationId;
use handover_domain::ledger::Ledger;
use handover_domain::reason::Reason;
use handover_domain::state::{State, Status};
use handover_engine::items;
use handover_engine::ports::{Clock, Event};
use handover_engine::records::{Item, Key, Order, Query, Records, RecordsError, Scan, Span, Table};
use handover_engine::work::Fault;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use simulation::envelopes;
use simulation::pieces::Pieces;
use simulation::script::{Script, at};
use simulation::world::World;
use tokio::runtime::{Builder, Runtime};

use self::told::{Claim, Commit, Deeds, Told, seq_of};
use crate::line::Line;
use crate::number::number;
use crate::store;

/// Stories of each number of workers in `cargo test`, and how many are played at once: they wait more than they work.
const FEW: usize = 4;
/// How many are played instead.
const STORIES: &str = "HANDOVER_RACE_STORIES";

/// Customers of one story.
const CUSTOMERS: u16 = 3;
/// A story that has not ended after so many rounds does not end.
const MOST_ROUNDS: u64 = 60;
/// A worker that is frozen with a claim comes back when its lease is over.
const FROZEN_FOR: SignedDuration = SignedDuration::from_mins(3);

/// What does not go on without a person's word, unlike a row that is late: where the WABAs of a business have one allocation, a
/// share that was begun cannot be proved not to have been made.
const ASKED: [Reason; 1] = [Reason::SHARE_UNDECIDED];

/// When the customers sign up, and when Meta has moved all of them.
const SIGN_UP: &str = "2026-04-21T10:00:00Z";
const MOVED: &str = "2026-05-01T12:10:00Z";

/// One run of a function: whose turn it was to run, and what came of it.
struct Run {
    migration: MigrationId,
    seq: u64,
    deeds: Deeds,
    ended: Result<Vec<u8>, InvokeError>,
}

/// Whether a run ended because the record gave no answer.
fn is_unanswered(error: &InvokeError) -> bool {
    std::iter::successors(Some(error as &dyn Error), |&error| error.source())
        .filter_map(|error| error.downcast_ref::<Fault>())
        .any(|fault| matches!(fault, Fault::Records(RecordsError::Lost { .. })))
}

/// What was counted, by what it was.
type Tally = BTreeMap<&'static str, u64>;

/// One story: three customers, and workers that race for their turns.
struct Race {
    world: World,
    /// The record without faults, for whoever looks.
    records: DynamoRecords,
    line: Line,
    /// The client of each worker.
    workers: Vec<DynamoRecords>,
    rng: Rng,
    /// Whether the next worker that has a claim is frozen.
    freezes: AtomicBool,
    /// Where the others wait until it goes on.
    together: Barrier,
    /// Each migration, and its signup link.
    migrations: Vec<(MigrationId, String)>,
    /// The claim under which each entry of the history was committed, where the worker has heard of it.
    committed: BTreeMap<(MigrationId, u64), Value>,
    /// Every claim that was had.
    had: BTreeSet<String>,
    tally: Tally,
    runtime: Runtime,
}

impl Race {
    fn new(workers: usize, seed: u64) -> Self {
        let mut script = Script::example();
        script.world.wabas = CUSTOMERS;
        // The WABAs of one business share its ledger.
        script.world.same_business = seed % 2 == 1;
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let (records, line) = runtime.block_on(async {
            let endpoint = store::dynoxide().await;
            (store::records_at(&endpoint).await, Line::to(&endpoint).await)
        });
        Self {
            world: World::new(&script),
            records,
            workers: (0..workers).map(|_| store::records_beyond(line.endpoint())).collect(),
            line,
            rng: Rng::with_seed(seed),
            freezes: AtomicBool::new(false),
            together: Barrier::new(workers),
            migrations: Vec::new(),
            committed: BTreeMap::new(),
            had: BTreeSet::new(),
            tally: Tally::from([("stories", 1)]),
            runtime,
        }
    }

    fn count(&mut self, what: &'static str, more: u64) {
        *self.tally.entry(what).or_default() += more;
    }

    /// Plays the story to its end, with faults in its first rounds, and says what was counted.
    fn played(mut self) -> Tally {
        self.creates();
        self.line.fail_by_chance(self.rng.u64(..));
        let faults_end = self.rng.u64(8..20);
        for round in 0..MOST_ROUNDS {
            self.person_decides();
            if !self.moves_on() {
                self.faults_end();
                self.has_ended_well();
                return self.tally;
            }
            if round == faults_end {
                self.faults_end();
            }
            self.round();
        }
        let histories: Vec<Vec<Item>> = self.states().iter().map(|state| self.history(state)).collect();
        panic!("it does not end: {:?}\n{histories:#?}", self.states());
    }

    fn faults_end(&mut self) {
        let lost = self.line.fail_no_more();
        self.count("requests lost", lost.requests);
        self.count("answers lost", lost.answers);
        self.count("requests late", lost.late);
    }

    /// Invokes a function over the line without faults.
    fn invoke(&self, function: &str, payload: &Value) -> Value {
        let waits = &AtomicBool::new(false);
        let told = Told { race: self, records: &self.records, waits, deeds: Mutex::default() };
        let ports = Pieces { world: &self.world, records: &told, graph: &told };
        let payload = payload.to_string();
        let answer = self.runtime.block_on(functions::invoke(&ports, function, payload.as_bytes()));
        serde_json::from_slice(&answer.unwrap()).unwrap()
    }

    fn creates(&mut self) {
        for _ in 0..CUSTOMERS {
            let create = envelopes::post("/migrations", &json!({ "flow": "partner-switch" }));
            let answer = self.invoke("api", &create);
            let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
            let text = |name: &str| body[name].as_str().unwrap().to_owned();
            self.migrations.push((text("migration").parse().unwrap(), text("state")));
        }
    }

    fn sign_up(&self) {
        let wabas: Vec<String> = self.world.simulator().world().wabas.keys().cloned().collect();
        let now = self.world.clock.now();
        for ((_, link), waba) in self.migrations.iter().zip(&wabas) {
            self.world.simulator().customer_unshares(now, waba).unwrap();
            let signup = self.world.simulator().customer_signs_up(now, waba).unwrap();
            let body = json!({ "state": link, "code": signup.code, "waba_id": waba });
            let answer = self.invoke("signup", &envelopes::post("/signup", &body));
            assert_eq!(answer["statusCode"], 200, "{answer}");
        }
    }

    fn states(&self) -> Vec<State> {
        let read = |(migration, _): &(MigrationId, String)| {
            let key = items::state(*migration);
            let item = self.runtime.block_on(self.records.read(&key)).unwrap().unwrap();
            items::read(&key, item).unwrap()
        };
        self.migrations.iter().map(read).collect()
    }

    fn move_to(&self, moment: Timestamp) {
        self.world.clock.set(moment);
        self.world.simulator().advance(moment);
    }

    /// Freezes a worker with its claim, if one is to be frozen.
    fn may_freeze(&self, waits: &AtomicBool) {
        if self.freezes.swap(false, Ordering::Relaxed) {
            self.waits_for_the_others(waits);
        }
    }

    /// Waits until all workers have come here once in this round; when they go on, time has gone on.
    fn waits_for_the_others(&self, waits: &AtomicBool) {
        if waits.swap(false, Ordering::Relaxed) {
            if self.together.wait().is_leader() {
                self.move_to(self.world.clock.now() + FROZEN_FOR);
            }
            self.together.wait();
        }
    }

    /// A person who is asked whether a share was made looks at Meta, and says it.
    fn person_decides(&mut self) {
        let is_asked = |state: &State| {
            state.status == Status::Person && state.reason.as_ref().is_some_and(|why| ASKED.contains(why))
        };
        for state in self.states().into_iter().filter(is_asked) {
            let waba = state.waba.unwrap().to_string();
            let simulator = self.world.simulator();
            let is_it = |call: &&CallRecord| {
                call.endpoint == Endpoint::ShareCreditLine && call.ids.get("waba_id") == Some(&waba)
            };
            let mut body =
                json!({ "seq": state.seq, "reason": "somebody has looked", "verdict": "not_applied" });
            if simulator.calls().iter().any(|call| is_it(&call)) {
                let business = &simulator.world().wabas[&waba].business_id;
                body["verdict"] = json!("applied");
                body["allocation"] = json!(simulator.live_allocations(business).last().unwrap().0);
            }
            drop(simulator);
            let answer = self.invoke("api", &envelopes::action(state.migration, "resolve", &body));
            // A late request may have come in between.
            self.count("decisions of a person", u64::from(answer["statusCode"] == 200));
        }
    }

    /// Moves the clock to the next turn that can be taken, if none can be taken now; whether there is one.
    fn moves_on(&self) -> bool {
        let states = self.states();
        let turn = |state: &State| Some(state.due_at?.max(state.lease_until.unwrap_or(Timestamp::MIN)));
        let Some(next) = states.iter().filter_map(turn).min() else { return false };
        let (now, sign_up, moved) = (self.world.clock.now(), at(SIGN_UP), at(MOVED));
        if next <= now {
            return true;
        }
        if now < sign_up {
            self.move_to(sign_up);
            self.sign_up();
        } else if now < moved && states.iter().all(|state| state.row == "activation") {
            self.move_to(moved);
        } else {
            self.move_to(next);
        }
        true
    }

    /// Every turn that is due, to every worker at once; and again, in an order of its own, where somebody is frozen.
    fn round(&mut self) {
        self.invoke("sweep-due", &envelopes::tick(self.world.clock.now()));
        let mut events = self.world.bus.take();
        events.retain(|event| event.detail_type == "StepDue");
        self.rng.shuffle(&mut events);
        let freezes = self.rng.bool();
        self.freezes.store(freezes, Ordering::Relaxed);
        let mut orders = Vec::new();
        for _ in 0..self.workers.len() {
            let mut again: Vec<&Event> = events.iter().filter(|_| freezes).collect();
            self.rng.shuffle(&mut again);
            orders.push(again);
        }
        let (race, first) = (&*self, &events);
        let runs: Vec<Run> = std::thread::scope(|scope| {
            let mut threads = Vec::new();
            for (worker, again) in orders.into_iter().enumerate() {
                threads.push(scope.spawn(move || {
                    let waits = &AtomicBool::new(freezes);
                    race.together.wait();
                    let mut runs: Vec<Run> =
                        first.iter().map(|event| race.run(worker, waits, event)).collect();
                    race.waits_for_the_others(waits);
                    runs.extend(again.into_iter().map(|event| race.run(worker, waits, event)));
                    runs
                }));
            }
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        let froze = freezes && !self.freezes.swap(false, Ordering::Relaxed);
        self.count("races", u64::try_from(events.len()).unwrap());
        self.count("workers frozen", u64::from(froze));
        // Who is frozen may be followed by one other, and not by two.
        self.one_has_each_turn(&runs, 1 + usize::from(freezes));
        runs.into_iter().for_each(|run| self.has_kept_to_its_claim(run));
    }

    /// One worker gets one event.
    fn run(&self, worker: usize, waits: &AtomicBool, event: &Event) -> Run {
        let told = Told { race: self, records: &self.workers[worker], waits, deeds: Mutex::default() };
        let ports = Pieces { world: &self.world, records: &told, graph: &told };
        let text = |name: &str| event.detail[name].as_str().unwrap();
        let payload = envelopes::from_the_bus(event, self.world.clock.now()).to_string();
        let ended = self.runtime.block_on(functions::invoke(&ports, text("step"), payload.as_bytes()));
        Run {
            migration: text("migration").parse().unwrap(),
            seq: event.detail["seq"].as_u64().unwrap(),
            deeds: told.deeds.into_inner().unwrap(),
            ended,
        }
    }

    fn one_has_each_turn(&mut self, runs: &[Run], at_most: usize) {
        let mut holders: BTreeMap<(MigrationId, u64), usize> = BTreeMap::new();
        for run in runs {
            if matches!(run.deeds.claims[..], [Claim::Had(_) | Claim::FoundAgain(_)]) {
                *holders.entry((run.migration, run.seq)).or_default() += 1;
            }
        }
        for (turn, holders) in holders {
            assert!(holders <= at_most, "{holders} workers have the turn {turn:?}");
            self.count("turns taken over", u64::from(holders > 1));
        }
    }

    fn has_kept_to_its_claim(&mut self, run: Run) {
        let Run { migration, seq, deeds, ended } = run;
        match &ended {
            Ok(_) => {}
            Err(error) if is_unanswered(error) => self.count("runs without an answer", 1),
            Err(error) => panic!("{migration} at {seq}: {error:?}"),
        }
        let claim = match &deeds.claims[..] {
            [Claim::Had(claim)] => claim,
            [Claim::FoundAgain(claim)] => {
                self.count("claims found again", 1);
                claim
            }
            [Claim::NotHad] => {
                assert_eq!(
                    (deeds.commits.len(), deeds.others),
                    (0, 0),
                    "who has not got the turn stands down"
                );
                assert!(ended.is_ok(), "and nothing has failed: {ended:?}");
                self.count("claims lost", 1);
                return;
            }
            [Claim::Unknown] => {
                assert_eq!((deeds.commits.len(), deeds.others), (0, 0), "who knows nothing does nothing");
                assert!(ended.is_err(), "and says so");
                return;
            }
            other => panic!("a run claims once: {other:?}"),
        };
        self.count("claims won", 1);
        self.had.insert(claim.as_str().unwrap().to_owned());
        for (next, commit) in deeds.commits {
            assert_eq!(next, seq + 1, "{migration} goes from {seq} to the next");
            match commit {
                Commit::Done => {
                    self.count("commits", 1);
                    let other = self.committed.insert((migration, next), claim.clone());
                    assert_eq!(other, None, "{migration} has been committed at {next}");
                }
                Commit::Refused => self.count("commits refused", 1),
                Commit::Unknown => assert!(ended.is_err(), "who does not know says so"),
            }
        }
    }

    fn has_ended_well(&mut self) {
        for state in self.states() {
            assert_eq!(state.status, Status::Completed, "{state:?}");
            self.history_is_whole(&state);
        }
        assert_eq!(self.world.share_posts().len(), usize::from(CUSTOMERS), "each is shared with once");
        self.count("shares", u64::from(CUSTOMERS));
        let mut entered = 0;
        let scan = Scan { table: Table::Migrations, limit: 1_000, after: None };
        for item in self.runtime.block_on(self.records.scan(&scan)).unwrap().items {
            if item["sk"] == items::LEDGER {
                let ledger: Ledger = items::read(&Key::new(Table::Migrations, "", ""), item).unwrap();
                assert_eq!(ledger.intent, None, "no share is on its way");
                entered += ledger.entries.len();
            }
        }
        assert_eq!(entered, usize::from(CUSTOMERS), "each share stands in its ledger once");
    }

    fn history(&self, state: &State) -> Vec<Item> {
        let query = Query {
            order: Order::Table(Table::Journal),
            partition: items::state(state.migration).partition,
            span: Span::Prefix("H#".to_owned()),
            limit: 1_000,
            after: None,
        };
        self.runtime.block_on(self.records.query(&query)).unwrap().items
    }

    /// One entry for each `seq`, each by a worker that had the claim: by the one that said so, where one did.
    fn history_is_whole(&mut self, state: &State) {
        let seq_in =
            |entry: &Item| seq_of(&Key::new(Table::Journal, "", entry["sk"].as_str().unwrap())).unwrap();
        let entries = self.history(state);
        assert!(entries.iter().map(seq_in).eq(1..=state.seq), "{state:?} has {entries:?}");
        // Nobody raced with a person.
        let ours = entries.iter().filter(|entry| !entry.contains_key("action"));
        for (seq, claim) in ours.map(|entry| (seq_in(entry), &entry["claim_id"])) {
            assert!(
                self.had.contains(claim.as_str().unwrap()),
                "the entry {seq} is of somebody with a claim"
            );
            match self.committed.get(&(state.migration, seq)) {
                Some(said) => assert_eq!(claim, said, "the entry {seq} is that of who committed"),
                None => self.count("commits whose answer was lost", 1),
            }
        }
    }
}

/// What must be among what is counted, or the test is blind. Of commits whose answer was lost five times, and of runs that
/// so ended without one, there may be none.
const ALL: [&str; 13] = [
    "stories",
    "races",
    "claims won",
    "claims found again",
    "claims lost",
    "commits",
    "commits refused",
    "shares",
    "workers frozen",
    "turns taken over",
    "requests lost",
    "answers lost",
    "requests late",
];

fn race(workers: usize) {
    let mut tally = Tally::new();
    let seeds: Vec<u64> = (0..number(STORIES).unwrap_or(FEW as u64)).collect();
    for some in seeds.chunks(FEW) {
        std::thread::scope(|scope| {
            let story = |seed: &u64| {
                let seed = *seed;
                scope.spawn(move || Race::new(workers, seed).played())
            };
            let stories: Vec<_> = some.iter().map(story).collect();
            for (what, more) in stories.into_iter().flat_map(|story| story.join().unwrap()) {
                *tally.entry(what).or_default() += more;
            }
        });
    }
    println!("{workers} workers: {tally:?}");
    for what in ALL {
        assert!(tally.get(what).is_some_and(|count| *count > 0), "no {what} among them");
    }
}

#[test]
fn of_two_workers_one_has_each_turn_and_the_other_stands_down() {
    if store::is_skipped(
        "races::of_two_workers_one_has_each_turn_and_the_other_stands_down",
        "the embedded one",
    ) {
        return;
    }
    race(2);
}

#[test]
fn of_eight_workers_one_has_each_turn_and_the_others_stand_down() {
    if store::is_skipped(
        "races::of_eight_workers_one_has_each_turn_and_the_others_stand_down",
        "the embedded one",
    ) {
        return;
    }
    race(8);
}
