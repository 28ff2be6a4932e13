//! How a request is read: ids, parameters, cursors and keys, each refusal naming its field.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use handover_domain::ids::MigrationId;
use handover_domain::operator::Operator;
use handover_domain::state::State;
use handover_engine::http_answers::{body_of, bytes_of};
use handover_engine::idempotency::{Keeping, Known};
use handover_engine::items;
use handover_engine::parameters::Parameters;
use handover_engine::ports::Ports;
use handover_engine::problem::Problem;
use handover_engine::records::Records;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The largest body of one migration or action.
pub(crate) const MAX_BODY: usize = 16 * 1024;
/// The largest page, and the usual one.
const MOST: u16 = 100;
const USUAL: u16 = 50;
/// The longest `Idempotency-Key`.
const LONGEST_KEY: usize = 100;

pub(crate) fn body<T: DeserializeOwned>(request: &ApiGatewayV2httpRequest) -> Result<T, Problem> {
    body_of(request, MAX_BODY)
}

pub(crate) fn migration_id(request: &ApiGatewayV2httpRequest) -> Result<MigrationId, Problem> {
    let id = request.path_parameters.get("id").map(String::as_str).unwrap_or_default();
    id.parse().map_err(|_| {
        Problem::malformed("id", "`id` is not a migration's id; take it from the answer of create.")
    })
}

/// Who asks, as the gateway has proved it: the `sub` of the token that it let in. Whatever else a request says of its
/// sender, in its body or its headers, anybody can write.
pub(crate) fn operator(request: &ApiGatewayV2httpRequest) -> Option<Operator> {
    let authorizer = request.request_context.authorizer.as_ref()?;
    authorizer.jwt.as_ref()?.claims.get("sub")?.parse().ok()
}

/// The migration that the path names.
pub(crate) async fn state<P: Ports>(ports: &P, request: &ApiGatewayV2httpRequest) -> Result<State, Problem> {
    let key = items::state(migration_id(request)?);
    let found = ports.records().read(&key).await.map_err(|_| Problem::unavailable())?;
    let item = found.ok_or_else(no_such_migration)?;
    items::read(&key, item).map_err(|_| Problem::unavailable())
}

pub(crate) fn no_such_migration() -> Problem {
    Problem::unknown("id", "There is no migration with this id; look it up with `GET /migrations`.")
}

/// How many are asked for.
pub(crate) fn limit(parameters: &Parameters) -> Result<u16, Problem> {
    let Some(text) = parameters.get("limit") else { return Ok(USUAL) };
    match text.parse() {
        Ok(limit) if (1..=MOST).contains(&limit) => Ok(limit),
        _ => Err(Problem::malformed("limit", format!("`limit` must be a number from 1 to {MOST}."))),
    }
}

/// The reader's time zone; UTC, if none is said.
pub(crate) fn zone(name: Option<&str>) -> Result<TimeZone, Problem> {
    let Some(name) = name else { return Ok(TimeZone::UTC) };
    TimeZone::get(name).map_err(|_| {
        Problem::malformed("zone", "`zone` must be the name of a time zone such as Europe/Berlin.")
    })
}

/// Where the page before ended; only what an answer of ours said is understood.
pub(crate) fn after<T: DeserializeOwned>(parameters: &Parameters) -> Result<Option<T>, Problem> {
    let Some(text) = parameters.get("after") else { return Ok(None) };
    let read = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    read.map(Some).ok_or_else(|| {
        Problem::malformed(
            "after",
            "`after` is not a cursor of ours; send the `next` of the page before as it is.",
        )
    })
}

/// A cursor as it is sent: opaque, so that nobody builds on what is in it.
pub(crate) fn next<T: Serialize>(cursor: &T) -> Option<String> {
    serde_json::to_vec(cursor).ok().map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
}

/// The request under its `Idempotency-Key`, if it has one, and what is known of it.
pub(crate) async fn keeping<P: Ports>(
    ports: &P,
    request: &ApiGatewayV2httpRequest,
    most: usize,
) -> Result<Option<(Keeping, Known)>, Problem> {
    let Some(key) = key(request)? else { return Ok(None) };
    let keeping = Keeping::new(&route_of_a_caller(request), key, &bytes_of(request, most)?);
    match keeping.known(ports).await {
        Ok(Known::Another) => Err(another_request()),
        Ok(known) => Ok(Some((keeping, known))),
        Err(_) => Err(Problem::unavailable()),
    }
}

/// The route as this caller asks it: two people may use one key, and what one of them has asked is not answered to the other.
pub(crate) fn route_of_a_caller(request: &ApiGatewayV2httpRequest) -> String {
    let by = operator(request).map(|by| by.to_string()).unwrap_or_default();
    format!("{}\n{by}", request.raw_path.as_deref().unwrap_or_default())
}

/// The `Idempotency-Key`, if there is one.
pub(crate) fn key(request: &ApiGatewayV2httpRequest) -> Result<Option<&str>, Problem> {
    let Some(header) = request.headers.get("idempotency-key") else { return Ok(None) };
    let fits = |key: &&str| (1..=LONGEST_KEY).contains(&key.len());
    header.to_str().ok().filter(fits).map(Some).ok_or_else(|| {
        let detail = format!("`Idempotency-Key` must have 1 to {LONGEST_KEY} visible characters of ASCII.");
        Problem::malformed("Idempotency-Key", detail)
    })
}

pub(crate) fn another_request() -> Problem {
    Problem::conflict(
        "Idempotency-Key",
        "This key was used for another request within the last 24 hours. Send a new key with a new request.",
    )
}
