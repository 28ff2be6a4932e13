//! Each role says what its function asks of AWS in the fault simulation, and nothing else; each function is told what its
//! role lets it use.

use std::collections::{BTreeMap, BTreeSet};

use graph_simulator::{Fault, PlannedFault};
use handover_aws::config::VARIABLES;
use handover_domain::flow::{CANCELLATION, FlowName, Need};
use handover_domain::step::Step;
use handover_engine::ports::Clock;
use handover_engine::records::{Action, Change, Records, Write};
use handover_engine::{items, writes};
use jiff::SignedDuration;
use saphyr::YamlOwned;
use serde_json::json;
use simulation::crashes;
use simulation::envelopes;
use simulation::gate::Point;
use simulation::meanwhile::Meanwhile;
use simulation::random;
use simulation::schedules::Schedules;
use simulation::script::{Act, Script, Variant, at};
use simulation::uses::Use;
use simulation::world::{World, now};

use e2e::template_text::{entries, find, find_maybe, list, properties_of, shown, template};

/// An action on a resource, as a role and a use say it.
type Allowed = (String, String);

#[test]
fn a_role_lets_its_function_do_what_it_does_and_nothing_else() {
    let asked = asked();
    let roles: BTreeMap<String, BTreeSet<Allowed>> =
        functions::names().map(|function| (function.to_owned(), role_of(function))).collect();
    for (function, role) in &roles {
        for (action, on) in role.symmetric_difference(&asked[function]) {
            println!("{function}: {action} on {on}");
        }
    }
    assert!(roles == asked, "the roles, and what was asked, differ in these");
}

/// The stories of the test above are chosen; these are drawn, with whatever goes wrong in them.
#[test]
fn whatever_goes_wrong_no_function_asks_for_what_its_role_has_not() {
    let drawn = (0..150).flat_map(|seed| random::run(seed, None).uses);
    let other = Variant::ALL.into_iter().flat_map(|variant| World::played(&variant.script()).uses());
    let uses: BTreeSet<Use> = drawn.chain(other).collect();
    let functions: BTreeSet<&str> = uses.iter().map(|one| one.function).collect();
    assert!(functions.len() > 20, "{functions:?}");
    let roles: BTreeMap<&str, BTreeSet<Allowed>> =
        functions.into_iter().map(|function| (function, role_of(function))).collect();
    for Use { function, action, on } in uses {
        let may = roles[function].contains(&(action.to_owned(), on.clone()));
        assert!(may, "{function}: {action} on {on}");
    }
}

/// Lambda and the SDK ask for these, not the functions' own code.
#[test]
fn beside_it_a_function_may_write_its_log_and_its_trace_and_have_its_failures_kept() {
    let shared = allowed(find(&template(), &["Resources", "EveryFunction", "Properties", "PolicyDocument"]));
    let expected = [
        ("logs:CreateLogStream", "FunctionLogs"),
        ("logs:PutLogEvents", "FunctionLogs"),
        ("sqs:SendMessage", "Failures"),
        ("kms:Decrypt", "DataKey"),
        ("xray:PutTraceSegments", "*"),
        ("xray:PutTelemetryRecords", "*"),
    ];
    let expected = expected.map(|(action, on)| (action.to_owned(), on.to_owned()));
    assert_eq!(shared, expected.into_iter().collect());
}

#[test]
fn no_role_of_a_function_names_every_resource_or_every_action() {
    for function in functions::names() {
        for (action, on) in role_of(function) {
            assert!(!action.contains('*') && on != "*", "{function}: {action} on {on}");
        }
    }
}

/// What a function may open or read is what it is told the name of.
#[test]
fn a_function_is_told_of_a_key_or_a_secret_if_its_role_lets_it_use_it() {
    let template = template();
    for function in functions::names() {
        let role = role_of(function);
        let properties = properties_of(&template, function);
        let variables =
            find_maybe(properties, &["Environment", "Variables"]).map(entries).unwrap_or_default();
        let told: BTreeSet<String> = variables.into_iter().map(|(_, value)| shown(value)).collect();
        let secret = ["TokenKey", "AppSecret", "SystemUserSecret"];
        let usable = role.into_iter().map(|(_, on)| on).filter(|on| secret.contains(&on.as_str())).collect();
        assert_eq!(told, usable, "{function}");
    }
}

