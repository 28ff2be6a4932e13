//! The timeline: the acts of people and the history of each migration, in one order.

use handover_domain::actor::Actor;
use handover_domain::reason::MEANINGS;
use handover_domain::state::Status;
use handover_engine::writes::HistoryEntry;
use jiff::Timestamp;
use serde::Serialize;

use super::acts::Played;
use super::told::Told;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// When.
    pub at: Timestamp,
    /// The WABA's number in the scenario.
    pub waba: u16,
    /// Who did it, or who must act now.
    pub who: Actor,
    /// The act, or the function that ran.
    pub step: String,
    /// What happened, in sentences.
    pub what: String,
}

/// The lines of acts and histories. An act stands before what followed from it in the same moment.
pub(super) fn lines(played: &[Played], migrations: &[Told]) -> Vec<Line> {
    let acts = played.iter().map(|played| Line {
        at: played.at,
        waba: played.waba,
        who: if played.what.is_an_operators() { Actor::We } else { Actor::Customer },
        step: played.what.name().to_owned(),
        what: played.came_of_it.clone(),
    });
    let history = migrations.iter().flat_map(|told| told.history.iter().map(|entry| line_of(told, entry)));
    let mut lines: Vec<_> = acts.chain(history).collect();
    lines.sort_by_key(|line| line.at);
    lines
}

fn line_of(told: &Told, entry: &HistoryEntry) -> Line {
    let row = told.state.flow.flow().row(&entry.row);
    Line {
        at: entry.at,
        waba: told.waba,
        who: match entry.status {
            Status::Person => Actor::We,
            Status::Waiting => row.map_or(Actor::We, |row| row.acts),
            _ => Actor::We,
        },
        step: entry.step.to_string(),
        what: sentences(entry),
    }
}

fn sentences(entry: &HistoryEntry) -> String {
    let row = capitalised(&entry.row);
    let seen =
        entry.evidence.iter().map(|sentence| format!(" {}.", capitalised(sentence.trim_end_matches('.'))));
    let seen: String = seen.collect();
    let reason = entry.reason.as_deref().unwrap_or_default();
    let meaning = MEANINGS.iter().find(|meaning| meaning.code == reason);
    let why = meaning.map_or(reason, |meaning| meaning.what);
    let action = meaning.filter(|_| entry.status == Status::Person);
    let action = action.map_or_else(String::new, |meaning| format!(" To do: {}", meaning.action));
    match entry.outcome.as_str() {
        "done" => format!("{row}: done.{seen}"),
        "refused" => format!("{row}: refused. {why}{seen}"),
        "action" => format!("{row}:{seen}"),
        _ => format!("{row}: not yet. {why}{action}{seen}"),
    }
}

/// A name with an underscore is a field of Meta's and stays as it is.
fn capitalised(text: &str) -> String {
    if text.split(' ').next().is_some_and(|word| word.contains('_')) {
        return text.to_owned();
    }
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
