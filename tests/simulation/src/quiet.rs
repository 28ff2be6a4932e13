//! What must hold when nothing is left to do at a moment, and at the end of a story.

use std::collections::{BTreeMap, BTreeSet};

use handover_domain::flow::FlowName;
use handover_domain::ledger::{Ledger, Verdict};
use handover_domain::state::State;
use handover_engine::items;
use handover_engine::ports::Clock;
use handover_engine::records::{Item, Key};
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::world::World;

/// Nothing is left to do at this moment.
pub fn check(world: &World) {
    let now = world.clock.now();
    for state in world.states() {
        let unanswered = state.wakes > state.wakes_answered;
        let asleep = state.due_at.is_some_and(|due_at| due_at > now) && state.lease_until.is_none();
        if unanswered && asleep {
            world.violated("a-wake-is-answered-at-once");
        }
    }
}

/// The story is over.
pub fn check_end(world: &World) {
    let items = world.records.items();
    for state in world.states() {
        history_is_whole(world, &items, &state);
        lock_is_held_while_live(world, &items, &state);
    }
    ledger_agrees_with_meta(world, &items);
    no_secret_is_told(world, &items);
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
    let flow = FlowName::PartnerSwitch.flow();
    let place = |entry: &Item| {
        let name = entry.get("row").and_then(Value::as_str).unwrap_or_default();
        flow.rows.iter().position(|row| row.name == name)
    };
    let mut reached = 0;
    for (_, entry) in entries {
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
    let Some(waba) = &state.waba else { return };
    let holder = items.get(&items::lock(waba)).and_then(|lock| lock.get("migration").cloned());
    let ours = holder == Some(json!(state.migration));
    if ours == state.status.is_end() {
        world.violated("lock-is-held-exactly-while-live");
    }
}

/// Every share that Meta knows is in the ledger, and the other way round.
fn ledger_agrees_with_meta(world: &World, items: &BTreeMap<Key, Item>) {
    let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut open = false;
    for (key, item) in items.iter().filter(|(key, _)| key.sort == "LEDGER") {
        let ledger: Ledger = serde_json::from_value(Value::Object(item.clone())).expect("a ledger");
        open |= ledger.intent.is_some();
        let business = key.partition.rsplit('#').next().unwrap_or_default().to_owned();
        let live = ledger.entries.iter().filter(|entry| entry.verdict != Verdict::Superseded);
        told.entry(business).or_default().extend(live.map(|entry| entry.allocation.to_string()));
    }
    let simulator = world.simulator();
    for business in simulator.world().businesses.keys() {
        let live: BTreeSet<String> = simulator.live_allocations(business).map(|(id, _)| id.clone()).collect();
        let told = told.get(business).cloned().unwrap_or_default();
        // While an intent is open a person knows that the two may differ.
        if live != told && !open {
            world.violated("ledger-agrees-with-meta");
        }
    }
}

/// No secret stands outside the vault: not in the record, not on the bus, not in a failure.
fn no_secret_is_told(world: &World, items: &BTreeMap<Key, Item>) {
    let mut texts: Vec<String> = items.iter().map(|(key, item)| format!("{key:?} {}", json!(item))).collect();
    texts.extend(world.events().iter().map(|(_, event)| event.detail.to_string()));
    texts.extend(world.failures());
    let links = world.story().migrations.iter().map(|(_, link)| link.clone()).collect::<Vec<_>>();
    let codes: Vec<String> = world.simulator().world().codes.keys().cloned().collect();
    let tokens: Vec<String> = world.simulator().world().tokens.keys().cloned().collect();
    let held: Vec<String> =
        world.vault.secrets().iter().map(|secret| secret.expose_secret().to_owned()).collect();
    // A PIN of six digits can stand in any long number by chance; it is looked for as a value of its own.
    let told = |secret: &str| {
        let quoted = format!("\"{secret}\"");
        texts.iter().any(|text| text.contains(&quoted) || (secret.len() > 6 && text.contains(secret)))
    };
    if links.iter().chain(&codes).chain(&tokens).chain(&held).any(|secret| told(secret)) {
        world.violated("no-secret-is-told");
    }
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
    if calls > counted {
        world.violated("register-attempts-are-counted-first");
    }
}
