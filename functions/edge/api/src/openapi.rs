//! `GET /openapi.json`: the API document, made from the types and routes and checked in.

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use handover_engine::http_answers;
use utoipa::OpenApi;

use crate::{
    actions, advise, alarms, create, hand_off, history, liabilities, list, plan, roll_call, show, templates,
    unmatched, unshared,
};

/// What is checked in: a test holds it to the code.
const CHECKED_IN: &str = include_str!("../../../../docs/openapi.json");

/// This document.
#[utoipa::path(get, path = "/openapi.json", tag = "plan",
    responses((status = 200, description = "The document, OpenAPI 3.1", body = Object)))]
pub(crate) fn answer() -> ApiGatewayV2httpResponse {
    http_answers::text("application/json", CHECKED_IN)
}

/// The operators' part of the API document.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    Operators::openapi()
}

#[derive(OpenApi)]
#[openapi(paths(
    create::one,
    create::batch,
    list::list,
    show::show,
    history::history,
    history::events,
    templates::templates,
    hand_off::export,
    hand_off::import,
    unshared::unshared,
    actions::retry,
    actions::cancel,
    actions::resolve,
    actions::approve,
    actions::new_link,
    plan::plan,
    advise::advise,
    roll_call::roll_call,
    alarms::alarms,
    liabilities::list,
    liabilities::revoke,
    unmatched::unmatched,
    answer,
))]
struct Operators;
