//! What an operator asks of Meta through the function `inspect`: it changes nothing, and what Meta does not show is nobody's.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};

use graph_simulator::{Fault, PlannedFault, Simulator};
use handover_domain::flow::FlowName;
use serde_json::{Value, json};
use simulation::envelopes;
use simulation::script::{Script, at};
use simulation::world::World;

/// A world with that many WABAs of ours, before anybody has done anything.
fn world(wabas: u16, changed: impl Fn(&mut Script)) -> World {
    let mut script = Script::example();
    script.world.wabas = wabas;
    script.world.onboarded = true;
    script.acts.clear();
    changed(&mut script);
    World::new(&script)
}

fn look(world: &World, route: &str, id: &str, query: &str) -> Value {
    let path = route.replace("{id}", id);
    let (status, told) = world.request("inspect", &envelopes::get(route, &path, &[("id", id)], query));
    assert_eq!(status, 200, "{path}?{query}: {told}");
    told
}

fn ownership(world: &World) -> Value {
    look(world, "/wabas/{id}/ownership", &world.waba(0), "")
}

fn flows(told: &Value) -> Vec<&str> {
    told["flows"].as_array().unwrap().iter().map(|fits| fits["flow"].as_str().unwrap()).collect()
}

#[test]
fn a_waba_is_shown_with_its_owner_and_the_flows_that_fit() {
    let told = ownership(&world(1, |_| {}));
    assert_eq!((&told["owner"], &told["ownership_type"]), (&json!("customer"), &json!("CLIENT_OWNED")));
    assert_eq!((flows(&told), &told["solutions"]), (vec!["solution-join"], &json!([])));
    let told = ownership(&world(1, |script| script.world.in_another_solution = true));
    let in_one = ["solution-switch", "solution-switch-business-suite", "leave-solution"];
    assert_eq!(flows(&told), in_one);
    let told = ownership(&world(1, |script| script.world.ownership = "ON_BEHALF_OF".to_owned()));
    assert_eq!((&told["owner"], flows(&told)), (&json!("partner"), vec!["ownership-transfer"]));
}

#[test]
fn what_meta_does_not_show_or_names_in_another_word_is_nobodys() {
    let told = ownership(&world(1, |script| script.world.onboarded = false));
    assert_eq!((&told["owner"], &told["ownership_type"]), (&json!("unclear"), &Value::Null));
    assert!(flows(&told).is_empty() && told["next"].as_str().unwrap().contains("says nothing of its owner"));
    let told = ownership(&world(1, |script| script.world.ownership = "AGENCY_OWNED".to_owned()));
    assert_eq!((&told["owner"], flows(&told).len()), (&json!("unclear"), 0));
}

#[test]
fn the_fleet_is_read_page_by_page_each_waba_once() {
    let world = world(45, |script| script.world.same_business = false);
    let mut wabas = Vec::new();
    let mut query = String::new();
    for pages in 1.. {
        let told = look(&world, "/fleet", "", &query);
        wabas.extend(told["wabas"].as_array().unwrap().iter().map(|waba| waba["waba"].clone()));
        assert!(told["wabas"].as_array().unwrap().len() <= 20);
        let Some(next) = told["next"].as_str() else {
            assert_eq!(pages, 3);
            break;
        };
        query = format!("after={next}");
    }
    assert_eq!(wabas.len(), 45);
    let each: BTreeSet<String> = wabas.iter().map(ToString::to_string).collect();
    assert_eq!(each.len(), 45);
    let owned = look(&world, "/fleet", "", "list=owned");
    assert_eq!((owned["wabas"].as_array().unwrap().len(), &owned["next"]), (0, &Value::Null));
}

#[test]
fn a_look_that_meta_does_not_answer_can_be_asked_again() {
    let world = world(1, |script| {
        let endpoint = "GET /{business}/client_whatsapp_business_accounts".parse().unwrap();
        let fault = Fault::LoseAnswer { applied: true };
        script.faults.push(PlannedFault { endpoint, nth: 1, about: None, fault });
    });
    let ask = || world.request("inspect", &envelopes::get("/fleet", "/fleet", &[], ""));
    assert_eq!((ask().0, ask().0), (503, 200));
}

/// The severity of each check.
fn doctor(
    changed: impl Fn(&mut Script),
    at_meta: impl Fn(&mut graph_simulator::World),
) -> (Value, Vec<(String, String)>) {
    let world = world(1, changed);
    let mut meta = world.simulator().world().clone();
    at_meta(&mut meta);
    *world.simulator() = Simulator::new(meta).unwrap();
    let told = look(&world, "/doctor", "", "");
    let findings = told["findings"].as_array().unwrap().iter();
    let word = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
    let found = findings.map(|finding| (word(finding, "severity"), word(finding, "check"))).collect();
    (told, found)
}

#[test]
fn a_set_up_that_is_ready_is_called_so_and_every_part_of_it_was_looked_at() {
    let (told, found) = doctor(|_| {}, |_| {});
    assert_eq!(told["ready"], true, "{told:#}");
    let checks: BTreeSet<&str> = found.iter().map(|(_, check)| check.as_str()).collect();
    let all = ["credit-lines", "graph-version", "permissions", "solutions", "token", "webhooks"];
    assert_eq!(checks, all.into());
    assert!(found.iter().all(|(severity, _)| severity == "fine"), "{told:#}");
}

