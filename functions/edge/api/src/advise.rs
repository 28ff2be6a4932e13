//! `POST /plans`: which road a customer should take.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use handover_domain::advice::{self, Advice, Known};
use handover_engine::ports::{Clock, Ports};
use handover_engine::problem::Problem;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{reading, schemas};

/// What is known of a customer, and for whom the dates are.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AdviseRequest)]
struct Asked {
    /// Whatever is left out is asked in the answer.
    #[schema(value_type = schemas::Known)]
    known: Known,
    /// The reader's time zone, such as Europe/Berlin; UTC, if it is not said.
    #[serde(default)]
    zone: Option<String>,
}

/// Advises: the roads that are open to a customer, the best first, with dates, risks and what Meta leaves unclear; those that
/// are closed, with why; and what to ask next. It creates nothing.
#[utoipa::path(post, path = "/plans", tag = "plan", request_body = Asked,
    responses((status = 200, description = "The roads", body = schemas::Advice)))]
pub(crate) fn advise<P: Ports>(ports: &P, request: &ApiGatewayV2httpRequest) -> Result<Advice, Problem> {
    let Asked { known, zone } = reading::body(request)?;
    let zone = reading::zone(zone.as_deref())?;
    Ok(advice::advise(&known, ports.clock().now(), &zone, &ports.settings().month_edge))
}
