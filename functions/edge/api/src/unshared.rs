//! `POST /migrations/{id}/unshared`: the customer has unshared, and somebody knows when.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use handover_domain::ids::MigrationId;
use handover_domain::moment::{after, spoken};
use handover_engine::ports::{Clock, Ports};
use handover_engine::problem::Problem;
use handover_engine::records::{Records, Written};
use handover_engine::writes::{self, CLOCKS_DIFFER_BY, Happened};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::reading;
use crate::schemas;

/// Nobody remembers longer, and no link lives longer.
const LONGEST_AGO: SignedDuration = SignedDuration::from_hours(24 * 60);

/// When the customer has unshared.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UnsharedRequest)]
struct Unshared {
    /// A moment of the last 60 days; now, if it is not said.
    #[serde(default)]
    at: Option<Timestamp>,
}

/// What was written down.
#[derive(Serialize, ToSchema)]
#[schema(as = Unshared)]
pub(crate) struct Told {
    #[schema(value_type = String, format = Uuid)]
    migration: MigrationId,
    unshared_at: Timestamp,
}

/// Tells that the customer has unshared: from then on they cannot send.
#[utoipa::path(post, path = "/migrations/{id}/unshared", tag = "migrations",
    params(("id" = String, Path, description = schemas::ID, format = Uuid)),
    request_body = Unshared,
    responses((status = 200, description = "It was written down", body = Told)))]
pub(crate) async fn unshared<P: Ports>(
    ports: &P,
    request: &ApiGatewayV2httpRequest,
) -> Result<Told, Problem> {
    let Unshared { at } = reading::body(request)?;
    let migration = reading::state(ports, request).await?.migration;
    let now = ports.clock().now();
    let unshared_at = at.unwrap_or(now);
    if unshared_at > after(now, CLOCKS_DIFFER_BY) || after(unshared_at, LONGEST_AGO) < now {
        let detail = format!("`at` must be a moment of the last 60 days; now it is {}.", spoken(now));
        return Err(Problem::malformed("at", detail));
    }
    let wake = writes::wake_saying(migration, now, Some((Happened::Unshared, unshared_at)));
    match ports.records().write(&wake).await {
        Ok(Written::Done { .. }) => Ok(Told { migration, unshared_at }),
        Ok(Written::Refused { .. }) => Err(Problem::conflict(
            "id",
            "The migration has ended, so nothing of it can change. Its history says how it ended.",
        )),
        Err(_) => Err(Problem::unavailable()),
    }
}
