//! Hand-offs: what two partners of a Multi-Partner Solution tell each other in a file, each from a deployment of their own.
//!
//! The Tech Provider has the customer and the new WABA; the Solution Partner has the credit line (facts 9, 10, 17.2). The first
//! says that a share is wanted, the second that it is made. A hand-off is a stranger's paper: ids, dates and a name for people,
//! nothing that opens anything, and nothing that is believed before Meta has said the same.

mod exported;
mod imported;

use handover_domain::ids::{AllocationId, AppId, BusinessId, FundingId, MigrationId, SolutionId, WabaId};
use handover_domain::operator::Operator;
use handover_graph::words::Currency;
use jiff::Timestamp;
use jiff::fmt::serde::timestamp::millisecond;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use exported::{NoHandOff, export};
pub(crate) use imported::write_share;
pub use imported::{BeginError, Begins, Begun, begin, paper_of, share_of};

/// The version of the papers that this engine writes, and the only one that it reads.
pub const VERSION: u32 = 1;

/// A hand-off between two partners of a solution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum HandOff {
    /// From the Tech Provider: a share is wanted.
    ShareWanted(ShareWanted),
    /// From the Solution Partner: it is made.
    Shared(Shared),
}

/// What every paper begins with: by it the rest is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Opening {
    /// The version of its form.
    pub version: u32,
    /// Which paper it is.
    pub kind: Kind,
}

/// Which paper it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// [`ShareWanted`].
    ShareWanted,
    /// [`Shared`].
    Shared,
}

/// The kind of a paper that wants a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OfShareWanted {
    /// The one word.
    ShareWanted,
}

/// The kind of a paper that tells of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OfShared {
    /// The one word.
    Shared,
}

/// From the Tech Provider to the Solution Partner: your credit line should pay for the customer's new WABA.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShareWanted {
    /// The version of this form.
    #[schema(minimum = 1, maximum = 1)]
    pub version: u32,
    /// Which paper it is.
    pub kind: OfShareWanted,
    /// The Tech Provider's migration: the answer names it, and the same paper imported twice is known by it.
    #[schema(value_type = String, format = Uuid)]
    pub migration: MigrationId,
    /// The Tech Provider's app.
    #[schema(value_type = String, pattern = "^[0-9]{1,20}$")]
    pub app: AppId,
    /// The solution that the WABA is in.
    #[schema(value_type = String, pattern = "^[0-9]{1,20}$")]
    pub solution: SolutionId,
    /// The customer's new WABA.
    #[schema(value_type = String, pattern = "^[0-9]{1,20}$")]
    pub waba: WabaId,
    /// The customer's business, which owns it.
    #[schema(value_type = String, pattern = "^[0-9]{1,20}$")]
    pub business: BusinessId,
    /// What the WABA is billed in.
    #[schema(value_type = String, pattern = "^[A-Z]{3}$")]
    pub currency: Currency,
    /// Meta's own code of the WABA's time zone, as far as it is known; for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone_id: Option<String>,
    /// The Tech Provider's name for the customer; for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    pub label: Option<String>,
    /// By when the Tech Provider would have the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted_by: Option<Timestamp>,
}

/// From the Solution Partner to the Tech Provider: our credit line is shared with the WABA.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Shared {
    /// The version of this form.
    #[schema(minimum = 1, maximum = 1)]
    pub version: u32,
    /// Which paper it is.
    pub kind: OfShared,
    /// The Tech Provider's migration that this answers.
    #[schema(value_type = String, format = Uuid)]
    pub answers: MigrationId,
    /// The Solution Partner's own migration, to ask them about.
    #[schema(value_type = String, format = Uuid)]
    pub migration: MigrationId,
    /// The solution that the WABA is in.
    #[schema(value_type = String, pattern = "^[0-9]{1,20}$")]
    pub solution: SolutionId,
    /// The customer's new WABA.
    #[schema(value_type = String, pattern = "^[0-9]{1,20}$")]
    pub waba: WabaId,
    /// Meta's record of the share.
    #[schema(value_type = String, pattern = "^[0-9]{1,20}$")]
    pub allocation: AllocationId,
    /// What the WABA must show as `primary_funding_id` once the line pays (facts 9.4); absent where Meta did not tell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, pattern = "^[0-9]{1,20}$")]
    pub receiving_credential: Option<FundingId>,
    /// When it was shared.
    pub shared_at: Timestamp,
    /// When the Solution Partner saw that it pays; absent as long as they have not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_to_pay_at: Option<Timestamp>,
}

/// A paper that was imported: a detail of the migration that it is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported<T> {
    /// The paper as it came.
    pub paper: T,
    /// When.
    #[serde(with = "millisecond::required")]
    pub at: Timestamp,
    /// Who imported it, as far as the gateway knows them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Operator>,
}

impl<T> Imported<T> {
    /// Who imported it, for the history.
    #[must_use]
    pub fn importer(&self) -> String {
        self.by.as_ref().map_or_else(|| "an operator".to_owned(), |by| format!("operator {by}"))
    }
}

impl ShareWanted {
    /// Whether both ask for the same. Who has exported a paper again may have another name for the customer, or another day.
    #[must_use]
    pub fn asks_the_same_as(&self, other: &Self) -> bool {
        let asked = |paper: &Self| {
            let Self { migration, app, solution, waba, business, currency, .. } = paper.clone();
            (migration, app, solution, waba, business, currency)
        };
        asked(self) == asked(other)
    }
}

impl Shared {
    /// What it says, in a sentence for the history.
    #[must_use]
    pub fn sentence(&self) -> String {
        let Self { waba, allocation, migration, .. } = self;
        let credential = self.receiving_credential.as_ref().map_or_else(
            || "a receiving credential that Meta did not tell".to_owned(),
            |credential| format!("receiving credential {credential}"),
        );
        format!(
            "the partner's hand-off (their migration {migration}): allocation {allocation} for WABA {waba}, {credential}"
        )
    }
}
