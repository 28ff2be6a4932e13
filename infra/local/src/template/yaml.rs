//! A place in the template: its value, its line, and the names that `!Ref` and `!Sub` may use there.

use std::collections::BTreeMap;

use saphyr::{LoadableYamlNode, MarkedYamlOwned, ScalarOwned, YamlDataOwned};
use serde_json::Value;

use super::TemplateError;

/// What `!Ref` and `!Sub` find: parameters by their defaults, resources by their names on AWS.
pub(super) type Names = BTreeMap<String, String>;

type Found<T> = Result<T, TemplateError>;

/// A value and where it stands: the line of its key, or its own in a list.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    value: &'a YamlDataOwned<MarkedYamlOwned>,
    line: usize,
    names: &'a Names,
}

/// Parses the text into its one document.
pub(super) fn parse(text: &str) -> Found<MarkedYamlOwned> {
    let documents = MarkedYamlOwned::load_from_str(text)
        .map_err(|error| TemplateError { line: error.marker().line(), what: error.info().to_owned() })?;
    match <[_; 1]>::try_from(documents) {
        Ok([document]) => Ok(document),
        Err(_) => Err(TemplateError { line: 1, what: "a template is one YAML document".to_owned() }),
    }
}

impl<'a> Place<'a> {
    pub(super) fn root(document: &'a MarkedYamlOwned, names: &'a Names) -> Self {
        Self { value: &document.data, line: 1, names }
    }

    fn at(self, node: &'a MarkedYamlOwned, line: usize) -> Self {
        Self { value: &node.data, line, names: self.names }
    }

    /// An error at this place.
    pub(super) fn error(self, what: impl Into<String>) -> TemplateError {
        TemplateError { line: self.line, what: what.into() }
    }

    /// The keys of a mapping and their values, in their order; nothing at all is an empty mapping.
    pub(super) fn entries(self) -> Found<Vec<(&'a str, Self)>> {
        let mapping = match self.value {
            YamlDataOwned::Mapping(mapping) => mapping,
            YamlDataOwned::Value(ScalarOwned::Null) => return Ok(Vec::new()),
            _ => return Err(self.error("expected a mapping here")),
        };
        let entry = |(key, value): (&'a MarkedYamlOwned, &'a MarkedYamlOwned)| match &key.data {
            YamlDataOwned::Value(ScalarOwned::String(name)) => {
                Ok((name.as_str(), self.at(value, key.span.start.line())))
            }
            _ => Err(self.at(value, key.span.start.line()).error("expected a text as the key")),
        };
        mapping.iter().map(entry).collect()
    }

    /// The elements of a list.
    pub(super) fn items(self) -> Found<Vec<Self>> {
        let YamlDataOwned::Sequence(list) = self.value else {
            return Err(self.error("expected a list here"));
        };
        Ok(list.iter().map(|item| self.at(item, item.span.start.line())).collect())
    }

    /// The texts of a list.
    pub(super) fn texts(self) -> Found<Vec<String>> {
        self.items()?.into_iter().map(Self::text).collect()
    }

    /// The value of a key, if it is there.
    pub(super) fn find(self, key: &str) -> Found<Option<Self>> {
        Ok(self.entries()?.into_iter().find_map(|(name, place)| (name == key).then_some(place)))
    }

    /// The value of a key that must be there.
    pub(super) fn get(self, key: &str) -> Found<Self> {
        self.find(key)?.ok_or_else(|| self.error(format!("{key} is missing here")))
    }

    /// Refuses every key that is not among the known ones.
    pub(super) fn only(self, known: &[&str]) -> Found<()> {
        match self.entries()?.into_iter().find(|(name, _)| !known.contains(name)) {
            None => Ok(()),
            Some((name, place)) => Err(place.error(format!(
                "one machine does not know {name} here, only {}; teach its reader or leave it out",
                known.join(", ")
            ))),
        }
    }

    /// A text, after `!Ref` and plain `!Sub`.
    pub(super) fn text(self) -> Found<String> {
        match self.value {
            YamlDataOwned::Value(ScalarOwned::String(text)) => Ok(text.clone()),
            YamlDataOwned::Value(ScalarOwned::Integer(number)) => Ok(number.to_string()),
            YamlDataOwned::Tagged(tag, inner) => {
                let inner = self.at(inner, self.line);
                match tag.suffix.as_str() {
                    "Ref" => self.name(&inner.text()?),
                    "Sub" => self.substituted(&inner.text()?),
                    other => {
                        Err(self
                            .error(format!("one machine does not know !{other} here, only !Ref and !Sub")))
                    }
                }
            }
            _ => Err(self.error("expected a text, !Ref or !Sub here")),
        }
    }

    fn name(self, name: &str) -> Found<String> {
        let unknown =
            || self.error(format!("{name} is neither a parameter with a default nor a resource known here"));
        self.names.get(name).cloned().ok_or_else(unknown)
    }

    fn substituted(self, text: &str) -> Found<String> {
        let mut parts = text.split("${");
        let mut whole = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) =
                part.split_once('}').ok_or_else(|| self.error("a ${ in this !Sub is never closed"))?;
            whole.push_str(&self.name(name)?);
            whole.push_str(rest);
        }
        Ok(whole)
    }

    /// The resource and the attribute of a `!GetAtt Resource.Attribute`.
    pub(super) fn attribute(self) -> Found<(String, String)> {
        let expected = || self.error("expected !GetAtt Resource.Attribute here");
        let YamlDataOwned::Tagged(tag, inner) = self.value else { return Err(expected()) };
        let text = self.at(inner, self.line).text()?;
        match text.split_once('.') {
            Some((resource, attribute)) if tag.suffix == "GetAtt" => {
                Ok((resource.to_owned(), attribute.to_owned()))
            }
            _ => Err(expected()),
        }
    }

    /// A whole number that fits; it may be a parameter's.
    pub(super) fn number<T: TryFrom<i64>>(self) -> Found<T> {
        let number = match self.value {
            YamlDataOwned::Value(ScalarOwned::Integer(number)) => T::try_from(*number).ok(),
            YamlDataOwned::Tagged(..) => {
                self.text()?.parse().ok().and_then(|number: i64| T::try_from(number).ok())
            }
            _ => None,
        };
        number.ok_or_else(|| self.error("expected a whole number here, not negative and not too large"))
    }

    /// Any value as JSON, for patterns: `!Ref` and `!Sub` may stand where a text may.
    pub(super) fn json(self) -> Found<Value> {
        match self.value {
            YamlDataOwned::Mapping(_) => {
                let fields = self.entries()?.into_iter().map(|(name, place)| {
                    if name == "Ref" || name.starts_with("Fn::") {
                        return Err(
                            place.error(format!("one machine does not know {name}; write !Ref or !Sub"))
                        );
                    }
                    Ok((name.to_owned(), place.json()?))
                });
                Ok(Value::Object(fields.collect::<Found<_>>()?))
            }
            YamlDataOwned::Sequence(_) => {
                Ok(Value::Array(self.items()?.into_iter().map(Self::json).collect::<Found<_>>()?))
            }
            YamlDataOwned::Value(ScalarOwned::Boolean(bool)) => Ok(Value::Bool(*bool)),
            YamlDataOwned::Value(ScalarOwned::Integer(number)) => Ok(Value::from(*number)),
            YamlDataOwned::Value(ScalarOwned::Null) => Ok(Value::Null),
            _ => self.text().map(Value::String),
        }
    }
}
