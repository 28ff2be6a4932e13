//! The usage headers: how long Meta wants no further call (facts 14).

use serde_json::Value;

use crate::transport::Headers;

/// The limits count over an hour, so an app at 100 % is free again within one (facts 14).
const WINDOW_MINUTES: u32 = 60;

/// Reads how many minutes to wait, if the headers ask for a wait at all.
///
/// `X-Business-Use-Case-Usage` says it itself, per business and kind of call: the longest counts.
/// `X-App-Usage` gives percentages only. The headers are a hint: one that cannot be read is no hint.
#[must_use]
pub fn waiting_minutes(headers: &Headers) -> Option<u32> {
    let told = headers.business_use_case_usage.as_deref().and_then(longest_wait);
    let full = headers.app_usage.as_deref().is_some_and(is_full).then_some(WINDOW_MINUTES);
    told.max(full)
}

fn longest_wait(header: &str) -> Option<u32> {
    let usage: Value = serde_json::from_str(header).ok()?;
    let minutes = usage
        .as_object()?
        .values()
        .filter_map(Value::as_array)
        .flatten()
        .filter_map(|entry| entry.get("estimated_time_to_regain_access")?.as_u64())
        .max()?;
    (minutes > 0).then(|| u32::try_from(minutes).unwrap_or(u32::MAX))
}

fn is_full(header: &str) -> bool {
    let Ok(usage) = serde_json::from_str::<Value>(header) else { return false };
    ["call_count", "total_cputime", "total_time"]
        .into_iter()
        .any(|name| usage.get(name).and_then(Value::as_u64).is_some_and(|percent| percent >= 100))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(app: &str, business: &str) -> Option<u32> {
        waiting_minutes(&Headers {
            app_usage: Some(app.to_owned()),
            business_use_case_usage: Some(business.to_owned()),
            ..Headers::default()
        })
    }

    #[test]
    fn the_longest_wait_of_all_businesses_counts() {
        let header = r#"{"1":[{"type":"whatsapp","estimated_time_to_regain_access":3},
                              {"type":"business_management","estimated_time_to_regain_access":12}],
                         "2":[{"type":"whatsapp","estimated_time_to_regain_access":0}]}"#;
        assert_eq!(asked("{}", header), Some(12));
    }

    #[test]
    fn an_app_at_its_limit_waits_an_hour() {
        assert_eq!(asked(r#"{"call_count":100,"total_cputime":2,"total_time":3}"#, "{}"), Some(60));
        assert_eq!(asked(r#"{"call_count":99,"total_cputime":99,"total_time":99}"#, "{}"), None);
    }

    #[test]
    fn no_header_or_one_that_cannot_be_read_asks_for_nothing() {
        assert_eq!(waiting_minutes(&Headers::default()), None);
        for odd in ["", "{", "[]", "7", r#"{"1":{}}"#, r#"{"1":[{"estimated_time_to_regain_access":-4}]}"#] {
            assert_eq!(asked(odd, odd), None, "{odd}");
        }
    }

    #[test]
    fn an_absurd_wait_is_still_a_number() {
        assert_eq!(asked("{}", r#"{"1":[{"estimated_time_to_regain_access":99999999999}]}"#), Some(u32::MAX));
    }
}
