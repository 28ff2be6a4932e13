//! Message templates travel into the new WABA as far as Meta takes them, hold nobody back, and are told of one by one.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use graph_simulator::{Fault, PlannedFault, TemplateContent, WhenCopied};
use handover_domain::flow::FlowName;
use handover_domain::reason::Reason;
use handover_domain::state::Status;
use handover_engine::ports::Clock;
use serde_json::{Value, json};
use simulation::envelopes;
use simulation::script::{Script, at};
use simulation::world::World;

fn template(name: &str, status: &str, quality: &str, when_copied: WhenCopied) -> TemplateContent {
    TemplateContent {
        name: name.to_owned(),
        language: "de".to_owned(),
        category: "UTILITY".to_owned(),
        status: status.to_owned(),
        quality: quality.to_owned(),
        when_copied,
    }
}

/// The customer signs up on 21 April at ten; their old WABA has templates of every kind.
fn moving() -> Script {
    let mut script = Script::of(FlowName::SolutionSwitch);
    script.world.templates = vec![
        template("by_itself", "APPROVED", "GREEN", WhenCopied::Stays),
        template("asked_for", "APPROVED", "UNKNOWN", WhenCopied::Stays),
        template("dearer", "APPROVED", "GREEN", WhenCopied::Recategorised),
        template("turned_down", "APPROVED", "GREEN", WhenCopied::Rejected),
        template("badly_rated", "APPROVED", "RED", WhenCopied::Stays),
        template("not_taken", "APPROVED", "UNKNOWN", WhenCopied::Fails),
        template("old_reject", "REJECTED", "UNKNOWN", WhenCopied::Stays),
    ];
    script
}

fn report(world: &World) -> Value {
    let id = world.migrations()[0].to_string();
    let path = format!("/migrations/{id}/templates");
    let asks = envelopes::get("/migrations/{id}/templates", &path, &[("id", &id)], "");
    let (status, told) = world.request("api", &asks);
    assert_eq!(status, 200, "{told}");
    told
}

/// What the report says of each: name, fate, and why.
fn fates(told: &Value) -> Vec<(String, String, String)> {
    let text = |line: &Value, field: &str| line[field].as_str().unwrap_or_default().to_owned();
    let lines = told["templates"].as_array().unwrap();
    lines.iter().map(|line| (text(line, "name"), text(line, "fate"), text(line, "why"))).collect()
}

fn fate<'a>(fates: &'a [(String, String, String)], name: &str) -> (&'a str, &'a str) {
    let found = fates.iter().find(|(of, ..)| of == name).unwrap();
    (&found.1, &found.2)
}

fn at_the_watch(script: &Script) -> World {
    let mut script = script.clone();
    script.end = at("2026-04-21T15:30:00Z");
    let world = World::played(&script);
    assert_eq!(world.states()[0].row, "watch the templates");
    world
}

#[test]
fn before_the_customer_signs_up_the_report_is_a_forecast() {
    let mut script = moving();
    script.acts.truncate(2);
    script.end = at("2026-04-20T12:00:00Z");
    let told = report(&World::played(&script));
    assert_eq!((&told["is_known"], &told["counts"]), (&json!(true), &Value::Null));
    let fates = fates(&told);
    assert_eq!(fate(&fates, "by_itself"), ("forecast", "Meta copies it by itself."));
    assert_eq!(fate(&fates, "asked_for"), ("forecast", "Meta is asked to copy it."));
    let rated = "Meta copies none that recipients rate YELLOW or RED.";
    assert_eq!(fate(&fates, "badly_rated"), ("forecast", rated));
    assert_eq!(fate(&fates, "old_reject"), ("forecast", "Meta copies approved ones only."));
}

#[test]
fn what_could_not_be_copied_holds_nobody_back_and_is_told_with_metas_reason() {
    let world = at_the_watch(&moving());
    let fates = fates(&report(&world));
    for (name, told) in [
        ("by_itself", ("copied", "")),
        ("asked_for", ("copied", "")),
        ("not_taken", ("missing", "Incorrect category")),
        ("badly_rated", ("missing", "Meta copies none that recipients rate YELLOW or RED.")),
    ] {
        assert_eq!(fate(&fates, name), told, "{name}");
    }
    let moved = world.events().into_iter().find(|(_, event)| event.detail_type == "CustomerMoved").unwrap().1;
    let counts =
        json!({ "before": 7, "copied": 4, "checked": 0, "rejected": 0, "recategorised": 0, "missing": 3 });
    assert_eq!(moved.detail["templates"], counts);
    assert!(world.states()[0].findings.is_empty());
}

