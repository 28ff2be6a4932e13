//! What an operator asks of Meta through the function `inspect`: it changes nothing, and what Meta does not show is nobody's.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::collections::BTreeSet;

use graph_simulator::{Fault, PlannedFault, Simulator};
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
