//! `handover adopt`: customers who are on their way already, taken over where they stand.
//!
//! Every row of a flow has a proof that is looked for before anything is done, so a migration can start anywhere: it is
//! created with its WABA named, the token is handed over, and each row that is proved at Meta passes by itself. What
//! cannot be proved, an allocation that the ledger does not know above all, is a person's.

use std::path::PathBuf;
use std::time::Duration;

use handover_domain::flow::FlowName;
use handover_domain::ids::WabaId;
use handover_domain::moment::spoken_day;
use handover_domain::state::Status;
use jiff::civil::Date;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use super::show::Shown;
use super::token_file::{self, Line};
use super::{Connection, harmless, route, token};
use crate::api_client::{ApiClient, ApiError};

/// So long, and no longer, a migration is looked at until it rests.
const LOOKS: u32 = 20;
const LOOKS_EVERY: Duration = Duration::from_secs(1);

/// What `handover adopt` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The customers: a line for each, WABA,TOKEN or WABA,TOKEN,NAME; `-` reads standard input
    file: PathBuf,

    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Deserialize)]
struct Planned {
    unblocks_on: Date,
}

#[derive(Debug, thiserror::Error)]
#[error(
    "{failed} of {all} customers were not taken over; correct what is said of each, and run the command again: those that were are not made twice"
)]
struct SomeNotTaken {
    failed: usize,
    all: usize,
}

/// Takes over each, one after the other; then a table says where each stands, and who will miss this month.
pub(super) async fn run(args: &Args) -> crate::Outcome {
    let lines = token_file::read(&args.file)?;
    let client = args.connection.client()?;
    let plan = client.get::<Planned>("/plan", &[]).await?.read;
    let (mut rows, mut failed) = (Vec::new(), 0_usize);
    for line in &lines {
        match take_over(&client, line).await {
            Ok(shown) => rows.push(row(&line.waba, &shown, plan.unblocks_on)),
            Err(error) => {
                failed += 1;
                rows.push(format!("{} | not taken over: {error}", line.waba));
            }
        }
    }
    let head = "WABA | migration | row | status | why | can send on\n";
    crate::print(&harmless(&format!("{head}{}\n", rows.join("\n"))))?;
    if failed > 0 { Err(SomeNotTaken { failed, all: lines.len() }.into()) } else { Ok(()) }
}

/// One that has a live migration already keeps it, and gets the token.
async fn take_over(client: &ApiClient, line: &Line) -> Result<Shown, ApiError> {
    let body = json!({ "flow": FlowName::PartnerSwitch, "waba_id": line.waba, "label": line.label });
    let key = format!("adopt-{}", line.waba);
    match client.post_once::<IgnoredAny>("/migrations", &key, &body).await {
        Ok(_) => {}
        Err(error) if error.is_a_conflict() => {}
        Err(error) => return Err(error),
    }
    let migration = token::hand_over(client, line).await?.read.migration;
    let mut looks = 0;
    loop {
        let shown = client.get::<Shown>(&route(migration), &[]).await?.read;
        looks += 1;
        if shown.status != Status::Open || looks == LOOKS {
            return Ok(shown);
        }
        pause().await;
    }
}

#[expect(clippy::disallowed_methods, reason = "a person waits at a terminal, and nothing else does")]
async fn pause() {
    tokio::time::sleep(LOOKS_EVERY).await;
}

/// One customer in a line, whose columns a tool can take apart at the bars.
fn row(waba: &WabaId, shown: &Shown, this_month: Date) -> String {
    let why = shown.reason.as_ref().map_or("-", |reason| reason.code.as_str());
    let on = shown.unblocks_on.map_or_else(|| "-".to_owned(), spoken_day);
    let misses = shown.unblocks_on.is_some_and(|on| on > this_month);
    let misses = if misses { " (misses this window)" } else { "" };
    format!("{waba} | {} | {} | {} | {why} | {on}{misses}", shown.migration, shown.row, shown.status.name())
}
