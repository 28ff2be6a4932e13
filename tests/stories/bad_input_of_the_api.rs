//! Whatever is wrong with a request of an operator's is named with its field and the next action, and nothing is
//! written.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

use std::collections::BTreeSet;

use handover_engine::ports::Clock;
use serde_json::{Value, json};
use simulation::envelopes;
use simulation::script::{Script, at};
use simulation::world::World;

const NOBODY: &str = "0199a000-0000-7000-8000-000000000001";

/// The routes of `api`, as the template has them.
fn routes() -> BTreeSet<String> {
    let template = include_str!("../../infra/template.yaml");
    let api = template.split("  Api:\n").nth(1).unwrap().split("  Signup:\n").next().unwrap();
    let values = |name| {
        let rest = api.lines().filter_map(move |line: &str| line.split_once(name).map(|(_, rest)| rest));
        rest.map(|rest| rest.split([',', ' ']).next().unwrap().trim_matches('"').to_owned())
    };
    values(", Method: ").zip(values(", Path: ")).map(|(method, path)| format!("{method} {path}")).collect()
}

/// A migration that waits for the 1st.
pub(crate) fn waiting() -> World {
    let mut script = Script::example();
    script.end = at("2026-04-22T12:00:00Z");
    World::played(&script)
}

/// A request to a route: `id` stands in its braces, whatever their name.
pub(crate) fn request(route: &str, id: &str, query: &str, body: &str) -> Value {
    let (method, path) = route.split_once(' ').unwrap();
    let name = path.split('{').nth(1).map(|rest| rest.split('}').next().unwrap());
    let braces: Vec<(&str, &str)> = name.map(|name| (name, id)).into_iter().collect();
    let mut event = envelopes::get(
        path,
        &path.replace("{id}", id).replace("{month}", id).replace("{business}", id),
        &braces,
        query,
    );
    event["routeKey"] = json!(route);
    event["requestContext"]["routeKey"] = json!(route);
    event["requestContext"]["http"]["method"] = json!(method);
    event["body"] = json!(body);
    event
}

/// What is wrong, where, and what the answer names.
struct Case {
    route: &'static str,
    id: &'static str,
    query: &'static str,
    body: Value,
    status: u64,
    field: &'static str,
}

const fn case(route: &'static str, body: Value, status: u64, field: &'static str) -> Case {
    Case { route, id: "", query: "", body, status, field }
}

impl Case {
    fn about(self, id: &'static str) -> Self {
        Self { id, ..self }
    }
    fn asking(self, query: &'static str) -> Self {
        Self { query, ..self }
    }
}

pub(crate) const CREATE: &str = "POST /migrations";
const PLANS: &str = "POST /plans";
pub(crate) const BATCH: &str = "POST /migrations/batch";
const LIST: &str = "GET /migrations";
const UNSHARED: &str = "POST /migrations/{id}/unshared";
pub(crate) const CANCEL: &str = "POST /migrations/{id}/cancel";
const NEW_LINK: &str = "POST /migrations/{id}/new-link";
const RESOLVE: &str = "POST /migrations/{id}/resolve";
const APPROVE: &str = "POST /migrations/{id}/approve";
pub(crate) const ACTIONS: [&str; 5] = ["POST /migrations/{id}/retry", CANCEL, RESOLVE, NEW_LINK, APPROVE];
const ONE: [&str; 5] = [
    "GET /migrations/{id}",
    "GET /migrations/{id}/history",
    "GET /migrations/{id}/events",
    "GET /migrations/{id}/templates",
    "GET /migrations/{id}/hand-off",
];
const HAND_OFFS: &str = "POST /hand-offs";
const LIABILITIES: &str = "GET /liabilities";
const REVOKE: &str = "POST /liabilities/{business}/revoke";
const FLEET: [&str; 4] = ["GET /alarms", "GET /openapi.json", "GET /unmatched-webhooks", LIABILITIES];

/// The routes that answer without changing anything; a slip in a parameter's name must not change what they answer.
fn routes_that_look() -> impl Iterator<Item = &'static str> {
    [LIST, "GET /plan", "GET /roll-calls/{month}"].into_iter().chain(ONE).chain(FLEET)
}