#[test]
fn what_meta_decides_within_a_day_is_in_the_report_when_the_migration_ends() {
    let world = World::played(&moving());
    assert_eq!(world.states()[0].status, Status::Completed);
    let told = report(&world);
    let fates = fates(&told);
    assert_eq!(fate(&fates, "turned_down").0, "rejected");
    assert_eq!(fate(&fates, "dearer"), ("recategorised", "MARKETING"));
    assert_eq!(fate(&fates, "not_taken").0, "missing", "nothing is made by itself");
    assert_eq!(told["counts"]["missing"], 3);
}

#[test]
fn a_webhook_about_a_template_wakes_the_watch() {
    let mut script = moving();
    script.end = at("2026-04-21T10:30:00Z");
    let world = World::played(&script);
    let (before, waba) = (world.states()[0].wakes, world.states()[0].waba.clone().unwrap());
    for field in ["message_template_status_update", "template_category_update"] {
        let change = json!({ "field": field, "value": { "event": "REJECTED", "message_template_id": 91 } });
        let time = world.clock.now().as_second();
        let entry = json!({ "id": waba.to_string(), "time": time, "changes": [change] });
        let body = json!({ "object": "whatsapp_business_account", "entry": [entry] });
        let webhook = world.simulator().signed(body.to_string().into_bytes());
        let (status, told) = world.request("webhook", &envelopes::webhook(&webhook));
        assert_eq!((status, &told["woken"]), (200, &json!(1)), "{field}: {told}");
    }
    assert_eq!(world.states()[0].wakes, before + 2);
}

#[test]
fn an_operator_has_those_made_anew_that_were_not_copied_and_meta_still_takes() {
    let script = moving();
    let world = at_the_watch(&script);
    let verdict = json!({ "verdict": "recreate_templates" });
    let (status, told) = world.operator_asks(0, "resolve", &verdict).unwrap();
    assert_eq!(status, 200, "{told}");
    let mut rest = script;
    rest.acts.clear();
    world.play(&rest);
    assert_eq!(world.states()[0].status, Status::Completed);
    let fates = fates(&report(&world));
    assert_eq!(fate(&fates, "badly_rated"), ("checked", "PENDING"));
    assert_eq!(fate(&fates, "not_taken"), ("checked", "PENDING"));
    assert_eq!(fate(&fates, "old_reject").0, "missing", "Meta has rejected it before");
    let made = world
        .simulator()
        .calls()
        .iter()
        .filter(|call| {
            call.endpoint.as_str().starts_with("POST")
                && call.endpoint.as_str().ends_with("/message_templates")
        })
        .count();
    assert_eq!(made, 2, "each once");
}

#[test]
fn more_than_a_hundred_are_made_over_hours_and_the_watch_lasts_as_long() {
    let mut script = Script::of(FlowName::SolutionSwitch);
    let one = |nth: u32| template(&format!("t{nth}"), "APPROVED", "RED", WhenCopied::Stays);
    script.world.templates = (0..120).map(one).collect();
    let world = at_the_watch(&script);
    world.operator_asks(0, "resolve", &json!({ "verdict": "recreate_templates" })).unwrap();
    script.acts.clear();
    script.end = at("2026-04-21T16:15:00Z");
    world.play(&script);
    assert_eq!(report(&world)["counts"]["checked"], 100);
    script.end = at("2026-04-21T17:15:00Z");
    world.play(&script);
    assert_eq!(world.states()[0].reason, Some(Reason::TEMPLATES_WATCHED));
    script.end = at("2026-04-23T00:00:00Z");
    world.play(&script);
    assert_eq!(report(&world)["counts"]["checked"], 120);
    assert_eq!(world.states()[0].status, Status::Completed);
}

