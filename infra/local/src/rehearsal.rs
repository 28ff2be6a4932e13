//! A rehearsal: a scenario played on one machine, in virtual time.
//!
//! Time moves only when nothing is on its way and no call is in flight, and then to the next moment at
//! which something is due: an act, a change at Meta, a batch that comes again, a firing of the schedules that
//! finds a turn due. So weeks take seconds, and two runs print the same bytes.

use std::collections::BTreeMap;

use graph_simulator::{CustomerError, Simulator, World, WorldError};
use handover_domain::moment::after;
use handover_engine::memory::CountingIds;
use handover_engine::ports::{Clock, Ports};
use handover_engine::records::RecordsError;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::clock::MachineClock;
use crate::ids::MachineIds;
use crate::issuer::Issuer;
use crate::machine::{Begin, Listens, Machine, Setup, StartError};
use crate::scenario::{Act, Scenario};
use crate::template::Template;
use crate::vault::KEY_LEN;
use crate::watch::Watch;
use crate::webhooks::Webhooks;
use acts::{Cast, Played};

mod acts;
mod partners;
mod timeline;
pub mod told;

pub use timeline::Line;
pub use told::{Rehearsal, Told};

/// So many firings in a row that change nothing show that nothing moves by itself any more: a lease, the
/// longest thing that a sweep waits for, ends before the second.
const FIRINGS_IN_VAIN: u8 = 5;

/// Nothing that a rehearsal seals outlives it, so its key is no secret.
const KEY: [u8; KEY_LEN] = [7; KEY_LEN];

