//! What has happened in a world so far, and what a test asks of it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use graph_simulator::Endpoint;
use handover_domain::ids::MigrationId;
use handover_domain::state::State;
use handover_engine::items;
use handover_engine::ports::Event;
use handover_engine::records::{Item, Key, Records};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::gate::Point;
use crate::meanwhile::Cut;
use crate::uses::Use;
use crate::world::{Delivery, World, now};

/// What has happened so far.
#[derive(Debug, Default)]
pub(crate) struct Story {
    pub(crate) queue: VecDeque<Delivery>,
    pub(crate) cut: Option<Cut>,
    pub(crate) gates: usize,
    pub(crate) points: Vec<Point>,
    pub(crate) died: BTreeSet<String>,
    pub(crate) was_cut_at: Option<Point>,
    pub(crate) violations: BTreeSet<&'static str>,
    pub(crate) events: Vec<(Timestamp, Event)>,
    pub(crate) failures: Vec<String>,
    /// Migrations in the order of creation, with their link.
    pub(crate) migrations: Vec<(MigrationId, String)>,
    pub(crate) remembered: BTreeMap<Key, Item>,
    pub(crate) answers: Vec<(u64, Value)>,
    pub(crate) uses: BTreeSet<Use>,
}

impl World {
    /// Something happened that may never happen.
    pub fn violated(&self, invariant: &'static str) {
        self.story().violations.insert(invariant);
    }

    /// What happened that may never happen, by the names of the invariants.
    #[must_use]
    pub fn violations(&self) -> BTreeSet<&'static str> {
        self.story().violations.clone()
    }

    /// The places at which functions stood, in order.
    #[must_use]
    pub fn points(&self) -> Vec<Point> {
        self.story().points.clone()
    }

    /// The functions that died once, as `dies_once_at` says.
    #[must_use]
    pub fn died(&self) -> BTreeSet<String> {
        self.story().died.clone()
    }

    /// Where the story was cut.
    #[must_use]
    pub fn was_cut_at(&self) -> Option<Point> {
        self.story().was_cut_at.clone()
    }

    /// Every event that was on the bus, and when.
    #[must_use]
    pub fn events(&self) -> Vec<(Timestamp, Event)> {
        self.story().events.clone()
    }

    /// What functions failed with.
    #[must_use]
    pub fn failures(&self) -> Vec<String> {
        self.story().failures.clone()
    }

    /// The answers over HTTP: status and body.
    #[must_use]
    pub fn answers(&self) -> Vec<(u64, Value)> {
        self.story().answers.clone()
    }

    /// The migrations in the order of their creation.
    #[must_use]
    pub fn migrations(&self) -> Vec<MigrationId> {
        self.story().migrations.iter().map(|(migration, _)| *migration).collect()
    }

    /// Every STATE, in the order of creation.
    #[must_use]
    pub fn states(&self) -> Vec<State> {
        let state = |migration: MigrationId| {
            now(self.records.read(&items::state(migration))).expect("memory answers")
        };
        let read = |item: Item| serde_json::from_value(Value::Object(item)).expect("a STATE");
        self.migrations().into_iter().filter_map(state).map(read).collect()
    }

    /// How often Meta was asked to share with a WABA; in two calls, to attach it.
    #[must_use]
    pub fn share_posts(&self) -> Vec<Timestamp> {
        let simulator = self.simulator();
        let is_one = |endpoint| matches!(endpoint, Endpoint::ShareCreditLine | Endpoint::AttachCreditLine);
        simulator.calls().iter().filter(|call| is_one(call.endpoint)).map(|call| call.at).collect()
    }

    /// When Meta was asked to share with a business, in the first of two calls.
    #[must_use]
    pub fn business_posts(&self) -> Vec<Timestamp> {
        let simulator = self.simulator();
        let posts = simulator.calls().iter().filter(|call| call.endpoint == Endpoint::ShareWithBusiness);
        posts.map(|call| call.at).collect()
    }

    /// How many live allocations of ours the business of a WABA has, by the WABA's place in the world.
    #[must_use]
    pub fn allocations(&self, place: usize) -> usize {
        let waba = self.waba(place);
        let simulator = self.simulator();
        simulator.live_allocations(&simulator.world().wabas[&waba].business_id).count()
    }

    /// How often a person was asked for: entries of the history with that status.
    #[must_use]
    pub fn persons(&self) -> usize {
        let items = self.records.items();
        let entries = items.iter().filter(|(key, _)| key.sort.starts_with("H#"));
        entries.filter(|(_, entry)| entry.get("status") == Some(&json!("person"))).count()
    }

    /// When `CustomerUnblocked` was first on the bus.
    #[must_use]
    pub fn unblocked_at(&self) -> Option<Timestamp> {
        let events = self.events();
        events.iter().find(|(_, event)| event.detail_type == "CustomerUnblocked").map(|(at, _)| *at)
    }
}
