//! Schedules: when they fire, and the event that they fire.
//!
//! The event is what EventBridge Scheduler sends to a target whose schedule states no input.

use std::ops::RangeInclusive;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::account::{ACCOUNT, REGION, arn};

/// A schedule expression that one machine can play.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expression {
    /// `rate(<whole number> <unit>)`: so many seconds apart.
    Rate(i64),
    /// `cron(<minute> <hour or *> <day of the month or *> * ? *)`, in UTC.
    Cron(Cron),
}

/// The moments of a cron expression; what is not given is every one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cron {
    minute: i8,
    hour: Option<i8>,
    day: Option<i8>,
}

/// A schedule expression that one machine cannot play.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "one machine cannot play the schedule `{0}`; write rate(<whole number> minute|minutes|hour|hours|day|days) or cron(<minute> <hour or *> <day of the month or *> * ? *)"
)]
pub struct ExpressionError(pub String);

impl std::str::FromStr for Expression {
    type Err = ExpressionError;

    fn from_str(expression: &str) -> Result<Self, ExpressionError> {
        let cron = || cron(expression).map(Self::Cron);
        rate(expression).map(Self::Rate).or_else(cron).ok_or_else(|| ExpressionError(expression.to_owned()))
    }
}

fn rate(expression: &str) -> Option<i64> {
    let (value, unit) = expression.strip_prefix("rate(")?.strip_suffix(')')?.split_once(' ')?;
    let value: i64 = value.parse().ok().filter(|value| *value > 0)?;
    // AWS wants the singular for one and the plural for more.
    let unit = match (unit, value) {
        ("minute", 1) | ("minutes", 2..) => 60,
        ("hour", 1) | ("hours", 2..) => 3_600,
        ("day", 1) | ("days", 2..) => 86_400,
        _ => return None,
    };
    value.checked_mul(unit)
}

fn cron(expression: &str) -> Option<Cron> {
    let fields = expression.strip_prefix("cron(")?.strip_suffix(')')?;
    let [minute, hour, day, "*", "?", "*"] = fields.split(' ').collect::<Vec<_>>()[..] else { return None };
    let number =
        |text: &str, most: RangeInclusive<i8>| text.parse().ok().filter(|value| most.contains(value));
    let or_every = |text: &str, most| if text == "*" { Some(None) } else { number(text, most).map(Some) };
    Some(Cron { minute: number(minute, 0..=59)?, hour: or_every(hour, 0..=23)?, day: or_every(day, 1..=31)? })
}

/// A cron expression of this form comes again within so many hours: a 31st is two months away at most.
const COMES_WITHIN_HOURS: i64 = 24 * 63;

impl Cron {
    fn next_after(self, now: Timestamp) -> Option<Timestamp> {
        let hour = now.as_second().div_euclid(3_600).checked_mul(3_600)?;
        let moments = (0..COMES_WITHIN_HOURS).filter_map(|hours| {
            let seconds =
                hours.checked_mul(3_600)?.checked_add(hour)?.checked_add(i64::from(self.minute) * 60)?;
            Timestamp::from_second(seconds).ok()
        });
        let fits = |moment: &Timestamp| {
            let there = TimeZone::UTC.to_datetime(*moment);
            self.hour.is_none_or(|hour| hour == there.hour()) && self.day.is_none_or(|day| day == there.day())
        };
        moments.filter(|moment| *moment > now).find(fits)
    }
}

impl Expression {
    /// The first firing after `now`; `None` beyond the end of time.
    ///
    /// Firings of a rate lie on whole periods since 1970, so that two runs fire at the same moments; AWS counts from
    /// the moment the schedule was made.
    #[must_use]
    pub fn next_after(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Rate(period) => {
                let periods = now.as_second().div_euclid(period).checked_add(1)?;
                Timestamp::from_second(periods.checked_mul(period)?).ok()
            }
            Self::Cron(cron) => cron.next_after(now),
        }
    }

    /// Whether it fires on days of its own, and not merely often.
    #[must_use]
    pub const fn is_on_a_day(self) -> bool {
        matches!(self, Self::Cron(_))
    }
}

