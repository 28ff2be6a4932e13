//! What has happened in a world so far, and what a test asks of it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::hash::{DefaultHasher, Hasher};

use graph_simulator::{CallOutcome, CallRecord, Endpoint, PlannedFault};
use handover_domain::ids::MigrationId;
use handover_domain::state::State;
use handover_engine::items;
use handover_engine::ports::Event;
use handover_engine::records::{Item, Key};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::catalogue::Hits;
use crate::deliveries::OnTheWay;
use crate::fault::{Call, Plan, Planned};
use crate::gate::{Point, Side};
use crate::invariants::Looks;
use crate::meanwhile::Cut;
use crate::on_its_way::is_share_or_attachment;
use crate::random::Strikes;
use crate::restore::Commits;
use crate::trunk::Step;
use crate::uses::Use;
use crate::world::{Delivery, World};

/// What has happened so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Story {
    pub(crate) queue: VecDeque<Delivery>,
    pub(crate) cut: Option<Cut>,
    pub(crate) gates: usize,
    /// What goes wrong, by plan.
    pub(crate) plan: Plan,
    /// What goes wrong by a draw.
    pub(crate) strikes: Option<Strikes>,
    /// The faults of the plan that have struck.
    pub(crate) struck: Vec<Planned>,
    /// In how many things that happen meanwhile, one within the other, the story is.
    pub(crate) nested: usize,
    /// When something last came from outside, or went wrong.
    pub(crate) unrest_at: Option<Timestamp>,
    /// Every call of a port, in order.
    pub(crate) calls: Vec<Call>,
    /// How far the story was when each of its steps began.
    pub(crate) steps: Vec<Step>,
    /// The fingerprint of what has happened.
    pub(crate) trace: DefaultHasher,
    /// Shares that are on their way to Meta: line and business, and until when.
    pub(crate) in_flight: BTreeMap<(String, String), Timestamp>,
    /// When a share of a WABA or business last got no answer.
    pub(crate) unanswered: BTreeMap<String, Timestamp>,
    /// When an operator last decided about a share of a business.
    pub(crate) decided: BTreeMap<String, Timestamp>,
    /// How often since the last fault or act what a look has found went on.
    pub(crate) goes_on: u8,
    /// How often each invariant was looked at.
    pub(crate) looks: Looks,
    /// Items as they were before they were written over or deleted, as texts.
    pub(crate) was: Vec<String>,
    /// How often each fault of the catalogue struck.
    pub(crate) hits: Hits,
    /// What is on its way.
    pub(crate) on_the_way: OnTheWay,
    /// How many faults of Meta's wait for their call.
    pub(crate) metas_faults_left: usize,
    /// WABAs whose customers have left us.
    pub(crate) left: BTreeSet<String>,
    /// Allocations that somebody made by hand, and whether a share of ours for that business was undecided then.
    pub(crate) by_hand: BTreeMap<String, bool>,
    /// The commits, and where the tables are put back.
    pub(crate) commits: Commits,
    /// What there was after each commit, where it is recorded.
    pub(crate) moments: Option<Vec<Value>>,
    /// How many acts of the script have begun.
    pub(crate) acts_begun: usize,
    /// What changed since it was last looked at.
    pub(crate) dirty: BTreeSet<Key>,
    pub(crate) died: BTreeSet<&'static str>,
    pub(crate) was_cut_at: Option<Point>,
    pub(crate) violations: BTreeSet<&'static str>,
    /// What was seen where something was violated.
    pub(crate) remarks: Vec<String>,
    pub(crate) events: Vec<(Timestamp, Event)>,
    pub(crate) failures: Vec<String>,
    /// Migrations in the order of creation, with their link.
    pub(crate) migrations: Vec<(MigrationId, String)>,
    pub(crate) remembered: BTreeMap<Key, Item>,
    /// How often somebody has tried the same, and when last.
    pub(crate) tried: BTreeMap<String, (u32, Timestamp)>,
    pub(crate) answers: Vec<(u64, Value)>,
    /// Every answer over HTTP, whoever asked.
    pub(crate) told: Vec<String>,
    /// How many texts were searched for secrets.
    pub(crate) searched: u64,
    pub(crate) uses: BTreeSet<Use>,
}

