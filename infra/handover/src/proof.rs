//! `handover proof`: the secret of the system user, as Secrets Manager is to keep it.

use std::io::{self, BufRead, IsTerminal};

use handover_graph::secret::Token;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

/// What `handover proof` takes: nothing, because an argument would stand in the list of processes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

#[derive(Debug, thiserror::Error)]
enum NoProof {
    #[error(
        "standard input could not be read; give it two lines: the token of the system user, then the app secret"
    )]
    Unread(#[source] io::Error),
    #[error(
        "{0} is missing; give two lines on standard input: the token of the system user, then the app secret"
    )]
    Missing(&'static str),
}

/// Reads token and app secret, and prints the token with its proof. The app secret itself is not printed: who may share
/// credit lines need not know it.
pub(crate) fn run(_: &Args) -> crate::Outcome {
    let mut lines = io::stdin().lock();
    let token = asked(&mut lines, "the token of the system user")?;
    let app_secret = asked(&mut lines, "the app secret")?;
    let token = Token::new(token, &app_secret);
    let secret = json!({ "token": token.access().expose_secret(), "proof": token.proof().expose_secret() });
    crate::print(&format!("{secret}\n"))
}

fn asked(lines: &mut impl BufRead, what: &'static str) -> Result<SecretString, NoProof> {
    if io::stdin().is_terminal() {
        crate::remark(&format!("{what}, then Enter:\n"));
    }
    let mut line = String::new();
    lines.read_line(&mut line).map_err(NoProof::Unread)?;
    match line.trim() {
        "" => Err(NoProof::Missing(what)),
        text => Ok(text.into()),
    }
}
