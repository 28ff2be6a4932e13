//! How a scenario should end, and whether it did.

use std::collections::{BTreeMap, BTreeSet};

use handover_domain::state::Status;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::rehearsal::told::{Rehearsal, Told};

/// What should hold at the end of a scenario. What is not named is not looked at.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Expect {
    /// Of which WABA, counted from 1. Default 1.
    waba: Option<u16>,
    /// Of every WABA, each by itself.
    everyone: bool,
    /// The migration's status.
    state: Option<Status>,
    /// The row at which it stands.
    row: Option<String>,
    /// The code of the reason at which it stands.
    reason: Option<String>,
    /// The 1st that the record promises.
    unblocks_on: Option<Date>,
    /// The day, in UTC, on which the customer fell silent.
    blocked_from: Option<Date>,
    /// When `CustomerUnblocked` was put on the bus.
    unblocked_at: Option<Timestamp>,
    /// How many calls shared the credit line with this WABA; in two calls, attached it.
    share_posts: Option<usize>,
    /// When the first of them was made.
    shared_at: Option<Timestamp>,
    /// The time between the first and the second.
    share_posts_apart: Option<SignedDuration>,
    /// How often Meta was asked to register numbers of this WABA in the busiest 72 hours, over all migrations.
    registrations_in_72_hours: Option<usize>,
    /// The callback of its own with which our app is subscribed to the WABA.
    callback: Option<String>,
    /// How often the row went to a person.
    persons: Option<usize>,
    /// When it first did.
    person_at: Option<Timestamp>,
    /// How many findings are open.
    findings: Option<usize>,
    /// A public event of this migration that was on the bus.
    event: Option<String>,
    /// How many events of a kind there were, such as `{ ReminderDue = 3 }`.
    events: BTreeMap<String, usize>,
    /// Words of the history: what was seen, done or warned of.
    said: Option<String>,
    /// Words of the timeline: what came of an act, such as a request that was refused.
    told: Option<String>,
    /// How many shares of this WABA the ledger knows, over all its lives.
    generations: Option<usize>,
    /// How many live allocations of ours its business has at Meta.
    allocations: Option<usize>,
    /// One that never was.
    never_event: Option<String>,
    /// Days of which the customer was blocked longer than the calendar had to have it.
    days_over: Option<i64>,
    /// The truth at Meta: whether the customer can send.
    can_send: Option<bool>,
}

/// What was expected, and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Of which WABA.
    pub waba: u16,
    /// What was looked at, by the scenario's key.
    pub what: &'static str,
    /// What should hold.
    pub expected: String,
    /// What does.
    pub found: String,
    /// Whether they are the same.
    pub holds: bool,
}

impl Expect {
    /// The WABA that it is about.
    pub(super) fn waba(&self) -> u16 {
        self.waba.unwrap_or(1)
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self { waba: self.waba, everyone: self.everyone, ..Self::default() }
    }

    /// Looks at the end of a rehearsal.
    #[must_use]
    pub fn verdicts(&self, rehearsal: &Rehearsal) -> Vec<Verdict> {
        if !self.everyone {
            return self.of_one(rehearsal, self.waba());
        }
        let wabas: BTreeSet<u16> = rehearsal.migrations.iter().map(|told| told.waba).collect();
        let mut verdicts: Vec<Verdict> = Vec::new();
        for verdict in wabas.into_iter().flat_map(|waba| self.of_one(rehearsal, waba)) {
            // One that holds speaks for all, until the first that does not.
            match verdicts.iter_mut().find(|all| all.what == verdict.what && all.expected == verdict.expected)
            {
                Some(all) if all.holds => *all = verdict,
                Some(_) => {}
                None => verdicts.push(verdict),
            }
        }
        verdicts
    }

    fn of_one(&self, rehearsal: &Rehearsal, waba: u16) -> Vec<Verdict> {
        let looked = self.of_the_timeline(rehearsal, Looked { waba, verdicts: Vec::new() });
        let Some(told) = rehearsal.migrations.iter().rfind(|told| told.waba == waba) else {
            if self.asks_for_words_alone() {
                return looked.verdicts;
            }
            let verdict = Verdict {
                waba,
                what: "migration",
                expected: "one of this WABA".to_owned(),
                found: "none".to_owned(),
                holds: false,
            };
            return vec![verdict];
        };
        self.of_the_events(told, self.of_the_money(told, self.of_the_record(told, looked))).verdicts
    }

