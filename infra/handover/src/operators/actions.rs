//! `handover retry`, `cancel`, `resolve`, `approve` and `new-link`: each with a reason, on what the operator looked at.

use handover_domain::decision::Decision;
use handover_domain::ids::{AllocationId, MigrationId};
use handover_domain::state::Status;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::show::Shown;
use super::{Connection, create, harmless, route};
use crate::api_client::{Answer, ApiError};

/// What every action takes.
#[derive(Debug, clap::Args)]
struct Asked {
    /// The migration's id, as `create` and `list` print it
    migration: MigrationId,

    /// Why, for whoever reads the history
    #[arg(long, value_name = "WHY")]
    reason: String,

    /// The seq that you looked at, as `show` prints it; without it, the command looks first and says at what
    #[arg(long)]
    seq: Option<u64>,

    #[command(flatten)]
    connection: Connection,
}

/// What `handover retry` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Retry {
    #[command(flatten)]
    asked: Asked,
}

/// What `handover cancel` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Cancel {
    #[command(flatten)]
    asked: Asked,

    /// What becomes of a credit line that is shared already
    #[arg(long, value_parser = ["keep", "revoke"])]
    share: Option<String>,
}

/// What `handover resolve` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Resolve {
    #[command(flatten)]
    asked: Asked,

    /// Your decision; `show` says which can be given now
    #[arg(long, value_parser = Decision::VERDICTS)]
    verdict: String,

    /// With `applied`: which allocation is this WABA's share, as Meta lists it
    #[arg(long, value_name = "ID", required_if_eq("verdict", "applied"))]
    allocation: Option<AllocationId>,
}

/// What `handover approve` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Approve {
    #[command(flatten)]
    asked: Asked,
}

/// What `handover new-link` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct NewLink {
    #[command(flatten)]
    asked: Asked,

    /// The customer's time zone, in which the letter names its hours [default: UTC]
    #[arg(long, value_name = "ZONE", value_parser = create::zone)]
    zone: Option<String>,
}

/// What an action left behind.
#[derive(Debug, Deserialize)]
pub(super) struct Acted {
    migration: MigrationId,
    status: Status,
    seq: u64,
}

/// Runs what is open.
pub(super) async fn retry(args: &Retry) -> crate::Outcome {
    let answer = args.asked.act("retry", Vec::new()).await?;
    args.asked.connection.print(&answer, |acted| text("It runs now", acted))
}

/// Ends it.
pub(super) async fn cancel(args: &Cancel) -> crate::Outcome {
    let share = args.share.as_ref().map(|share| ("share", json!(share)));
    let answer = args.asked.act("cancel", share.into_iter().collect()).await?;
    args.asked.connection.print(&answer, |acted: &Acted| {
        // A share that is taken back is a row of its own.
        let done = if acted.status.is_end() { "It has ended" } else { "The share is being taken back first" };
        text(done, acted)
    })
}

/// Decides.
pub(super) async fn resolve(args: &Resolve) -> crate::Outcome {
    let allocation = args.allocation.as_ref().map(|allocation| ("allocation", json!(allocation)));
    let said = std::iter::once(("verdict", json!(args.verdict))).chain(allocation).collect();
    let answer = args.asked.act("resolve", said).await?;
    args.asked.connection.print(&answer, |acted| text("Your decision is kept, and the row runs now", acted))
}

/// Approves, as whoever the token says.
pub(super) async fn approve(args: &Approve) -> crate::Outcome {
    let answer = args.asked.act("approve", Vec::new()).await?;
    args.asked
        .connection
        .print(&answer, |acted| text("Your approval is kept, and the row looks whether it suffices", acted))
}

/// Makes another link, and a letter with the dates of now; older links stay good.
pub(super) async fn new_link(args: &NewLink) -> crate::Outcome {
    let zone = args.zone.as_ref().map(|zone| ("zone", json!(zone)));
    let answer = args.asked.act("new-link", zone.into_iter().collect()).await?;
    args.asked.connection.print(&answer, |created| create::text(created, None))
}

impl Asked {
    async fn act<T: DeserializeOwned>(
        &self,
        action: &str,
        said: Vec<(&'static str, Value)>,
    ) -> Result<Answer<T>, ApiError> {
        let client = self.connection.client().await?;
        let path = route(self.migration);
        let seq = match self.seq {
            Some(seq) => seq,
            None => {
                let shown: Shown = client.get(&path, &[]).await?.read;
                crate::remark(&harmless(&looked_at(&shown)));
                shown.seq
            }
        };
        let always = [("seq", json!(seq)), ("reason", json!(self.reason))];
        let body: Map<_, _> =
            always.into_iter().chain(said).map(|(name, value)| (name.to_owned(), value)).collect();
        client.post(&format!("{path}/{action}"), &Value::Object(body)).await
    }
}

/// What an action without a `--seq` is taken on.
pub(super) fn looked_at(shown: &Shown) -> String {
    let who = shown.label.as_deref().or(shown.waba.as_deref()).unwrap_or("a customer not yet known");
    let why = shown.reason.as_ref().map_or("no reason is noted", |reason| reason.what());
    let share = shown.approval.as_ref().map(|approval| format!("{approval}\n")).unwrap_or_default();
    format!("Looked at: {who}, {} ({}, seq {}): {why}\n{share}", shown.row, shown.status.name(), shown.seq)
}

/// What was done, and where it stands by now.
pub(super) fn text(done: &str, acted: &Acted) -> String {
    let Acted { migration, status, seq } = acted;
    format!("{done} ({}, seq {seq}).\nNext: handover show {migration}\n", status.name())
}
