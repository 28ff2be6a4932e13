//! A rehearsal as a person reads it: day by day, then how it ended.

use std::collections::BTreeMap;
use std::fmt::Write;

use handover_domain::actor::Actor;
use handover_domain::moment::{spoken, spoken_day};
use handover_domain::state::Status;
use handover_local::rehearsal::{Line, Rehearsal, Told};
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};

use super::fleet;

/// Wide enough to read, narrow enough for a terminal beside something else.
const WIDTH: usize = 100;

/// The timeline and the end.
pub(super) fn print(rehearsal: &Rehearsal) -> String {
    let mut text = format!("{}\n", rehearsal.title);
    if rehearsal.is_a_fleet {
        text.push_str(&fleet::print(rehearsal));
        text.push_str(&paragraph("", &fleet::end(rehearsal)));
    } else {
        story(&mut text, rehearsal);
    }
    text.push_str(&paragraph("", &counts(rehearsal)));
    text
}

/// What happened, day by day, and how each migration ended.
fn story(text: &mut String, rehearsal: &Rehearsal) {
    let several = rehearsal.migrations.len() > 1;
    let mut day = None;
    let mut minute = String::new();
    for line in &rehearsal.timeline {
        if day != Some(utc_day(line.at)) {
            day = Some(utc_day(line.at));
            minute.clear();
            // Writing to a string does not fail.
            let _ = writeln!(text, "\n{} (UTC)", date(line.at));
        }
        let now = line.at.strftime("%H:%M").to_string();
        let shown = if now == minute { String::new() } else { now.clone() };
        minute = now;
        text.push_str(&paragraph(&format!("  {shown:5}  {:9} ", who(line)), &what(line, several)));
    }
    text.push('\n');
    for told in &rehearsal.migrations {
        text.push_str(&paragraph("", &end(told, several)));
    }
}

fn who(line: &Line) -> &'static str {
    match line.who {
        Actor::We => "We",
        Actor::Customer => "Customer",
        Actor::FormerPartner => "Former partner",
        Actor::Partner => "Partner",
        Actor::Meta => "Meta",
    }
}

fn what(line: &Line, several: bool) -> String {
    if several { format!("WABA {}: {}", line.waba, line.what) } else { line.what.clone() }
}

/// The text after `head`, broken at words and indented by the head's width.
fn paragraph(head: &str, text: &str) -> String {
    let indent = " ".repeat(head.chars().count());
    let mut lines = vec![head.to_owned()];
    for word in text.split(' ') {
        let line = lines.last().map_or(0, |line| line.chars().count());
        if line + 1 + word.chars().count() > WIDTH && line > indent.len() {
            lines.push(indent.clone());
        }
        if let Some(line) = lines.last_mut() {
            if line.len() > indent.len() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn end(told: &Told, several: bool) -> String {
    let which = if several { format!("WABA {}: ", told.waba) } else { String::new() };
    let blocked = match (told.blocked_from, told.unblocked_at) {
        (Some(from), Some(at)) => {
            format!(" The customer could not send from {} to {}.", from.strftime("%-d %B"), spoken(at))
        }
        (Some(from), None) if told.can_send => {
            format!(
                " The customer was blocked on {} and can send again, and has not been told.",
                spoken_day(from)
            )
        }
        (Some(from), None) => format!(" The customer cannot send since {}.", spoken_day(from)),
        (None, _) if !told.state.flow.flow().silences => String::new(),
        (None, _) => " The customer never unshared, and was never blocked.".to_owned(),
    };
    let promise = told.state.unblocks_on.filter(|_| !told.state.status.is_end());
    let promise = promise.map_or_else(String::new, |day| format!(" The plan says {}.", spoken_day(day)));
    format!("{which}{}.{blocked}{promise}", how(told))
}

fn how(told: &Told) -> String {
    let state = &told.state;
    let reason = state.reason.as_ref().map_or_else(String::new, |reason| format!(" ({reason})"));
    match state.status {
        Status::Completed => "Completed".to_owned(),
        Status::Refused => format!("Refused{reason}"),
        Status::Cancelled => "Cancelled".to_owned(),
        Status::Person => format!("A person must act at \"{}\"{reason}", state.row),
        Status::Waiting => format!("Waits at \"{}\"{reason}", state.row),
        Status::Open => format!("Open at \"{}\"{reason}", state.row),
    }
}

fn counts(rehearsal: &Rehearsal) -> String {
    // A WABA that comes back has several migrations, and its calls stand with each of them.
    let by_waba: BTreeMap<u16, usize> =
        rehearsal.migrations.iter().map(|told| (told.waba, told.share_posts.len())).collect();
    let shares: usize = by_waba.values().sum();
    let persons: usize = rehearsal.migrations.iter().map(|told| told.persons().len()).sum();
    let hold = rehearsal.verdicts.iter().filter(|verdict| verdict.holds).count();
    let asked = match persons {
        0 => "Nobody had to decide anything".to_owned(),
        1 => "A person was asked once".to_owned(),
        more => format!("A person was asked {more} times"),
    };
    let expected = match rehearsal.verdicts.len() {
        1 if hold == 1 => "The expectation holds".to_owned(),
        all if hold == all => format!("All {all} expectations hold"),
        all => format!("{hold} of {} hold", counted(all, "expectation")),
    };
    let (shares, calls) = (counted(shares, "share call"), counted(rehearsal.graph_calls, "call"));
    let mut text = format!("{shares}, {calls} to Meta. {asked}. {expected}.");
    if let Some(still) = &rehearsal.stands_still {
        let _ = write!(
            text,
            " Nothing moves any more: {} is due since {} and is not run.",
            still.step, still.since
        );
    }
    for failure in &rehearsal.failures {
        let _ = write!(text, " {} failed at {}: {}.", failure.function, spoken(failure.at), failure.problem);
    }
    text
}

fn counted(number: usize, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

fn utc_day(at: Timestamp) -> civil::Date {
    TimeZone::UTC.to_datetime(at).date()
}

fn date(at: Timestamp) -> String {
    spoken_day(utc_day(at))
}
