//! From when on a share should pay: a 1st for who has switched, the share itself for a WABA that waits for none (facts 9.2).

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Asker, Entry};
use crate::calendar;

impl Entry {
    /// From when on it should pay, in whatever zone Meta's 1st begins.
    #[must_use]
    pub fn pays_from(&self) -> Timestamp {
        if self.pays_at_once { self.shared_at } else { calendar::first_everywhere(self.unblocks_on) }
    }

    /// Until when a look that does not show it paying says nothing: the 1st after the share has begun everywhere. Also for
    /// what should pay at once: that it does not is an alarm, and no proof that a second share is owed.
    pub(super) fn is_awaited_until(&self) -> Timestamp {
        calendar::first_everywhere(calendar::unblocks_on(self.shared_at))
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
