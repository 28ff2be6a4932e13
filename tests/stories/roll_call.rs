//! The roll call of the 1st: a second road on which everyone is checked, and nobody is forgotten.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

use handover_domain::roll_call::Counts;
use handover_domain::state::Status;
use handover_engine::items;
use handover_engine::records::Write;
use handover_engine::records::{Action, Records};
use handover_engine::roll_call::{Missing, Phase, RollCall};
use jiff::SignedDuration;
use jiff::civil::{Date, date};
use serde_json::Value;
use simulation::schedules::Schedules;
use simulation::script::{Act, Script, at};
use simulation::world::{World, now};

const DAY: Date = date(2026, 5, 1);

/// So many customers of different businesses, who unshare and sign up on 21 April, one a minute.
fn customers(count: usize) -> Script {
    let mut script = Script::example();
    script.world.wabas = u16::try_from(count).expect("few");
    let start = script.start;
    let minutes = |number: usize| SignedDuration::from_mins(i64::try_from(number).unwrap());
    script.acts = (0..count).map(|_| (start, Act::Create { waba: None })).collect();
    for number in 0..count {
        script.acts.push((at("2026-04-21T09:00:00Z"), Act::Unshare { waba: number }));
        let moment = at("2026-04-21T10:00:00Z") + minutes(number);
        script.acts.push((moment, Act::SignUp { migration: number, waba: number }));
    }
    script.acts.sort_by_key(|(moment, _)| *moment);
    script
}

fn world_of(script: &Script, schedules: Schedules) -> World {
    let mut world = World::new(script);
    world.schedules = schedules;
    world
}

fn roll_call(world: &World, day: Date) -> Option<RollCall> {
    let items = world.records.items();
    let key = RollCall::key(day);
    items.get(&key).map(|item| items::read(&key, item.clone()).expect("a roll call"))
}

fn missing(world: &World) -> Vec<Missing> {
    let items = world.records.items();
    let rows = items.iter().filter(|(key, _)| key.sort.starts_with("ROW#"));
    rows.map(|(key, item)| items::read(key, item.clone()).expect("a row")).collect()
}

fn all_is_well(world: &World) {
    assert!(world.violations().is_empty(), "{:?}", world.violations());
    assert!(world.failures().is_empty(), "{:?}", world.failures());
}

#[test]
fn with_the_sweep_switched_off_the_cron_alone_checks_and_unblocks_every_customer() {
    let script = customers(30);
    let world = world_of(&script, Schedules { sweep: false, monthly: true, audit: false });
    world.play(&script);
    all_is_well(&world);
    for state in world.states() {
        assert_eq!(state.status, Status::Completed, "{state:#?}");
    }
    let unblocked: Vec<_> =
        world.events().into_iter().filter(|(_, event)| event.detail_type == "CustomerUnblocked").collect();
    assert_eq!(unblocked.len(), 30);
    assert!(unblocked.iter().all(|(moment, _)| *moment == at("2026-05-01T00:15:00Z")), "at the first firing");
    let roll_call = roll_call(&world, DAY).expect("a roll call");
    assert_eq!((roll_call.expected, roll_call.woken, roll_call.phase), (30, 30, Phase::Through));
    assert_eq!(roll_call.frozen_at, Some(at("2026-05-01T00:15:00Z")));
}

#[test]
fn it_is_closed_on_the_2nd_when_everyone_is_active() {
    let script = customers(5);
    let mut later = script.clone();
    // Somebody else is on the way, so that the days go on.
    later.acts.push((at("2026-05-01T12:00:00Z"), Act::Create { waba: None }));
    later.end = at("2026-05-04T00:00:00Z");
    let world = world_of(&later, Schedules::ALL);
    world.play(&later);
    all_is_well(&world);
    let roll_call = roll_call(&world, DAY).expect("a roll call");
    assert_eq!(roll_call.closed_at, Some(at("2026-05-02T06:30:00Z")));
    assert_eq!(roll_call.counts, Counts { active: 5, ..Counts::default() });
    assert_eq!(roll_call.expected, 5, "who was created after the count is not expected");
    assert_eq!(missing(&world), []);
}

