//! `GET /migrations/{id}/hand-off` and `POST /hand-offs`: what two partners of a Multi-Partner Solution tell each other.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use handover_domain::ids::MigrationId;
use handover_domain::state::{LONGEST_LABEL, State};
use handover_engine::actions::{self, Action, Request};
use handover_engine::creation::CreateError;
use handover_engine::hand_off::{
    self, BeginError, HandOff, Imported, Kind, NoHandOff, Opening, ShareWanted, Shared, VERSION,
};
use handover_engine::items;
use handover_engine::ports::{Clock, Ports};
use handover_engine::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use crate::actions::{problem, sentence};
use crate::create;
use crate::reading;
use crate::schemas;

/// Meta's codes of time zones have three digits; whoever sends more has mistaken it for something else.
const LONGEST_ZONE: usize = 20;

/// What became of a hand-off.
#[derive(Serialize, ToSchema)]
#[schema(as = HandOffTaken)]
pub(crate) struct Taken {
    /// The migration of this deployment that it is for: the one that it has begun, or the one that waited for it.
    #[schema(value_type = String, format = Uuid)]
    migration: MigrationId,
    /// Whether it was new here: the same paper imported again changes nothing.
    is_new: bool,
}

/// Exports what the other partner of the solution needs of this migration, as one document.
///
/// Of a migration whose share the partner makes (`partner_shares`), that a share is wanted, once the customer's new WABA is
/// known; of one that such a document has begun (`solution-share`), that it is made, once it is. There is no secret in it.
/// `docs/hand-off.schema.json` is its schema.
#[utoipa::path(get, path = "/migrations/{id}/hand-off", tag = "migrations",
    params(("id" = String, Path, description = schemas::ID, format = Uuid)),
    responses((status = 200, description = "The document, for the other partner", body = HandOff)))]
pub(crate) async fn export<P: Ports>(
    ports: &P,
    request: &ApiGatewayV2httpRequest,
) -> Result<HandOff, Problem> {
    let state = reading::state(ports, request).await?;
    hand_off::export(ports, &state).await.map_err(|error| match error {
        NoHandOff::Records(_) => Problem::unavailable(),
        error => Problem::conflict("id", sentence(&error.to_string())),
    })
}

/// Imports a hand-off of the other partner's.
///
/// That a share is wanted begins a migration of the flow `solution-share`, once for each migration of the partner's: the same
/// document imported again is answered with the same one. Nothing in it is believed before Meta has said the same. That a
/// share is made wakes the migration which it answers, and is taken for that one and its new WABA alone.
#[utoipa::path(post, path = "/hand-offs", tag = "migrations",
    request_body = HandOff,
    responses((status = 200, description = "What it is for", body = Taken)))]
pub(crate) async fn import<P: Ports>(ports: &P, request: &ApiGatewayV2httpRequest) -> Result<Taken, Problem> {
    let Opening { version, kind } = reading::body(request)?;
    if version != VERSION {
        let detail = format!(
            "`version` is {version}, and this deployment reads version {VERSION}. Both partners deploy the same version of Handover, then export it again."
        );
        return Err(Problem::malformed("version", detail));
    }
    match kind {
        Kind::ShareWanted => begin(ports, request, reading::body(request)?).await,
        Kind::Shared => take_in(ports, request, reading::body(request)?).await,
    }
}

async fn begin<P: Ports>(
    ports: &P,
    request: &ApiGatewayV2httpRequest,
    paper: ShareWanted,
) -> Result<Taken, Problem> {
    if paper.label.as_ref().is_some_and(|label| label.len() > LONGEST_LABEL) {
        let detail = format!("`label` is longer than {LONGEST_LABEL} bytes; the partner shortens it.");
        return Err(Problem::malformed("label", detail));
    }
    if paper.timezone_id.as_ref().is_some_and(|zone| zone.len() > LONGEST_ZONE) {
        let detail = "`timezone_id` is no code of Meta's for a time zone; the partner exports it again.";
        return Err(Problem::malformed("timezone_id", detail));
    }
    let begun = hand_off::begin(ports, paper, reading::operator(request)).await;
    begun.map(|begun| Taken { migration: begun.migration, is_new: begun.is_new }).map_err(|error| {
        let words = sentence(&error.to_string());
        match error {
            BeginError::AnotherPaper(_) => Problem::conflict("migration", words),
            BeginError::Create(error) => not_begun(error),
            BeginError::Records(_) => Problem::unavailable(),
        }
    })
}

/// Why no migration was created, by the field of the paper that it is about.
fn not_begun(error: CreateError) -> Problem {
    let field = match error {
        CreateError::WabaTaken(..) => "waba",
        CreateError::NoCreditLine(_) => "kind",
        _ => "migration",
    };
    let problem = create::problem(error);
    Problem { field: problem.field.map(|_| field.to_owned()), ..problem }
}

async fn take_in<P: Ports>(
    ports: &P,
    request: &ApiGatewayV2httpRequest,
    paper: Shared,
) -> Result<Taken, Problem> {
    let migration = paper.answers;
    let known = hand_off::share_of(ports, migration).await.map_err(|_| Problem::unavailable())?;
    if known.is_some_and(|known| known.paper == paper) {
        return Ok(Taken { migration, is_new: false });
    }
    let state = answered(ports, migration).await?;
    let (at, by) = (ports.clock().now(), reading::operator(request));
    let reason = format!("the answer of the partner of solution {}", paper.solution);
    let action = Action::TakeIn(Box::new(Imported { paper, at, by: by.clone() }));
    let asked = Request { migration, seq: state.seq, reason, action, by, kept: None };
    actions::act(ports, &asked).await.map_err(|error| problem(ports, error))?;
    Ok(Taken { migration, is_new: true })
}

/// The migration that a paper answers.
async fn answered<P: Ports>(ports: &P, migration: MigrationId) -> Result<State, Problem> {
    let found = items::stored(ports.records(), &items::state(migration)).await;
    found.map_err(|_| Problem::unavailable())?.ok_or_else(|| {
        let detail = format!(
            "`answers` names the migration {migration}, and this deployment has none of that id. Import it where the hand-off was exported that it answers."
        );
        Problem::unknown("answers", detail)
    })
}
