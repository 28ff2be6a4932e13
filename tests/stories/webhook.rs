//! What Meta sends is taken only with Meta's signature, wakes whom it is about, and decides nothing.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

use graph_simulator::Webhook;
use handover_domain::state::Status;
use handover_engine::ports::Clock;
use handover_engine::unmatched::PARTITION;
use serde_json::{Value, json};
use simulation::envelopes;
use simulation::script::{Act, Script, at};
use simulation::world::World;

const NOON: &str = "2026-04-21T09:30:00Z";

/// A migration that waits for the customer of a WABA named at creation.
fn waiting() -> World {
    let mut script = Script::with_the_waba_named();
    script.acts.truncate(2);
    script.end = at(NOON);
    let world = World::played(&script);
    world.clock.set(at(NOON));
    world.simulator().advance(at(NOON));
    world
}

fn added(world: &World) -> Webhook {
    let waba = world.waba(0);
    world.simulator().account_update("PARTNER_ADDED", &waba)
}

fn send(world: &World, webhook: &Webhook) -> (u64, Value) {
    world.request("webhook", &envelopes::webhook(webhook))
}

fn signed(world: &World, body: &Value) -> Webhook {
    world.simulator().signed(body.to_string().into_bytes())
}

fn wakes(world: &World) -> u64 {
    world.states()[0].wakes
}

/// A body with these changes of our portfolio, or of another entry.
fn body(entry: &str, time: i64, changes: Vec<Value>) -> Value {
    json!({ "object": "whatsapp_business_account", "entry": [{ "id": entry, "time": time, "changes": changes }] })
}

fn partner(event: &str, waba: &str) -> Value {
    json!({ "field": "account_update", "value": { "event": event, "waba_info": { "waba_id": waba, "owner_business_id": "506" } } })
}

fn now(world: &World) -> i64 {
    world.clock.now().as_second()
}

fn us(world: &World) -> String {
    world.settings.business.to_string()
}

const ABSENT: &str = "-";

fn verification(mode: &str, token: &str, challenge: &str) -> Value {
    let mut event = envelopes::post("/webhook", &Value::Null);
    event["routeKey"] = json!("GET /webhook");
    let pairs = [("hub.mode", mode), ("hub.verify_token", token), ("hub.challenge", challenge)];
    let said = pairs.into_iter().filter(|(_, value)| *value != ABSENT);
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(said).finish();
    event["rawQueryString"] = json!(query);
    event
}

#[test]
fn the_challenge_comes_back_bare_to_whoever_knows_the_token() {
    let world = waiting();
    let request = verification("subscribe", "what-meta-was-told", "1158201444");
    let answer = world.ask("webhook", request.to_string().as_bytes()).expect("an answer");
    assert_eq!((&answer["statusCode"], &answer["body"]), (&json!(200), &json!("1158201444")));
    assert_eq!(answer["headers"]["content-type"], "text/plain");
}

#[test]
fn a_verification_with_anything_wrong_is_refused_and_names_it() {
    let world = waiting();
    for (mode, token, challenge, status, field) in [
        ("subscribe", "another", "1158201444", 401, "hub.verify_token"),
        ("subscribe", "", "1158201444", 401, "hub.verify_token"),
        ("unsubscribe", "what-meta-was-told", "1158201444", 400, "hub.mode"),
        ("subscribe", "what-meta-was-told", "<script>", 400, "hub.challenge"),
        ("subscribe", "what-meta-was-told", "", 400, "hub.challenge"),
        ("subscribe", "what-meta-was-told", &"1".repeat(101), 400, "hub.challenge"),
        ("subscribe", "what-meta-was-told", ABSENT, 400, "hub.challenge"),
        ("subscribe", ABSENT, "1158201444", 401, "hub.verify_token"),
        (ABSENT, "what-meta-was-told", "1158201444", 400, "hub.mode"),
    ] {
        let (got, told) = world.request("webhook", &verification(mode, token, challenge));
        assert_eq!((got, &told["field"]), (status, &json!(field)), "{told}");
        assert!(told["detail"].as_str().unwrap().ends_with('.'), "{told}");
    }
}

#[test]
fn partner_added_brings_the_migration_of_its_waba_on() {
    let world = waiting();
    let (status, told) = send(&world, &added(&world));
    assert_eq!((status, told), (200, json!({ "woken": 1, "unmatched": 0, "dropped": 0, "unreadable": 0 })));
    assert_eq!(world.states()[0].partner_added_at, Some(at(NOON)));
}

