//! Moments: how they are stored, and how they are moved without ever failing.

use jiff::{SignedDuration, Timestamp};

/// The moment's milliseconds since 1970, UTC: the form in which moments are stored.
#[must_use]
pub fn millis(moment: Timestamp) -> i64 {
    moment.as_millisecond()
}

/// The moment `later` after `from`; before it, if `later` is negative. At the ends of time it stays there.
#[must_use]
pub fn after(from: Timestamp, later: SignedDuration) -> Timestamp {
    from.saturating_add(later).unwrap_or(from)
}