fn text(value: &str) -> Value {
    Value::from(value)
}

/// A body that fits every action but for what is changed.
pub(crate) fn action(route: &str, changed: &Value) -> Value {
    let mut body = json!({ "seq": 9, "reason": "the customer has called" });
    if route == RESOLVE {
        body["verdict"] = json!("confirmed");
    }
    for (name, value) in changed.as_object().unwrap() {
        if value.is_null() {
            body.as_object_mut().unwrap().remove(name);
        } else {
            body[name] = value.clone();
        }
    }
    body
}

fn cases() -> Vec<Case> {
    let partner = json!({ "flow": "partner-switch" });
    let mut cases = vec![
        case(CREATE, json!({ "flow": "partner-switch", "waba_id": "12a" }), 400, "waba_id"),
        case(CREATE, json!({ "flow": "partner-switch", "waba_id": "123456789012345678901" }), 400, "waba_id"),
        case(CREATE, json!({ "flow": "partner-switch", "waba_id": 12 }), 400, "waba_id"),
        case(CREATE, json!({ "flow": "partner-switch", "label": "l".repeat(101) }), 400, "label"),
        case(CREATE, json!({ "flow": "partner-switch", "zone": "Atlantis" }), 400, "zone"),
        case(CREATE, json!({ "flow": "partner-switch", "solution_id": "1" }), 400, "solution_id"),
        case(CREATE, json!({ "flow": "solution-join", "solution_id": "1" }), 400, "waba_id"),
        case(CREATE, json!({ "flow": "solution-join", "waba_id": "1" }), 400, "solution_id"),
        case(
            CREATE,
            json!({ "flow": "solution-join", "waba_id": "1", "solution_id": "one" }),
            400,
            "solution_id",
        ),
        case(CREATE, json!({ "flow": "partner-switch", "partner_shares": true }), 400, "partner_shares"),
        case(CREATE, json!({ "flow": "solution-share", "waba_id": "1", "solution_id": "2" }), 400, "flow"),
        case(CREATE, json!({ "flow": "another" }), 400, "flow"),
        case(CREATE, json!({}), 400, "flow"),
        case(CREATE, json!({ "flow": "partner-switch", "wabaId": "1" }), 400, "wabaId"),
        case(CREATE, json!({ "flow": "partner-switch", "label": "l".repeat(17 * 1024) }), 400, "body"),
        case(PLANS, json!({}), 400, "known"),
        case(PLANS, json!({ "known": { "goal": "the-moon" } }), 400, "known.goal"),
        case(PLANS, json!({ "known": { "wants": "our-customer" } }), 400, "known.wants"),
        case(PLANS, json!({ "known": { "in_solution": "perhaps" } }), 400, "known.in_solution"),
        case(PLANS, json!({ "known": {}, "zone": "Atlantis" }), 400, "zone"),
        case(BATCH, json!({ "migrations": [] }), 400, "migrations"),
        case(BATCH, json!({ "migrations": vec![partner; 101] }), 400, "migrations"),
        case(
            BATCH,
            json!({ "migrations": [{ "flow": "partner-switch", "waba_id": "x" }] }),
            400,
            "migrations[0].waba_id",
        ),
        case(
            BATCH,
            json!({ "migrations": [{ "flow": "partner-switch", "wabaId": "1" }] }),
            400,
            "migrations[0].wabaId",
        ),
        case(BATCH, json!({ "migrations": [], "label": "l".repeat(65 * 1024) }), 400, "body"),
        case(BATCH, json!({ "migrations": "all" }), 400, "migrations"),
        case(BATCH, json!({}), 400, "migrations"),
        case(BATCH, json!({ "migrations": [], "flow": "partner-switch" }), 400, "flow"),
        case(LIST, Value::Null, 400, "status").asking("status=lost"),
        case(LIST, Value::Null, 400, "limit").asking("limit=0"),
        case(LIST, Value::Null, 400, "limit").asking("limit=101"),
        case(LIST, Value::Null, 400, "limit").asking("limit=ten"),
        case(LIST, Value::Null, 400, "status").asking("status=person&status=open"),
        case(LIST, Value::Null, 400, "status").asking("status=person,open"),
        case(LIST, Value::Null, 400, "limit").asking("limit=10&limit=0"),
        case(LIST, Value::Null, 400, "after").asking("after=forged"),
        // {"status":"person","after":{"pk":"x"}}, which no answer of ours has said.
        case(LIST, Value::Null, 400, "after")
            .asking("after=eyJzdGF0dXMiOiJwZXJzb24iLCJhZnRlciI6eyJwayI6IngifX0"),
        case("GET /migrations/{id}/history", Value::Null, 400, "after").about(NOBODY).asking("after=forged"),
        case("GET /migrations/{id}/history", Value::Null, 400, "limit").about(NOBODY).asking("limit=-1"),
        case("GET /migrations/{id}/events", Value::Null, 400, "after").about(NOBODY).asking("after=soon"),
        case("GET /migrations/{id}/events", Value::Null, 400, "limit").about(NOBODY).asking("limit=101"),
        case(UNSHARED, json!({}), 404, "id").about(NOBODY),
        case(UNSHARED, json!({}), 400, "id").about("12"),
        case(UNSHARED, json!({ "at": "yesterday" }), 400, "at").about("live"),
        case(UNSHARED, json!({ "at": 7 }), 400, "at").about("live"),
        case(UNSHARED, json!({ "at": "2026-05-22T12:00:00Z" }), 400, "at").about("live"),
        case(UNSHARED, json!({ "at": "2026-01-22T12:00:00Z" }), 400, "at").about("live"),
        case(UNSHARED, json!({ "when": "2026-04-22T12:00:00Z" }), 400, "when").about("live"),
        case("GET /plan", Value::Null, 400, "on").asking("on=2026-02-30"),
        case("GET /plan", Value::Null, 400, "on").asking("on=1999-01-01"),
        case("GET /plan", Value::Null, 400, "zone").asking("zone=Atlantis"),
        case("GET /roll-calls/{month}", Value::Null, 400, "month").about("2026-13"),
        case("GET /roll-calls/{month}", Value::Null, 400, "month").about("05-2026"),
        case("GET /roll-calls/{month}", Value::Null, 404, "month").about("2026-01"),
        case(CANCEL, action(CANCEL, &json!({ "share": "burn" })), 400, "share").about("live"),
        case(CANCEL, action(CANCEL, &json!({})), 409, "share").about("live"),
        case(NEW_LINK, action(NEW_LINK, &json!({ "zone": "Atlantis" })), 400, "zone").about("live"),
        case(RESOLVE, action(RESOLVE, &json!({ "verdict": "maybe" })), 400, "verdict").about("live"),
        case(RESOLVE, action(RESOLVE, &json!({ "verdict": null })), 400, "verdict").about("live"),
        case(RESOLVE, action(RESOLVE, &json!({ "verdict": "applied" })), 400, "allocation").about("live"),
        case(RESOLVE, action(RESOLVE, &json!({ "allocation": "77" })), 400, "allocation").about("live"),
        case(
            RESOLVE,
            action(RESOLVE, &json!({ "verdict": "applied", "allocation": "7x" })),
            400,
            "allocation",
        )
        .about("live"),
        case(RESOLVE, action(RESOLVE, &json!({ "verdict": "attempt" })), 409, "verdict").about("live"),
    ];
    for allocation in [json!(77), json!("123456789012345678901"), json!("")] {
        let body = action(RESOLVE, &json!({ "verdict": "applied", "allocation": allocation }));
        cases.push(case(RESOLVE, body, 400, "allocation").about("live"));
    }
    for route in routes_that_look() {
        let id = if route.contains("{month}") { "2026-05" } else { NOBODY };
        cases.push(case(route, Value::Null, 400, "staus").about(id).asking("staus=person"));
    }
    for route in ONE {
        cases.push(case(route, Value::Null, 404, "id").about(NOBODY));
        cases.push(case(route, Value::Null, 400, "id").about("not-an-id"));
    }
    for route in ACTIONS {
        cases.push(case(route, action(route, &json!({})), 404, "id").about(NOBODY));
        cases.push(case(route, action(route, &json!({})), 400, "id").about("not-an-id"));
        cases.push(case(route, action(route, &json!({ "seq": 3 })), 409, "seq").about("live"));
        cases.push(case(route, action(route, &json!({ "seq": "9" })), 400, "seq").about("live"));
        cases.push(case(route, action(route, &json!({ "seq": -1 })), 400, "seq").about("live"));
        cases.push(case(route, action(route, &json!({ "seq": null })), 400, "seq").about("live"));
        cases.push(case(route, action(route, &json!({ "seq": u64::MAX })), 409, "seq").about("live"));
        cases.push(case(route, action(route, &json!({ "reason": 7 })), 400, "reason").about("live"));
        cases.push(case(route, action(route, &json!({ "reason": null })), 400, "reason").about("live"));
        cases.push(case(route, action(route, &json!({ "reason": " " })), 400, "reason").about("live"));
        cases.push(
            case(route, action(route, &json!({ "reason": "r".repeat(201) })), 400, "reason").about("live"),
        );
        cases.push(case(route, action(route, &json!({ "force": true })), 400, "force").about("live"));
    }
    let revocation = json!({ "line": "1", "wabas": ["2"], "reason": "they have left" });
    for (name, value, status, field) in [
        ("line", json!("one"), 400, "line"),
        ("line", Value::Null, 400, "line"),
        ("wabas", json!("2"), 400, "wabas"),
        ("wabas", json!(["two"]), 400, "wabas[0]"),
        ("reason", json!(""), 400, "reason"),
        ("reason", json!("r".repeat(201)), 400, "reason"),
        ("force", json!(true), 400, "force"),
        ("reason", json!("nothing is shared with it"), 404, "business"),
    ] {
        let mut body = revocation.clone();
        body[name] = value;
        cases.push(case(REVOKE, body, status, field).about("7"));
    }
    cases.push(case(REVOKE, revocation, 400, "business").about("seven"));
    let wanted = json!({
        "version": 1, "kind": "share-wanted", "migration": NOBODY, "app": "1", "solution": "2", "waba": "3",
        "business": "4", "currency": "EUR",
    });
    let shared = json!({
        "version": 1, "kind": "shared", "answers": NOBODY, "migration": NOBODY, "solution": "2", "waba": "3",
        "allocation": "5", "shared_at": "2026-04-22T12:00:00Z",
    });
    for (paper, name, value, status, field) in [
        (&wanted, "version", json!(2), 400, "version"),
        (&wanted, "version", Value::Null, 400, "version"),
        (&wanted, "kind", json!("wanted"), 400, "kind"),
        (&wanted, "waba", json!("three"), 400, "waba"),
        (&wanted, "currency", json!("euro"), 400, "currency"),
        (&wanted, "allocation", json!("5"), 400, "allocation"),
        (&wanted, "label", json!("l".repeat(101)), 400, "label"),
        (&shared, "shared_at", json!("yesterday"), 400, "shared_at"),
        (&shared, "currency", json!("EUR"), 400, "currency"),
        (&shared, "kind", json!("shared"), 404, "answers"),
    ] {
        let mut body = paper.clone();
        body[name] = value;
        cases.push(case(HAND_OFFS, body, status, field));
    }
    let missing = |field: &'static str| {
        let mut body = wanted.clone();
        body.as_object_mut().unwrap().remove(field);
        case(HAND_OFFS, body, 400, field)
    };
    cases.extend(["version", "kind", "migration", "solution", "business"].map(missing));
    cases.push(case(LIABILITIES, Value::Null, 400, "limit").asking("limit=0"));
    cases.push(case(LIABILITIES, Value::Null, 400, "after").asking("after=nowhere"));
    for route in [CREATE, BATCH, UNSHARED, REVOKE, HAND_OFFS].into_iter().chain(ACTIONS) {
        let id = if route.contains('{') { "live" } else { "" };
        cases.push(case(route, text("{"), 400, "body").about(id));
        cases.push(case(route, text(""), 400, "body").about(id));
        cases.push(case(route, json!([]), 400, "body").about(id));
        cases.push(case(route, json!({ "more": "m".repeat(65 * 1024) }), 400, "body").about(id));
    }
    cases
}

