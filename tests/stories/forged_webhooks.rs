//! A webhook of which one bit is another is not Meta's, and one that is Meta's and old does nothing.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use functions::InvokeError;
use graph_simulator::Webhook;
use handover_domain::state::State;
use handover_engine::ports::Clock;
use jiff::SignedDuration;
use serde_json::{Value, json};
use simulation::envelopes;
use simulation::script::{Script, at};
use simulation::world::World;

/// The bodies of the fuzz tests, each a kind of webhook that Meta sends.
fn bodies() -> Vec<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/corpus/webhook");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// The secret of now, and the one before it, which is taken as well.
fn secrets(world: &World) -> [String; 2] {
    [world.simulator().world().app.secret.clone(), "the-secret-before-it".to_owned()]
}

/// The request with these very bytes, whatever they are.
fn request(body: &[u8], signature: &[u8]) -> Value {
    let signature = signature.iter().map(|byte| char::from(*byte)).collect();
    let mut event = envelopes::webhook(&Webhook { body: Vec::new(), signature });
    event["isBase64Encoded"] = json!(true);
    event["body"] = json!(STANDARD.encode(body));
    event
}

/// A header that HTTP cannot carry never comes so far; every other is answered.
fn is_refused(world: &World, event: &Value) -> bool {
    match world.ask("webhook", event.to_string().as_bytes()) {
        Ok(answer) => answer["statusCode"] == 401,
        Err(refused) => matches!(refused, InvokeError::NotOurs { .. }),
    }
}

fn flipped(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len() * 8).map(|bit| {
        let mut other = bytes.to_vec();
        other[bit / 8] ^= 1 << (bit % 8);
        other
    })
}

#[test]
fn a_webhook_with_any_one_bit_flipped_in_body_or_signature_is_refused_and_changes_nothing() {
    let world = World::waiting_for_the_customer();
    let mut refused = 0_u32;
    for body in bodies() {
        for secret in secrets(&world) {
            let Webhook { signature, .. } = Webhook::signed(body.clone(), &secret);
            let whole = signature.as_bytes();
            let before = world.everything();
            for other in flipped(&body) {
                assert!(is_refused(&world, &request(&other, whole)), "{}", String::from_utf8_lossy(&other));
                refused += 1;
            }
            for other in flipped(whole) {
                assert!(is_refused(&world, &request(&body, &other)), "{}", String::from_utf8_lossy(&other));
                refused += 1;
            }
            assert_eq!(world.everything(), before);
            // The same request with every bit in its place is taken, so it was the bit.
            assert!(!is_refused(&World::waiting_for_the_customer(), &request(&body, whole)));
        }
    }
    println!("{refused} webhooks with one bit flipped were refused");
    assert!(refused > 20_000, "{refused}");
}

/// What a migration stands for: all of it but that it was woken, has looked, and what Meta has told of comings and goings.
fn stands(world: &World) -> State {
    let mut state = world.states()[0].clone();
    (state.seq, state.wakes, state.wakes_answered) = (0, 0, 0);
    (state.partner_added_at, state.partner_removed_at) = (None, None);
    state
}

/// Everything that Meta could have sent of this WABA before the share.
fn old(world: &World, secret: &str) -> Vec<Webhook> {
    let (us, waba) = (world.settings.business.to_string(), world.waba(0));
    let signed_up = at("2026-04-21T10:00:00Z").as_second();
    let partner = |event: &str| json!({ "field": "account_update", "value": { "event": event, "waba_info": { "waba_id": waba } } });
    let of_the_waba = |field: &str| json!({ "field": field, "value": { "event": "ANY" } });
    let kinds = [
        (&us, partner("PARTNER_ADDED"), 0),
        (&us, partner("PARTNER_REMOVED"), -60),
        (&us, partner("PARTNER_APP_INSTALLED"), 0),
        (&waba, of_the_waba("account_update"), -3_600),
        (&waba, of_the_waba("security"), 0),
        (&waba, of_the_waba("message_template_status_update"), 0),
        (&waba, of_the_waba("messages"), 0),
    ];
    let sign = |(id, change, before): (&String, Value, i64)| {
        let entry = json!({ "id": id, "time": signed_up + before, "changes": [change] });
        Webhook::signed(json!({ "entry": [entry] }).to_string().into_bytes(), secret)
    };
    kinds.into_iter().map(sign).collect()
}

#[test]
fn an_old_webhook_on_a_migration_that_moved_on_wakes_it_to_a_look_and_does_nothing_else() {
    let mut script = Script::with_the_waba_named();
    let end = std::mem::replace(&mut script.end, at("2026-04-25T00:00:00Z"));
    let world = World::played(&script);
    world.clock.set(script.end);
    assert_eq!(world.states()[0].row, "activation");
    let before = stands(&world);
    let calls = world.simulator().calls().len();
    script.acts.clear();
    for secret in secrets(&world) {
        for webhook in old(&world, &secret) {
            let (status, _) = world.request("webhook", &envelopes::webhook(&webhook));
            assert_eq!(status, 200);
            script.start = world.clock.now();
            script.end = script.start + SignedDuration::from_mins(2);
            world.play(&script);
            let mut after = stands(&world);
            (after.due_at, after.row_due_at) = (before.due_at, before.row_due_at);
            assert_eq!(after, before, "{}", String::from_utf8_lossy(&webhook.body));
        }
    }
    let looks = world.simulator().calls()[calls..].to_vec();
    assert!(looks.iter().all(|call| call.endpoint.as_str().starts_with("GET ")), "{looks:#?}");
    assert!(!looks.is_empty(), "some of them wake it");
    assert_eq!(world.share_posts().len(), 1);
    script.end = end;
    world.play(&script);
    assert_eq!(world.unblocked_at(), World::played(&Script::with_the_waba_named()).unblocked_at());
    assert!(world.violations().is_empty() && world.failures().is_empty());
}
