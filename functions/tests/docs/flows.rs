//! The flows as tables, and the functions that a page links to.

use std::fmt::Write;

use handover_domain::flow::{CANCELLATION, FlowName, Need, Row, WhenMissed};

use crate::line;

/// Every flow, a heading and a table each, and the row to which only an action leads.
pub(crate) fn tables() -> String {
    let flows = FlowName::ALL
        .map(FlowName::flow)
        .into_iter()
        .map(|flow| table(flow.name.name(), flow.title, flow.rows));
    let cancelled = "An operator ends a migration after the share and has it taken back (`share = revoke`)";
    let last = table("cancel", cancelled, std::slice::from_ref(&CANCELLATION));
    flows.chain([last]).collect::<Vec<_>>().join("\n")
}

/// The functions that a text links to, by their first mention: `` [`name`](steps/name/src/lib.rs) ``. Flows share steps.
pub(crate) fn linked(text: &str) -> Vec<&str> {
    let mut linked: Vec<&str> = Vec::new();
    for name in text.split("[`").skip(1).filter_map(name_of_a_link) {
        if !linked.contains(&name) {
            linked.push(name);
        }
    }
    linked
}

fn name_of_a_link(text: &str) -> Option<&str> {
    let (name, rest) = text.split_once("`](")?;
    let (target, _) = rest.split_once(')')?;
    let room = target.split('/').next()?;
    let is_a_function = ["edge", "steps", "upkeep"].contains(&room);
    (is_a_function && target == format!("{room}/{name}/src/lib.rs")).then_some(name)
}

fn table(name: &str, title: &str, rows: &[Row]) -> String {
    let mut text = format!("### {name}\n\n{title}.\n\n");
    text +=
        "| row | who acts | function | needs | gates | proof | deadline, and when it is missed | by hand |\n";
    text += "|---|---|---|---|---|---|---|---|\n";
    for row in rows {
        write!(text, "{}", row_of(row)).unwrap();
    }
    text
}

fn row_of(row: &Row) -> String {
    let function = row.run_by.name();
    let needs: Vec<&str> = row.needs.iter().map(|need| what(*need)).collect();
    line([
        row.name.to_owned(),
        row.acts.to_string(),
        format!("[`{function}`](steps/{function}/src/lib.rs)"),
        if needs.is_empty() { "nothing".to_owned() } else { needs.join(", ") },
        if row.gates { "yes" } else { "no" }.to_owned(),
        row.proof.to_owned(),
        format!("{}; then {}", row.deadline, then(row.when_missed)),
        row.by_hand.to_owned(),
    ])
}

const fn what(need: Need) -> &'static str {
    match need {
        Need::CustomerToken => "the customer's token",
        Need::SystemToken => "our system user's token",
        Need::Window => "the share window",
        Need::AppSecret => "our app's secret",
        Need::Pin => "the number's PIN",
        Need::Code => "the code that the number has got",
        Need::Bus => "the bus",
    }
}

const fn then(missed: WhenMissed) -> &'static str {
    match missed {
        WhenMissed::Person => "a person looks",
        WhenMissed::NewPlan => "a new plan with a new date",
        WhenMissed::WindowMissed => "`WindowMissed` with the new date",
        WhenMissed::Finding => "an open finding, and the migration goes on",
    }
}
