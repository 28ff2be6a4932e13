//! `GET /liabilities`: for whom our credit lines pay, and who of them has left; `POST /liabilities/{business}/revoke`.

use std::collections::BTreeSet;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use handover_domain::ids::{AllocationId, BusinessId, CreditLineId, MigrationId, WabaId};
use handover_domain::ledger::{Allocated, Entry, Verdict};
use handover_domain::liability::{Partnership, Standing};
use handover_domain::state::State;
use handover_engine::idempotency::Known;
use handover_engine::ledgers::{self, Listed};
use handover_engine::parameters::Parameters;
use handover_engine::ports::{Clock, Ports};
use handover_engine::problem::Problem;
use handover_engine::records::{Cursor, Records, RecordsError};
use handover_engine::revocation::{self, Confirmed, RevokeError};
use handover_engine::{items, partnerships};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::actions::{self, Acted};
use crate::reading;
use crate::schemas;

/// A page of those for whom we pay, by credit line and business.
#[derive(Serialize, ToSchema)]
pub(crate) struct Liabilities {
    liabilities: Vec<Liability>,
    /// Absent on the last page. A page may be short, even empty, and not the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A business for which a credit line pays.
#[derive(Serialize, ToSchema)]
struct Liability {
    #[schema(value_type = String, pattern = "^[0-9]{1,20}$")]
    line: CreditLineId,
    #[schema(value_type = String, pattern = "^[0-9]{1,20}$")]
    business: BusinessId,
    /// The operator's name for the customer, by the last migration that has shared.
    label: Option<String>,
    /// Since when we pay for any of its WABAs, or will from a 1st on.
    since: Timestamp,
    /// That of the WABA which stands worst.
    #[schema(value_type = schemas::Standing)]
    standing: Standing,
    /// Every WABA that Handover has shared with; a revocation hits them all, and any other of this business that was
    /// shared with our line by other means.
    wabas: Vec<Paid>,
    /// What this business was given and no WABA of it is attached to; empty where shares are made in one call.
    unattached: Vec<Unattached>,
    /// What to do, in a sentence.
    what: String,
    /// What to send to take the share back: proposed where every WABA has left, or none was ever attached and no migration
    /// is about to, and never otherwise.
    proposal: Option<Proposal>,
}

/// A WABA that is paid for.
#[derive(Serialize, ToSchema)]
#[schema(as = PaidWaba)]
struct Paid {
    #[schema(value_type = String, pattern = "^[0-9]{1,20}$")]
    waba: WabaId,
    /// The migration that has shared.
    #[schema(value_type = String, format = Uuid)]
    migration: MigrationId,
    /// Meta's record of the share.
    #[schema(value_type = String, pattern = "^[0-9]{1,20}$")]
    allocation: AllocationId,
    shared_at: Timestamp,
    /// The day from which it should pay: a 1st; or the day of the share, where it pays at once.
    pays_from: Date,
    /// Whether it should pay from the share on: a WABA that is new, or that we pay for already, waits for no 1st.
    pays_at_once: bool,
    /// Whether it was seen at Meta that it pays.
    is_proved: bool,
    #[schema(value_type = schemas::Standing)]
    standing: Standing,
    /// When Meta last said that the customer has removed us, by its clock.
    removed_at: Option<Timestamp>,
    /// When Meta last said that they have added us, by its clock.
    added_at: Option<Timestamp>,
    /// When a message was last refused with 131042, by Meta's clock, to a day.
    unpaid_at: Option<Timestamp>,
}

/// An allocation that pays for no WABA: a share in two calls, between them.
#[derive(Serialize, ToSchema)]
#[schema(as = UnattachedAllocation)]
struct Unattached {
    #[schema(value_type = String, pattern = "^[0-9]{1,20}$")]
    allocation: AllocationId,
    /// The migration that had it made.
    #[schema(value_type = String, format = Uuid)]
    migration: MigrationId,
    shared_at: Timestamp,
    /// Whether that migration is on its way still.
    is_awaited: bool,
}

/// The body of `POST /liabilities/{business}/revoke` but for the reason.
#[derive(Serialize, ToSchema)]
#[schema(as = RevokeProposal)]
struct Proposal {
    #[schema(value_type = String, pattern = "^[0-9]{1,20}$")]
    line: CreditLineId,
    #[schema(value_type = Vec<String>)]
    wabas: Vec<WabaId>,
}

/// Lists for whom our credit lines pay, by the ledger, with what Meta has told of each WABA since.
///
/// Only Meta's webhooks say that somebody has left: where none came, nobody is listed as gone.
#[utoipa::path(get, path = "/liabilities", tag = "fleet",
    params(
        ("limit" = Option<u16>, Query, description = schemas::LIMIT, minimum = 1, maximum = 100),
        ("after" = Option<String>, Query, description = schemas::AFTER),
    ),
    responses((status = 200, description = "A page", body = Liabilities)))]