/// The flow's column `needs` is where this begins: what a row needs, its function may use, and no other step may.
#[test]
fn a_role_has_what_the_rows_of_its_function_need() {
    for step in Step::ALL {
        let rows = FlowName::ALL.iter().flat_map(|flow| flow.flow().rows).chain([&CANCELLATION]);
        let needs: BTreeSet<Need> =
            rows.filter(|row| row.run_by == step).flat_map(|row| row.needs).copied().collect();
        let role = role_of(step.name());
        let may = |action: &str, on: &str| role.contains(&(action.to_owned(), on.to_owned()));
        let sealed = [Need::CustomerToken, Need::Pin, Need::Code];
        let opens = sealed.iter().any(|need| needs.contains(need));
        assert_eq!(may("kms:Decrypt", "TokenKey"), opens, "{step:?}");
        assert_eq!(may("dynamodb:GetItem", "Vault"), opens, "{step:?}");
        let reads = may("secretsmanager:GetSecretValue", "SystemUserSecret");
        assert_eq!(reads, needs.contains(&Need::SystemToken), "{step:?}");
        assert_eq!(may("events:PutEvents", "Bus"), needs.contains(&Need::Bus), "{step:?}");
        let proves = may("secretsmanager:GetSecretValue", "AppSecret");
        assert_eq!(proves, needs.contains(&Need::AppSecret), "{step:?}");
    }
}

/// Where Meta is, is said on one machine only.
#[test]
fn a_function_is_told_every_variable_of_the_configuration() {
    let template = template();
    let globals = find(&template, &["Globals", "Function"]);
    let mut told: BTreeSet<&str> = BTreeSet::from(["HANDOVER_GRAPH_ADDRESS"]);
    let common = entries(find(globals, &["Environment", "Variables"]));
    told.extend(common.iter().map(|(name, _)| *name));
    for function in functions::names() {
        let own = find_maybe(properties_of(&template, function), &["Environment", "Variables"]);
        told.extend(own.map(entries).into_iter().flatten().map(|(name, _)| name));
    }
    let known = VARIABLES.iter().map(|variable| variable.name).collect();
    assert_eq!(told, known);
    let timeout = find(globals, &["Environment", "Variables", "HANDOVER_FUNCTION_TIMEOUT"]);
    assert_eq!(shown(timeout), shown(find(globals, &["Timeout"])), "the lease is counted from it");
}

/// What every function asks of AWS, in stories that together lead through all of what it can ask.
fn asked() -> BTreeMap<String, BTreeSet<Allowed>> {
    let mut uses = BTreeSet::new();
    let mut played = |world: &World| uses.extend(world.uses());
    for script in [
        Script::with_a_number_to_register(),
        Script::with_the_waba_named(),
        Script::two_wabas_of_one_business(),
        Script::example().asking(at("2026-04-22T10:00:00Z"), "cancel", json!({ "share": "revoke" })),
        Script::with_the_waba_named().asking(at("2026-04-21T08:30:00Z"), "cancel", json!({})),
        left_and_taken_back(),
        Script::joining_a_solution(),
        Script::of(FlowName::SolutionSwitch),
        Script::of(FlowName::SolutionSwitchBusinessSuite),
        Script::of(FlowName::SolutionShare),
        Script::of_a_tech_provider(),
        Script::of(FlowName::LeaveSolution),
        Script::of(FlowName::NumberMoveByCode).with_faults([throttled("POST /{phone_number}/verify_code")]),
        Script::of(FlowName::NumberMoveByCode).with_faults([throttled("POST /{phone_number}/request_code")]),
        Script::joining_a_solution().with_faults([refused("POST /{waba}/set_solution_migration_intent")]),
        declined(),
        Script::of(FlowName::OwnershipTransfer),
        Script::transferring_ownership().with_faults([refused("POST /{waba}/set_obo_mobility_intent")]),
    ] {
        played(&World::played(&script));
        // Whose commit is refused looks into the history, whether it was its own that was written.
        let committed = |point: &Point| point.call.contains("H#");
        crashes::wherever(&script, committed, Meanwhile::LeaseEnds, |_| (), |world, _| played(world));
    }
    for world in [refused_at_the_start(), refused_after_the_signup(), watched(), token_of_the_partner()] {
        played(&world);
    }
    let mut asked: BTreeMap<String, BTreeSet<Allowed>> = BTreeMap::new();
    for Use { function, action, on } in uses {
        asked.entry(function.to_owned()).or_default().insert((action.to_owned(), on));
    }
    // Its own first question, when its connection is made.
    for (function, asked) in &mut asked {
        if function != "publish-events" {
            asked.insert(("dynamodb:GetItem".to_owned(), "Migrations".to_owned()));
        }
    }
    // Lambda reads the stream with the role of the function that it calls.
    for action in ["DescribeStream", "GetRecords", "GetShardIterator"] {
        let asked = asked.entry("publish-events".to_owned()).or_default();
        asked.insert((format!("dynamodb:{action}"), "Migrations/stream".to_owned()));
        asked.insert(("dynamodb:ListStreams".to_owned(), "Migrations/stream/*".to_owned()));
    }
    asked
}

