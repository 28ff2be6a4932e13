//! `handover token import`: tokens of customers that the partner's own signup has exchanged, from a file.

use std::path::PathBuf;

use handover_domain::ids::{MigrationId, WabaId};
use handover_domain::moment::spoken;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::token_file;
use super::{Connection, harmless};
use crate::api_client::{Answer, ApiClient, ApiError};

/// What `handover token` takes.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Hand over the tokens of a file, whose lines are a WABA's id and its token, with a comma between
    Import(Import),
}

/// What `handover token import` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Import {
    /// The file; `-` reads standard input. It is not changed: remove it afterwards
    file: PathBuf,

    #[command(flatten)]
    connection: Connection,
}

/// A token that was stored.
#[derive(Debug, Deserialize)]
pub(super) struct Stored {
    pub(super) migration: MigrationId,
    expires_at: Option<Timestamp>,
}

#[derive(Debug, thiserror::Error)]
#[error(
    "{failed} of {all} tokens were not taken; correct what is said of each, and run the command again with those lines"
)]
struct SomeNotTaken {
    failed: usize,
    all: usize,
}

/// Hands over every token, one after the other; one that is refused holds back none of the others.
pub(super) async fn run(command: &Command) -> crate::Outcome {
    let Command::Import(Import { file, connection }) = command;
    let lines = token_file::read(file)?;
    let client = connection.client().await?;
    let mut failed = 0_usize;
    for line in &lines {
        match hand_over(&client, &line.waba, &line.token).await {
            Ok(answer) if connection.json => crate::print(&format!("{}\n", answer.body))?,
            Ok(answer) => crate::print(&told(&line.waba, &answer.read))?,
            Err(error) => {
                failed += 1;
                crate::print(&harmless(&format!("WABA {}: not stored. {error}\n", line.waba)))?;
            }
        }
    }
    if failed > 0 { Err(SomeNotTaken { failed, all: lines.len() }.into()) } else { Ok(()) }
}

/// `PUT /wabas/{id}/token`.
pub(super) async fn hand_over(
    client: &ApiClient,
    waba: &WabaId,
    token: &SecretString,
) -> Result<Answer<Stored>, ApiError> {
    client.put(&format!("/wabas/{waba}/token"), &json!({ "token": token.expose_secret() })).await
}

fn told(waba: &WabaId, stored: &Stored) -> String {
    let ends = match stored.expires_at {
        Some(ends) => format!("the token ends on {}", spoken(ends)),
        None => "the token has no end that Meta names".to_owned(),
    };
    format!("WABA {waba}: stored; migration {} goes on; {ends}.\n", stored.migration)
}
