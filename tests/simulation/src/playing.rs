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
        let mut acts: VecDeque<(Timestamp, Act)> = script.acts.iter().cloned().collect();
        let more = RefCell::new(Vec::new());
        let mut swept_at = script.start;
        loop {
            while acts.front().is_some_and(|(at, _)| *at <= self.clock.now()) {
                if let Some((_, act)) = acts.pop_front() {
                    self.story().unrest_at = Some(self.clock.now());
                    self.story().acts_begun += 1;
                    self.act(&act, &more);
                    self.send_webhooks(&more);
                }
                self.run_queue();
            }
            self.late_ones_arrive();
            acts.extend(more.borrow_mut().drain(..));
            acts.make_contiguous().sort_by_key(|(at, _)| *at);
            self.run_queue();
            quiet::check(self);
            let next_act = acts.front().map(|(at, _)| *at).into_iter().chain(self.next_arrival()).min();
            let swap = self.simulator().next_event_at();
            let turn = self.next_turn();
            let sweep = turn.map(|due| on_the_minute(due).max(swept_at + self.sweeps_every()));
            let sweep = sweep.filter(|_| self.schedules.sweep);
            let firing = self.schedules.next_after(self.clock.now()).filter(|_| turn.is_some());
            let at = firing.map(|(at, _)| at);
            let Some(next) = [next_act, swap, sweep, at].into_iter().flatten().min() else { break };
            if next > script.end {
                break;
            }
            invariants::check_settled(self, next);
            self.move_to(next.max(self.clock.now()));
            if sweep.is_some_and(|sweep| sweep <= next) {
                swept_at = next;
                self.sweep();
                self.run_queue();
            }
            if let Some((_, function)) = firing.filter(|(at, _)| *at <= next) {
                // The sweep fires every minute; here it is spared where nothing is due, but for its heartbeat.
                if self.schedules.sweep {
                    self.sweep();
                    self.run_queue();
                }
                self.fire(function);
                self.run_queue();
            }
        }
        quiet::check_end(self);
        invariants::check_overdue(self);
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

    fn sweep(&self) {
        self.fire("sweep-due");
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
    pub(crate) fn run_queue(&self) {
        loop {
            let delivery = self.story().queue.pop_front();
            let Some(delivery) = delivery else { return };
            self.deliver(&delivery, true);
        }
    }
}

fn on_the_minute(moment: Timestamp) -> Timestamp {
    let seconds = moment.as_millisecond().div_euclid(60_000) * 60_000;
    let floor = Timestamp::from_millisecond(seconds).expect("a moment");
    if floor < moment { floor + SignedDuration::from_mins(1) } else { floor }
}
