//! The roll call of a 1st, closed when everyone who was expected is accounted for; until then it names who is not.

use std::collections::BTreeMap;

use handover_domain::ids::MigrationId;
use handover_domain::moment::spoken_day;
use handover_domain::roll_call::{Counts, day_of, names_the_missing};
use handover_domain::state::Status;
use handover_engine::alarms::{Alarm, Kind};
use handover_engine::ports::Ports;
use handover_engine::records::{Records, RecordsError};
use handover_engine::roll_call::{self, Member, Missing, Place, RollCall, VANISHED};
use handover_engine::{items, writes};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::{Seen, table};

/// How many lines of the board are read at a time.
const AT_A_TIME: u16 = 500;

pub(crate) async fn close<P: Ports>(
    ports: &P,
    seen: &mut Seen,
    day: Date,
    now: Timestamp,
) -> Result<(), RecordsError> {
    let Some(mut roll_call) = RollCall::read(ports, day).await? else {
        return nobody_has_taken_it(ports, seen, day, now).await;
    };
    if roll_call.closed_at.is_some() && roll_call::missing(ports, day).await?.is_empty() {
        return Ok(());
    }
    let (counts, missing) = look(ports, seen, day, now).await?;
    seen.blocked += counts.waiting + counts.person + counts.vanished;
    if roll_call.closed_at.is_some() {
        // Who is with a person stays listed until they can send, or have ended.
        return keep(ports, day, &missing).await;
    }
    roll_call.counts = counts.of_expected(roll_call.expected);
    if roll_call.counts.accounts_for_everyone() {
        roll_call.closed_at = Some(now);
    } else if names_the_missing(day, now) {
        let what = format!(
            "of {} expected on {}, {} cannot send yet and {} have no record any more",
            roll_call.expected,
            spoken_day(day),
            counts.waiting,
            counts.vanished
        );
        seen.alarm(Alarm::new(Kind::RollCallOpen, day.to_string(), what, now));
    }
    // Another audit at the same moment has seen the same.
    ports.records().write(&roll_call.write()?).await?;
    keep(ports, day, &missing).await
}

/// Without a roll call, somebody whose 1st it was would be looked after by one road only.
async fn nobody_has_taken_it<P: Ports>(
    ports: &P,
    seen: &mut Seen,
    day: Date,
    now: Timestamp,
) -> Result<(), RecordsError> {
    if day != day_of(now) {
        return Ok(());
    }
    for status in [Status::Person, Status::Open, Status::Waiting] {
        let place = Place { status, after: None };
        if let (Some(member), _) = roll_call::members(ports, day, &place, 1).await.map(first)? {
            let what = format!(
                "nobody has taken the roll call of {}, and {} is waited for",
                spoken_day(day),
                member.migration
            );
            seen.alarm(Alarm::new(Kind::RollCallMissing, day.to_string(), what, now));
            return Ok(());
        }
    }
    Ok(())
}

fn first<T>((members, next): (Vec<Member>, T)) -> (Option<Member>, T) {
    (members.into_iter().next(), next)
}

/// What has become of everybody on the board of that day; and from the 3rd, who is missing.
async fn look<P: Ports>(
    ports: &P,
    seen: &Seen,
    day: Date,
    now: Timestamp,
) -> Result<(Counts, BTreeMap<MigrationId, Missing>), RecordsError> {
    let mut counts = Counts::default();
    let mut missing = BTreeMap::new();
    for status in
        [Status::Completed, Status::Cancelled, Status::Refused, Status::Person, Status::Open, Status::Waiting]
    {
        let mut place = Place { status, after: None };
        loop {
            let (members, next) = roll_call::members(ports, day, &place, AT_A_TIME).await?;
            *count_of(&mut counts, status) += u64::try_from(members.len()).unwrap_or_default();
            // Who is with a person is no "not yet", on whichever day.
            if status == Status::Person || (names_the_missing(day, now) && !status.is_end()) {
                for member in members {
                    missing.insert(member.migration, named(ports, member, status).await?);
                }
            }
            place.after = next;
            if place.after.is_none() {
                break;
            }
        }
    }
    for (migration, vanished) in &seen.vanished {
        if vanished.unblocks_on.map_or_else(|| day == day_of(now), |promised| promised == day) {
            counts.vanished += 1;
            let (waba, reason) = (vanished.waba.clone(), VANISHED.to_owned());
            let row = Missing { migration: *migration, waba, label: None, status: None, reason };
            missing.insert(*migration, row);
        }
    }
    Ok((counts, missing))
}

const fn count_of(counts: &mut Counts, status: Status) -> &mut u64 {
    match status {
        Status::Completed => &mut counts.active,
        Status::Cancelled => &mut counts.cancelled,
        Status::Refused => &mut counts.refused,
        Status::Person => &mut counts.person,
        Status::Open | Status::Waiting => &mut counts.waiting,
    }
}

async fn named<P: Ports>(ports: &P, member: Member, status: Status) -> Result<Missing, RecordsError> {
    let state = table::record(ports, member.migration).await?;
    let reason = state.and_then(|state| state.reason).map_or_else(String::new, |reason| reason.to_string());
    Ok(Missing {
        migration: member.migration,
        waba: member.waba,
        label: member.label,
        status: Some(status),
        reason,
    })
}

/// Keeps the rows of the missing, and takes away those of who is missing no longer.
async fn keep<P: Ports>(
    ports: &P,
    day: Date,
    missing: &BTreeMap<MigrationId, Missing>,
) -> Result<(), RecordsError> {
    for known in roll_call::missing(ports, day).await? {
        if !missing.contains_key(&known.migration) {
            let over = writes::delete(known.key(day));
            ports.records().write(&over).await?;
        }
    }
    for row in missing.values() {
        let key = row.key(day);
        let item = items::written(&key, row)?;
        ports.records().write(&writes::put(key, item, vec![])).await?;
    }
    Ok(())
}
