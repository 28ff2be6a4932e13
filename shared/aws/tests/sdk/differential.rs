//! Whole stories of the fault simulation on memory and on DynamoDB at once: every call of the records is made to both,
//! both answer alike, and at the end both hold the same.
//!
//! So what the simulation proves on memory it proves on what runs in AWS. Not compared are: a query to an index that is
//! behind, as what memory answers then is the past; cursors after the last item, for DynamoDB, asked for as many items as
//! there are, does not know yet that they were the last; and the order of a scan, which is each store's own.
//!
//! `HANDOVER_DIFFERENTIAL_SECONDS=600` plays that long instead, and `HANDOVER_DIFFERENTIAL_SEED=7` begins there:
//! `cargo test --workspace --test sdk differential -- --nocapture`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use fastrand::Rng;
use handover_aws::dynamo::{DynamoRecords, TableNames};
use handover_aws::tables::{TableSpec, create_table};
use handover_domain::flow::FlowName;
use handover_engine::items;
use handover_engine::records::{
    Action, Item, Key, Order, PARTITION, Page, Query, Records, RecordsError, SORT, Scan, Span, Table, Write,
    Written, WrittenTogether,
};
use handover_engine::writes;
use serde_json::Value;
use simulation::fault::{Call, Plan};
use simulation::mirror::Mirror;
use simulation::random::{self, Drawn};
use simulation::restore::{self, Rewind};
use simulation::schedules::Schedules;
use simulation::script::Script;
use simulation::world::{World, now};
use tokio::runtime::{Builder, Runtime};

use crate::number::number;
use crate::store;

/// Seeds in `cargo test`, where nobody says for how long.
const FEW: u64 = 4;
/// Single faults of a seed, each at a call that it draws.
const FAULTS: usize = 4;

/// How long it plays instead, in seconds.
const SECONDS: &str = "HANDOVER_DIFFERENTIAL_SECONDS";
/// Another beginning than 0.
const SEED: &str = "HANDOVER_DIFFERENTIAL_SEED";

#[expect(clippy::disallowed_methods, reason = "for how long it plays, and how fast; no story sees it")]
fn moment() -> Instant {
    Instant::now()
}

