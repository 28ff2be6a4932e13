//! Which road a customer should take: every road with what it needs, held against what is known of them.
//!
//! The roads are a table (`advice/roads.rs`). What is not known is asked, the question that decides most first; a
//! road is refused only by something that is known. Pure: the day is given.

mod roads;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::calendar::MonthEdge;
use crate::flow::FlowName;
use crate::plan::Plan;
use roads::{Need, Road, Silence};

/// Who we are to the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// We have a credit line.
    SolutionPartner,
    /// We have none, and work with a Solution Partner.
    TechProvider,
}

/// Who owns the WABA (`ownership_type`, facts 5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// `CLIENT_OWNED`.
    Customer,
    /// `ON_BEHALF_OF`.
    Partner,
}

/// With whom the WABA is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum With {
    /// We have onboarded it.
    Us,
    /// Another partner has it.
    AnotherPartner,
}

/// Where the numbers are (`platform_type` and `is_on_biz_app`, facts 6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Numbers {
    /// On the Cloud API.
    CloudApi,
    /// In the WhatsApp Business app too.
    BusinessApp,
    /// On the On-Premises API, which ended in October 2025.
    OnPremises,
}

/// Where the customer wants to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Goal {
    /// With us instead of another partner.
    OurCustomer,
    /// In a Multi-Partner Solution of ours.
    OurSolution,
    /// Out of a solution, with the Tech Provider alone.
    NoSolution,
    /// Owner of a WABA that a partner owns.
    Owner,
}

/// What is known of a customer; what is not said is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Known {
    /// Where they want to be.
    pub goal: Option<Goal>,
    /// Who we are.
    pub role: Option<Role>,
    /// Who owns the WABA.
    pub owner: Option<Owner>,
    /// With whom it is now.
    pub with: Option<With>,
    /// Whether it is in an active Multi-Partner Solution.
    pub in_solution: Option<bool>,
    /// Where the numbers are.
    pub numbers: Option<Numbers>,
    /// Whether our credit line is in the WABA's currency.
    pub same_currency: Option<bool>,
    /// Whether days without sending are out of the question.
    pub urgent: bool,
}

/// The roads that are open, the best first; those that are not, with why; and what to ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// The roads, the best first.
    pub roads: Vec<Advised>,
    /// What to ask next, what decides most first.
    pub questions: Vec<&'static str>,
}

/// One road for this customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Advised {
    /// Its name; that of the flow, where there is one.
    pub road: &'static str,
    /// What it is.
    pub title: &'static str,
    /// Whether this version runs it; otherwise a person does, by Meta's page.
    pub runs: bool,
    /// Why it is closed; none if it is open as far as anybody knows.
    pub closed: Option<&'static str>,
    /// How long the customer cannot send.
    pub silent: String,
    /// The days without sending, where they are days.
    pub silent_days: i64,
    /// What stays and what does not.
    pub keeps: &'static str,
    /// What can go wrong.
    pub risks: Vec<&'static str>,
    /// What Meta leaves open.
    pub unclear: Vec<&'static str>,
    /// The dates, where the customer waits for a 1st.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
}

/// Advises a customer who asks at `now`; the reader is in `zone`.
#[must_use]
pub fn advise(known: &Known, now: Timestamp, zone: &TimeZone, edge: &MonthEdge) -> Advice {
    let plan = Plan::at(now, zone, edge);
    let of_the_goal = |road: &&Road| known.goal.is_none_or(|goal| road.leads_to == goal);
    let considered: Vec<&Road> = roads::ROADS.iter().filter(of_the_goal).collect();
    let mut roads: Vec<Advised> = considered.iter().map(|road| road.advised(known, &plan)).collect();
    // Those that are open first; then, in a hurry, the shortest silence, else the table's own order: the least is lost first.
    roads.sort_by_key(|road| (road.closed.is_some(), if known.urgent { road.silent_days } else { 0 }));
    Advice { questions: questions(known, &considered), roads }
}

