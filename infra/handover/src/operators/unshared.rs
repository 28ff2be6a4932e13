//! `handover unshared`: the customer has unshared, and somebody knows when.

use handover_domain::ids::MigrationId;
use handover_domain::moment::spoken;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::{Connection, route};

/// What `handover unshared` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The migration's id, as `create` and `list` print it
    migration: MigrationId,

    /// When, for example 2026-04-20T09:30:00Z [default: now]
    #[arg(long, value_name = "MOMENT")]
    at: Option<Timestamp>,

    #[command(flatten)]
    connection: Connection,
}

/// What was noted.
#[derive(Debug, Deserialize)]
pub(super) struct Told {
    migration: MigrationId,
    unshared_at: Timestamp,
}

/// Tells it.
pub(super) async fn run(args: &Args) -> crate::Outcome {
    let Args { migration, at, connection } = args;
    let path = format!("{}/unshared", route(*migration));
    let answer = connection.client().await?.post(&path, &json!({ "at": at })).await?;
    connection.print(&answer, text)
}

/// What it means for the customer.
pub(super) fn text(told: &Told) -> String {
    format!(
        "\
Next: see to it that the customer goes through their signup link; until then nothing goes on.

Noted: unshared on {}. From then on the customer cannot send.
Where it stands: handover show {}
",
        spoken(told.unshared_at),
        told.migration,
    )
}
