//! The state machine: a world, a clock that the caller moves, and one way in.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::fault::PlannedFault;
use crate::limits::Usage;
use crate::month;
use crate::record::CallRecord;
use crate::webhook::Webhook;
use crate::world::{Allocation, World, WorldError};

/// A small world that answers like Meta.
///
/// ```
/// use graph_simulator::{Answer, Request, Simulator, World};
///
/// let mut simulator = Simulator::new(World::example()).unwrap();
/// let at = "2026-04-20T09:00:00Z".parse().unwrap();
/// let request = Request { method: "GET".into(), target: "/v25.0/me".into(), headers: vec![], body: vec![] };
/// let Answer::Response { status, .. } = simulator.answer(at, &request) else { panic!() };
/// assert_eq!(status, 400);
/// ```
#[derive(Debug, Clone)]
pub struct Simulator {
    pub(crate) world: World,
    pub(crate) now: Timestamp,
    pub(crate) webhooks: Vec<Webhook>,
    /// When our line replaces another, and on which WABA.
    swaps: BTreeSet<(Timestamp, String)>,
    pub(crate) calls: Vec<CallRecord>,
    pub(crate) faults: Vec<PlannedFault>,
    pub(crate) usage: Usage,
}

impl Simulator {
    /// Starts a world. Its clock stands at 1970 until the first call moves it.
    ///
    /// # Errors
    /// A world that contradicts itself: an id that is none, or that names nothing.
    pub fn new(world: World) -> Result<Self, WorldError> {
        world.check()?;
        let mut simulator = Self {
            world,
            now: Timestamp::UNIX_EPOCH,
            webhooks: Vec::new(),
            swaps: BTreeSet::new(),
            calls: Vec::new(),
            faults: Vec::new(),
            usage: Usage::default(),
        };
        let wabas: Vec<_> = simulator.world.wabas.keys().cloned().collect();
        for waba_id in wabas {
            simulator.plan_swap(&waba_id);
        }
        Ok(simulator)
    }

    /// Moves the clock, and does what happens by itself on the way: on the 1st at midnight our line
    /// replaces the former partner's, and the customer can send again (the page, step 6).
    pub fn advance(&mut self, to: Timestamp) {
        while let Some((due, waba_id)) = self.swaps.first().cloned().filter(|(due, _)| *due <= to) {
            self.now = self.now.max(due);
            self.swaps.remove(&(due, waba_id.clone()));
            self.swap(&waba_id);
        }
        self.now = self.now.max(to);
        self.world.accept_old_intents(self.now);
        self.copy_and_check();
    }

    /// When the world will next change by itself: a swap, or an allocation that comes into sight.
    #[must_use]
    pub fn next_event_at(&self) -> Option<Timestamp> {
        let swap = self.swaps.first().map(|(due, _)| *due);
        let sight =
            self.world.allocations.values().map(|one| one.visible_from).filter(|from| *from > self.now);
        swap.into_iter()
            .chain(sight)
            .chain(self.world.next_intent_at())
            .chain(self.world.next_copying_at())
            .min()
    }

    /// The webhooks that Meta would send now, oldest first; they are then gone from here.
    pub fn take_webhooks(&mut self) -> Vec<Webhook> {
        std::mem::take(&mut self.webhooks)
    }

    /// Every call so far, in order.
    #[must_use]
    pub fn calls(&self) -> &[CallRecord] {
        &self.calls
    }

    /// The faults that wait for their call still.
    #[must_use]
    pub fn planned_faults(&self) -> &[PlannedFault] {
        &self.faults
    }

    /// Plans a fault. Of several that fit one call, the one planned first strikes.
    pub fn plan_fault(&mut self, fault: PlannedFault) {
        self.faults.push(fault);
    }

    /// The world as it stands; it can be saved and started again.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The world's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The truth: whether the customer can send from this WABA now.
    #[must_use]
    pub fn can_send(&self, waba_id: &str) -> bool {
        self.world.can_send(waba_id)
    }

    /// The truth: the business's allocations that are not revoked, visible or not, with their ids.
    pub fn live_allocations(&self, business_id: &str) -> impl Iterator<Item = (&String, &Allocation)> {
        self.world.live_allocations(business_id)
    }

    /// The truth: what pays for a WABA now.
    #[must_use]
    pub fn funding_of(&self, waba_id: &str) -> Option<&str> {
        self.world.wabas.get(waba_id)?.funding.as_deref()
    }

    /// Sets when our line replaces another on a WABA: on the 1st after both the share and the unshare.
    ///
    /// Without an unshare the former partner's line stays, however often the month changes.
    pub(crate) fn plan_swap(&mut self, waba_id: &str) {
        self.swaps.retain(|(_, planned)| planned != waba_id);
        let Some(waba) = self.world.wabas.get(waba_id) else { return };
        let Some((share, unshared_at)) = waba.waiting_share.as_ref().zip(waba.unshared_at) else { return };
        let settings = &self.world.settings;
        let from = share.shared_at.max(unshared_at);
        if let Some(due) = month::swap_after(from, &settings.zone, settings.swap_delay_days) {
            self.swaps.insert((due, waba_id.to_owned()));
        }
    }

    fn swap(&mut self, waba_id: &str) {
        let Some(waba) = self.world.wabas.get_mut(waba_id) else { return };
        let Some(share) = waba.waiting_share.take() else { return };
        waba.unshared_at = None;
        waba.funding =
            self.world.allocations.get(&share.allocation_id).map(|one| one.receiving_credential.clone());
    }
}
