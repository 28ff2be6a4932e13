//! The API document: the parts of the functions that are called over HTTP, as one.

use std::collections::BTreeSet;

use handover_domain::scope::asked_of;
use handover_engine::problem::Problem;
use serde_json::{Value, json};
use utoipa::OpenApi;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::{InfoBuilder, Ref};

const ABOUT: &str = "Moves WhatsApp customers between partners. Moments are RFC 3339 in UTC, dates YYYY-MM-DD, ids of \
    Meta's 1 to 20 digits. A request that is refused is answered with a problem (RFC 9457), which names the field and \
    the next action, and nothing of it is stored.";
const REFUSED: &str = "Refused: 400 where the request cannot be understood, 404 where there is no such thing, 409 where it \
    does not fit what has happened, 401 where it is not proved who sent it, 403 where the token lacks the scope, 410 where its time is over, 503 where we cannot \
    answer now. `Retry-After` says after how many seconds the same request may be made again.";

const NOT_LET_IN: &str = "Refused for its token: 401 without one that counts here, 403 where it lacks the scope. API Gateway \
    says so in two words, and why in `WWW-Authenticate`; where the scope depends on the body, the function says which is lacking.";

const TOKENS: &str = "An operator's token of the deployment's issuer. Its claim `scope` (or `scp`) must have the scope that the \
    operation names, with the deployment's prefix before it, such as `handover/read`. Where an operation names two, the body decides: \
    what is about money needs `share`.";

#[derive(OpenApi)]
#[openapi(components(schemas(Problem)))]
struct Problems;

/// The document as it is checked in.
pub(crate) fn document() -> Value {
    let mut whole = Problems::openapi();
    for part in [api::document(), inspect::document(), signup::document(), webhook::document()] {
        whole.merge(part);
    }
    whole.info = InfoBuilder::new()
        .title("Handover")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .build();
    let mut whole = serde_json::to_value(whole).unwrap();
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let refused =
        ResponseBuilder::new().description(REFUSED).content("application/problem+json", problem).build();
    for path in whole.pointer_mut("/paths").unwrap().as_object_mut().unwrap().values_mut() {
        for operation in path.as_object_mut().unwrap().values_mut() {
            let responses = operation.pointer_mut("/responses").unwrap().as_object_mut().unwrap();
            responses.insert("default".to_owned(), json!(refused));
        }
    }
    secure(&mut whole);
    whole
}

/// Writes down which scopes each operation wants, and how whoever lacks them is refused; one of several will do. Without a
/// line it would be open to whoever comes.
fn secure(whole: &mut Value) {
    let scheme = json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": TOKENS });
    let components = whole.pointer_mut("/components").unwrap().as_object_mut().unwrap();
    components.insert("securitySchemes".to_owned(), json!({ "operators": scheme }));
    components.insert("responses".to_owned(), json!({ "NotLetIn": not_let_in() }));
    for (path, operations) in whole.pointer_mut("/paths").unwrap().as_object_mut().unwrap() {
        for (method, operation) in operations.as_object_mut().unwrap() {
            let route = format!("{} {path}", method.to_uppercase());
            let asks =
                asked_of(&route).unwrap_or_else(|| panic!("{route} has no scope in the table of the domain"));
            let any = asks.any().iter().map(|scope| json!({ "operators": [scope] }));
            operation.as_object_mut().unwrap().insert("security".to_owned(), any.collect());
            if !asks.any().is_empty() {
                let responses = operation.pointer_mut("/responses").unwrap().as_object_mut().unwrap();
                for status in ["401", "403"] {
                    responses.insert(status.to_owned(), json!({ "$ref": "#/components/responses/NotLetIn" }));
                }
            }
        }
    }
}

/// How a request without the right token is refused: by API Gateway before a function sees it, or by the function.
fn not_let_in() -> Value {
    let words = json!({ "type": "object", "required": ["message"], "properties": { "message": { "type": "string" } } });
    json!({
        "description": NOT_LET_IN,
        "content": {
            "application/json": { "schema": words },
            "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } },
        },
    })
}

/// Method and path of every operation.
pub(crate) fn routes() -> BTreeSet<String> {
    let whole = document();
    let paths = whole.pointer("/paths").unwrap().as_object().unwrap().iter();
    paths
        .flat_map(|(path, operations)| {
            let methods = operations.as_object().unwrap().keys();
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect()
}

/// Method and path of every route in the template.
pub(crate) fn routes_of(template: &str) -> BTreeSet<String> {
    let values = |name: &str| -> Vec<String> {
        let rest = template.lines().filter_map(|line| line.split_once(name).map(|(_, rest)| rest));
        rest.map(|rest| rest.split([',', ' ']).next().unwrap().trim_matches('"').to_owned()).collect()
    };
    let (methods, paths) = (values(", Method: "), values(", Path: "));
    assert_eq!(methods.len(), paths.len());
    methods.into_iter().zip(paths).map(|(method, path)| format!("{method} {path}")).collect()
}
