//! Pre-flight looks at what Meta shows before anything is asked of the customer, and says of each thing how bad it is, who acts and how.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use graph_simulator::WorldSpec;
use handover_domain::flow::FlowName;
use handover_domain::reason::Reason;
use handover_domain::state::Status;
use serde_json::{Value, json};
use simulation::envelopes;
use simulation::script::{Act, Script, at};
use simulation::world::World;

/// A customer who has been through our signup before, so that their WABA can be read: pre-flight, and no more.
fn looked_at(but: impl FnOnce(&mut WorldSpec)) -> World {
    let mut script = Script::with_the_waba_named();
    script.world.onboarded = true;
    but(&mut script.world);
    script.acts.truncate(1);
    script.end = at("2026-04-21T08:30:00Z");
    World::played(&script)
}

/// The same for a WABA whose number moves.
fn to_be_moved(but: impl FnOnce(&mut WorldSpec)) -> World {
    let mut script = Script::of(FlowName::LeaveSolution);
    but(&mut script.world);
    script.acts.truncate(2);
    script.end = at("2026-04-20T10:00:00Z");
    World::played(&script)
}

fn findings(world: &World) -> Vec<Value> {
    let id = world.migrations()[0].to_string();
    let event = envelopes::get("/migrations/{id}", &format!("/migrations/{id}"), &[("id", &id)], "");
    let (status, shown) = world.request("api", &event);
    assert_eq!(status, 200, "{shown}");
    shown["preflight"].as_array().unwrap().clone()
}

/// What was found of one subject: its severity and who acts.
fn found(world: &World, check: &str) -> Vec<(String, Option<String>)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let of_it = findings(world).into_iter().filter(|one| one["check"] == check);
    of_it.map(|one| (text(&one["severity"]).unwrap(), text(&one["who"]))).collect()
}

fn one(severity: &str, who: Option<&str>) -> Vec<(String, Option<String>)> {
    vec![(severity.to_owned(), who.map(str::to_owned))]
}

#[test]
fn everything_that_meta_shows_of_a_customer_who_is_well_is_fine() {
    let world = looked_at(|_| ());
    let not_fine: Vec<_> = findings(&world).into_iter().filter(|one| one["severity"] != "fine").collect();
    assert!(not_fine.is_empty(), "{not_fine:?}");
    let checks: Vec<_> =
        findings(&world).iter().map(|one| one["check"].as_str().unwrap().to_owned()).collect();
    for check in [
        "credit-lines",
        "graph-version",
        "waba",
        "ownership",
        "review",
        "verification",
        "health",
        "currency",
        "coexistence",
        "platform",
        "number-status",
        "code-verification",
        "quality",
        "display-name",
        "throughput",
        "messaging-limit",
        "number-limit",
    ] {
        assert!(checks.contains(&check.to_owned()), "{check} was not looked at: {checks:?}");
    }
}

#[test]
fn what_is_wrong_with_the_waba_names_who_acts_and_stops_no_switch() {
    let word = |word: &str| word.to_owned();
    let pending = looked_at(|world| world.review = word("PENDING"));
    assert_eq!(found(&pending, "review"), one("warns", Some("meta")));
    let rejected = looked_at(|world| world.review = word("REJECTED"));
    assert_eq!(found(&rejected, "review"), one("warns", Some("customer")));
    let unverified = looked_at(|world| world.verification = word("not_verified"));
    assert_eq!(found(&unverified, "verification"), one("warns", Some("customer")));
    assert_eq!(found(&unverified, "health"), one("warns", Some("customer")));
    let other_currency = looked_at(|world| world.line_currency = word("USD"));
    assert_eq!(found(&other_currency, "currency"), one("warns", Some("we")));
    let few = looked_at(|world| world.messaging_limit = word("TIER_250"));
    assert_eq!(found(&few, "messaging-limit"), one("warns", Some("customer")));
    for world in [pending, rejected, unverified, other_currency, few] {
        assert_eq!(world.states()[0].row, "unshare and sign up");
        assert_eq!(world.persons(), 0);
    }
}

#[test]
fn the_worst_comes_first_and_says_what_to_do() {
    let world = looked_at(|world| {
        world.quality = "RED".to_owned();
        world.settings.unreadable_fields = ["health_status".to_owned()].into();
    });
    let findings = findings(&world);
    assert_eq!((&findings[0]["check"], &findings[0]["severity"]), (&json!("quality"), &json!("warns")));
    assert!(findings[0]["what"].as_str().unwrap().contains("(RED)"), "{}", findings[0]);
    assert!(
        findings[0]["action"].as_str().unwrap().starts_with("The customer sends less"),
        "{}",
        findings[0]
    );
    assert_eq!((&findings[1]["check"], &findings[1]["severity"]), (&json!("health"), &json!("unknown")));
}