/// A customer leaves after their migration has ended, and their share is taken back.
fn left_and_taken_back() -> Script {
    let mut script = Script::example();
    script.acts.push((at("2026-05-10T10:00:00Z"), Act::Leave { waba: 0 }));
    script.acts.push((at("2026-05-11T10:00:00Z"), Act::TakeBack));
    script.end = at("2026-05-12T10:00:00Z");
    script
}

/// Meta refuses this call the first time.
fn refused(call: &str) -> PlannedFault {
    let fault = Fault::GraphError { code: 100, subcode: None, status: None, is_transient: false };
    PlannedFault { endpoint: call.parse().unwrap(), nth: 1, about: None, fault }
}

/// Meta takes no more calls of the app for a while (facts 14).
fn throttled(call: &str) -> PlannedFault {
    let fault = Fault::GraphError { code: 4, subcode: None, status: None, is_transient: false };
    PlannedFault { endpoint: call.parse().unwrap(), nth: 1, about: None, fault }
}

/// The customer declines our request, which ends the migration.
fn declined() -> Script {
    let mut script = Script::joining_a_solution();
    script.acts[2].1 = Act::Answer { waba: 0, accepts: false };
    script
}

/// A WABA that its partner owns, named at creation: its lock is given back.
fn refused_at_the_start() -> World {
    let mut script = Script::with_the_waba_named();
    script.world.ownership = "ON_BEHALF_OF".to_owned();
    script.world.onboarded = true;
    script.acts.truncate(1);
    World::played(&script)
}

/// The customer picks another WABA than the one named at creation, whose lock is given back.
fn refused_after_the_signup() -> World {
    let mut script = Script::two_wabas_of_one_business();
    script.acts[0].1 = Act::Create { waba: Some(0) };
    script.acts.retain(|(_, act)| !matches!(act, Act::SignUp { .. }));
    script.acts.push((at("2026-04-21T10:00:00Z"), Act::SignUp { migration: 0, waba: 1 }));
    World::played(&script)
}

