//! The time, as the system has it.

use handover_engine::ports::Clock;
use jiff::Timestamp;

/// The system's clock. On Lambda it is kept to within a few milliseconds of UTC.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where a function gets the time")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
