//! What an operator reads: the board, a migration, its history and events, the plan. Every answer is held to the API
//! document too, wherever a test asks.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

use std::collections::BTreeMap;

use graph_simulator::{Fault, PlannedFault};
use handover_domain::advice::{self, Goal, Known, Role};
use handover_domain::calendar::MonthEdge;
use handover_domain::flow::FlowName;
use handover_domain::plan::Plan;
use handover_engine::ports::Clock;
use jiff::civil::date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use simulation::envelopes;
use simulation::script::{Act, Script, at};
use simulation::world::World;

/// Reads a route; what stands in its braces is `id`.
fn read(world: &World, route: &str, id: &str, query: &str) -> Value {
    let template = route.strip_prefix("GET ").unwrap();
    let path = template.replace("{id}", id);
    let (status, told) = world.request("api", &envelopes::get(template, &path, &[("id", id)], query));
    assert_eq!(status, 200, "{path}?{query}: {told}");
    told
}

/// Reads a list to its end, a page of so many at a time.
fn all(world: &World, route: &str, id: &str, limit: usize, list: &str) -> Vec<Value> {
    let mut lines = Vec::new();
    let mut after = String::new();
    loop {
        let told = read(world, route, id, &format!("limit={limit}{after}"));
        let page = told[list].as_array().unwrap();
        assert!(page.len() <= limit || list == "events", "{told}");
        lines.extend(page.iter().cloned());
        after = match &told["next"] {
            Value::Null => return lines,
            Value::String(next) => format!("&after={next}"),
            number => format!("&after={number}"),
        };
    }
}

const LIST: &str = "GET /migrations";

/// Two customers wait for the 1st, one has not signed up, and the migration of one was cancelled.
fn a_board() -> World {
    let mut script = Script::two_wabas_of_one_business();
    script.acts.push((at("2026-04-21T11:00:00Z"), Act::Create { waba: None }));
    let cancelled = Act::Ask { migration: 2, action: "cancel", more: json!({}) };
    script.acts.push((at("2026-04-21T12:00:00Z"), cancelled));
    script.acts.push((at("2026-04-21T13:00:00Z"), Act::Create { waba: None }));
    script.end = at("2026-04-22T00:00:00Z");
    World::played(&script)
}

/// The example, from the beginning to the end.
fn ended() -> (World, String) {
    let world = World::played(&Script::example());
    let id = world.migrations()[0].to_string();
    (world, id)
}

#[test]
fn the_board_lists_everyone_once_the_living_first() {
    let world = a_board();
    let whole = all(&world, LIST, "", 100, "migrations");
    let statuses: Vec<&Value> = whole.iter().map(|line| &line["status"]).collect();
    assert_eq!(statuses, ["waiting", "waiting", "waiting", "cancelled"]);
    assert_eq!(whole[0]["unblocks_on"], "2026-05-01");
    for limit in [1, 2, 3, 4] {
        assert_eq!(all(&world, LIST, "", limit, "migrations"), whole, "{limit} on a page");
    }
}

#[test]
fn the_board_lists_one_status_alone() {
    let world = a_board();
    let told = read(&world, LIST, "", "status=cancelled");
    let migrations = world.migrations();
    assert_eq!(told["migrations"].as_array().unwrap().len(), 1);
    assert_eq!(told["migrations"][0]["migration"], json!(migrations[2]));
    assert_eq!(read(&world, LIST, "", "status=refused"), json!({ "migrations": [] }));
}

#[test]
fn a_cursor_of_another_list_is_refused() {
    let world = a_board();
    let next = read(&world, LIST, "", "status=waiting&limit=1")["next"].as_str().unwrap().to_owned();
    let query = format!("status=cancelled&after={next}");
    let (status, told) = world.request("api", &envelopes::get("/migrations", "/migrations", &[], &query));
    assert_eq!((status, &told["field"]), (400, &json!("after")), "{told}");
}

