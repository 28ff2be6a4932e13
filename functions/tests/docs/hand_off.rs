//! The schema of a hand-off, which both partners' deployments import and export: from the same types as the API document.

use serde_json::{Map, Value, json};

const ABOUT: &str = "What two partners of a Multi-Partner Solution tell each other, each from a deployment of Handover of their \
    own: that a share of the credit line is wanted, and that it is made. Nothing in it is secret, and nothing of it is believed \
    before Meta has said the same.";
/// Where the API document keeps its shapes, and where a schema keeps its own.
const THERE: &str = "#/components/schemas/";
const HERE: &str = "#/$defs/";

/// The schema as it is checked in, from the API document.
pub(crate) fn schema(document: &Value) -> Value {
    let shapes = document.pointer("/components/schemas").unwrap().as_object().unwrap();
    let mut found = Map::new();
    let mut whole = here(&shapes["HandOff"], shapes, &mut found);
    let fields = whole.as_object_mut().unwrap();
    fields.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    fields.insert("title".to_owned(), json!("Hand-off"));
    fields.insert("description".to_owned(), json!(ABOUT));
    fields.insert("$defs".to_owned(), Value::Object(found));
    whole
}

/// A shape whose references lead into the schema itself; what they lead to is gathered in `found`.
fn here(shape: &Value, shapes: &Map<String, Value>, found: &mut Map<String, Value>) -> Value {
    match shape {
        Value::Object(fields) => {
            let moved = fields.iter().map(|(name, value)| {
                let value = match value.as_str().and_then(|to| to.strip_prefix(THERE)) {
                    Some(to) if name == "$ref" => {
                        if !found.contains_key(to) {
                            found.insert(to.to_owned(), Value::Null);
                            let led_to = here(&shapes[to], shapes, found);
                            found.insert(to.to_owned(), led_to);
                        }
                        json!(format!("{HERE}{to}"))
                    }
                    _ => here(value, shapes, found),
                };
                (name.clone(), value)
            });
            Value::Object(moved.collect())
        }
        Value::Array(several) => several.iter().map(|one| here(one, shapes, found)).collect(),
        other => other.clone(),
    }
}

/// The names of the fields of every paper.
pub(crate) fn fields(schema: &Value) -> Vec<String> {
    let papers = schema["$defs"].as_object().unwrap().values();
    papers
        .filter_map(|paper| paper["properties"].as_object())
        .flat_map(|fields| fields.keys().cloned())
        .collect()
}
