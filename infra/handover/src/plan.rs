//! `handover plan`: when a customer can send again, before they start.
//!
//! The dates are the planner's ([`handover_domain::plan`]); here arguments are read and texts written.

pub(crate) mod input;
mod month;
#[cfg(test)]
mod tests;

use handover_domain::calendar::MonthEdge;
use handover_domain::letter;
use handover_domain::plan::Plan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// What `handover plan` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The day on which the customer unshares and signs up, as YYYY-MM-DD [default: now]
    #[arg(long, value_name = "DATE", value_parser = input::day)]
    on: Option<Date>,

    /// Show the month as a calendar instead, as YYYY-MM
    #[arg(long, value_name = "MONTH", value_parser = input::month, conflicts_with = "on")]
    month: Option<Date>,

    /// The time zone of those who read the dates, by its IANA name
    #[arg(long, value_name = "ZONE", value_parser = input::zone, default_value = "UTC")]
    zone: TimeZone,

    /// The time zone in which Meta counts days, if you know it; Meta states none, so without it only
    /// hours that are open in every zone are promised
    #[arg(long, value_name = "ZONE", value_parser = input::zone)]
    meta_zone: Option<TimeZone>,

    /// Print data instead of text: one object, or with --month an array of one object for each day
    #[arg(long)]
    json: bool,
}

/// Prints the plan.
pub(crate) fn run(args: &Args) -> crate::Outcome {
    let zone = &args.zone;
    let edge = args.meta_zone.clone().map_or(MonthEdge::Unknown, MonthEdge::Zone);
    let text = match (args.month, args.json) {
        (Some(first), false) => month::text(first, zone, &edge),
        (Some(first), true) => json(&plans_of_month(first, zone, &edge))?,
        (None, is_json) => {
            let plan = match args.on {
                Some(day) => Plan::for_start(day, zone, &edge),
                None => Plan::at(now(), zone, &edge),
            };
            if is_json { json(&plan)? } else { letter::text(&plan, zone, &edge, None) }
        }
    };
    crate::print(&text)
}

#[expect(clippy::disallowed_methods, reason = "whoever names no day at a terminal means now")]
fn now() -> Timestamp {
    Timestamp::now()
}

fn json(value: &impl serde::Serialize) -> serde_json::Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

/// The plan of each day of the month that begins on `first`.
fn plans_of_month(first: Date, zone: &TimeZone, edge: &MonthEdge) -> Vec<Plan> {
    let days = first.series(1.day()).take_while(|day| day.month() == first.month());
    days.map(|day| Plan::for_start(day, zone, edge)).collect()
}
