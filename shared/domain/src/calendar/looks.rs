//! When to look whether Meta has replaced the credit line.
//!
//! No webhook tells it (facts 0.13) and no page says at what hour of which zone the 1st begins (facts 0.4),
//! so we look soon after each midnight at which it may plausibly happen, then ever less often.

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::{FIRST_ZONE, LAST_ZONE, start_of};
use crate::moment::after;

/// Meta's jobs of the 1st take their time: a look at midnight sharp would mostly be one in vain.
const AFTER_MIDNIGHT: SignedDuration = SignedDuration::from_mins(10);

const DAILY: SignedDuration = SignedDuration::from_hours(24);
const HOURLY: SignedDuration = SignedDuration::from_hours(1);
const SIX_HOURLY: SignedDuration = SignedDuration::from_hours(6);

/// The next moment, after `now`, to look whether the line that takes effect on `unblocks_on` has done so.
///
/// Before the 1st: daily, since proof counts whenever it is true. On the 1st: ten minutes after midnight in
/// UTC+14, in the WABA's zone where it is known (Meta's other monthly edges lie there, facts 16), in UTC, in
/// US Pacific (Meta's own) and in UTC-12. From then on hourly for a day, then six-hourly without end: who
/// gives up, and when, is for the flow to say.
///
/// The looks from the 1st on are fixed moments, so one that was late or lost moves none of the others.
#[must_use]
pub fn next_activation_look(now: Timestamp, unblocks_on: Date, waba_zone: Option<&TimeZone>) -> Timestamp {
    let in_last_zone = after_midnight(unblocks_on, &LAST_ZONE.to_time_zone());
    if now >= in_last_zone {
        return look_since(in_last_zone, now);
    }
    let midnights = [Some(&FIRST_ZONE.to_time_zone()), waba_zone, Some(&TimeZone::UTC), Some(&us_pacific())]
        .into_iter()
        .flatten()
        .map(|zone| after_midnight(unblocks_on, zone))
        .filter(|look| *look > now)
        .fold(in_last_zone, Timestamp::min);
    midnights.min(after(now, DAILY))
}

/// The first moment after `now` of the series that begins at `start`: hourly for a day, then six-hourly.
fn look_since(start: Timestamp, now: Timestamp) -> Timestamp {
    let day_after = after(start, DAILY);
    let (from, step) = if now < day_after { (start, HOURLY) } else { (day_after, SIX_HOURLY) };
    let steps_gone = now.duration_since(from).as_secs() / step.as_secs();
    after(from, SignedDuration::from_secs((steps_gone + 1) * step.as_secs()))
}

fn after_midnight(date: Date, zone: &TimeZone) -> Timestamp {
    after(start_of(date, zone), AFTER_MIDNIGHT)
}

/// US Pacific time by its rule, so that this crate reads no time zone database.
fn us_pacific() -> TimeZone {
    TimeZone::posix("PST8PDT,M3.2.0,M11.1.0").unwrap_or_else(|_| Offset::constant(-8).to_time_zone())
}
