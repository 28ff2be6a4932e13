//! Shares that are on their way to Meta: one at a time, none on a closed day, and none before it is known what came of the
//! one before.

use graph_simulator::{CallOutcome, CallRecord, Endpoint};
use handover_domain::ledger::QUIET;
use handover_engine::ports::Clock;
use handover_graph::transport::{GraphRequest, Value as FormValue};
use jiff::{SignedDuration, Timestamp};

use crate::world::World;

/// The calls of Meta's that share, by their names in the Graph client, and where Meta is asked.
const SHARES: [(&str, Endpoint); 2] =
    [("share_credit_line", Endpoint::ShareCreditLine), ("share_with_business", Endpoint::ShareWithBusiness)];

/// The second of two calls, which attaches what was shared.
const ATTACHES: (&str, Endpoint) = ("attach_credit_line", Endpoint::AttachCreditLine);

/// Whether a call of the Graph client shares, or attaches what was shared.
pub(crate) fn shares_or_attaches(call: &str) -> bool {
    SHARES.iter().chain([&ATTACHES]).any(|(name, _)| *name == call)
}

/// The same of a call that Meta has seen.
pub(crate) fn is_share_or_attachment(endpoint: Endpoint) -> bool {
    SHARES.iter().chain([&ATTACHES]).any(|(_, one)| *one == endpoint)
}

/// A share call on its way: until its answer is read, or, where the caller died, until its time was over.
pub(crate) struct OnItsWay<'a> {
    world: &'a World,
    key: (String, String),
    answered: bool,
}

impl<'a> OnItsWay<'a> {
    /// Looks at a call before it is made; none if it shares nothing. Nobody else's may be on its way, and none before it may
    /// have done anything.
    pub(crate) fn begins(world: &'a World, request: &GraphRequest, deadline: Timestamp) -> Option<Self> {
        let named = named_in(request)?;
        world.looks_at(1);
        let line = request.path.split('/').next().unwrap_or_default().to_owned();
        let business = {
            let simulator = world.simulator();
            let waba = simulator.world().wabas.get(&named);
            waba.map_or_else(|| named.clone(), |waba| waba.business_id.clone())
        };
        let now = world.clock.now();
        let key = (line, business);
        {
            let mut story = world.story();
            story.in_flight.retain(|_, until| *until > now);
            if story.in_flight.insert(key.clone(), deadline).is_some() {
                story.violations.insert("one-share-on-its-way");
            }
        }
        second_share_is_proved(world, &named, &key.1, now);
        closed_days_are_kept(world, &named, now);
        Some(Self { world, key, answered: false })
    }

    /// The answer was read.
    pub(crate) fn ends(mut self) {
        self.answered = true;
    }
}

impl Drop for OnItsWay<'_> {
    fn drop(&mut self) {
        if self.answered {
            self.world.story().in_flight.remove(&self.key);
        }
    }
}

/// With which WABA or business a call shares; none if it shares nothing.
fn named_in(request: &GraphRequest) -> Option<String> {
    let is_share = SHARES.iter().any(|(name, _)| *name == request.call);
    let names = |name: &&(&str, FormValue)| matches!(name.0, "waba_id" | "receiving_business_id");
    let mut parameters = request.query.iter().chain(&request.form).filter(|_| is_share);
    match parameters.find(names)? {
        (_, FormValue::Plain(named)) => Some(named.clone()),
        _ => None,
    }
}

/// Of a call no answer came. Whoever made it cannot know whether Meta has seen it, so it counts as one that may have shared.
pub(crate) fn was_not_answered(world: &World, request: &GraphRequest, asked_at: Timestamp) {
    if let Some(named) = named_in(request) {
        let mut story = world.story();
        let last = story.unanswered.entry(named).or_insert(asked_at);
        *last = asked_at.max(*last);
    }
}

/// What a call before this one of the same migration has done is not there, and was looked for twice with a quarter of an hour
/// between; or an operator has decided.
fn second_share_is_proved(world: &World, named: &str, business: &str, now: Timestamp) {
    let live = world.states().into_iter().filter(|state| !state.status.is_end());
    let began: Option<Timestamp> = live.filter_map(|state| state.migration.created_at()).min();
    let simulator = world.simulator();
    let calls = simulator.calls();
    let is_one = |call: &&CallRecord| {
        SHARES.iter().any(|(_, endpoint)| *endpoint == call.endpoint)
            && call.ids.values().any(|id| id == named)
            && began.is_some_and(|began| call.at >= began)
    };
    let seen = calls.iter().rev().find(is_one);
    let unanswered = world.story().unanswered.get(named).copied();
    // A refusal of Meta's says nothing of a call that came after it.
    let unanswered = unanswered.filter(|at| began.is_some_and(|began| *at >= began));
    let unanswered = unanswered.filter(|at| seen.is_none_or(|seen| *at >= seen.at));
    let may_have_shared = seen.filter(|call| may_have_done_it(call)).map(|call| call.at);
    let Some(since) = unanswered.or(may_have_shared) else { return };
    world.looks_at(2);
    let looks = calls.iter().filter(|call| {
        call.endpoint == Endpoint::ListAllocations
            && call.at >= since + QUIET
            && call.ids.values().any(|id| id == business)
    });
    let looks: Vec<Timestamp> = looks.map(|call| call.at).collect();
    let is_proved = looks.iter().any(|first| looks.iter().any(|second| *second >= *first + QUIET));
    drop(simulator);
    let is_decided = world.story().decided.get(business).is_some_and(|at| *at >= since && *at <= now);
    if !is_proved && !is_decided {
        world.violated("no-second-share-without-proof");
    }
}

/// Whether the answer leaves open that the call was carried out: it was lost, broken, or not an error of Meta's own.
fn may_have_done_it(call: &CallRecord) -> bool {
    match call.outcome {
        CallOutcome::Answered(200) => !call.refused,
        CallOutcome::Answered(400..=499) => false,
        CallOutcome::Answered(_) | CallOutcome::Lost => true,
    }
}

/// Whether the day in UTC is one of a month's last three or first four (rule 1).
pub(crate) fn is_closed_day(at: Timestamp) -> bool {
    let there = jiff::tz::TimeZone::UTC.to_datetime(at);
    there.day() < 5 || there.day() > there.date().days_in_month() - 3
}

fn closed_days_are_kept(world: &World, named: &str, now: Timestamp) {
    let is_switched = world.states().iter().any(|state| {
        state.flow.flow().silences && state.waba.as_ref().is_some_and(|waba| waba.to_string() == named)
    });
    if !is_switched {
        return;
    }
    world.looks_at(7);
    let closed = |hours: i64| is_closed_day(now + SignedDuration::from_hours(hours));
    if closed(-12) && closed(14) {
        world.violated("no-share-on-closed-days");
    }
}
