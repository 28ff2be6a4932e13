//! `handover adopt`: customers who are on their way already, taken over where they stand.
//!
//! Every row of a flow has a proof that is looked for before anything is done, so a migration can start anywhere: it is
//! created with what is known of it, the token is handed over, and each row that is proved at Meta passes by itself. What
//! cannot be proved, an allocation that the ledger does not know above all, is a person's. A request that waits with the
//! customer can be proved by nobody: who has one is not taken over, lest they are asked twice.

mod file;

use std::path::PathBuf;
use std::time::Duration;

use handover_domain::calendar::Window;
use handover_domain::flow::FlowName;
use handover_domain::ids::MigrationId;
use handover_domain::moment::spoken_day;
use handover_domain::number::DisplayNumber;
use handover_domain::outlook::{Outlook, Stands, Until, outlook};
use handover_domain::state::Status;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::json;

use self::file::Row;
use super::show::Shown;
use super::{Connection, create, harmless, route, token};
use crate::api_client::{ApiClient, ApiError};

/// So long, and no longer, a migration is looked at until it rests.
const LOOKS: u32 = 20;
const LOOKS_EVERY: Duration = Duration::from_secs(1);

/// The fields of a refusal that says of a customer: a live migration holds them, which is given their token.
const HELD: [&str; 3] = ["waba_id", "destination_waba_id", "Idempotency-Key"];

/// What `handover adopt` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The customers, a line for each; `-` reads standard input.
    ///
    /// Without a line of names: WABA,TOKEN or WABA,TOKEN,NAME. With one, its first line names the columns, which are
    /// flow, waba, destination, token, number, solution, one-portfolio (yes), one-way (yes), partner-shares (yes), request (sent
    /// or none) and, as the last, label; each flow asks for some of them
    file: PathBuf,

    /// The flow of the lines that name none
    #[arg(long, value_name = "FLOW", value_parser = create::flow, default_value = "partner-switch")]
    flow: FlowName,

    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Deserialize)]
struct Planned {
    share_window: Window,
    unblocks_on: Date,
}

#[derive(Deserialize)]
struct Created {
    migration: MigrationId,
}

/// Why one was not taken over.
#[derive(Debug, thiserror::Error)]
enum NotTaken {
    #[error(
        "a request of Meta's is with this customer, and nobody can look it up; take them over once they have answered it. Create no migration before: it would ask them a second time"
    )]
    RequestInFlight,
    #[error(transparent)]
    Api(#[from] ApiError),
}

#[derive(Debug, thiserror::Error)]
#[error(
    "{failed} of {all} customers were not taken over; correct what is said of each, and run the command again: those that were are not made twice within a day, nor as long as a live migration holds their WABA"
)]
struct SomeNotTaken {
    failed: usize,
    all: usize,
}

/// Takes over each, one after the other; then a table says where each stands, and who will miss this window.
pub(super) async fn run(args: &Args) -> crate::Outcome {
    let rows = file::read(&args.file, args.flow)?;
    let client = args.connection.client().await?;
    let plan = client.get::<Planned>("/plan", &[]).await?.read;
    let until = Until { closes: plan.share_window.closes, unblocks_on: plan.unblocks_on };
    let (mut lines, mut failed, mut in_danger) = (Vec::new(), 0_usize, 0_usize);
    for row in &rows {
        match take_over(&client, row).await {
            Ok(shown) => {
                let outlook = looks(&shown, &until);
                in_danger += usize::from(outlook.is_in_danger());
                lines.push(line(row, &shown, outlook));
            }
            Err(error) => {
                failed += 1;
                lines.push(format!("{} | not taken over: {error}", name(row)));
            }
        }
    }
    let head = "WABA or number | migration | flow | row | status | why | can send on | this window\n";
    let sum = format!(
        "{} of {} will miss the window that closes, unless somebody acts\n",
        in_danger,
        rows.len() - failed
    );
    crate::print(&harmless(&format!("{head}{}\n{sum}", lines.join("\n"))))?;
    if failed > 0 { Err(SomeNotTaken { failed, all: rows.len() }.into()) } else { Ok(()) }
}

/// One that has a live migration already keeps it, and gets the token.
async fn take_over(client: &ApiClient, row: &Row) -> Result<Shown, NotTaken> {
    if row.was_asked {
        return Err(NotTaken::RequestInFlight);
    }
    let body = json!({
        "flow": row.flow, "waba_id": row.waba, "destination_waba_id": row.destination, "number": row.number,
        "solution_id": row.solution, "one_portfolio": row.one_portfolio, "one_way": row.one_way,
        "partner_shares": row.partner_shares, "label": row.label,
    });
    let made = client.post_once::<Created>("/migrations", &key(row), &body).await;
    let migration = match (made, row.at_hand(), &row.token) {
        (Ok(_), Some(waba), Some(secret)) => token::hand_over(client, waba, secret).await?.read.migration,
        (Ok(made), ..) => made.read.migration,
        (Err(error), Some(waba), Some(secret)) if error.is_a_conflict_of(&HELD) => {
            token::hand_over(client, waba, secret).await?.read.migration
        }
        (Err(error), ..) => return Err(error.into()),
    };
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

/// The same customer in the same flow is one request, however often the command is run, and however a number is written.
fn key(row: &Row) -> String {
    let waba = row.at_hand().map(ToString::to_string);
    let who = waba.or_else(|| row.number.as_ref().map(DisplayNumber::digits)).unwrap_or_default();
    format!("adopt-{}-{who}", row.flow)
}

#[expect(clippy::disallowed_methods, reason = "a person waits at a terminal, and nothing else does")]
async fn pause() {
    tokio::time::sleep(LOOKS_EVERY).await;
}

fn name(row: &Row) -> String {
    let waba = row.at_hand().map(ToString::to_string);
    waba.or_else(|| row.number.as_ref().map(|number| number.as_str().to_owned())).unwrap_or_default()
}

fn looks(shown: &Shown, until: &Until) -> Outlook {
    let stands = Stands {
        flow: shown.flow,
        row: &shown.row,
        status: shown.status,
        deadline: shown.deadline,
        unblocks_on: shown.unblocks_on,
    };
    outlook(&stands, until)
}

/// One customer in a line, whose columns a tool can take apart at the bars.
fn line(row: &Row, shown: &Shown, outlook: Outlook) -> String {
    let why = shown.reason.as_ref().map_or("-", |reason| reason.code.as_str());
    let on = shown.unblocks_on.map_or_else(|| "-".to_owned(), spoken_day);
    let Shown { migration, flow, row: at, status, .. } = shown;
    format!("{} | {migration} | {flow} | {at} | {} | {why} | {on} | {outlook}", name(row), status.name())
}
