//! `handover code`: the code that Meta has sent to a number that moves.

use std::io::{self, BufRead, IsTerminal};

use handover_domain::ids::MigrationId;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::{Connection, route};

/// What `handover code` takes. The code itself comes by standard input: what stands in a command, every list of processes
/// shows.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The migration's id, as `create` and `list` print it
    migration: MigrationId,

    #[command(flatten)]
    connection: Connection,
}

/// What was stored.
#[derive(Debug, Deserialize)]
struct Stored {
    migration: MigrationId,
}

#[derive(Debug, thiserror::Error)]
#[error("no code came by standard input; type the six digits, or pipe them into the command")]
struct NoCode(#[source] Option<io::Error>);

/// Reads one line, and hands it over.
pub(super) async fn run(args: &Args) -> crate::Outcome {
    let Args { migration, connection } = args;
    let code = typed()?;
    let path = format!("{}/code", route(*migration));
    let answer = connection.client().await?.post(&path, &json!({ "code": code.expose_secret() })).await?;
    connection.print(&answer, |Stored { migration }| {
        format!("The code is stored, and Meta is given it now.\nNext: handover show {migration}\n")
    })
}

/// The digits of the line; people write the hyphen that Meta's message has.
fn typed() -> Result<SecretString, NoCode> {
    if io::stdin().is_terminal() {
        crate::remark("The six digits that the number has got: ");
    }
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(|error| NoCode(Some(error)))?;
    let code: String = line.trim().chars().filter(|letter| !matches!(letter, '-' | ' ')).collect();
    if code.is_empty() { Err(NoCode(None)) } else { Ok(code.into()) }
}