impl World {
    /// Something happened that may never happen.
    pub fn violated(&self, invariant: &'static str) {
        self.story().violations.insert(invariant);
    }

    pub(crate) fn remark(&self, seen: String) {
        self.story().remarks.push(seen);
    }

    /// What was seen where something was violated.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        self.story().remarks.clone()
    }

    /// What happened that may never happen, by the names of the invariants.
    #[must_use]
    pub fn violations(&self) -> BTreeSet<&'static str> {
        self.story().violations.clone()
    }

    /// The places at which functions stood, in order, where none of them died.
    #[must_use]
    pub fn points(&self) -> Vec<Point> {
        let story = self.story();
        let sides = |call: &Call| [Side::Before, Side::After].map(|side| call.point(side));
        story.calls.iter().flat_map(sides).collect()
    }

    /// Every call of a port, in order.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.story().calls.clone()
    }

    /// The faults of the plan that have struck.
    #[must_use]
    pub fn struck(&self) -> Vec<Planned> {
        self.story().struck.clone()
    }

    /// How often each fault of the catalogue struck.
    #[must_use]
    pub fn hits(&self) -> Hits {
        let mut hits = self.story().hits.clone();
        let simulator = self.simulator();
        let left = simulator.planned_faults();
        let has_struck = |planned: &&PlannedFault| {
            !left.iter().any(|one| (one.endpoint, &one.fault) == (planned.endpoint, &planned.fault))
        };
        self.metas_faults.iter().filter(has_struck).for_each(|planned| hits.of_metas(planned));
        hits
    }

    pub(crate) fn a_step_begins(&self) {
        let mut story = self.story();
        let step = Step { calls: story.calls.len(), gates: story.gates };
        story.steps.push(step);
    }

    /// How far the story was when each of its steps began.
    pub(crate) fn steps(&self) -> Vec<Step> {
        self.story().steps.clone()
    }

    /// The fingerprint of all that has happened: every call, its time and its end.
    #[must_use]
    pub fn trace(&self) -> u64 {
        self.story().trace.finish()
    }

    /// The functions that died once, as `dies_once_at` says.
    #[must_use]
    pub fn died(&self) -> BTreeSet<&'static str> {
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

    /// Somebody was answered over HTTP.
    pub fn answered(&self, status: u64, body: Value) {
        self.story().answers.push((status, body));
    }

    /// How many texts were searched for secrets: items, events, failures, answers, and the trace.
    #[must_use]
    pub fn searched(&self) -> u64 {
        self.story().searched
    }

    /// The migrations in the order of their creation.
    #[must_use]
    pub fn migrations(&self) -> Vec<MigrationId> {
        self.story().migrations.iter().map(|(migration, _)| *migration).collect()
    }

    /// Every STATE, in the order of creation.
    #[must_use]
    pub fn states(&self) -> Vec<State> {
        let keys: Vec<Key> = self.migrations().into_iter().map(items::state).collect();
        let read = |item: &Item| State::deserialize(item).expect("a STATE");
        self.records.look(|items| keys.iter().filter_map(|key| items.get(key)).map(read).collect())
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

    /// How often such a call got no answer, because Meta's was lost.
    pub(crate) fn lost_share_posts(&self) -> usize {
        let simulator = self.simulator();
        let is_one =
            |call: &&CallRecord| is_share_or_attachment(call.endpoint) && call.outcome == CallOutcome::Lost;
        simulator.calls().iter().filter(is_one).count()
    }

    /// How often each invariant was looked at.
    pub(crate) fn looks(&self) -> Looks {
        self.story().looks
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