#[test]
fn a_migration_says_where_it_stands_and_what_can_be_done() {
    let world = a_board();
    let shown =
        |place: usize| read(&world, "GET /migrations/{id}", &world.migrations()[place].to_string(), "");
    let told = shown(0);
    assert_eq!((&told["row"], &told["waits_for"]), (&json!("activation"), &json!("meta")));
    assert_eq!(told["actions"], json!(["retry", "cancel", "new-link", "resolve"]));
    assert_eq!(told["verdicts"], json!(["confirmed"]));
    // Nobody has told of the unshare, so the signup counts.
    assert_eq!(told["blocked_since"]["assumed"], json!(true));
    assert_eq!(told["blocked_since"]["at"], told["signed_up_at"]);
    assert!(told["reason"]["action"].as_str().unwrap().ends_with('.'), "{told}");
    let told = shown(3);
    assert_eq!(
        (&told["waits_for"], &told["actions"]),
        (&json!("customer"), &json!(["retry", "cancel", "new-link"]))
    );
    let told = shown(2);
    assert_eq!((&told["status"], &told["actions"]), (&json!("cancelled"), &json!([])));
}

#[test]
fn an_unshare_that_is_told_is_since_when_the_customer_cannot_send() {
    let world = a_board();
    let id = world.migrations()[0].to_string();
    let told = envelopes::action(world.migrations()[0], "unshared", &json!({ "at": "2026-04-21T09:00:00Z" }));
    assert_eq!(world.request("api", &told).0, 200);
    let shown = read(&world, "GET /migrations/{id}", &id, "");
    assert_eq!(shown["blocked_since"], json!({ "at": "2026-04-21T09:00:00Z", "assumed": false }));
}

#[test]
fn an_unshare_of_an_ended_migration_is_refused() {
    let (world, _) = ended();
    let told = envelopes::action(world.migrations()[0], "unshared", &json!({}));
    let (status, told) = world.request("api", &told);
    assert_eq!((status, &told["field"]), (409, &json!("id")), "{told}");
}

#[test]
fn the_history_tells_entries_and_notes_by_time_whatever_the_size_of_a_page() {
    let (world, id) = ended();
    let route = "GET /migrations/{id}/history";
    let whole = all(&world, route, &id, 100, "entries");
    let times: Vec<&str> = whole.iter().map(|line| line["at"].as_str().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    let notes: Vec<&Value> = whole.iter().filter(|line| line["kind"] == "note").collect();
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert_eq!(notes[0]["note"]["what"], "signup accepted");
    assert_eq!(whole.len(), world.history(0).len() + notes.len());
    for limit in [1, 2, 3, 7] {
        assert_eq!(all(&world, route, &id, limit, "entries"), whole, "{limit} on a page");
    }
}

#[test]
fn the_history_has_metas_whole_error_beside_its_entry() {
    let mut script = Script::failing_at_first("POST /{waba}/subscribed_apps", 1);
    script.end = at("2026-04-22T00:00:00Z");
    let world = World::played(&script);
    let id = world.migrations()[0].to_string();
    let whole = all(&world, "GET /migrations/{id}/history", &id, 100, "entries");
    let errors: Vec<&Value> =
        whole.iter().map(|line| &line["error"]).filter(|error| !error.is_null()).collect();
    assert_eq!(errors.len(), 1, "{whole:#?}");
    assert!(errors[0].to_string().contains("fbtrace_id"), "{errors:?}");
}

#[test]
fn the_events_can_be_had_again_from_any_place() {
    let (world, id) = ended();
    let route = "GET /migrations/{id}/events";
    let whole = all(&world, route, &id, 100, "events");
    let kinds: Vec<&Value> = whole.iter().map(|event| &event["type"]).collect();
    assert_eq!(kinds, ["CustomerUnblocked", "MigrationEnded"], "{whole:#?}");
    for limit in [1, 2, 5] {
        assert_eq!(all(&world, route, &id, limit, "events"), whole, "{limit} on a page");
    }
    let last = whole.last().unwrap()["seq"].as_u64().unwrap();
    assert_eq!(read(&world, route, &id, &format!("after={last}"))["events"], json!([]));
    let on_the_bus: Vec<Value> = world
        .events()
        .into_iter()
        .filter(|(_, event)| event.detail_type == "CustomerUnblocked")
        .map(|(_, event)| event.detail)
        .collect();
    assert_eq!(vec![whole[0]["detail"].clone()], on_the_bus, "as it was on the bus");
}

#[test]
fn the_events_of_every_row_that_gates_can_be_had_again_in_the_words_of_the_bus() {
    let script = Script::of(FlowName::SolutionSwitch);
    let fault = Fault::GraphError { code: 10, subcode: None, status: None, is_transient: false };
    let endpoint = "POST /{phone_number}/register".parse().unwrap();
    let faults = (1..=2).map(|nth| PlannedFault { endpoint, nth, about: None, fault: fault.clone() });
    let world = World::played(&script.with_faults(faults));
    let id = world.migrations()[0].to_string();
    let again: Vec<(Value, Value)> = all(&world, "GET /migrations/{id}/events", &id, 100, "events")
        .into_iter()
        .map(|event| (event["type"].clone(), event["detail"].clone()))
        .collect();
    let hints: BTreeMap<String, (Value, Value)> = world
        .events()
        .into_iter()
        .filter(|(_, event)| event.detail_type != "StepDue")
        .map(|(_, event)| (event.detail["id"].to_string(), (json!(event.detail_type), event.detail)))
        .collect();
    let kinds: Vec<&Value> = again.iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["PersonNeeded", "PersonNeeded", "CustomerMoved", "MigrationEnded"], "{again:#?}");
    assert_eq!(again[1].1["row"], "register numbers");
    for told in &again[2..] {
        assert_eq!(told.1["source"], json!(world.waba(0)));
        assert!(told.1["cut_over_at"].is_string(), "{again:#?}");
    }
    let on_the_bus: BTreeMap<String, (Value, Value)> =
        again.into_iter().map(|event| (event.1["id"].to_string(), event)).collect();
    assert_eq!(on_the_bus, hints);
}