#[test]
fn an_activation_that_never_comes_names_every_missing_one_and_keeps_it_open() {
    let mut script = customers(4);
    script.world.settings.swap_delay_days = 300;
    script.end = at("2026-05-03T12:00:00Z");
    let world = world_of(&script, Schedules::ALL);
    world.play(&script);
    all_is_well(&world);
    let call = roll_call(&world, DAY).expect("a roll call");
    assert_eq!((call.closed_at, call.counts.waiting), (None, 4));
    let mut named: Vec<_> = missing(&world).into_iter().map(|row| (row.migration, row.reason)).collect();
    named.sort();
    let mut expected: Vec<_> =
        world.migrations().into_iter().map(|migration| (migration, "not-active-late".to_owned())).collect();
    expected.sort();
    assert_eq!(named, expected);
    assert_eq!(world.unblocked_at(), None);
    let alarms = alarms(&world);
    assert!(
        alarms.iter().any(|(kind, what)| kind == "roll-call-open" && what.contains("4 cannot send yet")),
        "{alarms:?}"
    );

    // On the 4th a person has each of them: then they are accounted for, and still named.
    let mut script = customers(4);
    script.world.settings.swap_delay_days = 300;
    script.end = at("2026-05-06T00:00:00Z");
    let world = world_of(&script, Schedules::ALL);
    world.play(&script);
    let call = roll_call(&world, DAY).expect("a roll call");
    assert_eq!((call.closed_at, call.counts.person), (Some(at("2026-05-05T06:30:00Z")), 4));
    assert_eq!(missing(&world).len(), 4);
}

fn alarms(world: &World) -> Vec<(String, String)> {
    let items = world.records.items();
    let of = |item: &handover_engine::records::Item, name: &str| {
        item[name].as_str().unwrap_or_default().to_owned()
    };
    let alarms = items.iter().filter(|(key, _)| key.partition == "ALARM");
    alarms.map(|(_, item)| (of(item, "kind"), of(item, "what"))).collect()
}

#[test]
fn a_customer_whose_record_was_deleted_by_hand_is_named() {
    let mut script = customers(3);
    script.end = at("2026-04-25T00:00:00Z");
    let world = world_of(&script, Schedules::ALL);
    world.play(&script);
    all_is_well(&world);
    let lost = world.states()[1].clone();
    let key = items::state(lost.migration);
    now(world.records.write(&Write { key, expects: vec![], action: Action::Delete }))
        .expect("memory answers");
    world.deliver_now();

    let mut rest = script.clone();
    rest.acts.clear();
    rest.start = at("2026-04-25T00:00:00Z");
    rest.acts.push((at("2026-05-01T12:00:00Z"), Act::Create { waba: None }));
    rest.end = at("2026-05-03T12:00:00Z");
    world.play(&rest);
    let waba = lost.waba.expect("a WABA");
    let alarms = alarms(&world);
    let gone: Vec<_> = alarms.iter().filter(|(kind, _)| kind == "record-gone").collect();
    assert_eq!(gone.len(), 1, "{alarms:?}");
    assert!(gone[0].1.contains(&lost.migration.to_string()) && gone[0].1.contains(waba.as_str()), "{gone:?}");
    assert!(gone[0].1.contains("was promised 2026-05-01"), "the ledger knows the date: {gone:?}");
    let rows = missing(&world);
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(
        (rows[0].migration, rows[0].waba.clone(), rows[0].reason.as_str()),
        (lost.migration, Some(waba), "record-gone")
    );
    let call = roll_call(&world, DAY).expect("a roll call");
    assert_eq!((call.closed_at, call.counts.vanished, call.counts.active), (None, 1, 2));
    let told = world.events().into_iter().filter(|(_, event)| {
        event.detail_type == "PersonNeeded" && event.detail.get("alarm") == Some(&Value::from("record-gone"))
    });
    assert_eq!(told.count(), 1, "told once, however many days it lasts");
}

#[test]
fn a_cancelled_customer_is_accounted_for() {
    let mut script = customers(2);
    script.end = at("2026-05-01T02:00:00Z");
    script.world.settings.swap_delay_days = 3;
    let world = world_of(&script, Schedules::ALL);
    world.play(&script);
    let told = world.operator_asks(0, "cancel", &serde_json::json!({ "share": "keep" })).expect("an answer");
    assert_eq!(told.0, 200, "{told:?}");
    let mut rest = script.clone();
    rest.acts.clear();
    rest.end = at("2026-05-06T00:00:00Z");
    rest.acts.push((at("2026-05-01T12:00:00Z"), Act::Create { waba: None }));
    world.play(&rest);
    let call = roll_call(&world, DAY).expect("a roll call");
    assert_eq!((call.expected, call.counts.cancelled, call.counts.active), (2, 1, 1));
    assert!(call.closed_at.is_some());
}

#[test]
fn two_firings_at_once_count_once() {
    let mut script = customers(3);
    script.end = at("2026-04-30T23:00:00Z");
    let world = world_of(&script, Schedules { sweep: true, monthly: false, audit: false });
    world.play(&script);
    world.clock.set(at("2026-05-01T00:15:00Z"));
    world.simulator().advance(at("2026-05-01T00:15:00Z"));
    world.fire("monthly-activation");
    world.fire("monthly-activation");
    assert_eq!(roll_call(&world, DAY).expect("a roll call").expected, 3);
    let wakes: Vec<u64> = world.states().iter().map(|state| state.wakes).collect();
    assert!(wakes.iter().all(|wakes| *wakes <= 1 + 2), "the signup's, and one of each round: {wakes:?}");
}
