//! What must hold when nothing is left to do at a moment, and at the end of a story.

use std::collections::{BTreeMap, BTreeSet};

use graph_simulator::{Simulator, Waba};
use handover_domain::calendar;
use handover_domain::flow::{CANCELLATION, FlowName};
use handover_domain::ids::WabaId;
use handover_domain::ledger::Ledger;
use handover_domain::state::{State, Status};
use handover_domain::step::Step;
use handover_engine::items;
use handover_engine::ports::Clock;
use handover_engine::records::{Item, Key};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::canaries;
use crate::invariants::SETTLES_WITHIN;
use crate::random::MOST_SKEW;
use crate::world::World;

/// Nothing is left to do at this moment.
pub fn check(world: &World) {
    // Where the clocks of workers differ, "at once" may lie in the future of another.
    let differ = if world.story().strikes.is_some() { MOST_SKEW } else { SignedDuration::ZERO };
    let now = (world.clock.now() + differ).as_millisecond();
    let keys: Vec<Key> = world.migrations().into_iter().map(items::state).collect();
    let sleeps_on = world.records.look(|stored| {
        keys.iter().filter_map(|key| stored.get(key)).any(|state| {
            let number = |name: &str| state.get(name).and_then(Value::as_i64);
            let unanswered = number("wakes") > Some(number("wakes_answered").unwrap_or(0));
            let asleep = number("due_at").is_some_and(|due_at| due_at > now);
            unanswered && asleep && !state.contains_key("lease_until")
        })
    });
    if sleeps_on {
        world.violated("a-wake-is-answered-at-once");
    }
}

/// The story is over.
pub fn check_end(world: &World) {
    let items = world.records.items();
    for state in world.states() {
        history_is_whole(world, &items, &state);
        lock_is_held_while_live(world, &items, &state);
        no_window_is_missed_in_silence(world, &items, &state);
    }
    ledger_agrees_with_meta(world);
    nobody_is_asked_twice(world);
    canaries::check(world, &items);
    attempts_are_counted(world, &items);
}

/// One entry for each `seq`, and each row after the one before it.
fn history_is_whole(world: &World, items: &BTreeMap<Key, Item>, state: &State) {
    let partition = format!("M#{}", state.migration);
    let entries: Vec<(&Key, &Item)> =
        items.iter().filter(|(key, _)| key.partition == partition && key.sort.starts_with("H#")).collect();
    let expected: BTreeSet<Key> = (1..=state.seq).map(|seq| items::history(state.migration, seq)).collect();
    if entries.iter().map(|(key, _)| (*key).clone()).collect::<BTreeSet<_>>() != expected {
        world.violated("one-history-entry-for-each-seq");
    }
    let flow = state.flow.flow();
    let place = |entry: &Item| {
        let name = entry.get("row").and_then(Value::as_str).unwrap_or_default();
        flow.rows.iter().position(|row| row.name == name)
    };
    let mut reached = 0;
    for (_, entry) in entries {
        if entry.get("row") == Some(&json!(CANCELLATION.name)) {
            // Only an action leads there, from anywhere, and nothing comes after it.
            reached = flow.rows.len();
            continue;
        }
        let Some(here) = place(entry) else {
            world.violated("history-follows-the-flow");
            continue;
        };
        // A row that does not gate may be tried again later; every other comes in its order.
        let gates = flow.rows[here].gates;
        if here > reached + 1 || (gates && here < reached) {
            world.violated("history-follows-the-flow");
        }
        reached = reached.max(here);
    }
}

fn lock_is_held_while_live(world: &World, items: &BTreeMap<Key, Item>, state: &State) {
    for waba in [&state.waba, &state.source].into_iter().flatten() {
        let holder = items.get(&items::lock(waba)).and_then(|lock| lock.get("migration").cloned());
        let ours = holder == Some(json!(state.migration));
        if ours == state.status.is_end() {
            world.violated("lock-is-held-exactly-while-live");
        }
    }
}