#[test]
fn each_thing_that_is_wrong_is_found_with_who_mends_it() {
    let first = |changed: fn(&mut graph_simulator::World)| {
        let (told, found) = doctor(|_| {}, changed);
        assert!(
            told["findings"][0]["action"].as_str().is_some_and(|action| action.contains("administrator")),
            "{told:#}"
        );
        (told["ready"].as_bool().unwrap(), found[0].clone())
    };
    let is = |severity: &str, check: &str| (severity.to_owned(), check.to_owned());
    let revoked = first(|world| world.tokens.values_mut().for_each(|token| token.revoked = true));
    assert_eq!(revoked, (false, is("stops", "token")));
    let ends = first(|world| {
        let soon = at("2026-05-01T00:00:00Z");
        world.tokens.values_mut().for_each(|token| token.expires_at = Some(soon));
    });
    assert_eq!(ends, (true, is("warns", "token")));
    let no_line = first(|world| world.credit_lines.clear());
    assert_eq!(no_line, (false, is("stops", "credit-lines")));
    let deaf = first(|world| _ = world.app.webhook_fields.remove("account_update"));
    assert_eq!(deaf, (true, is("warns", "webhooks")));
    let employee = first(|world| {
        world.system_users.values_mut().for_each(|user| user.role = graph_simulator::Role::Employee);
    });
    assert!(!employee.0, "{employee:?}");
}

/// Whether each thing that Meta does not say is as it is taken to be.
fn assumptions(world: &World) -> BTreeMap<String, (String, Value)> {
    let told = look(world, "/assumptions", "", "");
    let lines = told["assumptions"].as_array().unwrap().clone();
    let text = |line: &Value, field: &str| line[field].as_str().unwrap().to_owned();
    lines.iter().map(|line| (text(line, "about"), (text(line, "holds"), line["seen"].clone()))).collect()
}

#[test]
fn what_meta_does_not_say_is_unknown_until_it_was_seen_and_reading_tells_what_can_be_read() {
    let before = world(4, |_| {});
    let calls_before = before.simulator().calls().len();
    let told = assumptions(&before);
    for about in ["funding-before-the-first", "activation-time", "repeated-share", "number-id"] {
        assert_eq!(told[about], ("unknown".to_owned(), json!({})), "{about}");
    }
    assert_eq!(told["funding-readable"], ("yes".to_owned(), json!({ "readable": 3 })));
    assert_eq!(
        told["two-step-readable"],
        ("yes".to_owned(), json!({ "withheld": 3 })),
        "both are provided for"
    );
    assert_eq!(told["on-behalf-of"], ("yes".to_owned(), json!({ "none": 1 })));
    let simulator = before.simulator();
    let since = &simulator.calls()[calls_before..];
    assert!(since.iter().all(|call| call.endpoint.as_str().starts_with("GET ")), "it only reads");
}

#[test]
fn what_contradicts_an_assumption_is_told_with_how_often_it_was_seen() {
    let told = assumptions(&world(2, |script| script.world.settings.funding_readable = false));
    assert_eq!(told["funding-readable"], ("no".to_owned(), json!({ "withheld": 2 })));
    let told = assumptions(&world(2, |script| script.world.ownership = "ON_BEHALF_OF".to_owned()));
    assert_eq!(told["on-behalf-of"], ("no".to_owned(), json!({ "some": 2 })));
}

#[test]
fn migrations_write_down_in_passing_what_they_see_of_it() {
    let mut script = Script::with_a_number_to_register();
    script.world.settings.gap_shows_in_health = true;
    let told = assumptions(&World::played(&script));
    assert_eq!(told["activation-time"], ("yes".to_owned(), json!({ "within a day": 1 })));
    assert_eq!(told["funding-before-the-first"], ("yes".to_owned(), json!({ "another": 1 })));
    assert_eq!(told["registered-before-the-first"], ("yes".to_owned(), json!({ "accepted": 1 })));

    script.world.settings.swap_delay_days = 3;
    script.world.settings.register_before_first = false;
    let told = assumptions(&World::played(&script));
    assert_eq!(told["activation-time"], ("no".to_owned(), json!({ "later": 1 })));
    assert_eq!(told["registered-before-the-first"].0, "no", "{told:?}");

    let told = assumptions(&World::played(&Script::of(FlowName::SolutionSwitch)));
    assert_eq!(told["number-id"], ("yes".to_owned(), json!({ "changed": 1 })));
    assert_eq!(told["templates-copied"], ("yes".to_owned(), json!({ "within five minutes": 1 })));
    let mut slow = Script::of(FlowName::SolutionSwitch);
    slow.world.settings.templates_copied_after_minutes = 60;
    let told = assumptions(&World::played(&slow));
    assert_eq!(told["templates-copied"], ("no".to_owned(), json!({ "later": 1 })));
}

#[test]
fn what_is_answered_to_a_share_in_the_doubtful_hours_tells_the_zone() {
    let late = Script::signing_up_at(at("2026-04-27T20:00:00Z"));
    for (zone, answer) in [("America/Los_Angeles", "accepted"), ("Pacific/Kiritimati", "refused: 100")] {
        let attempt = json!({ "verdict": "attempt" });
        let mut script = late.clone().asking(at("2026-04-27T21:00:00Z"), "resolve", attempt);
        script.world.settings.zone = jiff::tz::TimeZone::get(zone).unwrap();
        let told = assumptions(&World::played(&script));
        let seen = json!({ format!("{answer} on 27 April 2026 21:00 UTC"): 1 });
        assert_eq!(told["share-at-the-edge"], ("yes".to_owned(), seen), "{zone}");
    }
}
