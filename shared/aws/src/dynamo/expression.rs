//! Expectations, changes and queries as DynamoDB's expressions.
//!
//! Every name and value is a placeholder, so no attribute collides with a reserved word and no value can
//! change what is asked.

use aws_sdk_dynamodb::types::AttributeValue;
use handover_engine::records::{Action, Change, Expectation, PARTITION, Query, Span, Write};
use serde_json::Value;

use super::item::Attributes;

/// A placeholder's name to the attribute's, as the SDK has it.
#[expect(clippy::disallowed_types, reason = "the SDK's type of the names; nothing depends on its order")]
pub(super) type Names = std::collections::HashMap<String, String>;

/// A write's or query's expressions, and what their placeholders stand for.
///
/// DynamoDB takes no empty expression and no empty map: what is not needed is absent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rendered {
    /// What must hold, or for a query where to look.
    pub(super) condition: Option<String>,
    /// What changes, in an update.
    pub(super) update: Option<String>,
    /// `#a0` and what it names.
    pub(super) names: Option<Names>,
    /// `:v0` and its value.
    pub(super) values: Option<Attributes>,
}

/// Renders the expectations of `write` and, if it is an update, its changes.
///
/// # Errors
/// If a value has no form in DynamoDB.
pub(super) fn render(write: &Write) -> Result<Rendered, serde_dynamo::Error> {
    let mut placeholders = Placeholders::default();
    let update = match &write.action {
        Action::Update(changes) => Some(placeholders.update(changes)?),
        Action::Put(_) | Action::Delete | Action::Check => None,
    };
    let condition = match write.expects.as_slice() {
        [] => None,
        expects => Some(placeholders.join(expects, " AND ")?),
    };
    Ok(placeholders.rendered(condition, update))
}

/// Renders which keys `query` wants.
///
/// # Errors
/// If a value has no form in DynamoDB.
pub(super) fn render_query(query: &Query) -> Result<Rendered, serde_dynamo::Error> {
    let mut placeholders = Placeholders::default();
    let [partition, sort] = query.order.keys();
    let whole = format!(
        "{} = {}",
        placeholders.name(partition),
        placeholders.value(&Value::from(query.partition.as_str()))?
    );
    let condition = match &query.span {
        Span::All => whole,
        Span::Prefix(prefix) => {
            let (sort, prefix) =
                (placeholders.name(sort), placeholders.value(&Value::from(prefix.as_str()))?);
            format!("{whole} AND begins_with({sort}, {prefix})")
        }
        Span::UpTo(most) => {
            let (sort, most) = (placeholders.name(sort), placeholders.value(&Value::from(*most))?);
            format!("{whole} AND {sort} <= {most}")
        }
    };
    Ok(placeholders.rendered(Some(condition), None))
}

/// The placeholders given out so far: `#a0` is the first name, `:v0` the first value.
#[derive(Default)]
struct Placeholders {
    names: Vec<String>,
    values: Vec<AttributeValue>,
}