#[test]
fn the_plan_is_that_of_the_command_in_the_readers_zone() {
    let (world, _) = ended();
    let told = read(&world, "GET /plan", "", "on=2026-04-20&zone=Europe/Berlin");
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    assert_eq!(told, json!(Plan::for_start(date(2026, 4, 20), &berlin, &MonthEdge::Unknown)));
}

#[test]
fn the_advice_is_that_of_the_command() {
    let (world, _) = ended();
    let body =
        json!({ "known": { "goal": "our-customer", "role": "tech-provider" }, "zone": "Europe/Berlin" });
    let (status, told) = world.request("api", &envelopes::post("/plans", &body));
    let known = Known { goal: Some(Goal::OurCustomer), role: Some(Role::TechProvider), ..Known::default() };
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    let advice = advice::advise(&known, world.clock.now(), &berlin, &MonthEdge::Unknown);
    assert_eq!((status, told), (200, json!(advice)));
}

#[test]
fn the_document_is_served_as_it_is_checked_in() {
    let (world, _) = ended();
    let checked_in: Value = serde_json::from_str(include_str!("../../docs/openapi.json")).unwrap();
    assert_eq!(read(&world, "GET /openapi.json", "", ""), checked_in);
}

#[test]
fn whom_no_migration_explains_is_listed_until_fourteen_days_are_over() {
    use handover_engine::ports::Clock;
    const UNMATCHED: &str = "GET /unmatched-webhooks";
    let world = World::new(&Script::example());
    assert_eq!(read(&world, UNMATCHED, "", "")["webhooks"], json!([]));
    let waba = world.waba(0);
    let added = world.simulator().account_update("PARTNER_ADDED", &waba);
    assert_eq!(world.request("webhook", &envelopes::webhook(&added)).0, 200);
    let listed = read(&world, UNMATCHED, "", "");
    assert_eq!(
        (&listed["webhooks"][0]["waba"], &listed["webhooks"][0]["event"]),
        (&json!(waba), &json!("PARTNER_ADDED"))
    );
    let later = |hours| world.clock.now() + jiff::SignedDuration::from_hours(hours);
    world.clock.set(later(14 * 24 - 1));
    assert_eq!(read(&world, UNMATCHED, "", "")["webhooks"].as_array().unwrap().len(), 1);
    world.clock.set(later(1));
    assert_eq!(read(&world, UNMATCHED, "", "")["webhooks"], json!([]));
}

#[test]
fn a_cursor_of_another_history_is_refused() {
    let world = a_board();
    let id = |place: usize| world.migrations()[place].to_string();
    let history = "GET /migrations/{id}/history";
    let next = read(&world, history, &id(0), "limit=2")["next"].as_str().unwrap().to_owned();
    let forged = {
        use base64::Engine;
        let place = json!({ "migration": id(1), "entry": format!("H#{}", "9".repeat(2_000)) });
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(place.to_string())
    };
    for after in [next, forged] {
        let path = format!("/migrations/{}/history", id(1));
        let query = format!("after={after}");
        let event = envelopes::get("/migrations/{id}/history", &path, &[("id", &id(1))], &query);
        let (status, told) = world.request("api", &event);
        assert_eq!((status, &told["field"]), (400, &json!("after")), "{told}");
    }
}
