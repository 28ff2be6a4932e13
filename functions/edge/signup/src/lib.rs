//! Takes the code of a signup, exchanges it inside the request and wakes the migration.
//!
//! The code lives 30 seconds and works once (rule 6), so it is never queued, and a code that is lost on the
//! way is a normal end of a signup with an answer of its own.

mod code;
mod cors;
mod exchange;
mod request;
mod token;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use handover_domain::ids::MigrationId;
use handover_domain::moment::{after, millis};
use handover_engine::http_answers;
use handover_engine::items;
use handover_engine::ports::{Clock, Ports, Vault};
use handover_engine::problem::Problem;
use handover_engine::records::{Action, Change, Expectation, Item, Records, RecordsError, Write, Written};
use handover_engine::signup_link::{SignupLink, SignupOutcome, hash_of};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::json;
use utoipa::{OpenApi, ToSchema};

use crate::request::SignupRequest;

/// A link that was taken is left alone for so long: the code lives 30 seconds, and the worker that holds it
/// is through by then. From the taking on, its calls of Meta's end within 15 seconds
/// ([`exchange::CALLS_END_AFTER`]); sealing the token takes at most 4, and the last transaction 16: five
/// tries of 3 seconds and the pauses between them.
const TAKEN_FOR: SignedDuration = SignedDuration::from_secs(35);

/// The same in the seconds of `Retry-After`.
const TAKEN_FOR_SECONDS: u32 = 35;

/// What a signup came to; the same link and code answer the same again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Signup)]
struct Answered {
    /// The migration that goes on.
    #[schema(value_type = String, format = Uuid)]
    migration: MigrationId,
    /// What came of the code.
    outcome: SignupOutcome,
}

/// The signup's part of the API document.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    Signups::openapi()
}

#[derive(OpenApi)]
#[openapi(paths(signup, cors::preflight, token::put, code::post))]
struct Signups;

/// Answers `POST /signup`, `PUT /wabas/{id}/token` and `POST /migrations/{id}/code`; every refusal is a typed problem that names the field. The
/// partner's signup page may post from a browser, which asks first (`OPTIONS`).
pub async fn handle<P: Ports>(ports: &P, request: ApiGatewayV2httpRequest) -> ApiGatewayV2httpResponse {
    match request.route_key.as_deref() {
        // Of the partner's own systems, and of no browser.
        Some("PUT /wabas/{id}/token") => return answered(token::put(ports, &request).await),
        Some("POST /migrations/{id}/code") => return answered(code::post(ports, &request).await),
        _ => {}
    }
    let response = if cors::is_preflight(&request) {
        cors::preflight()
    } else {
        match signup(ports, &request).await {
            Ok(answered) => http_answers::json(200, &answered),
            Err(problem) => http_answers::problem(&problem),
        }
    };
    cors::readable_by_the_page(response, ports.settings())
}

fn answered<T: Serialize>(answer: Result<T, Problem>) -> ApiGatewayV2httpResponse {
    match answer {
        Ok(stored) => http_answers::json(200, &stored),
        Err(problem) => http_answers::problem(&problem),
    }
}

/// Takes the code of a signup, exchanges it for a token at once, and wakes the migration.
///
/// The same link and code answer the same again. 409 with `Retry-After` says that a signup with this link is under way.
#[utoipa::path(post, path = "/signup", tag = "signup",
    request_body = SignupRequest,
    responses((status = 200, description = "What came of the code", body = Answered)))]
async fn signup<P: Ports>(ports: &P, request: &ApiGatewayV2httpRequest) -> Result<Answered, Problem> {
    let request = SignupRequest::read(request)?;
    let state_hash = hash_of(request.state.expose_secret());
    let code_hash = hash_of(request.code.expose_secret());
    match take(ports, &state_hash, &code_hash).await? {
        Taken::Ours(held) => exchange::exchange(ports, &request, &held).await,
        Taken::Before(link) => before(ports, link, &state_hash, &code_hash).await,
    }
}

enum Taken<'a> {
    /// The link is ours to use, and nobody else's.
    Ours(Held<'a>),
    /// Somebody took it before.
    Before(SignupLink),
}

/// A link that we hold, with all that its use needs: once it is taken, nothing of ours may be missing.
struct Held<'a> {
    link: SignupLink,
    state_hash: &'a str,
    code_hash: &'a str,
    taken_at: Timestamp,
    app_secret: SecretString,
}

/// Takes the link, if nobody has. The app's secret is read before: a vault that is too busy then costs
/// nothing, and afterwards it would cost the code.
async fn take<'a, P: Ports>(
    ports: &P,
    state_hash: &'a str,
    code_hash: &'a str,
) -> Result<Taken<'a>, Problem> {
    let link = read_link(ports, state_hash).await?;
    if link.taken_by.is_some() {
        return Ok(Taken::Before(link));
    }
    if ports.clock().now() >= link.expires_at {
        return Err(Problem::gone("state", "This signup link has expired. Ask the partner for a new one."));
    }
    let app_secret = ports.vault().app_secret().await.map_err(|_| Problem::unavailable())?;
    let taken_at = ports.clock().now();
    let take = Write {
        key: items::signup(state_hash),
        expects: vec![Expectation::Present, Expectation::Lacks("taken_by")],
        action: Action::Update(vec![
            Change::Set("taken_by", json!(code_hash)),
            Change::Set("taken_at", json!(millis(taken_at))),
        ]),
    };
    match ports.records().write(&take).await {
        Ok(Written::Done { .. }) => {
            Ok(Taken::Ours(Held { link, state_hash, code_hash, taken_at, app_secret }))
        }
        Ok(Written::Refused { found }) => Ok(Taken::Before(link_of(found)?)),
        Err(RecordsError::Lost { .. }) => Err(undecided(5)),
        Err(_) => Err(Problem::unavailable()),
    }
}

/// The answer where the record may or may not hold what became of the code: it can be asked for, and to say
/// that nothing was lost would be a guess.
fn undecided(seconds: u32) -> Problem {
    let detail = format!(
        "What came of this code is not known yet. Send the same request again in {seconds} seconds, and as often as it is told to wait; the answer will say."
    );
    Problem { detail, ..Problem::unavailable() }.after(seconds)
}

/// What is said to somebody who comes with a link that was taken.
async fn before<P: Ports>(
    ports: &P,
    link: SignupLink,
    state_hash: &str,
    code_hash: &str,
) -> Result<Answered, Problem> {
    let now = ports.clock().now();
    let same_code = link.taken_by.as_deref() == Some(code_hash);
    match (link.outcome, link.taken_at) {
        (Some(outcome), _) if same_code => Ok(Answered { migration: link.migration, outcome }),
        (Some(_), _) => Err(Problem::conflict(
            "state",
            "This signup link was used already. If the signup did not go through, ask the partner for a new link.",
        )),
        (None, Some(taken_at)) if now < after(taken_at, TAKEN_FOR) => {
            Err(Problem::conflict("state", "A signup with this link is under way. Ask again in a moment.")
                .after(5))
        }
        // Whoever took it is gone, and the code with it: it lived 30 seconds.
        (None, _) => exchange::end(ports, &link, state_hash, SignupOutcome::LostCode, None).await,
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
