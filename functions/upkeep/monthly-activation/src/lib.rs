//! On the 1st of a month: counts who should be able to send from this day on, and wakes everyone who is not proved to
//! be, hour by hour. The looks of the row "activation" are another road to the same; either does without the other.

use aws_lambda_events::eventbridge::EventBridgeEvent;
use handover_domain::moment::after;
use handover_domain::roll_call::day_of;
use handover_domain::state::Status;
use handover_engine::heartbeat;
use handover_engine::ports::{Clock, Ports};
use handover_engine::records::{Records, RecordsError, Written};
pub use handover_engine::roll_call::RollCall;
use handover_engine::roll_call::{self, Phase, Place};
use handover_engine::writes;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// At most so many are woken in one firing, each by a write of three units: what a table of DynamoDB's takes in
/// seconds, and what their looks at Meta may take of an hour.
const MOST_WAKES: u64 = 5_000;
/// How many lines of the board are read at a time.
const COUNTED_AT_A_TIME: u16 = 1_000;
/// How many are woken before the place is kept: so many are woken twice at most if a firing breaks off.
const WOKEN_AT_A_TIME: u16 = 500;
/// A firing ends this long before the function would be stopped.
const SAVES_BEFORE_THE_END: SignedDuration = SignedDuration::from_secs(15);

/// Those who are expected: whoever has ended otherwise before is not.
const EXPECTED: [Status; 4] = [Status::Person, Status::Open, Status::Waiting, Status::Completed];
/// Those of them who may not be active yet.
const NOT_PROVED: [Status; 3] = [Status::Person, Status::Open, Status::Waiting];

/// Why a firing broke off; the next one goes on at the place that was kept.
#[derive(Debug, thiserror::Error)]
#[error("the roll call broke off; the next firing goes on where it was")]
pub struct RollCallError(#[from] RecordsError);

/// Counts, wakes, and keeps the place, until the round is through or the time is over.
///
/// # Errors
///
/// [`RollCallError`] if the record gave no answer.
pub async fn handle<P: Ports>(ports: &P, _tick: EventBridgeEvent<Value>) -> Result<RollCall, RollCallError> {
    let begun = ports.clock().now();
    let last_moment = after(begun, ports.settings().function_timeout - SAVES_BEFORE_THE_END);
    let day = day_of(begun);
    let mut roll_call = RollCall::read(ports, day).await?.unwrap_or_else(|| RollCall::new(day));
    if roll_call.phase == Phase::Through {
        // Another round for those who are still not proved to be active.
        roll_call.phase = Phase::Waking;
    }
    let mut woken = 0;
    while roll_call.phase != Phase::Through && woken < MOST_WAKES && ports.clock().now() < last_moment {
        match roll_call.phase {
            Phase::Counting => count(ports, &mut roll_call).await?,
            Phase::Waking => woken += wake(ports, &mut roll_call).await?,
            Phase::Through => {}
        }
        let write = roll_call.write()?;
        if let Written::Refused { .. } = ports.records().write(&write).await? {
            // Another firing is at it, and goes on.
            break;
        }
    }
    heartbeat::beat(ports, "monthly-activation").await?;
    Ok(roll_call)
}

/// Counts a page; when the last is counted, the count stands.
async fn count<P: Ports>(ports: &P, roll_call: &mut RollCall) -> Result<(), RecordsError> {
    let Some(place) = place(roll_call, &EXPECTED) else { return Ok(()) };
    let (members, next) = roll_call::members(ports, roll_call.day, &place, COUNTED_AT_A_TIME).await?;
    roll_call.expected += u64::try_from(members.len()).unwrap_or_default();
    roll_call.place = following(&EXPECTED, &place, next);
    if roll_call.place.is_none() {
        roll_call.frozen_at = Some(ports.clock().now());
        roll_call.phase = Phase::Waking;
    }
    Ok(())
}

/// Wakes a page, and answers how many.
async fn wake<P: Ports>(ports: &P, roll_call: &mut RollCall) -> Result<u64, RecordsError> {
    let Some(place) = place(roll_call, &NOT_PROVED) else { return Ok(0) };
    let (members, next) = roll_call::members(ports, roll_call.day, &place, WOKEN_AT_A_TIME).await?;
    let mut woken = 0;
    for member in members {
        let now: Timestamp = ports.clock().now();
        // Who has ended meanwhile is not to be woken, and refuses it.
        if let Written::Done { .. } =
            ports.records().write(&writes::wake(member.migration, now, None)).await?
        {
            woken += 1;
        }
    }
    roll_call.woken += woken;
    roll_call.place = following(&NOT_PROVED, &place, next);
    if roll_call.place.is_none() {
        roll_call.phase = Phase::Through;
    }
    Ok(woken)
}

fn place(roll_call: &RollCall, statuses: &[Status]) -> Option<Place> {
    let first = statuses.first().map(|status| Place { status: *status, after: None });
    roll_call.place.clone().or(first)
}

/// Where it goes on after a page: in the same status, in the next one, or nowhere.
fn following(
    statuses: &[Status],
    place: &Place,
    next: Option<handover_engine::records::Cursor>,
) -> Option<Place> {
    if next.is_some() {
        return Some(Place { status: place.status, after: next });
    }
    let mut rest = statuses.iter().skip_while(|status| **status != place.status).skip(1);
    rest.next().map(|status| Place { status: *status, after: None })
}
