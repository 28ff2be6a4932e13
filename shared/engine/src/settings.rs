//! What the deployment has decided: read once at the edge, the same for every function.

use handover_domain::calendar::MonthEdge;
use handover_domain::ids::{AppId, BusinessId, CreditLineId, SystemUserId};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// The settings of one deployment: one partner.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Our app at Meta.
    pub app: AppId,
    /// Our business portfolio.
    pub business: BusinessId,
    /// Our system user: Admin or Financial Editor (facts 9).
    pub system_user: SystemUserId,
    /// Our credit line: chosen here, never "the first" (facts 9.1).
    pub credit_line: CreditLineId,
    /// Where Meta's month turns, as far as we know (rule 2).
    pub month_edge: MonthEdge,
    /// What happens to a share that is owed in the doubtful hours (rule 2).
    pub late_share: LateShare,
    /// Which numbers are registered.
    pub register: Register,
    /// The page with the partner's signup; the link's secret is added as `state`.
    pub signup_page: String,
    /// The timeout of the functions; a lease outlives it by [`LEASE_OUTLIVES_BY`].
    pub function_timeout: SignedDuration,
}

/// A lease outlives the function's timeout by this, so that no two workers ever hold it.
pub const LEASE_OUTLIVES_BY: SignedDuration = SignedDuration::from_secs(30);

/// What happens to a share that is owed when the day is open in some zones only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LateShare {
    /// A person decides, at once.
    #[default]
    Ask,
    /// It is tried: a refusal costs nothing.
    Attempt,
    /// It waits for the next window: a month.
    Wait,
}

/// Which numbers are registered (facts 0.10: Meta's pages contradict each other).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Register {
    /// Those that are not connected on the Cloud API.
    #[default]
    WhenNeeded,
    /// All.
    Always,
}
