//! What a deployment says to its functions: variables of the environment, read once at start.
//!
//! A function reads the variables of its parts and no others ([`Part`]). Whatever is missing or wrong is told at once,
//! each by its name and why; nothing starts on half a configuration. No variable holds a secret.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use handover_domain::calendar::MonthEdge;
use handover_domain::scope::Scope;
use handover_engine::settings::{CreditLines, Settings};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::Value;

pub(crate) mod variables;

pub use variables::{Part, VARIABLES, Variable};

/// The environment, and what is wrong with it so far.
pub struct Environment<'a> {
    get: &'a dyn Fn(&str) -> Option<String>,
    wrong: BTreeMap<&'static str, String>,
}

/// What is missing or wrong, by the variable's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError(pub BTreeMap<&'static str, String>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the configuration is not complete; correct it in the template's parameters and deploy again",
        )?;
        self.0.iter().try_for_each(|(name, problem)| write!(f, "\n  {name} {problem}"))
    }
}

/// Why a value is not taken, in words that follow the variable's name.
pub type Taken<T> = Result<T, String>;

impl<'a> Environment<'a> {
    /// An environment that is read through `get`.
    #[must_use]
    pub fn new(get: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { get, wrong: BTreeMap::new() }
    }

    /// A variable's value, or its default.
    fn text(&mut self, name: &'static str) -> Option<String> {
        let default = VARIABLES.iter().find(|variable| variable.name == name).and_then(|known| known.default);
        let found = (self.get)(name).filter(|text| !text.is_empty());
        let text = found.or_else(|| default.map(str::to_owned));
        if text.is_none() {
            self.wrong.insert(name, "is not set".to_owned());
        }
        text
    }

    /// A variable's value as `read` takes it; none if something is wrong with it.
    pub fn read<T>(&mut self, name: &'static str, read: impl FnOnce(&str) -> Taken<T>) -> Option<T> {
        let text = self.text(name)?;
        match read(&text) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.wrong.insert(name, problem);
                None
            }
        }
    }

    /// A variable that is parsed, with what it should have been.
    pub fn parsed<T: FromStr>(&mut self, name: &'static str, should_be: &str) -> Option<T> {
        self.read(name, |text| {
            text.parse().map_err(|_| format!("should be {should_be}, and is {}", shown(text)))
        })
    }

    /// What was read, if nothing was wrong.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with everything that was.
    pub fn finish<T>(self, read: Option<T>) -> Result<T, ConfigError> {
        match read {
            Some(read) if self.wrong.is_empty() => Ok(read),
            _ => Err(ConfigError(self.wrong)),
        }
    }

    /// What every function is told.
    pub fn settings(&mut self) -> Option<Settings> {
        let app = self.parsed(variables::APP_ID, "the digits of an id");
        let business = self.parsed(variables::BUSINESS_ID, "the digits of an id");
        let system_user = self.parsed(variables::SYSTEM_USER_ID, "the digits of an id");
        let credit_lines = self.read(variables::CREDIT_LINES, credit_lines);
        let month_edge = self.read(variables::MONTH_ZONE, month_edge);
        let late_share = self.read(variables::LATE_SHARE, |text| one_of(text, "ask, attempt or wait"));
        let register = self.read(variables::REGISTER, |text| one_of(text, "when-needed or always"));
        let ownership_transfer = self.read(variables::OWNERSHIP_TRANSFER, |text| one_of(text, "off or on"));
        let shares_per_day = self.read(variables::SHARES_PER_DAY, shares_per_day);
        let share_method = self.read(variables::SHARE_METHOD, |text| one_of(text, "one-call or two-calls"));
        let approval = self.read(variables::APPROVAL, |text| one_of(text, "auto, one or two"));
        let scope_prefix = self.read(variables::READ_SCOPE, scope_prefix);
        let signup_page = self.read(variables::SIGNUP_PAGE, page);
        let seconds = self.read(variables::FUNCTION_TIMEOUT, seconds);
        let graph_version = self.parsed(variables::GRAPH_VERSION, "a version such as v25.0");
        let restored_at = self.read(variables::RESTORED_AT, restored_at);
        Some(Settings {
            app: app?,
            business: business?,
            system_user: system_user?,
            credit_lines: credit_lines?,
            month_edge: month_edge?,
            late_share: late_share?,
            register: register?,
            ownership_transfer: ownership_transfer?,
            shares_per_day: shares_per_day?,
            share_method: share_method?,
            approval: approval?,
            scope_prefix: scope_prefix?,
            signup_page: signup_page?,
            function_timeout: SignedDuration::from_secs(seconds?),
            graph_version: graph_version?,
            restored_at: restored_at?,
        })
    }
}

/// One line for every currency, `1972385232742146`, or one for each, `EUR:1972385232742146,USD:1972385232742147`.
fn credit_lines(text: &str) -> Taken<CreditLines> {
    CreditLines::read(text).map_err(|error| format!("{error}, and is {}", shown(text)))
}

fn month_edge(text: &str) -> Taken<MonthEdge> {
    if text == "unknown" {
        return Ok(MonthEdge::Unknown);
    }
    let zone = TimeZone::get(text);
    zone.map(MonthEdge::Zone).map_err(|_| {
        format!("should be unknown, or a time zone such as America/Los_Angeles, and is {}", shown(text))
    })
}

fn one_of<T: DeserializeOwned>(text: &str, should_be: &str) -> Taken<T> {
    serde_json::from_value(Value::from(text))
        .map_err(|_| format!("should be {should_be}, and is {}", shown(text)))
}

