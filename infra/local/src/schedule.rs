//! Schedules: when they fire, and the event that they fire.
//!
//! The event is what EventBridge Scheduler sends to a target whose schedule states no input.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::account::{ACCOUNT, REGION, arn};

/// A schedule expression that one machine can play: `rate(<whole number> <unit>)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate(i64);

/// A schedule expression that one machine cannot play.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "one machine cannot play the schedule `{0}`; write rate(<whole number> minute|minutes|hour|hours|day|days)"
)]
pub struct ExpressionError(pub String);

impl std::str::FromStr for Rate {
    type Err = ExpressionError;

    fn from_str(expression: &str) -> Result<Self, ExpressionError> {
        let seconds = || {
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
        };
        seconds().map(Self).ok_or_else(|| ExpressionError(expression.to_owned()))
    }
}

impl Rate {
    /// The time between two firings.
    #[must_use]
    pub fn period(self) -> SignedDuration {
        SignedDuration::from_secs(self.0)
    }

    /// The first firing after `now`; `None` beyond the end of time.
    ///
    /// Firings lie on whole periods since 1970, so that two runs fire at the same moments; AWS counts from
    /// the moment the schedule was made.
    #[must_use]
    pub fn next_after(self, now: Timestamp) -> Option<Timestamp> {
        let periods = now.as_second().div_euclid(self.0).checked_add(1)?;
        Timestamp::from_second(periods.checked_mul(self.0)?).ok()
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
        let minute: Rate = "rate(1 minute)".parse().unwrap();
        assert_eq!(minute.next_after(at("2026-04-21T09:00:59.999Z")), Some(at("2026-04-21T09:01:00Z")));
        assert_eq!(minute.next_after(at("2026-04-21T09:01:00Z")), Some(at("2026-04-21T09:02:00Z")));
    }

    #[test]
    fn nothing_fires_after_the_end_of_time() {
        let day: Rate = "rate(1 day)".parse().unwrap();
        assert_eq!(day.next_after(Timestamp::MAX), None);
    }

    #[test]
    fn hours_and_days_are_read_as_aws_writes_them() {
        assert_eq!("rate(6 hours)".parse::<Rate>().unwrap().period(), SignedDuration::from_hours(6));
        assert_eq!("rate(1 day)".parse::<Rate>().unwrap().period(), SignedDuration::from_hours(24));
        let unplayable =
            ["rate(1 minutes)", "rate(2 minute)", "rate(0 minutes)", "rate(minute)", "cron(0 0 1 * ? *)", ""];
        for expression in unplayable {
            assert_eq!(expression.parse::<Rate>(), Err(ExpressionError(expression.to_owned())));
        }
    }

    #[test]
    fn a_firing_becomes_the_schedulers_event() {
        let event = event("SweepDueEveryMinute", at("2026-04-21T09:01:00.004Z"), Uuid::from_u128(7));
        insta::assert_json_snapshot!(event);

        let read: EventBridgeEvent = serde_json::from_value(event).unwrap();
        assert_eq!((read.source.as_str(), read.detail_type.as_str()), ("aws.scheduler", "Scheduled Event"));
    }
}
