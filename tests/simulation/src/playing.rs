//! How a story is played: acts, deliveries, schedules and turns, each at its moment.

use std::cell::RefCell;
use std::collections::VecDeque;

use handover_engine::items;
use handover_engine::ports::Clock;
use handover_engine::records::{Item, Key};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::deliveries::Gone;
use crate::envelopes;
use crate::invariants;
use crate::quiet;
use crate::script::{Act, Script};
use crate::world::{Delivery, World};

const SWEEP: &str = "sweep-due";

/// How far a script has been played.
#[derive(Debug, Clone)]
pub(crate) struct Playing {
    /// What is still to be done, in order of time.
    acts: VecDeque<(Timestamp, Act)>,
    /// What came of the last acts, and is to be done later.
    more: RefCell<Vec<(Timestamp, Act)>>,
    /// Whether all that is to be done at this moment has been.
    is_acted: bool,
    /// What fires at this moment.
    fires: VecDeque<&'static str>,
    swept_at: Timestamp,
    end: Timestamp,
}

impl Playing {
    pub(crate) fn new(script: &Script) -> Self {
        Self {
            acts: script.acts.iter().cloned().collect(),
            more: RefCell::default(),
            is_acted: false,
            fires: VecDeque::new(),
            swept_at: script.start,
            end: script.end,
        }
    }
}

impl World {
    /// Plays a script in which nothing may be violated and no function may fail.
    ///
    /// # Panics
    ///
    /// If an invariant was violated, or a function failed.
    #[must_use]
    pub fn played(script: &Script) -> Self {
        let world = Self::new(script);
        world.play(script);
        assert!(world.violations().is_empty(), "{:?}", world.violations());
        assert!(world.failures().is_empty(), "{:?}", world.failures());
        world
    }

    /// Plays a script to its end.
    pub fn play(&self, script: &Script) {
        self.play_on(&mut Playing::new(script));
    }

    /// Plays to the end what was played so far.
    pub(crate) fn play_on(&self, playing: &mut Playing) {
        while self.takes_a_step(playing) {}
        invariants::check_settled(self, playing.end);
        quiet::check_end(self);
        invariants::check_overdue(self);
    }

    /// Does the next thing: a delivery, what a schedule fires, an act, or the way to the next moment. Says whether there was one.
    pub(crate) fn takes_a_step(&self, playing: &mut Playing) -> bool {
        self.a_step_begins();
        let delivery = self.story().queue.pop_front();
        if let Some(delivery) = delivery {
            self.deliver(&delivery, true);
        } else if let Some(function) = playing.fires.pop_front() {
            self.fire(function);
        } else if !playing.is_acted {
            match playing.acts.pop_front_if(|(at, _)| *at <= self.clock.now()) {
                Some((_, act)) => self.does(&act, playing),
                None => self.things_arrive(playing),
            }
        } else {
            return self.goes_to_the_next_moment(playing);
        }
        true
    }

    fn does(&self, act: &Act, playing: &Playing) {
        {
            let mut story = self.story();
            story.unrest_at = Some(self.clock.now());
            story.acts_begun += 1;
        }
        self.act(act, &playing.more);
        self.send_webhooks(&playing.more);
    }

    fn things_arrive(&self, playing: &mut Playing) {
        self.late_ones_arrive();
        playing.acts.extend(playing.more.borrow_mut().drain(..));
        playing.acts.make_contiguous().sort_by_key(|(at, _)| *at);
        playing.is_acted = true;
    }

    /// Says whether there is one.
    fn goes_to_the_next_moment(&self, playing: &mut Playing) -> bool {
        quiet::check(self);
        let next_act = playing.acts.front().map(|(at, _)| *at).into_iter().chain(self.next_arrival()).min();
        let swap = self.simulator().next_event_at();
        let turn = self.next_turn();
        let sweep = turn.map(|due| on_the_minute(due).max(playing.swept_at + self.sweeps_every()));
        let sweep = sweep.filter(|_| self.schedules.sweep);
        let firing = self.schedules.next_after(self.clock.now()).filter(|_| turn.is_some());
        let at = firing.map(|(at, _)| at);
        let next = [next_act, swap, sweep, at].into_iter().flatten().min();
        let Some(next) = next.filter(|next| *next <= playing.end) else { return false };
        invariants::check_settled(self, next);
        self.move_to(next.max(self.clock.now()));
        if sweep.is_some_and(|sweep| sweep <= next) {
            playing.swept_at = next;
            playing.fires.push_back(SWEEP);
        }
        if let Some((_, function)) = firing.filter(|(at, _)| *at <= next) {
            // The sweep fires every minute; here it is spared where nothing is due, but for its heartbeat.
            if self.schedules.sweep {
                playing.fires.push_back(SWEEP);
            }
            playing.fires.push_back(function);
        }
        playing.is_acted = false;
        true
    }

    /// When the next turn can be taken: due, and nobody's.
    fn next_turn(&self) -> Option<Timestamp> {
        let keys: Vec<Key> = self.migrations().into_iter().map(items::state).collect();
        let turn = self.records.look(|stored| {
            let moment = |item: &Item, name: &str| item.get(name).and_then(Value::as_i64);
            let turn = |key: &Key| {
                let item = stored.get(key)?;
                Some(moment(item, "due_at")?.max(moment(item, "lease_until").unwrap_or(i64::MIN)))
            };
            keys.iter().filter_map(turn).min()
        });
        turn.map(|turn| Timestamp::from_millisecond(turn).expect("a moment"))
    }

    /// A minute. As long as nothing that is put on the bus arrives, one sweep is as the other, and most are spared.
    fn sweeps_every(&self) -> SignedDuration {
        let is_vain = self.is_gone(Gone::Events) || self.is_gone(Gone::Workers) || self.is_gone(Gone::Region);
        SignedDuration::from_mins(if is_vain { 10 } else { 1 })
    }

    /// Fires a schedule now.
    pub fn fire(&self, function: &'static str) {
        if self.is_gone(Gone::Schedules) || self.is_gone(Gone::Workers) {
            return;
        }
        let tick = envelopes::tick(self.clock.now());
        self.deliver(&Delivery::new(function, &tick), true);
    }

    /// Runs deliveries until there are none.
    pub(crate) fn run_queue(&self, may_be_cut: bool) {
        loop {
            let delivery = self.story().queue.pop_front();
            let Some(delivery) = delivery else { return };
            self.deliver(&delivery, may_be_cut);
        }
    }
}

fn on_the_minute(moment: Timestamp) -> Timestamp {
    let seconds = moment.as_millisecond().div_euclid(60_000) * 60_000;
    let floor = Timestamp::from_millisecond(seconds).expect("a moment");
    if floor < moment { floor + SignedDuration::from_mins(1) } else { floor }
}
