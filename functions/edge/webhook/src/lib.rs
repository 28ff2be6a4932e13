//! Takes Meta's webhooks: checks who sent them, and wakes the migration of the WABA that they are about.
//!
//! A webhook is a hint (rule 9): nothing is decided by what it says, the step that is woken reads Meta. So repeats,
//! delays and another order change nothing, and what is not about a live migration is dropped.

mod envelope;
mod signature;
mod verification;
mod wake;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::eventbridge::EventBridgeEvent;
use handover_engine::http_answers;
use handover_engine::payload::{self, Unfit};
use handover_engine::ports::{Ports, Vault};
use handover_engine::problem::Problem;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

/// The largest body that Meta sends (facts 15.1).
const MAX_BODY: usize = 3 * 1024 * 1024;
/// The header with Meta's signature, as API Gateway writes it.
const SIGNATURE: &str = "x-hub-signature-256";

/// What comes in: over HTTP from Meta, or from the partner's own receiver, which may forward a body with its
/// signature over HTTP as well, or put it on the bus as `WebhookForwarded`.
#[derive(Debug)]
pub enum Incoming {
    /// From the bus.
    Forwarded(Box<EventBridgeEvent<Forwarded>>),
    /// Over HTTP.
    Request(Box<ApiGatewayV2httpRequest>),
}

/// What tells an event of the bus from a request.
#[derive(Deserialize)]
struct Kind {
    #[serde(rename = "detail-type")]
    detail_type: Option<IgnoredAny>,
}

impl Incoming {
    /// Reads what Lambda hands over.
    ///
    /// # Errors
    ///
    /// [`Unfit`] names the field that does not fit.
    pub fn read(bytes: &[u8]) -> Result<Self, Unfit> {
        match payload::read::<Kind>(bytes)?.detail_type {
            Some(_) => Ok(Self::Forwarded(Box::new(payload::read(bytes)?))),
            None => Ok(Self::Request(Box::new(payload::read(bytes)?))),
        }
    }
}

/// A webhook as the partner's own receiver got it.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Forwarded {
    /// The body, byte for byte: Meta signs an escaped rendering, so it must not be written anew (facts 15.1).
    pub body: String,
    /// The header `X-Hub-Signature-256` that came with it.
    pub signature: String,
}

/// A forwarded webhook was not taken. Over HTTP the answer says so instead.
#[derive(Debug, thiserror::Error)]
#[error("the forwarded webhook was not taken: {}", .0.detail)]
pub struct NotTaken(Problem);

/// The webhook's part of the API document.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    Webhooks::openapi()
}

#[derive(OpenApi)]
#[openapi(paths(verification::answer, posted))]
struct Webhooks;

/// Answers the verification and takes webhooks; every refusal is a typed problem.
///
/// # Errors
///
/// [`NotTaken`] for a forwarded webhook, because nobody reads an answer on the bus.
pub async fn handle<P: Ports>(ports: &P, incoming: Incoming) -> Result<ApiGatewayV2httpResponse, NotTaken> {
    match incoming {
        Incoming::Forwarded(event) => {
            let Forwarded { body, signature } = event.detail;
            let taken = take(ports, body.as_bytes(), Some(&signature)).await.map_err(NotTaken)?;
            Ok(http_answers::json(200, &taken))
        }
        Incoming::Request(request) => {
            Ok(answer(ports, &request).await.unwrap_or_else(|problem| http_answers::problem(&problem)))
        }
    }
}

async fn answer<P: Ports>(
    ports: &P,
    request: &ApiGatewayV2httpRequest,
) -> Result<ApiGatewayV2httpResponse, Problem> {
    match request.route_key.as_deref() {
        Some("GET /webhook") => verification::answer(ports, request).await,
        Some("POST /webhook") => Ok(http_answers::json(200, &posted(ports, request).await?)),
        _ => Err(Problem::unknown("path", "There is no such route; see the API document.")),
    }
}

/// Takes what Meta sends, or what the partner's own receiver forwards: byte for byte, with Meta's signature.
#[utoipa::path(post, path = "/webhook", tag = "webhook",
    params(("X-Hub-Signature-256" = String, Header, description = "`sha256=` and the code over the raw body, by the app's secret")),
    request_body(content = Object, description = "Meta's payload, at most 3 MB"),
    responses((status = 200, description = "What became of the changes in it", body = Taken)))]
async fn posted<P: Ports>(ports: &P, request: &ApiGatewayV2httpRequest) -> Result<Taken, Problem> {
    let body = http_answers::bytes_of(request, MAX_BODY)?;
    let signature = request.headers.get(SIGNATURE).and_then(|value| value.to_str().ok());
    take(ports, &body, signature).await
}

/// What became of the changes in a body.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Webhook)]
struct Taken {
    /// Migrations that were woken.
    woken: usize,
    /// About a WABA that no live migration holds, and kept for a person.
    unmatched: usize,
    /// Not for us: other fields, other portfolios, earlier lives, WABAs that nobody moves.
    dropped: usize,
    /// Of another shape than Meta documents.
    unreadable: usize,
}

/// Nothing of a body is looked at before its signature is (facts 15.1).
async fn take<P: Ports>(ports: &P, body: &[u8], signature: Option<&str>) -> Result<Taken, Problem> {
    let secrets = ports.vault().webhook_secrets().await.map_err(|_| Problem::unavailable())?;
    signature::check(&secrets, body, signature)?;
    let (updates, mut taken) = envelope::read(body, &ports.settings().business)?;
    let mut is_whole = true;
    for update in updates {
        match wake::wake(ports, &update).await {
            Ok(wake::Came::Woken) => taken.woken += 1,
            Ok(wake::Came::Unmatched) => taken.unmatched += 1,
            Ok(wake::Came::Dropped) => taken.dropped += 1,
            // It hurts only its own WABA: the others are woken all the same.
            Err(_) => is_whole = false,
        }
    }
    // Meta sends the whole again; what was woken is woken twice, and that changes nothing.
    if is_whole { Ok(taken) } else { Err(Problem::unavailable()) }
}
