//! The plan of each day of a month, as a calendar on the wall.

use handover_domain::calendar::MonthEdge;
use handover_domain::letter::{date_in_words, moment_in_words};
use handover_domain::plan::Plan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::plans_of_month;

/// The calendar of the month that begins on `first`.
pub(super) fn text(first: Date, zone: &TimeZone, edge: &MonthEdge) -> String {
    let of_first = Plan::for_start(first, zone, edge);
    let safe = Plan::for_start(of_first.safe_start, zone, edge);
    let best = Plan::for_start(of_first.best_start, zone, edge);
    let plans = plans_of_month(first, zone, edge);
    let mark_of = |plan: &Plan| match plan.start {
        day if day == safe.start => '*',
        day if day == best.start => '<',
        day if day > best.start => 'x',
        _ => ' ',
    };

    let mut lines = vec![
        format!("{} ({})", first.strftime("%B %Y"), zone.iana_name().unwrap_or("UTC")),
        "Under each date: for how many days a customer who starts on it cannot send.".to_owned(),
        String::new(),
        "  Mon   Tue   Wed   Thu   Fri   Sat   Sun".to_owned(),
    ];
    for week in plans.chunk_by(|_, next| next.start.weekday() != jiff::civil::Weekday::Monday) {
        let skipped = week.first().map_or(0, |plan| plan.start.weekday().to_monday_zero_offset());
        let indent = "      ".repeat(usize::try_from(skipped).unwrap_or(0));
        let dates: String = week.iter().map(|plan| format!("{:>5} ", plan.start.day())).collect();
        let days: String =
            week.iter().map(|plan| format!("{:>5}{}", plan.blocked_days, mark_of(plan))).collect();
        lines.push(format!("{indent}{dates}").trim_end().to_owned());
        lines.push(format!("{indent}{days}").trim_end().to_owned());
        lines.push(String::new());
    }
    lines.extend(legend(&safe, &best, zone));
    lines.join("\n") + "\n"
}

fn legend(safe: &Plan, best: &Plan, zone: &TimeZone) -> Vec<String> {
    let entry = |mark: char, name: &str, plan: &Plan| {
        let again = date_in_words(plan.unblocks_on);
        format!(
            "{mark} {name}: {}, {} days, sending again on {again}.",
            date_in_words(plan.start),
            plan.blocked_days
        )
    };
    let mut lines = vec![entry('*', "Recommended", safe)];
    if best.start != safe.start {
        lines.push(entry('<', "Shortest", best));
    }
    lines.push(format!(
        "  Unshare and sign up before {}; later means {} days, until {}.",
        moment_in_words(best.sign_up_before, zone),
        best.blocked_days_if_missed(),
        date_in_words(best.if_missed),
    ));
    lines.push(format!("x Too late for this month: sending again on {}.", date_in_words(best.if_missed)));
    lines
}
