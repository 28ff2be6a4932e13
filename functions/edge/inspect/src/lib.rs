//! Looks at Meta for an operator, and changes nothing: who owns a WABA, which of ours could move where, whether our own
//! set-up is ready, and what holds of what Meta does not say.

mod assumptions;
mod doctor;
mod fleet;
mod ownership;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use handover_domain::moment::after;
use handover_engine::http_answers::{self, json};
use handover_engine::parameters::Parameters;
use handover_engine::permission;
use handover_engine::ports::{Clock, Ports, Vault};
use handover_engine::problem::Problem;
use handover_graph::call::{self, Call, Paged};
use handover_graph::error::GraphError;
use handover_graph::secret::Token;
use jiff::{SignedDuration, Timestamp};
use utoipa::OpenApi;

/// API Gateway waits 30 seconds for an answer; what Meta has not said by then is not known.
const ANSWERS_WITHIN: SignedDuration = SignedDuration::from_secs(25);

/// This function's part of the API document.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    Looks::openapi()
}

#[derive(OpenApi)]
#[openapi(paths(ownership::ownership, fleet::fleet, doctor::doctor, assumptions::assumptions))]
struct Looks;

/// Answers the routes that look at Meta.
pub async fn handle<P: Ports>(ports: &P, request: ApiGatewayV2httpRequest) -> ApiGatewayV2httpResponse {
    answer(ports, &request).await.unwrap_or_else(|problem| http_answers::problem(&problem))
}

async fn answer<P: Ports>(
    ports: &P,
    request: &ApiGatewayV2httpRequest,
) -> Result<ApiGatewayV2httpResponse, Problem> {
    permission::check(ports.settings(), request)?;
    let route = request.route_key.as_deref().unwrap_or_default();
    let known: &[&str] = if route == "GET /fleet" { &["list", "after"] } else { &[] };
    let parameters = Parameters::only(request, known)?;
    let look = Look::begin(ports).await?;
    Ok(match route {
        "GET /wabas/{id}/ownership" => json(200, &ownership::ownership(&look, request).await?),
        "GET /fleet" => json(200, &fleet::fleet(&look, &parameters).await?),
        "GET /doctor" => json(200, &doctor::doctor(&look).await?),
        "GET /assumptions" => json(200, &assumptions::assumptions(&look).await?),
        _ => return Err(Problem::unknown("path", "There is no such route; see the API document.")),
    })
}

/// One look at Meta, with our system user's token, until its time is over.
struct Look<'a, P> {
    ports: &'a P,
    token: Token,
    ends_by: Timestamp,
}

impl<'a, P: Ports> Look<'a, P> {
    async fn begin(ports: &'a P) -> Result<Self, Problem> {
        let token = ports.vault().system_user_token().await.map_err(|_| Problem::unavailable())?;
        Ok(Self { ports, token, ends_by: after(ports.clock().now(), ANSWERS_WITHIN) })
    }

    async fn call<C: Call + Sync>(&self, call: &C) -> Result<C::Answer, GraphError> {
        call::send(self.ports.graph(), call, Some(&self.token), self.ends_by).await
    }

    async fn list_or_without<C: Paged + Sync>(&self, both: [C; 2]) -> Result<Vec<C::Item>, GraphError> {
        call::send_all_or_without(self.ports.graph(), both, Some(&self.token), || self.ends_by).await
    }

    async fn list<C: Paged + Sync>(&self, call: C) -> Result<Vec<C::Item>, GraphError> {
        call::send_all(self.ports.graph(), call, Some(&self.token), || self.ends_by).await
    }
}

/// Meta has given no answer, or has refused one without which nothing can be said.
fn no_answer(error: &GraphError) -> Problem {
    let detail = match error.refused() {
        Some(_) => told(error),
        None => "Meta gave no answer in time. Ask again in a minute.".to_owned(),
    };
    Problem { detail, ..Problem::unavailable() }
}

/// What Meta has said, or that it said nothing.
fn told(error: &GraphError) -> String {
    error.refused().map_or_else(|| error.to_string(), ToString::to_string)
}
