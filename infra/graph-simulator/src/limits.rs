//! Rate limits and the headers that announce them (facts 14).

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// Calls an hour on a WABA without a registered number.
pub(crate) const FRESH_WABA: usize = 200;
/// Calls an hour on a WABA in use, and on a credit line.
pub(crate) const IN_USE: usize = 5_000;

const WINDOW: SignedDuration = SignedDuration::from_hours(1);

/// The calls of the last hour by what they were about, in a sliding window.
#[derive(Debug, Clone, Default)]
pub(crate) struct Usage {
    calls: BTreeMap<String, VecDeque<Timestamp>>,
    blocked_until: BTreeMap<String, Timestamp>,
}

/// How much of a limit is used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Used {
    percent: usize,
    /// Minutes until the next call can succeed; 0 while there is room.
    pub(crate) wait_minutes: i64,
}

impl Usage {
    /// Counts a call against a limit, if there is one. Calls made while throttled count too, so they
    /// lengthen the block (facts 14).
    pub(crate) fn count(&mut self, about: &str, limit: Option<usize>, now: Timestamp) -> Used {
        let blocked = self.blocked_until.get(about).copied().filter(|until| *until > now);
        let Some(limit) = limit else {
            return Used { percent: 0, wait_minutes: blocked.map_or(0, |until| minutes_between(now, until)) };
        };
        let calls = self.calls.entry(about.to_owned()).or_default();
        while calls.front().is_some_and(|first| now.duration_since(*first) >= WINDOW) {
            calls.pop_front();
        }
        calls.push_back(now);
        // The call that frees this one leaves the window `limit` places before it.
        let over = calls.len().checked_sub(limit + 1).and_then(|place| calls.get(place));
        let free_at = over.map(|call| *call + WINDOW);
        let until = free_at.max(blocked);
        let percent = calls.len() * 100 / limit;
        Used { percent, wait_minutes: until.map_or(0, |until| minutes_between(now, until)) }
    }

    /// Blocks a thing for some minutes, as Meta does after too many calls.
    pub(crate) fn block(&mut self, about: &str, until: Timestamp) {
        self.blocked_until.insert(about.to_owned(), until);
    }
}

fn minutes_between(now: Timestamp, until: Timestamp) -> i64 {
    let seconds = until.duration_since(now).as_secs();
    (seconds + 59) / 60
}

impl Used {
    /// `X-App-Usage` and, where the call was about one thing, `X-Business-Use-Case-Usage`.
    pub(crate) fn headers(self, business_id: &str) -> Vec<(String, String)> {
        let percent = self.percent;
        let figures = json!({ "call_count": percent, "total_cputime": percent, "total_time": percent });
        let mut case = figures.clone();
        if let Value::Object(fields) = &mut case {
            fields.insert("type".to_owned(), "whatsapp".into());
            fields.insert("estimated_time_to_regain_access".to_owned(), self.wait_minutes.into());
        }
        vec![
            ("X-App-Usage".to_owned(), figures.to_string()),
            ("X-Business-Use-Case-Usage".to_owned(), json!({ business_id: [case] }).to_string()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_slides_and_calls_made_while_throttled_lengthen_the_block() {
        let start = Timestamp::UNIX_EPOCH;
        let minute = |n: i64| start + SignedDuration::from_mins(n);
        let mut usage = Usage::default();
        assert_eq!(usage.count("1", Some(2), minute(0)).wait_minutes, 0);
        assert_eq!(usage.count("1", Some(2), minute(10)).wait_minutes, 0);
        assert_eq!(usage.count("1", Some(2), minute(20)).wait_minutes, 40);
        assert_eq!(
            usage.count("1", Some(2), minute(60)).wait_minutes,
            10,
            "the refused call at minute 20 counts"
        );
        assert_eq!(usage.count("2", Some(2), minute(60)).wait_minutes, 0, "another WABA has its own window");
    }
}
