//! `retry`, `cancel`, `resolve` and `new-link`: each with a reason, on what the operator looked at.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use handover_domain::decision::Decision;
use handover_domain::ids::{AllocationId, MigrationId};
use handover_domain::state::{State, Status};
use handover_engine::actions::{self, Action, ActionError, Request, Share};
use handover_engine::creation;
use handover_engine::idempotency::{Keeping, Known};
use handover_engine::ports::{Clock, Ports};
use handover_engine::problem::Problem;
use handover_engine::records::{Records, Written};
use serde::{Deserialize, Serialize};

use crate::create::LinkAnswer;
use crate::reading::{self, no_such_migration};

/// The longest reason in bytes: it stands in an entry of the history, which has 1 KB.
const LONGEST_REASON: usize = 200;

/// What an action left behind.
#[derive(Serialize)]
pub(crate) struct Acted {
    migration: MigrationId,
    status: Status,
    /// The `seq` for the next action.
    seq: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain {
    seq: u64,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cancel {
    seq: u64,
    reason: String,
    #[serde(default)]
    share: Option<KeepOrRevoke>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum KeepOrRevoke {
    Keep,
    Revoke,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Resolve {
    seq: u64,
    reason: String,
    verdict: Verdict,
    #[serde(default)]
    allocation: Option<AllocationId>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Applied,
    NotApplied,
    Attempt,
    Wait,
    Confirmed,
}

pub(crate) async fn retry<P: Ports>(ports: &P, request: &ApiGatewayV2httpRequest) -> Result<Acted, Problem> {
    let Plain { seq, reason } = reading::body(request)?;
    act(ports, request, seq, reason, Action::Retry).await
}

pub(crate) async fn cancel<P: Ports>(ports: &P, request: &ApiGatewayV2httpRequest) -> Result<Acted, Problem> {
    let Cancel { seq, reason, share } = reading::body(request)?;
    let share = share.map(|share| match share {
        KeepOrRevoke::Keep => Share::Keep,
        KeepOrRevoke::Revoke => Share::Revoke,
    });
    act(ports, request, seq, reason, Action::Cancel { share }).await
}

pub(crate) async fn resolve<P: Ports>(
    ports: &P,
    request: &ApiGatewayV2httpRequest,
) -> Result<Acted, Problem> {
    let Resolve { seq, reason, verdict, allocation } = reading::body(request)?;
    let decision = match (verdict, allocation) {
        (Verdict::Applied, Some(allocation)) => Decision::Applied { allocation },
        (Verdict::Applied, None) => {
            let detail =
                "`allocation` is missing: say which allocation is this WABA's share, as Meta lists it.";
            return Err(Problem::malformed("allocation", detail));
        }
        (_, Some(_)) => {
            let detail = "`allocation` belongs to the verdict `applied`; leave it out of any other.";
            return Err(Problem::malformed("allocation", detail));
        }
        (Verdict::NotApplied, None) => Decision::NotApplied,
        (Verdict::Attempt, None) => Decision::Attempt,
        (Verdict::Wait, None) => Decision::Wait,
        (Verdict::Confirmed, None) => Decision::Confirmed,
    };
    act(ports, request, seq, reason, Action::Resolve(decision)).await
}

/// The way on after a lost code, and after a link that has expired. Older links stay as they are: the first that
/// goes through wakes the migration, whichever it is.
pub(crate) async fn new_link<P: Ports>(
    ports: &P,
    request: &ApiGatewayV2httpRequest,
) -> Result<LinkAnswer, Problem> {
    let Plain { seq, reason } = reading::body(request)?;
    let migration = reading::migration_id(request)?;
    let (link, write) = creation::new_link(ports, migration).map_err(|_| Problem::unavailable())?;
    let kept = match reading::keeping(ports, request, reading::MAX_BODY).await? {
        // The first link was told once; a fresh one takes its place, and both work.
        Some((_, Known::Same(_))) => {
            return match ports.records().write(&write).await {
                Ok(Written::Done { .. }) => Ok(LinkAnswer::new(ports, migration, &link)),
                Ok(Written::Refused { .. }) | Err(_) => Err(Problem::unavailable()),
            };
        }
        Some((keeping, _)) => Some(keeping),
        None => None,
    };
    act_as(ports, request, seq, reason, Action::NewLink(write), kept).await?;
    Ok(LinkAnswer::new(ports, migration, &link))
}

async fn act<P: Ports>(
    ports: &P,
    request: &ApiGatewayV2httpRequest,
    seq: u64,
    reason: String,
    action: Action,
) -> Result<Acted, Problem> {
    let kept = match reading::keeping(ports, request, reading::MAX_BODY).await? {
        Some((_, Known::Same(kept))) => {
            return Ok(Acted { migration: kept.migration, status: kept.status, seq: kept.seq });
        }
        Some((keeping, _)) => Some(keeping),
        None => None,
    };
    let State { migration, status, seq, .. } = act_as(ports, request, seq, reason, action, kept).await?;
    Ok(Acted { migration, status, seq })
}

async fn act_as<P: Ports>(
    ports: &P,
    request: &ApiGatewayV2httpRequest,
    seq: u64,
    reason: String,
    action: Action,
    kept: Option<Keeping>,
) -> Result<State, Problem> {
    let migration = reading::migration_id(request)?;
    if !(1..=LONGEST_REASON).contains(&reason.trim().len()) || reason.len() > LONGEST_REASON {
        let detail = format!(
            "`reason` must have 1 to {LONGEST_REASON} bytes: say why, for whoever reads the history."
        );
        return Err(Problem::malformed("reason", detail));
    }
    let asked = Request { migration, seq, reason, action, kept };
    actions::act(ports, &asked).await.map_err(|error| problem(ports, error))
}

fn problem<P: Ports>(ports: &P, error: ActionError) -> Problem {
    let detail = sentence(&error.to_string());
    match error {
        ActionError::Unknown(_) => no_such_migration(),
        ActionError::Ended(_) => Problem::conflict("id", detail),
        ActionError::SeqMoved { .. } => Problem::conflict("seq", detail),
        ActionError::Held { until } => {
            let left = until.duration_since(ports.clock().now()).as_secs().clamp(1, 120);
            Problem::conflict("id", detail).after(u32::try_from(left).unwrap_or(60))
        }
        ActionError::NothingToDecide { reason, verdicts } => {
            let stands = reason.map_or_else(|| "nothing".to_owned(), |reason| format!("`{reason}`"));
            let would = if verdicts.is_empty() {
                "there is nothing to decide now".to_owned()
            } else {
                format!("what can be said of it is: {}", verdicts.join(", "))
            };
            Problem::conflict("verdict", format!("The row stands for {stands}; {would}."))
        }
        ActionError::ShareUnsettled => Problem::conflict("id", detail),
        ActionError::ShareMade(_) | ActionError::NothingShared | ActionError::CutsOff(_) => {
            Problem::conflict("share", detail)
        }
        ActionError::Moved => Problem::conflict("seq", detail).after(1),
        ActionError::Records(_) => Problem {
            detail: "It is not known whether this was done. Look at the migration before you ask again; with an `Idempotency-Key` you can simply ask again.".to_owned(),
            ..Problem::unavailable()
        },
    }
}

/// An error's words as a sentence of an answer.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
