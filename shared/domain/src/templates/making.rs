//! The making anew of templates that were not copied: a hundred in an hour, each once (facts 8.3, 8.4).

use std::collections::BTreeMap;

use jiff::fmt::serde::timestamp::millisecond;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Template;
use crate::ids::TemplateId;
use crate::moment::after;

const MOST_IN_AN_HOUR: usize = 100;
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// The reasons that Meta gave for more than these are not kept: the record has an end.
const MOST_REASONS: usize = 1_000;
const LONGEST_REASON: usize = 80;

/// How far the making anew is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Making {
    /// When the hour began in which [`made`](Self::made) is counted.
    #[serde(with = "millisecond::required")]
    since: Timestamp,
    /// How many were made in this hour, or tried.
    made: usize,
    /// Those that were tried, and why Meta did not take them, where it did not.
    pub tried: BTreeMap<TemplateId, Option<String>>,
}

/// Which are made next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Anew<'a> {
    /// This one.
    Make(&'a Template),
    /// Meta takes no more in this hour.
    Wait {
        /// Until when.
        until: Timestamp,
    },
    /// Each was tried.
    Over,
}

impl Making {
    /// Nothing has been made yet.
    #[must_use]
    pub const fn begun(now: Timestamp) -> Self {
        Self { since: now, made: 0, tried: BTreeMap::new() }
    }

    /// Which of the templates that the new WABA does not have is made next.
    #[must_use]
    pub fn next<'a>(&self, missing: &[&'a Template], now: Timestamp) -> Anew<'a> {
        let is_open = |one: &&&Template| one.can_be_made_anew() && !self.tried.contains_key(&one.id);
        match missing.iter().find(is_open) {
            None => Anew::Over,
            Some(_) if self.made >= MOST_IN_AN_HOUR && now < self.hour_ends() => {
                Anew::Wait { until: self.hour_ends() }
            }
            Some(template) => Anew::Make(template),
        }
    }

    /// One was made, or tried.
    #[must_use]
    pub fn tried(mut self, template: &TemplateId, now: Timestamp) -> Self {
        if now >= self.hour_ends() {
            (self.since, self.made) = (now, 0);
        }
        self.made += 1;
        self.tried.insert(template.clone(), None);
        self
    }

    /// Meta did not take it.
    #[must_use]
    pub fn refused(self, template: &TemplateId, reason: &str, now: Timestamp) -> Self {
        let mut tried = self.tried(template, now);
        if tried.tried.values().flatten().count() < MOST_REASONS {
            tried.tried.insert(template.clone(), Some(reason.chars().take(LONGEST_REASON).collect()));
        }
        tried
    }

    fn hour_ends(&self) -> Timestamp {
        after(self.since, HOUR)
    }
}
