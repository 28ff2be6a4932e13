//! What holds after every delivery: the promises about the record and the money, each looked at where it could be broken.

use std::collections::BTreeMap;

use handover_domain::flow::CANCELLATION;
use handover_domain::outcome::WaitsFor;
use handover_domain::reason::Reason;
use handover_domain::roll_call::Counts;
use handover_domain::state::{State, Status};
use handover_engine::items;
use handover_engine::ports::Clock;
use handover_engine::records::{Action, Item, Key, Table, Write};
use handover_engine::roll_call::RollCall;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::quiet;
use crate::world::World;

/// A promise that is looked at, by its number in the catalogue and the names under which a breach is reported.
#[derive(Debug, Clone, Copy)]
pub struct Invariant {
    /// The number.
    pub id: &'static str,
    /// What holds.
    pub holds: &'static str,
    /// The names of its breaches.
    pub names: &'static [&'static str],
}

/// All of them.
pub const INVARIANTS: &[Invariant] = &[
    Invariant {
        id: "I1",
        holds: "at most one share call is on its way for one credit line and customer business",
        names: &[
            "one-share-on-its-way",
            "one-share-in-flight-per-line-and-business",
            "only-the-holder-of-the-claim-calls",
        ],
    },
    Invariant {
        id: "I2",
        holds: "a share is called a second time only after two looks, a quarter of an hour apart, showed that the first did nothing, or a person said so",
        names: &["no-second-share-without-proof"],
    },
    Invariant {
        id: "I3",
        holds: "`seq` grows by one, and each number has one entry in the history",
        names: &["seq-grows-by-one", "one-history-entry-for-each-seq", "history-is-written-once"],
    },
    Invariant {
        id: "I4",
        holds: "a migration goes from row to row as its flow says, and what has ended stays as it is",
        names: &["rows-follow-the-flow", "history-follows-the-flow", "what-has-ended-is-never-written-again"],
    },
    Invariant {
        id: "I5",
        holds: "a live migration is in the index `due`, and holds the lock of its WABA once that is known; an ended one neither",
        names: &["live-means-due", "lock-is-held-exactly-while-live", "one-live-migration-per-waba"],
    },
    Invariant {
        id: "I6",
        holds: "what the ledger calls shared is one live allocation of ours at Meta, and none is unexplained",
        names: &[
            "ledger-agrees-with-meta",
            "no-share-is-doubled",
            "what-was-shared-stays-in-the-ledger",
            "facts-are-written-under-the-claim",
        ],
    },
    Invariant {
        id: "I7",
        holds: "nothing is shared for a switched WABA on days that Meta's window is closed everywhere",
        names: &["no-share-on-closed-days"],
    },
    Invariant {
        id: "I8",
        holds: "no token, PIN, code, link or app secret stands outside the vault",
        names: &["no-secret-is-told"],
    },
    Invariant {
        id: "I9",
        holds: "whoever asks for a person says why, and what was seen",
        names: &["a-person-is-told-why"],
    },
    Invariant {
        id: "I10",
        holds: "45 minutes after the last fault everything has ended, or waits for a party that is named",
        names: &["all-is-settled", "a-wake-is-answered-at-once"],
    },
    Invariant {
        id: "I11",
        holds: "a step touches no other migration than its own",
        names: &["no-other-migration-is-touched"],
    },
    Invariant {
        id: "I12",
        holds: "the roll call adds up: everyone expected is active, gone, or counted with a reason",
        names: &["the-roll-call-adds-up"],
    },
    Invariant {
        id: "P3",
        holds: "who has signed up while the window was open is shared with before it closes, or somebody has been told",
        names: &["no-window-is-missed-in-silence"],
    },
    Invariant {
        id: "G18",
        holds: "nobody is told that they can send before they can",
        names: &["nobody-is-told-too-early"],
    },
    Invariant {
        id: "G22",
        holds: "a customer is asked once for what they have not declined",
        names: &["the-customer-is-asked-once"],
    },
    Invariant {
        id: "G24",
        holds: "each attempt to register a number is counted before it is made",
        names: &["register-attempts-are-counted-first"],
    },
];

/// How often each was looked at, in their order: one that nobody looks at holds nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Looks(pub [u64; INVARIANTS.len()]);

impl Looks {
    /// Those of both.
    pub fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(all, more)| *all += more);
    }

    /// Those that nobody has looked at.
    #[must_use]
    pub fn never(&self) -> Vec<&'static str> {
        let looked = INVARIANTS.iter().zip(self.0);
        looked.filter(|(_, times)| *times == 0).map(|(invariant, _)| invariant.id).collect()
    }
}

