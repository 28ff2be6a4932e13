//! The budget of a number: ten registrations in 72 hours, over all migrations, counted before each (rule 8).

use handover_domain::ids::{MigrationId, PhoneNumberId};
use handover_domain::moment::after;
use handover_engine::items;
use handover_engine::ports::{Ids, Ports, Purpose, Sealed, Vault};
use handover_engine::records::{Expectation, Write};
use handover_engine::work::{Fault, Work};
use handover_engine::writes;
use handover_graph::secret::Pin;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Meta locks a number after this many in the window (facts 0.17).
const MOST: usize = 10;
/// The moving window.
const WINDOW: SignedDuration = SignedDuration::from_hours(72);

/// After an attempt the number is left alone for so long: a turn that is run again, after a crash or because
/// other numbers took its time, must not use up the budget of this one.
const RESTS: SignedDuration = SignedDuration::from_mins(10);
/// After this many attempts in the window it rests for half a day: never more than nine of the ten are ours, so
/// that one is left for a person.
const MANY: usize = 3;
const RESTS_AFTER_MANY: SignedDuration = SignedDuration::from_hours(12);

/// The item ATTEMPTS of a number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attempts {
    /// Grows with every write.
    rev: u64,
    /// The attempts of the last 72 hours, in milliseconds, with who made them.
    made: Vec<(i64, MigrationId)>,
    /// Until when Meta takes none, by its own words, in milliseconds: for every migration of this number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    locked_until: Option<i64>,
}

/// The item PIN of a number.
#[derive(Debug, Serialize, Deserialize)]
struct StoredPin {
    sealed: Sealed,
}

/// Whether an attempt may be made.
pub(crate) enum Attempt {
    /// It is recorded; this is the PIN to use.
    Begun(Pin),
    /// The budget is used up until then.
    UsedUp {
        /// When the oldest attempt leaves the window.
        until: Timestamp,
    },
}

/// The attempts of a number so far.
pub(crate) async fn of<P: Ports>(work: &Work<'_, P>, number: &PhoneNumberId) -> Result<Attempts, Fault> {
    Ok(work.read(&items::attempts(number)).await?.unwrap_or_default())
}

impl Attempts {
    /// Whether this migration has tried the number already.
    pub(crate) fn made_by(&self, migration: MigrationId) -> bool {
        self.made.iter().any(|(_, by)| *by == migration)
    }

    /// Until when the number is left alone, after its last attempt or because Meta has locked it; none if it is not.
    pub(crate) fn rests_until(&self, now: Timestamp) -> Option<Timestamp> {
        let moments = || self.made.iter().filter_map(|(at, _)| Timestamp::from_millisecond(*at).ok());
        let recent = moments().filter(|at| now.duration_since(*at) < WINDOW).count();
        let rests =
            moments().max().map(|last| after(last, if recent < MANY { RESTS } else { RESTS_AFTER_MANY }));
        let locked = self.locked_until.and_then(|until| Timestamp::from_millisecond(until).ok());
        rests.max(locked).filter(|until| now < *until)
    }

    /// The write that remembers until when Meta takes no attempt, after one was made.
    pub(crate) async fn locked<P: Ports>(
        work: &Work<'_, P>,
        number: &PhoneNumberId,
        until: Timestamp,
    ) -> Result<Write, Fault> {
        let now = of(work, number).await?;
        let locked =
            Self { locked_until: Some(until.as_millisecond()), rev: now.rev.saturating_add(1), ..now };
        let key = items::attempts(number);
        let unmoved = Expectation::Is("rev", json!(locked.rev.saturating_sub(1)));
        Ok(writes::put(key.clone(), items::written(&key, &locked)?, vec![unmoved]))
    }

    /// Records one more attempt, and the PIN it will set, before the call is made.
    pub(crate) async fn begin<P: Ports>(
        self,
        work: &Work<'_, P>,
        number: &PhoneNumberId,
    ) -> Result<Attempt, Fault> {
        let now = work.now();
        let recent =
            |at: &i64| Timestamp::from_millisecond(*at).is_ok_and(|at| now.duration_since(at) < WINDOW);
        let made: Vec<_> = self.made.into_iter().filter(|(at, _)| recent(at)).collect();
        if let (true, Some((oldest, _))) = (made.len() >= MOST, made.first()) {
            let until = Timestamp::from_millisecond(*oldest).map_or(now, |oldest| after(oldest, WINDOW));
            return Ok(Attempt::UsedUp { until });
        }
        let (pin, pin_write) = pin(work, number).await?;
        let made = made.into_iter().chain([(now.as_millisecond(), work.state.migration)]).collect();
        let attempts = Self { rev: self.rev.saturating_add(1), made, locked_until: None };
        let key = items::attempts(number);
        let unmoved =
            if self.rev == 0 { Expectation::Absent } else { Expectation::Is("rev", json!(self.rev)) };
        let counted = writes::put(key.clone(), items::written(&key, &attempts)?, vec![unmoved]);
        work.record(std::iter::once(counted).chain(pin_write).collect()).await?;
        Ok(Attempt::Begun(pin))
    }
}

/// The number's PIN: the one we know, else a new one, stored before it is set (facts 6.5).
async fn pin<P: Ports>(work: &Work<'_, P>, number: &PhoneNumberId) -> Result<(Pin, Option<Write>), Fault> {
    let key = items::pin(number);
    let owner = key.partition.clone();
    let vault = work.ports.vault();
    if let Some(stored) = work.read::<StoredPin>(&key).await? {
        let text = vault.open(&owner, Purpose::Pin, &stored.sealed).await?;
        let pin = Pin::new(text).map_err(|_| Fault::Missing("the PIN"))?;
        return Ok((pin, None));
    }
    let pin = work.ports.ids().new_pin();
    let sealed = vault.seal(&owner, Purpose::Pin, pin.digits()).await?;
    let item = items::written(&key, &StoredPin { sealed })?;
    Ok((pin, Some(writes::put(key, item, vec![]))))
}
