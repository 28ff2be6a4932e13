//! The command `handover`: reads arguments, asks the house, prints texts.
//!
//! Each sub-command is a module with `Args` and `run`. Exit codes: 0 done, 1 failed, 2 the arguments were
//! not understood (clap's own).

mod advise;
mod api_client;
mod dev;
mod explain;
mod operators;
mod plan;
mod proof;
mod rehearse;
mod route_scopes;
mod simulate;
mod simulator;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

/// Moves WhatsApp customers between partners, and tells every customer, before they start, when they
/// will be able to send again.
#[derive(Debug, Parser)]
#[command(name = "handover", version, disable_help_subcommand = true, after_help = FIRST_STEP)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

const FIRST_STEP: &str = "\
Start with:
  handover plan --on 2026-04-20     when a customer who starts on that day can send again
  handover advise --goal our-customer   which road a customer should take, and what to ask them
  handover plan --month 2026-12     the good and the bad days of a month
  handover rehearse                 a whole migration, from signup to unblocked, in seconds
  handover simulate                 the fault simulation: every fault at every call, counted
  handover dev                      the bundle on this machine, with a stand-in for Meta, to play with
  handover simulator --port 9100    a stand-in for Meta on this machine
  handover explain 2388103          what an error of Meta's means, and who does what about it
  handover create --label Acme      a migration, with the text for the customer; then list, show, history

From the source tree, write \"cargo run --\" for \"handover\".";

#[derive(Debug, Subcommand)]
enum Command {
    /// Say when a customer who switches partners can send again, and on which day to start
    Plan(plan::Args),
    /// Play a migration on this machine in virtual time, and say whether it ends as expected
    Rehearse(rehearse::Args),
    /// Run the whole bundle on this machine, with a stand-in for Meta, and print how to play with it
    Dev(dev::Args),
    /// Put faults everywhere into migrations on this machine, and count what held
    Simulate(simulate::Args),
    /// Serve a stand-in for Meta's Graph API on this machine, and print how to call it
    Simulator(simulator::Args),
    /// Say which road a customer should take, with dates and risks, and what to ask them next
    Advise(advise::Args),
    /// Say what an error of Meta's or a reason of ours means, who acts, and what to tell the customer
    Explain(explain::Args),
    /// Print the system user's token with its proof, as Secrets Manager is to keep them; both are read from standard input
    Proof(proof::Args),
    #[command(flatten)]
    Operators(operators::Command),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Some(Command::Plan(args)) => plan::run(&args),
        Some(Command::Rehearse(args)) => rehearse::run(&args),
        Some(Command::Dev(args)) => dev::run(&args),
        Some(Command::Simulate(args)) => simulate::run(&args),
        Some(Command::Simulator(args)) => simulator::run(&args),
        Some(Command::Advise(args)) => advise::run(&args),
        Some(Command::Explain(args)) => explain::run(&args),
        Some(Command::Proof(args)) => proof::run(&args),
        Some(Command::Operators(command)) => operators::run(&command),
        None => print(&Cli::command().render_help().to_string()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&*error);
            ExitCode::FAILURE
        }
    }
}

/// How a sub-command ends: an error is shown to the person and ends the command with code 1.
type Outcome = Result<(), Box<dyn Error>>;

#[derive(Debug, thiserror::Error)]
#[error("the text could not be written to standard output; is its disk full?")]
struct NotPrinted(#[source] io::Error);

/// Prints `text`. A reader who has seen enough (`| head`) closes the pipe: that is no failure.
fn print(text: &str) -> Outcome {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(NotPrinted(error).into()),
        _ => Ok(()),
    }
}

/// Tells the person something beside the answer, so that the answer alone can be piped on.
fn remark(text: &str) {
    // Where standard error is closed, nobody wants to hear it.
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Writes the error and its causes, each on its own line.
fn complain(error: &(dyn Error + 'static)) {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    let lines =
        causes.fold(format!("error: {error}\n"), |lines, cause| format!("{lines}  because: {cause}\n"));
    // Where standard error is closed too, the exit code is all that is left to say it.
    let _ = io::stderr().write_all(lines.as_bytes());
}

/// Ends when the person presses Ctrl-C; where that cannot be heard, the process is ended from outside.
async fn stopped() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
