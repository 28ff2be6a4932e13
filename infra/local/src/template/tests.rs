use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use handover_aws::tables::{AttributeType, KeySpec};
use handover_engine::records::{Order, Table as Tables};
use serde_json::json;

use super::*;
use crate::schedule::Expression;

fn infra() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn text() -> String {
    std::fs::read_to_string(infra().join("template.yaml")).unwrap()
}

fn read() -> Template {
    Template::read(&text()).unwrap()
}

/// The template's text without the lines from the one that begins with `first`, as far as it is nested.
fn without(first: &str) -> String {
    let text = text();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let start = text.lines().position(|line| line.starts_with(first)).expect("the line is in the template");
    let depth = indent(first);
    let after = |line: &&str| !line.trim().is_empty() && indent(line) <= depth;
    let end = text.lines().skip(start + 1).position(|line| after(&line));
    let end = end.map_or(usize::MAX, |end| start + 1 + end);
    let kept = text.lines().enumerate().filter(|(at, _)| !(start..end).contains(at));
    kept.map(|(_, line)| format!("{line}\n")).collect()
}

/// The refusal of the template's text with one piece replaced, with the line that it names.
fn refusal(from: &str, to: &str) -> String {
    assert!(text().contains(from), "{from} is not in the template");
    let text = text().replacen(from, to, 1);
    let error = Template::read(&text).unwrap_err();
    format!("{}\n    {}", error.what, text.lines().nth(error.line - 1).unwrap().trim())
}

/// The resources of that type, each with its lines.
fn resources(of: &str) -> Vec<String> {
    let text = text();
    let (_, resources) = text.split_once("\nResources:\n").unwrap();
    let mut found: Vec<String> = Vec::new();
    for line in resources.lines().take_while(|line| line.is_empty() || line.starts_with([' ', '#'])) {
        let begins = line.starts_with("  ") && !line.starts_with("   ") && line.ends_with(':');
        match found.last_mut() {
            Some(last) if !begins => last.extend([line, "\n"]),
            _ => found.push(format!("{line}\n")),
        }
    }
    found.retain(|resource| resource.contains(&format!("    Type: {of}\n")));
    found
}

#[test]
fn tables_and_keys_outlive_their_stack_tables_can_be_put_back_by_35_days_and_keys_are_renewed() {
    let kept = ["    DeletionPolicy: Retain\n", "    UpdateReplacePolicy: Retain\n"];
    let tables: &[&str] =
        &["      DeletionProtectionEnabled: true\n", "        PointInTimeRecoveryEnabled: true\n"];
    let keys: &[&str] = &["      EnableKeyRotation: true\n"];
    // It is 35 days where nothing else is said, and a key is renewed every year.
    assert!(!text().contains("RecoveryPeriodInDays") && !text().contains("RotationPeriodInDays"));
    for (of, count, wanted) in [("AWS::DynamoDB::Table", 3, tables), ("AWS::KMS::Key", 2, keys)] {
        let resources = resources(of);
        assert_eq!(resources.len(), count, "{of}");
        for resource in resources {
            for line in kept.iter().chain(wanted) {
                assert!(resource.contains(line), "{}", resource.lines().next().unwrap());
            }
        }
    }
}

/// The functions' crates: their directories as the template would write them, and their names.
fn crates() -> BTreeSet<(String, String)> {
    let mut crates = BTreeSet::new();
    for kind in ["edge", "steps", "upkeep"] {
        for entry in std::fs::read_dir(infra().join("../functions").join(kind)).unwrap() {
            let entry = entry.unwrap();
            let manifest = std::fs::read_to_string(entry.path().join("Cargo.toml")).unwrap();
            let manifest: toml::Table = manifest.parse().unwrap();
            let directory = format!("../functions/{kind}/{}", entry.file_name().to_string_lossy());
            crates.insert((directory, manifest["package"]["name"].as_str().unwrap().to_owned()));
        }
    }
    crates
}

#[test]
fn every_function_stands_in_the_template_under_its_crates_name_and_no_other_does() {
    let functions = read().functions;
    let stated: BTreeSet<_> = functions.into_iter().map(|function| (function.code, function.name)).collect();
    assert_eq!(stated, crates());
    for (directory, name) in stated {
        assert!(directory.ends_with(&format!("/{name}")), "{directory} is named after its crate {name}");
    }
}

