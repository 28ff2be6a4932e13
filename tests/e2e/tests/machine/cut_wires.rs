//! The template is what calls whom: without one of its lines the example stops where that line would have
//! carried it on, and nowhere else.

use handover_domain::flow::FlowName;
use handover_local::TEMPLATE;
use handover_local::template::Template;

use crate::played::{broken, example_on, only};

/// The template's text without the lines from the one that begins with `first` after `within`, as far as it
/// is nested.
fn without(within: &str, first: &str) -> String {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let lines: Vec<_> = TEMPLATE.lines().collect();
    let from = lines.iter().position(|line| line.trim() == within).unwrap_or_else(|| panic!("{within}"));
    let start = from + lines[from..].iter().position(|line| line.starts_with(first)).unwrap();
    let ends = |line: &&str| !line.trim().is_empty() && indent(line) <= indent(first);
    let end = lines[start + 1..].iter().position(ends).map_or(lines.len(), |end| start + 1 + end);
    [&lines[..start], &lines[end..]].concat().join("\n")
}

fn without_stream() -> String {
    without("FunctionName: publish-events", "        StateChanged:")
}

#[tokio::test]
async fn without_its_rule_the_example_stops_before_that_step() {
    let rows = [
        ("start-migration", "pre-flight"),
        ("check-waiting", "unshare and sign up"),
        ("discover-assets", "learn the assets"),
        ("assign-system-user", "assign the system user"),
        ("subscribe-app", "subscribe the app"),
        ("share-credit-line", "share the credit line"),
        ("register-numbers", "register numbers"),
        ("verify-activation", "activation"),
        ("announce", "announce"),
    ];
    assert_eq!(rows.len(), FlowName::PartnerSwitch.flow().rows.len());
    for (step, row) in rows {
        let rehearsal = example_on(&without(&format!("FunctionName: {step}"), "        StepDue:")).await;
        assert_eq!(only(&rehearsal).state.row, row);
        assert_eq!(rehearsal.stands_still.as_ref().unwrap().step, step);
        assert!(!only(&rehearsal).events.contains(&"CustomerUnblocked".to_owned()), "{step}");
        assert!(!rehearsal.timeline.iter().any(|line| line.step == step), "{step} has run");
    }
}

#[tokio::test]
async fn without_the_route_of_create_there_is_no_migration() {
    let rehearsal = example_on(&without("FunctionName: api", "        Create:")).await;
    assert!(rehearsal.migrations.is_empty());
    assert_eq!(rehearsal.timeline[0].what, "The request is refused with 404: Not Found");
}

#[tokio::test]
async fn without_the_route_of_signup_the_customer_is_waited_for() {
    let rehearsal = example_on(&without("FunctionName: signup", "        Post:")).await;
    assert_eq!(only(&rehearsal).state.row, "unshare and sign up");
    assert_eq!(only(&rehearsal).share_posts, []);
    let signup = rehearsal.timeline.iter().find(|line| line.step == "sign-up").unwrap();
    assert_eq!(signup.what, "The request is refused with 404: Not Found");
}

/// Losing every event of the stream changes nothing but time (rule 9): the sweep carries the example, a
/// minute a step. What is lost are the hints, which only the stream gives, so the example fails there.
#[tokio::test]
async fn without_the_stream_the_sweep_carries_each_step_a_minute_later_and_nobody_is_told_of_the_end() {
    let rehearsal = example_on(&without_stream()).await;
    assert_eq!(broken(&rehearsal), ["shared_at", "unblocked_at", "event"]);
    assert_eq!(only(&rehearsal).events, ["CustomerUnblocked"]);
    let steps = rehearsal.timeline.iter().filter(|line| line.at.to_string().starts_with("2026-04-21"));
    let steps: Vec<_> = steps.map(|line| format!("{} {}", line.at, line.step)).collect();
    insta::assert_snapshot!(steps.join("\n"));
}

#[tokio::test]
async fn with_a_filter_that_lets_no_state_through_it_is_as_without_the_stream() {
    let other =
        TEMPLATE.replace(r#""Keys": { "sk": { "S": ["STATE"] } }"#, r#""Keys": { "sk": { "S": ["LOCK"] } }"#);
    assert_ne!(other, TEMPLATE);
    assert_eq!(broken(&example_on(&other).await), ["shared_at", "unblocked_at", "event"]);
}

#[tokio::test]
async fn without_its_filter_the_template_is_refused() {
    let text = without("FunctionName: publish-events", "            FilterCriteria:");
    let error = Template::read(&text).unwrap_err();
    assert_eq!(error.what, "FilterCriteria is missing here");
}

/// The stream carries what is due at once, the sweep what has become due, and the roll call of the 1st is a road of
/// its own.
#[tokio::test]
async fn without_the_sweep_the_roll_call_of_the_1st_carries_the_example_to_its_end() {
    let rehearsal = example_on(&without("FunctionName: sweep-due", "        EveryMinute:")).await;
    assert_eq!(only(&rehearsal).unblocked_at, Some("2026-05-01T00:15:00Z".parse().unwrap()));
    assert_eq!(only(&rehearsal).share_posts.len(), 1);
}

#[tokio::test]
async fn without_sweep_and_roll_call_the_example_stops_at_the_first_wait_for_a_day() {
    let without_roll_call = without("FunctionName: monthly-activation", "        HourlyOnTheFirst:");
    let both = without_roll_call.replace("rate(1 minute)", "rate(365 days)");
    assert_ne!(without_roll_call, both);
    let rehearsal = example_on(&both).await;
    assert_eq!(only(&rehearsal).state.row, "activation");
    assert_eq!(only(&rehearsal).unblocked_at, None);
}

#[tokio::test]
async fn without_stream_and_schedule_nothing_ever_begins() {
    let stream = without_stream();
    let both = stream.replace("rate(1 minute)", "rate(365 days)");
    assert_ne!(stream, both);
    let rehearsal = example_on(&both).await;
    assert_eq!(only(&rehearsal).state.row, "pre-flight");
    assert_eq!(rehearsal.stands_still.unwrap().step, "start-migration");
}
