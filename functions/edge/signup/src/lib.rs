//! Takes the code of a signup, exchanges it inside the request and wakes the migration.
//!
//! The code lives 30 seconds and works once (rule 6), so it is never queued, and a code that is lost on the
//! way is a normal end of a signup with an answer of its own.

mod exchange;
mod request;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use handover_domain::ids::MigrationId;
use handover_domain::moment::millis;
use handover_engine::http_answers;
use handover_engine::items;
use handover_engine::ports::{Clock, Ports};
use handover_engine::problem::Problem;
use handover_engine::records::{Action, Change, Expectation, Item, Records, Write, Written};
use handover_engine::signup_link::{SignupLink, SignupOutcome, hash_of};
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::json;

use crate::request::SignupRequest;

/// A link that was taken is left alone for so long: the code lives 30 seconds, and the worker that holds it
/// is through or dead by then.
const TAKEN_FOR: SignedDuration = SignedDuration::from_secs(35);

/// What a signup came to; the same link and code answer the same again.
#[derive(Debug, Serialize)]
struct Answered {
    /// The migration that goes on.
    migration: MigrationId,
    /// What came of the code.
    outcome: SignupOutcome,
}

/// Answers `POST /signup`; every refusal is a typed problem that names the field.
pub async fn handle<P: Ports>(ports: &P, request: ApiGatewayV2httpRequest) -> ApiGatewayV2httpResponse {
    match signup(ports, &request).await {
        Ok(answered) => http_answers::json(200, &answered),
        Err(problem) => http_answers::problem(&problem),
    }
}

async fn signup<P: Ports>(ports: &P, request: &ApiGatewayV2httpRequest) -> Result<Answered, Problem> {
    let request = SignupRequest::read(request)?;
    let state_hash = hash_of(request.state.expose_secret());
    let code_hash = hash_of(request.code.expose_secret());
    let now = ports.clock().now();
    match take(ports, &state_hash, &code_hash, now).await? {
        Taken::Ours(link) => exchange::exchange(ports, &request, &link, &state_hash, &code_hash).await,
        Taken::Before(link) => before(ports, link, &state_hash, &code_hash, now).await,
    }
}

enum Taken {
    /// The link is ours to use, and nobody else's.
    Ours(SignupLink),
    /// Somebody took it before.
    Before(SignupLink),
}

/// Takes the link, if nobody has.
async fn take<P: Ports>(
    ports: &P,
    state_hash: &str,
    code_hash: &str,
    now: Timestamp,
) -> Result<Taken, Problem> {
    let key = items::signup(state_hash);
    let take = Write {
        key: key.clone(),
        expects: vec![Expectation::Present, Expectation::Lacks("taken_by")],
        action: Action::Update(vec![
            Change::Set("taken_by", json!(code_hash)),
            Change::Set("taken_at", json!(millis(now))),
        ]),
    };
    let link = read_link(ports, state_hash).await?;
    if link.taken_by.is_some() {
        return Ok(Taken::Before(link));
    }
    if now >= link.expires_at {
        return Err(Problem::gone("state", "This signup link has expired. Ask the partner for a new one."));
    }
    match ports.records().write(&take).await {
        Ok(Written::Done { .. }) => Ok(Taken::Ours(link)),
        Ok(Written::Refused { found }) => Ok(Taken::Before(link_of(found)?)),
        Err(_) => Err(Problem::unavailable()),
    }
}

/// What is said to somebody who comes with a link that was taken.
async fn before<P: Ports>(
    ports: &P,
    link: SignupLink,
    state_hash: &str,
    code_hash: &str,
    now: Timestamp,
) -> Result<Answered, Problem> {
    let same_code = link.taken_by.as_deref() == Some(code_hash);
    match (link.outcome, link.taken_at) {
        (Some(outcome), _) if same_code => Ok(Answered { migration: link.migration, outcome }),
        (Some(_), _) => Err(Problem::conflict(
            "state",
            "This signup link was used already. If the signup did not go through, ask the partner for a new link.",
        )),
        (None, Some(taken_at)) if now < handover_domain::moment::after(taken_at, TAKEN_FOR) => {
            Err(Problem::conflict("state", "A signup with this link is under way. Ask again in a moment.")
                .after(5))
        }
        // Whoever took it is gone, and the code with it: it lived 30 seconds.
        (None, _) => exchange::end(ports, &link, state_hash, SignupOutcome::LostCode).await,
    }
}

async fn read_link<P: Ports>(ports: &P, state_hash: &str) -> Result<SignupLink, Problem> {
    match ports.records().read(&items::signup(state_hash)).await {
        Ok(found) => link_of(found),
        Err(_) => Err(Problem::unavailable()),
    }
}

fn link_of(found: Option<Item>) -> Result<SignupLink, Problem> {
    let Some(item) = found else {
        return Err(Problem::unknown(
            "state",
            "This signup link is not known. Ask the partner for a new one.",
        ));
    };
    items::read(&items::signup(""), item).map_err(|_| Problem::unavailable())
}
