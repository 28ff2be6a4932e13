//! Who an operator is: the name under which the issuer of their token knows them, and no other.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest name: an issuer may make a `sub` of 255 characters of ASCII (`OpenID` Connect Core, 2).
const LONGEST: usize = 255;

/// An operator, by the `sub` of their token. Two are the same person exactly if their names are the same, letter for
/// letter: an issuer gives a `sub` to one person and never to another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Operator(String);

/// Text that should have been an operator's name and is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an operator's name has 1 to {LONGEST} visible characters of ASCII")]
pub struct NotAnOperator;

impl std::str::FromStr for Operator {
    type Err = NotAnOperator;

    fn from_str(text: &str) -> Result<Self, NotAnOperator> {
        let fits = (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(Self(text.to_owned())) } else { Err(NotAnOperator) }
    }
}

impl TryFrom<String> for Operator {
    type Error = NotAnOperator;

    fn try_from(text: String) -> Result<Self, NotAnOperator> {
        text.parse()
    }
}

impl From<Operator> for String {
    fn from(operator: Operator) -> Self {
        operator.0
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_an_issuer_may_give_and_nothing_else() {
        for good in ["alice", "auth0|5f7c8ec7c33c6c004bbafe82", "248289761001", &"a".repeat(255)] {
            assert_eq!(good.parse::<Operator>().unwrap().to_string(), *good);
        }
        for bad in ["", " ", "al ice", "alice\n", "älice", "a\u{200b}", &"a".repeat(256)] {
            assert_eq!(bad.parse::<Operator>(), Err(NotAnOperator), "{bad:?}");
        }
        assert!(serde_json::from_str::<Operator>(r#""al ice""#).is_err(), "what is stored is checked too");
    }
}