/// Who has signed up was shared with before the window closed, or there is a word of it: a missed window, a person, an end.
fn no_window_is_missed_in_silence(world: &World, items: &BTreeMap<Key, Item>, state: &State) {
    let is_healed = world.story().unrest_at.is_none() && world.restored.get().is_none();
    // To whom we said no, or they to us, nothing is owed.
    let is_called_off = state.status.is_end() && state.status != Status::Completed;
    if !state.flow.flow().silences || !is_healed || is_called_off {
        return;
    }
    let partition = format!("M#{}", state.migration);
    let entries = items.iter().filter(|(key, _)| key.partition == partition && key.sort.starts_with("H#"));
    let mut learns = entries
        .map(|(_, entry)| entry)
        .filter(|entry| entry.get("step") == Some(&json!(Step::DiscoverAssets)));
    let signed_up = learns.find_map(|entry| Timestamp::from_millisecond(entry.get("at")?.as_i64()?).ok());
    let Some(signed_up) = signed_up else { return };
    let closes = calendar::window_for(signed_up, &world.settings.month_edge).closes;
    if world.clock.now() < closes + SETTLES_WITHIN {
        return;
    }
    world.looks_at(13);
    let ledgers = items.iter().filter(|(key, _)| key.sort == "LEDGER");
    let mut ledgers = ledgers.map(|(_, item)| Ledger::deserialize(item).expect("a ledger"));
    let is_shared = ledgers.any(|ledger| {
        ledger.entries.iter().any(|one| one.migration == state.migration && one.shared_at < closes)
    });
    let is_told = world.events().iter().any(|(_, event)| {
        let tells = ["WindowMissed", "PersonNeeded", "MigrationEnded"].contains(&event.detail_type);
        tells && event.detail.get("migration") == Some(&json!(state.migration))
    });
    if !is_shared && !is_told {
        world.remark(format!(
            "{} signed up at {signed_up}, and the window closed at {closes}",
            state.migration
        ));
        world.violated("no-window-is-missed-in-silence");
    }
}

/// A request to let a WABA into a solution is made once: the customer would be asked twice. One that they have declined
/// may be made anew.
fn nobody_is_asked_twice(world: &World) {
    let simulator = world.simulator();
    if !simulator.world().intents.is_empty() || !simulator.world().transfers.is_empty() {
        world.looks_at(15);
    }
    let stands = simulator.world().intents.values().filter(|intent| intent.status != "REJECTED");
    let asked: Vec<&String> = stands.map(|intent| &intent.waba_id).collect();
    // An offer of ownership cannot be read, so a later migration makes it anew; none makes two.
    let flow = FlowName::OwnershipTransfer;
    let migrations = world.states().iter().filter(|state| state.flow == flow).count();
    let twice = simulator.world().transfers.values().any(|one| one.offers as usize > migrations);
    if twice || asked.iter().collect::<BTreeSet<_>>().len() < asked.len() {
        world.violated("the-customer-is-asked-once");
    }
}

