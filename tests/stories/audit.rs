//! What no step would notice is seen by the audit; and where nothing is wrong, nothing is said.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

use handover_engine::items;
use handover_engine::ports::Clock;
use handover_engine::records::{Action, Change, Records, Write};
use handover_engine::writes;
use jiff::SignedDuration;
use serde_json::json;
use simulation::schedules::Schedules;
use simulation::script::{Script, at};
use simulation::world::{World, now};

/// The example until that moment, with all schedules.
fn until(moment: &str) -> World {
    let mut script = Script::example();
    script.end = at(moment);
    let mut world = World::new(&script);
    world.schedules = Schedules::ALL;
    world.play(&script);
    world
}

fn alarms(world: &World) -> Vec<(String, String)> {
    let items = world.records.items();
    let alarms = items.iter().filter(|(key, _)| key.partition == "ALARM");
    let text = |item: &handover_engine::records::Item, name: &str| item[name].as_str().unwrap().to_owned();
    alarms.map(|(_, item)| (text(item, "kind"), text(item, "what"))).collect()
}

/// Changes STATE by hand, as nobody should.
fn by_hand(world: &World, changes: Vec<Change>) {
    let key = items::state(world.migrations()[0]);
    now(world.records.write(&Write { key, expects: vec![], action: Action::Update(changes) })).unwrap();
}

/// The sweep and the audit, as they fire.
fn audited(world: &World) -> Vec<(String, String)> {
    world.fire("sweep-due");
    world.fire("audit");
    assert!(world.failures().is_empty(), "{:?}", world.failures());
    alarms(world)
}

fn later(world: &World, hours: i64) {
    let moment = world.clock.now() + SignedDuration::from_hours(hours);
    world.clock.set(moment);
    world.simulator().advance(moment);
}

#[test]
fn where_nothing_is_wrong_nothing_is_said_all_the_way() {
    let world = until("2026-05-03T00:00:00Z");
    assert!(world.violations().is_empty() && world.failures().is_empty());
    assert_eq!(alarms(&world), []);
    let told = world.events().into_iter().filter(|(_, event)| event.detail.get("alarm").is_some());
    assert_eq!(told.count(), 0);
}

#[test]
fn a_turn_that_nobody_takes_is_overdue_after_an_hour_and_the_alarm_goes_with_it() {
    let world = until("2026-04-25T12:00:00Z");
    let now_is = world.clock.now();
    by_hand(&world, vec![Change::Set("due_at", json!(now_is.as_millisecond() - 2 * 3_600_000))]);
    world.fire("audit");
    let found = alarms(&world);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].0 == "overdue" && found[0].1.contains("verify-activation"), "{found:?}");
    // The sweep runs the turn; the next audit takes the alarm back.
    let mut script = Script::example();
    script.acts.clear();
    script.start = now_is;
    script.end = now_is + SignedDuration::from_mins(2);
    world.play(&script);
    assert_eq!(audited(&world), []);
}

#[test]
fn a_live_record_that_no_index_shows_is_named() {
    let world = until("2026-04-25T12:00:00Z");
    by_hand(&world, vec![Change::Remove("due")]);
    let found = audited(&world);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].0 == "not-indexed" && found[0].1.contains("lacks due"), "{found:?}");
    // What the alarm says to do mends it.
    by_hand(
        &world,
        vec![
            Change::Set("due", json!("DUE")),
            Change::Set("due_at", json!(world.clock.now().as_millisecond())),
        ],
    );
    assert_eq!(audited(&world), []);
}

#[test]
fn an_audit_that_broke_off_after_it_told_says_the_same_again() {
    let world = until("2026-04-25T12:00:00Z");
    by_hand(&world, vec![Change::Remove("due")]);
    audited(&world);
    let alarm = |world: &World| {
        let events = world.events();
        let alarms = events.iter().filter(|(_, event)| event.detail.get("alarm").is_some());
        alarms.map(|(_, event)| event.detail["id"].clone()).collect::<Vec<_>>()
    };
    // As if it had died before it noted that the bus has it.
    let items = world.records.items();
    let key = items.keys().find(|key| key.partition == "ALARM").unwrap().clone();
    let untold = Action::Update(vec![Change::Set("is_told", json!(false))]);
    now(world.records.write(&Write { key, expects: vec![], action: untold })).unwrap();
    later(&world, 1);
    audited(&world);
    let told = alarm(&world);
    assert!(told.len() == 2 && told[0] == told[1], "{told:?}");
}

