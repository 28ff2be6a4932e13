//! `handover hand-off`: what two partners of a Multi-Partner Solution tell each other, as a file.

use std::path::{Path, PathBuf};
use std::{fs, io};

use handover_domain::ids::MigrationId;
use serde::Deserialize;
use serde_json::Value;

use super::{Connection, route};

/// What `handover hand-off` takes.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Print the file for the other partner: that a share is wanted, or that it is made
    Export(Export),
    /// Take in the other partner's file: it begins the migration that shares, or wakes the one that waits for the share
    Import(Import),
}

/// What `handover hand-off export` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Export {
    /// The migration
    migration: MigrationId,

    #[command(flatten)]
    connection: Connection,
}

/// What `handover hand-off import` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Import {
    /// The file; `-` reads standard input
    file: PathBuf,

    #[command(flatten)]
    connection: Connection,
}

/// What became of the file.
#[derive(Debug, Deserialize)]
struct Taken {
    migration: MigrationId,
    is_new: bool,
}

/// Why the file was not sent.
#[derive(Debug, thiserror::Error)]
enum NotSent {
    #[error("{0} cannot be read; name a file that you may read, or - for standard input")]
    Unreadable(String, #[source] io::Error),
    #[error("{0} is not JSON; ask the other partner for the file as `handover hand-off export` prints it")]
    NotJson(String, #[source] serde_json::Error),
}

/// Exports or imports.
pub(super) async fn run(command: &Command) -> crate::Outcome {
    match command {
        Command::Export(Export { migration, connection }) => {
            let path = format!("{}/hand-off", route(*migration));
            let paper = connection.client().await?.get::<Value>(&path, &[]).await?.read;
            crate::print(&format!("{paper:#}\n"))
        }
        Command::Import(Import { file, connection }) => {
            let paper = read(file)?;
            let answer = connection.client().await?.post::<Taken>("/hand-offs", &paper).await?;
            connection.print(&answer, told)
        }
    }
}

fn read(file: &Path) -> Result<Value, NotSent> {
    let read =
        if file == Path::new("-") { io::read_to_string(io::stdin()) } else { fs::read_to_string(file) };
    let text = read.map_err(|error| NotSent::Unreadable(file.display().to_string(), error))?;
    serde_json::from_str(&text).map_err(|error| NotSent::NotJson(file.display().to_string(), error))
}

fn told(taken: &Taken) -> String {
    let Taken { migration, is_new } = taken;
    let what = if *is_new { "Taken in." } else { "It was taken in before, and nothing has changed." };
    format!("{what}\nFollow it with: handover show {migration}\n")
}
