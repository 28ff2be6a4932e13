//! Who acts: the parties of a migration.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The party whose turn it is.
///
/// One vocabulary for the rows of a flow and for what an error asks for, so that "who must act" reads
/// the same in the guide, the console and an error text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Actor {
    /// The partner that runs this deployment.
    We,
    /// The business that owns the WABA.
    Customer,
    /// The partner that the customer leaves.
    FormerPartner,
    /// The other partner of a Multi-Partner Solution, in a deployment of their own: here, whoever has the credit line.
    Partner,
    /// Meta: nobody here can do more than wait or write to Direct Support.
    Meta,
}

impl Actor {
    /// Every party.
    pub const ALL: [Self; 5] = [Self::We, Self::Customer, Self::FormerPartner, Self::Partner, Self::Meta];
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::We => "we",
            Self::Customer => "the customer",
            Self::FormerPartner => "the former partner",
            Self::Partner => "the partner of the solution",
            Self::Meta => "Meta",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parties_are_written_in_kebab_case() {
        assert_eq!(
            serde_json::to_string(&Actor::ALL).unwrap(),
            r#"["we","customer","former-partner","partner","meta"]"#
        );
    }
}
