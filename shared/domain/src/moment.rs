//! Moments as they are stored: milliseconds since 1970, UTC.

use jiff::Timestamp;

/// The moment's milliseconds.
#[must_use]
pub fn millis(moment: Timestamp) -> i64 {
    moment.as_millisecond()
}

/// The moment `later` after `from`; at the end of time it stays `from`.
#[must_use]
pub fn after(from: Timestamp, later: jiff::SignedDuration) -> Timestamp {
    from.checked_add(later).unwrap_or(from)
}
