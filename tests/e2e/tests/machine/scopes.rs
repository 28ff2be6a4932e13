//! Who may do what: every route of the template, with everything that the API document lets a body say, by every kind of
//! token. A route or a word that is added is in here by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use handover_domain::scope::{Asks, Scope, asked_of};
use handover_engine::ports::{Clock, Ids, Ports};
use handover_local::TEMPLATE;
use handover_local::gateway::{self, Answer, Request};
use handover_local::issuer::{Claims, Issuer};
use handover_local::machine::{Machine, Setup};
use handover_local::store::Store;
use handover_local::template::{Route, Template};
use handover_local::watch::Passage;
use jiff::SignedDuration;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::waiting::WABA;

/// Nobody's: what is let in finds nothing to do.
const NOBODYS: &str = "019dab3a-4a00-7000-8000-0000000000ff";

/// A request that somebody could make.
struct Deed {
    route: Route,
    key: String,
    path: String,
    body: String,
    asks: &'static Asks,
    /// The scope for it; none if no token is asked for.
    needed: Option<Scope>,
}

/// Each route with an empty body, and with each word that a field of its body may have.
fn deeds() -> Vec<Deed> {
    let document: Value = serde_json::from_str(include_str!("../../../../docs/openapi.json")).unwrap();
    let routes = Template::read(TEMPLATE).unwrap().routes;
    routes.iter().flat_map(|route| deeds_of(&document, route)).collect()
}

fn deeds_of(document: &Value, route: &Route) -> Vec<Deed> {
    let key = format!("{} {}", route.method, route.path);
    let asks = asked_of(&key).unwrap_or_else(|| panic!("{key} has no scope"));
    let operation = &document["paths"][&route.path][route.method.to_lowercase()];
    assert!(operation.is_object(), "{key} is not in the document");
    let words = words(document, &operation["requestBody"]["content"]["application/json"]["schema"]);
    if let Some(field) = asks.field() {
        assert!(words.iter().any(|(name, _)| name == field), "{key}: `{field}` is not in the document");
    }
    let said = words.into_iter().flat_map(|(field, word)| {
        let decides = asks.field() == Some(field.as_str());
        let body = |said: Value| {
            let mut body = json!({ field.as_str(): said });
            if decides {
                body["seq"] = json!(1);
                body["reason"] = json!("a test");
            }
            if word == "applied" {
                body["allocation"] = json!("77");
            }
            body
        };
        // The parser takes both for the word; only one of them is documented.
        let otherwise = json!({ word.as_str(): null });
        [
            (body(json!(word)), decides.then(|| word.clone())),
            (body(otherwise.clone()), decides.then(|| otherwise.to_string())),
        ]
    });
    let path = route.path.replace("{month}", "2026-05").replace("{business}", "123");
    let id = if route.path.starts_with("/wabas") { WABA } else { NOBODYS };
    let deed = |(body, said): (Value, Option<String>)| Deed {
        route: route.clone(),
        key: key.clone(),
        path: path.replace("{id}", id),
        body: body.to_string(),
        asks,
        needed: asks.of(said.as_deref()),
    };
    [(json!({}), None)].into_iter().chain(said).map(deed).collect()
}

/// Every word that a field of a body may have, by the field.
fn words(document: &Value, schema: &Value) -> Vec<(String, String)> {
    let properties = followed(document, schema)["properties"].as_object();
    let fields = properties.into_iter().flatten().flat_map(|(field, schema)| {
        let several = [schema].into_iter().chain(schema["oneOf"].as_array().into_iter().flatten());
        let lists = several.filter_map(|one| followed(document, one)["enum"].as_array());
        let words = lists.flatten().filter_map(Value::as_str);
        words.map(|word| (field.clone(), word.to_owned())).collect::<Vec<_>>()
    });
    fields.collect()
}

fn followed<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(to) => document.pointer(to.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

/// What a token is worth at the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Worth {
    /// Nothing, whatever it says.
    Nothing,
    /// These scopes.
    Scopes(Vec<Scope>),
}

