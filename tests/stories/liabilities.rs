//! For whom our line pays, who of them has left, and how a share is taken back.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use graph_simulator::Webhook;
use handover_domain::flow::FlowName;
use handover_domain::ids::WabaId;
use handover_domain::state::Status;
use handover_engine::ports::Clock;
use handover_engine::records::{Action, Change, Records, Write};
use handover_engine::{items, records};
use jiff::SignedDuration;
use serde_json::{Value, json};
use simulation::envelopes;
use simulation::script::{Act, Script, at};
use simulation::world::{World, now};

/// A day after the 1st, on which nothing is left to do.
const MAY: &str = "2026-05-10T10:00:00Z";

/// The customers of the script can send, and it is a day in May.
fn in_may(mut script: Script) -> World {
    script.end = at(MAY);
    let world = World::played(&script);
    world.clock.set(at(MAY));
    world.simulator().advance(at(MAY));
    world
}

/// Goes on until then, with these acts.
fn go_on(world: &World, until: &str, acts: Vec<(&str, Act)>) {
    let acts = acts.into_iter().map(|(moment, act)| (at(moment), act)).collect();
    let next = Script { start: world.clock.now(), end: at(until), acts, ..Script::example() };
    world.play(&next);
    world.clock.set(at(until));
    assert!(world.failures().is_empty(), "{:?}", world.failures());
}

fn leaves(world: &World, place: usize) {
    let (moment, waba) = (world.clock.now(), world.waba(place));
    world.simulator().customer_leaves_us(moment, &waba).expect("shared with us");
    let webhooks = world.simulator().take_webhooks();
    assert_eq!(webhooks.len(), 1, "PARTNER_REMOVED");
    // Meta sends again, and late: it is the same.
    for webhook in [&webhooks[0], &webhooks[0]] {
        assert_eq!(send(world, webhook).0, 200);
    }
}

fn send(world: &World, webhook: &Webhook) -> (u64, Value) {
    world.request("webhook", &envelopes::webhook(webhook))
}

fn listed(world: &World) -> Vec<Value> {
    world.liabilities().expect("an answer")
}

/// The kinds and subjects of what the audit finds now.
fn alarms(world: &World) -> Vec<(String, String)> {
    world.fire("audit");
    world.deliver_now();
    let (status, told) = world.request("api", &envelopes::get("/alarms", "/alarms", &[], ""));
    assert_eq!(status, 200, "{told}");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let alarms = told["alarms"]
        .as_array()
        .unwrap()
        .iter()
        .map(|alarm| (text(&alarm["kind"]), text(&alarm["subject"])));
    // Nobody's sweep runs in these stories.
    alarms.filter(|(kind, _)| kind.starts_with("customer-")).collect()
}

/// The body of a revocation, as it is proposed or as somebody makes it up.
fn confirming(world: &World, line: &Value, places: &[usize]) -> Value {
    let wabas: Vec<String> = places.iter().map(|place| world.waba(*place)).collect();
    json!({ "line": line, "wabas": wabas, "reason": "they have left" })
}

fn live(world: &World) -> usize {
    let waba = world.waba(0);
    let simulator = world.simulator();
    simulator.live_allocations(&simulator.world().wabas[&waba].business_id).count()
}

#[test]
fn a_customer_who_is_with_us_is_listed_with_what_we_pay_and_nothing_is_proposed() {
    let world = in_may(Script::example());
    let [one] = &listed(&world)[..] else { panic!("one customer") };
    let waba = world.waba(0);
    assert_eq!(one["business"], json!(world.simulator().world().wabas[&waba].business_id));
    assert_eq!((&one["standing"], &one["proposal"]), (&json!("with-us"), &Value::Null));
    let paid = &one["wabas"][0];
    assert_eq!(
        (&paid["waba"], &paid["pays_from"], &paid["is_proved"]),
        (&json!(waba), &json!("2026-05-01"), &json!(true))
    );
    assert_eq!(alarms(&world), []);
}

