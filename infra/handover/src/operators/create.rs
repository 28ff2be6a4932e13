//! `handover create`: a migration, and the text for its customer.

use handover_domain::flow::{Flow, FlowName};
use handover_domain::ids::{MigrationId, SolutionId, WabaId};
use handover_domain::moment::{spoken, spoken_day};
use handover_domain::number::DisplayNumber;
use jiff::Timestamp;
use jiff::civil::Date;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;

use super::Connection;
use crate::plan::input::{self, NotUnderstood};

/// What `handover create` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The flow: partner-switch, number-move, number-move-by-code, solution-join, solution-switch,
    /// solution-switch-business-suite, leave-solution, or ownership-transfer
    #[arg(long, value_name = "FLOW", value_parser = flow, default_value = "partner-switch")]
    flow: FlowName,

    /// The solution that the WABA goes into, for solution-join and solution-switch; with ownership-transfer, where it shall go
    /// into one
    #[arg(long, value_name = "ID")]
    solution_id: Option<SolutionId>,

    /// The apps of both solutions belong to one business portfolio, for solution-switch: nobody can read that at Meta
    #[arg(long)]
    one_portfolio: bool,

    /// You and the customer know that it cannot be undone, for ownership-transfer: a WABA that the customer owns stays theirs,
    /// and a solution that is named with it can never be changed
    #[arg(long)]
    one_way: bool,

    /// The partner of the solution has the credit line that pays, and not we, for solution-switch and
    /// solution-switch-business-suite: the migration waits for their hand-off (handover hand-off)
    #[arg(long)]
    partner_shares: bool,

    /// The WABA into which the number moves, for number-move-by-code: the customer has it with us already
    #[arg(long, value_name = "ID")]
    destination_waba_id: Option<WabaId>,

    /// The number that moves, such as "+49 30 1234567", for number-move and number-move-by-code; for solution-switch and leave-solution, where it
    /// shall be that one and no other
    #[arg(long, value_name = "NUMBER")]
    number: Option<DisplayNumber>,

    /// The customer's WABA, where it is known; otherwise the signup tells it
    #[arg(long, value_name = "ID")]
    waba_id: Option<WabaId>,

    /// Your name for the customer, as `list` shows it
    #[arg(long, value_name = "NAME")]
    label: Option<String>,

    /// The customer's time zone, in which the letter names its hours [default: UTC]
    #[arg(long, value_name = "ZONE", value_parser = zone)]
    zone: Option<String>,

    #[command(flatten)]
    connection: Connection,
}

/// A migration as it was created. Not printed for debugging: the link's secret stands in the text.
#[derive(Deserialize)]
pub(super) struct Created {
    migration: MigrationId,
    customer_text: String,
    plan: Option<Promised>,
    signup_link: Option<SecretString>,
}

#[derive(Deserialize)]
struct Promised {
    sign_up_before: Timestamp,
    unblocks_on: Date,
}

/// Creates it and prints the letter.
pub(super) async fn run(args: &Args) -> crate::Outcome {
    let Args { flow, waba_id, destination_waba_id, number, solution_id, one_portfolio, one_way, .. } = args;
    let Args { partner_shares, label, zone, connection, .. } = args;
    let body = json!({
        "flow": flow, "waba_id": waba_id, "destination_waba_id": destination_waba_id, "number": number,
        "solution_id": solution_id, "one_portfolio": one_portfolio, "one_way": one_way,
        "partner_shares": partner_shares, "label": label, "zone": zone,
    });
    let answer = connection.client().await?.post("/migrations", &body).await?;
    connection.print(&answer, |created| text(created, Some(flow.flow())))
}

pub(crate) fn flow(text: &str) -> Result<FlowName, String> {
    let named = FlowName::ALL.into_iter().find(|flow| flow.name() == text);
    named.ok_or_else(|| format!("the flows are {}", FlowName::ALL.map(FlowName::name).join(", ")))
}

/// A zone that this computer knows, by the name that it is sent under.
pub(super) fn zone(text: &str) -> Result<String, NotUnderstood> {
    let zone = input::zone(text)?;
    Ok(zone.iana_name().unwrap_or(text).to_owned())
}

/// The letter between what to do with it and where to go on; the flow where it has just begun.
pub(super) fn text(created: &Created, flow: Option<&Flow>) -> String {
    let Created { migration, customer_text, plan, signup_link } = created;
    let dates = plan.as_ref().map_or_else(String::new, |Promised { sign_up_before, unblocks_on }| {
        format!(
            "Started today and signed up before {}, they can send again on {}.\n",
            spoken(*sign_up_before),
            spoken_day(*unblocks_on)
        )
    });
    let next = match (plan, signup_link) {
        (Some(_), _) => {
            "send the customer, and nobody else, the text between the lines. Its link is not shown again."
        }
        // Meta may refuse the offer, and most likely does.
        (None, Some(_)) if flow.is_some_and(|flow| !flow.moves) => {
            "keep the text between the lines, whose link is not shown again, until Meta has taken the offer (handover show). Then send it to the customer, and nobody else."
        }
        // Nothing is asked of a customer whose WABA may not be able to move.
        (None, Some(_)) => {
            "keep the text between the lines, whose link is not shown again, until the pre-flight is done. It waits for the token of the WABA (PUT /wabas/{id}/token). Then send it to the customer, and nobody else."
        }
        (None, None) => "send the customer the text between the lines.",
    };
    format!(
        "\
Next: {next}

----
{customer_text}----

{dates}Follow it with: handover show {migration}
"
    )
}