#[test]
fn what_is_not_signed_by_meta_changes_nothing() {
    let world = waiting();
    let whole = added(&world);
    let forged = |signature: &str| Webhook { signature: signature.to_owned(), ..whole.clone() };
    let mut other_body = whole.clone();
    other_body.body.push(b' ');
    let sha1 = whole.signature.replace("sha256=", "sha1=");
    let cut = &whole.signature[..70];
    let before = world.everything();
    for webhook in
        [forged(""), forged(&sha1), forged(cut), forged(&format!("sha256={}", "0".repeat(64))), other_body]
    {
        let (status, told) = send(&world, &webhook);
        assert_eq!((status, &told["field"]), (401, &json!("X-Hub-Signature-256")), "{told}");
        assert!(told["detail"].as_str().unwrap().contains("byte for byte"), "{told}");
    }
    let mut bare = envelopes::webhook(&whole);
    bare["headers"] = json!({});
    assert_eq!(world.request("webhook", &bare).0, 401);
    assert_eq!(world.everything(), before);
}

#[test]
fn while_the_secret_is_being_replaced_the_one_before_it_still_signs() {
    let world = waiting();
    let sign = |secret: &str| Webhook::signed(added(&world).body, secret);
    assert_eq!(send(&world, &sign("the-secret-before-it")).0, 200);
    assert_eq!(send(&world, &sign("the-secret-before-that")).0, 401);
}

#[test]
fn the_signature_covers_the_bytes_that_api_gateway_has_encoded() {
    use base64::Engine;
    let world = waiting();
    let webhook = added(&world);
    let mut event = envelopes::webhook(&webhook);
    event["isBase64Encoded"] = json!(true);
    event["body"] = json!(base64::engine::general_purpose::STANDARD.encode(&webhook.body));
    assert_eq!(world.request("webhook", &event).0, 200);
    assert_eq!(wakes(&world), 1);
}

#[test]
fn the_partners_own_receiver_forwards_over_the_bus_too() {
    let world = waiting();
    let Webhook { body, signature } = added(&world);
    let event = |signature: &str| {
        json!({
            "version": "0", "id": "00000000-0000-0000-0000-000000000000", "detail-type": "WebhookForwarded",
            "source": "partner.receiver", "account": "000000000000", "time": NOON, "region": "eu-central-1",
            "resources": [], "detail": { "body": String::from_utf8_lossy(&body), "signature": signature },
        })
        .to_string()
    };
    world.ask("webhook", event(&signature).as_bytes()).expect("it is taken");
    assert_eq!(wakes(&world), 1);
    // Nobody reads an answer on the bus, so what is refused there fails, and lies in the dead-letter queue.
    let refused = world.ask("webhook", event("sha256=00").as_bytes()).expect_err("it is not signed");
    let source = std::error::Error::source(&refused).expect("a cause").to_string();
    assert!(source.contains("X-Hub-Signature-256"), "{source}");
    assert_eq!(wakes(&world), 1);
}

/// What a forwarded webhook lacks is told to whoever reads the dead-letter queue.
#[test]
fn a_forwarded_webhook_that_does_not_fit_fails_by_the_name_of_its_field() {
    let world = waiting();
    let Webhook { body, signature } = added(&world);
    let body = String::from_utf8_lossy(&body).into_owned();
    let before = world.everything();
    for (detail, field) in [
        (json!({ "body": body }), "detail.signature"),
        (json!({ "signature": signature }), "detail.body"),
        (json!({ "body": 7, "signature": signature }), "detail.body"),
        (json!({ "body": body, "signature": signature, "headers": {} }), "detail.headers"),
        (json!("whole"), "detail"),
    ] {
        let event = json!({
            "version": "0", "id": "00000000-0000-0000-0000-000000000000", "detail-type": "WebhookForwarded",
            "source": "partner.receiver", "account": "000000000000", "time": NOON, "region": "eu-central-1",
            "resources": [], "detail": detail,
        });
        let refused = world.ask("webhook", event.to_string().as_bytes()).expect_err("it does not fit");
        let source = std::error::Error::source(&refused).expect("a cause").to_string();
        assert!(source.contains(&format!("`{field}`")), "{field}: {source}");
        assert!(!source.contains(&signature), "{source}");
    }
    assert_eq!(world.everything(), before);
}

#[test]
fn a_body_that_is_too_large_or_not_base64_is_named() {
    let world = waiting();
    let mut huge = envelopes::webhook(&added(&world));
    huge["body"] = json!(" ".repeat(3 * 1024 * 1024 + 1));
    let mut broken = envelopes::webhook(&added(&world));
    broken["isBase64Encoded"] = json!(true);
    for event in [huge, broken] {
        let (status, told) = world.request("webhook", &event);
        assert_eq!((status, &told["field"]), (400, &json!("body")), "{told}");
    }
}

