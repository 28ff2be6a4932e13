//! `handover simulate`: the fault simulation, counted; and one of its stories, played again call by call.

mod page;
mod promises;
mod text;

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::time::Instant;

use handover_domain::flow::FlowName;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;
use simulation::campaign::{Campaign, Part, Sum};
use simulation::exhaustive::{self, Ran, twice};
use simulation::fault::Plan;
use simulation::releases::{RECORDINGS, Recording};
use simulation::restore::{self, Rewind};
use simulation::script::{Script, Variant};
use simulation::{mute_panics, random};

use crate::operators::flow_by_name;

/// What `handover simulate` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Everything that can be counted out: every pair of faults in every flow, every single one in each variant, and a hundred thousand seeds. Takes hours. With
    /// --flow, every single fault and every pair of that flow
    #[arg(long, conflicts_with_all = ["from", "seeds", "seed", "plan", "restore", "release"])]
    all: bool,

    /// Play stories by seed alone, from this one on
    #[arg(long, value_name = "N", default_value_t = 0, requires = "seeds")]
    from: u64,

    /// How many seeds
    #[arg(long, value_name = "M", value_parser = clap::value_parser!(u64).range(1..))]
    seeds: Option<u64>,

    /// Play the story of one seed, and tell it call by call
    #[arg(long, value_name = "N", conflicts_with = "seeds")]
    seed: Option<u64>,

    /// Play the plainest story of this flow, and tell it call by call; with --all, every pair of faults in it
    #[arg(long, value_name = "FLOW", value_parser = flow_by_name, conflicts_with_all = ["seed", "seeds"])]
    flow: Option<FlowName>,

    /// Play a partner switch that goes another way, and tell it call by call: two-calls, approved, watched or resolved
    #[arg(long, value_name = "VARIANT", value_parser = variant, conflicts_with_all = ["all", "flow", "seed", "seeds"])]
    variant: Option<Variant>,

    /// The faults, in the place of those that a seed draws: call and kind, such as 17:lose,23:crash-after
    #[arg(long, value_name = "PLAN")]
    plan: Option<Plan>,

    /// With --flow: the tables are put back after commit A to what they were after commit B
    #[arg(long, value_name = "A:B", value_parser = rewind, requires = "flow", conflicts_with = "plan")]
    restore: Option<Rewind>,

    /// With --flow: today's code goes on from what that release has left after its so-manieth commit
    #[arg(long, value_name = "VERSION:COMMIT", value_parser = left, requires = "flow", conflicts_with_all = ["restore", "plan"])]
    release: Option<Left>,

    /// Write what was counted into this page of the documentation
    #[arg(long, value_name = "PAGE", conflicts_with_all = ["seed", "seeds", "flow", "variant"])]
    write: Option<PathBuf>,

    /// Stories that are played at once; each is played on one thread. Default as many as there are cores
    #[arg(long, value_name = "COUNT")]
    threads: Option<usize>,
}

fn variant(text: &str) -> Result<Variant, String> {
    let found = Variant::ALL.into_iter().find(|variant| variant.name() == text);
    found.ok_or_else(|| format!("one of {}", Variant::ALL.map(Variant::name).join(", ")))
}

fn rewind(text: &str) -> Result<Rewind, String> {
    let numbers = text.split_once(':').and_then(|(after, to)| Some((after.parse().ok()?, to.parse().ok()?)));
    numbers.map(|(after, to)| Rewind { after, to }).ok_or_else(|| {
        "two numbers with a colon between them, such as 7:3, the later commit first".to_owned()
    })
}

/// What a release has left after one of its commits.
#[derive(Debug, Clone)]
struct Left {
    version: String,
    commit: usize,
}

fn left(text: &str) -> Result<Left, String> {
    let parts = text.split_once(':').and_then(|(version, commit)| Some((version, commit.parse().ok()?)));
    parts.map(|(version, commit)| Left { version: version.to_owned(), commit }).ok_or_else(|| {
        "a version and a number with a colon between them, such as 0.1.0:7, the commits counted from 0"
            .to_owned()
    })
}

/// The release has not left that.
#[derive(Debug, thiserror::Error)]
#[error(
    "{version} has left no commit {commit} of {flow}; tests/simulation/releases has what there is, a line for each"
)]
struct NotRecorded {
    version: String,
    commit: usize,
    flow: FlowName,
}

/// An invariant broke. The verdict has been printed already; this is the exit code's reason.
#[derive(Debug, thiserror::Error)]
#[error("{0} broke what must always hold; play one of them again with the arguments beside it")]
struct Broke(String);

/// A fault of the catalogue has no place in the stories any more.
#[derive(Debug, thiserror::Error)]
#[error("never struck, though the simulation should inject them: {0}; a story that had them has changed")]
struct NeverStruck(String);

