//! The API document (`docs/openapi.json`) as a promise: every answer in the simulation is held to it, and every
//! request that was taken.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::Value;

use crate::world::body_of;

/// The document.
pub static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../docs/openapi.json")).expect("docs/openapi.json is JSON")
});

/// Holds an answer over HTTP, and the request if it was taken, to what the document says of the route.
///
/// # Panics
///
/// If they are not what the document says.
pub(crate) fn hold(request: &Value, answer: &Value) {
    let Some(operation) = operation(request) else { return };
    let status = answer["statusCode"].as_u64().unwrap_or_default();
    let described = followed(match &operation["responses"][status.to_string()] {
        Value::Null => &operation["responses"]["default"],
        described => described,
    });
    let shown = format!("{} answered {status}", request["routeKey"]);
    let sent = answer["headers"]["content-type"].as_str().unwrap_or_default();
    let contents = described["content"].as_object();
    match contents.and_then(|contents| contents.get(sent)) {
        Some(_) if sent == "text/plain" => {}
        Some(content) => hold_value(&content["schema"], &body_of(answer), &shown),
        None => {
            assert!(contents.is_none() && sent.is_empty(), "{shown} with {sent:?}, which is not documented");
        }
    }
    let taken = &operation["requestBody"]["content"]["application/json"]["schema"];
    let is_text = request["isBase64Encoded"] != true;
    if (200..300).contains(&status) && is_text && !taken.is_null() {
        hold_value(taken, &body_of(request), &format!("{} took", request["routeKey"]));
    }
}

fn operation(request: &Value) -> Option<&'static Value> {
    let (method, path) = request["routeKey"].as_str()?.split_once(' ')?;
    DOCUMENT["paths"].get(path)?.get(method.to_lowercase())
}

fn hold_value(schema: &Value, value: &Value, what: &str) {
    if let Err(error) = fits(schema, value, "body") {
        panic!("{what} what is not documented: {error}: {value}");
    }
}

/// Holds a value to the part of JSON Schema that the document uses; a field that it does not name is an error.
///
/// # Errors
///
/// Where the value, which stands `at` that place, is not what the schema says.
pub fn fits(schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    holds(schema, value, at)?;
    let (Some(object), Some(named)) = (value.as_object(), named(schema)) else { return Ok(()) };
    match object.keys().find(|name| !named.contains(name.as_str())) {
        Some(name) => Err(format!("{at}.{name} is not named")),
        None => Ok(()),
    }
}

fn holds(schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    if let Some(other) = referred(schema) {
        return fits(other, value, at);
    }
    if let Some(all) = schema["allOf"].as_array() {
        all.iter().try_for_each(|one| holds(followed(one), value, at))?;
    }
    if let Some(several) = schema["oneOf"].as_array() {
        let tried: Vec<String> = several.iter().filter_map(|one| fits(one, value, at).err()).collect();
        if tried.len() == several.len() {
            return Err(tried.join("; or "));
        }
    }
    if !has_type(&schema["type"], value) {
        return Err(format!("{at} is not of type {}", schema["type"]));
    }
    if schema["enum"].as_array().is_some_and(|all| !all.contains(value)) {
        return Err(format!("{at} is none of {}", schema["enum"]));
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value.get(name).is_none() {
            return Err(format!("{at}.{name} is missing"));
        }
    }
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        value.get(name).map_or(Ok(()), |found| fits(inner, found, &format!("{at}.{name}")))?;
    }
    let items = value.as_array().filter(|_| !schema["items"].is_null()).into_iter().flatten();
    items.enumerate().try_for_each(|(place, item)| fits(&schema["items"], item, &format!("{at}[{place}]")))
}

fn has_type(wanted: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other} is a type that the document did not use before"),
    };
    match wanted {
        Value::Null => true,
        Value::String(name) => is(name),
        several => several.as_array().is_some_and(|all| all.iter().filter_map(Value::as_str).any(is)),
    }
}

/// The fields that a schema names; none if it is free.
fn named(schema: &Value) -> Option<BTreeSet<&str>> {
    let schema = followed(schema);
    let mut names: BTreeSet<&str> =
        schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    let parts = ["allOf", "oneOf"].into_iter().filter_map(|several| schema[several].as_array()).flatten();
    names.extend(parts.filter_map(named).flatten());
    (!names.is_empty()).then_some(names)
}

fn referred(schema: &Value) -> Option<&'static Value> {
    let place = schema["$ref"].as_str()?.strip_prefix('#').expect("a place in the document");
    Some(DOCUMENT.pointer(place).expect("what is referred to is there"))
}

fn followed(schema: &Value) -> &Value {
    referred(schema).unwrap_or(schema)
}
