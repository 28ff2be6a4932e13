//! What an error of Meta's means: one table, read by everybody.
//!
//! Meta asks to decide on `code`, yet migration errors differ only by `error_subcode` (facts 13.1), so a
//! row is found by both, and never by the words of a message. The table is in `decoder/rows.rs`; this file says how
//! it is read. A step that knows more than the code (141006 in the closed days, a 100 on a user who is
//! already assigned) decides for itself and falls back to this.

mod known;
mod meanings;
mod rows;

use std::borrow::Cow;

use jiff::SignedDuration;
use serde::Serialize;

use crate::actor::Actor;

pub use known::{Known, explain, table};

/// What Meta said when it refused a call, reduced to what decides.
///
/// Built by the Graph client from the error envelope (facts 13.1) and the usage headers (facts 14).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// `error.code`.
    pub code: i64,
    /// `error.error_subcode`, where Meta gives one.
    pub subcode: Option<i64>,
    /// The HTTP status, which decides only when the code is in no row.
    pub status: u16,
    /// `error.is_transient`: Meta itself says that the same call can succeed later.
    pub is_transient: bool,
    /// Minutes until Meta takes calls again, from the usage headers.
    pub retry_after_minutes: Option<u32>,
}

/// What an error means for the migration: what happens next, why, and whose turn it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// What happens to the call.
    pub class: Class,
    /// What happened: a clause without a full stop.
    pub cause: Cow<'static, str>,
    /// Who must act.
    pub who: Actor,
    /// What they do: a clause in the imperative, without a full stop.
    pub advice: &'static str,
}

/// What happens to a call that Meta refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "class", rename_all = "kebab-case")]
pub enum Class {
    /// Meta stumbled: the same call again shortly. Each counts as a try of the row.
    Retry {
        /// The pause before it.
        after: SignedDuration,
    },
    /// Meta asks for time: nothing is broken, and asking earlier makes it worse (facts 14).
    Wait {
        /// How long.
        after: SignedDuration,
    },
    /// A person must change something before the same call can succeed.
    Person,
    /// This call will never succeed for these assets: the flow ends with its way out.
    Refuse,
}

/// What a row of the table says of the call; [`Class`] once the hint of the usage headers is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Retry(SignedDuration),
    /// A rate limit: Meta's own hint, or an hour, since the limits count over one (facts 14).
    Throttled,
    Wait(SignedDuration),
    Person,
    Refuse,
}

/// Which codes a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Codes {
    Only(i64),
    Between(i64, i64),
    /// The subcode alone decides: Meta sends it under more than one code (facts 6.4).
    Any,
}

/// One line of the table.
#[derive(Debug)]
struct Row {
    codes: Codes,
    subcode: Option<i64>,
    then: Then,
    who: Actor,
    cause: &'static str,
    advice: &'static str,
}

const MINUTE: SignedDuration = SignedDuration::from_secs(60);
const HOUR: SignedDuration = SignedDuration::from_secs(60 * 60);
/// Long enough for a stumble of Meta's to pass, short enough for several tries in a row's ten minutes.
const SHORTLY: SignedDuration = SignedDuration::from_secs(2 * 60);
const DAY: SignedDuration = SignedDuration::from_secs(24 * 60 * 60);

/// The advice wherever nobody has anything to do: the engine makes the call again.
pub const BY_ITSELF: &str = "nothing yet: the call is made again by itself";

impl Row {
    fn is_about(&self, refusal: &Refusal) -> bool {
        let code = match self.codes {
            Codes::Only(code) => code == refusal.code,
            Codes::Between(from, to) => (from..=to).contains(&refusal.code),
            Codes::Any => true,
        };
        code && (self.subcode.is_none() || self.subcode == refusal.subcode)
    }

    fn verdict(&self, refusal: &Refusal) -> Verdict {
        let class = match self.then {
            // Meta's word on this very answer outranks a table of what the code usually means.
            Then::Person if refusal.is_transient => return passing(self.cause.into(), SHORTLY),
            Then::Person => Class::Person,
            Then::Refuse => Class::Refuse,
            Then::Retry(after) => Class::Retry { after },
            Then::Wait(after) => Class::Wait { after },
            Then::Throttled => Class::Wait { after: throttled_for(refusal) },
        };
        Verdict { class, cause: Cow::Borrowed(self.cause), who: self.who, advice: self.advice }
    }
}

/// Classifies an error of Meta's: the first row that is about it, the more special rows first.
///
/// A code that is in no row goes to a person with its number, unless Meta says that it will pass
/// (`is_transient`, a 5xx, a 429): guessing a meaning could cost a customer a month.
#[must_use]
pub fn decode(refusal: &Refusal) -> Verdict {
    rows::ROWS
        .iter()
        .find(|row| row.is_about(refusal))
        .map_or_else(|| unlisted(refusal), |row| row.verdict(refusal))
}

fn unlisted(refusal: &Refusal) -> Verdict {
    let number = match refusal.subcode {
        Some(subcode) => format!("code {}, subcode {subcode}", refusal.code),
        None => format!("code {}", refusal.code),
    };
    let cause = Cow::Owned(format!("{number} is not one we know"));
    match refusal.status {
        429 => Verdict {
            class: Class::Wait { after: throttled_for(refusal) },
            cause,
            who: Actor::Meta,
            advice: BY_ITSELF,
        },
        500.. => passing(cause, SHORTLY),
        _ if refusal.is_transient => passing(cause, SHORTLY),
        _ => Verdict {
            class: Class::Person,
            cause,
            who: Actor::We,
            advice: "look the code up in Meta's error list, and ask Direct Support with the fbtrace_id",
        },
    }
}

const fn passing(cause: Cow<'static, str>, after: SignedDuration) -> Verdict {
    Verdict { class: Class::Retry { after }, cause, who: Actor::Meta, advice: BY_ITSELF }
}

fn throttled_for(refusal: &Refusal) -> SignedDuration {
    refusal.retry_after_minutes.map_or(HOUR, |minutes| SignedDuration::from_secs(i64::from(minutes) * 60))
}

#[cfg(test)]
mod tests;
