//! What there is to tell of a rehearsal: read from the record, the bus and the simulator's truth.

use graph_simulator::{CallOutcome, Endpoint};
use handover_domain::calendar;
use handover_domain::flow::FlowName;
use handover_domain::ids::MigrationId;
use handover_domain::ledger::Ledger;
use handover_domain::moment::after;
use handover_domain::state::{State, Status};
use handover_engine::items;
use handover_engine::ports::Ports;
use handover_engine::records::{Order, Records, Table};
use handover_engine::writes::HistoryEntry;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::Value;

use super::acts::Cast;
use super::timeline::{self, Line};
use super::{RehearsalError, Stage};
use crate::scenario::Doing;
use crate::scenario::expect::Verdict;
use crate::wires::Failure;

/// Meta counts registrations of a number over so long (facts 6.5).
const METAS_WINDOW: SignedDuration = SignedDuration::from_hours(72);

/// A rehearsal that was played.
#[derive(Debug, Clone)]
pub struct Rehearsal {
    /// What the scenario shows.
    pub title: String,
    /// The flow.
    pub flow: FlowName,
    /// When the first act was.
    pub from: Timestamp,
    /// What the clock showed at the end.
    pub to: Timestamp,
    /// Each migration, by the number of its WABA.
    pub migrations: Vec<Told>,
    /// What happened, in order.
    pub timeline: Vec<Line>,
    /// How many calls Meta saw.
    pub graph_calls: usize,
    /// Functions that failed.
    pub failures: Vec<Failure>,
    /// A turn that is due and that no function takes: its step and since when.
    pub stands_still: Option<StandsStill>,
    /// Whether it was a fleet: many customers at once.
    pub is_a_fleet: bool,
    /// What was expected, and whether it holds.
    pub verdicts: Vec<Verdict>,
}

/// A turn that is due and that no function takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StandsStill {
    /// The function that should run.
    pub step: String,
    /// Since when it is due.
    pub since: Timestamp,
}

/// One migration at the end.
#[derive(Debug, Clone)]
pub struct Told {
    /// The WABA's number in the scenario.
    pub waba: u16,
    /// Its id at Meta.
    pub waba_id: String,
    /// STATE.
    pub state: State,
    /// The day, in UTC, on which the customer fell silent; none if they never did.
    pub blocked_from: Option<Date>,
    /// The 1st that the calendar gave this customer at the signup: no switch can end before it.
    pub limit: Option<Date>,
    /// When `CustomerUnblocked` was put on the bus.
    pub unblocked_at: Option<Timestamp>,
    /// When the credit line was shared with this WABA, or was perhaps; in two calls, when it was attached.
    pub share_posts: Vec<Timestamp>,
    /// How often Meta was asked to register numbers of this WABA in the busiest 72 hours, over all migrations.
    pub registrations_in_72_hours: usize,
    /// The callback of its own with which our app is subscribed to the WABA; none if it has none.
    pub callback: Option<String>,
    /// How many shares of this WABA the ledger knows, over all its lives.
    pub generations: usize,
    /// The truth: how many live allocations of ours its business has.
    pub allocations: usize,
    /// The public events of this migration, in order.
    pub events: Vec<String>,
    /// The truth: whether the customer can send.
    pub can_send: bool,
    /// The history.
    pub history: Vec<HistoryEntry>,
}

impl Told {
    /// Calendar days, in UTC, from the unshare to "you can send again"; none as long as one of them is to come.
    #[must_use]
    pub fn days_blocked(&self) -> Option<i64> {
        let until = TimeZone::UTC.to_datetime(self.unblocked_at?).date();
        Some(days_between(self.blocked_from?, until))
    }

    /// The fewest that the calendar allowed, once the customer had unshared and signed up.
    #[must_use]
    pub fn days_allowed(&self) -> Option<i64> {
        Some(days_between(self.blocked_from?, self.limit?))
    }

    /// Days of which it was longer than it had to be; not known, and so none, as long as the customer is blocked.
    #[must_use]
    pub fn days_over(&self) -> Option<i64> {
        Some(self.days_blocked()? - self.days_allowed()?)
    }

