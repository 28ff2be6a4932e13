//! The machine's clock: one that a rehearsal sets, or the real time, moved ahead.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use handover_engine::ports::Clock;
use jiff::{SignedDuration, Timestamp};

/// The one clock of a machine: functions, bus, schedules and simulator all read it. Its copies show the same.
#[derive(Debug, Clone)]
pub struct MachineClock(Arc<Mutex<Reading>>);

#[derive(Debug, Clone, Copy)]
enum Reading {
    /// Stands until it is moved.
    Standing(Timestamp),
    /// The real time and this.
    Running(SignedDuration),
}

/// A clock is never set backwards: what happened would happen again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the clock shows {now} and cannot be set back to {to}; name a later moment")]
pub struct Backwards {
    /// What it shows.
    pub now: Timestamp,
    /// What it should have shown.
    pub to: Timestamp,
}

impl MachineClock {
    /// A clock that stands at `now` until it is moved.
    #[must_use]
    pub fn standing(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(Reading::Standing(now))))
    }

    /// A clock that runs, ahead of the real time by so much.
    #[must_use]
    pub fn running(ahead: SignedDuration) -> Self {
        Self(Arc::new(Mutex::new(Reading::Running(ahead))))
    }

    /// How far it is ahead of the real time; none for a standing clock.
    #[must_use]
    pub fn ahead(&self) -> Option<SignedDuration> {
        match *self.reading() {
            Reading::Standing(_) => None,
            Reading::Running(ahead) => Some(ahead),
        }
    }

    /// Moves the clock forward to a moment.
    ///
    /// # Errors
    ///
    /// [`Backwards`] for a moment that has passed; the clock then stays as it is.
    pub fn move_to(&self, to: Timestamp) -> Result<(), Backwards> {
        let mut reading = self.reading();
        let now = reading.now();
        if to < now {
            return Err(Backwards { now, to });
        }
        match &mut *reading {
            Reading::Standing(now) => *now = to,
            Reading::Running(ahead) => *ahead = ahead.saturating_add(to.duration_since(now)),
        }
        Ok(())
    }

    fn reading(&self) -> MutexGuard<'_, Reading> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reading {
    #[expect(clippy::disallowed_methods, reason = "this is where a machine on this desk gets the time")]
    fn now(self) -> Timestamp {
        match self {
            Self::Standing(now) => now,
            Self::Running(ahead) => Timestamp::now().saturating_add(ahead).unwrap_or(Timestamp::MAX),
        }
    }
}

impl Clock for MachineClock {
    fn now(&self) -> Timestamp {
        self.reading().now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_standing_clock_shows_what_it_was_moved_to_and_so_do_its_copies() {
        let clock = MachineClock::standing(at("2026-04-20T08:00:00Z"));
        let copy = clock.clone();
        clock.move_to(at("2026-05-01T00:00:00Z")).unwrap();
        assert_eq!((copy.now(), copy.ahead()), (at("2026-05-01T00:00:00Z"), None));
    }

    #[test]
    fn a_clock_is_never_set_backwards() {
        let clock = MachineClock::standing(at("2026-04-20T08:00:00Z"));
        let error = clock.move_to(at("2026-04-20T07:59:59Z")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the clock shows 2026-04-20T08:00:00Z and cannot be set back to 2026-04-20T07:59:59Z; name a later moment"
        );
        assert_eq!(clock.now(), at("2026-04-20T08:00:00Z"));
    }

    #[test]
    fn a_running_clock_stays_ahead_by_what_it_was_moved() {
        let clock = MachineClock::running(SignedDuration::from_hours(24));
        let day_after = clock.now() + SignedDuration::from_hours(24);
        clock.move_to(day_after).unwrap();
        assert!(clock.now() >= day_after);
        let ahead = clock.ahead().unwrap();
        assert!(ahead <= SignedDuration::from_hours(48) && ahead > SignedDuration::from_hours(47), "{ahead}");
    }
}
