//! What operators ask: creates a migration, shows it, and makes a new signup link for it.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use handover_domain::flow::FlowName;
use handover_domain::ids::{MigrationId, WabaId};
use handover_domain::plan::Plan;
use handover_domain::state::{LONGEST_LABEL, State};
use handover_engine::creation::{self, CreateError, NewMigration};
use handover_engine::http_answers::{self, body_of};
use handover_engine::items;
use handover_engine::ports::Ports;
use handover_engine::problem::Problem;
use handover_engine::records::Records;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

const MAX_BODY: usize = 16 * 1024;

/// Answers the operators' routes; every refusal is a typed problem that names the field.
pub async fn handle<P: Ports>(ports: &P, request: ApiGatewayV2httpRequest) -> ApiGatewayV2httpResponse {
    let answer = match request.route_key.as_deref() {
        Some("POST /migrations") => {
            create(ports, &request).await.map(|created| http_answers::json(201, &created))
        }
        Some("GET /migrations/{id}") => {
            show(ports, &request).await.map(|state| http_answers::json(200, &state))
        }
        Some("POST /migrations/{id}/new-link") => {
            new_link(ports, &request).await.map(|link| http_answers::json(201, &link))
        }
        _ => Err(Problem::unknown("path", "There is no such route; see the API document.")),
    };
    answer.unwrap_or_else(|problem| http_answers::problem(&problem))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CreateRequest {
    flow: FlowName,
    #[serde(default)]
    waba_id: Option<WabaId>,
    #[serde(default)]
    label: Option<String>,
}

/// A signup link: told this once, and kept only as a hash. Nothing here can be printed for debugging, because
/// the link's secret stands in it.
#[derive(Serialize)]
struct LinkAnswer {
    migration: MigrationId,
    /// The signup page with the link's secret; for the customer, and nobody else.
    signup_link: String,
    /// The link's secret alone, as the signup page sends it back.
    state: String,
}

impl LinkAnswer {
    fn new<P: Ports>(ports: &P, migration: MigrationId, link: &SecretString) -> Self {
        let state = link.expose_secret().to_owned();
        let signup_link = format!("{}?state={state}", ports.settings().signup_page);
        Self { migration, signup_link, state }
    }
}

/// A migration as it was created.
#[derive(Serialize)]
struct CreateAnswer {
    #[serde(flatten)]
    link: LinkAnswer,
    plan: Plan,
}

async fn create<P: Ports>(ports: &P, request: &ApiGatewayV2httpRequest) -> Result<CreateAnswer, Problem> {
    let asked: CreateRequest = body_of(request, MAX_BODY)?;
    if asked.label.as_ref().is_some_and(|label| label.len() > LONGEST_LABEL) {
        let detail = format!(
            "`label` is longer than {LONGEST_LABEL} bytes; a letter that is not of ASCII counts for two to four."
        );
        return Err(Problem::malformed("label", detail));
    }
    let new = NewMigration { flow: asked.flow, waba: asked.waba_id, label: asked.label };
    let created = creation::create(ports, new).await.map_err(|error| match error {
        CreateError::WabaTaken(waba) => {
            let detail =
                format!("WABA {waba} has a live migration already. Follow that one, or cancel it first.");
            Problem::conflict("waba_id", detail)
        }
        CreateError::NoRow(_) | CreateError::Records(_) => Problem::unavailable(),
    })?;
    let link = LinkAnswer::new(ports, created.state.migration, &created.link);
    Ok(CreateAnswer { link, plan: created.plan })
}

/// The way on after a lost code, and after a link that has expired. Older links stay as they are: the first
/// that goes through wakes the migration, whichever it is. A migration that ends just after the look refuses
/// the signup itself, in the transaction that would wake it.
async fn new_link<P: Ports>(ports: &P, request: &ApiGatewayV2httpRequest) -> Result<LinkAnswer, Problem> {
    let state = show(ports, request).await?;
    if state.status.is_end() {
        let detail = "This migration has ended, so no signup can bring it on. Create a new one if the customer still wants to move.";
        return Err(Problem::conflict("id", detail));
    }
    let link = creation::new_link(ports, state.migration).await.map_err(|_| Problem::unavailable())?;
    Ok(LinkAnswer::new(ports, state.migration, &link))
}

async fn show<P: Ports>(ports: &P, request: &ApiGatewayV2httpRequest) -> Result<State, Problem> {
    let id = request.path_parameters.get("id").map(String::as_str).unwrap_or_default();
    let migration: MigrationId = id.parse().map_err(|_| {
        Problem::malformed("id", "`id` is not a migration's id; take it from the answer of create.")
    })?;
    let key = items::state(migration);
    let found = ports.records().read(&key).await.map_err(|_| Problem::unavailable())?;
    let item = found.ok_or_else(|| Problem::unknown("id", "There is no migration with this id."))?;
    items::read(&key, item).map_err(|_| Problem::unavailable())
}
