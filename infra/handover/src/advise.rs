//! `handover advise`: which road a customer should take, and what to ask them next.

use std::fmt::Write;

use handover_domain::advice::{self, Advice, Advised, Goal, Known, Numbers, Owner, Role, With};
use handover_domain::calendar::{MonthEdge, start_of};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::plan::input;

/// What `handover advise` takes. Whatever is not said is asked.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where the customer wants to be: our-customer, our-solution, no-solution, or owner of the WABA
    #[arg(long, value_parser = word::<Goal>)]
    goal: Option<Goal>,

    /// Who we are: solution-partner (with a credit line) or tech-provider
    #[arg(long, value_parser = word::<Role>)]
    role: Option<Role>,

    /// Who owns the WABA: customer (`CLIENT_OWNED`) or partner (`ON_BEHALF_OF`)
    #[arg(long, value_parser = word::<Owner>)]
    owner: Option<Owner>,

    /// With whom the WABA is now: us or another-partner
    #[arg(long, value_parser = word::<With>)]
    with: Option<With>,

    /// Whether the WABA is in an active Multi-Partner Solution: true or false
    #[arg(long)]
    in_solution: Option<bool>,

    /// Where the numbers are: cloud-api, business-app (there too) or on-premises
    #[arg(long, value_parser = word::<Numbers>)]
    numbers: Option<Numbers>,

    /// Whether our credit line is in the WABA's currency: true or false
    #[arg(long)]
    same_currency: Option<bool>,

    /// Days without sending are out of the question
    #[arg(long)]
    urgent: bool,

    /// The day on which the customer could begin, as YYYY-MM-DD [default: now]
    #[arg(long, value_name = "DATE", value_parser = input::day)]
    on: Option<Date>,

    /// The time zone of those who read the dates, by its IANA name
    #[arg(long, value_name = "ZONE", value_parser = input::zone, default_value = "UTC")]
    zone: TimeZone,

    /// Print data instead of text
    #[arg(long)]
    json: bool,
}

/// A word of ours; the error names those that there are.
fn word<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    serde_json::from_value(Value::from(text))
}

/// Prints the roads.
pub(crate) fn run(args: &Args) -> crate::Outcome {
    let Args { goal, role, owner, with, in_solution, numbers, same_currency, urgent, .. } = *args;
    let known = Known { goal, role, owner, with, in_solution, numbers, same_currency, urgent };
    let now = args.on.map_or_else(now, |day| start_of(day, &args.zone));
    let advice = advice::advise(&known, now, &args.zone, &MonthEdge::Unknown);
    let text = if args.json { serde_json::to_string_pretty(&advice)? + "\n" } else { text(&advice) };
    crate::print(&text)
}

#[expect(clippy::disallowed_methods, reason = "whoever names no day at a terminal means now")]
fn now() -> Timestamp {
    Timestamp::now()
}

fn text(advice: &Advice) -> String {
    let (open, closed): (Vec<&Advised>, Vec<&Advised>) =
        advice.roads.iter().partition(|road| road.closed.is_none());
    let mut text = match open.as_slice() {
        [] => "No road is open, as far as is known.\n".to_owned(),
        [_] => "One road is open:\n".to_owned(),
        several => format!("{} roads are open, the best first:\n", several.len()),
    };
    for (place, road) in open.iter().enumerate() {
        let _ = write!(text, "\n{}. {}: {}.\n", place + 1, road.road, road.title);
        told(&mut text, "cannot send", &road.silent);
        told(&mut text, "keeps", road.keeps);
        road.risks.iter().for_each(|risk| told(&mut text, "risk", risk));
        road.unclear.iter().for_each(|unclear| told(&mut text, "unclear", unclear));
        let by = if road.runs {
            "handover create"
        } else {
            "a person, by Meta's page: this version does not run it"
        };
        told(&mut text, "done by", by);
    }
    if !closed.is_empty() {
        text += "\nClosed:\n";
    }
    for road in closed {
        let _ = writeln!(text, "  {}: {}", road.road, road.closed.unwrap_or_default());
    }
    if !advice.questions.is_empty() {
        text += "\nTo ask next:\n";
    }
    for question in &advice.questions {
        let _ = writeln!(text, "  - {question}");
    }
    text
}

fn told(text: &mut String, label: &str, what: &str) {
    let _ = writeln!(text, "   {:<13}{what}", format!("{label}:"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advised(known: &Known) -> String {
        let now = "2026-04-20T08:00:00Z".parse().unwrap();
        text(&advice::advise(known, now, &TimeZone::UTC, &MonthEdge::Unknown))
    }

    #[test]
    fn a_customer_of_another_partner_sees_dates_risks_and_what_is_closed() {
        let known = Known {
            goal: Some(Goal::OurCustomer),
            role: Some(Role::SolutionPartner),
            owner: Some(Owner::Customer),
            with: Some(With::AnotherPartner),
            numbers: Some(Numbers::CloudApi),
            ..Known::default()
        };
        insta::assert_snapshot!(advised(&known));
    }

    #[test]
    fn where_no_road_is_open_it_says_why() {
        let known =
            Known { goal: Some(Goal::OurCustomer), numbers: Some(Numbers::BusinessApp), ..Known::default() };
        insta::assert_snapshot!(advised(&known));
    }
}