#[test]
fn one_field_that_meta_withholds_hides_no_other_and_is_no_proof() {
    let fields = [
        ("business_verification_status", "verification"),
        ("whatsapp_business_manager_messaging_limit", "messaging-limit"),
        ("health_status", "health"),
        ("throughput", "throughput"),
    ];
    for (field, check) in fields {
        let world = looked_at(|world| world.settings.unreadable_fields = [field.to_owned()].into());
        let unknown: Vec<_> = findings(&world)
            .into_iter()
            .filter(|one| one["severity"] != "fine")
            .map(|one| (one["check"].clone(), one["severity"].clone()))
            .collect();
        assert_eq!(unknown, [(json!(check), json!("unknown"))], "{field}");
        assert_eq!(world.states()[0].row, "unshare and sign up", "{field}");
    }
}

#[test]
fn a_waba_that_is_not_ours_to_read_costs_no_look_and_is_one_unknown() {
    let mut script = Script::with_the_waba_named();
    script.acts.truncate(1);
    script.end = at("2026-04-21T08:30:00Z");
    let world = World::played(&script);
    let unknown: Vec<_> = findings(&world)
        .into_iter()
        .filter(|one| one["severity"] == "unknown")
        .map(|one| one["check"].clone())
        .collect();
    assert_eq!(unknown, ["waba"]);
    let reads =
        world.simulator().calls().iter().filter(|call| call.endpoint.as_str() == "GET /{waba}").count();
    assert_eq!(reads, 1, "the one that was refused");
}

#[test]
fn a_waba_that_nobody_has_named_is_told_so() {
    let mut script = Script::example();
    script.acts.truncate(1);
    script.end = at("2026-04-21T08:30:00Z");
    assert_eq!(found(&World::played(&script), "waba"), one("unknown", Some("we")));
}

#[test]
fn a_number_leaves_no_waba_that_meta_has_not_approved_and_goes_on_once_it_has() {
    for review in ["PENDING", "REJECTED"] {
        let world = to_be_moved(|world| world.review = review.to_owned());
        let state = &world.states()[0];
        let stands = (state.status, state.row.as_str(), state.reason.clone());
        assert_eq!(stands, (Status::Person, "pre-flight", Some(Reason::WABA_NOT_APPROVED)), "{review}");
        assert_eq!(found(&world, "review")[0].0, "stops", "{review}");
        assert!(world.simulator().world().intents.is_empty(), "the customer has nothing to answer");
    }
    let mut script = Script::of(FlowName::LeaveSolution);
    script.world.review = "PENDING".to_owned();
    let world = World::new(&script);
    let (end, rest) = (script.end, script.acts.split_off(2));
    script.end = at("2026-04-20T20:00:00Z");
    world.play(&script);
    let mut changed = world.simulator().world().clone();
    changed.wabas.values_mut().for_each(|waba| "APPROVED".clone_into(&mut waba.account_review_status));
    *world.simulator() = graph_simulator::Simulator::new(changed).unwrap();
    script.acts =
        vec![(at("2026-04-20T21:00:00Z"), Act::Ask { migration: 0, action: "retry", more: json!({}) })];
    script.acts.extend(rest);
    script.end = end;
    world.play(&script);
    assert_eq!(world.states()[0].status, Status::Completed, "{:#?}", world.states()[0]);
}

#[test]
fn a_display_name_that_is_not_approved_stops_a_move_and_not_a_switch() {
    let declined = |world: &mut WorldSpec| world.name_status = "DECLINED".to_owned();
    let moves = to_be_moved(declined);
    assert_eq!(moves.states()[0].reason, Some(Reason::NAME_NOT_APPROVED));
    let switches = looked_at(declined);
    assert_eq!(found(&switches, "display-name"), one("warns", Some("customer")));
    assert_eq!(switches.states()[0].row, "unshare and sign up");
}

#[test]
fn what_stops_a_switch_today_is_among_what_was_found() {
    let owned = looked_at(|world| world.ownership = "ON_BEHALF_OF".to_owned());
    assert_eq!(found(&owned, "ownership"), one("stops", Some("former-partner")));
    assert_eq!(owned.states()[0].reason, Some(Reason::PARTNER_OWNED));
    let on_the_app = looked_at(|world| world.on_biz_app = true);
    assert_eq!(found(&on_the_app, "coexistence"), one("stops", Some("customer")));
    assert_eq!(on_the_app.states()[0].reason, Some(Reason::COEXISTENCE));
    let on_premise = looked_at(|world| world.platform = "ON_PREMISE".to_owned());
    assert_eq!(found(&on_premise, "platform"), one("stops", Some("customer")));
    assert_eq!(on_premise.states()[0].reason, Some(Reason::NUMBER_ON_PREMISE));
}