/// Schedules, alarms and their end, a roll call that stays open, and everything that operators can read.
fn watched() -> World {
    let mut script = Script::two_wabas_of_one_business();
    script.world.settings.swap_delay_days = 3;
    script.end = at("2026-05-08T12:00:00Z");
    script.schedules = Schedules::ALL;
    script.acts.push((at("2026-05-01T12:00:00Z"), Act::Create { waba: None }));
    let world = World::new(&script);
    let (unmatched, left) = (world.waba(0), "1".parse().unwrap());
    let added = world.simulator().account_update("PARTNER_ADDED", &unmatched);
    assert_eq!(world.request("webhook", &envelopes::webhook(&added)).0, 200);
    world.play(&script);
    // A ledger of a version that knew of no list.
    let items = world.records.items();
    let ledger = items.keys().find(|key| key.sort == items::LEDGER).unwrap();
    let unlisted = Action::Update(vec![Change::Remove("status"), Change::Remove("board")]);
    now(world.records.write(&Write { key: ledger.clone(), expects: vec![], action: unlisted })).unwrap();
    let lock = [("migration".to_owned(), json!(world.migrations()[0]))].into_iter().collect();
    now(world.records.write(&writes::put(items::lock(&left), lock, vec![]))).unwrap();
    world.fire("audit");
    let id = world.migrations()[0].to_string();
    for (route, path, braces) in [
        ("/migrations", "/migrations", vec![]),
        ("/migrations/{id}", &format!("/migrations/{id}") as &str, vec![("id", id.as_str())]),
        ("/migrations/{id}/history", &format!("/migrations/{id}/history"), vec![("id", id.as_str())]),
        ("/migrations/{id}/templates", &format!("/migrations/{id}/templates"), vec![("id", id.as_str())]),
        ("/roll-calls/{month}", "/roll-calls/2026-05", vec![("month", "2026-05")]),
        ("/alarms", "/alarms", vec![]),
        ("/unmatched-webhooks", "/unmatched-webhooks", vec![]),
        ("/liabilities", "/liabilities", vec![]),
    ] {
        let (status, told) = world.request("api", &envelopes::get(route, path, &braces, ""));
        assert_eq!(status, 200, "{told}");
    }
    for (route, path, braces) in [
        (
            "/wabas/{id}/ownership",
            &format!("/wabas/{unmatched}/ownership") as &str,
            vec![("id", unmatched.as_str())],
        ),
        ("/fleet", "/fleet", vec![]),
        ("/doctor", "/doctor", vec![]),
        ("/assumptions", "/assumptions", vec![]),
    ] {
        let (status, told) = world.request("inspect", &envelopes::get(route, path, &braces, ""));
        assert_eq!(status, 200, "{told}");
    }
    world
}

/// A creation is asked for twice; and the partner's own signup has exchanged the code of another migration, and hands
/// over the token, without which the system user's carries on.
fn token_of_the_partner() -> World {
    let mut script = Script::with_the_waba_named();
    script.acts.truncate(2);
    script.end = at("2026-04-21T12:00:00Z");
    let world = World::played(&script);
    world.clock.set(script.end);
    let mut create = envelopes::post("/migrations", &json!({ "flow": "partner-switch" }));
    create["headers"]["idempotency-key"] = json!("a-key-of-the-caller");
    for _ in 0..2 {
        assert_eq!(world.request("api", &create).0, 201);
    }
    let waba = world.waba(0);
    let added = world.simulator().account_update("PARTNER_ADDED", &waba);
    let token = world.exchanged_by_the_partner(0);
    world.request("webhook", &envelopes::webhook(&added));
    script.acts.clear();
    script.start = world.clock.now();
    script.end = script.start + SignedDuration::from_hours(1);
    world.play(&script);
    let body = json!({ "token": token }).to_string();
    assert_eq!(world.request("signup", &envelopes::put_token(&waba, &body)).0, 200);
    world
}

fn allowed(document: &YamlOwned) -> BTreeSet<Allowed> {
    let mut allowed = BTreeSet::new();
    for statement in list(find(document, &["Statement"])) {
        assert_eq!(shown(find(statement, &["Effect"])), "Allow");
        for action in list(find(statement, &["Action"])) {
            for on in list(find(statement, &["Resource"])) {
                assert!(allowed.insert((shown(action), shown(on))), "said twice: {statement:?}");
            }
        }
    }
    allowed
}

/// What a function's own role allows; it has the shared policy and this, and no other.
fn role_of(function: &str) -> BTreeSet<Allowed> {
    let template = template();
    let role = shown(find(properties_of(&template, function), &["Role"]));
    let role = find(&template, &["Resources", &role, "Properties"]);
    assert_eq!(
        list(find(role, &["ManagedPolicyArns"])).into_iter().map(shown).collect::<Vec<_>>(),
        ["EveryFunction"]
    );
    let [policy] = list(find(role, &["Policies"])).try_into().unwrap();
    assert_eq!(shown(find(policy, &["PolicyName"])), function);
    allowed(find(policy, &["PolicyDocument"]))
}
