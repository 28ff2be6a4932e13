//! The functions that run rows: one name for crate, Lambda function, event, log field and metric.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A function called by `StepDue`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Checks what can be checked before the customer unshares.
    StartMigration,
    /// Looks whether the one we wait for has acted.
    CheckWaiting,
    /// Learns WABA, owner, currency, zone and numbers.
    DiscoverAssets,
    /// Puts our system user on the WABA.
    AssignSystemUser,
    /// Subscribes our app to the WABA.
    SubscribeApp,
    /// Shares the credit line: the money.
    ShareCreditLine,
    /// Registers the numbers that need it.
    RegisterNumbers,
    /// Proves that our credit line pays for the WABA.
    VerifyActivation,
    /// Tells that the customer can send again, and ends the migration.
    Announce,
    /// Copies message templates into the new WABA, as far as Meta takes them.
    CopyTemplates,
    /// Watches the copies for a day, and makes those anew that were not copied, where it is asked for.
    WatchTemplates,
    /// Promises the WABA to a solution, which the customer is then asked about.
    SetMigrationIntent,
    /// Fetches the customer's token under the solution into which they have let their WABA.
    FetchSolutionToken,
    /// Starts the move of a number into a WABA that is without it.
    MoveNumber,
    /// Has a code sent to a number that moves, and gives it back to Meta.
    VerifyNumber,
    /// Offers the customer the ownership of a WABA that we own on their behalf.
    SetOwnershipIntent,
    /// Takes a share back where an operator cancels it.
    RevokeCreditLine,
}

impl Step {
    /// Every step, in the order of a partner switch, then those of other flows; what an operator's action calls comes last.
    pub const ALL: [Self; 17] = [
        Self::StartMigration,
        Self::CheckWaiting,
        Self::DiscoverAssets,
        Self::AssignSystemUser,
        Self::SubscribeApp,
        Self::ShareCreditLine,
        Self::RegisterNumbers,
        Self::VerifyActivation,
        Self::Announce,
        Self::CopyTemplates,
        Self::WatchTemplates,
        Self::MoveNumber,
        Self::VerifyNumber,
        Self::SetMigrationIntent,
        Self::FetchSolutionToken,
        Self::SetOwnershipIntent,
        Self::RevokeCreditLine,
    ];

    /// The name, the same everywhere: crate, function, `detail.step`, log, metric.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::StartMigration => "start-migration",
            Self::CheckWaiting => "check-waiting",
            Self::DiscoverAssets => "discover-assets",
            Self::AssignSystemUser => "assign-system-user",
            Self::SubscribeApp => "subscribe-app",
            Self::ShareCreditLine => "share-credit-line",
            Self::RegisterNumbers => "register-numbers",
            Self::VerifyActivation => "verify-activation",
            Self::Announce => "announce",
            Self::CopyTemplates => "copy-templates",
            Self::WatchTemplates => "watch-templates",
            Self::SetMigrationIntent => "set-migration-intent",
            Self::FetchSolutionToken => "fetch-solution-token",
            Self::MoveNumber => "move-number",
            Self::VerifyNumber => "verify-number",
            Self::SetOwnershipIntent => "set-ownership-intent",
            Self::RevokeCreditLine => "revoke-credit-line",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_written_as_it_is_named() {
        for step in Step::ALL {
            assert_eq!(serde_json::to_value(step).unwrap(), step.name());
        }
    }
}