impl Placeholders {
    fn name(&mut self, name: &str) -> String {
        let place = self.names.iter().position(|known| known == name).unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        });
        format!("#a{place}")
    }

    fn value(&mut self, value: &Value) -> Result<String, serde_dynamo::Error> {
        self.values.push(serde_dynamo::to_attribute_value(value)?);
        Ok(format!(":v{}", self.values.len() - 1))
    }

    fn join(&mut self, expectations: &[Expectation], with: &str) -> Result<String, serde_dynamo::Error> {
        let each: Result<Vec<String>, _> = expectations.iter().map(|one| self.expectation(one)).collect();
        Ok(each?.join(with))
    }

    fn expectation(&mut self, expectation: &Expectation) -> Result<String, serde_dynamo::Error> {
        Ok(match expectation {
            Expectation::Absent => format!("attribute_not_exists({})", self.name(PARTITION)),
            Expectation::Present => format!("attribute_exists({})", self.name(PARTITION)),
            Expectation::Has(name) => format!("attribute_exists({})", self.name(name)),
            Expectation::Lacks(name) => format!("attribute_not_exists({})", self.name(name)),
            Expectation::Is(name, value) => format!("{} = {}", self.name(name), self.value(value)?),
            Expectation::AtMost(name, most) => {
                format!("{} <= {}", self.name(name), self.value(&Value::from(*most))?)
            }
            // DynamoDB refuses parentheses in parentheses.
            Expectation::AnyOf(any) if any.len() == 1 => self.join(any, "")?,
            Expectation::AnyOf(any) => format!("({})", self.join(any, " OR ")?),
        })
    }

    fn update(&mut self, changes: &[Change]) -> Result<String, serde_dynamo::Error> {
        let (mut set, mut add, mut remove) = (Vec::new(), Vec::new(), Vec::new());
        for change in changes {
            match change {
                Change::Set(name, value) => set.push(format!("{} = {}", self.name(name), self.value(value)?)),
                Change::Add(name, by) => {
                    add.push(format!("{} {}", self.name(name), self.value(&Value::from(*by))?));
                }
                Change::Remove(name) => remove.push(self.name(name)),
            }
        }
        let clauses = [("SET", set), ("ADD", add), ("REMOVE", remove)];
        let clauses = clauses.into_iter().filter(|(_, parts)| !parts.is_empty());
        let clauses: Vec<String> =
            clauses.map(|(verb, parts)| format!("{verb} {}", parts.join(", "))).collect();
        Ok(clauses.join(" "))
    }

    fn rendered(self, condition: Option<String>, update: Option<String>) -> Rendered {
        let names = self.names.into_iter().enumerate();
        let values = self.values.into_iter().enumerate();
        let names: Names = names.map(|(place, name)| (format!("#a{place}"), name)).collect();
        let values: Attributes = values.map(|(place, value)| (format!(":v{place}"), value)).collect();
        Rendered {
            condition,
            update,
            names: (!names.is_empty()).then_some(names),
            values: (!values.is_empty()).then_some(values),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fmt::Write as _;

    use handover_engine::records::{Key, Order, Table};
    use serde_json::json;

    use super::*;

    fn write(expects: Vec<Expectation>, action: Action) -> Write {
        Write { key: Key::new(Table::Migrations, "M#1", "STATE"), expects, action }
    }

    /// The expressions and their placeholders as lines, in order.
    fn lines(rendered: Rendered) -> String {
        let mut lines = String::new();
        for (what, text) in [("condition", rendered.condition), ("update", rendered.update)] {
            if let Some(text) = text {
                writeln!(lines, "{what}: {text}").unwrap();
            }
        }
        for (placeholder, name) in BTreeMap::from_iter(rendered.names.unwrap_or_default()) {
            writeln!(lines, "{placeholder} = {name}").unwrap();
        }
        for (placeholder, value) in BTreeMap::from_iter(rendered.values.unwrap_or_default()) {
            writeln!(lines, "{placeholder} = {value:?}").unwrap();
        }
        lines
    }

    #[test]
    fn a_claim_is_one_update_with_its_condition() {
        let expects = vec![
            Expectation::Is("seq", json!(7)),
            Expectation::AtMost("due_at", 1_000),
            Expectation::AnyOf(vec![
                Expectation::Lacks("lease_until"),
                Expectation::AtMost("lease_until", 1_000),
            ]),
        ];
        let changes = vec![
            Change::Set("claim_id", json!("c")),
            Change::Remove("note"),
            Change::Set("lease_until", json!(91_000)),
            Change::Add("attempt", 1),
        ];
        insta::assert_snapshot!(lines(render(&write(expects, Action::Update(changes))).unwrap()));
    }

    #[test]
    fn a_put_is_conditional_on_the_key_alone() {
        let put = write(vec![Expectation::Absent], Action::Put(serde_json::Map::new()));
        insta::assert_snapshot!(lines(render(&put).unwrap()));
    }

    #[test]
    fn a_write_that_expects_nothing_has_no_expression() {
        assert_eq!(lines(render(&write(vec![], Action::Delete)).unwrap()), "");
    }

    #[test]
    fn a_check_asks_for_presence_and_values() {
        let expects = vec![
            Expectation::Present,
            Expectation::Has("open"),
            // One key: a map of the SDK has no order.
            Expectation::Is("intent", json!({"attempts": [1, null, true, "1"]})),
        ];
        insta::assert_snapshot!(lines(render(&write(expects, Action::Check)).unwrap()));
    }

    #[test]
    fn queries_ask_by_prefix_or_upper_end() {
        let query = |order, span| Query { order, partition: "P".to_owned(), span, limit: 1, after: None };
        let history = query(Order::Table(Table::Journal), Span::Prefix("H#".to_owned()));
        let due = query(Order::Due, Span::UpTo(1_000));
        let board = query(Order::Board, Span::All);
        let rendered = [history, due, board].map(|query| lines(render_query(&query).unwrap()));
        insta::assert_snapshot!(rendered.join("\n"));
    }
}
