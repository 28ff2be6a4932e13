//! What becomes of deliveries, of schedules and of whole services in a story by seed: lost, late, doubled, gone.

use std::sync::Arc;

use handover_engine::memory_records::MemoryRecords;
use handover_engine::ports::Clock;
use jiff::{SignedDuration, Timestamp};

use crate::on_its_way::is_closed_day;
use crate::random::Strikes;
use crate::world::{Delivery, World};

/// What becomes of a delivery on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It arrives.
    Arrives,
    /// It never does.
    IsLost,
    /// It arrives twice.
    Twice,
    /// It arrives, and once more so much later.
    AndAgainAfter(SignedDuration),
    /// It arrives so much later.
    After(SignedDuration),
}

/// What is gone for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// Meta.
    Meta,
    /// The record, the bus and the vault, and every function with them.
    Region,
    /// The schedules alone.
    Schedules,
    /// Every event of a step: a rule, its target or its permission.
    Events,
    /// Workers: what is invoked is refused.
    Workers,
}

/// An outage.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outage {
    pub(crate) of: Gone,
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

impl Outage {
    pub(crate) fn is_now(&self, of: Gone, now: Timestamp) -> bool {
        self.of == of && self.from <= now && now < self.to
    }
}

/// What is on its way, and the indexes as they were.
#[derive(Debug, Clone, Default)]
pub(crate) struct OnTheWay {
    later: Vec<(Timestamp, Delivery)>,
    behind: Option<(Timestamp, Arc<MemoryRecords>)>,
}

impl World {
    /// Whether that is gone now; the story is not at rest as long as it is.
    pub(crate) fn is_gone(&self, of: Gone) -> bool {
        let now = self.clock.now();
        let mut story = self.story();
        let Some(outage) = story.strikes.as_ref().and_then(Strikes::outage) else { return false };
        if !outage.is_now(of, now) {
            return false;
        }
        story.unrest_at = Some(outage.to);
        let id = match of {
            Gone::Meta => "G29",
            Gone::Region => "A21",
            Gone::Schedules => "A15",
            Gone::Events => "A13",
            Gone::Workers => "A19",
        };
        story.hits.hit_once(id);
        if is_closed_day(outage.to) {
            story.hits.hit_once("T9");
        }
        true
    }

    /// Sends a delivery on its way.
    pub(crate) fn send(&self, delivery: Delivery) {
        let now = self.clock.now();
        let is_event = delivery.turn_of.is_some();
        if is_event && self.is_gone(Gone::Events) || self.is_gone(Gone::Workers) {
            return;
        }
        let mut story = self.story();
        let fate = story.strikes.as_mut().map_or(Fate::Arrives, |strikes| strikes.draw_fate(now));
        if fate != Fate::Arrives {
            story.unrest_at = Some(now);
            story.hits.hit(if is_event { "A12" } else { "A10" });
        }
        match fate {
            Fate::Arrives => story.queue.push_back(delivery),
            Fate::IsLost => {}
            Fate::Twice => {
                story.queue.push_back(delivery.clone());
                story.queue.push_back(delivery);
            }
            Fate::After(later) => story.on_the_way.later.push((now + later, delivery)),
            Fate::AndAgainAfter(later) => {
                story.hits.hit("A14");
                story.on_the_way.later.push((now + later, delivery.clone()));
                story.queue.push_back(delivery);
            }
        }
    }

    /// When the next late delivery arrives.
    pub(crate) fn next_arrival(&self) -> Option<Timestamp> {
        self.story().on_the_way.later.iter().map(|(at, _)| *at).min()
    }

    /// What has been on its way long enough arrives.
    pub(crate) fn late_ones_arrive(&self) {
        let now = self.clock.now();
        let mut story = self.story();
        let (arrived, later) =
            std::mem::take(&mut story.on_the_way.later).into_iter().partition(|(at, _)| *at <= now);
        story.on_the_way.later = later;
        let arrived: Vec<(Timestamp, Delivery)> = arrived;
        if !arrived.is_empty() {
            story.unrest_at = Some(now);
        }
        story.queue.extend(arrived.into_iter().map(|(_, delivery)| delivery));
    }

    /// What an index shows: the record, or what it was a while ago.
    pub(crate) fn index(&self) -> Option<Arc<MemoryRecords>> {
        let now = self.clock.now();
        let mut story = self.story();
        if story.on_the_way.behind.as_ref().is_some_and(|(until, _)| *until <= now) {
            story.on_the_way.behind = None;
        }
        if story.on_the_way.behind.is_none() {
            let lag = story.strikes.as_mut().and_then(|strikes| strikes.draw_lag(now));
            story.on_the_way.behind = lag.map(|lag| (now + lag, Arc::new(self.records.clone())));
        }
        let until = story.on_the_way.behind.as_ref().map(|(until, _)| *until)?;
        story.unrest_at = Some(until);
        story.hits.hit("A8");
        story.on_the_way.behind.as_ref().map(|(_, records)| Arc::clone(records))
    }
}
