//! `handover ownership`, `fleet`, `doctor` and `check-assumptions`: looks at Meta that change nothing.

use std::collections::BTreeMap;
use std::io::Write as _;

use handover_domain::ids::WabaId;
use serde::Deserialize;

use super::Connection;

/// What `handover ownership` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Ownership {
    /// The WABA
    waba: WabaId,

    #[command(flatten)]
    connection: Connection,
}

/// What `handover fleet` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Fleet {
    /// Which WABAs: those shared with our portfolio, or those that it owns
    #[arg(long, value_parser = ["client", "owned"], default_value = "client")]
    list: String,

    /// Go on where an earlier run has stopped: it has named the place
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,

    #[command(flatten)]
    connection: Connection,
}

/// What `handover doctor` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    connection: Connection,
}

/// A WABA as it is shown.
#[derive(Debug, Deserialize)]
pub(super) struct Waba {
    waba: WabaId,
    name: Option<String>,
    owner: String,
    ownership_type: Option<String>,
    currency: Option<String>,
    solutions: Option<Vec<String>>,
    flows: Vec<Fits>,
    next: String,
}

#[derive(Debug, Deserialize)]
struct Fits {
    flow: String,
    title: String,
    runs: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Page {
    wabas: Vec<Waba>,
    next: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Examined {
    ready: bool,
    findings: Vec<Finding>,
}

#[derive(Debug, Deserialize)]
struct Finding {
    check: String,
    severity: String,
    what: String,
    action: Option<String>,
}

/// Prints who owns a WABA, and which flows fit.
pub(super) async fn ownership(args: &Ownership) -> crate::Outcome {
    let path = format!("/wabas/{}/ownership", args.waba);
    let answer = args.connection.client().await?.get(&path, &[]).await?;
    args.connection.print(&answer, told)
}

/// Prints a line for each WABA, page by page: what was printed stays, and a run that breaks off says where to go on.
pub(super) async fn fleet(args: &Fleet) -> crate::Outcome {
    let client = args.connection.client().await?;
    let mut after = args.after.clone();
    let mut read = 0_usize;
    loop {
        let list = ("list", args.list.clone());
        let query: Vec<_> = [list].into_iter().chain(after.clone().map(|after| ("after", after))).collect();
        let page = match client.get::<Page>("/fleet", &query).await {
            Ok(page) => page,
            Err(error) => {
                if let Some(after) = &after {
                    // Where nobody reads it, nothing is lost: the page's own answer named it too.
                    let _ = writeln!(
                        std::io::stderr(),
                        "{read} WABAs were read. Go on with: handover fleet --list {} --after {after}",
                        args.list
                    );
                }
                return Err(error.into());
            }
        };
        read += page.read.wabas.len();
        args.connection.print(&page, lines)?;
        let Some(next) = page.read.next else { break };
        let _ = writeln!(std::io::stderr(), "{read} WABAs so far");
        after = Some(next);
    }
    if args.connection.json { Ok(()) } else { crate::print(&format!("{read} WABAs\n")) }
}

/// Prints what was found, the worst first.
pub(super) async fn doctor(args: &Doctor) -> crate::Outcome {
    let answer = args.connection.client().await?.get("/doctor", &[]).await?;
    args.connection.print(&answer, findings)
}

fn told(waba: &Waba) -> String {
    let mut text = format!("Next: {}\n  {}\n", waba.next, line(waba));
    for Fits { flow, title, runs } in &waba.flows {
        let by_hand = if *runs { "" } else { " (by hand)" };
        text.push_str(&format!("  {flow}{by_hand}: {title}\n"));
    }
    text
}

fn lines(page: &Page) -> String {
    page.wabas.iter().map(|waba| format!("{}\n", line(waba))).collect()
}

/// One WABA in a line, whose columns a tool can take apart at the bars.
fn line(waba: &Waba) -> String {
    let owner = match &waba.ownership_type {
        Some(word) => format!("{} ({word})", waba.owner),
        None => format!("{} (not shown)", waba.owner),
    };
    let solutions = match &waba.solutions {
        None => "solutions not shown".to_owned(),
        Some(ids) if ids.is_empty() => "no solution".to_owned(),
        Some(ids) => format!("solution {}", ids.join(", ")),
    };
    let flows: Vec<&str> = waba.flows.iter().map(|fits| fits.flow.as_str()).collect();
    let flows = if flows.is_empty() { "no flow".to_owned() } else { flows.join(", ") };
    let name = waba.name.as_deref().unwrap_or("-").replace('|', "/");
    let currency = waba.currency.as_deref().unwrap_or("-");
    format!("{} | {name} | {owner} | {currency} | {solutions} | {flows}", waba.waba)
}

fn findings(examined: &Examined) -> String {
    let next = if examined.ready {
        "nothing stops a migration."
    } else {
        "mend what stops; no migration can go through."
    };
    let told = |finding: &Finding| {
        let Finding { check, severity, what, action } = finding;
        let action = action.as_ref().map_or_else(String::new, |action| format!("\n         {action}"));
        format!("{severity:<8} {check}: {what}{action}\n")
    };
    format!("Next: {next}\n{}", examined.findings.iter().map(told).collect::<String>())
}

/// What `handover check-assumptions` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct CheckAssumptions {
    #[command(flatten)]
    connection: Connection,
}

/// What Meta does not say, as it was seen.
#[derive(Debug, Deserialize)]
pub(super) struct Checked {
    wabas_asked: usize,
    assumptions: Vec<Assumption>,
}

#[derive(Debug, Deserialize)]
struct Assumption {
    about: String,
    number: Option<u8>,
    assumed: String,
    holds: String,
    seen: BTreeMap<String, usize>,
    action: String,
}

/// Prints what holds of what Meta does not say, what does not hold first.
pub(super) async fn check_assumptions(args: &CheckAssumptions) -> crate::Outcome {
    let answer = args.connection.client().await?.get("/assumptions", &[]).await?;
    args.connection.print(&answer, held)
}

pub(super) fn held(checked: &Checked) -> String {
    let count = |word: &str| checked.assumptions.iter().filter(|one| one.holds == word).count();
    let (no, unknown) = (count("no"), count("unknown"));
    let next = if no > 0 {
        "look at what does not hold; a setting changes only when you change it.".to_owned()
    } else {
        "nothing; whatever was seen is as Handover takes it to be.".to_owned()
    };
    let told = |one: &Assumption| {
        let Assumption { about, number, assumed, holds, seen, action } = one;
        let number = number.map(|number| format!(" (unknown {number})")).unwrap_or_default();
        let seen: Vec<String> = seen.iter().map(|(what, times)| format!("{what} ({times})")).collect();
        let seen = if seen.is_empty() { "nothing yet".to_owned() } else { seen.join(", ") };
        let action = if holds == "no" { format!("\n         {action}") } else { String::new() };
        format!("{holds:<8} {about}{number}: {assumed}\n         seen: {seen}{action}\n")
    };
    let lines: String = checked.assumptions.iter().map(told).collect();
    format!(
        "Next: {next}\n{lines}{unknown} unknown. {} WABAs were asked just now; the rest is what migrations have seen.\n",
        checked.wabas_asked
    )
}