#[test]
fn whoever_leaves_after_the_end_is_found_with_evidence_and_their_share_is_taken_back() {
    let world = in_may(Script::example());
    leaves(&world, 0);
    let one = listed(&world)[0].clone();
    assert_eq!(one["standing"], json!("left"));
    assert_eq!(one["wabas"][0]["removed_at"], json!(MAY));
    assert_eq!(one["proposal"]["wabas"], json!([world.waba(0)]));
    assert_eq!(alarms(&world), [("customer-left".to_owned(), world.waba(0))]);
    assert_eq!(live(&world), 1, "nothing is taken back by itself");
    go_on(&world, "2026-05-11T12:00:00Z", vec![("2026-05-11T10:00:00Z", Act::TakeBack)]);
    assert_eq!((live(&world), listed(&world)), (0, vec![]));
    assert_eq!(world.states()[1].status, Status::Cancelled);
    assert_eq!(alarms(&world), []);
    let history = world.history(1);
    assert_eq!((&history[0]["action"], &history[0]["by"]), (&json!("revoke"), &json!("alice")));
    assert!(history[0]["evidence"].to_string().contains(&world.waba(0)));
}

#[test]
fn of_two_wabas_one_leaves_and_nothing_is_proposed_that_would_cut_off_the_other() {
    let world = in_may(Script::two_wabas_of_one_business());
    leaves(&world, 0);
    let one = listed(&world)[0].clone();
    assert_eq!((&one["standing"], &one["proposal"]), (&json!("left"), &Value::Null));
    let standings: Vec<_> = one["wabas"]
        .as_array()
        .unwrap()
        .iter()
        .map(|paid| (paid["waba"].clone(), paid["standing"].clone()))
        .collect();
    assert!(standings.contains(&(json!(world.waba(1)), json!("with-us"))), "{standings:?}");
    assert!(one["what"].as_str().unwrap().contains(&format!("WABA {} still uses", world.waba(1))), "{one}");
    let business = one["business"].as_str().unwrap();
    let (status, told) = world.operator_revokes(business, &confirming(&world, &one["line"], &[0])).unwrap();
    assert_eq!((status, &told["field"]), (409, &json!("wabas")), "{told}");
    assert!(told["detail"].as_str().unwrap().contains(&world.waba(1)), "{told}");
    assert_eq!(live(&world), 1);
}

#[test]
fn whoever_names_every_waba_cuts_them_all_off() {
    let world = in_may(Script::two_wabas_of_one_business());
    let one = listed(&world)[0].clone();
    let business = one["business"].as_str().unwrap();
    let (status, told) =
        world.operator_revokes(business, &confirming(&world, &one["line"], &[0, 1])).unwrap();
    assert_eq!(status, 201, "{told}");
    go_on(&world, "2026-05-11T12:00:00Z", vec![]);
    assert_eq!((live(&world), listed(&world)), (0, vec![]));
}

#[test]
fn what_names_another_business_line_or_waba_takes_nothing_back() {
    let world = in_may(Script::example());
    let one = listed(&world)[0].clone();
    let business = one["business"].as_str().unwrap();
    let fits = confirming(&world, &one["line"], &[0]);
    for (business, line, wabas, status, field) in [
        ("1", one["line"].clone(), fits["wabas"].clone(), 404, "business"),
        (business, json!("1"), fits["wabas"].clone(), 404, "business"),
        (business, one["line"].clone(), json!([]), 409, "wabas"),
        (business, one["line"].clone(), json!([world.waba(0), "1"]), 409, "wabas"),
        ("a", one["line"].clone(), fits["wabas"].clone(), 400, "business"),
        (business, json!("a"), fits["wabas"].clone(), 400, "line"),
    ] {
        let said = json!({ "line": line, "wabas": wabas, "reason": "they have left" });
        let told = world.operator_revokes(business, &said).unwrap();
        assert_eq!((told.0, &told.1["field"]), (status, &json!(field)), "{said}: {}", told.1);
    }
    let nameless = json!({ "line": one["line"], "wabas": fits["wabas"], "reason": " " });
    assert_eq!(world.operator_revokes(business, &nameless).unwrap().1["field"], json!("reason"));
    assert_eq!(live(&world), 1);
}

