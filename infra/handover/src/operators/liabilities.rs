//! `handover liabilities` and `handover revoke`: for whom our credit lines pay, and how a share is taken back.

use std::fmt::Write as _;

use handover_domain::ids::{AllocationId, BusinessId, CreditLineId, WabaId};
use handover_domain::liability::Standing;
use handover_domain::moment::{spoken, spoken_day};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::json;

use super::actions::{Acted, text as acted_text};
use super::{Connection, table};

/// What `handover liabilities` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Go on where an earlier run has stopped: it has named the place
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,

    #[command(flatten)]
    connection: Connection,
}

/// What `handover revoke` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Revoke {
    /// The business, as `handover liabilities` lists it
    business: BusinessId,

    /// Our credit line, as `handover liabilities` lists it
    #[arg(long, value_name = "ID")]
    line: CreditLineId,

    /// A WABA that will no longer be paid for; name each that is listed, and no other; none where none is
    #[arg(long, value_name = "ID")]
    waba: Vec<WabaId>,

    /// Why, for whoever reads the history
    #[arg(long, value_name = "WHY")]
    reason: String,

    #[command(flatten)]
    connection: Connection,
}

/// A page of those for whom we pay.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    liabilities: Vec<Liability>,
    #[serde(default)]
    next: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Liability {
    line: CreditLineId,
    business: BusinessId,
    label: Option<String>,
    since: Timestamp,
    standing: Standing,
    wabas: Vec<Paid>,
    #[serde(default)]
    unattached: Vec<Unattached>,
    what: String,
    proposal: Option<Proposal>,
}

#[derive(Debug, Deserialize)]
struct Paid {
    waba: WabaId,
    shared_at: Timestamp,
    pays_from: Date,
    #[serde(default)]
    pays_at_once: bool,
    is_proved: bool,
    standing: Standing,
    removed_at: Option<Timestamp>,
    unpaid_at: Option<Timestamp>,
}

#[derive(Debug, Deserialize)]
struct Unattached {
    allocation: AllocationId,
    shared_at: Timestamp,
    is_awaited: bool,
}

#[derive(Debug, Deserialize)]
struct Proposal {
    line: CreditLineId,
    wabas: Vec<WabaId>,
}

/// Prints a paragraph for each business, page by page: what was printed stays, and a run that breaks off says where to go on.
pub(super) async fn run(args: &Args) -> crate::Outcome {
    let client = args.connection.client().await?;
    let mut after = args.after.clone();
    let mut counts = Counts::default();
    loop {
        let query: Vec<_> = after.clone().map(|after| ("after", after)).into_iter().collect();
        let page = match client.get::<Page>("/liabilities", &query).await {
            Ok(page) => page,
            Err(error) => {
                if let Some(after) = &after {
                    crate::remark(&format!(
                        "{} businesses were read. Go on with: handover liabilities --after {after}\n",
                        counts.read
                    ));
                }
                return Err(error.into());
            }
        };
        page.read.liabilities.iter().for_each(|one| counts.add(one));
        args.connection.print(&page, text)?;
        let Some(next) = page.read.next else { break };
        after = Some(next);
    }
    if args.connection.json { Ok(()) } else { crate::print(&counts.summary()) }
}

/// Takes a share back.
pub(super) async fn revoke(args: &Revoke) -> crate::Outcome {
    let path = format!("/liabilities/{}/revoke", args.business);
    let body = json!({ "line": args.line, "wabas": args.waba, "reason": args.reason });
    let answer = args.connection.client().await?.post::<Acted>(&path, &body).await?;
    args.connection.print(&answer, |acted| acted_text("The share is being taken back", acted))
}

/// How many businesses were read, and what is to be done about how many.
#[derive(Debug, Default)]
pub(super) struct Counts {
    read: usize,
    left: usize,
    proposed: usize,
    unpaid: usize,
}

impl Counts {
    pub(super) fn add(&mut self, one: &Liability) {
        self.read += 1;
        self.left += usize::from(one.standing == Standing::Left);
        self.proposed += usize::from(one.proposal.is_some());
        self.unpaid += usize::from(one.standing == Standing::Unpaid);
    }

    pub(super) fn summary(&self) -> String {
        let Self { read, left, proposed, unpaid } = self;
        let next = match (proposed, unpaid) {
            (1.., _) => "take back what is proposed above.",
            (0, 1..) => "look at the lines above that do not pay.",
            (0, 0) if *left > 0 => "nothing yet; who has left uses the line with another WABA still.",
            (0, 0) => "nothing; of nobody for whom we pay Meta has said that they have left.",
        };
        format!("Next: {next}\nWe pay for {read} businesses, of which {left} have left or are leaving.\n")
    }
}

/// A paragraph for each business.
pub(super) fn text(page: &Page) -> String {
    page.liabilities.iter().map(paragraph).collect()
}

fn paragraph(one: &Liability) -> String {
    let Liability { line, business, label, since, wabas, unattached, what, proposal, .. } = one;
    let label = label.as_ref().map(|label| format!("{label}: ")).unwrap_or_default();
    let mut text =
        format!("{label}business {business}, credit line {line}, since {}\n  {what}\n", spoken(*since));
    for row in table(&wabas.iter().map(cells).collect::<Vec<_>>()).lines() {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {row}");
    }
    for Unattached { allocation, shared_at, is_awaited } in unattached {
        let awaited = if *is_awaited { ", and a migration is about to attach one" } else { "" };
        let shared = spoken(*shared_at);
        let _ = writeln!(text, "  allocation {allocation}, shared {shared}, attached to no WABA{awaited}");
    }
    if let Some(Proposal { line, wabas }) = proposal {
        let named: String = wabas.iter().map(|waba| format!(" --waba {waba}")).collect();
        let _ = writeln!(text, "  handover revoke {business} --line {line}{named} --reason WHY");
    }
    text.push('\n');
    text
}

fn cells(paid: &Paid) -> [String; 3] {
    let Paid { waba, shared_at, pays_from, pays_at_once, is_proved, standing, removed_at, unpaid_at } = paid;
    let moment = |at: Option<Timestamp>| at.map_or_else(|| "?".to_owned(), spoken);
    let stands = match standing {
        Standing::Left => format!("left: PARTNER_REMOVED on {}", moment(*removed_at)),
        Standing::Unpaid => format!("not paid: 131042 on {}", moment(*unpaid_at)),
        Standing::WithUs => "with us".to_owned(),
    };
    let pays = if *is_proved {
        "was seen to pay".to_owned()
    } else if *pays_at_once {
        "for which it pays at once".to_owned()
    } else {
        format!("for {} at the latest", spoken_day(*pays_from))
    };
    let shared = format!("shared {}, {pays}", spoken(*shared_at));
    [format!("WABA {waba}"), shared, stands]
}
