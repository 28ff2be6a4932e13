//! How bad a finding is: one scale for pre-flight and for the doctor.

use serde::{Deserialize, Serialize};

/// How bad a finding is, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// It does not go on like this.
    Stops,
    /// It goes on, and somebody should act.
    Warns,
    /// Meta did not show it: that is not well, and not ill.
    Unknown,
    /// It is as it should be.
    Fine,
}

impl Severity {
    /// Every one, the worst first.
    pub const ALL: [Self; 4] = [Self::Stops, Self::Warns, Self::Unknown, Self::Fine];

    /// The word under which it is shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stops => "stops",
            Self::Warns => "warns",
            Self::Unknown => "unknown",
            Self::Fine => "fine",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_comes_first_and_each_is_stored_by_its_name() {
        assert!(Severity::ALL.is_sorted());
        for severity in Severity::ALL {
            assert_eq!(serde_json::to_value(severity).unwrap(), severity.name());
        }
    }
}