/// What was compared, by what it was.
#[derive(Debug, Default)]
struct Counts(Mutex<BTreeMap<&'static str, u64>>);

impl Counts {
    fn count(&self, what: &'static str, more: u64) {
        *self.0.lock().unwrap().entry(what).or_default() += more;
    }
}

/// The kinds of calls that must be among those compared, and what must be beside them.
const CALLS: [&str; 5] = ["queries", "reads", "scans", "writes", "writes together"];
const BESIDE: [&str; 3] = ["items at the end", "refusals", "tables put back"];

/// A database, on which each story has tables of its own. It works while it is asked, on the thread that asks.
struct Dynamo {
    runtime: Runtime,
    client: Client,
    stories: AtomicU64,
    counts: Counts,
}

impl Dynamo {
    fn embedded() -> Arc<Self> {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let client = store::client_at(&runtime.block_on(store::dynoxide()));
        Arc::new(Self { runtime, client, stories: AtomicU64::new(0), counts: Counts::default() })
    }

    /// Plays a story on memory and in tables of its own.
    fn play(self: &Arc<Self>, name: &str, script: &Script, goes_wrong: impl FnOnce(&World)) -> World {
        let number = self.stories.fetch_add(1, Ordering::Relaxed);
        let names = TableNames::with_prefix(&format!("story-{number}-"));
        let made =
            Table::ALL.map(|table| TableSpec { name: names.of(table).to_owned(), ..store::spec(table) });
        self.runtime.block_on(async {
            for spec in &made {
                create_table(&self.client, spec).await.unwrap();
            }
        });
        let records = DynamoRecords::new(&self.client, names);
        let beside = Beside { dynamo: Arc::clone(self), records, story: name.to_owned() };
        let mut world = World::new(script);
        world.mirror = Some(Box::new(beside.clone()));
        goes_wrong(&world);
        world.play(script);
        beside.holds_the_same_as(&world);
        if let Some(behind) = world.hits().0.get("A8") {
            self.counts.count("queries left out", *behind);
        }
        self.runtime.block_on(async {
            for spec in &made {
                self.client.delete_table().table_name(&spec.name).send().await.unwrap();
            }
        });
        world
    }
}

impl Dynamo {
    /// Says what was compared and how fast, and that nothing of it was left out.
    fn tell(&self, took: Duration, of_singles: Duration, seeds: RangeInclusive<u64>) {
        let stories = self.stories.load(Ordering::Relaxed);
        let counts = self.counts.0.lock().unwrap().clone();
        let calls: u64 = CALLS.iter().filter_map(|call| counts.get(call)).sum();
        println!(
            "{stories} stories, seeds {} to {}: {calls} calls answered alike in {took:.1?}, {:.1} stories a second",
            seeds.start(),
            seeds.end(),
            f64::from(u32::try_from(stories).unwrap()) / took.as_secs_f64(),
        );
        let singles = (seeds.end() - seeds.start() + 1) * FAULTS as u64;
        println!(
            "of them {singles} with a single fault: {:.1} stories a second",
            f64::from(u32::try_from(singles).unwrap()) / of_singles.as_secs_f64(),
        );
        println!("{counts:?}");
        for what in CALLS.iter().chain(&BESIDE) {
            assert!(counts.contains_key(what), "no {what} among them");
        }
    }
}

/// The tables of one story.
#[derive(Clone)]
struct Beside {
    dynamo: Arc<Dynamo>,
    records: DynamoRecords,
    story: String,
}

impl Beside {
    fn asked<T>(
        &self,
        what: &'static str,
        ask: impl Future<Output = Result<T, RecordsError>>,
    ) -> Result<T, RecordsError> {
        self.dynamo.counts.count(what, 1);
        self.dynamo.runtime.block_on(ask)
    }

    /// Two answers are alike if they are equal, or both the same kind of error.
    fn assert_alike<T: Debug + PartialEq>(
        &self,
        call: &impl Debug,
        memory: &Result<T, RecordsError>,
        dynamo: &Result<T, RecordsError>,
    ) {
        let alike = match (memory, dynamo) {
            (Ok(memory), Ok(dynamo)) => memory == dynamo,
            (Err(RecordsError::Rejected { .. }), Err(RecordsError::Rejected { .. })) => true,
            _ => false,
        };
        assert!(alike, "{}: to {call:?}\nmemory answers {memory:?}\nand DynamoDB {dynamo:?}", self.story);
    }

    /// Every item of a table, as its pages show them.
    fn items(&self, table: Table, limit: u16) -> BTreeMap<Key, Item> {
        let mut items = BTreeMap::new();
        let mut scan = Scan { table, limit, after: None };
        loop {
            let page = self.dynamo.runtime.block_on(self.records.scan(&scan)).unwrap();
            items.extend(page.items.into_iter().map(|item| placed(table, item)));
            let Some(next) = page.next else { return items };
            scan.after = Some(next);
        }
    }

    /// At the end of a story: the three tables, item by item.
    fn holds_the_same_as(&self, world: &World) {
        let memory = world.records.items();
        for table in Table::ALL {
            let ours: BTreeMap<Key, Item> = memory
                .iter()
                .filter(|(key, _)| key.table == table)
                .map(|(key, item)| (key.clone(), item.clone()))
                .collect();
            let theirs = self.items(table, 1_000);
            assert_eq!(ours, theirs, "{}: what {} holds at the end", self.story, table.name());
            self.dynamo.counts.count("items at the end", u64::try_from(ours.len()).unwrap());
        }
        for order in [Order::Due, Order::Board] {
            self.shows_the_same(world, order);
        }
    }
}

impl Beside {
    /// At the end of a story: an index, in every partition that it has.
    fn shows_the_same(&self, world: &World, order: Order) {
        let [partition, _] = order.keys();
        let items = world.records.items();
        let partitions: BTreeSet<&str> =
            items.values().filter_map(|item| item.get(partition)).filter_map(Value::as_str).collect();
        for partition in partitions {
            let query =
                Query { order, partition: partition.to_owned(), span: Span::All, limit: 1_000, after: None };
            self.queries(&query, &now(world.records.query(&query)));
        }
    }
}

/// An item where it lies, without its keys.
fn placed(table: Table, mut item: Item) -> (Key, Item) {
    let mut text = |name: &str| item.remove(name).unwrap().as_str().unwrap().to_owned();
    let (partition, sort) = (text(PARTITION), text(SORT));
    (Key { table, partition, sort }, item)
}

/// A page of DynamoDB as memory would have it, where it ends with the last item and does not know it yet.
fn known_to_be_the_last(query: &Query, memory: &Page, mut dynamo: Page) -> Page {
    if memory.next.is_none() && dynamo.items.len() == usize::from(query.limit) {
        dynamo.next = None;
    }
    dynamo
}

impl Mirror for Beside {
    fn reads(&self, key: &Key, memory: &Result<Option<Item>, RecordsError>) {
        self.assert_alike(key, memory, &self.asked("reads", self.records.read(key)));
    }

    fn queries(&self, query: &Query, memory: &Result<Page, RecordsError>) {
        let mut dynamo = self.asked("queries", self.records.query(query));
        if let Ok(memory) = memory {
            dynamo = dynamo.map(|page| known_to_be_the_last(query, memory, page));
        }
        self.assert_alike(query, memory, &dynamo);
    }

    /// Each item of the page is there in DynamoDB as well; a page that is all of the table is all of it there.
    fn scans(&self, scan: &Scan, memory: &Result<Page, RecordsError>) {
        let page = memory.as_ref().unwrap();
        let whole = self.items(scan.table, scan.limit);
        let ours: BTreeMap<Key, Item> =
            page.items.iter().map(|item| placed(scan.table, item.clone())).collect();
        let is_all = scan.after.is_none() && page.next.is_none();
        let there = whole.into_iter().filter(|(key, _)| is_all || ours.contains_key(key)).collect();
        self.dynamo.counts.count("scans", 1);
        self.assert_alike(scan, &Ok(ours), &Ok(there));
    }

    fn writes(&self, write: &Write, memory: &Result<Written, RecordsError>) {
        let what = if write.action == Action::Check { "checks" } else { "writes" };
        self.assert_alike(write, memory, &self.asked(what, self.records.write(write)));
        self.count_refusal(matches!(memory, Ok(Written::Refused { .. })));
    }

    fn writes_together(&self, writes: &[Write], memory: &Result<WrittenTogether, RecordsError>) {
        let dynamo = self.asked("writes together", self.records.write_together(writes));
        self.assert_alike(&writes, memory, &dynamo);
        self.count_refusal(matches!(memory, Ok(WrittenTogether::Refused(_))));
    }

    fn restores(&self, table: Table, items: &BTreeMap<Key, Item>) {
        let was = self.items(table, 1_000);
        let gone = was.keys().filter(|key| !items.contains_key(key));
        let gone = gone.map(|key| Write { key: key.clone(), expects: vec![], action: Action::Delete });
        let there = items.iter().map(|(key, item)| Write {
            key: key.clone(),
            expects: vec![],
            action: Action::Put(item.clone()),
        });
        for write in gone.chain(there) {
            self.dynamo.runtime.block_on(self.records.write(&write)).unwrap();
        }
        self.dynamo.counts.count("tables put back", 1);
    }
}

impl Beside {
    fn count_refusal(&self, is_one: bool) {
        if is_one {
            self.dynamo.counts.count("refusals", 1);
        }
    }
}

/// A clean story, by which faults are placed.
struct Clean {
    flow: FlowName,
    script: Script,
    calls: Vec<Call>,
    rewinds: Vec<Rewind>,
}

/// The plain story of each flow, as both stores play it.
fn plain(dynamo: &Arc<Dynamo>) -> Vec<Clean> {
    let played = |flow: FlowName| {
        let script = Script::prompt(flow);
        let world = dynamo.play(&format!("the plain story of {flow}"), &script, |_| ());
        assert!(world.violations().is_empty(), "{flow}: {:?}", world.violations());
        Clean { flow, calls: world.calls(), rewinds: restore::everywhere(&script), script }
    };
    FlowName::ALL.into_iter().map(played).collect()
}

/// A story of days in which every schedule fires: the audit reads whole tables.
fn looked_after(dynamo: &Arc<Dynamo>) {
    let mut script = Script::of(FlowName::SolutionJoin);
    script.schedules = Schedules::ALL;
    dynamo.play("a story with all schedules", &script, |_| ());
}

/// What a seed draws: single faults, tables put back, and a story of its own. Says how long the single faults took.
fn of_a_seed(dynamo: &Arc<Dynamo>, clean: &[Clean], seed: u64) -> Duration {
    let mut rng = Rng::with_seed(seed);
    let began = moment();
    for _ in 0..FAULTS {
        let Clean { flow, script, calls, .. } = rng.choice(clean).unwrap();
        let number = rng.usize(..calls.len());
        let faults: Vec<_> = calls[number].faults().collect();
        let plan = Plan::default().and(number, *rng.choice(&faults).unwrap());
        dynamo.play(&format!("--flow {flow} --plan {plan}"), script, |world| world.plan(&plan));
    }
    let of_singles = began.elapsed();
    let Clean { flow, script, rewinds, .. } = rng.choice(clean).unwrap();
    let rewind = *rng.choice(rewinds).unwrap();
    let name = format!("--flow {flow} --restore {}:{}", rewind.after, rewind.to);
    dynamo.play(&name, script, |world| world.rewind(rewind));
    let Drawn { script, strikes, .. } = random::drawn(seed);
    dynamo.play(&format!("--seed {seed}"), &script, |world| world.draw(strikes));
    of_singles
}

#[test]
fn memory_and_dynamo_answer_whole_stories_alike() {
    if store::is_skipped("differential::memory_and_dynamo_answer_whole_stories_alike", "the embedded one") {
        return;
    }
    let began = moment();
    let dynamo = Dynamo::embedded();
    let clean = plain(&dynamo);
    looked_after(&dynamo);
    let first = number(SEED).unwrap_or_default();
    let until = number(SECONDS).map(|seconds| began + Duration::from_secs(seconds));
    let (mut seed, mut of_singles) = (first, Duration::ZERO);
    loop {
        of_singles += of_a_seed(&dynamo, &clean, seed);
        let goes_on = until.map_or(seed + 1 < first + FEW, |until| moment() < until);
        if !goes_on {
            break;
        }
        seed += 1;
    }
    dynamo.tell(began.elapsed(), of_singles, first..=seed);
}

/// A short story, before which somebody has written an item into memory alone.
fn with_an_item_in_memory_alone(key: &Key) {
    let item = Item::from_iter([("held".to_owned(), Value::from("here alone"))]);
    let put = writes::put(key.clone(), item, vec![]);
    Dynamo::embedded().play("a story", &Script::prompt(FlowName::SolutionShare), |world| {
        now(world.records.write(&put)).unwrap();
    });
}

#[test]
#[should_panic(expected = "a story: what journal holds at the end")]
fn an_item_that_one_store_alone_holds_is_seen_at_the_end() {
    with_an_item_in_memory_alone(&Key::new(Table::Journal, "NOBODY", "READS#IT"));
}

#[test]
#[should_panic(expected = "a story: to ")]
fn an_item_that_one_store_alone_holds_is_seen_by_who_asks_for_it() {
    let (line, business) = ("1972385232742146".parse().unwrap(), "2729063490586005".parse().unwrap());
    with_an_item_in_memory_alone(&items::ledger(&line, &business));
}