/// Every kind of header, and what it is worth: each scope alone, all, none; and what looks like all and is not.
fn headers(machine: &Machine) -> Vec<(String, Option<String>, Worth)> {
    let issuer = machine.issuer();
    let template = machine.wires().template();
    let now = machine.ports().clock().now();
    let claims = |scopes: &[Scope]| {
        let mut claims = Issuer::claims(template, scopes.iter().copied(), now);
        claims.insert("sub".to_owned(), json!("alice"));
        claims
    };
    let bearer = |claims: &Claims| Some(format!("Bearer {}", issuer.signed(claims).unwrap().expose_secret()));
    let changed = |name: &str, value: Value| {
        let mut claims = claims(&Scope::ALL);
        claims.insert(name.to_owned(), value);
        bearer(&claims)
    };
    let all = claims(&Scope::ALL);
    let other = Issuer::new().unwrap();
    let theirs = other.signed(&all).unwrap().expose_secret().to_owned();
    let ours = issuer.signed(&all).unwrap().expose_secret().to_owned();
    let parts: Vec<&str> = ours.split('.').collect();
    let header = |alg: &str| {
        let kid = issuer.jwks()["keys"][0]["kid"].clone();
        URL_SAFE_NO_PAD.encode(json!({ "alg": alg, "typ": "JWT", "kid": kid }).to_string())
    };
    let hours = |hours| (now + SignedDuration::from_hours(hours)).as_second();
    let worth = |scopes: &[Scope]| Worth::Scopes(scopes.to_vec());
    let named = |name: &str, sent: Option<String>, worth: Worth| (name.to_owned(), sent, worth);
    let singles = Scope::ALL.map(|scope| named(scope.name(), bearer(&claims(&[scope])), worth(&[scope])));
    let mut kinds = Vec::from(singles);
    kinds.extend([
        named("every scope", bearer(&all), worth(&Scope::ALL)),
        named("no scope", bearer(&claims(&[])), worth(&[])),
        named("scopes without the prefix", changed("scope", json!("read write share operate")), worth(&[])),
        named("no token", None, Worth::Nothing),
        named("a name for a token", Some("Bearer alice".to_owned()), Worth::Nothing),
        named("expired", changed("exp", json!(hours(-1))), Worth::Nothing),
        named("not good yet", changed("nbf", json!(hours(1))), Worth::Nothing),
        named("another audience", changed("aud", json!("others")), Worth::Nothing),
        named("another issuer", changed("iss", json!("https://login.somebody.example")), Worth::Nothing),
        named("another key", Some(format!("Bearer {theirs}")), Worth::Nothing),
        named(
            "another key under our key's name",
            Some(format!("Bearer {}.{}.{}", parts[0], parts[1], theirs.rsplit('.').next().unwrap())),
            Worth::Nothing,
        ),
        named("unsigned", Some(format!("Bearer {}.{}.", header("none"), parts[1])), Worth::Nothing),
        named(
            "another algorithm",
            Some(format!("Bearer {}.{}.{}", header("HS256"), parts[1], parts[2])),
            Worth::Nothing,
        ),
    ]);
    kinds
}

/// A machine that counts how often a function was called.
async fn machine() -> (Machine, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let watch = move |passage: &Passage<'_>| {
        if matches!(passage, Passage::Invoked { .. }) {
            counted.fetch_add(1, Ordering::Relaxed);
        }
    };
    let setup = Setup { store: Store::Memory, watch: Arc::new(watch), ..e2e::example() };
    (Machine::start(setup).await.unwrap(), calls)
}

fn asked<'a>(deed: &'a Deed, headers: &'a [(String, String)]) -> Request<'a> {
    Request {
        method: &deed.route.method,
        path: &deed.path,
        query: "",
        headers,
        body: deed.body.as_bytes(),
        source_ip: "192.0.2.1",
    }
}

/// The function's own refusal names the scope that is needed.
fn names_the_scope(answer: &Answer, needed: Scope) -> bool {
    let told: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let detail = told["detail"].as_str().unwrap_or_default();
    (answer.status, &told["type"]) == (403, &json!("errors.md#forbidden"))
        && detail.contains(&format!("`handover/{needed}`"))
}

fn says(answer: &Answer, status: u16, message: &str) -> bool {
    (answer.status, answer.body.as_slice()) == (status, json!({ "message": message }).to_string().as_bytes())
}