    /// When the row went to a person: as often as the history says so anew.
    #[must_use]
    pub fn persons(&self) -> Vec<Timestamp> {
        let asks = |entry: &HistoryEntry| {
            (entry.status == Status::Person).then(|| (entry.row.clone(), entry.reason.clone()))
        };
        let before = std::iter::once(None).chain(self.history.iter().map(asks));
        let anew = self.history.iter().zip(before);
        anew.filter(|(entry, before)| asks(entry).is_some() && asks(entry) != *before)
            .map(|(entry, _)| entry.at)
            .collect()
    }
}

impl Rehearsal {
    /// Whether everything that was expected holds.
    #[must_use]
    pub fn is_as_expected(&self) -> bool {
        self.verdicts.iter().all(|verdict| verdict.holds)
    }
}

impl Stage<'_> {
    /// Tells what was played.
    pub(super) async fn tell(self) -> Result<Rehearsal, RehearsalError> {
        let mut migrations = Vec::new();
        let former = self.former.iter().map(|(waba, cast)| (waba, cast));
        for (waba, cast) in former.chain(&self.casts) {
            if let Some(migration) = cast.migration {
                migrations.push(self.told(*waba, cast, migration).await?);
            }
        }
        let graph_calls = self.machine.simulator().calls().len();
        let stands_still = self.stands_still(&migrations).await?;
        let mut rehearsal = Rehearsal {
            title: self.scenario.title.clone(),
            flow: self.scenario.flow,
            from: self.scenario.starts_at(),
            to: self.now(),
            timeline: timeline::lines(&self.played, &migrations),
            graph_calls,
            failures: self.machine.wires().failures(),
            stands_still,
            is_a_fleet: self.scenario.is_a_fleet(),
            verdicts: Vec::new(),
            migrations,
        };
        let verdicts: Vec<_> =
            self.scenario.expectations.iter().flat_map(|expect| expect.verdicts(&rehearsal)).collect();
        rehearsal.verdicts = verdicts.into_iter().chain(self.truth()).collect();
        Ok(rehearsal)
    }

    async fn told(&self, waba: u16, cast: &Cast, migration: MigrationId) -> Result<Told, RehearsalError> {
        let key = items::state(migration);
        let item = self.machine.ports().records().read(&key).await?.unwrap_or_default();
        let state: State = items::read(&key, item)?;
        let journal = Order::Table(Table::Journal);
        let entries = self.machine.read_all(journal, &key.partition, "H#").await?;
        let history = entries.into_iter().map(|entry| items::read(&key, entry));
        let of_us = |event: &&Value| {
            event.pointer("/detail/migration").and_then(Value::as_str) == Some(&migration.to_string())
        };
        let events = || self.events.iter().filter(of_us);
        let unshared = |played: &&super::Played| played.waba == waba && played.what == Doing::Unshare;
        let utc_date = |at: Timestamp| TimeZone::UTC.to_datetime(at).date();
        // A customer who got a new WABA is told of by that one.
        let waba_id = state.waba.as_ref().map_or_else(|| cast.waba_id.clone(), ToString::to_string);
        Ok(Told {
            waba,
            waba_id: waba_id.clone(),
            history: history.collect::<Result<_, _>>()?,
            blocked_from: self.played.iter().find(unshared).map(|played| utc_date(played.at)),
            limit: self.limit(&state),
            unblocked_at: events().find_map(unblocked_at),
            share_posts: self.share_posts(&waba_id),
            registrations_in_72_hours: self.registrations_in_72_hours(&waba_id),
            callback: self.callback(&waba_id),
            generations: self.generations(&waba_id).await?,
            allocations: self.allocations(&waba_id),
            events: events().filter_map(kind).collect(),
            can_send: self.machine.simulator().can_send(&waba_id),
            state,
        })
    }

    /// The 1st of the first window that was open for a share when the customer signed up.
    fn limit(&self, state: &State) -> Option<Date> {
        let edge = &self.machine.ports().settings().month_edge;
        state.signed_up_at.map(|at| calendar::window_for(at, edge).unblocks_on())
    }

    /// How many shares of this WABA the ledgers know.
    async fn generations(&self, waba_id: &str) -> Result<usize, RehearsalError> {
        let business = {
            let simulator = self.machine.simulator();
            simulator.world().wabas.get(waba_id).and_then(|waba| waba.business_id.parse().ok())
        };
        let Some(business) = business else { return Ok(0) };
        let mut generations = 0;
        for line in self.machine.ports().settings().credit_lines.all() {
            let key = items::ledger(line, &business);
            let Some(item) = self.machine.ports().records().read(&key).await? else { continue };
            let ledger: Ledger = items::read(&key, item)?;
            generations += ledger.entries.iter().filter(|entry| entry.waba.as_str() == waba_id).count();
        }
        Ok(generations)
    }

    fn allocations(&self, waba_id: &str) -> usize {
        let simulator = self.machine.simulator();
        let waba = simulator.world().wabas.get(waba_id);
        waba.map_or(0, |waba| simulator.live_allocations(&waba.business_id).count())
    }

    fn share_posts(&self, waba_id: &str) -> Vec<Timestamp> {
        let simulator = self.machine.simulator();
        let shares = simulator.calls().iter().filter(|call| {
            matches!(call.endpoint, Endpoint::ShareCreditLine | Endpoint::AttachCreditLine)
                && call.ids.get("waba_id").is_some_and(|shared| shared == waba_id)
        });
        // A refusal is an answer, and no share.
        shares
            .filter(|call| !matches!(call.outcome, CallOutcome::Answered(400..=499)))
            .map(|call| call.at)
            .collect()
    }

    fn registrations_in_72_hours(&self, waba_id: &str) -> usize {
        let simulator = self.machine.simulator();
        let numbers = &simulator.world().phone_numbers;
        let is_of_the_waba = |id: &String| numbers.get(id).is_some_and(|number| number.waba_id == waba_id);
        let calls = simulator.calls().iter().filter(|call| call.endpoint == Endpoint::Register);
        let made: Vec<Timestamp> =
            calls.filter(|call| call.ids.values().any(is_of_the_waba)).map(|call| call.at).collect();
        let counted = made.iter().map(|first| {
            let window = *first..after(*first, METAS_WINDOW);
            made.iter().filter(|at| window.contains(at)).count()
        });
        counted.max().unwrap_or(0)
    }

    fn callback(&self, waba_id: &str) -> Option<String> {
        let simulator = self.machine.simulator();
        let world = simulator.world();
        world.wabas.get(waba_id)?.subscribed_apps.get(&world.app.id)?.clone()
    }

    async fn stands_still(&self, migrations: &[Told]) -> Result<Option<StandsStill>, RehearsalError> {
        let now = self.now();
        let Some(since) = self.machine.first_turn_at().await?.filter(|due_at| *due_at <= now) else {
            return Ok(None);
        };
        let due = migrations.iter().find(|told| told.state.due_at == Some(since));
        Ok(due.map(|told| StandsStill { step: told.state.step.to_string(), since }))
    }

    /// Every announcement that was not true fails the scenario, whether it says so or not.
    fn truth(&self) -> Option<Verdict> {
        let event = self.untrue.first()?;
        let waba_id = event.pointer("/detail/waba").and_then(Value::as_str).unwrap_or_default();
        let cast = self.casts.iter().find(|(_, cast)| cast.waba_id == waba_id);
        Some(Verdict {
            waba: cast.map_or(0, |(waba, _)| *waba),
            what: "CustomerUnblocked",
            expected: "true when it is put on the bus".to_owned(),
            found: format!(
                "at {} our credit line did not pay for WABA {waba_id}",
                event.get("time").and_then(Value::as_str).unwrap_or_default()
            ),
            holds: false,
        })
    }
}

fn days_between(from: Date, to: Date) -> i64 {
    to.duration_since(from).as_hours() / 24
}

fn kind(event: &Value) -> Option<String> {
    event.get("detail-type").and_then(Value::as_str).map(str::to_owned)
}

fn unblocked_at(event: &Value) -> Option<Timestamp> {
    let at = (kind(event)? == "CustomerUnblocked").then(|| event.pointer("/detail/unblocked_at"))?;
    at.and_then(Value::as_str)?.parse().ok()
}