pub(crate) async fn list<P: Ports>(ports: &P, parameters: &Parameters) -> Result<Liabilities, Problem> {
    let limit = reading::limit(parameters)?;
    let after: Option<Cursor> = reading::after(parameters)?;
    let is_given = after.is_some();
    let (listed, next) = ledgers::page(ports, limit, after).await.map_err(|error| match error {
        RecordsError::Rejected { .. } if is_given => {
            Problem::malformed("after", "`after` is not a cursor of this list; begin without it.")
        }
        _ => Problem::unavailable(),
    })?;
    let mut liabilities = Vec::new();
    for one in listed {
        liabilities.extend(liability(ports, one).await.map_err(|_| Problem::unavailable())?);
    }
    Ok(Liabilities { liabilities, next: next.as_ref().and_then(reading::next) })
}

/// What is shared with a business; none if nothing is any more.
async fn liability<P: Ports>(ports: &P, listed: Listed) -> Result<Option<Liability>, RecordsError> {
    let Listed { line, business, ledger } = listed;
    let now = ports.clock().now();
    let mut wabas = Vec::new();
    for entry in ledger.standing_entries() {
        let told = partnerships::read(ports, &entry.waba).await?;
        wabas.push(paid(entry, told, now));
    }
    let mut unattached = Vec::new();
    for one in ledger.unattached() {
        unattached.push(waiting(ports, one).await?);
    }
    let shares = wabas.iter().map(|paid| (paid.shared_at, paid.migration));
    let shares = shares.chain(unattached.iter().map(|one| (one.shared_at, one.migration)));
    let Some((since, _)) = shares.clone().min() else { return Ok(None) };
    let label = match shares.max() {
        Some((_, migration)) => label(ports, migration).await?,
        None => None,
    };
    let standing = wabas.iter().map(|paid| paid.standing).min().unwrap_or(Standing::WithUs);
    let has_left = |paid: &&Paid| paid.standing == Standing::Left;
    let nobody_uses_it = wabas.iter().all(|paid| has_left(&paid));
    let nobody_will = unattached.iter().all(|one| !one.is_awaited);
    let proposal = (nobody_uses_it && nobody_will).then(|| {
        let wabas = wabas.iter().map(|paid| paid.waba.clone()).collect();
        Proposal { line: line.clone(), wabas }
    });
    let what = what(standing, &wabas, &unattached);
    Ok(Some(Liability { line, business, label, since, standing, wabas, unattached, what, proposal }))
}

async fn waiting<P: Ports>(ports: &P, one: &Allocated) -> Result<Unattached, RecordsError> {
    let state = state(ports, one.migration).await?;
    Ok(Unattached {
        allocation: one.allocation.clone(),
        migration: one.migration,
        shared_at: one.shared_at,
        is_awaited: state.is_some_and(|state| !state.status.is_end()),
    })
}

fn paid(entry: &Entry, told: Partnership, now: Timestamp) -> Paid {
    Paid {
        standing: told.standing(entry, now),
        waba: entry.waba.clone(),
        migration: entry.migration,
        allocation: entry.allocation.clone(),
        shared_at: entry.shared_at,
        pays_from: entry.unblocks_on,
        pays_at_once: entry.pays_at_once,
        is_proved: entry.verdict == Verdict::Proved,
        removed_at: told.removed_at,
        added_at: told.added_at,
        unpaid_at: told.unpaid_at,
    }
}

/// The operator's name for a customer; none where the record is gone.
async fn label<P: Ports>(ports: &P, migration: MigrationId) -> Result<Option<String>, RecordsError> {
    Ok(state(ports, migration).await?.and_then(|state| state.label))
}

async fn state<P: Ports>(ports: &P, migration: MigrationId) -> Result<Option<State>, RecordsError> {
    let key = items::state(migration);
    let item = ports.records().read(&key).await?;
    item.map(|item| items::read(&key, item)).transpose()
}