#[test]
fn a_lock_that_cannot_be_read_hurts_only_its_own_waba() {
    let world = waiting();
    let lock = |waba: &str| handover_engine::items::lock(&waba.parse().unwrap());
    let poisoned = [("migration".to_owned(), json!(7))].into_iter().collect();
    let write = handover_engine::writes::put(lock("1"), poisoned, vec![]);
    simulation::world::now(handover_engine::records::Records::write(&world.records, &write)).unwrap();
    let changes = vec![partner("PARTNER_ADDED", "1"), partner("PARTNER_ADDED", &world.waba(0))];
    let (status, told) = send(&world, &signed(&world, &body(&us(&world), now(&world), changes)));
    assert_eq!((status, &told["retry_after"]), (503, &json!(5)), "Meta sends it again: {told}");
    assert_eq!(wakes(&world), 1, "the other was woken");
}

#[test]
fn who_adds_us_while_the_old_migration_ends_is_listed_for_a_person() {
    let mut script = Script::with_the_waba_named();
    script.end = at("2026-05-03T00:00:00Z");
    let world = World::played(&script);
    world.clock.set(script.end);
    world.simulator().advance(script.end);
    // Its LOCK is about to go.
    let lock = [("migration".to_owned(), json!(world.migrations()[0]))].into_iter().collect();
    let key = handover_engine::items::lock(&world.waba(0).parse().unwrap());
    let write = handover_engine::writes::put(key, lock, vec![]);
    simulation::world::now(handover_engine::records::Records::write(&world.records, &write)).unwrap();
    assert_eq!(send(&world, &added(&world)).1["unmatched"], 1);
}

#[test]
fn one_poisoned_change_of_a_thousand_hurts_only_itself() {
    let world = waiting();
    let mut changes: Vec<Value> = (0..998)
        .map(|number| json!({ "field": "messages", "value": { "messages": [{ "id": number }] } }))
        .collect();
    changes.insert(500, json!({ "field": "account_update", "value": { "event": 7 } }));
    changes.push(partner("PARTNER_ADDED", &world.waba(0)));
    let webhook = signed(&world, &body(&us(&world), now(&world), changes));
    let (status, told) = send(&world, &webhook);
    assert_eq!((status, told), (200, json!({ "woken": 1, "unmatched": 0, "dropped": 998, "unreadable": 1 })));
}

#[test]
fn a_body_that_is_signed_and_is_no_webhook_is_named() {
    let world = waiting();
    for text in ["", "{", "[]", "{\"entry\": 7}"] {
        let webhook = world.simulator().signed(text.as_bytes().to_vec());
        let (status, told) = send(&world, &webhook);
        assert_eq!((status, &told["field"]), (400, &json!("entry")), "{text}: {told}");
    }
    let (ours, added) = (us(&world), partner("PARTNER_ADDED", "12a"));
    let numbered = json!({ "field": "account_update", "value": { "event": "PARTNER_ADDED", "waba_info": { "waba_id": 7.5 } } });
    for change in [added, numbered] {
        let webhook = signed(&world, &body(&ours, now(&world), vec![change]));
        assert_eq!(send(&world, &webhook).1["unreadable"], 1);
    }
    let beyond = signed(&world, &body(&ours, i64::MAX, vec![partner("PARTNER_ADDED", "1")]));
    assert_eq!(send(&world, &beyond).1["unreadable"], 1);
    for entry in [json!(7), json!({ "id": "1" }), json!({ "id": "1", "time": "x", "changes": [] })] {
        let webhook = signed(&world, &json!({ "entry": [entry] }));
        assert_eq!(send(&world, &webhook).1["unreadable"], 1);
    }
}

#[test]
fn repeats_and_another_order_change_nothing_but_time() {
    let script = Script::with_the_waba_named();
    let clean = World::played(&script);
    let told = |world: &World| {
        let entries = world.history(0).into_iter();
        entries.map(|entry| (entry["row"].clone(), entry["outcome"].clone())).collect::<Vec<_>>()
    };
    let mut shaken = script.clone();
    let scout = World::new(&script);
    let us = us(&scout);
    for (number, moment) in
        ["2026-04-21T09:59:00Z", "2026-04-21T10:05:00Z", "2026-04-25T00:00:00Z"].iter().enumerate()
    {
        let moment = at(moment);
        for event in ["PARTNER_REMOVED", "PARTNER_ADDED", "PARTNER_APP_INSTALLED", "PARTNER_ADDED"] {
            let time = moment.as_second() - 60 * i64::try_from(number).unwrap();
            let webhook = signed(&scout, &body(&us, time, vec![partner(event, &scout.waba(0))]));
            shaken.acts.push((moment, Act::Webhook(webhook)));
        }
    }
    shaken.acts.sort_by_key(|(moment, _)| *moment);
    let world = World::played(&shaken);
    assert_eq!(told(&world), told(&clean));
    assert_eq!((world.persons(), world.unblocked_at()), (0, clean.unblocked_at()));
}

