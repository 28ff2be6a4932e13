//! What goes wrong in a story by seed, drawn call by call and delivery by delivery.

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

use crate::deliveries::{Fate, Gone, Outage};
use crate::fault::{Call, Fault};
use crate::script::Script;

/// By so much the clocks of workers differ at most.
pub const MOST_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// An outage is looked back upon so long after its end.
const HEALS_WITHIN: SignedDuration = SignedDuration::from_hours(12);

/// Faults by a draw at each call.
#[derive(Debug, Clone)]
pub struct Strikes {
    rng: Rng,
    /// Of the clocks alone, so that they are as wrong as before where the faults are given by a plan.
    clocks: Rng,
    kinds: Vec<Fault>,
    /// One call in so many goes wrong.
    one_in: u64,
    /// Nothing goes wrong any more from then on.
    until: Timestamp,
    /// By how many seconds the clocks of workers differ at most.
    skew: i64,
    /// One delivery in so many is lost, late or doubled; none, if 0.
    one_delivery_in: u64,
    /// One look at an index in so many shows what was; none, if 0.
    one_look_in: u64,
    outage: Option<Outage>,
}

impl Strikes {
    /// What happens at a call, if anything.
    pub(crate) fn draw(&mut self, call: &Call, now: Timestamp) -> Option<Fault> {
        if self.kinds.is_empty() || now >= self.until || self.rng.u64(..self.one_in) > 0 {
            return None;
        }
        let fault = self.rng.choice(&self.kinds).copied()?;
        fault.is_one_at(call).then_some(fault)
    }

    /// Whether the clocks of workers differ.
    pub(crate) const fn clocks_differ(&self) -> bool {
        self.skew > 0
    }

    /// What an outage has left has healed by then.
    pub(super) fn heals_by(&self) -> Timestamp {
        self.outage.map_or(Timestamp::MIN, |outage| outage.to + HEALS_WITHIN)
    }

    pub(crate) const fn outage(&self) -> Option<Outage> {
        self.outage
    }

    /// What becomes of the next delivery.
    pub(crate) fn draw_fate(&mut self, now: Timestamp) -> Fate {
        let one_in = self.one_delivery_in;
        if one_in == 0 || now >= self.until || self.clocks.u64(..one_in) > 0 {
            return Fate::Arrives;
        }
        let later = SignedDuration::from_secs(self.clocks.i64(1..7_200));
        let much_later = SignedDuration::from_hours(self.clocks.i64(1..24 * 40));
        [Fate::IsLost, Fate::Twice, Fate::After(later), Fate::AndAgainAfter(much_later)]
            [self.clocks.usize(..4)]
    }

    /// For how long the indexes show what was, if they do: seconds, and rarely an hour.
    pub(crate) fn draw_lag(&mut self, now: Timestamp) -> Option<SignedDuration> {
        let one_in = self.one_look_in;
        if one_in == 0 || now >= self.until || self.clocks.u64(..one_in) > 0 {
            return None;
        }
        let seconds = if self.clocks.u8(..20) == 0 { 3_600 } else { self.clocks.i64(1..60) };
        Some(SignedDuration::from_secs(seconds))
    }

    /// By how much the clock of the next worker is wrong.
    pub(crate) fn draw_skew(&mut self, now: Timestamp) -> SignedDuration {
        if now >= self.until || self.skew == 0 {
            return SignedDuration::ZERO;
        }
        SignedDuration::from_secs(self.clocks.i64(-self.skew..=self.skew))
    }

    /// Nothing but that this is gone for a while.
    #[must_use]
    pub fn of_an_outage(of: Gone, from: Timestamp, to: Timestamp) -> Self {
        Self { outage: Some(Outage { of, from, to }), ..Self::none() }
    }

    /// Nothing but indexes that show what was, at every look until then.
    #[must_use]
    pub fn of_indexes_behind(until: Timestamp) -> Self {
        Self { one_look_in: 1, until, ..Self::none() }
    }

    fn none() -> Self {
        let rng = || Rng::with_seed(0);
        Self {
            rng: rng(),
            clocks: rng(),
            kinds: Vec::new(),
            one_in: 1,
            until: Timestamp::MIN,
            skew: 0,
            one_delivery_in: 0,
            one_look_in: 0,
            outage: None,
        }
    }

    /// The same clocks, and no fault by a draw.
    #[must_use]
    pub fn clocks_alone(mut self) -> Self {
        self.kinds.clear();
        self
    }
}

impl Strikes {
    /// What goes wrong in this story: some kinds of faults are on, the others off.
    pub(super) fn drawn(script: &Script, rng: &mut Rng) -> Self {
        let kinds: Vec<Fault> = Fault::ALL.into_iter().filter(|_| rng.bool()).collect();
        let length = script.end.duration_since(script.start).as_secs();
        Self {
            kinds,
            one_in: *rng.choice(&[15, 40, 100, 300]).expect("a rate"),
            until: script.start + SignedDuration::from_secs(rng.i64(0..=length * 3 / 4)),
            skew: *rng.choice(&[0, 0, 5, MOST_SKEW.as_secs()]).expect("a skew"),
            one_delivery_in: *rng.choice(&[0, 0, 10, 100]).expect("a rate"),
            one_look_in: *rng.choice(&[0, 0, 10, 100]).expect("a rate"),
            outage: (rng.u8(..4) == 0).then(|| outage(script, rng)),
            clocks: rng.fork(),
            rng: rng.fork(),
        }
    }
}

/// Something is gone: for an hour, a day, or two weeks.
fn outage(script: &Script, rng: &mut Rng) -> Outage {
    let services = [Gone::Meta, Gone::Region, Gone::Schedules, Gone::Events, Gone::Workers];
    let of = *rng.choice(&services).expect("one");
    let length = script.end.duration_since(script.start).as_secs();
    let from = script.start + SignedDuration::from_secs(rng.i64(0..length / 2));
    let hours = *rng.choice(&[1, 1, 30, 72, 14 * 24]).expect("a length");
    Outage { of, from, to: from + SignedDuration::from_hours(hours) }
}
