//! What may never happen: looked at on every write, every event and every call of Meta's.

use std::collections::BTreeMap;

use handover_domain::ledger::{Allocated, Entry, Intent, Ledger};
use handover_domain::state::Status;
use handover_engine::ports::Event;
use handover_engine::records::{Action, Change, Item, Key, Table, Write};
use handover_graph::call::Repeat;
use handover_graph::transport::GraphRequest;
use serde::Deserialize;
use serde_json::Value;

use crate::invariants;
use crate::random::Strikes;
use crate::world::World;

/// Calls of Meta's that may only be made by the holder of the claim.
const NEEDS_A_CLAIM: [&str; 4] =
    ["share_credit_line", "share_with_business", "attach_credit_line", "register_number"];

/// The claim that a write takes, if it is a claim.
#[must_use]
pub fn claim_in(write: &Write) -> Option<Value> {
    let Action::Update(changes) = &write.action else { return None };
    changes.iter().find_map(|change| match change {
        Change::Set("claim_id", claim) => Some(claim.clone()),
        _ => None,
    })
}

/// Looks at writes that were stored; `items` are those that they are about, as they were before.
pub fn written(world: &World, claim: Option<&Value>, items: &BTreeMap<Key, Item>, writes: &[Write]) {
    for write in writes {
        if write.key.sort == "STATE" && items.get(&write.key).is_some_and(has_ended) && changes(write) {
            world.violated("what-has-ended-is-never-written-again");
        }
        if write.key.sort == "STATE" {
            invariants::state_is_written(world, items.get(&write.key), write, writes);
        }
        let Action::Put(item) = &write.action else { continue };
        let stored = items.get(&write.key);
        if write.key.sort.starts_with("H#") && stored.is_some() {
            world.violated("history-is-written-once");
        }
        if write.key.sort == "LOCK"
            && stored.is_some_and(|stored| stored.get("migration") != item.get("migration"))
        {
            world.violated("one-live-migration-per-waba");
        }
        if write.key.sort == "LEDGER" {
            ledger_is_kept(world, stored, item);
        }
        if matches!(write.key.sort.as_str(), "LEDGER" | "ATTEMPTS")
            && !claim_is_stored(world_state(writes, items), claim)
        {
            world.violated("facts-are-written-under-the-claim");
        }
    }
}

fn has_ended(state: &Item) -> bool {
    let status = state.get("status").and_then(|status| Status::deserialize(status).ok());
    status.is_some_and(Status::is_end)
}

const fn changes(write: &Write) -> bool {
    !matches!(write.action, Action::Check)
}

/// The STATE that stands beside facts in one transaction, as it was before.
fn world_state<'a>(writes: &[Write], items: &'a BTreeMap<Key, Item>) -> Option<&'a Item> {
    let state =
        writes.iter().find(|write| write.key.table == Table::Migrations && write.key.sort == "STATE")?;
    items.get(&state.key)
}

fn claim_is_stored(state: Option<&Item>, claim: Option<&Value>) -> bool {
    claim.is_some() && state.and_then(|state| state.get("claim_id")) == claim
}

/// An open intent may only be replaced by its own migration, and what was shared stays written.
fn ledger_is_kept(world: &World, stored: Option<&Item>, item: &Item) {
    let ledger = |item: &Item| Ledger::deserialize(item).expect("a ledger");
    let Some(before) = stored.map(ledger) else { return };
    let after = ledger(item);
    let other = |ours: &Intent| before.intent.as_ref().is_some_and(|open| open.migration != ours.migration);
    if after.intent.as_ref().is_some_and(other) {
        world.violated("one-share-in-flight-per-line-and-business");
    }
    let kept = |entry: &Entry| {
        after.entries.iter().any(|other| (&other.waba, other.generation) == (&entry.waba, entry.generation))
    };
    let given = |one: &Allocated| {
        after
            .allocated
            .iter()
            .any(|other| other.allocation == one.allocation && other.attachment >= one.attachment)
    };
    if !before.entries.iter().all(kept) || !before.allocated.iter().all(given) {
        world.violated("what-was-shared-stays-in-the-ledger");
    }
}

/// Looks at events before they are on the bus.
pub fn put(world: &World, events: &[Event]) {
    for event in events.iter().filter(|event| event.detail_type == "CustomerUnblocked") {
        world.looks_at(14);
        let waba = event.detail.get("waba").and_then(Value::as_str).unwrap_or_default();
        if !world.simulator().can_send(waba) {
            world.violated("nobody-is-told-too-early");
        }
    }
}

/// Looks at a call before it reaches Meta.
pub fn called(world: &World, claim: Option<&Value>, request: &GraphRequest) {
    if !NEEDS_A_CLAIM.contains(&request.call) {
        return;
    }
    assert_ne!(request.repeat, Repeat::Freely, "{} is not to be repeated freely", request.call);
    let held = world.records.look(|items| {
        items
            .iter()
            .any(|(key, item)| key.sort == "STATE" && claim.is_some() && item.get("claim_id") == claim)
    });
    // A lease that is over by one worker's clock is not by another's: then it is the record before the call that keeps the money.
    let clocks_differ = world.story().strikes.as_ref().is_some_and(Strikes::clocks_differ);
    if !held && !clocks_differ {
        world.violated("only-the-holder-of-the-claim-calls");
    }
}