/// An invariant holds nothing, for no story comes to where it is looked at.
#[derive(Debug, thiserror::Error)]
#[error("never looked at, though each must hold: {0}; a story that came there has changed")]
struct NeverLookedAt(String);

#[derive(Debug, thiserror::Error)]
#[error("{} could not be written; check its folder and that you may write there", .0.display())]
struct NotWritten(PathBuf, #[source] io::Error);

/// Plays what is asked for; the last line is the verdict.
pub(crate) fn run(args: &Args) -> crate::Outcome {
    // A panic in a story is one of its findings, and told as one.
    mute_panics();
    match story(args)? {
        Some((ran, title)) => {
            crate::print(&text::timeline(&title, &ran))?;
            verdict(usize::from(!ran.broken.is_empty()))
        }
        None => campaign(args),
    }
}

/// What a release has left after a commit, and the recording that it is of.
fn moment_of_release(flow: FlowName, left: &Left) -> Result<(&'static Recording, Value), NotRecorded> {
    let recording = RECORDINGS.iter().find(|one| one.flow == flow && one.version == left.version);
    let moment = recording.and_then(|one| Some((one, one.moments().into_iter().nth(left.commit)?)));
    moment.ok_or_else(|| NotRecorded { version: left.version.clone(), commit: left.commit, flow })
}

/// The one story that is asked for, if it is one.
fn story(args: &Args) -> Result<Option<(Ran, String)>, NotRecorded> {
    if args.all {
        return Ok(None);
    }
    let plan = args.plan.clone().unwrap_or_default();
    if let Some(variant) = args.variant {
        let ran = twice(|| exhaustive::run(&variant.script(), &plan));
        return Ok(Some((ran, format!("partner-switch, {variant}"))));
    }
    let (ran, title) = match (args.seed, args.flow, args.restore, &args.release) {
        (Some(seed), ..) => {
            let ran = twice(|| random::run(seed, args.plan.as_ref()));
            (ran, format!("seed {seed}, {}", random::drawn(seed).flow))
        }
        (None, Some(flow), Some(rewind), _) => {
            let title = format!("{flow}, put back after commit {} to commit {}", rewind.after, rewind.to);
            (twice(|| restore::run(&Script::prompt(flow), rewind)), title)
        }
        (None, Some(flow), None, Some(left)) => {
            let title = format!("{flow}, as {} has left it after commit {}", left.version, left.commit);
            let moment = moment_of_release(flow, left)?;
            (twice(|| moment.0.replayed(&moment.1).1), title)
        }
        (None, Some(flow), None, None) => {
            (twice(|| exhaustive::run(&Script::prompt(flow), &plan)), flow.to_string())
        }
        (None, None, ..) => return Ok(None),
    };
    Ok(Some((ran, title)))
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long it took, and the day on the page, are of this machine"
)]
fn campaign(args: &Args) -> crate::Outcome {
    let campaign = match (args.all, args.flow, args.seeds) {
        (true, Some(flow), _) => Campaign::all_of(flow),
        (true, None, _) => Campaign::all(),
        (false, _, Some(seeds)) => Campaign::seeds(args.from, seeds),
        (false, _, None) => Campaign::usual(),
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = args.threads.unwrap_or(cores).max(1);
    let bar = progress();
    let began = Instant::now();
    let done = |_: Part, sum: &Sum| bar.inc(sum.tally.runs);
    let sums = campaign.play(threads, &done);
    bar.finish_and_clear();
    crate::print(&text::report(&sums, began.elapsed(), threads))?;
    if let Some(path) = &args.write {
        let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
        let page = page::page(&sums, today, env!("CARGO_PKG_VERSION"));
        std::fs::write(path, page).map_err(|error| NotWritten(path.clone(), error))?;
    }
    let is_a_part = args.seeds.is_some() || args.flow.is_some();
    if !is_a_part {
        let never: Vec<&str> = page::hits(&sums).never().iter().map(|known| known.id).collect();
        if !never.is_empty() {
            return Err(NeverStruck(never.join(", ")).into());
        }
        let unseen = page::looks(&sums).never();
        if !unseen.is_empty() {
            return Err(NeverLookedAt(unseen.join(", ")).into());
        }
    }
    verdict(sums.values().map(|sum| sum.failures.len()).sum())
}

/// A bar for whoever watches; silent in a log.
fn progress() -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {human_pos} stories, {per_sec}, {elapsed}");
    ProgressBar::no_length().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
}

fn verdict(broken: usize) -> crate::Outcome {
    match broken {
        0 => crate::print("Everything held.\n"),
        1 => Err(Broke("one story".to_owned()).into()),
        many => Err(Broke(format!("{many} stories")).into()),
    }
}
