//! How much may come in: each body to its last byte, brackets without end, and how often.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use serde_json::{Value, json};
use simulation::envelopes;
use simulation::script::{Script, at};
use simulation::world::World;

const KB: usize = 1024;

/// A migration that waits for its customer.
fn waiting() -> World {
    let mut script = Script::with_the_waba_named();
    script.acts.truncate(2);
    script.end = at("2026-04-21T10:00:00Z");
    let world = World::played(&script);
    world.clock.set(script.end);
    world
}

/// Every route that takes a body, and how many bytes of it.
fn doors(world: &World) -> Vec<(&'static str, Value, usize)> {
    let migration = world.migrations()[0];
    let none = Value::Null;
    let action = |action| envelopes::action(migration, action, &Value::Null);
    let about = |route: &str, name: &str| {
        let mut event = envelopes::post(route, &Value::Null);
        event["pathParameters"] = json!({ name: "7" });
        event
    };
    vec![
        ("api", envelopes::post("/migrations", &none), 16 * KB),
        ("api", envelopes::post("/migrations/batch", &none), 64 * KB),
        ("api", envelopes::post("/plans", &none), 16 * KB),
        ("api", envelopes::post("/hand-offs", &none), 16 * KB),
        ("api", about("/liabilities/{business}/revoke", "business"), 16 * KB),
        ("api", action("unshared"), 16 * KB),
        ("api", action("retry"), 16 * KB),
        ("api", action("cancel"), 16 * KB),
        ("api", action("resolve"), 16 * KB),
        ("api", action("approve"), 16 * KB),
        ("api", action("new-link"), 16 * KB),
        ("signup", envelopes::post("/signup", &none), 16 * KB),
        ("signup", envelopes::put_token(&world.waba(0), ""), 8 * KB),
        ("signup", action("code"), KB),
        ("webhook", envelopes::post("/webhook", &none), 3 * KB * KB),
    ]
}

fn sent(world: &World, function: &'static str, door: &Value, body: &str) -> (u64, Value) {
    let mut event = door.clone();
    event["body"] = json!(body);
    if function == "webhook" {
        let signature = world.simulator().signed(body.as_bytes().to_vec()).signature;
        event["headers"]["x-hub-signature-256"] = json!(signature);
    }
    world.request(function, &event)
}

#[test]
fn every_route_of_the_document_that_takes_a_body_has_its_limit_here() {
    let document: Value = serde_json::from_str(include_str!("../../docs/openapi.json")).unwrap();
    let mut documented: Vec<String> = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let takes =
            methods.as_object().unwrap().iter().filter(|(_, operation)| !operation["requestBody"].is_null());
        documented.extend(takes.map(|(method, _)| format!("{} {path}", method.to_uppercase())));
    }
    documented.sort();
    let mut tried: Vec<String> =
        doors(&waiting()).iter().map(|(_, door, _)| door["routeKey"].as_str().unwrap().to_owned()).collect();
    tried.sort();
    assert_eq!(tried, documented);
}

#[test]
fn a_body_is_read_to_its_last_byte_and_refused_with_one_more() {
    let world = waiting();
    let before = world.everything();
    for (function, door, most) in doors(&world) {
        let filled = |length: usize| format!("{{\"?\":1}}{}", " ".repeat(length - 7));
        // It is no request: what is wrong in it is named, so it was read.
        let (status, told) = sent(&world, function, &door, &filled(most));
        assert!(
            (400..500).contains(&status) && told["field"] != "body",
            "{}: {status} {told}",
            door["routeKey"]
        );
        let (status, told) = sent(&world, function, &door, &filled(most + 1));
        assert_eq!((status, &told["field"]), (400, &json!("body")), "{}: {told}", door["routeKey"]);
        let limit = format!("larger than {} KB", most / KB);
        assert!(told["detail"].as_str().unwrap().contains(&limit), "{told}");
    }
    assert_eq!(world.everything(), before);
}

#[test]
fn brackets_without_end_are_refused_at_every_door() {
    let world = waiting();
    let before = world.everything();
    for (function, door, most) in doors(&world) {
        for (open, shut) in [("[", "]"), ("{\"a\":", "}")] {
            let depth = (most - 20) / (open.len() + shut.len());
            let nested = |inner: &str| format!("{}{inner}{}", open.repeat(depth), shut.repeat(depth));
            for body in [nested("1"), open.repeat(most / open.len()), format!("{{\"seq\":{}}}", nested("1"))]
            {
                let (status, told) = sent(&world, function, &door, &body);
                assert_eq!(status, 400, "{}: {told}", door["routeKey"]);
            }
        }
    }
    assert_eq!(world.everything(), before);
}

/// Not the functions' to count: API Gateway lets in so many, whoever asks, and answers 429 to the rest.
#[test]
fn how_often_anybody_may_ask_is_limited_where_requests_come_in() {
    let template = include_str!("../../infra/template.yaml");
    let gateway = template.split("  Gateway:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    for line in
        ["ThrottlingRateLimit: !Ref RequestsPerSecond", "ThrottlingBurstLimit: !Ref RequestsPerSecond"]
    {
        assert!(gateway.contains(line), "{gateway}");
    }
    assert_eq!(
        template.matches("AWS::Serverless::HttpApi").count(),
        1,
        "another way in needs a limit of its own"
    );
    assert!(!template.contains("FunctionUrlConfig"), "a function's own address has no limit");
}
