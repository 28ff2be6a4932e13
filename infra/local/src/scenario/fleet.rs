//! A fleet: many customers, evenly spread over weeks, who go about it in one of a few ways.

use handover_domain::calendar::MonthEdge;
use handover_domain::moment::after;
use handover_domain::plan::Plan;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::{Act, Doing};

/// Many customers of one kind of world.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fleet {
    /// How many, each with a WABA of its own.
    pub(super) customers: u16,
    /// When the first migration is created.
    pub(super) first: Timestamp,
    /// When the last one is; the others lie between them, as far from each other as they can.
    pub(super) last: Timestamp,
    /// How they go about it, in turn: the first customer in the first way, and after the last way the first again.
    pub(super) ways: Vec<Way>,
}

/// How a customer goes about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Way {
    /// Unshares and signs up on the day that the letter recommends.
    AsTold,
    /// Unshares and signs up as soon as the letter is there, whatever it says.
    AtOnce,
    /// Unshares at once, and finds the time to sign up two days later.
    Slowly,
    /// Does as told, and the code is lost: with a new link the customer signs up again.
    LosesCode,
}

const AN_HOUR: SignedDuration = SignedDuration::from_hours(1);
const TWO_DAYS: SignedDuration = SignedDuration::from_hours(48);

impl Fleet {
    /// Everything that its customers do, in order.
    pub(super) fn acts(&self, edge: &MonthEdge) -> Vec<Act> {
        let mut acts: Vec<Act> = (1..=self.customers).flat_map(|waba| self.acts_of(waba, edge)).collect();
        acts.sort_by_key(|act| act.at);
        acts
    }

    fn acts_of(&self, waba: u16, edge: &MonthEdge) -> Vec<Act> {
        let place = usize::from(waba - 1);
        let created = self.created_at(waba);
        let way = self.ways.get(place % self.ways.len().max(1)).copied().unwrap_or(Way::AsTold);
        // Between eight in the morning and five in the afternoon, each at an hour of their own.
        let hour = SignedDuration::from_hours(8 + i64::from(waba % 10));
        let told = after(recommended(created, edge), hour).max(after(created, AN_HOUR));
        let at_once = after(created, AN_HOUR);
        let then = match way {
            Way::AsTold => vec![(told, Doing::Unshare), (told, Doing::SignUp)],
            Way::AtOnce => vec![(at_once, Doing::Unshare), (at_once, Doing::SignUp)],
            Way::Slowly => vec![(at_once, Doing::Unshare), (after(at_once, TWO_DAYS), Doing::SignUp)],
            Way::LosesCode => vec![
                (told, Doing::Unshare),
                (told, Doing::LoseCode),
                (after(told, AN_HOUR), Doing::NewLink),
                (after(told, AN_HOUR), Doing::SignUp),
            ],
        };
        let act = |(at, what)| Act {
            at,
            what,
            waba,
            named: false,
            chooses: Default::default(),
            says: Default::default(),
            by: None,
        };
        std::iter::once((created, Doing::Create)).chain(then).map(act).collect()
    }

    fn created_at(&self, waba: u16) -> Timestamp {
        let gaps = i32::from(self.customers.saturating_sub(1)).max(1);
        let whole = self.last.duration_since(self.first);
        after(self.first, whole / gaps * i32::from(waba - 1))
    }

    /// Why it cannot be played.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.customers == 0 {
            return Err("the fleet has no customers; say how many".to_owned());
        }
        if self.last < self.first {
            return Err(
                "the last customer of the fleet comes before the first; swap the two moments".to_owned()
            );
        }
        if self.ways.is_empty() {
            return Err("the fleet says no ways; name at least one, such as \"as-told\"".to_owned());
        }
        Ok(())
    }
}

/// The first moment, in UTC, of the day that the letter recommends.
fn recommended(now: Timestamp, edge: &MonthEdge) -> Timestamp {
    let day = Plan::at(now, &TimeZone::UTC, edge).safe_start;
    TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).unwrap_or(now)
}
