//! Event patterns: what a rule of the bus and a filter of the stream let through.
//!
//! A pattern has the shape of the events that it takes. Its leaves are lists of matchers, of which one
//! must hold; every field that it names must match. The language is EventBridge's, of which Lambda's
//! stream filters use the same part; a matcher that one machine cannot play is refused when the
//! template is read, so that no rule is quieter here than on AWS.

use std::collections::BTreeMap;

use serde_json::Value;

/// A pattern, read and known to be playable.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern(BTreeMap<String, Field>);

#[derive(Debug, Clone, PartialEq)]
enum Field {
    Inside(Pattern),
    OneOf(Vec<Matcher>),
}

#[derive(Debug, Clone, PartialEq)]
enum Matcher {
    Equals(Value),
    Exists(bool),
    Prefix(String),
    AnythingBut(Vec<Value>),
}

/// A pattern that one machine cannot play.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// A pattern, or a field inside one, is neither an object nor a list.
    #[error("{at}: a pattern's field holds a list of matchers or an object, this one holds neither")]
    Shape {
        /// The path of the field, with dots.
        at: String,
    },
    /// The list of a field is empty, so nothing could ever match it.
    #[error("{at}: the list is empty, so nothing would match; name a value")]
    Empty {
        /// The path of the field, with dots.
        at: String,
    },
    /// A matcher that AWS may know and one machine does not.
    #[error(
        "{at}: one machine does not know the matcher `{matcher}`; use a value, exists, prefix or anything-but"
    )]
    Matcher {
        /// The path of the field, with dots.
        at: String,
        /// The matcher's name, or its JSON where it has none.
        matcher: String,
    },
}

impl Pattern {
    /// Reads a pattern from its JSON.
    ///
    /// # Errors
    /// Names the field whose shape or matcher one machine cannot play.
    pub fn read(pattern: &Value) -> Result<Self, PatternError> {
        Self::read_at("the pattern", pattern)
    }

    fn read_at(at: &str, pattern: &Value) -> Result<Self, PatternError> {
        let Value::Object(fields) = pattern else {
            return Err(PatternError::Shape { at: at.to_owned() });
        };
        if fields.is_empty() {
            return Err(PatternError::Empty { at: at.to_owned() });
        }
        let field = |(name, value): (&String, &Value)| {
            let at = format!("{at}.{name}");
            let field = match value {
                // `$or` and its like are operators in the place of a field.
                _ if name.starts_with('$') => {
                    return Err(PatternError::Matcher { at, matcher: name.clone() });
                }
                Value::Array(list) if list.is_empty() => return Err(PatternError::Empty { at }),
                Value::Array(list) => {
                    Field::OneOf(list.iter().map(|each| Matcher::read(&at, each)).collect::<Result<_, _>>()?)
                }
                inside => Field::Inside(Self::read_at(&at, inside)?),
            };
            Ok((name.clone(), field))
        };
        Ok(Self(fields.iter().map(field).collect::<Result<_, _>>()?))
    }

    /// Whether an event passes. Objects inside lists are not looked into: no event of ours has any.
    #[must_use]
    pub fn takes(&self, event: &Value) -> bool {
        self.takes_inside(Some(event))
    }

    /// `None` is an object that the event does not have; only `exists: false` can hold in it.
    fn takes_inside(&self, event: Option<&Value>) -> bool {
        self.0.iter().all(|(name, field)| {
            let value = event.and_then(|event| event.get(name));
            match field {
                Field::Inside(pattern) => pattern.takes_inside(value),
                Field::OneOf(matchers) => matchers.iter().any(|matcher| matcher.takes(value)),
            }
        })
    }
}

impl Matcher {
    fn read(at: &str, matcher: &Value) -> Result<Self, PatternError> {
        let unknown = |matcher: String| PatternError::Matcher { at: at.to_owned(), matcher };
        let Value::Object(operator) = matcher else {
            return if is_leaf(matcher) {
                Ok(Self::Equals(matcher.clone()))
            } else {
                Err(unknown(matcher.to_string()))
            };
        };
        let mut operators = operator.iter();
        match (operators.next(), operators.next()) {
            (Some((name, value)), None) => {
                Self::operator(name, value).ok_or_else(|| unknown(format!("{name}: {value}")))
            }
            _ => Err(unknown(matcher.to_string())),
        }
    }

    fn operator(name: &str, value: &Value) -> Option<Self> {
        match (name, value) {
            ("exists", Value::Bool(exists)) => Some(Self::Exists(*exists)),
            ("prefix", Value::String(prefix)) => Some(Self::Prefix(prefix.clone())),
            ("anything-but", Value::Array(values)) if !values.is_empty() && values.iter().all(is_leaf) => {
                Some(Self::AnythingBut(values.clone()))
            }
            ("anything-but", value) if is_leaf(value) => Some(Self::AnythingBut(vec![value.clone()])),
            _ => None,
        }
    }