fn what(standing: Standing, wabas: &[Paid], unattached: &[Unattached]) -> String {
    let of = |is: &dyn Fn(Standing) -> bool| {
        let found = wabas.iter().filter(|paid| is(paid.standing));
        found.map(|paid| paid.waba.as_str()).collect::<Vec<_>>().join(", ")
    };
    let uses = of(&|standing| standing != Standing::Left);
    match standing {
        Standing::Left if unattached.iter().any(|one| one.is_awaited) => {
            "Every WABA of this business that we pay for has left, and a migration is about to attach another. Nothing is proposed before it has ended.".to_owned()
        }
        Standing::Left if uses.is_empty() => {
            "Every WABA of this business has left, and we still pay. Take the share back; make sure at Meta that no other WABA of theirs uses our line.".to_owned()
        }
        Standing::Left => format!(
            "WABA {} has left, and WABA {uses} still uses our line. Meta revokes for the whole business, so taking the share back would cut that off too: nothing is proposed.",
            of(&|standing| standing == Standing::Left)
        ),
        Standing::Unpaid => format!(
            "A message of WABA {} was refused for want of payment (131042), though our line should pay. Look at the line and the WABA at Meta; `handover explain 131042` has the causes.",
            of(&|standing| standing == Standing::Unpaid)
        ),
        Standing::WithUs if unattached.iter().any(|one| !one.is_awaited) && wabas.is_empty() => {
            "This business has our credit line, and no WABA of it is attached: the migration has ended between the two calls. Take the share back; make sure at Meta that no WABA of theirs uses our line.".to_owned()
        }
        Standing::WithUs => "Nothing is to be done.".to_owned(),
    }
}

/// What takes a share back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RevokeRequest)]
struct Revoke {
    /// Our credit line, as the list shows it.
    #[schema(value_type = String, pattern = "^[0-9]{1,20}$")]
    line: CreditLineId,
    /// Every WABA that the list shows for this line and business, and no other; none where it shows none.
    #[schema(value_type = Vec<String>)]
    wabas: BTreeSet<WabaId>,
    /// Why, for whoever reads the history: 1 to 200 bytes.
    #[schema(min_length = 1, max_length = 200)]
    reason: String,
}

/// Takes a share back from a business: from every WABA of it, because Meta knows no other way.
///
/// It is refused unless `wabas` names exactly those that the ledger has at that moment, and while any of them has a live
/// migration. What comes of it is a migration of one row, which is followed as any other.
#[utoipa::path(post, path = "/liabilities/{business}/revoke", tag = "actions",
    params(
        ("business" = String, Path, description = "The business, as the list shows it", pattern = "^[0-9]{1,20}$"),
        ("Idempotency-Key" = Option<String>, Header, description = schemas::KEY, min_length = 1, max_length = 100),
    ),
    request_body = Revoke,
    responses((status = 201, description = "It has begun: follow the migration", body = Acted)))]
pub(crate) async fn revoke<P: Ports>(ports: &P, request: &ApiGatewayV2httpRequest) -> Result<Acted, Problem> {
    let Revoke { line, wabas, reason } = reading::body(request)?;
    let business = request.path_parameters.get("business").and_then(|text| text.parse().ok());
    let business = business.ok_or_else(|| {
        Problem::malformed(
            "business",
            "`business` is not the id of a business; take it from `GET /liabilities`.",
        )
    })?;
    actions::check_reason(&reason)?;
    let kept = match reading::keeping(ports, request, reading::MAX_BODY).await? {
        Some((_, Known::Same(kept))) => return Ok(Acted::from(kept)),
        Some((keeping, _)) => Some(keeping),
        None => None,
    };
    let by = reading::operator(request);
    let confirmed = Confirmed { line, business, wabas, reason, by, kept };
    revocation::begin(ports, &confirmed).await.map(Acted::from).map_err(problem)
}

fn problem(error: RevokeError) -> Problem {
    let detail = actions::sentence(&error.to_string());
    match error {
        RevokeError::NothingShared => Problem::unknown("business", detail),
        RevokeError::Others(_) => Problem::conflict("wabas", detail),
        RevokeError::Restored(_) | RevokeError::Unsettled(_) | RevokeError::Live(..) | RevokeError::Forgotten(_) => {
            Problem::conflict("business", detail)
        }
        RevokeError::Moved => Problem::conflict("wabas", detail).after(1),
        RevokeError::Records(_) => Problem {
            detail: "It is not known whether this has begun. Look at the list of migrations before you ask again; with an `Idempotency-Key` you can simply ask again.".to_owned(),
            ..Problem::unavailable()
        },
    }
}