#[test]
fn every_step_has_one_rule_and_hears_only_its_own_name() {
    let template = read();
    let steps = template.functions.iter().filter(|function| function.code.contains("/steps/"));
    for step in steps {
        let envelope = json!({"source": "handover", "detail-type": "StepDue", "detail": {"step": step.name}});
        let called: Vec<_> = template.rules.iter().filter(|rule| rule.takes("handover", &envelope)).collect();
        assert_eq!(called.len(), 1, "{}", step.name);
        assert_eq!(called[0].function, step.name);
        assert!(!called[0].takes("default", &envelope), "another bus calls nobody");
    }
    let ended = json!({"source": "handover", "detail-type": "MigrationEnded", "detail": {}});
    assert!(!template.rules.iter().any(|rule| rule.takes("handover", &ended)));
}

#[test]
fn a_request_calls_the_function_of_its_route_and_no_other() {
    let routes = read().routes;
    let called = |method: &str, path: &str| -> Vec<String> {
        let taken = routes.iter().filter(|route| route.takes(method, path).is_some());
        taken.map(|route| route.function.clone()).collect()
    };
    assert_eq!(called("POST", "/signup"), ["signup"]);
    assert_eq!(called("POST", "/migrations"), ["api"]);
    assert_eq!(called("GET", "/migrations/018f"), ["api"]);
    assert_eq!(called("POST", "/migrations/018f/new-link"), ["api"]);
    assert_eq!(called("GET", "/migrations"), ["api"]);
    assert_eq!(called("POST", "/webhook"), ["webhook"]);
    for (method, path) in [("GET", "/signup"), ("DELETE", "/migrations"), ("POST", "/migrations/018f")] {
        assert!(called(method, path).is_empty(), "{method} {path}");
    }
}

#[test]
fn only_the_signup_page_and_meta_come_without_an_operators_token() {
    let routes = read().routes;
    let open: Vec<_> = routes.iter().filter(|route| route.scopes.is_none()).collect();
    let open: Vec<_> = open.iter().map(|route| (route.method.as_str(), route.path.as_str())).collect();
    assert_eq!(
        open,
        [("POST", "/signup"), ("OPTIONS", "/signup"), ("GET", "/webhook"), ("POST", "/webhook")]
    );
}

#[test]
fn whose_tokens_are_taken_and_for_which_scopes_follows_the_template() {
    let template = Template::read_for(&text(), "http://127.0.0.1:9000").unwrap();
    let authorizer =
        Authorizer { issuer: "http://127.0.0.1:9000".to_owned(), audience: vec!["handover".to_owned()] };
    assert_eq!((template.authorizer, template.scope_prefix.as_str()), (Some(authorizer), "handover/"));
    let scopes = |text: &str, path: &str| {
        let routes = Template::read(text).unwrap().routes;
        routes.into_iter().find(|route| route.path == path).unwrap().scopes.unwrap()
    };
    assert_eq!(scopes(&text(), "/alarms"), ["handover/read"]);
    assert_eq!(scopes(&text(), "/migrations/{id}/cancel"), ["handover/operate", "handover/share"]);
    let bare = text().replace("Default: handover/\n", "Default: \"\"\n");
    assert_eq!(scopes(&bare, "/alarms"), ["read"]);
}

#[test]
fn a_part_in_braces_takes_any_one_part_of_the_path() {
    let route = Route {
        method: "PUT".into(),
        path: "/wabas/{id}/token".into(),
        function: "api".into(),
        scopes: None,
    };
    let taken = route.takes("PUT", "/wabas/1029/token").unwrap();
    assert_eq!(taken, BTreeMap::from([("id".to_owned(), "1029".to_owned())]));
    for path in ["/wabas/1029", "/wabas//token", "/wabas/1029/token/x", "/wabas/1029/pin"] {
        assert_eq!(route.takes("PUT", path), None, "{path}");
    }
}

#[test]
fn only_a_state_that_nobody_holds_is_published() {
    let [stream] = read().streams.try_into().unwrap();
    assert_eq!((stream.table.as_str(), stream.function.as_str()), ("handover-migrations", "publish-events"));
    let record = |name: &str, sort: &str, lease: serde_json::Value| json!({"eventName": name, "dynamodb": {"Keys": {"sk": {"S": sort}}, "NewImage": lease}});
    let (free, held) = (json!({"seq": {"N": "4"}}), json!({"lease_until": {"N": "1776762090000"}}));
    assert!(stream.takes(&record("INSERT", "STATE", free.clone())));
    assert!(stream.takes(&record("MODIFY", "STATE", free.clone())));
    assert!(!stream.takes(&record("MODIFY", "STATE", held)));
    assert!(!stream.takes(&record("MODIFY", "LOCK", free.clone())));
    assert!(!stream.takes(&record("REMOVE", "STATE", free)));
}