/// Makes the event of one firing of the schedule `name`.
///
/// `detail` is the text `{}` and not an object: that is how the service sends it.
#[must_use]
pub fn event(name: &str, at: Timestamp, id: Uuid) -> Value {
    json!({
        "version": "0",
        "id": id,
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": ACCOUNT,
        "time": format!("{at:.0}"),
        "region": REGION,
        "resources": [arn("scheduler", &format!("schedule/default/{name}"))],
        "detail": "{}",
    })
}

#[cfg(test)]
mod tests {
    use aws_lambda_events::eventbridge::EventBridgeEvent;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_minute_fires_on_every_whole_minute_and_never_twice_in_one() {
        let minute: Expression = "rate(1 minute)".parse().unwrap();
        assert_eq!(minute.next_after(at("2026-04-21T09:00:59.999Z")), Some(at("2026-04-21T09:01:00Z")));
        assert_eq!(minute.next_after(at("2026-04-21T09:01:00Z")), Some(at("2026-04-21T09:02:00Z")));
    }

    #[test]
    fn nothing_fires_after_the_end_of_time() {
        let day: Expression = "rate(1 day)".parse().unwrap();
        assert_eq!(day.next_after(Timestamp::MAX), None);
    }

    #[test]
    fn hours_and_days_are_read_as_aws_writes_them() {
        assert_eq!("rate(6 hours)".parse(), Ok(Expression::Rate(6 * 3_600)));
        assert_eq!("rate(1 day)".parse(), Ok(Expression::Rate(24 * 3_600)));
        let unplayable = [
            "rate(1 minutes)",
            "rate(2 minute)",
            "rate(0 minutes)",
            "rate(minute)",
            "cron(0 0 1 * *)",
            "cron(60 * 1 * ? *)",
            "cron(* * 1 * ? *)",
            "cron(0 24 1 * ? *)",
            "cron(0 0 32 * ? *)",
            "cron(0 0 ? * MON *)",
            "",
        ];
        for expression in unplayable {
            assert_eq!(expression.parse::<Expression>(), Err(ExpressionError(expression.to_owned())));
        }
    }

    #[test]
    fn the_hours_of_the_1st_and_a_time_of_every_day_are_read_as_aws_writes_them() {
        let first: Expression = "cron(15 * 1 * ? *)".parse().unwrap();
        assert_eq!(first.next_after(at("2026-04-20T08:00:00Z")), Some(at("2026-05-01T00:15:00Z")));
        assert_eq!(first.next_after(at("2026-05-01T00:15:00Z")), Some(at("2026-05-01T01:15:00Z")));
        assert_eq!(first.next_after(at("2026-05-01T23:15:00Z")), Some(at("2026-06-01T00:15:00Z")));
        let daily: Expression = "cron(30 6 * * ? *)".parse().unwrap();
        assert_eq!(daily.next_after(at("2026-12-31T06:30:00Z")), Some(at("2027-01-01T06:30:00Z")));
        let last: Expression = "cron(0 0 31 * ? *)".parse().unwrap();
        assert_eq!(last.next_after(at("2026-05-31T00:00:00Z")), Some(at("2026-07-31T00:00:00Z")));
        assert!(first.is_on_a_day() && !"rate(1 minute)".parse::<Expression>().unwrap().is_on_a_day());
    }

    #[test]
    fn a_firing_becomes_the_schedulers_event() {
        let event = event("SweepDueEveryMinute", at("2026-04-21T09:01:00.004Z"), Uuid::from_u128(7));
        insta::assert_json_snapshot!(event);

        let read: EventBridgeEvent = serde_json::from_value(event).unwrap();
        assert_eq!((read.source.as_str(), read.detail_type.as_str()), ("aws.scheduler", "Scheduled Event"));
    }
}
