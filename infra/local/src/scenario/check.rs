//! What is no scenario: a text that cannot be read, by the key and its line, or one that cannot be played.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

use super::{Choice, Doing, Scenario, ScenarioError};

impl Scenario {
    pub(super) fn check(&self) -> Result<(), String> {
        let (mut created, mut lived) = (BTreeSet::new(), BTreeSet::new());
        let mut before = self.starts_at();
        for (place, act) in self.acts.iter().enumerate() {
            let which = format!("act {} ({} at {})", place + 1, act.what.name(), act.at);
            if act.at < before {
                return Err(format!("{which} is before the act above it; write acts in the order of time"));
            }
            before = act.at;
            self.check_waba(act.waba).map_err(|problem| format!("{which}: {problem}"))?;
            match act.what {
                doing if doing.creates() && !created.insert(act.waba) => {
                    return Err(format!(
                        "{which}: WABA {} has its migration already; it can have another after leave or cancel",
                        act.waba
                    ));
                }
                // The customer may come back, in a migration of its own.
                Doing::Leave | Doing::Cancel => {
                    lived.insert(act.waba);
                    created.remove(&act.waba);
                }
                doing if doing.needs_a_migration() && !created.contains(&act.waba) => {
                    return Err(format!("{which}: there is no link yet; create WABA {} first", act.waba));
                }
                _ => {}
            }
            if !act.says.is_empty() && !act.what.says_more() {
                return Err(format!(
                    "{which}: only cancel, resolve, unshared, tell-code, want-share and partner-share say more"
                ));
            }
            if act.by.is_some() && !act.what.is_an_operators() {
                return Err(format!("{which}: only what an operator does is by one"));
            }
            if act.chooses != Choice::AsTold && act.what != Doing::SignUpAnew {
                return Err(format!("{which}: only sign-up-anew chooses"));
            }
            if act.named && act.what != Doing::Create {
                return Err(format!("{which}: only create can be named"));
            }
        }
        if created.is_empty() && lived.is_empty() {
            return Err("there is no act that creates a migration; add one with do = \"create\"".to_owned());
        }
        if self.expectations.is_empty() {
            return Err("nothing is expected, so nothing could fail; add an [[expect]]".to_owned());
        }
        for (place, expect) in self.expectations.iter().enumerate() {
            let which = format!("expect {}", place + 1);
            self.check_waba(expect.waba()).map_err(|problem| format!("{which}: {problem}"))?;
            if expect.is_empty() {
                return Err(format!("{which} expects nothing; name what should hold"));
            }
        }
        Ok(())
    }

    fn check_waba(&self, waba: u16) -> Result<(), String> {
        if (1..=self.world.wabas).contains(&waba) {
            return Ok(());
        }
        Err(format!("there is no WABA {waba}; the world has {}, counted from 1", self.world.wabas))
    }
}

/// The keys of `[world]` with their places. The world's own type reads two tables as one, and forgets them.
#[derive(Deserialize)]
struct Places {
    #[serde(default)]
    world: BTreeMap<Spanned<String>, IgnoredAny>,
}

pub(super) fn misread(text: &str, error: &toml::de::Error) -> ScenarioError {
    let names =
        |key: &Spanned<String>| error.message().starts_with(&format!("unknown field `{}`", key.as_ref()));
    let places = toml::from_str(text).unwrap_or(Places { world: BTreeMap::new() });
    let in_world = places.world.keys().find(|key| names(key)).map(Spanned::span);
    let start = in_world.or_else(|| error.span()).map_or(0, |span| span.start);
    let line = text.get(..start).unwrap_or_default().matches('\n').count() + 1;
    ScenarioError::Text {
        line,
        text: text.lines().nth(line - 1).unwrap_or_default().to_owned(),
        what: error.message().to_owned(),
    }
}
