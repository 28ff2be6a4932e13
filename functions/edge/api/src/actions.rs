//! `retry`, `cancel`, `resolve`, `approve` and `new-link`: each with a reason, on what the operator looked at.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use handover_domain::decision::Decision;
use handover_domain::ids::{AllocationId, MigrationId};
use handover_domain::state::{State, Status};
use handover_engine::actions::{self, Action, ActionError, Request, Share};
use handover_engine::creation;
use handover_engine::idempotency::{Keeping, Kept, Known};
use handover_engine::ports::{Clock, Ports};
use handover_engine::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::create::{CreateAnswer, Signup, fresh_link};
use crate::reading::{self, no_such_migration};
use crate::schemas;

/// The longest reason in bytes: it stands in an entry of the history, which has 1 KB.
const LONGEST_REASON: usize = 200;

/// What an action left behind.
#[derive(Serialize, ToSchema)]
pub(crate) struct Acted {
    #[schema(value_type = String, format = Uuid)]
    migration: MigrationId,
    #[schema(value_type = schemas::Status)]
    status: Status,
    /// The `seq` for the next action.
    seq: u64,
}

impl From<State> for Acted {
    fn from(State { migration, status, seq, .. }: State) -> Self {
        Self { migration, status, seq }
    }
}

impl From<Kept> for Acted {
    fn from(Kept { migration, seq, status }: Kept) -> Self {
        Self { migration, status, seq }
    }
}

/// An action that needs nothing but a reason.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ActionRequest)]
struct Plain {
    /// The `seq` that was looked at: the action is refused if anything has happened since.
    seq: u64,
    /// Why, for whoever reads the history: 1 to 200 bytes.
    #[schema(min_length = 1, max_length = 200)]
    reason: String,
}

/// What makes a new link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewLinkRequest)]
struct NewLink {
    /// The `seq` that was looked at: the action is refused if anything has happened since.
    seq: u64,
    /// Why, for whoever reads the history: 1 to 200 bytes.
    #[schema(min_length = 1, max_length = 200)]
    reason: String,
    /// The customer's time zone, such as Europe/Berlin, in which the letter names its hours; UTC, if it is not said.
    #[serde(default)]
    zone: Option<String>,
}

/// What ends a migration.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CancelRequest)]
struct Cancel {
    /// The `seq` that was looked at: the action is refused if anything has happened since.
    seq: u64,
    /// Why, for whoever reads the history: 1 to 200 bytes.
    #[schema(min_length = 1, max_length = 200)]
    reason: String,
    /// What becomes of a share that is made; must be said exactly then.
    #[serde(default)]
    share: Option<KeepOrRevoke>,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum KeepOrRevoke {
    Keep,
    Revoke,
}

/// A decision that no rule may take.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ResolveRequest)]
struct Resolve {
    /// The `seq` that was looked at: the action is refused if anything has happened since.
    seq: u64,
    /// Why, for whoever reads the history: 1 to 200 bytes.
    #[schema(min_length = 1, max_length = 200)]
    reason: String,
    verdict: Verdict,
    /// Which allocation is this WABA's share; with the verdict `applied`, and with no other.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[0-9]{1,20}$")]
    allocation: Option<AllocationId>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Applied,
    NotApplied,
    Attempt,
    Wait,
    Confirmed,
    Asked,
    New,
    Paid,
    RecreateTemplates,
    Sms,
    Voice,
}

/// Runs what is open now, findings too, instead of at its next turn.
#[utoipa::path(post, path = "/migrations/{id}/retry", tag = "actions",
    params(
        ("id" = String, Path, description = schemas::ID, format = Uuid),
        ("Idempotency-Key" = Option<String>, Header, description = schemas::KEY, min_length = 1, max_length = 100),
    ),
    request_body = Plain,
    responses((status = 200, description = "It was done", body = Acted)))]
pub(crate) async fn retry<P: Ports>(ports: &P, request: &ApiGatewayV2httpRequest) -> Result<Acted, Problem> {
    let Plain { seq, reason } = reading::body(request)?;
    act(ports, request, seq, reason, Action::Retry).await
}

/// Ends a migration. Refused while a share is unsettled; after a share, `share` says whether it is kept or taken back.
#[utoipa::path(post, path = "/migrations/{id}/cancel", tag = "actions",
    params(
        ("id" = String, Path, description = schemas::ID, format = Uuid),
        ("Idempotency-Key" = Option<String>, Header, description = schemas::KEY, min_length = 1, max_length = 100),
    ),
    request_body = Cancel,
    responses((status = 200, description = "It was done", body = Acted)))]
pub(crate) async fn cancel<P: Ports>(ports: &P, request: &ApiGatewayV2httpRequest) -> Result<Acted, Problem> {
    let Cancel { seq, reason, share } = reading::body(request)?;
    let share = share.map(|share| match share {
        KeepOrRevoke::Keep => Share::Keep,
        KeepOrRevoke::Revoke => Share::Revoke,
    });
    act(ports, request, seq, reason, Action::Cancel { share }).await
}

