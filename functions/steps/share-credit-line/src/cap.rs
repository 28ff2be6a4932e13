//! A cap of shares per credit line and day: a mistake that shares with everybody is stopped by it, and asked about.

use handover_domain::ids::CreditLineId;
use handover_domain::moment::{after, spoken};
use handover_domain::outcome::{Outcome, WaitsFor};
use handover_domain::reason::Reason;
use handover_engine::items;
use handover_engine::ports::Ports;
use handover_engine::records::{Action, Change, Expectation, Key, Write};
use handover_engine::work::{Fault, Report, Work};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

/// How many shares were begun on a day.
#[derive(Deserialize)]
struct Counted {
    count: u32,
}

/// What stops here: as many shares were begun today as the setting allows.
pub(crate) async fn reached<P: Ports>(
    work: &Work<'_, P>,
    line: &CreditLineId,
) -> Result<Option<Report>, Fault> {
    let Some(most) = work.ports.settings().shares_per_day else { return Ok(None) };
    let counted: Option<Counted> = work.read(&key(line, today(work.now()))).await?;
    if counted.is_none_or(|counted| counted.count < most) {
        return Ok(None);
    }
    let until = tomorrow(work.now());
    let ask = Outcome::Wait { on: WaitsFor::Person, until, reason: Reason::SHARES_CAPPED };
    let sentence = format!(
        "{most} shares were begun on credit line {line} today; the next day begins on {}",
        spoken(until)
    );
    Ok(Some(Report::from(ask).seen(sentence)))
}

/// The write that counts a share which is about to begin, and stands only below the cap.
pub(crate) fn count<P: Ports>(work: &Work<'_, P>, line: &CreditLineId) -> Option<Write> {
    let most = work.ports.settings().shares_per_day?;
    let below = Expectation::AtMost("count", i64::from(most) - 1);
    Some(Write {
        key: key(line, today(work.now())),
        expects: vec![Expectation::AnyOf(vec![Expectation::Absent, below])],
        action: Action::Update(vec![Change::Add("count", 1)]),
    })
}

fn key(line: &CreditLineId, day: Date) -> Key {
    items::shares_of_a_day(line, day)
}

fn today(now: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(now).date()
}

/// The first moment of the next day in UTC.
fn tomorrow(now: Timestamp) -> Timestamp {
    let next = today(now).tomorrow().and_then(|day| day.to_zoned(TimeZone::UTC));
    next.map_or_else(|_| after(now, SignedDuration::from_hours(24)), |zoned| zoned.timestamp())
}
