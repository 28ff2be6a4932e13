//! `POST /migrations/{id}/code`: the code that Meta has sent to a number that moves. It goes in and never comes out.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use handover_domain::ids::MigrationId;
use handover_domain::reason::Reason;
use handover_domain::state::State;
use handover_domain::step::Step;
use handover_engine::http_answers::body_of;
use handover_engine::items;
use handover_engine::permission;
use handover_engine::ports::{Clock, Ids, Ports, Purpose, Vault};
use handover_engine::problem::Problem;
use handover_engine::records::{Expectation, Records, Write, WrittenTogether};
use handover_engine::verification::StoredCode;
use handover_engine::writes;
use handover_graph::secret::VerificationCode;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::token::whole;

/// Six digits need no more.
const MAX_BODY: usize = 1024;

/// What a migration stands for that has had a code sent.
const AWAITS: [Reason; 2] = [Reason::CODE_AWAITED, Reason::CODE_REFUSED];

/// The code that the number has got.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CodeRequest)]
struct PostRequest {
    /// It goes in and never comes out.
    #[schema(value_type = String, format = Password, write_only, pattern = "^[0-9]{6}$")]
    code: SecretString,
}

/// What was stored; of the code itself nothing.
#[derive(Serialize, ToSchema)]
#[schema(as = StoredCode)]
pub(crate) struct Stored {
    /// The migration that goes on.
    #[schema(value_type = String, format = Uuid)]
    migration: MigrationId,
}

/// Takes the code that Meta has sent to the number, and has it given to Meta at once, one time.
///
/// A code must be awaited: an operator has decided that one is sent (`resolve` with `sms` or `voice`). Whether Meta takes it
/// stands in the migration a moment later. There is no `Idempotency-Key`: the same code twice is one code.
#[utoipa::path(post, path = "/migrations/{id}/code", tag = "signup",
    params(("id" = String, Path, description = "The migration", format = Uuid)),
    request_body = PostRequest,
    responses((status = 200, description = "It was stored", body = Stored)))]
pub(crate) async fn post<P: Ports>(ports: &P, request: &ApiGatewayV2httpRequest) -> Result<Stored, Problem> {
    permission::check(ports.settings(), request)?;
    let id = request.path_parameters.get("id").map(String::as_str).unwrap_or_default();
    let migration: MigrationId = id.parse().map_err(|_| {
        Problem::malformed("id", "`id` is not a migration's id, as creating it has answered it.")
    })?;
    let PostRequest { code } = body_of(request, MAX_BODY)?;
    let code = VerificationCode::new(code).map_err(|_| {
        Problem::malformed("code", "`code` must be six digits, without the hyphen of Meta's message.")
    })?;
    awaited(ports, migration).await?;
    store(ports, migration, &code).await
}

/// A code is awaited where Meta was asked for one; before, nobody can have got it.
async fn awaited<P: Ports>(ports: &P, migration: MigrationId) -> Result<(), Problem> {
    let found = items::stored(ports.records(), &items::state(migration)).await;
    let state: State = found.map_err(|_| Problem::unavailable())?.ok_or_else(|| {
        Problem::unknown(
            "id",
            "There is no migration of this id; `handover list` shows those that there are.",
        )
    })?;
    let is_its_row = state.step == Step::VerifyNumber && !state.status.is_end();
    match &state.reason {
        Some(reason) if is_its_row && AWAITS.contains(reason) => Ok(()),
        // What the step has come to is not written yet.
        _ if is_its_row && state.lease_until.is_some_and(|until| ports.clock().now() < until) => Err(
            Problem::conflict("id", "A step is at work on the migration. Send the code again in a moment.")
                .after(2),
        ),
        _ if is_its_row => Err(Problem::conflict(
            "id",
            "Meta was not asked for a code yet, so this cannot be one. Resolve the migration with sms or voice while the customer has the number at hand.",
        )),
        _ => Err(Problem::conflict(
            "id",
            format!(
                "The migration awaits no code: it is {}, at the row {:?}.",
                state.status.name(),
                state.row
            ),
        )),
    }
}

/// One transaction: the code, a note, and the wake.
async fn store<P: Ports>(
    ports: &P,
    migration: MigrationId,
    code: &VerificationCode,
) -> Result<Stored, Problem> {
    let now = ports.clock().now();
    let key = items::code(migration);
    let sealed = ports.vault().seal(&key.partition, Purpose::Code, code.digits()).await;
    let stored = StoredCode { sealed: sealed.map_err(|_| Problem::unavailable())?, stored_at: now };
    let note = json!({ "at": now.as_millisecond(), "what": "a code was told" });
    let wake = writes::wake(migration, now, None);
    // Beyond its row nobody would take it away again.
    let at_its_row = Expectation::Is("step", json!(Step::VerifyNumber));
    let expects = wake.expects.iter().cloned().chain([at_its_row]).collect();
    let writes = [
        whole(key, &stored)?,
        whole(items::note(migration, ports.ids().new_id(now)), &note)?,
        Write { expects, ..wake },
    ];
    match ports.records().write_together(&writes).await {
        Ok(WrittenTogether::Done) => Ok(Stored { migration }),
        Ok(WrittenTogether::Refused(_)) => Err(Problem::conflict(
            "id",
            "The number was verified just now, or the migration has ended; nothing was stored. Its history says which.",
        )),
        Err(_) => Err(Problem::unavailable()),
    }
}