/// Of each WABA the ledger says which share it has at Meta, and no allocation of its business is unexplained.
pub(crate) fn ledger_agrees_with_meta(world: &World) {
    world.looks_at(6);
    if world.restored.get().is_some() {
        // The ledger has forgotten what Meta has not: what counts is that nothing is made twice.
        return no_share_is_doubled(world);
    }
    let ledger = |item: &Item| Ledger::deserialize(item).expect("a ledger");
    let business = |key: &Key| key.partition.rsplit('#').next().unwrap_or_default().to_owned();
    let ledgers: BTreeMap<String, Ledger> = world.records.look(|items| {
        let ledgers = items.iter().filter(|(key, _)| key.sort == "LEDGER");
        ledgers.map(|(key, item)| (business(key), ledger(item))).collect()
    });
    let nothing = Ledger::default();
    // What somebody shares behind everybody's back is for a person, as soon as anyone looks.
    let by_hand = world.story().by_hand.clone();
    // What pays for a WABA whose customer has left is seen when somebody looks.
    let left = world.story().left.clone();
    let simulator = world.simulator();
    for (id, waba) in &simulator.world().wabas {
        let ledger = ledgers.get(&waba.business_id).unwrap_or(&nothing);
        let id: WabaId = id.parse().expect("an id");
        let entered = ledger.entry(&id).map(|entry| entry.allocation.to_string());
        // Of the WABA whose intent is open nobody says anything yet; of every other it must be known.
        let open = ledger.intent.as_ref().is_some_and(|intent| intent.waba == id);
        let there = share_at_meta(&simulator, waba);
        // While the answer to ours is unknown, what somebody shares with another WABA of the business is taken for ours;
        // the activation then shows that it is not.
        let is_by_hand = there.as_ref().is_some_and(|share| by_hand.contains_key(share));
        let is_taken_for_ours = entered.as_ref().is_some_and(|share| by_hand.get(share) == Some(&true));
        let excused = is_by_hand || is_taken_for_ours || left.contains(&id.to_string());
        if !open && !excused && entered != there {
            let at = world.clock.now();
            world.remark(format!("at {at} WABA {id} is entered with {entered:?}, and Meta has {there:?}"));
            world.violated("ledger-agrees-with-meta");
        }
    }
    for business in simulator.world().businesses.keys() {
        let live: BTreeSet<String> = simulator.live_allocations(business).map(|(id, _)| id.clone()).collect();
        let ledger = ledgers.get(business).unwrap_or(&nothing);
        let counts = ledger.entries.iter().filter(|entry| entry.verdict.counts());
        let given = ledger.unattached().map(|one| &one.allocation);
        let told = counts.map(|entry| &entry.allocation).chain(given);
        let told: BTreeSet<String> = told.map(ToString::to_string).collect();
        let unexplained = live.iter().any(|share| !told.contains(share) && !by_hand.contains_key(share));
        if (unexplained || !told.is_subset(&live)) && ledger.intent.is_none() {
            let at = world.clock.now();
            world
                .remark(format!("at {at} the ledger of {business} tells of {told:?}, and Meta has {live:?}"));
            world.violated("ledger-agrees-with-meta");
        }
    }
}

/// A business has one allocation for each of its WABAs that was shared, at the most.
fn no_share_is_doubled(world: &World) {
    let simulator = world.simulator();
    for business in simulator.world().businesses.keys() {
        let wabas = simulator.world().wabas.values().filter(|waba| waba.business_id == *business);
        let shared = wabas.filter(|waba| share_at_meta(&simulator, waba).is_some()).count();
        if simulator.live_allocations(business).count() > shared {
            world.violated("no-share-is-doubled");
        }
    }
}

/// The truth: the allocation of ours that waits for the 1st on a WABA, or that pays for it already.
fn share_at_meta(simulator: &Simulator, waba: &Waba) -> Option<String> {
    let waits = waba.waiting_share.as_ref().map(|share| &share.allocation_id);
    let mut live = simulator.live_allocations(&waba.business_id);
    let found = live.find(|(id, one)| match waits {
        Some(waits) => *id == waits,
        None => waba.funding.as_ref() == Some(&one.receiving_credential),
    });
    found.map(|(id, _)| id.clone())
}

/// Every register call that Meta saw was counted before it was made.
fn attempts_are_counted(world: &World, items: &BTreeMap<Key, Item>) {
    let simulator = world.simulator();
    let calls: Vec<Timestamp> = simulator
        .calls()
        .iter()
        .filter(|call| call.endpoint.as_str().ends_with("/register"))
        .map(|call| call.at)
        .collect();
    // What is older than Meta's window at the last attempt counts no longer, for Meta or for us.
    let window = SignedDuration::from_hours(72);
    let last = calls.iter().max().copied();
    let calls = calls.iter().filter(|at| last.is_some_and(|last| last.duration_since(**at) < window)).count();
    let counted: usize = items
        .iter()
        .filter(|(key, _)| key.sort == "ATTEMPTS")
        .filter_map(|(_, item)| item.get("made")?.as_array().map(Vec::len))
        .sum();
    if calls > 0 {
        world.looks_at(16);
    }
    // A restore of the journal forgets attempts, and Meta does not.
    if calls > counted && world.restored.get().is_none() {
        world.violated("register-attempts-are-counted-first");
    }
}