#[test]
fn hundreds_of_templates_with_the_longest_names_fit_into_items_and_events_and_none_is_lost() {
    let mut script = Script::of(FlowName::SolutionSwitch);
    // Meta's names have 512 characters at the most.
    let one = |nth: u32| template(&format!("t{nth:0511}"), "PAUSED", "GREEN", WhenCopied::Stays);
    script.world.templates = (0..620).map(one).collect();
    let world = World::played(&script);
    assert_eq!(world.states()[0].status, Status::Completed);
    let told = report(&world);
    assert_eq!((&told["counts"]["before"], &told["counts"]["missing"]), (&json!(620), &json!(620)));
    assert_eq!(fates(&told).len(), 620);
    // DynamoDB takes items of 400 KB, EventBridge events of 256 KB.
    let items = world.records.items();
    let item = items.values().map(|item| json!(item).to_string().len()).max().unwrap();
    assert!((100_000..400_000).contains(&item), "{item}");
    let event = world.events().iter().map(|(_, event)| json!(event.detail).to_string().len()).max().unwrap();
    assert!(event < 200_000, "{event}");
}

#[test]
fn a_copying_that_meta_refuses_ends_the_asking_and_not_the_move() {
    let fault = Fault::GraphError { code: 10, subcode: None, status: None, is_transient: false };
    let endpoint = "POST /{waba}/migrate_message_templates".parse().unwrap();
    let script = moving().with_faults([PlannedFault { endpoint, nth: 1, about: None, fault }]);
    let world = World::played(&script);
    assert_eq!(world.states()[0].status, Status::Completed);
    let told = report(&world);
    let fates = fates(&told);
    assert_eq!(fate(&fates, "by_itself").0, "copied");
    let (fate, why) = fate(&fates, "asked_for");
    assert_eq!(fate, "missing");
    assert!(why.contains("code 10"), "{why}");
}

#[test]
fn a_customer_who_leaves_while_their_templates_are_watched_has_moved_all_the_same() {
    let mut script = moving();
    let world = at_the_watch(&script);
    let (now, waba) = (world.clock.now(), world.states()[0].waba.clone().unwrap().to_string());
    world.simulator().customer_unshares_us(now, &waba).unwrap();
    script.acts.clear();
    world.play(&script);
    assert_eq!(world.states()[0].status, Status::Completed);
}

#[test]
fn templates_that_are_not_ours_to_read_are_said_to_be_unknown() {
    let world = World::played(&Script::of(FlowName::NumberMove));
    assert_eq!(world.states()[0].status, Status::Completed);
    let told = report(&world);
    assert_eq!((&told["is_known"], &told["templates"]), (&json!(false), &json!([])));
}

/// Meta is throttling, the first time that it is asked for this.
fn throttled(script: Script, call: &str) -> Script {
    let fault = Fault::GraphError { code: 80_008, subcode: None, status: Some(429), is_transient: false };
    script.with_faults([PlannedFault { endpoint: call.parse().unwrap(), nth: 1, about: None, fault }])
}

#[test]
fn a_throttled_copying_is_asked_for_again_and_refuses_no_template() {
    let world = World::played(&throttled(moving(), "POST /{waba}/migrate_message_templates"));
    assert_eq!(world.states()[0].status, Status::Completed);
    assert_eq!(fate(&fates(&report(&world)), "asked_for").0, "copied");
}

#[test]
fn a_throttled_making_anew_goes_on_and_gives_no_template_up() {
    for call in ["POST /{waba}/message_templates", "GET /{template}"] {
        let mut script = throttled(moving(), call);
        let world = at_the_watch(&script);
        world.operator_asks(0, "resolve", &json!({ "verdict": "recreate_templates" })).unwrap();
        script.acts.clear();
        world.play(&script);
        assert_eq!(world.states()[0].status, Status::Completed, "{call}");
        let fates = fates(&report(&world));
        for name in ["badly_rated", "not_taken"] {
            assert_eq!(fate(&fates, name), ("checked", "PENDING"), "{call}: {name}");
        }
    }
}

#[test]
fn where_nobody_has_got_to_copy_them_they_are_watched_all_the_same() {
    let fault = Fault::GraphError { code: 10, subcode: None, status: None, is_transient: false };
    let endpoint = "GET /{waba}/message_templates".parse().unwrap();
    // Pre-flight reads the list once; the row cannot, neither at its place nor before the announcement.
    let fails = |nth| PlannedFault { endpoint, nth, about: None, fault: fault.clone() };
    let mut script = moving().with_faults((2..=5).map(fails));
    script.end = at("2026-04-21T15:30:00Z");
    let world = World::played(&script);
    let state = &world.states()[0];
    assert_eq!(
        (state.row.as_str(), state.reason.clone()),
        ("watch the templates", Some(Reason::TEMPLATES_WATCHED))
    );
}
