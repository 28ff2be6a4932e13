//! AWS's events around what the functions say: the payloads that Lambda would bring.

use graph_simulator::Webhook;
use handover_domain::ids::MigrationId;
use handover_domain::scope::Scope;
use handover_engine::memory_records::Changed;
use handover_engine::ports::Event;
use handover_engine::records::{Item, PARTITION, SORT};
use jiff::Timestamp;
use serde_json::{Value, json};

/// The EventBridge envelope of an event of ours.
#[must_use]
pub fn from_the_bus(event: &Event, at: Timestamp) -> Value {
    json!({
        "version": "0", "id": "00000000-0000-0000-0000-000000000000", "detail-type": event.detail_type,
        "source": "handover", "account": "000000000000", "time": at.to_string(), "region": "eu-central-1",
        "resources": [], "detail": event.detail,
    })
}

/// A tick of the schedule.
#[must_use]
pub fn tick(at: Timestamp) -> Value {
    json!({
        "version": "0", "id": "00000000-0000-0000-0000-000000000000", "detail-type": "Scheduled Event",
        "source": "aws.scheduler", "account": "000000000000", "time": at.to_string(), "region": "eu-central-1",
        "resources": [], "detail": "{}",
    })
}

/// What stands before a scope in the tokens of this simulation.
pub const SCOPE_PREFIX: &str = "handover/";

/// What the gateway says of a token that it has let in: whose it is, if it has a name, and what its holder may do.
#[must_use]
pub fn authorizer(name: Option<&str>, scopes: &[Scope]) -> Value {
    let scopes: Vec<String> = scopes.iter().map(|scope| format!("{SCOPE_PREFIX}{scope}")).collect();
    let mut claims = json!({ "scope": scopes.join(" ") });
    if let Some(name) = name {
        claims["sub"] = json!(name);
    }
    json!({ "jwt": { "claims": claims, "scopes": null } })
}

/// The same request by an operator of that name, who may do everything.
#[must_use]
pub fn by(name: &str, mut request: Value) -> Value {
    request["requestContext"]["authorizer"] = authorizer(Some(name), &Scope::ALL);
    request
}

/// A POST of JSON as API Gateway brings it: an operator's without a name, who may do everything.
#[must_use]
pub fn post(path: &str, body: &Value) -> Value {
    json!({
        "version": "2.0", "routeKey": format!("POST {path}"), "rawPath": path, "rawQueryString": "",
        "headers": { "content-type": "application/json" }, "isBase64Encoded": false, "body": body.to_string(),
        "requestContext": {
            "routeKey": format!("POST {path}"), "stage": "$default", "accountId": "000000000000",
            "apiId": "local", "timeEpoch": 0, "authorizer": authorizer(None, &Scope::ALL),
            "http": { "method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1" },
        },
    })
}

/// A GET as API Gateway brings it: the route, the path, what stands in the braces, and the query.
#[must_use]
pub fn get(route: &str, path: &str, braces: &[(&str, &str)], query: &str) -> Value {
    let mut event = post(path, &Value::Null);
    let parameters: serde_json::Map<String, Value> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect();
    event["routeKey"] = json!(format!("GET {route}"));
    event["requestContext"]["routeKey"] = event["routeKey"].clone();
    event["requestContext"]["http"]["method"] = json!("GET");
    event["rawQueryString"] = json!(query);
    event["queryStringParameters"] = Value::Object(parameters);
    event["pathParameters"] = braces.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    event["body"] = Value::Null;
    event
}

/// An operator's action on a migration as API Gateway brings it.
#[must_use]
pub fn action(migration: MigrationId, action: &str, body: &Value) -> Value {
    let mut event = post(&format!("/migrations/{migration}/{action}"), body);
    let route = json!(format!("POST /migrations/{{id}}/{action}"));
    event["requestContext"]["routeKey"] = route.clone();
    event["routeKey"] = route;
    event["pathParameters"] = json!({ "id": migration });
    event
}

/// A token of a WABA as API Gateway brings it.
#[must_use]
pub fn put_token(waba: &str, body: &str) -> Value {
    let mut event = get("/wabas/{id}/token", &format!("/wabas/{waba}/token"), &[("id", waba)], "");
    event["routeKey"] = json!("PUT /wabas/{id}/token");
    event["requestContext"]["routeKey"] = event["routeKey"].clone();
    event["requestContext"]["http"]["method"] = json!("PUT");
    event["body"] = json!(body);
    event
}

/// A webhook as API Gateway brings it.
#[must_use]
pub fn webhook(webhook: &Webhook) -> Value {
    let mut event = post("/webhook", &Value::Null);
    event["body"] = json!(String::from_utf8_lossy(&webhook.body));
    event["headers"]["x-hub-signature-256"] = json!(webhook.signature);
    event
}

/// The changes of `migrations` as its stream brings them: text, for there are as many as commits.
#[must_use]
pub fn from_the_stream(changes: &[Changed]) -> String {
    let mut text = String::from(r#"{"Records":["#);
    for (number, changed) in changes.iter().enumerate() {
        let comma = if number > 0 { "," } else { "" };
        let keys = json!({ PARTITION: { "S": changed.key.partition }, SORT: { "S": changed.key.sort } });
        let [old, new] = [&changed.old, &changed.new].map(|item| image(changed, item.as_ref()));
        text += &format!(
            r#"{comma}{{"eventID":"{number}","eventName":"MODIFY","eventVersion":"1.1","eventSource":"aws:dynamodb",
            "awsRegion":"eu-central-1","dynamodb":{{"ApproximateCreationDateTime":0,"SequenceNumber":"{number}",
            "SizeBytes":1,"StreamViewType":"NEW_AND_OLD_IMAGES","Keys":{keys},"OldImage":{old},"NewImage":{new}}}}}"#,
        );
    }
    text + "]}"
}

fn image(changed: &Changed, item: Option<&Item>) -> String {
    let Some(item) = item else { return "{}".to_owned() };
    let [partition, sort] =
        [&changed.key.partition, &changed.key.sort].map(|text| Value::from(text.as_str()));
    let mut text = format!(r#"{{"{PARTITION}":{{"S":{partition}}},"{SORT}":{{"S":{sort}}}"#);
    for (name, value) in item {
        text += &format!(r#","{name}":"#);
        attribute(value, &mut text);
    }
    text + "}"
}

/// A value as DynamoDB writes it, with its kind.
fn attribute(value: &Value, text: &mut String) {
    match value {
        Value::Null => *text += r#"{"NULL":true}"#,
        Value::Bool(is) => *text += &format!(r#"{{"BOOL":{is}}}"#),
        Value::Number(number) => *text += &format!(r#"{{"N":"{number}"}}"#),
        Value::String(_) => *text += &format!(r#"{{"S":{value}}}"#),
        Value::Array(values) => {
            *text += r#"{"L":["#;
            for (number, value) in values.iter().enumerate() {
                if number > 0 {
                    text.push(',');
                }
                attribute(value, text);
            }
            *text += "]}";
        }
        Value::Object(item) => {
            *text += r#"{"M":{"#;
            for (number, (name, value)) in item.iter().enumerate() {
                let comma = if number > 0 { "," } else { "" };
                *text += &format!(r#"{comma}"{name}":"#);
                attribute(value, text);
            }
            *text += "}}";
        }
    }
}