#[tokio::test]
async fn whoever_has_the_scope_is_let_in_and_nobody_else_is() {
    let (machine, calls) = machine().await;
    let (deeds, kinds) = (deeds(), headers(&machine));
    let mut cells = 0;
    for deed in &deeds {
        for (kind, sent, worth) in &kinds {
            let what = format!("{} {} by {kind}", deed.key, deed.body);
            let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
            headers.extend(sent.iter().map(|sent| ("authorization".to_owned(), sent.clone())));
            let before = (machine.wires().changes(), calls.load(Ordering::Relaxed));
            let answer = machine.request(&asked(deed, &headers)).await;
            let reached = calls.load(Ordering::Relaxed) > before.1;
            let nothing_done = machine.wires().changes() == before.0;
            let told = format!("{what}: {} {}", answer.status, String::from_utf8_lossy(&answer.body));
            match (deed.needed, worth) {
                (None, _) => assert!(reached && answer.status != 403, "{told}"),
                (Some(_), Worth::Nothing) => {
                    assert!(says(&answer, 401, "Unauthorized") && !reached && nothing_done, "{told}");
                }
                (Some(needed), Worth::Scopes(has)) if has.contains(&needed) => {
                    assert!(reached && ![401, 403].contains(&answer.status), "{told}");
                }
                (Some(needed), Worth::Scopes(has)) if deed.asks.any().iter().any(|one| has.contains(one)) => {
                    assert!(reached && nothing_done && names_the_scope(&answer, needed), "{told}");
                }
                (Some(_), Worth::Scopes(_)) => {
                    assert!(says(&answer, 403, "Forbidden") && !reached && nothing_done, "{told}");
                }
            }
            cells += 1;
        }
    }
    assert_eq!(cells, deeds.len() * kinds.len());
    println!("{cells} cells: {} deeds on every route, {} kinds of token", deeds.len(), kinds.len());
}

/// Were the gateway's line forgotten, the functions would still ask.
#[tokio::test]
async fn the_functions_ask_for_the_scope_themselves_whatever_the_gateway_has_let_in() {
    let (machine, _) = machine().await;
    let now = machine.ports().clock().now();
    let template = machine.wires().template();
    let mut cells = 0;
    for deed in deeds() {
        let subsets = (0..1 << Scope::ALL.len()).map(|bits: usize| {
            Scope::ALL
                .into_iter()
                .enumerate()
                .filter(move |(at, _)| bits & (1 << at) != 0)
                .map(|(_, scope)| scope)
        });
        let tokens = subsets.map(|scopes| Some(scopes.collect::<Vec<_>>())).chain([None]);
        for has in tokens {
            let claims = has.as_ref().map(|has| Issuer::claims(template, has.iter().copied(), now));
            let parameters = deed.route.takes(&deed.route.method, &deed.path).unwrap();
            let headers = [("content-type".to_owned(), "application/json".to_owned())];
            let request = asked(&deed, &headers);
            let id = machine.ports().ids().new_id(now);
            let event = gateway::event(&deed.route, &parameters, claims.as_ref(), &request, now, id);
            let before = machine.wires().changes();
            let answer =
                functions::invoke(machine.ports(), &deed.route.function, event.to_string().as_bytes()).await;
            let answer = Answer::read(&answer.unwrap()).unwrap();
            let told =
                format!("{} {} with {has:?}: {}", deed.key, deed.body, String::from_utf8_lossy(&answer.body));
            match (deed.needed, &has) {
                (None, _) => assert_ne!(answer.status, 403, "{told}"),
                (Some(_), None) => assert_eq!(answer.status, 401, "{told}"),
                (Some(needed), Some(has)) if has.contains(&needed) => {
                    assert_ne!(answer.status, 403, "{told}");
                }
                (Some(needed), Some(_)) => assert!(names_the_scope(&answer, needed), "{told}"),
            }
            let may = deed.needed.is_none_or(|needed| has.is_some_and(|has| has.contains(&needed)));
            assert!(may || machine.wires().changes() == before, "{told}");
            cells += 1;
        }
    }
    println!(
        "{cells} cells: every deed, with every set of scopes and without a token, at the function alone"
    );
}

/// What is taken out of the template is missed: no route is open because somebody forgot its line.
#[test]
fn a_route_that_loses_its_scopes_is_not_played() {
    let mut lost = 0;
    for (at, line) in TEMPLATE.lines().enumerate() {
        let Some((before, _)) = line.split_once(", Auth: { AuthorizationScopes:") else { continue };
        let mut lines: Vec<String> = TEMPLATE.lines().map(str::to_owned).collect();
        lines[at] = format!("{before} }}");
        let error = Template::read(&lines.join("\n")).unwrap_err();
        assert!(error.line == at + 1 && error.what.contains("Auth"), "{error}");
        lost += 1;
    }
    let routes = Template::read(TEMPLATE).unwrap().routes;
    assert_eq!(lost, routes.iter().filter(|route| route.scopes.is_some()).count());
}

#[test]
fn the_template_wants_the_scopes_of_the_table_and_no_others() {
    let template = Template::read(TEMPLATE).unwrap();
    for route in &template.routes {
        let key = format!("{} {}", route.method, route.path);
        let asks = asked_of(&key).unwrap_or_else(|| panic!("{key} has no scope in the table"));
        let scopes = asks.any().iter().map(|scope| format!("{}{scope}", template.scope_prefix)).collect();
        let wanted: Option<Vec<String>> = (!asks.any().is_empty()).then_some(scopes);
        assert_eq!(route.scopes, wanted, "{key}");
    }
}