    /// Where no migration was made, words are all that there can be.
    fn asks_for_words_alone(&self) -> bool {
        *self == Self { waba: self.waba, told: self.told.clone(), ..Self::default() }
    }

    fn of_the_timeline(&self, rehearsal: &Rehearsal, looked: Looked) -> Looked {
        let Some(words) = &self.told else { return looked };
        let lines = rehearsal.timeline.iter().filter(|line| line.waba == looked.waba);
        let lines: Vec<&str> = lines.map(|line| line.what.as_str()).collect();
        let holds = lines.iter().any(|line| line.contains(words.as_str()));
        looked.holds("told", words.clone(), lines.join(" "), holds)
    }

    fn of_the_record(&self, told: &Told, looked: Looked) -> Looked {
        let state = &told.state;
        looked
            .at("state", self.state.map(|status| status.name().to_owned()), state.status.name().to_owned())
            .at("row", self.row.clone(), state.row.clone())
            .at("reason", self.reason.clone(), shown(state.reason.as_ref()))
            .at("unblocks_on", self.unblocks_on.map(text), shown(state.unblocks_on.as_ref()))
            .at("persons", self.persons.map(text), told.persons().len().to_string())
            .at("person_at", self.person_at.map(text), shown(told.persons().first()))
            .at("findings", self.findings.map(text), state.findings.len().to_string())
    }

    fn of_the_money(&self, told: &Told, looked: Looked) -> Looked {
        let posts = &told.share_posts;
        let apart = posts.first().zip(posts.get(1)).map(|(first, second)| second.duration_since(*first));
        looked
            .at("share_posts", self.share_posts.map(text), posts.len().to_string())
            .at("shared_at", self.shared_at.map(text), shown(posts.first()))
            .at(
                "registrations_in_72_hours",
                self.registrations_in_72_hours.map(text),
                told.registrations_in_72_hours.to_string(),
            )
            .at("callback", self.callback.clone(), shown(told.callback.as_ref()))
            .at("generations", self.generations.map(text), told.generations.to_string())
            .at("allocations", self.allocations.map(text), told.allocations.to_string())
            .at("share_posts_apart", self.share_posts_apart.map(text), shown(apart.as_ref()))
    }

    fn of_the_events(&self, told: &Told, looked: Looked) -> Looked {
        let seen = told.events.join(", ");
        let was_on_the_bus = |name: &String| told.events.contains(name);
        let looked = looked
            .at("blocked_from", self.blocked_from.map(text), shown(told.blocked_from.as_ref()))
            .at("unblocked_at", self.unblocked_at.map(text), shown(told.unblocked_at.as_ref()))
            .at("days_over", self.days_over.map(text), shown(told.days_over().as_ref()))
            .at("can_send", self.can_send.map(text), told.can_send.to_string());
        let looked = match &self.event {
            Some(name) => looked.holds("event", name.clone(), seen.clone(), was_on_the_bus(name)),
            None => looked,
        };
        let looked = self.events.iter().fold(looked, |looked, (name, count)| {
            let found = told.events.iter().filter(|event| *event == name).count();
            looked.at("events", Some(format!("{name} = {count}")), format!("{name} = {found}"))
        });
        let looked = match &self.said {
            Some(words) => {
                let said: Vec<&str> =
                    told.history.iter().flat_map(|entry| &entry.evidence).map(String::as_str).collect();
                let holds = said.iter().any(|sentence| sentence.contains(words.as_str()));
                looked.holds("said", words.clone(), said.join("; "), holds)
            }
            None => looked,
        };
        match &self.never_event {
            Some(name) => looked.holds("never_event", name.clone(), seen, !was_on_the_bus(name)),
            None => looked,
        }
    }
}

struct Looked {
    waba: u16,
    verdicts: Vec<Verdict>,
}

impl Looked {
    /// Compares, if something is expected.
    fn at(self, what: &'static str, expected: Option<String>, found: String) -> Self {
        match expected {
            Some(expected) => {
                let holds = expected == found;
                self.holds(what, expected, found, holds)
            }
            None => self,
        }
    }

    fn holds(mut self, what: &'static str, expected: String, found: String, holds: bool) -> Self {
        self.verdicts.push(Verdict { waba: self.waba, what, expected, found, holds });
        self
    }
}

fn text(value: impl ToString) -> String {
    value.to_string()
}

fn shown(value: Option<&impl ToString>) -> String {
    value.map_or_else(|| "none".to_owned(), ToString::to_string)
}