#[test]
fn a_waba_with_a_live_migration_is_not_taken_from_under_it() {
    let mut script = Script::example();
    script.end = at("2026-04-25T10:00:00Z");
    let world = World::played(&script);
    let one = listed(&world)[0].clone();
    let business = one["business"].as_str().unwrap();
    let (status, told) = world.operator_revokes(business, &confirming(&world, &one["line"], &[0])).unwrap();
    assert_eq!((status, &told["field"]), (409, &json!("business")), "{told}");
    assert!(told["detail"].as_str().unwrap().contains(&world.migrations()[0].to_string()), "{told}");
}

#[test]
fn after_a_restore_nothing_is_taken_back_that_the_ledger_may_not_know_whole() {
    let mut world = in_may(Script::example());
    world.settings.restored_at = Some(at("2026-05-09T00:00:00Z"));
    let one = listed(&world)[0].clone();
    let business = one["business"].as_str().unwrap();
    let (status, told) = world.operator_revokes(business, &confirming(&world, &one["line"], &[0])).unwrap();
    assert_eq!((status, &told["field"]), (409, &json!("business")), "{told}");
    assert!(told["detail"].as_str().unwrap().contains("before 1 June 2026"), "{told}");
}

#[test]
fn a_waba_that_comes_between_is_seen_by_the_row_and_nobody_is_cut_off() {
    let mut script = Script::two_wabas_of_one_business();
    script.acts.retain(|(_, act)| !matches!(act, Act::SignUp { migration: 1, .. }));
    script.end = at(MAY);
    let world = World::played(&script);
    world.clock.set(at(MAY));
    leaves(&world, 0);
    let one = listed(&world)[0].clone();
    let business = one["business"].as_str().unwrap();
    let revoke = confirming(&world, &one["line"], &[0]);
    // It begins, and before its row has its turn the other WABA is shared.
    assert_eq!(world.operator_revokes(business, &revoke).unwrap().0, 201);
    let record = items::ledger(&one["line"].as_str().unwrap().parse().unwrap(), &business.parse().unwrap());
    let mut ledger = world.records.items()[&record].clone();
    let mut other = ledger["entries"][0].clone();
    other["waba"] = json!(world.waba(1));
    ledger["entries"].as_array_mut().unwrap().push(other);
    let put = Write { key: record, expects: vec![], action: Action::Put(ledger) };
    now(world.records.write(&put)).expect("memory answers");
    go_on(&world, "2026-05-11T12:00:00Z", vec![]);
    let state = world.states().pop().unwrap();
    assert_eq!(state.reason.unwrap().code(), "revoke-cuts-off-others");
    assert_eq!(live(&world), 1);
}

#[test]
fn whoever_comes_back_is_with_us_whatever_order_meta_tells_it_in() {
    for late in [false, true] {
        let world = in_may(Script::example());
        let waba = world.waba(0);
        let moment = world.clock.now();
        world.simulator().customer_leaves_us(moment, &waba).expect("shared with us");
        let [removed] = &world.simulator().take_webhooks()[..] else { panic!("one webhook") };
        go_on(&world, "2026-05-12T10:00:00Z", vec![]);
        world.simulator().advance(at("2026-05-12T10:00:00Z"));
        let added = world.simulator().account_update("PARTNER_ADDED", &waba);
        let in_order = if late { [&added, removed] } else { [removed, &added] };
        in_order.into_iter().for_each(|webhook| assert_eq!(send(&world, webhook).0, 200));
        assert_eq!(listed(&world)[0]["standing"], json!("with-us"), "late: {late}");
        assert_eq!(alarms(&world), []);
    }
}

