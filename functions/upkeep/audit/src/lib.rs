//! Looks daily for what no step would notice: a record that is gone, a turn that nobody takes, a share that nobody
//! settles, a schedule that is silent; and closes the roll call.

mod closing;
mod liabilities;
mod table;

use std::collections::BTreeMap;

use aws_lambda_events::eventbridge::EventBridgeEvent;
use handover_domain::ids::{MigrationId, WabaId};
use handover_domain::moment::{after, spoken};
use handover_domain::roll_call::day_of;
use handover_engine::alarms::{self, Alarm, Kind};
use handover_engine::heartbeat;
use handover_engine::ports::{Bus, BusError, Clock, Ports};
use handover_engine::records::{Key, Records, RecordsError};
use handover_engine::{items, writes};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::Value;

/// The sweep runs every minute; so long a silence is no delay.
const SWEEP_IS_SILENT_AFTER: SignedDuration = SignedDuration::from_mins(10);
/// A pass ends this long before the function would be stopped.
const ENDS_BEFORE: SignedDuration = SignedDuration::from_secs(15);

/// Why an audit broke off; the next one begins anew.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The record gave no answer.
    #[error("the audit could not read or write the record; the next one looks at everything again")]
    Records(#[from] RecordsError),
    /// The bus gave no answer.
    #[error("the audit could not tell the bus of an alarm; the next one tells it again")]
    Bus(#[from] BusError),
}

/// What an audit has seen.
#[derive(Debug, Default)]
pub struct Seen {
    alarms: BTreeMap<Key, Alarm>,
    /// Migrations without a record, with what is known of them.
    vanished: BTreeMap<MigrationId, Vanished>,
    /// Customers who were promised a 1st that is over since the 2nd, and who cannot send.
    blocked: u64,
}

/// What an audit found.
#[derive(Debug)]
pub struct Audited {
    /// Every alarm that is on.
    pub alarms: Vec<Alarm>,
    /// Customers whose 1st is over since the 2nd, and who cannot send: waited for, with a person, or without a record.
    pub blocked_after_the_2nd: u64,
}

/// What other items still say of a migration whose record is gone.
#[derive(Debug, Clone)]
struct Vanished {
    /// Its WABA, if it had come so far.
    waba: Option<WabaId>,
    /// The 1st that was promised, if a share says so.
    unblocks_on: Option<Date>,
}

impl Seen {
    fn alarm(&mut self, alarm: Alarm) {
        self.alarms.insert(alarm.key(), alarm);
    }
}

/// Looks at everything once, tells of what is new, and takes back what is no longer so.
///
/// # Errors
///
/// [`AuditError`] if record or bus gave no answer.
pub async fn handle<P: Ports>(ports: &P, _tick: EventBridgeEvent<Value>) -> Result<Audited, AuditError> {
    let now = ports.clock().now();
    let last_moment = after(now, ports.settings().function_timeout - ENDS_BEFORE);
    let mut seen = Seen::default();
    sweep_is_heard(ports, &mut seen, now).await?;
    let is_whole = table::look(ports, &mut seen, last_moment).await?;
    if is_whole {
        for day in open_days(now) {
            closing::close(ports, &mut seen, day, now).await?;
        }
    } else {
        let what = "the audit had no time to look at every record";
        seen.alarm(Alarm::new(Kind::AuditIncomplete, "audit", what, now));
    }
    let alarms = tell(ports, seen.alarms, is_whole, now).await?;
    heartbeat::beat(ports, "audit").await?;
    Ok(Audited { alarms, blocked_after_the_2nd: seen.blocked })
}

/// A deployment whose sweep has never run is heard of too.
async fn sweep_is_heard<P: Ports>(ports: &P, seen: &mut Seen, now: Timestamp) -> Result<(), RecordsError> {
    let what = match heartbeat::last(ports, "sweep-due").await? {
        Some(at) if after(at, SWEEP_IS_SILENT_AFTER) >= now => return Ok(()),
        Some(at) => format!("sweep-due last ran on {}", spoken(at)),
        None => "sweep-due has never run".to_owned(),
    };
    seen.alarm(Alarm::new(Kind::SweepSilent, "sweep-due", what, now));
    Ok(())
}

/// The roll calls that may still be open: this month's from the 2nd on, and the one before.
fn open_days(now: Timestamp) -> impl Iterator<Item = Date> {
    let day = day_of(now);
    let is_the_first = jiff::tz::TimeZone::UTC.to_datetime(now).date() == day;
    let before = day.saturating_sub(1.month());
    [Some(before), (!is_the_first).then_some(day)].into_iter().flatten()
}

async fn keep<P: Ports>(ports: &P, key: &Key, alarm: &Alarm) -> Result<(), RecordsError> {
    let item = items::written(key, alarm)?;
    ports.records().write(&writes::put(key.clone(), item, vec![])).await?;
    Ok(())
}

/// Keeps the alarms, tells the bus of each new one, and takes back those that are over; after half
/// a pass nothing is over yet.
async fn tell<P: Ports>(
    ports: &P,
    seen: BTreeMap<Key, Alarm>,
    is_whole: bool,
    now: Timestamp,
) -> Result<Vec<Alarm>, AuditError> {
    let known: BTreeMap<Key, Alarm> =
        alarms::all(ports).await?.into_iter().map(|alarm| (alarm.key(), alarm)).collect();
    let mut told = Vec::new();
    for (key, found) in seen {
        let mut alarm = match known.get(&key) {
            Some(known) => Alarm { since: known.since, is_told: known.is_told, seen_at: now, ..found },
            None => found,
        };
        keep(ports, &key, &alarm).await?;
        if !alarm.is_told {
            // Kept before it is told: who breaks off in between says the same again, under the same id.
            // What the bus does not take now, the next audit puts again.
            alarm.is_told = ports.bus().put(&[alarm.event()]).await?.is_empty();
            keep(ports, &key, &alarm).await?;
        }
        told.push(alarm);
    }
    let is_over = |key: &&Key| is_whole && told.iter().all(|alarm| alarm.key() != **key);
    for key in known.keys().filter(is_over) {
        let over = writes::delete(key.clone());
        ports.records().write(&over).await?;
    }
    Ok(told)
}
