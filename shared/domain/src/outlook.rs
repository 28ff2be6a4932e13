//! Whether a customer who is on their way makes the window that is open, and if not, why: for a table over many of them.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::actor::Actor;
use crate::flow::{Flow, FlowName, Row};
use crate::moment::spoken;
use crate::state::Status;
use crate::step::Step;

/// Where a migration stands, as far as a window asks.
#[derive(Debug, Clone, Copy)]
pub struct Stands<'a> {
    /// Its flow.
    pub flow: FlowName,
    /// The row at which it stands.
    pub row: &'a str,
    /// Its status.
    pub status: Status,
    /// When the row is late, if it has a time.
    pub deadline: Option<Timestamp>,
    /// The 1st on which the customer can send again, by the present plan.
    pub unblocks_on: Option<Date>,
}

/// The window for which it is asked.
#[derive(Debug, Clone, Copy)]
pub struct Until {
    /// When it closes.
    pub closes: Timestamp,
    /// The 1st on which whoever is shared with in it can send again.
    pub unblocks_on: Date,
}

/// Whether it makes the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlook {
    /// The flow waits for no 1st.
    NoWindow,
    /// It has ended.
    Ended,
    /// It makes it, and nobody but us has to act.
    InTime,
    /// It makes it if that party acts before then.
    If(Actor, Timestamp),
    /// It does not: the present plan has a later 1st.
    LaterDate(Date),
    /// It does not by itself: that party has until after the window closes.
    WaitsBeyond(Actor, Timestamp),
    /// It does not by itself: one of our people must act first.
    Person,
}

impl Outlook {
    /// Whether somebody has to act, or to be told, for it to make the window.
    #[must_use]
    pub const fn is_in_danger(self) -> bool {
        matches!(self, Self::LaterDate(_) | Self::WaitsBeyond(..) | Self::Person)
    }
}

/// Looks at one migration.
#[must_use]
pub fn outlook(stands: &Stands<'_>, until: &Until) -> Outlook {
    let flow = stands.flow.flow();
    if stands.status == Status::Refused || stands.status == Status::Cancelled {
        return Outlook::Ended;
    }
    if !flow.silences {
        return Outlook::NoWindow;
    }
    if let Some(later) = stands.unblocks_on.filter(|on| *on > until.unblocks_on) {
        return Outlook::LaterDate(later);
    }
    let Some(row) = flow.row(stands.row).filter(|_| is_before_the_share(flow, stands.row)) else {
        // What comes after the share needs no window.
        return Outlook::InTime;
    };
    match stands.status {
        Status::Completed => Outlook::InTime,
        Status::Person => Outlook::Person,
        _ => waits(row, stands.deadline, until),
    }
}

fn is_before_the_share(flow: &Flow, row: &str) -> bool {
    flow.from_row(row).iter().any(|row| row.run_by == Step::ShareCreditLine)
}

fn waits(row: &Row, deadline: Option<Timestamp>, until: &Until) -> Outlook {
    match (row.acts, deadline) {
        (Actor::We, _) => Outlook::InTime,
        (party, Some(deadline)) if deadline > until.closes => Outlook::WaitsBeyond(party, deadline),
        (party, deadline) => Outlook::If(party, deadline.unwrap_or(until.closes)),
    }
}

impl fmt::Display for Outlook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoWindow => f.write_str("waits for no 1st"),
            Self::Ended => f.write_str("has ended"),
            Self::InTime => f.write_str("in time"),
            Self::If(party, before) => write!(f, "in time if {party} acts before {}", spoken(*before)),
            Self::LaterDate(_) => f.write_str("misses this window: the date has moved"),
            Self::WaitsBeyond(party, until) => {
                write!(f, "misses this window unless {party} acts: there is time until {}", spoken(*until))
            }
            Self::Person => f.write_str("misses this window unless a person acts"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn until() -> Until {
        Until { closes: "2026-04-27T10:00:00Z".parse().unwrap(), unblocks_on: "2026-05-01".parse().unwrap() }
    }

    fn stands(row: &str, status: Status) -> Stands<'_> {
        let (deadline, unblocks_on) = (None, "2026-05-01".parse().ok());
        Stands { flow: FlowName::PartnerSwitch, row, status, deadline, unblocks_on }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_row_of_ours_is_in_time_and_one_of_the_customers_is_if_they_act() {
        assert_eq!(outlook(&stands("assign the system user", Status::Open), &until()), Outlook::InTime);
        let before = at("2026-04-27T08:30:00Z");
        let waits = Stands { deadline: Some(before), ..stands("unshare and sign up", Status::Waiting) };
        assert_eq!(outlook(&waits, &until()), Outlook::If(Actor::Customer, before));
        let without = stands("unshare and sign up", Status::Waiting);
        assert_eq!(outlook(&without, &until()), Outlook::If(Actor::Customer, until().closes));
    }

    #[test]
    fn a_party_whose_time_ends_after_the_window_misses_it_unless_it_acts() {
        let late = at("2026-05-25T08:30:00Z");
        let waits = Stands { deadline: Some(late), ..stands("unshare and sign up", Status::Waiting) };
        assert_eq!(outlook(&waits, &until()), Outlook::WaitsBeyond(Actor::Customer, late));
        assert!(outlook(&waits, &until()).is_in_danger());
    }

    #[test]
    fn a_person_before_the_share_misses_it_and_after_the_share_does_not() {
        for row in ["pre-flight", "learn the assets", "share the credit line"] {
            assert_eq!(outlook(&stands(row, Status::Person), &until()), Outlook::Person, "{row}");
        }
        for row in ["register numbers", "activation", "announce"] {
            assert_eq!(outlook(&stands(row, Status::Person), &until()), Outlook::InTime, "{row}");
        }
    }

    #[test]
    fn a_date_that_has_moved_is_a_miss_wherever_it_stands() {
        let june: Date = "2026-06-01".parse().unwrap();
        for row in ["unshare and sign up", "activation"] {
            let moved = Stands { unblocks_on: Some(june), ..stands(row, Status::Waiting) };
            assert_eq!(outlook(&moved, &until()), Outlook::LaterDate(june), "{row}");
        }
    }

    #[test]
    fn what_waits_for_no_1st_or_has_ended_has_no_window_to_miss() {
        for flow in FlowName::ALL.into_iter().filter(|flow| !flow.flow().silences) {
            let moves = Stands { flow, ..stands("pre-flight", Status::Person) };
            assert_eq!(outlook(&moves, &until()), Outlook::NoWindow, "{flow}");
        }
        for status in [Status::Refused, Status::Cancelled] {
            assert_eq!(outlook(&stands("pre-flight", status), &until()), Outlook::Ended);
        }
        assert_eq!(outlook(&stands("announce", Status::Completed), &until()), Outlook::InTime);
    }
}
