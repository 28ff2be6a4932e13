//! Whether people have approved a share: of this line, for this WABA, from this 1st, and of no other.
//!
//! An approval is worth what was looked at. So it stands beside the proposal that it is about, and counts for no other:
//! whoever shares compares the proposal with what they are about to do.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::serde::timestamp::millisecond;
use serde::{Deserialize, Serialize};

use crate::ids::{BusinessId, CreditLineId, WabaId};
use crate::ledger::Ledger;
use crate::operator::Operator;

/// How many people a share needs: a setting.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Approval {
    /// None: it is made as soon as it may be.
    #[default]
    Auto,
    /// One.
    One,
    /// Two, who are not the same.
    Two,
}

impl Approval {
    /// How many different people that is.
    #[must_use]
    pub const fn people(self) -> usize {
        match self {
            Self::Auto => 0,
            Self::One => 1,
            Self::Two => 2,
        }
    }
}

/// A share that is about to be made: what is approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Our credit line.
    pub line: CreditLineId,
    /// The business that it is shared with.
    pub business: BusinessId,
    /// The WABA that it will pay for.
    pub waba: WabaId,
    /// What the WABA is billed in, as the share says it.
    pub currency: String,
    /// Which of this WABA's shares it is. Once it is made the next one has another number, and needs people of its own.
    pub generation: u32,
    /// The 1st from which it would pay; none where it pays at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pays_from: Option<Date>,
}

/// One person's approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// Who.
    pub by: Operator,
    /// When.
    #[serde(with = "millisecond::required")]
    pub at: Timestamp,
}

/// A proposal, and who has approved it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approvals {
    /// What they have approved.
    pub proposal: Proposal,
    /// Who, in the order of time.
    #[serde(default)]
    pub given: Vec<Given>,
    /// By when they should: the share waits for the next window then. None where no window is waited for.
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub needed_by: Option<Timestamp>,
}

impl Approvals {
    /// What counts for this proposal of all that was ever approved: nothing, if that was about another one.
    #[must_use]
    pub fn of(stored: Option<Self>, proposal: Proposal, needed_by: Option<Timestamp>) -> Self {
        let same = stored.filter(|stored| stored.proposal == proposal);
        Self { proposal, given: same.map(|same| same.given).unwrap_or_default(), needed_by }
    }

    /// How many different people have approved it.
    #[must_use]
    pub fn people(&self) -> usize {
        self.given.iter().map(|given| &given.by).collect::<BTreeSet<_>>().len()
    }

    /// Whether these are enough people.
    #[must_use]
    pub fn suffice(&self, approval: Approval) -> bool {
        self.people() >= approval.people()
    }

    /// When this person has approved it, if they have.
    #[must_use]
    pub fn when_by(&self, by: &Operator) -> Option<Timestamp> {
        self.given.iter().find(|given| given.by == *by).map(|given| given.at)
    }

    /// The same with one more person's approval.
    #[must_use]
    pub fn with(&self, by: Operator, at: Timestamp) -> Self {
        let mut approvals = self.clone();
        approvals.given.push(Given { by, at });
        approvals
    }
}

impl Ledger {
    /// Which share of this WABA the next one would be.
    #[must_use]
    pub fn next_generation(&self, waba: &WabaId) -> u32 {
        let entries = self.entries.iter().filter(|entry| entry.waba == *waba);
        entries.map(|entry| entry.generation).max().unwrap_or(0).saturating_add(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn proposal() -> Proposal {
        Proposal {
            line: "1972385232742146".parse().unwrap(),
            business: "2729063490586005".parse().unwrap(),
            waba: "486585971195941".parse().unwrap(),
            currency: "EUR".to_owned(),
            generation: 1,
            pays_from: Some(jiff::civil::date(2026, 5, 1)),
        }
    }

    fn approved_by(names: &[&str]) -> Approvals {
        let none = Approvals::of(None, proposal(), None);
        names
            .iter()
            .fold(none, |approvals, name| approvals.with(name.parse().unwrap(), at("2026-04-21T12:00:00Z")))
    }

    #[test]
    fn a_setting_counts_people_and_not_approvals() {
        for (names, suffices) in [
            (&[] as &[&str], [true, false, false]),
            (&["alice"], [true, true, false]),
            (&["alice", "alice"], [true, true, false]),
            (&["alice", "Alice"], [true, true, true]),
            (&["alice", "bob"], [true, true, true]),
            (&["alice", "bob", "alice"], [true, true, true]),
        ] {
            let approvals = approved_by(names);
            let found =
                [Approval::Auto, Approval::One, Approval::Two].map(|approval| approvals.suffice(approval));
            assert_eq!(found, suffices, "{names:?}");
        }
    }

    #[test]
    fn an_approval_counts_for_what_was_looked_at_and_for_nothing_else() {
        let given = approved_by(&["alice", "bob"]);
        assert_eq!(Approvals::of(Some(given.clone()), proposal(), None).people(), 2);
        let others = [
            Proposal { line: "1972385232742147".parse().unwrap(), ..proposal() },
            Proposal { business: "2729063490586006".parse().unwrap(), ..proposal() },
            Proposal { waba: "486585971195942".parse().unwrap(), ..proposal() },
            Proposal { currency: "USD".to_owned(), ..proposal() },
            Proposal { generation: 2, ..proposal() },
            Proposal { pays_from: Some(jiff::civil::date(2026, 6, 1)), ..proposal() },
            Proposal { pays_from: None, ..proposal() },
        ];
        for other in others {
            let approvals = Approvals::of(Some(given.clone()), other.clone(), None);
            assert_eq!((approvals.people(), &approvals.proposal), (0, &other));
        }
    }

    #[test]
    fn a_person_is_told_when_they_have_approved_already() {
        let approvals = approved_by(&["alice"]);
        assert_eq!(approvals.when_by(&"alice".parse().unwrap()), Some(at("2026-04-21T12:00:00Z")));
        assert_eq!(approvals.when_by(&"bob".parse().unwrap()), None);
    }

    #[test]
    fn a_share_that_is_made_takes_its_approvals_with_it() {
        let proposal = proposal();
        assert_eq!(Ledger::default().next_generation(&proposal.waba), 1);
        let asker = crate::ledger::Asker {
            migration: "019dab3a-4a00-7000-8000-000000000001".parse().unwrap(),
            waba: proposal.waba.clone(),
            now: at("2026-04-21T12:00:00Z"),
            window_closes_at: at("2026-04-27T10:00:00Z"),
            method: crate::ledger::ShareMethod::OneCall,
            pays_at_once: false,
            decision: None,
            restored_at: None,
        };
        let (made, _) = Ledger::default().answered(&asker, "77".parse().unwrap(), None);
        assert_eq!(made.next_generation(&proposal.waba), 2);
        let revoked = made.revoked(&proposal.waba).unwrap();
        assert_eq!(revoked.next_generation(&proposal.waba), 2, "it is not forgotten when it is taken back");
    }
}