/// Decides what no rule may. `verdicts` of the migration names what can be said of it now.
#[utoipa::path(post, path = "/migrations/{id}/resolve", tag = "actions",
    params(
        ("id" = String, Path, description = schemas::ID, format = Uuid),
        ("Idempotency-Key" = Option<String>, Header, description = schemas::KEY, min_length = 1, max_length = 100),
    ),
    request_body = Resolve,
    responses((status = 200, description = "It was done", body = Acted)))]
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
        (Verdict::Asked, None) => Decision::Asked,
        (Verdict::New, None) => Decision::New,
        (Verdict::Paid, None) => Decision::Paid,
        (Verdict::RecreateTemplates, None) => Decision::RecreateTemplates,
        (Verdict::Sms, None) => Decision::Sms,
        (Verdict::Voice, None) => Decision::Voice,
    };
    act(ports, request, seq, reason, Action::Resolve(decision)).await
}

/// Approves the share that the migration stands for (`share-needs-approval`), as the person whose token asks.
///
/// A person counts once, however often they ask. What is approved is what `approval` of the migration shows at this `seq`;
/// it counts for no other share, and for none after this one is made.
#[utoipa::path(post, path = "/migrations/{id}/approve", tag = "actions",
    params(
        ("id" = String, Path, description = schemas::ID, format = Uuid),
        ("Idempotency-Key" = Option<String>, Header, description = schemas::KEY, min_length = 1, max_length = 100),
    ),
    request_body = Plain,
    responses((status = 200, description = "It was done", body = Acted)))]
pub(crate) async fn approve<P: Ports>(
    ports: &P,
    request: &ApiGatewayV2httpRequest,
) -> Result<Acted, Problem> {
    let Plain { seq, reason } = reading::body(request)?;
    act(ports, request, seq, reason, Action::Approve).await
}

/// Makes a new signup link: the way on after a lost code, and after a link that has expired.
///
/// Older links stay as they are: the first that goes through wakes the migration, whichever it is. Asked again under its
/// `Idempotency-Key`, it answers with a fresh link, because a link's secret is kept only as a hash.
#[utoipa::path(post, path = "/migrations/{id}/new-link", tag = "actions",
    params(
        ("id" = String, Path, description = schemas::ID, format = Uuid),
        ("Idempotency-Key" = Option<String>, Header, description = schemas::KEY, min_length = 1, max_length = 100),
    ),
    request_body = NewLink,
    responses((status = 201, description = "The new link, with the dates of now", body = CreateAnswer)))]
pub(crate) async fn new_link<P: Ports>(
    ports: &P,
    request: &ApiGatewayV2httpRequest,
) -> Result<CreateAnswer, Problem> {
    let NewLink { seq, reason, zone } = reading::body(request)?;
    let zone = reading::zone(zone.as_deref())?;
    let migration = reading::migration_id(request)?;
    let kept = match reading::keeping(ports, request, reading::MAX_BODY).await? {
        // The first link was told once; a fresh one takes its place, and both work.
        Some((_, Known::Same(_))) => {
            let link = fresh_link(ports, migration).await?;
            let signup = Signup::of(ports, &reading::state(ports, request).await?).await?;
            return Ok(CreateAnswer::new(ports, migration, &signup, &link, &zone));
        }
        Some((keeping, _)) => Some(keeping),
        None => None,
    };
    let (link, write) = creation::new_link(ports, migration).map_err(|_| Problem::unavailable())?;
    let state = act_as(ports, request, seq, reason, Action::NewLink(write), kept).await?;
    let signup = Signup::of(ports, &state).await?;
    Ok(CreateAnswer::new(ports, migration, &signup, &link, &zone))
}

async fn act<P: Ports>(
    ports: &P,
    request: &ApiGatewayV2httpRequest,
    seq: u64,
    reason: String,
    action: Action,
) -> Result<Acted, Problem> {
    let kept = match reading::keeping(ports, request, reading::MAX_BODY).await? {
        Some((_, Known::Same(kept))) => return Ok(Acted::from(kept)),
        Some((keeping, _)) => Some(keeping),
        None => None,
    };
    act_as(ports, request, seq, reason, action, kept).await.map(Acted::from)
}

/// A reason says something, and fits into an entry of the history.
pub(crate) fn check_reason(reason: &str) -> Result<(), Problem> {
    if (1..=LONGEST_REASON).contains(&reason.trim().len()) && reason.len() <= LONGEST_REASON {
        return Ok(());
    }
    let detail =
        format!("`reason` must have 1 to {LONGEST_REASON} bytes: say why, for whoever reads the history.");
    Err(Problem::malformed("reason", detail))
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
    check_reason(&reason)?;
    let asked = Request { migration, seq, reason, action, by: reading::operator(request), kept };
    actions::act(ports, &asked).await.map_err(|error| problem(ports, error))
}

pub(crate) fn problem<P: Ports>(ports: &P, error: ActionError) -> Problem {
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
        ActionError::AnotherWaba { .. } => Problem::conflict("waba", detail),
        ActionError::NoSignup
        | ActionError::NoShareWanted
        | ActionError::NoWabaYet
        | ActionError::ShareUnsettled
        | ActionError::IntentUnsettled
        | ActionError::NothingToApprove
        | ActionError::ApprovedAlready(_) => Problem::conflict("id", detail),
        ActionError::Nameless => Problem::unproved("Authorization", detail),
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
pub(crate) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use utoipa::PartialSchema;

    use super::*;

    #[test]
    fn the_api_takes_every_verdict_that_there_is_and_says_so() {
        for word in Decision::VERDICTS {
            assert!(serde_json::from_value::<Verdict>(Value::from(word)).is_ok(), "{word}");
        }
        let schema = serde_json::to_value(Verdict::schema()).unwrap();
        assert_eq!(schema["enum"].as_array().unwrap().len(), Decision::VERDICTS.len());
    }
}