/// What the port of the records asks for, by the same names.
#[test]
fn the_tables_are_those_of_the_records() {
    let tables = read().tables;
    let names: Vec<_> = tables.iter().map(|table| table.logical_id.to_lowercase()).collect();
    assert_eq!(names, Tables::ALL.map(Tables::name));
    for (table, spec) in Tables::ALL.into_iter().zip(&tables) {
        let spec = &spec.spec;
        assert_eq!(key(&spec.key), Order::Table(table).keys());
        assert_eq!(spec.is_streamed, table == Tables::Migrations, "only what decides is streamed");
        let indexes: Vec<_> = spec.indexes.iter().map(|index| Some(index.name.as_str())).collect();
        let orders = [Order::Due, Order::Board].into_iter().filter(|order| order.table() == table);
        assert_eq!(indexes, orders.clone().map(Order::index).collect::<Vec<_>>());
        for (order, index) in orders.zip(&spec.indexes) {
            assert_eq!(key(&index.key), order.keys());
            assert_eq!(index.attributes, order.shows().unwrap());
        }
        let is_number = |name: &str| spec.attributes[name] == AttributeType::Number;
        assert!(spec.attributes.keys().all(|name| is_number(name) == (name == "due_at")));
    }
}

fn key(key: &KeySpec) -> [&str; 2] {
    [&key.partition, &key.sort]
}

#[test]
fn the_schedules_fire_as_the_design_says_and_functions_live_alike() {
    let template = read();
    let schedules: Vec<_> = template
        .schedules
        .iter()
        .map(|one| (one.function.as_str(), one.expression, one.zone.as_str()))
        .collect();
    let expected = [
        ("sweep-due", "rate(1 minute)"),
        ("monthly-activation", "cron(15 * 1 * ? *)"),
        ("audit", "cron(30 6 * * ? *)"),
    ];
    let expected = expected.map(|(function, text)| (function, text.parse::<Expression>().unwrap(), "UTC"));
    assert_eq!(schedules, expected);
    assert_eq!(template.schedules[0].name, "SweepDueEveryMinute");
    assert!(template.functions.iter().all(|function| function.timeout == 60));
}

#[test]
fn a_function_may_have_a_timeout_of_its_own() {
    let named = "      FunctionName: signup\n";
    let template = Template::read(&text().replace(named, &format!("{named}      Timeout: 29\n"))).unwrap();
    let signup = template.functions.iter().find(|function| function.name == "signup").unwrap();
    assert_eq!(signup.timeout, 29);
}

/// What is taken out of the text is gone, and nothing else is.
#[test]
fn removing_a_way_in_closes_it_and_no_other() {
    let whole = read();
    let no_signup = Template::read(&without("        Post:")).unwrap();
    let posts = |route: &&Route| (route.path.as_str(), route.method.as_str()) != ("/signup", "POST");
    let others = whole.routes.iter().filter(posts).cloned().collect();
    assert_eq!(no_signup, Template { routes: others, ..whole.clone() });

    let no_stream = Template::read(&without("        StateChanged:")).unwrap();
    assert_eq!(no_stream, Template { streams: Vec::new(), ..whole.clone() });

    let no_schedule = Template::read(&without("        EveryMinute:")).unwrap();
    let others = whole.schedules.iter().filter(|one| one.function != "sweep-due").cloned().collect();
    assert_eq!(no_schedule, Template { schedules: others, ..whole.clone() });

    // The first rule in the file is that of start-migration.
    let no_rule = Template::read(&without("        StepDue:")).unwrap();
    let others = whole.rules.iter().filter(|rule| rule.function != "start-migration").cloned().collect();
    assert_eq!(no_rule, Template { rules: others, ..whole });
}

#[test]
fn a_stream_without_its_filter_is_refused() {
    let error = Template::read(&without("            FilterCriteria:")).unwrap_err();
    assert_eq!(error.what, "FilterCriteria is missing here");
}

#[test]
fn names_follow_the_defaults_of_parameters() {
    let text = text()
        .replace("Default: handover-migrations", "Default: restored")
        .replace("Name: !Ref BusName", "Name: !Sub \"${BusName}-${AWS::Region}\"");
    let template = Template::read(&text).unwrap();
    assert_eq!(template.tables[0].spec.name, "restored");
    assert_eq!(template.streams[0].table, "restored");
    assert_eq!(template.buses, ["handover-eu-west-1"]);
    assert_eq!(template.rules[0].bus, "handover-eu-west-1");
}

