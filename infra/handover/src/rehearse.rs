//! `handover rehearse`: a migration in virtual time, and whether it ends as expected.

mod data;
mod fleet;
mod folder;
mod text;

use std::fmt;
use std::io::{self, IsTerminal};
use std::path::Path;

use handover_local::TEMPLATE;
use handover_local::rehearsal::{Rehearsal, rehearse};
use handover_local::scenario::expect::Verdict;
use handover_local::scenario::{EXAMPLE, Scenario, ScenarioError};
use handover_local::template::Template;
use handover_local::watch;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;

/// What `handover rehearse` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The scenario to play, a TOML file; or a folder, whose scenarios are played one after the other, a line for each; without
    /// one, the example of Meta's page: unshare on 20 April, share on 21 April, unblocked on 1 May
    #[arg(value_name = "SCENARIO", value_parser = to_play)]
    to_play: Option<ToPlay>,

    /// Print the outcome as data instead of text
    #[arg(long)]
    json: bool,
}

/// What is played.
#[derive(Debug, Clone)]
enum ToPlay {
    /// One scenario, told day by day.
    One(Box<Named>),
    /// Those of a folder, by name.
    Folder(Vec<Named>),
}

/// A scenario and what it is called.
#[derive(Debug, Clone)]
struct Named {
    name: String,
    scenario: Scenario,
}

/// Why a scenario was refused. The text ends a sentence that begins with the file's name.
#[derive(Debug, thiserror::Error)]
enum NotPlayable {
    #[error("it could not be read ({0}); check its name and that you may read it")]
    File(io::ErrorKind),
    #[error("{0}")]
    Scenario(ScenarioError),
    #[error("{0}: {1}")]
    InFolder(String, Box<NotPlayable>),
    #[error("it has no scenario; name a folder with files that end in .toml")]
    Nothing,
}

#[derive(Debug, thiserror::Error)]
#[error("the system gives no threads or sockets to play on; close other programs, then start again")]
struct NoRuntime(#[source] io::Error);

/// The scenario did not end as it says it should.
#[derive(Debug, thiserror::Error)]
struct NotAsExpected(Vec<Verdict>);

impl fmt::Display for NotAsExpected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the scenario did not end as it expects")?;
        for Verdict { waba, what, expected, found, .. } in &self.0 {
            write!(f, "\n  WABA {waba}, {what}: expected {expected}, found {found}")?;
        }
        Ok(())
    }
}

/// Plays the scenario, prints what happened, and fails if an expectation does not hold.
pub(crate) fn run(args: &Args) -> crate::Outcome {
    let example =
        || Ok::<_, ScenarioError>(Named { name: "example".to_owned(), scenario: Scenario::read(EXAMPLE)? });
    let named = match &args.to_play {
        Some(ToPlay::Folder(scenarios)) => return folder::run(scenarios, args.json),
        Some(ToPlay::One(named)) => named.as_ref().clone(),
        None => example()?,
    };
    let rehearsal = play(&named.scenario)?;
    let printed = if args.json { data::print(&named.name, &rehearsal)? } else { text::print(&rehearsal) };
    crate::print(&printed)?;
    let broken: Vec<_> = rehearsal.verdicts.into_iter().filter(|verdict| !verdict.holds).collect();
    if broken.is_empty() { Ok(()) } else { Err(NotAsExpected(broken).into()) }
}

/// Reads what is to be played; clap ends the command with code 2 where that fails.
fn to_play(path: &str) -> Result<ToPlay, NotPlayable> {
    let path = Path::new(path);
    if path.is_dir() {
        folder::read(path).map(ToPlay::Folder)
    } else {
        Ok(ToPlay::One(Box::new(scenario(path)?)))
    }
}

fn scenario(file: &Path) -> Result<Named, NotPlayable> {
    let text = std::fs::read_to_string(file).map_err(|error| NotPlayable::File(error.kind()))?;
    let name = file.file_stem().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
    let scenario = Scenario::read(&text).map_err(NotPlayable::Scenario)?;
    Ok(Named { name, scenario })
}

fn play(scenario: &Scenario) -> Result<Rehearsal, Box<dyn std::error::Error>> {
    let template = Template::read(TEMPLATE)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(NoRuntime)?;
    let bar = progress();
    let show = |at: Timestamp| {
        bar.set_message(at.strftime("%-d %B %Y, %H:%M UTC").to_string());
        bar.tick();
    };
    let played = runtime.block_on(rehearse(scenario, template, watch::nobody(), show));
    bar.finish_and_clear();
    Ok(played?)
}

/// A line that shows the virtual clock, where somebody is there to see it.
fn progress() -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    match ProgressStyle::with_template("{spinner} playing {msg}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