/// The link's secret is added as a parameter, so the page must be one that TLS protects and that has none yet.
fn page(text: &str) -> Taken<String> {
    let rest =
        text.strip_prefix("https://").filter(|rest| !rest.is_empty() && !rest.contains(['?', '#', ' ']));
    match rest {
        Some(_) => Ok(text.to_owned()),
        None => Err(format!("should be an address with https:// and without ? or #, and is {}", shown(text))),
    }
}

/// What stands before `read` in the name of that scope.
fn scope_prefix(text: &str) -> Taken<String> {
    let prefix = text.strip_suffix(Scope::Read.name()).filter(|prefix| !prefix.contains(char::is_whitespace));
    prefix.map(str::to_owned).ok_or_else(|| {
        format!(
            "should be the name of a scope that ends with read, such as handover/read, and is {}",
            shown(text)
        )
    })
}

/// A lease outlives the function by this, and API Gateway waits half a minute.
fn seconds(text: &str) -> Taken<i64> {
    match text.parse() {
        Ok(seconds) if (30..=900).contains(&seconds) => Ok(seconds),
        _ => Err(format!(
            "should be 30 to 900 seconds, the functions' timeout in the template, and is {}",
            shown(text)
        )),
    }
}

fn shares_per_day(text: &str) -> Taken<Option<u32>> {
    match text.parse() {
        _ if text == "unlimited" => Ok(None),
        Ok(most) if most > 0 => Ok(Some(most)),
        _ => Err(format!("should be unlimited, or a number from 1, and is {}", shown(text))),
    }
}

fn restored_at(text: &str) -> Taken<Option<Timestamp>> {
    match text.parse() {
        _ if text == "never" => Ok(None),
        Ok(moment) => Ok(Some(moment)),
        Err(_) => {
            Err(format!("should be never, or a moment such as 2026-04-23T11:40:00Z, and is {}", shown(text)))
        }
    }
}

/// The beginning of a value: enough to find the slip, too little for a secret in the wrong place.
pub(crate) fn shown(text: &str) -> String {
    let begins: String = text.chars().take(12).collect();
    if begins.len() < text.len() { format!("\"{begins}...\"") } else { format!("\"{begins}\"") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good(name: &str) -> Option<String> {
        let variable = VARIABLES.iter().find(|variable| variable.name == name)?;
        Some(variable.example.to_owned())
    }

    fn read(changes: &[(&str, &str)]) -> Result<Settings, ConfigError> {
        let get = |name: &str| match changes.iter().find(|(changed, _)| *changed == name) {
            Some((_, value)) => Some((*value).to_owned()),
            None => good(name),
        };
        let mut environment = Environment::new(&get);
        let settings = environment.settings();
        environment.finish(settings)
    }

    #[test]
    fn the_examples_are_a_configuration() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.function_timeout, SignedDuration::from_secs(60));
        assert_eq!(settings.month_edge, MonthEdge::Unknown);
        assert_eq!(settings.scope(Scope::Share), "handover/share");
    }

    #[test]
    fn a_scope_may_be_called_by_its_name_alone() {
        let settings = read(&[("HANDOVER_READ_SCOPE", "read")]).unwrap();
        assert_eq!(settings.scope(Scope::Operate), "operate");
    }

    #[test]
    fn what_has_a_default_need_not_be_set() {
        let settings = read(&[("HANDOVER_LATE_SHARE", ""), ("HANDOVER_MONTH_ZONE", "")]).unwrap();
        assert_eq!(settings.month_edge, MonthEdge::Unknown);
    }

    #[test]
    fn a_restore_is_told_by_its_moment() {
        assert_eq!(read(&[]).unwrap().restored_at, None);
        let restored = read(&[("HANDOVER_RESTORED_AT", "2026-04-23T11:40:00Z")]).unwrap();
        assert_eq!(restored.restored_at, "2026-04-23T11:40:00Z".parse().ok());
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once_by_its_name_and_why() {
        let error = read(&[
            ("HANDOVER_APP_ID", "12a"),
            ("HANDOVER_BUSINESS_ID", ""),
            ("HANDOVER_CREDIT_LINES", "EUR:1,EUR:2"),
            ("HANDOVER_MONTH_ZONE", "Mars/Olympus"),
            ("HANDOVER_LATE_SHARE", "perhaps"),
            ("HANDOVER_REGISTER", "never"),
            ("HANDOVER_OWNERSHIP_TRANSFER", "maybe"),
            ("HANDOVER_SHARES_PER_DAY", "0"),
            ("HANDOVER_SHARE_METHOD", "three-calls"),
            ("HANDOVER_APPROVAL", "three"),
            ("HANDOVER_READ_SCOPE", "handover/write"),
            ("HANDOVER_SIGNUP_PAGE", "http://partner.example/signup?x=1"),
            ("HANDOVER_FUNCTION_TIMEOUT", "5"),
            ("HANDOVER_RESTORED_AT", "yesterday"),
        ]);
        insta::assert_snapshot!(error.unwrap_err());
    }

    #[test]
    fn no_more_than_the_beginning_of_a_value_is_repeated() {
        let secret = "EAAsecretTokenInTheWrongPlace";
        let error = read(&[("HANDOVER_APP_ID", secret)]).unwrap_err().to_string();
        assert!(!error.contains(secret) && error.contains("EAAsecretTok"), "{error}");
    }
}
