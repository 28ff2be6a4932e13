//! The checks of the simulation see what they are there for.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use handover_domain::ids::WabaId;
use handover_domain::ledger::{Intent, Ledger, SharingCall};
use handover_engine::records::Records;
use handover_engine::{items, writes};
use serde_json::{Value, json};
use simulation::canaries::Canaries;
use simulation::document::{DOCUMENT, fits};
use simulation::quiet::check_end;
use simulation::script::{Act, Script, at};
use simulation::world::{World, now};

fn schema(name: &str) -> &'static Value {
    &DOCUMENT["components"]["schemas"][name]
}

#[test]
fn what_is_not_documented_is_found() {
    let good = json!({ "migration": "1", "status": "person", "seq": 7 });
    assert_eq!(fits(schema("Acted"), &good, "body"), Ok(()));
    for (name, value, error) in [
        ("seq", json!("7"), "body.seq is not of type \"integer\""),
        ("seq", Value::Null, "body.seq is not of type \"integer\""),
        ("more", json!(1), "body.more is not named"),
        ("status", json!("lost"), "body.status is none of"),
    ] {
        let mut bad = good.clone();
        bad[name] = value;
        assert!(fits(schema("Acted"), &bad, "body").unwrap_err().starts_with(error), "{name}");
    }
    assert_eq!(fits(schema("Acted"), &json!({ "seq": 7 }), "body"), Err("body.migration is missing".into()));
}

#[test]
fn what_was_put_together_is_held_to_each_part() {
    let plan = json!({ "start": 7 });
    let told =
        json!({ "migration": "1", "signup_link": "l", "state": "s", "customer_text": "t", "plan": plan });
    let error = fits(schema("CreateAnswer"), &told, "body").unwrap_err();
    assert!(error.starts_with("body.plan."), "{error}");
    let error = fits(schema("CreateAnswer"), &json!({}), "body").unwrap_err();
    assert!(error.ends_with("is missing"), "{error}");
}

const SECRET: &str = "EAAb+canary/0001=";

#[test]
fn a_secret_is_found_in_every_form() {
    let canaries = Canaries::of([SECRET]);
    let hex: String = SECRET.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut told = vec![
        format!("the token {SECRET} is not taken"),
        format!("access_token={}", form_urlencoded::byte_serialize(SECRET.as_bytes()).collect::<String>()),
        format!("0x{hex}"),
        hex.to_uppercase(),
    ];
    for before in ["", "x", "xy", "xyz"] {
        let text = format!("{before}{SECRET}, and more");
        told.extend([STANDARD_NO_PAD.encode(&text), URL_SAFE_NO_PAD.encode(&text)]);
    }
    for text in told {
        assert!(canaries.stand_in(&text), "{text}");
    }
    assert!(!canaries.stand_in("EAAb+canary/0002="));
}

#[test]
fn a_pin_is_found_as_a_value_and_not_within_a_number() {
    let canaries = Canaries::of(["123456"]);
    assert!(canaries.stand_in(r#"{"pin":"123456"}"#));
    assert!(!canaries.stand_in(r#"{"waba":"1234567890"}"#));
}

/// Two WABAs of one business, of which the first was shared and the second has not signed up.
fn one_of_two_is_shared() -> World {
    let mut script = Script::two_wabas_of_one_business();
    script.acts.retain(|(_, act)| !matches!(act, Act::SignUp { migration: 1, .. }));
    script.end = at("2026-04-21T12:00:00Z");
    let world = World::new(&script);
    world.play(&script);
    assert_eq!((world.violations(), world.share_posts().len()), (BTreeSet::new(), 1));
    world
}

fn waba(world: &World, place: usize) -> WabaId {
    world.waba(place).parse().expect("an id")
}

/// Changes the ledger behind everybody's back, and names what `check_end` then sees.
fn seen_after(world: &World, change: impl FnOnce(&mut Ledger)) -> BTreeSet<&'static str> {
    let items = world.records.items();
    let (key, item) = items.iter().find(|(key, _)| key.sort == "LEDGER").expect("a ledger");
    let mut ledger: Ledger = serde_json::from_value(Value::Object(item.clone())).expect("a ledger");
    change(&mut ledger);
    let item = items::written(key, &ledger).expect("an item");
    now(world.records.write(&writes::put(key.clone(), item, vec![]))).expect("memory answers");
    check_end(world);
    world.violations()
}

fn entered_without_a_share(world: &World, ledger: &mut Ledger) {
    let mut entry = ledger.entries[0].clone();
    entry.waba = waba(world, 1);
    ledger.entries.push(entry);
}

#[test]
fn a_share_that_was_entered_and_never_made_is_seen_though_another_waba_has_the_same_allocation() {
    let world = one_of_two_is_shared();
    let seen = seen_after(&world, |ledger| entered_without_a_share(&world, ledger));
    assert!(seen.contains("ledger-agrees-with-meta"), "{seen:?}");
}

#[test]
fn an_open_intent_excuses_its_own_waba_and_no_other() {
    for (open, excused) in [(1, true), (0, false)] {
        let world = one_of_two_is_shared();
        let seen = seen_after(&world, |ledger| {
            entered_without_a_share(&world, ledger);
            ledger.intent = Some(Intent {
                migration: world.migrations()[open],
                waba: waba(&world, open),
                baseline: Vec::new(),
                call: SharingCall::ShareAndAttach,
                posts: 1,
                recorded_at: at("2026-04-21T11:00:00Z"),
                absent_at: None,
            });
        });
        assert_eq!(!seen.contains("ledger-agrees-with-meta"), excused, "{seen:?}");
    }
}

#[test]
fn a_secret_in_an_answer_to_the_signup_page_is_seen() {
    let world = one_of_two_is_shared();
    let token = world.simulator().world().tokens.keys().next().cloned().expect("a token");
    world.answered(200, json!({ "detail": format!("the token {token} is not taken") }));
    check_end(&world);
    assert!(world.violations().contains("no-secret-is-told"));
}