#[test]
fn a_share_that_is_not_settled_for_a_day_is_named() {
    let world = until("2026-04-25T12:00:00Z");
    let items = world.records.items();
    let (key, item) = items.iter().find(|(key, _)| key.sort == "LEDGER").expect("a ledger");
    let mut ledger = item.clone();
    let migration = world.migrations()[0];
    ledger.insert(
        "intent".to_owned(),
        json!({ "migration": migration, "waba": world.waba(0), "baseline": [], "posts": 1,
                "recorded_at": at("2026-04-23T11:00:00Z").as_millisecond() }),
    );
    now(world.records.write(&writes::put(key.clone(), ledger, vec![]))).unwrap();
    let found = audited(&world);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].0 == "intent-open" && found[0].1.contains(&migration.to_string()), "{found:?}");
}

#[test]
fn a_lock_that_an_ended_migration_left_is_named() {
    let world = until("2026-05-03T00:00:00Z");
    let migration = world.migrations()[0];
    let waba = world.waba(0).parse().unwrap();
    let lock = [("migration".to_owned(), json!(migration))].into_iter().collect();
    now(world.records.write(&writes::put(items::lock(&waba), lock, vec![]))).unwrap();
    let found = audited(&world);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, "lock-left");
}

#[test]
fn an_item_that_cannot_be_read_is_named_and_hides_nothing_else() {
    let world = until("2026-05-03T00:00:00Z");
    let (unreadable, left) = ("1".parse().unwrap(), world.waba(0).parse().unwrap());
    let poison = [("migration".to_owned(), json!("not-an-id"))].into_iter().collect();
    now(world.records.write(&writes::put(items::lock(&unreadable), poison, vec![]))).unwrap();
    let lock = [("migration".to_owned(), json!(world.migrations()[0]))].into_iter().collect();
    now(world.records.write(&writes::put(items::lock(&left), lock, vec![]))).unwrap();
    let found = audited(&world);
    let kinds: Vec<&str> = found.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["lock-left", "record-unreadable"], "{found:?}");
}

#[test]
fn a_silent_sweep_is_heard() {
    let world = until("2026-04-25T12:00:00Z");
    world.fire("sweep-due");
    later(&world, 1);
    world.fire("audit");
    let found = alarms(&world);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].0 == "sweep-silent" && found[0].1.contains("last ran on"), "{found:?}");
}

#[test]
fn a_roll_call_that_nobody_took_is_missed_while_somebody_is_waited_for() {
    let mut script = Script::example();
    script.world.settings.swap_delay_days = 5;
    script.end = at("2026-05-02T07:00:00Z");
    let mut world = World::new(&script);
    world.schedules = Schedules { sweep: true, monthly: false, audit: true };
    world.play(&script);
    let found = alarms(&world);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, "roll-call-missing");
}

#[test]
fn operators_see_the_alarms_and_the_roll_call() {
    let mut script = Script::example();
    script.world.settings.swap_delay_days = 300;
    script.end = at("2026-05-03T12:00:00Z");
    let mut world = World::new(&script);
    world.schedules = Schedules::ALL;
    world.play(&script);
    let (status, told) = world.request("api", &simulation::envelopes::get("/alarms", "/alarms", &[], ""));
    assert_eq!(status, 200);
    assert_eq!(told["alarms"][0]["kind"], "roll-call-open", "{told}");
    assert!(told["alarms"][0]["action"].as_str().unwrap().contains("Meta Direct Support"));
    let called =
        simulation::envelopes::get("/roll-calls/{month}", "/roll-calls/2026-05", &[("month", "2026-05")], "");
    let (status, told) = world.request("api", &called);
    assert_eq!((status, &told["expected"], &told["day"]), (200, &json!(1), &json!("2026-05-01")), "{told}");
    assert_eq!(told["missing"][0]["migration"], json!(world.migrations()[0]));
    assert_eq!(told["missing"][0]["reason"], "not-active-late");
}
