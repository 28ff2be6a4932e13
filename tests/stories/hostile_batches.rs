//! A webhook of a thousand updates, of which one is poison: it hurts itself, wherever it stands, and wakes all others.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use handover_engine::ports::Clock;
use serde_json::{Value, json};
use simulation::envelopes;
use simulation::script::{Script, at};
use simulation::world::World;

/// Meta sends no more in one body (facts 15.1).
const BATCH: usize = 1_000;

/// The WABA of a migration by its number.
fn waba(number: usize) -> String {
    (7_000_000 + number).to_string()
}

/// As many migrations as a batch has updates, but for the one that is poison; each has its WABA named.
fn fleet() -> World {
    let mut script = Script::example();
    script.acts.clear();
    script.end = at("2026-04-21T09:30:00Z");
    let world = World::played(&script);
    world.clock.set(script.end);
    let numbers: Vec<usize> = (1..BATCH).collect();
    for some in numbers.chunks(100) {
        let ones: Vec<Value> =
            some.iter().map(|number| json!({ "flow": "partner-switch", "waba_id": waba(*number) })).collect();
        let mut request = envelopes::post("/migrations/batch", &json!({ "migrations": ones }));
        request["headers"]["idempotency-key"] = json!(format!("from {}", some[0]));
        assert_eq!(world.request("api", &request).0, 200);
    }
    world
}

/// How often each migration was woken, by its WABA.
fn wakes(world: &World) -> BTreeMap<String, u64> {
    let items = world.records.items();
    let states = items.iter().filter(|(key, _)| key.sort == "STATE").map(|(_, state)| state);
    states
        .map(|state| (state["waba"].as_str().unwrap().to_owned(), state["wakes"].as_u64().unwrap()))
        .collect()
}

/// Sends a body with Meta's signature, byte for byte: not all of it is JSON, or text.
fn sent(world: &World, body: Vec<u8>) -> (u64, Value) {
    let webhook = world.simulator().signed(body);
    let mut event = envelopes::webhook(&webhook);
    event["isBase64Encoded"] = json!(true);
    event["body"] = json!(STANDARD.encode(&webhook.body));
    world.request("webhook", &event)
}

fn added(us: &str, time: i64, waba: &str) -> Value {
    let value =
        json!({ "event": "PARTNER_ADDED", "waba_info": { "waba_id": waba, "owner_business_id": "506" } });
    json!({ "id": us, "time": time, "changes": [{ "field": "account_update", "value": value }] })
}

/// What stands in the place of an entry, as JSON text, for not all of it is JSON that a parser takes.
fn poisons(us: &str, time: i64) -> Vec<(&'static str, String)> {
    let with = |id: &str| added(us, time, id).to_string();
    let change = |text: &str| format!(r#"{{"id":"{us}","time":{time},"changes":[{text}]}}"#);
    let with_raw = |raw: &str| with("RAW").replace("\"RAW\"", raw);
    vec![
        ("a number", "7".to_owned()),
        ("a list", "[]".to_owned()),
        ("an entry without changes", json!({ "id": us, "time": time }).to_string()),
        ("a change that is none", change("null")),
        ("a field whose name is a number", change(r#"{"field":7,"value":{}}"#)),
        ("an unknown field", change(r#"{"field":"flows","value":{"event":"ENDPOINT_ERROR_RATE"}}"#)),
        (
            "an event that is a list",
            change(r#"{"field":"account_update","value":{"event":["PARTNER_ADDED"]}}"#),
        ),
        ("an id with a slash", with("12/34")),
        ("an id with an encoded slash", with("12%2F34")),
        ("an id with control characters", with("12\u{0}\r\n\u{7f}34")),
        ("digits of another script", with("４８６")),
        ("an id of letters that look like digits", with("l0O7")),
        ("an id that is too long", with(&"7".repeat(21))),
        ("an id of a megabyte", with(&"7".repeat(1024 * 1024))),
        ("an id that is a fraction", with_raw("7.5")),
        ("a number beyond all bounds", with_raw("1e999")),
        ("half a surrogate pair", with_raw(r#""\ud83d""#)),
        ("brackets without end", change(&format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)))),
        ("objects without end", change(&format!("{}1{}", r#"{"a":"#.repeat(500), "}".repeat(500)))),
        ("a moment as text", with("12").replace(&time.to_string(), &format!("\"{time}\""))),
        ("a moment beyond the calendar", with("12").replace(&time.to_string(), "99999999999999999")),
        ("a name said twice", change(r#"{"field":"account_update","field":"account_update","value":{}}"#)),
    ]
}

#[test]
fn one_poisoned_update_anywhere_in_a_thousand_stops_no_other() {
    let world = fleet();
    let (us, time) = (world.settings.business.to_string(), world.clock.now().as_second());
    let good: Vec<String> = (1..BATCH).map(|number| added(&us, time, &waba(number)).to_string()).collect();
    let poisons = poisons(&us, time);
    let mut expected: BTreeMap<String, u64> = (1..BATCH).map(|number| (waba(number), 0)).collect();
    assert_eq!(wakes(&world), expected);
    for (number, (name, poison)) in poisons.iter().enumerate() {
        // The first and the last place, and others between them.
        let place = number * (BATCH - 1) / (poisons.len() - 1);
        let mut entries = good.clone();
        entries.insert(place, poison.clone());
        let body = format!(r#"{{"object":"whatsapp_business_account","entry":[{}]}}"#, entries.join(","));
        let (status, told) = sent(&world, body.into_bytes());
        assert_eq!((status, &told["woken"]), (200, &json!(BATCH - 1)), "{name}: {told}");
        assert_eq!(
            told["unreadable"].as_u64().unwrap() + told["dropped"].as_u64().unwrap(),
            1,
            "{name}: {told}"
        );
        expected.values_mut().for_each(|wakes| *wakes += 1);
        assert_eq!(wakes(&world), expected, "{name}");
    }
}

/// Meta writes ids now as text, now as numbers: neither is poison.
#[test]
fn an_id_that_is_a_number_wakes_as_its_text_does() {
    let world = fleet();
    let (us, time) = (world.settings.business.to_string(), world.clock.now().as_second());
    let mut entry = added(&us, time, "");
    entry["changes"][0]["value"]["waba_info"]["waba_id"] = json!(7_000_001);
    entry["id"] = json!(us.parse::<u64>().unwrap());
    assert_eq!(sent(&world, json!({ "entry": [entry] }).to_string().into_bytes()).1["woken"], 1);
}

/// What is no UTF-8 cannot come out of Meta's escaping, but may out of a proxy's; it is a text that nobody reads here.
#[test]
fn bytes_that_are_no_text_hurt_only_the_update_in_which_they_stand() {
    let world = fleet();
    let (us, time) = (world.settings.business.to_string(), world.clock.now().as_second());
    let entries = [added(&us, time, "12x34").to_string(), added(&us, time, &waba(1)).to_string()];
    let mut body = format!(r#"{{"entry":[{}]}}"#, entries.join(",")).into_bytes();
    let place = body.iter().position(|byte| *byte == b'x').unwrap();
    body[place] = 0xff;
    let (status, told) = sent(&world, body);
    assert_eq!((status, &told["woken"], &told["unreadable"]), (200, &json!(1), &json!(1)), "{told}");
}