#[test]
fn an_update_of_an_earlier_life_of_the_waba_wakes_nobody() {
    let world = waiting();
    let long_ago = at("2026-04-21T07:00:00Z").as_second();
    let webhook =
        signed(&world, &body(&us(&world), long_ago, vec![partner("PARTNER_ADDED", &world.waba(0))]));
    assert_eq!(send(&world, &webhook).1["dropped"], 1);
    assert_eq!((wakes(&world), world.states()[0].partner_added_at), (0, None));
}

#[test]
fn what_is_about_another_portfolio_is_not_ours() {
    let world = waiting();
    let webhook = signed(&world, &body("111", now(&world), vec![partner("PARTNER_ADDED", &world.waba(0))]));
    assert_eq!(send(&world, &webhook).1["dropped"], 1);
    assert_eq!(wakes(&world), 0);
}

#[test]
fn any_other_account_update_wakes_the_migration_and_says_nothing() {
    let world = waiting();
    let change =
        json!({ "field": "account_update", "value": { "event": "DISABLED_UPDATE", "ban_info": {} } });
    let webhook = signed(&world, &body(&world.waba(0), now(&world), vec![change]));
    assert_eq!(send(&world, &webhook).1["woken"], 1);
    let state = &world.states()[0];
    assert_eq!((state.wakes, state.partner_added_at, state.partner_removed_at), (1, None, None));
}

#[test]
fn a_partner_added_that_matches_nothing_is_listed_once_for_a_person_and_never_guessed() {
    let mut script = Script::example();
    script.acts.truncate(2);
    script.end = at(NOON);
    let world = World::played(&script);
    world.clock.set(at(NOON));
    world.simulator().advance(at(NOON));
    for _ in 0..3 {
        assert_eq!(send(&world, &added(&world)).1["unmatched"], 1);
    }
    assert_eq!(wakes(&world), 0, "the migration has not named its WABA, so nobody says that it is this one");
    let items = world.records.items();
    let listed: Vec<_> = items.iter().filter(|(key, _)| key.partition == PARTITION).collect();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].1["waba"], json!(world.waba(0)));
    assert_eq!(listed[0].1["expires"], json!(at("2026-05-05T09:30:00Z").as_second()), "14 days, in seconds");
}

#[test]
fn a_migration_that_is_created_for_the_waba_takes_its_kept_partner_added_over() {
    let mut script = Script::with_the_waba_named();
    script.acts.clear();
    script.end = at(NOON);
    let world = World::played(&script);
    world.clock.set(at(NOON));
    world.simulator().advance(at(NOON));
    assert_eq!(send(&world, &added(&world)).1["unmatched"], 1, "nobody was named yet");
    let create = Act::Create { waba: Some(0) };
    script.acts = vec![(at(NOON), create)];
    script.start = at(NOON);
    script.end = at("2026-04-21T12:10:00Z");
    world.play(&script);
    let state = &world.states()[0];
    assert!(state.partner_added_at.is_some(), "{state:#?}");
}

#[test]
fn other_news_of_an_unknown_waba_are_dropped_before_any_write() {
    let world = waiting();
    let before = world.records.items();
    let change = json!({ "field": "account_update", "value": { "event": "DISABLED_UPDATE" } });
    let messages = json!({ "field": "messages", "value": { "messages": [{ "text": { "body": "hello" } }] } });
    let webhook = signed(&world, &body("999888777", now(&world), vec![change, messages]));
    assert_eq!(send(&world, &webhook).1["dropped"], 2);
    assert_eq!(world.records.items(), before);
}

#[test]
fn a_webhook_on_an_ended_migration_is_no_error() {
    let script = Script::with_the_waba_named();
    let world = World::played(&script);
    assert_eq!(world.states()[0].status, Status::Completed);
    let (status, told) = send(&world, &added(&world));
    assert_eq!((status, &told["unmatched"]), (200, &json!(1)), "{told}");
}