    /// A list in the event matches when one of its values does. Only leaves are seen: an object at the
    /// place of a leaf is, as on AWS, a field that does not exist, and `exists: false` holds for it.
    fn takes(&self, value: Option<&Value>) -> bool {
        let leaves: &[Value] = match value {
            None | Some(Value::Object(_)) => &[],
            Some(Value::Array(list)) => list,
            Some(leaf) => std::slice::from_ref(leaf),
        };
        let mut leaves = leaves.iter().filter(|value| is_leaf(value));
        match self {
            Self::Exists(exists) => leaves.next().is_some() == *exists,
            Self::Equals(wanted) => leaves.any(|leaf| leaf == wanted),
            Self::Prefix(prefix) => {
                leaves.any(|leaf| leaf.as_str().is_some_and(|text| text.starts_with(prefix.as_str())))
            }
            Self::AnythingBut(unwanted) => leaves.any(|leaf| !unwanted.contains(leaf)),
        }
    }
}

fn is_leaf(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn takes(pattern: Value, event: Value) -> bool {
        Pattern::read(&pattern).unwrap().takes(&event)
    }

    #[test]
    fn every_named_field_must_match_and_one_value_of_each_suffices() {
        let pattern = json!({"source": ["handover"], "detail": {"step": ["announce", "subscribe-app"]}});
        assert!(takes(
            pattern.clone(),
            json!({"source": "handover", "detail": {"step": "announce", "seq": 3}})
        ));
        assert!(!takes(pattern.clone(), json!({"source": "handover", "detail": {"step": "check-waiting"}})));
        assert!(!takes(pattern.clone(), json!({"source": "aws.s3", "detail": {"step": "announce"}})));
        assert!(!takes(pattern, json!({"source": "handover"})));
    }

    #[test]
    fn a_list_in_the_event_matches_when_one_of_its_values_does() {
        let pattern = json!({"resources": ["b", "c"]});
        assert!(takes(pattern.clone(), json!({"resources": ["a", "b"]})));
        assert!(!takes(pattern.clone(), json!({"resources": ["a"]})));
        assert!(!takes(pattern, json!({"resources": []})));
    }

    #[test]
    fn exists_false_takes_an_event_without_the_field_or_the_objects_around_it() {
        let pattern = json!({"dynamodb": {"NewImage": {"lease_until": {"N": [{"exists": false}]}}}});
        assert!(takes(pattern.clone(), json!({"dynamodb": {"NewImage": {"seq": {"N": "3"}}}})));
        assert!(takes(pattern.clone(), json!({"dynamodb": {}})));
        assert!(!takes(pattern, json!({"dynamodb": {"NewImage": {"lease_until": {"N": "1776643200000"}}}})));
    }

    /// The trap of stream filters: an attribute is an object (`{"N": "…"}`), never a leaf.
    #[test]
    fn exists_looks_at_leaves_only() {
        let leased = json!({"NewImage": {"lease_until": {"N": "1776643200000"}}});
        assert!(takes(json!({"NewImage": {"lease_until": [{"exists": false}]}}), leased.clone()));
        assert!(!takes(json!({"NewImage": {"lease_until": [{"exists": true}]}}), leased.clone()));
        assert!(takes(json!({"NewImage": {"lease_until": {"N": [{"exists": true}]}}}), leased));
    }

    #[test]
    fn prefix_and_anything_but_match_values_that_are_there() {
        assert!(takes(json!({"pk": [{"prefix": "M#"}]}), json!({"pk": "M#1"})));
        assert!(!takes(json!({"pk": [{"prefix": "M#"}]}), json!({"pk": "WABA#1"})));
        assert!(!takes(json!({"pk": [{"prefix": "M#"}]}), json!({"pk": 7})));
        assert!(takes(json!({"status": [{"anything-but": ["open"]}]}), json!({"status": "person"})));
        assert!(!takes(json!({"status": [{"anything-but": "open"}]}), json!({"status": "open"})));
        assert!(!takes(json!({"status": [{"anything-but": "open"}]}), json!({})));
    }

    #[test]
    fn a_number_is_not_the_text_of_it() {
        assert!(takes(json!({"seq": [3]}), json!({"seq": 3})));
        assert!(!takes(json!({"seq": ["3"]}), json!({"seq": 3})));
    }

    #[test]
    fn what_cannot_be_played_is_refused_by_name() {
        let refusal = |pattern: Value| Pattern::read(&pattern).unwrap_err().to_string();
        insta::assert_snapshot!(
            [
                refusal(json!({"detail": {"seq": [{"numeric": [">", 3]}]}})),
                refusal(json!({"$or": [{"source": ["handover"]}]})),
                refusal(json!({"source": "handover"})),
                refusal(json!({"source": []})),
                refusal(json!({})),
                refusal(json!({"source": [["handover"]]})),
                refusal(json!({"source": [{"exists": true, "prefix": "h"}]})),
            ]
            .join("\n")
        );
    }
}
