//! `fields=`: which fields a read asks for, nested ones too (`owner_business_info{id,name}`).

use serde_json::{Map, Value};

use crate::error::GraphError;

/// Deeper nesting than any call of Meta's has; bounds the recursion over somebody's input.
const MAX_DEPTH: usize = 8;

/// The fields that a read asks for, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Selection(Vec<Chosen>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Chosen {
    name: String,
    inner: Option<Selection>,
}

/// What a node says about one field.
pub(crate) enum Field {
    Value(Value),
    /// Known, and nothing there: Meta leaves the key out.
    Absent,
    /// This caller may not read it; the whole read fails (facts 4.1).
    Refused(GraphError),
    Unknown,
}

impl<T: Into<Value>> From<T> for Field {
    fn from(value: T) -> Self {
        Self::Value(value.into())
    }
}

impl Field {
    pub(crate) fn optional(value: Option<impl Into<Value>>) -> Self {
        value.map_or(Self::Absent, Self::from)
    }
}

impl Selection {
    /// Reads `a,b{c,d},e.limit(5)`; modifiers such as `.limit(5)` are accepted and not followed.
    pub(crate) fn parse(text: &str) -> Result<Self, GraphError> {
        let mut rest = text.trim();
        let selection = Self::list(&mut rest, 0)?;
        if rest.is_empty() { Ok(selection) } else { Err(syntax(text)) }
    }

    fn list(rest: &mut &str, depth: usize) -> Result<Self, GraphError> {
        if depth > MAX_DEPTH {
            return Err(syntax(rest));
        }
        let mut chosen = Vec::new();
        loop {
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            if name.is_empty() {
                return Err(syntax(rest));
            }
            *rest = after.trim_start();
            while let Some(modifier) = rest.strip_prefix('.') {
                let (_, after) = modifier.split_once(')').ok_or_else(|| syntax(rest))?;
                *rest = after.trim_start();
            }
            let mut inner = None;
            if let Some(after) = rest.strip_prefix('{') {
                *rest = after.trim_start();
                inner = Some(Self::list(rest, depth + 1)?);
                *rest = rest.strip_prefix('}').ok_or_else(|| syntax(rest))?.trim_start();
            }
            chosen.push(Chosen { name: name.to_owned(), inner });
            match rest.strip_prefix(',') {
                Some(after) => *rest = after.trim_start(),
                None => return Ok(Self(chosen)),
            }
        }
    }

    /// The chosen fields of a node, `id` always among them.
    pub(crate) fn read(
        &self,
        node: &str,
        id: &str,
        unreadable: Option<&str>,
        field: impl Fn(&str) -> Field,
    ) -> Result<Value, GraphError> {
        let mut object = Map::new();
        for Chosen { name, inner } in &self.0 {
            if unreadable == Some(name) {
                return Err(not_readable(name));
            }
            let value = if name == "id" { Field::from(id) } else { field(name) };
            match value {
                Field::Value(value) => {
                    let value = inner.as_ref().map_or_else(|| value.clone(), |inner| inner.narrow(&value));
                    object.insert(name.clone(), value);
                }
                Field::Absent => {}
                Field::Refused(error) => return Err(error),
                Field::Unknown => return Err(GraphError::unknown_field(name, node)),
            }
        }
        object.insert("id".to_owned(), id.into());
        Ok(Value::Object(object))
    }

    fn narrow(&self, value: &Value) -> Value {
        match value {
            Value::Array(items) => items.iter().map(|item| self.narrow(item)).collect(),
            Value::Object(fields) => {
                let inner = |name: &str| self.0.iter().find(|chosen| chosen.name == name);
                let kept = fields.iter().filter_map(|(name, value)| {
                    let chosen = inner(name)?;
                    let value =
                        chosen.inner.as_ref().map_or_else(|| value.clone(), |inner| inner.narrow(value));
                    Some((name.clone(), value))
                });
                Value::Object(kept.collect())
            }
            other => other.clone(),
        }
    }
}

/// Code 10, which is what partners saw on `primary_funding_id` (facts 4.1).
pub(crate) fn not_readable(field: &str) -> GraphError {
    GraphError::new(10, format_args!("Application does not have permission for the field {field}"))
}

fn syntax(at: &str) -> GraphError {
    let at: String = at.chars().take(20).collect();
    GraphError::new(2500, format_args!("Syntax error in the parameter fields near \"{at}\""))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(fields: &str) -> Result<Value, GraphError> {
        Selection::parse(fields)?.read("Node", "1", Some("hidden"), |name| match name {
            "owner" => json!({"id": "2", "name": "Acme", "more": [{"a": 1, "b": 2}]}).into(),
            "nothing" => Field::Absent,
            "hidden" => "never read".into(),
            _ => Field::Unknown,
        })
    }

    #[test]
    fn nested_fields_are_narrowed_and_the_id_is_always_there() {
        assert_eq!(
            read("owner{ name , more{a} }, nothing").unwrap(),
            json!({"owner": {"name": "Acme", "more": [{"a": 1}]}, "id": "1"})
        );
        assert_eq!(read("owner.limit(5){id}").unwrap(), json!({"owner": {"id": "2"}, "id": "1"}));
    }

    #[test]
    fn one_field_that_cannot_be_read_fails_the_whole_read() {
        assert_eq!(read("owner,hidden").unwrap_err().code, 10);
        assert_eq!(read("owner,wrong").unwrap_err().code, 100);
    }

    #[test]
    fn a_malformed_selection_is_a_syntax_error() {
        let deep = "a{".repeat(20);
        for bad in ["", ",", "a,", "a{", "a{b", "a}b", "a.limit", deep.as_str()] {
            assert_eq!(read(bad).unwrap_err().code, 2500, "{bad}");
        }
    }
}
