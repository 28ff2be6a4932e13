//! The copying of templates: what Meta does by itself is waited for, the rest is asked for, each twice at most.

use std::collections::BTreeMap;

use jiff::fmt::serde::timestamp::millisecond;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Fate, Template, Travels, compared};
use crate::ids::TemplateId;
use crate::moment::after;

/// So long Meta is left to copy by itself what it does: nothing tells when it is done (facts 8.3).
const LEFT_TO_META: SignedDuration = SignedDuration::from_mins(5);
const LOOKS_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(1);
/// In one call Meta copies 500 at most; fewer come back within the seconds that a call has here (facts 8.2).
const MOST_IN_ONE_CALL: usize = 100;
/// Each is asked for so often: a second time where the first has failed.
const TIMES: u8 = 2;
/// The reasons that Meta gave for more than these are not kept: the record has an end.
const MOST_REASONS: usize = 1_000;
const LONGEST_REASON: usize = 80;

/// How far the copying is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copying {
    /// Since when.
    #[serde(with = "millisecond::required")]
    pub since: Timestamp,
    /// When it was over.
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub over_at: Option<Timestamp>,
    /// How many are asked for in one call.
    size: usize,
    /// How often each was asked for.
    asked: BTreeMap<TemplateId, u8>,
    /// Why those were not copied, in Meta's words.
    pub failed: BTreeMap<TemplateId, String>,
    /// Why Meta copies none that is asked for, if it has said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Meta is still copying by itself: look again after that time.
    Look(SignedDuration),
    /// Ask for these.
    Ask(Vec<TemplateId>),
    /// What could be copied is, and what was not copied will not be.
    Over,
}

impl Copying {
    /// Nothing has been done yet.
    #[must_use]
    pub const fn begun(now: Timestamp) -> Self {
        Self {
            since: now,
            over_at: None,
            size: MOST_IN_ONE_CALL,
            asked: BTreeMap::new(),
            failed: BTreeMap::new(),
            refused: None,
        }
    }

    /// What is to be done about the templates that the new WABA does not have.
    #[must_use]
    pub fn next(&self, missing: &[&Template], can_ask: bool, now: Timestamp) -> Next {
        let can_ask = can_ask && self.refused.is_none();
        let is_left_to_meta = now < after(self.since, LEFT_TO_META);
        let asked = |one: &Template| self.asked.get(&one.id).copied().unwrap_or(0);
        let travel = missing.iter().filter(|one| match one.travels(can_ask) {
            Travels::ByItself => can_ask && !is_left_to_meta,
            Travels::WhenAsked => true,
            Travels::Not(_) => false,
        });
        let ask: Vec<_> = travel.filter(|one| asked(one) < TIMES).collect();
        // Those that were never asked for come first: one that fails again and again holds no other back.
        let first = ask.iter().map(|one| asked(one)).min();
        let ask = ask.into_iter().filter(|one| Some(asked(one)) == first).take(self.size);
        let ask: Vec<TemplateId> = ask.map(|one| one.id.clone()).collect();
        if !ask.is_empty() {
            return Next::Ask(ask);
        }
        let may_come = |one: &&Template| one.travels(can_ask) == Travels::ByItself;
        if is_left_to_meta && missing.iter().any(may_come) {
            Next::Look(LOOKS_AGAIN_AFTER)
        } else {
            Next::Over
        }
    }

    /// These are asked for; to be written down before the call.
    #[must_use]
    pub fn asking(mut self, templates: &[TemplateId]) -> Self {
        for template in templates {
            *self.asked.entry(template.clone()).or_default() += 1;
        }
        self
    }

    /// Meta has answered, with those that it did not copy.
    #[must_use]
    pub fn answered(mut self, failed: impl IntoIterator<Item = (TemplateId, String)>) -> Self {
        for (template, reason) in failed {
            if self.failed.len() < MOST_REASONS || self.failed.contains_key(&template) {
                self.failed.insert(template, reason.chars().take(LONGEST_REASON).collect());
            }
        }
        self
    }

    /// Whether Meta has copied by itself in time what it says it does; none if there was nothing of the kind.
    #[must_use]
    pub fn came_by_themselves(&self, old: &[Template], new: &[Template]) -> Option<bool> {
        let theirs = |one: &Template| one.travels(true) == Travels::ByItself;
        let mut theirs = compared(old, new).filter(|(one, _)| theirs(one)).peekable();
        theirs.peek()?;
        Some(theirs.all(|(one, fate)| fate != Fate::Missing && !self.asked.contains_key(&one.id)))
    }

    /// No answer came: what was copied is seen in the list, and the rest is asked for in smaller pages (facts 8.2).
    #[must_use]
    pub fn smaller(mut self) -> Self {
        self.size = (self.size / 2).max(1);
        self
    }
}
