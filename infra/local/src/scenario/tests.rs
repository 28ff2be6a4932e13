use super::*;

const SMALL: &str = r#"
title = "A small one"
flow = "partner-switch"
[[act]]
at = "2026-04-20T08:00:00Z"
do = "create"
[[expect]]
state = "open"
"#;

const ACT: &str = "[[act]]\nat = \"2026-04-20T08:00:00Z\"\ndo = \"create\"\n";

const FLEET: &str = r#"
[fleet]
customers = 3
first = "2026-04-20T08:00:00Z"
last = "2026-04-25T08:00:00Z"
ways = ["as-told", "slowly"]
"#;

#[test]
fn a_fleet_has_a_waba_and_acts_for_each_customer() {
    let scenario = Scenario::read(&SMALL.replace(ACT, FLEET)).unwrap();
    assert_eq!(scenario.world.wabas, 3);
    let acts = scenario.acts.iter().map(|act| format!("{} {} {}", act.at, act.waba, act.what.name()));
    insta::assert_snapshot!(acts.collect::<Vec<_>>().join("\n"));
}

fn refusal(from: &str, to: &str) -> String {
    assert!(SMALL.contains(from), "{from}");
    Scenario::read(&SMALL.replacen(from, to, 1)).unwrap_err().to_string()
}

#[test]
fn what_a_scenario_leaves_unsaid_is_the_pages_example() {
    let scenario = Scenario::read(SMALL).unwrap();
    assert_eq!(scenario.world, WorldSpec::default());
    assert_eq!(scenario.until(), "2026-06-04T08:00:00Z".parse().unwrap());
    assert_eq!(scenario.choices().month_edge, MonthEdge::Unknown);
    assert_eq!(scenario.choices().late_share, LateShare::Ask);
}

#[test]
fn the_example_is_a_scenario() {
    assert!(Scenario::read(EXAMPLE).is_ok());
}

#[test]
fn a_key_that_is_not_known_is_refused_by_name_and_line() {
    let refusals = [
        refusal("flow =", "flwo ="),
        refusal("do = ", "waab = 1\ndo = "),
        refusal("state = ", "states = "),
        refusal("[[act]]", "[world]\nwabbas = 2\n[[act]]"),
        refusal("[[act]]", "[settings]\nlate_shares = \"ask\"\n[[act]]"),
        refusal("[[act]]", "[[fault]]\nendpoint = \"GET /{waba}\"\nfault = { cuts = true }\n[[act]]"),
        refusal("[[act]]", "[[fault]]\nendpoint = \"GET /wabas\"\nfault = \"cut\"\n[[act]]"),
    ];
    insta::assert_snapshot!(refusals.join("\n"));
}

#[test]
fn a_value_of_another_kind_is_refused_at_its_line() {
    let refusals = [
        refusal("partner-switch", "partner-swap"),
        refusal("2026-04-20T08:00:00Z", "20 April"),
        refusal("\"create\"", "\"dance\""),
        refusal("\"open\"", "7"),
        refusal("[[act]]", "[settings]\nmonth_zone = \"Mars/Olympus\"\n[[act]]"),
    ];
    insta::assert_snapshot!(refusals.join("\n"));
}

#[test]
fn what_cannot_be_played_is_refused_with_what_to_write() {
    let refusals = [
        refusal("\"create\"", "\"sign-up\""),
        refusal("do = \"create\"", "do = \"create\"\nwaba = 2"),
        refusal("do = \"create\"", "do = \"unshare\""),
        refusal("do = \"create\"", "do = \"unshare\"\nnamed = true"),
        refusal("[[expect]]", "[[act]]\nat = \"2026-04-19T08:00:00Z\"\ndo = \"unshare\"\n[[expect]]"),
        refusal("[[expect]]", "[[act]]\nat = \"2026-04-21T08:00:00Z\"\ndo = \"create\"\n[[expect]]"),
        refusal("[[expect]]\nstate = \"open\"", ""),
        refusal("state = \"open\"", "waba = 1"),
        refusal("state = \"open\"", "state = \"open\"\nwaba = 0"),
        refusal("[[act]]", &format!("{FLEET}[[act]]")),
        refusal(ACT, &FLEET.replace("3", "0")),
        refusal(ACT, &FLEET.replace("04-25", "03-25")),
        refusal(ACT, &FLEET.replace("\"as-told\", \"slowly\"", "")),
    ];
    insta::assert_snapshot!(refusals.join("\n"));
}
