//! What operators do from a terminal: create, look and act, over HTTP to the function `api`.

mod actions;
mod adopt;
mod alarms;
mod code;
mod create;
mod evidence;
mod hand_off;
mod history;
mod liabilities;
mod list;
mod look;
mod roll_call;
mod show;
mod templates;
#[cfg(test)]
mod tests;
mod token;
mod token_file;
mod unshared;

pub(crate) use self::create::flow as flow_by_name;

use std::convert::Infallible;
use std::io;

use handover_domain::ids::MigrationId;
use secrecy::SecretString;

use crate::api_client::{Address, Answer, ApiClient};

/// The commands of operators.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Begin a migration, and print the text for the customer with their signup link
    Create(create::Args),
    /// List the migrations, those that need a person first
    List(list::Args),
    /// Say where a migration stands, and what can be done about it
    Show(show::Args),
    /// Say what has happened to a migration, oldest first
    History(history::Args),
    /// Print what Meta Direct Support asks for, as one file: where it stands, Meta's errors, and all that was seen
    Evidence(evidence::Args),
    /// Say what has become of the message templates whose number has moved
    Templates(templates::Args),
    /// Take over customers who are on their way already, each where they stand, and say who will miss this window
    Adopt(adopt::Args),
    /// Tell the other partner of a solution that a share is wanted, or made; and take in what they tell
    #[command(subcommand)]
    HandOff(hand_off::Command),
    /// Hand over tokens that your own signup has exchanged
    #[command(subcommand)]
    Token(token::Command),
    /// Hand over the code that Meta has sent to a number that moves; it is read from standard input
    Code(code::Args),
    /// Note when the customer has unshared from the former partner
    Unshared(unshared::Args),
    /// Run what is open at once, instead of when it is due
    Retry(actions::Retry),
    /// End a migration
    Cancel(actions::Cancel),
    /// Decide what no rule may decide
    Resolve(actions::Resolve),
    /// Approve a share that waits for people, under your own name
    Approve(actions::Approve),
    /// Make another signup link, where the first was lost or its code ran out
    NewLink(actions::NewLink),
    /// Say who should be able to send since the 1st of a month, and who cannot
    RollCall(roll_call::Args),
    /// List what the last audit has found
    Alarms(alarms::Args),
    /// Say for whom our credit lines pay, and who of them has left
    Liabilities(liabilities::Args),
    /// Take a share back from a business: from every WABA of it, each of which you name
    Revoke(liabilities::Revoke),
    /// Say who owns a WABA, and which flows fit it
    Ownership(look::Ownership),
    /// List our WABAs, each with its owner and the flows that fit
    Fleet(look::Fleet),
    /// Look whether our own set-up at Meta is ready
    Doctor(look::Doctor),
    /// Say what holds of what Meta does not say, as far as it was seen
    CheckAssumptions(look::CheckAssumptions),
}

/// Where the API is, and how its answer is shown.
#[derive(Debug, clap::Args)]
struct Connection {
    /// The address of the API; by itself that of `handover dev` on this machine
    #[arg(
        long,
        value_name = "URL",
        env = "HANDOVER_URL",
        default_value = "http://127.0.0.1:9000",
        value_parser = Address::read
    )]
    url: Address,

    /// Your operator's token; better in the variable, where no list of processes shows it. `handover dev` gives one to whoever
    /// has none
    #[arg(long, value_name = "TOKEN", env = "HANDOVER_TOKEN", hide_env_values = true, value_parser = secret)]
    token: Option<SecretString>,

    /// Print the API's answer as it is, instead of text
    #[arg(long)]
    json: bool,
}

fn secret(text: &str) -> Result<SecretString, Infallible> {
    Ok(text.into())
}

impl Connection {
    async fn client(&self) -> Result<ApiClient, crate::api_client::ApiError> {
        let token = match &self.token {
            None if self.url.is_clear() => {
                ApiClient::new(self.url.clone(), None)?.token_of_this_machine().await?
            }
            given => given.clone(),
        };
        ApiClient::new(self.url.clone(), token.as_ref())
    }

    /// Prints the answer as it came, or in words.
    fn print<T>(&self, answer: &Answer<T>, text: impl FnOnce(&T) -> String) -> crate::Outcome {
        let shown = if self.json { format!("{}\n", answer.body) } else { harmless(&text(&answer.read)) };
        crate::print(&shown)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the system gives no threads or sockets to call with; close other programs, then try again")]
struct NoRuntime(#[source] io::Error);

/// Runs the command to its end.
pub(crate) fn run(command: &Command) -> crate::Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(NoRuntime)?.block_on(async {
        match command {
            Command::Create(args) => create::run(args).await,
            Command::List(args) => list::run(args).await,
            Command::Show(args) => show::run(args).await,
            Command::History(args) => history::run(args).await,
            Command::Evidence(args) => evidence::run(args).await,
            Command::Templates(args) => templates::run(args).await,
            Command::Adopt(args) => adopt::run(args).await,
            Command::HandOff(command) => hand_off::run(command).await,
            Command::Token(command) => token::run(command).await,
            Command::Code(args) => code::run(args).await,
            Command::Unshared(args) => unshared::run(args).await,
            Command::Retry(args) => actions::retry(args).await,
            Command::Cancel(args) => actions::cancel(args).await,
            Command::Resolve(args) => actions::resolve(args).await,
            Command::Approve(args) => actions::approve(args).await,
            Command::NewLink(args) => actions::new_link(args).await,
            Command::RollCall(args) => roll_call::run(args).await,
            Command::Alarms(args) => alarms::run(args).await,
            Command::Liabilities(args) => liabilities::run(args).await,
            Command::Revoke(args) => liabilities::revoke(args).await,
            Command::Ownership(args) => look::ownership(args).await,
            Command::Fleet(args) => look::fleet(args).await,
            Command::Doctor(args) => look::doctor(args).await,
            Command::CheckAssumptions(args) => look::check_assumptions(args).await,
        }
    })
}

/// A label or an error of Meta's may hold anything; a terminal obeys some of it.
fn harmless(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() && letter != '\n' { '\u{fffd}' } else { letter })
        .collect()
}

/// The route of one migration.
fn route(migration: MigrationId) -> String {
    format!("/migrations/{migration}")
}

/// Columns as wide as their widest cell, two spaces apart.
fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let line = |row: &[String; N]| {
        let cells = row.iter().enumerate().map(|(column, cell)| format!("{cell:<0$}", width(column)));
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}