impl World {
    /// The invariant of that number is looked at.
    pub(crate) fn looks_at(&self, number: usize) {
        self.story().looks.0[number - 1] += 1;
    }
}

/// So long after the last fault or act everything must have come to rest: two looks a quarter of an hour apart, and the
/// retries around them.
pub const SETTLES_WITHIN: SignedDuration = SignedDuration::from_mins(45);

/// So long after it is due a turn is taken: the sweep's minute, a lease that was lost, and clocks that differ.
const TAKEN_WITHIN: SignedDuration = SignedDuration::from_mins(8);

/// What a look has found goes on from there, so often after the last fault or act at most.
const GOES_ON_AT_MOST: u8 = 4;

/// Looks at a STATE that was just written, and what it was before: a commit says what changes, not what STATE then is.
pub(crate) fn state_is_written(world: &World, old: Option<&Item>, write: &Write, writes: &[Write]) {
    let new = world.records.look(|items| items.get(&write.key).and_then(read));
    let (Some(new), Some(old)) = (new, old.and_then(read)) else { return };
    world.looks_at(3);
    world.looks_at(4);
    let grows = new.seq.checked_sub(old.seq);
    let entry = items::history(new.migration, new.seq);
    let has_entry = writes.iter().any(|other| other.key == entry);
    if grows.is_none_or(|grows| grows > 1) || (grows == Some(1)) != has_entry {
        world.violated("seq-grows-by-one");
    }
    let rows = new.flow.flow().rows;
    let place = |row: &str| rows.iter().position(|one| one.name == row);
    let goes_on = match (place(&old.row), place(&new.row)) {
        (Some(before), Some(after)) => after == before || after == before + 1,
        _ => new.row == CANCELLATION.name,
    };
    if !goes_on && new.row != old.row {
        world.violated("rows-follow-the-flow");
    }
    let is_told = |entry: &Write| match &entry.action {
        Action::Put(entry) => entry.contains_key("reason") && entry.contains_key("evidence"),
        _ => false,
    };
    let told_why = writes.iter().filter(|write| write.key == entry).all(is_told);
    // A person who is asked already stays asked while other rows go on.
    let is_asked_now = new.status == Status::Person && old.status != Status::Person;
    if is_asked_now {
        world.looks_at(9);
    }
    if (is_asked_now && !told_why) || (new.status == Status::Person && new.reason.is_none()) {
        world.remark(format!("{} asks for a person at `{}`: {:?}", new.migration, old.row, new.reason));
        world.violated("a-person-is-told-why");
    }
}

fn read(item: &Item) -> Option<State> {
    State::deserialize(item).ok()
}

/// Looks at what a delivery has changed.
pub(crate) fn check(world: &World) {
    metas_faults_are_unrest(world);
    let dirty = std::mem::take(&mut world.story().dirty);
    let is = |sort: &str| dirty.iter().any(|key| key.sort == sort);
    for key in dirty.iter().filter(|key| key.sort == "STATE") {
        live_means_due(world, key);
    }
    if is("LEDGER") {
        quiet::ledger_agrees_with_meta(world);
    }
    for key in dirty.iter().filter(|key| key.sort == "RUN") {
        roll_call_adds_up(world, key);
    }
}

/// As long as Meta goes wrong as it was planned, nothing comes to rest.
fn metas_faults_are_unrest(world: &World) {
    let left = world.simulator().planned_faults().len();
    let mut story = world.story();
    if story.metas_faults_left != left {
        story.metas_faults_left = left;
        story.unrest_at = Some(world.clock.now());
    }
}

fn item(world: &World, key: &Key) -> Option<Item> {
    crate::world::now(handover_engine::records::Records::read(&world.records, key)).expect("memory answers")
}

fn live_means_due(world: &World, key: &Key) {
    let Some(state) = world.records.look(|items| items.get(key).and_then(read)) else { return };
    world.looks_at(5);
    let is_due = state.due.is_some() && state.due_at.is_some();
    if is_due == state.status.is_end() {
        world.violated("live-means-due");
    }
    for waba in [&state.waba, &state.source].into_iter().flatten() {
        let holder = |items: &BTreeMap<Key, Item>| items.get(&items::lock(waba))?.get("migration").cloned();
        if (world.records.look(holder) == Some(json!(state.migration))) == state.status.is_end() {
            world.violated("lock-is-held-exactly-while-live");
        }
    }
}