#[test]
fn what_one_machine_cannot_play_is_refused_at_its_line() {
    let refusals = [
        // Intrinsics.
        refusal("Name: !Ref BusName", "Name: !ImportValue bus"),
        refusal("Name: !Ref BusName", "Name: { \"Fn::Sub\": handover }"),
        refusal("Name: !Ref BusName", "Name: !Ref Nobody"),
        refusal("Name: !Ref BusName", "Name: !Sub \"${BusName\""),
        refusal("Name: !Ref BusName", "Name: !Sub [\"${Bus}\", { Bus: handover }]"),
        refusal("!GetAtt Migrations.StreamArn", "!Ref Migrations"),
        refusal("!GetAtt Migrations.StreamArn", "!GetAtt Vault.StreamArn"),
        refusal("step: [start-migration]", "step: { Ref: Step }"),
        // Properties that would change who is called.
        refusal("Method: POST", "PayloadFormatVersion: \"1.0\", Method: POST"),
        refusal("Authorizer: NONE", "Authorizer: Other"),
        refusal("Authorizer: NONE", "Authorizer: NONE, AuthorizationScopes: [any]"),
        refusal(", Auth: { AuthorizationScopes: [!Sub \"${ScopePrefix}write\"] }", ""),
        refusal("AuthorizationScopes: [!Sub \"${ScopePrefix}write\"]", "AuthorizationScopes: []"),
        refusal("AuthorizationScopes: [!Sub \"${ScopePrefix}write\"]", "ResourcePolicy: {}"),
        // Another who is let in.
        refusal("$request.header.Authorization", "$request.querystring.token"),
        refusal("DefaultAuthorizer: Operators", "DefaultAuthorizer: Others"),
        refusal("audience: [!Ref Audience]", "audience: !Ref Audience"),
        refusal("issuer: !Ref Issuer", "issuer: !Ref Nobody"),
        refusal(
            "ScheduleExpression: rate(1 minute)",
            "State: DISABLED\n            ScheduleExpression: rate(1 minute)",
        ),
        refusal("ScheduleExpression: rate(1 minute)", "ScheduleExpression: cron(0 0 ? * MON *)"),
        refusal("EventBusName: !Ref Bus", "EventBusName: other"),
        refusal("{ MaximumRetryAttempts: 0, MaximumEvent", "{ MaximumRetryAttempts: 2, MaximumEvent"),
        refusal("[ReportBatchItemFailures]", "[]"),
        refusal("StreamViewType: NEW_AND_OLD_IMAGES", "StreamViewType: KEYS_ONLY"),
        refusal("detail-type: [StepDue]", "detail-type: [{ wildcard: \"Step*\" }]"),
        refusal("\"eventName\": [\"INSERT\", \"MODIFY\"],", "\"eventName\": [\"INSERT\", \"MODIFY\"]"),
        refusal("{ AttributeName: due_at, KeyType: RANGE }", "{ AttributeName: seq, KeyType: RANGE }"),
        refusal("ProjectionType: INCLUDE", "ProjectionType: ALL"),
        refusal("BatchSize: 100", "BatchSize: -1"),
        // Ways in that stand elsewhere, and resources that may not be there.
        refusal("Type: HttpApi", "Type: Api"),
        refusal("Type: AWS::Serverless::HttpApi", "Type: AWS::Events::Rule"),
        refusal("Type: AWS::Events::EventBus", "Type: AWS::Events::EventBus\n    Condition: InProduction"),
        refusal("Path: /signup", "Path: \"/{proxy+}\""),
        // Text that is no template.
        refusal("Resources:", "Resource:"),
        refusal("      Name: !Ref BusName", "      Name: a\n      Name: b"),
        refusal("Parameters:", "Parameters: ["),
    ];
    insta::assert_snapshot!(refusals.join("\n"));
}

#[test]
fn the_error_names_the_line() {
    let error = Template::read(
        "Resources:\n  Bus:\n    Type: AWS::Events::EventBus\n    Properties:\n      Name: !If [a, b]\n",
    );
    assert_eq!(
        error.unwrap_err().to_string(),
        "the template, line 5: one machine does not know !If here, only !Ref and !Sub"
    );
}