/// What is not known and would close or open a road that is still open.
fn questions(known: &Known, considered: &[&Road]) -> Vec<&'static str> {
    let open: Vec<&&Road> = considered.iter().filter(|road| road.closed(known).is_none()).collect();
    let mut questions: Vec<&'static str> = Vec::new();
    if known.goal.is_none() {
        questions.push("Where does the customer want to be: with us, in a solution of ours, out of a solution, owner of the WABA?");
    }
    let mut asked: Vec<(usize, Need)> = Vec::new();
    for need in Need::ALL {
        let roads = open.iter().filter(|road| road.needs.contains(&need)).count();
        if roads > 0 && need.holds(known).is_none() {
            asked.push((roads, need));
        }
    }
    asked.sort_by_key(|(roads, _)| std::cmp::Reverse(*roads));
    for (_, need) in asked {
        let question = need.question();
        if !questions.contains(&question) {
            questions.push(question);
        }
    }
    if known.same_currency.is_none() && open.iter().any(|road| road.flow == Some(FlowName::PartnerSwitch)) {
        questions.push("In which currency is the WABA, and in which is our credit line (GET /<WABA id>?fields=currency)?");
    }
    questions
}

impl Road {
    fn closed(&self, known: &Known) -> Option<&'static str> {
        self.needs.iter().find(|need| need.holds(known) == Some(false)).map(|need| need.refusal())
    }

    fn advised(&self, known: &Known, plan: &Plan) -> Advised {
        let waits = matches!(self.silent, Silence::UntilThe1st);
        let silent = match self.silent {
            Silence::Never => "never".to_owned(),
            Silence::Minutes(text) => text.to_owned(),
            Silence::UntilThe1st => format!(
                "{} days, from {} to {}; {} at best, from {}",
                plan.safe_blocked_days,
                plan.safe_start,
                plan.unblocks_on,
                plan.best_blocked_days,
                plan.best_start
            ),
        };
        let mut risks = self.risks.to_vec();
        if waits && known.same_currency == Some(false) {
            risks.insert(0, "our credit line is in another currency than the WABA, and one of Meta's pages wants them equal");
        }
        Advised {
            road: self.name,
            title: self.title,
            runs: self.flow.is_some(),
            closed: self.closed(known),
            silent,
            silent_days: if waits { plan.safe_blocked_days } else { 0 },
            keeps: self.keeps,
            risks,
            unclear: self.unclear.to_vec(),
            plan: waits.then(|| plan.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{Asked, Flow};
    use crate::step::Step;

    fn advised(known: &Known) -> Advice {
        advise(known, "2026-04-20T08:00:00Z".parse().unwrap(), &TimeZone::UTC, &MonthEdge::Unknown)
    }

    fn open(known: &Known) -> Vec<&'static str> {
        advised(known).roads.iter().filter(|road| road.closed.is_none()).map(|road| road.road).collect()
    }

    fn closed(known: &Known, road: &str) -> &'static str {
        advised(known).roads.iter().find(|advised| advised.road == road).unwrap().closed.unwrap()
    }

    /// A customer of another partner's, of whom everything is known.
    fn switches() -> Known {
        Known {
            goal: Some(Goal::OurCustomer),
            role: Some(Role::SolutionPartner),
            owner: Some(Owner::Customer),
            with: Some(With::AnotherPartner),
            in_solution: Some(false),
            numbers: Some(Numbers::CloudApi),
            same_currency: Some(true),
            urgent: false,
        }
    }

    #[test]
    fn each_customer_is_shown_the_roads_that_are_theirs_the_best_first() {
        for (known, roads) in [
            (switches(), vec!["partner-switch", "number-move", "number-move-by-code"]),
            (
                Known { urgent: true, ..switches() },
                vec!["number-move", "number-move-by-code", "partner-switch"],
            ),
            (Known { role: Some(Role::TechProvider), ..switches() }, vec![]),
            (Known { owner: Some(Owner::Partner), ..switches() }, vec!["number-move", "number-move-by-code"]),
            (Known { in_solution: Some(true), ..switches() }, vec!["number-move", "number-move-by-code"]),
            (Known { numbers: Some(Numbers::BusinessApp), ..switches() }, vec![]),
            (
                Known { goal: Some(Goal::OurSolution), with: Some(With::Us), ..switches() },
                vec!["solution-join"],
            ),
            (
                Known {
                    goal: Some(Goal::OurSolution),
                    with: Some(With::Us),
                    in_solution: Some(true),
                    ..switches()
                },
                vec!["solution-switch", "solution-switch-business-suite"],
            ),
            (
                Known {
                    goal: Some(Goal::OurSolution),
                    role: Some(Role::TechProvider),
                    with: Some(With::Us),
                    in_solution: Some(true),
                    ..switches()
                },
                vec!["solution-switch", "solution-switch-business-suite"],
            ),
            (
                Known { goal: Some(Goal::NoSolution), in_solution: Some(true), ..switches() },
                vec!["leave-solution"],
            ),
            (
                Known {
                    goal: Some(Goal::Owner),
                    owner: Some(Owner::Partner),
                    with: Some(With::Us),
                    ..switches()
                },
                vec!["ownership-transfer"],
            ),
        ] {
            assert_eq!(open(&known), roads, "{known:?}");
        }
    }

    #[test]
    fn a_road_is_closed_by_what_is_known_and_says_why() {
        let owned = Known { owner: Some(Owner::Partner), ..switches() };
        assert!(closed(&owned, "partner-switch").contains("a partner owns the WABA"));
        let provider = Known { role: Some(Role::TechProvider), ..switches() };
        assert!(closed(&provider, "partner-switch").contains("credit line"));
    }

    #[test]
    fn what_is_not_known_closes_nothing_and_is_asked_what_decides_most_first() {
        let advice = advised(&Known::default());
        assert!(advice.roads.iter().all(|road| road.closed.is_none()));
        assert!(advice.questions[0].starts_with("Where does the customer want to be"));
        assert!(advice.questions.len() > 5, "{:?}", advice.questions);
        assert_eq!(advised(&switches()).questions, Vec::<&str>::new(), "nothing is left to ask");
        let unsaid = Known { owner: None, ..switches() };
        assert_eq!(advised(&unsaid).questions.len(), 1, "{:?}", advised(&unsaid).questions);
    }

    #[test]
    fn a_switch_has_its_dates_and_another_currency_is_its_first_risk() {
        let advice = advised(&Known { same_currency: Some(false), ..switches() });
        let road = &advice.roads[0];
        assert_eq!(road.silent, "5 days, from 2026-04-26 to 2026-05-01; 4 at best, from 2026-04-27");
        assert!(road.risks[0].contains("another currency"));
        assert_eq!(road.plan.as_ref().unwrap().unblocks_on.to_string(), "2026-05-01");
        assert!(advice.roads[1].plan.is_none());
    }

    #[test]
    fn a_road_that_this_version_runs_is_a_flow_of_that_name() {
        for road in roads::ROADS {
            assert!(road.flow.is_none_or(|flow| flow.name() == road.name), "{}", road.name);
            assert!(!road.keeps.is_empty() && !road.risks.is_empty(), "{}", road.name);
            let is_ours =
                |flow: &Flow| flow.has(Step::ShareCreditLine) && !flow.has_use_for(Asked::PartnerShares);
            let needs = road.needs.contains(&Need::CreditLineOfOurs);
            assert_eq!(Some(needs), road.flow.map(|flow| is_ours(flow.flow())), "{}", road.name);
        }
        let run: Vec<_> = roads::ROADS.iter().filter_map(|road| road.flow).collect();
        let begins = |flow: &FlowName| !flow.flow().asks.contains(&Asked::HandOff);
        let flows: Vec<_> = FlowName::ALL.into_iter().filter(begins).collect();
        assert_eq!(run, flows, "every flow is a road, but a partner's part of one");
    }
}
