//! The template, read: what calls which function, on one machine as on AWS.
//!
//! `infra/template.yaml` is the one place where routes, their scopes, rules, schedules, tables and stream filters
//! stand. This reader is bounded on purpose: it knows what that file uses (`!Ref`, `!GetAtt`, plain
//! `!Sub`, the properties below) and refuses everything else at its line, because a property that is
//! skipped here and obeyed on AWS would be a difference that nobody sees.

use std::collections::BTreeMap;

use handover_aws::tables::TableSpec;
use serde_json::Value;

use crate::account::ISSUER;
use crate::pattern::Pattern;
use crate::schedule::Expression;

mod events;
mod gateway;
mod resources;
mod tables;
mod yaml;

/// What one machine plays of the template.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// The functions.
    pub functions: Vec<FunctionSpec>,
    /// What HTTP requests call.
    pub routes: Vec<Route>,
    /// Whose tokens the gateway takes; none if there is no gateway.
    pub authorizer: Option<Authorizer>,
    /// What stands before the names of scopes in them.
    pub scope_prefix: String,
    /// The names of the buses.
    pub buses: Vec<String>,
    /// What events on a bus call.
    pub rules: Vec<Rule>,
    /// What time calls.
    pub schedules: Vec<Schedule>,
    /// The tables.
    pub tables: Vec<Table>,
    /// What changes of a table call.
    pub streams: Vec<StreamSource>,
}

/// A function, called by its name everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionSpec {
    /// Its name inside the template.
    pub logical_id: String,
    /// Its name on AWS: the crate's.
    pub name: String,
    /// Where its crate lies, relative to the template.
    pub code: String,
    /// Seconds until it is stopped.
    pub timeout: u32,
}

/// A route of the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The method, in capitals.
    pub method: String,
    /// The path; a part in braces takes any one part of a request's path.
    pub path: String,
    /// The function called.
    pub function: String,
    /// The scopes any one of which a token must have; none if it is called by whoever comes, without a token.
    pub scopes: Option<Vec<String>>,
}

/// The gateway's authorizer: whose tokens are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorizer {
    /// Who signs them.
    pub issuer: String,
    /// For whom they must be meant: any one of these.
    pub audience: Vec<String>,
}

impl Route {
    /// The parts in braces, if this route takes the request; `None` if it does not.
    #[must_use]
    pub fn takes(&self, method: &str, path: &str) -> Option<BTreeMap<String, String>> {
        let mut parameters = BTreeMap::new();
        let mut parts = path.split('/');
        for wanted in self.path.split('/') {
            let part = parts.next()?;
            match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) if !part.is_empty() => {
                    parameters.insert(name.to_owned(), part.to_owned());
                }
                None if wanted == part => {}
                _ => return None,
            }
        }
        (method == self.method && parts.next().is_none()).then_some(parameters)
    }
}

/// A rule of a bus.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Its name: the function's and the event's logical ids together, as SAM makes it.
    pub name: String,
    /// The bus it listens on.
    pub bus: String,
    /// What it lets through.
    pub pattern: Pattern,
    /// The function called.
    pub function: String,
}

impl Rule {
    /// Whether an envelope on `bus` calls the function.
    #[must_use]
    pub fn takes(&self, bus: &str, envelope: &Value) -> bool {
        self.bus == bus && self.pattern.takes(envelope)
    }
}

/// A schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Its name: the function's and the event's logical ids together, as SAM makes it.
    pub name: String,
    /// When it fires.
    pub expression: Expression,
    /// The zone it is counted in: UTC, where it is of any effect.
    pub zone: String,
    /// The function called.
    pub function: String,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name inside the template.
    pub logical_id: String,
    /// What it is made of.
    pub spec: TableSpec,
}

/// A table's stream that calls a function with batches of records.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamSource {
    /// The table's name.
    pub table: String,
    /// A record passes if one of these takes it; there is always one.
    pub filters: Vec<Pattern>,
    /// The most records in one batch.
    pub batch: usize,
    /// How often a batch that failed is tried again.
    pub retries: u32,
    /// Seconds after which a record is dropped.
    pub max_age: u32,
    /// The function called.
    pub function: String,
}

impl StreamSource {
    /// Whether a record is handed to the function.
    #[must_use]
    pub fn takes(&self, record: &Value) -> bool {
        self.filters.iter().any(|filter| filter.takes(record))
    }
}

/// What stands in the template and one machine cannot play, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the template, line {line}: {what}")]
pub struct TemplateError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it and what would be right.
    pub what: String,
}

impl Template {
    /// Reads the template from its text. Parameters have their defaults, and operators an issuer that nobody can reach.
    ///
    /// # Errors
    /// Names the first line that one machine cannot play.
    pub fn read(text: &str) -> Result<Self, TemplateError> {
        Self::read_for(text, ISSUER)
    }

    /// The same, with the issuer that a deployment would name.
    ///
    /// # Errors
    /// Names the first line that one machine cannot play.
    pub fn read_for(text: &str, issuer: &str) -> Result<Self, TemplateError> {
        resources::read(text, issuer)
    }
}

#[cfg(test)]
mod tests;
