//! From when on a share should pay: a 1st for who has switched, the share itself for a WABA that waits for none (facts 9.2).

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{Asker, Entry};
use crate::calendar;
use crate::moment::after;

/// What pays at once is seen to within this, or not.
const SHOWN_WITHIN: SignedDuration = SignedDuration::from_hours(24);

impl Entry {
    /// From when on it should pay, in whatever zone Meta's 1st begins.
    #[must_use]
    pub fn pays_from(&self) -> Timestamp {
        if self.pays_at_once { self.shared_at } else { calendar::first_everywhere(self.unblocks_on) }
    }

    /// Until when a look that does not show it paying says nothing.
    pub(super) fn is_awaited_until(&self) -> Timestamp {
        if self.pays_at_once { after(self.shared_at, SHOWN_WITHIN) } else { self.pays_from() }
    }
}

impl Asker {
    /// The day from which what is shared at that moment should pay.
    pub(super) fn pays_on(&self, shared_at: Timestamp) -> Date {
        if self.pays_at_once {
            TimeZone::UTC.to_datetime(shared_at).date()
        } else {
            calendar::unblocks_on(shared_at)
        }
    }
}