#[test]
fn each_slip_is_named_with_its_field_and_the_next_action_and_nothing_is_written() {
    let world = waiting();
    assert_eq!(world.states()[0].seq, 9, "the cases name it");
    let live = world.migrations()[0].to_string();
    let before = world.everything();
    for Case { route, id, query, body, status, field } in cases() {
        let body = match &body {
            Value::String(raw) => raw.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        let id = if id == "live" { &live } else { id };
        let (got, told) = world.request("api", &request(route, id, query, &body));
        let shown: String = body.chars().take(80).collect();
        assert_eq!((got, &told["field"]), (status, &json!(field)), "{route} {query} {shown}: {told}");
        let detail = told["detail"].as_str().unwrap();
        assert!(detail.len() > 20 && detail.ends_with('.'), "{route}: {detail}");
        assert!(told["type"].as_str().unwrap().starts_with("errors.md#"), "{told}");
    }
    assert_eq!(world.everything(), before);
}

#[test]
fn every_route_of_the_template_has_its_cases() {
    let tried: BTreeSet<String> = cases().iter().map(|case| case.route.to_owned()).collect();
    assert_eq!(tried, routes());
}

#[test]
fn what_nobody_serves_is_told_so() {
    let world = waiting();
    let (status, told) = world.request("api", &request("PATCH /migrations", "", "", "{}"));
    assert_eq!((status, &told["field"]), (404, &json!("path")));
}

#[test]
fn a_batch_refuses_what_is_wrong_and_creates_the_rest() {
    let world = waiting();
    let taken = world.waba(0);
    let body = json!({ "migrations": [
        { "flow": "partner-switch", "label": "first" },
        { "flow": "partner-switch", "waba_id": taken },
        { "flow": "partner-switch", "label": "l".repeat(101) },
        { "flow": "partner-switch", "waba_id": "777" },
        { "flow": "partner-switch", "waba_id": "777" },
    ] });
    let mut event = request(BATCH, "", "", &body.to_string());
    event["headers"]["idempotency-key"] = json!("batch-1");
    let (status, told) = world.request("api", &event);
    assert_eq!(status, 200);
    let came = |told: &Value| -> Vec<Value> {
        let results = told["results"].as_array().unwrap().iter();
        results
            .map(|result| match result.get("problem") {
                Some(problem) => problem["field"].clone(),
                None => result["created"]["migration"].clone(),
            })
            .collect()
    };
    let first = came(&told);
    assert_eq!((&first[1], &first[2], &first[4]), (&json!("waba_id"), &json!("label"), &json!("waba_id")));
    assert!(first[0].as_str().unwrap().len() == 36 && first[3].as_str().unwrap().len() == 36, "{first:?}");
    let (_, told) = world.request("api", &event);
    assert_eq!(came(&told), first, "a batch that is asked again is done once");
}

#[test]
fn while_a_step_is_at_work_an_action_is_told_when_to_come_again() {
    use handover_engine::items;
    use handover_engine::records::{Action, Change, Records, Write};
    let world = waiting();
    let until = world.clock.now().as_millisecond() + 60_000;
    let held = Write {
        key: items::state(world.migrations()[0]),
        expects: vec![],
        action: Action::Update(vec![
            Change::Set("lease_until", json!(until)),
            Change::Set("claim_id", json!(NOBODY)),
        ]),
    };
    simulation::world::now(world.records.write(&held)).expect("memory answers");
    let (status, told) = world.operator_asks(0, "retry", &json!({})).expect("an answer");
    assert_eq!((status, &told["retry_after"]), (409, &json!(60)), "{told}");
}