#[test]
fn whoever_leaves_during_their_migration_is_listed_once_it_is_cancelled_and_the_share_kept() {
    let mut script = Script::example();
    script.acts.push((at("2026-04-25T15:00:00Z"), Act::Leave { waba: 0 }));
    script.end = at("2026-04-26T10:00:00Z");
    let world = World::new(&script);
    world.play(&script);
    assert_eq!(world.states()[0].status, Status::Person);
    world.clock.set(script.end);
    assert_eq!(alarms(&world), [], "as long as it lives, its row has it");
    let told = world.operator_asks(0, "cancel", &json!({ "share": "keep" })).unwrap();
    assert_eq!(told.0, 200, "{}", told.1);
    let one = listed(&world)[0].clone();
    assert_eq!((&one["standing"], &one["proposal"]["wabas"]), (&json!("left"), &json!([world.waba(0)])));
    assert_eq!(alarms(&world), [("customer-left".to_owned(), world.waba(0))]);
}

/// A message of the WABA that Meta has refused.
fn refused_message(world: &World, waba: &str, code: i64) -> Webhook {
    let at = world.clock.now().as_second();
    let status = json!({ "id": "wamid.1", "status": "failed", "timestamp": at.to_string(), "recipient_id": "491",
        "errors": [{ "code": code, "title": "Business eligibility payment issue" }] });
    let value = json!({ "messaging_product": "whatsapp", "metadata": { "phone_number_id": "1" }, "statuses": [status] });
    let change = json!({ "field": "messages", "value": value });
    let body = json!({ "object": "whatsapp_business_account", "entry": [{ "id": waba, "time": at, "changes": [change] }] });
    world.simulator().signed(body.to_string().into_bytes())
}

#[test]
fn a_message_that_nobody_pays_for_is_found_where_our_line_should_pay() {
    let world = in_may(Script::example());
    let waba = world.waba(0);
    assert_eq!(send(&world, &refused_message(&world, &waba, 131_047)).1["dropped"], json!(1));
    assert_eq!(listed(&world)[0]["standing"], json!("with-us"), "it was refused for something else");
    let stream = |world: &World| world.records.items();
    send(&world, &refused_message(&world, &waba, 131_042));
    let after_one = stream(&world);
    send(&world, &refused_message(&world, &waba, 131_042));
    assert_eq!(stream(&world), after_one, "one in a day is kept");
    let one = listed(&world)[0].clone();
    assert_eq!((&one["standing"], &one["proposal"]), (&json!("unpaid"), &Value::Null));
    assert_eq!(one["wabas"][0]["unpaid_at"], json!(MAY));
    assert_eq!(alarms(&world), [("customer-unpaid".to_owned(), waba)]);
    go_on(&world, "2026-05-18T10:00:00Z", vec![]);
    assert_eq!(listed(&world)[0]["standing"], json!("with-us"), "a week later it is of another time");
}

#[test]
fn a_line_that_should_pay_at_once_is_listed_and_missed_from_the_day_of_the_share() {
    for flow in [FlowName::OwnershipTransfer, FlowName::NumberMove] {
        let world = World::played(&Script::of(flow));
        let state = &world.states()[0];
        assert_eq!(state.status, Status::Completed, "{flow}");
        let paid = listed(&world)[0]["wabas"][0].clone();
        let shared_at = paid["shared_at"].as_str().unwrap();
        assert_eq!(paid["pays_from"].as_str().unwrap(), &shared_at[..10], "{flow}: {paid}");
        assert_eq!(paid["pays_at_once"], json!(true), "{flow}: {paid}");
        // Before the next 1st, and after the migration.
        assert!(world.clock.now() < at("2026-04-30T12:00:00Z"), "{flow}: {}", world.clock.now());
        world.clock.set(world.clock.now() + SignedDuration::from_hours(1));
        let waba = state.waba.as_ref().unwrap().to_string();
        send(&world, &refused_message(&world, &waba, 131_042));
        assert_eq!(listed(&world)[0]["standing"], json!("unpaid"), "{flow}");
    }
}