/// Of those who were expected, each has been counted; who has another date by now is counted as moved.
fn roll_call_adds_up(world: &World, key: &Key) {
    let Some(run) = item(world, key) else { return };
    let Ok(run) = serde_json::from_value::<RollCall>(Value::Object(run)) else {
        world.violated("the-roll-call-adds-up");
        return;
    };
    let Counts { active, cancelled, refused, person, waiting, vanished, moved } = run.counts;
    let counted = active + cancelled + refused + person + waiting + vanished + moved;
    if run.closed_at.is_none() {
        return;
    }
    world.looks_at(12);
    // Who was cancelled before the count was not expected, and is counted.
    if counted < run.expected || waiting + vanished > 0 {
        world.remark(format!("{}: {:?}, expected {}", key.partition, run.counts, run.expected));
        world.violated("the-roll-call-adds-up");
    }
}

/// The clock is about to move to `next`: who has had the time has come to rest.
pub(crate) fn check_settled(world: &World, next: Timestamp) {
    let Some(since) = world.story().unrest_at else { return };
    let by = since + SETTLES_WITHIN;
    if next <= by {
        return;
    }
    world.looks_at(10);
    let goes_on = std::mem::take(&mut world.story().goes_on);
    world.story().unrest_at = None;
    let states = world.states();
    let unsettled =
        states.iter().filter(|state| !is_settled(state, by) && !waits_for_another(world, &states, state));
    for state in unsettled {
        if goes_on < GOES_ON_AT_MOST && has_just_moved(world, state, by) {
            // What a look has found, such as that the customer has acted, goes on from there.
            let mut story = world.story();
            (story.unrest_at, story.goes_on) = (Some(by), goes_on + 1);
        } else {
            let State { migration, row, status, reason, due_at, .. } = state;
            world
                .remark(format!("at {by} {migration} is at `{row}`, {status:?}, {reason:?}, due {due_at:?}"));
            world.violated("all-is-settled");
        }
    }
}

/// Whether it waits for the share of another migration of its business, which is with a person.
fn waits_for_another(world: &World, states: &[State], state: &State) -> bool {
    if state.reason != Some(Reason::SHARE_IN_FLIGHT) {
        return false;
    }
    let Some(business) = world.business_of(state.migration) else { return false };
    let open: Vec<Value> = world.records.look(|items| {
        let of_it = |key: &Key| key.sort == "LEDGER" && key.partition.ends_with(&format!("#{business}"));
        let ledgers = items.iter().filter(|(key, _)| of_it(key));
        ledgers.filter_map(|(_, item)| item.get("intent")?.get("migration").cloned()).collect()
    });
    states.iter().any(|other| other.status == Status::Person && open.contains(&json!(other.migration)))
}

/// Whether the history has an entry of the last minutes.
fn has_just_moved(world: &World, state: &State, by: Timestamp) -> bool {
    let entry = item(world, &items::history(state.migration, state.seq));
    let at = entry.and_then(|entry| entry.get("at").and_then(Value::as_i64));
    at.is_some_and(|at| at + TAKEN_WITHIN.as_secs() * 1_000 >= by.as_millisecond())
}

/// Whether a migration rests: it has ended, or it waits for somebody by name. The quiet time after a lost answer is no rest.
fn is_settled(state: &State, by: Timestamp) -> bool {
    let waits = match state.waits_for {
        Some(
            WaitsFor::Person | WaitsFor::Customer | WaitsFor::Partner | WaitsFor::Meta | WaitsFor::Window,
        ) => true,
        Some(WaitsFor::Quiet) | None => false,
    };
    // Whoever waits is looked after now and then; that its turn has just come is no unrest, that nobody takes it is.
    state.status.is_end() || (waits && !is_overdue(state, by))
}

/// Whether a turn has been due for longer than it takes to be taken.
fn is_overdue(state: &State, now: Timestamp) -> bool {
    state.due_at.is_none_or(|due_at| due_at + TAKEN_WITHIN < now)
}

/// The story is over: where nothing has happened for long, nobody's turn is overdue.
pub(crate) fn check_overdue(world: &World) {
    if world.story().unrest_at.is_some() || !world.schedules.sweep {
        return;
    }
    let now = world.clock.now();
    for state in world.states().iter().filter(|state| !state.status.is_end() && is_overdue(state, now)) {
        let State { migration, row, due_at, .. } = state;
        world.remark(format!("at the end {migration} is at `{row}`, due since {due_at:?}"));
        world.violated("all-is-settled");
    }
}

/// Looks at which migrations a step writes.
pub(crate) fn touches(world: &World, own: Option<&str>, writes: &[Write]) {
    let Some(own) = own else { return };
    world.looks_at(11);
    let other = |write: &Write| {
        let named = write.key.partition.strip_prefix("M#");
        write.key.table != Table::Vault && named.is_some_and(|named| named != own)
    };
    if writes.iter().any(other) {
        world.violated("no-other-migration-is-touched");
    }
}