/// Why a scenario could not be played to its end.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    /// The machine did not start.
    #[error("the machine did not start")]
    Start(#[from] StartError),
    /// The world contradicts itself.
    #[error("the scenario's world cannot be")]
    World(#[from] WorldError),
    /// The customer cannot do that in this world.
    #[error("the act {act} at {at} cannot be played")]
    Act {
        /// The act.
        act: &'static str,
        /// When.
        at: Timestamp,
        /// Why not.
        #[source]
        source: CustomerError,
    },
    /// The record gave no answer.
    #[error("the record could not be read")]
    Records(#[from] RecordsError),
}

/// Plays a scenario on the functions that `template` wires up.
///
/// `progress` is told each moment that the clock moves to, `watch` everything that passes.
///
/// # Errors
///
/// [`RehearsalError`] if it could not be played. An expectation that does not hold is no error but a verdict.
pub async fn rehearse(
    scenario: &Scenario,
    template: Template,
    watch: Watch,
    progress: impl Fn(Timestamp),
) -> Result<Rehearsal, RehearsalError> {
    rehearse_on(scenario, template, None, watch, progress).await
}

/// The same, with functions that may run elsewhere.
///
/// # Errors
///
/// As [`rehearse`].
pub async fn rehearse_on(
    scenario: &Scenario,
    template: Template,
    elsewhere: Option<Begin>,
    watch: Watch,
    progress: impl Fn(Timestamp),
) -> Result<Rehearsal, RehearsalError> {
    let mut simulator = Simulator::new(World::from_spec(&scenario.world))?;
    simulator.advance(scenario.starts_at());
    for fault in &scenario.faults {
        simulator.plan_fault(fault.clone());
    }
    let machine = Machine::start(Setup {
        template,
        simulator,
        listens: Listens::default(),
        graph: None,
        clock: MachineClock::standing(after(scenario.starts_at(), scenario.clock_off())),
        ids: MachineIds::Counted(CountingIds::default()),
        key: KEY,
        issuer: Issuer::of_this_process().map_err(StartError::from)?,
        store: scenario.store(),
        choices: scenario.choices(),
        elsewhere,
        watch,
    });
    let mut stage = Stage {
        machine: machine.await?,
        scenario,
        casts: BTreeMap::new(),
        former: Vec::new(),
        played: Vec::new(),
        untrue: Vec::new(),
        events: Vec::new(),
        in_vain: 0,
        webhooks: Webhooks::default(),
    };
    stage.play(progress).await?;
    stage.tell().await
}

/// The next moment at which something happens.
#[derive(Debug, Clone, Copy)]
struct Moment {
    at: Timestamp,
    /// Whether schedules fire: only if they find a turn due, or it is their day.
    fires: bool,
    /// Whether they find a turn due.
    for_a_turn: bool,
    /// Whether something changes at Meta by itself.
    happens_at_meta: bool,
}

/// A machine with a scenario in play.
struct Stage<'a> {
    machine: Machine,
    scenario: &'a Scenario,
    /// Who plays which WABA, by its number in the scenario.
    casts: BTreeMap<u16, Cast>,
    /// Those of an earlier life of a WABA.
    former: Vec<(u16, Cast)>,
    /// The acts so far, with what came of each.
    played: Vec<Played>,
    /// Announcements that were not true when they were made.
    untrue: Vec<Value>,
    /// The public events so far, each held against the truth when it was put.
    events: Vec<Value>,
    /// Firings in a row that changed nothing.
    in_vain: u8,
    /// What Meta sends us.
    webhooks: Webhooks,
}

impl Stage<'_> {
    /// Now, by Meta's clock, which is the scenario's; the machine's own may be off.
    fn now(&self) -> Timestamp {
        self.by_metas_clock(self.machine.ports().clock().now())
    }

    fn by_metas_clock(&self, ours: Timestamp) -> Timestamp {
        after(ours, -self.scenario.clock_off())
    }

    fn by_our_clock(&self, metas: Timestamp) -> Timestamp {
        after(metas, self.scenario.clock_off())
    }

    async fn play(&mut self, progress: impl Fn(Timestamp)) -> Result<(), RehearsalError> {
        loop {
            progress(self.now());
            for act in self.acts_due() {
                self.act(&act).await?;
                self.in_vain = 0;
            }
            self.webhooks.deliver(&self.machine, self.now()).await;
            self.machine.run_due().await;
            self.hold_announcements_against_the_truth();
            let Some(next) = self.next_moment().await? else { return Ok(()) };
            if next.at > self.scenario.until() {
                return Ok(());
            }
            self.move_to(next).await;
        }
    }

    fn acts_due(&self) -> Vec<Act> {
        let to_come = self.scenario.acts.iter().skip(self.played.len());
        to_come.take_while(|act| act.at <= self.now()).cloned().collect()
    }

    /// The next moment at which something happens; none if nothing will.
    async fn next_moment(&self) -> Result<Option<Moment>, RehearsalError> {
        let act = self.scenario.acts.get(self.played.len()).map(|act| act.at);
        let batch = self.machine.wires().next_at().map(|at| self.by_metas_clock(at));
        let webhook = self.webhooks.next_at();
        let turn = self.machine.first_turn_at().await?;
        if act.is_none() && batch.is_none() && webhook.is_none() && turn.is_none() {
            return Ok(None);
        }
        let at_meta = self.machine.simulator().next_event_at();
        let firing = match turn {
            Some(turn) if self.in_vain < FIRINGS_IN_VAIN => self.firing_for(turn),
            _ => None,
        };
        // A schedule of certain days fires whether or not a turn is due, as long as anybody is on the way.
        let day = turn.filter(|_| self.in_vain < FIRINGS_IN_VAIN).and_then(|_| self.firing_of_a_day());
        let at = [act, batch, webhook, at_meta, firing, day].into_iter().flatten().min();
        Ok(at.map(|at| Moment {
            at,
            fires: [firing, day].contains(&Some(at)),
            for_a_turn: firing == Some(at),
            happens_at_meta: at_meta == Some(at),
        }))
    }

    /// The first firing of a schedule that finds the turn due.
    fn firing_for(&self, turn: Timestamp) -> Option<Timestamp> {
        let just_before = turn.saturating_sub(SignedDuration::from_nanos(1)).unwrap_or(turn);
        let from = just_before.max(self.by_our_clock(self.now()));
        let schedules = self.machine.wires().template().schedules.iter();
        let often = schedules.filter(|schedule| !schedule.expression.is_on_a_day());
        let first = often.filter_map(|schedule| schedule.expression.next_after(from)).min();
        first.map(|at| self.by_metas_clock(at))
    }

    fn firing_of_a_day(&self) -> Option<Timestamp> {
        let schedules = self.machine.wires().template().schedules.iter();
        let on_days = schedules.filter(|schedule| schedule.expression.is_on_a_day());
        let from = self.by_our_clock(self.now());
        let first = on_days.filter_map(|schedule| schedule.expression.next_after(from)).min();
        first.map(|at| self.by_metas_clock(at))
    }

    /// Moves everybody's clock, and fires the schedules if it is their moment.
    async fn move_to(&mut self, next: Moment) {
        let (from, to) = (self.by_our_clock(self.now()), self.by_our_clock(next.at));
        // No moment is before now, so the clock takes it.
        if self.machine.ports().clock().move_to(to).is_err() {
            return;
        }
        self.machine.simulator().advance(next.at);
        if next.happens_at_meta {
            self.in_vain = 0;
        }
        if !next.fires {
            return;
        }
        let changes = self.machine.wires().changes();
        for schedule in &self.machine.wires().template().schedules {
            if schedule.expression.next_after(from).is_some_and(|first| first <= to) {
                self.machine.wires().fire(schedule);
            }
        }
        self.machine.run_due().await;
        let moved = self.machine.wires().changes() > changes;
        if moved {
            self.in_vain = 0;
        } else if next.for_a_turn {
            self.in_vain = self.in_vain.saturating_add(1);
        }
    }

    /// Whoever is told "you can send again" must be able to, through our line and at that moment.
    fn hold_announcements_against_the_truth(&mut self) {
        let new = self.machine.wires().events_after(self.events.len());
        let simulator = self.machine.simulator();
        let is_untrue = |event: &&Value| {
            let waba = event.pointer("/detail/waba").and_then(Value::as_str).unwrap_or_default();
            let business = simulator.world().wabas.get(waba).map_or("", |waba| waba.business_id.as_str());
            let paid_by = simulator.funding_of(waba);
            let by_us = simulator
                .live_allocations(business)
                .any(|(_, one)| paid_by == Some(&one.receiving_credential));
            !(simulator.can_send(waba) && by_us)
        };
        let announced =
            new.iter().filter(|event| event.get("detail-type") == Some(&"CustomerUnblocked".into()));
        let untrue: Vec<_> = announced.filter(is_untrue).cloned().collect();
        drop(simulator);
        self.untrue.extend(untrue);
        self.events.extend(new);
    }
}