#[test]
fn a_message_that_is_refused_while_the_customer_waits_for_the_1st_says_nothing() {
    let mut script = Script::example();
    script.end = at("2026-04-25T10:00:00Z");
    let world = World::played(&script);
    let before = world.records.items();
    let told = send(&world, &refused_message(&world, &world.waba(0), 131_042)).1;
    assert_eq!((&told["dropped"], &told["woken"]), (&json!(1), &json!(0)));
    assert_eq!(world.records.items(), before);
}

#[test]
fn of_a_waba_that_nobody_ever_learned_nothing_is_kept_for_good() {
    let world = in_may(Script::example());
    let before = world.records.items();
    for event in ["PARTNER_ADDED", "PARTNER_REMOVED"] {
        let webhook = world.simulator().account_update(event, "112233445566");
        assert_eq!(send(&world, &webhook).1["unmatched"], json!(1));
    }
    send(&world, &refused_message(&world, "112233445566", 131_042));
    let mut after = world.records.items();
    after.retain(|key, _| key.partition != "EVENTS");
    assert_eq!(after, before);
}

#[test]
fn a_webhook_of_another_partners_portfolio_is_none_of_ours() {
    let world = in_may(Script::example());
    let value = json!({ "event": "PARTNER_REMOVED", "waba_info": { "waba_id": world.waba(0), "owner_business_id": "1" } });
    let change = json!({ "field": "account_update", "value": value });
    let body =
        json!({ "entry": [{ "id": "777", "time": world.clock.now().as_second(), "changes": [change] }] });
    let webhook = world.simulator().signed(body.to_string().into_bytes());
    assert_eq!(send(&world, &webhook).1["dropped"], json!(1));
    assert_eq!(listed(&world)[0]["standing"], json!("with-us"));
}

/// Makes the records those of a version that knew of no list.
fn as_an_earlier_version_wrote_it(world: &World) {
    for (key, _) in world.records.items() {
        let action = match key.sort.as_str() {
            items::LEDGER => Action::Update(vec![Change::Remove("status"), Change::Remove("board")]),
            items::PARTNERSHIP => Action::Delete,
            _ => continue,
        };
        now(world.records.write(&Write { key, expects: vec![], action })).expect("memory answers");
    }
}

#[test]
fn what_an_earlier_version_has_shared_is_listed_after_the_next_audit() {
    let world = in_may(Script::two_wabas_of_one_business());
    let before = world.records.items();
    as_an_earlier_version_wrote_it(&world);
    assert_eq!(listed(&world), [] as [Value; 0]);
    world.fire("audit");
    let waba: WabaId = world.waba(0).parse().unwrap();
    for key in before.keys().filter(|key| key.sort == items::LEDGER || **key == items::partnership(&waba)) {
        assert_eq!(world.records.items()[key], before[key], "as this version writes it");
    }
    assert_eq!(listed(&world).len(), 1);
    leaves(&world, 0);
    assert_eq!(alarms(&world), [("customer-left".to_owned(), world.waba(0))]);
}

#[test]
fn the_list_has_pages_and_each_business_once() {
    let mut script = Script::two_wabas_of_one_business();
    script.world.same_business = false;
    let world = in_may(script);
    let page = |query: &str| {
        let (status, told) =
            world.request("api", &envelopes::get("/liabilities", "/liabilities", &[], query));
        assert_eq!(status, 200, "{told}");
        told
    };
    let first = page("limit=1");
    let next = first["next"].as_str().expect("a second page");
    let second = page(&format!("limit=1&after={next}"));
    let business = |told: &Value| told["liabilities"][0]["business"].as_str().unwrap().to_owned();
    assert_ne!(business(&first), business(&second));
    let forged = records::Cursor(records::Item::default());
    let forged = serde_json::to_vec(&forged).unwrap();
    let query = format!("after={}", String::from_utf8_lossy(&forged));
    let (status, _) = world.request("api", &envelopes::get("/liabilities", "/liabilities", &[], &query));
    assert_eq!(status, 400);
}
