//! What operators ask: create, look, act. Every refusal is a typed problem that names the field and the next step.

mod actions;
mod advise;
mod alarms;
mod create;
mod hand_off;
mod history;
mod liabilities;
mod list;
mod openapi;
mod plan;
mod reading;
mod roll_call;
mod schemas;
mod show;
mod templates;
mod unmatched;
mod unshared;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use handover_engine::http_answers::{self, json};
use handover_engine::parameters::Parameters;
use handover_engine::permission;
use handover_engine::ports::Ports;
use handover_engine::problem::Problem;

pub use crate::openapi::document;

/// Answers the operators' routes, by the route that API Gateway found in the template.
pub async fn handle<P: Ports>(ports: &P, request: ApiGatewayV2httpRequest) -> ApiGatewayV2httpResponse {
    answer(ports, &request).await.unwrap_or_else(|problem| http_answers::problem(&problem))
}

async fn answer<P: Ports>(
    ports: &P,
    request: &ApiGatewayV2httpRequest,
) -> Result<ApiGatewayV2httpResponse, Problem> {
    permission::check(ports.settings(), request)?;
    let route = request.route_key.as_deref().unwrap_or_default();
    let parameters = Parameters::only(request, known(route))?;
    Ok(match route {
        "POST /migrations" => json(201, &create::one(ports, request).await?),
        "POST /migrations/batch" => json(200, &create::batch(ports, request).await?),
        "GET /migrations" => json(200, &list::list(ports, &parameters).await?),
        "GET /migrations/{id}" => json(200, &show::show(ports, request).await?),
        "GET /migrations/{id}/history" => json(200, &history::history(ports, request, &parameters).await?),
        "GET /migrations/{id}/events" => json(200, &history::events(ports, request, &parameters).await?),
        "GET /migrations/{id}/templates" => json(200, &templates::templates(ports, request).await?),
        "GET /migrations/{id}/hand-off" => json(200, &hand_off::export(ports, request).await?),
        "POST /hand-offs" => json(200, &hand_off::import(ports, request).await?),
        "POST /migrations/{id}/unshared" => json(200, &unshared::unshared(ports, request).await?),
        "POST /migrations/{id}/retry" => json(200, &actions::retry(ports, request).await?),
        "POST /migrations/{id}/cancel" => json(200, &actions::cancel(ports, request).await?),
        "POST /migrations/{id}/resolve" => json(200, &actions::resolve(ports, request).await?),
        "POST /migrations/{id}/approve" => json(200, &actions::approve(ports, request).await?),
        "POST /migrations/{id}/new-link" => json(201, &actions::new_link(ports, request).await?),
        "POST /plans" => json(200, &advise::advise(ports, request)?),
        "GET /plan" => json(200, &plan::plan(ports, &parameters)?),
        "GET /roll-calls/{month}" => json(200, &roll_call::roll_call(ports, request).await?),
        "GET /alarms" => json(200, &alarms::alarms(ports).await?),
        "GET /liabilities" => json(200, &liabilities::list(ports, &parameters).await?),
        "POST /liabilities/{business}/revoke" => json(201, &liabilities::revoke(ports, request).await?),
        "GET /openapi.json" => openapi::answer(),
        "GET /unmatched-webhooks" => json(200, &unmatched::unmatched(ports).await?),
        _ => return Err(Problem::unknown("path", "There is no such route; see the API document.")),
    })
}

/// The parameters that a route understands in its query.
fn known(route: &str) -> &'static [&'static str] {
    match route {
        "GET /migrations" => &["status", "limit", "after"],
        "GET /migrations/{id}/history" | "GET /migrations/{id}/events" => &["limit", "after"],
        "GET /liabilities" => &["limit", "after"],
        "GET /plan" => &["on", "zone"],
        _ => &[],
    }
}
