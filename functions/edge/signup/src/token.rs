//! `PUT /wabas/{id}/token`: a token that the partner's own signup has exchanged, or a new one in the place of one that
//! ends. It goes in and never comes out.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use handover_domain::ids::{MigrationId, WabaId};
use handover_domain::moment::after;
use handover_engine::http_answers::body_of;
use handover_engine::items::{self, TokenOwner};
use handover_engine::permission;
use handover_engine::ports::{Clock, Ids, Ports, Purpose, Vault};
use handover_engine::problem::Problem;
use handover_engine::records::{Action, Expectation, Item, Key, Records, Write, WrittenTogether};
use handover_engine::tokens::StoredToken;
use handover_engine::writes::{self, Happened};
use handover_graph::call;
use handover_graph::calls::debug_token::{DebugToken, TokenFacts};
use handover_graph::secret::Token;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// No token needs more.
const MAX_BODY: usize = 8 * 1024;
/// Tokens of Meta's are a few hundred characters.
const MAX_TOKEN: usize = 2048;
/// Meta's answer is waited for so long; API Gateway waits 30 seconds.
const A_CALL_TAKES_AT_MOST: SignedDuration = SignedDuration::from_secs(10);

/// A customer's token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TokenRequest)]
struct PutRequest {
    /// It goes in and never comes out.
    #[schema(value_type = String, format = Password, write_only, min_length = 1, max_length = 2048)]
    token: SecretString,
}

/// What was stored; of the token itself nothing.
#[derive(Serialize, ToSchema)]
#[schema(as = StoredToken)]
pub(crate) struct Stored {
    /// The migration that goes on.
    #[schema(value_type = String, format = Uuid)]
    migration: MigrationId,
    #[schema(value_type = String, pattern = "^[0-9]{1,20}$")]
    waba: WabaId,
    /// When the token ends; absent if never, or not known.
    expires_at: Option<Timestamp>,
}

/// The item LOCK, as far as it is needed here.
#[derive(Deserialize)]
struct Lock {
    migration: MigrationId,
}

/// Stores a token that the partner's own signup has exchanged, or a new one in the place of one that ends.
///
/// Meta must say that it is good, made for our app, and names the WABA; a live migration must hold the WABA, and goes on
/// at once.
#[utoipa::path(put, path = "/wabas/{id}/token", tag = "signup",
    params(("id" = String, Path, description = "The WABA", pattern = "^[0-9]{1,20}$")),
    request_body = PutRequest,
    responses((status = 200, description = "It was stored", body = Stored)))]
pub(crate) async fn put<P: Ports>(ports: &P, request: &ApiGatewayV2httpRequest) -> Result<Stored, Problem> {
    permission::check(ports.settings(), request)?;
    let id = request.path_parameters.get("id").map(String::as_str).unwrap_or_default();
    let waba: WabaId = id
        .parse()
        .map_err(|_| Problem::malformed("id", "`id` is not a WABA's id: it has 1 to 20 digits."))?;
    let PutRequest { token } = body_of(request, MAX_BODY)?;
    if !(1..=MAX_TOKEN).contains(&token.expose_secret().len()) {
        let detail = format!("`token` must have 1 to {MAX_TOKEN} characters; send it as Meta gave it.");
        return Err(Problem::malformed("token", detail));
    }
    let migration = holder(ports, &waba).await?;
    let app_secret = ports.vault().app_secret().await.map_err(|_| Problem::unavailable())?;
    let token = Token::new(token, &app_secret);
    let facts = facts(ports, &token, &app_secret).await?;
    fits(ports, &waba, &facts)?;
    store(ports, migration, waba, &token, facts).await
}

/// The live migration that holds the WABA.
async fn holder<P: Ports>(ports: &P, waba: &WabaId) -> Result<MigrationId, Problem> {
    let key = items::lock(waba);
    let found = ports.records().read(&key).await.map_err(|_| Problem::unavailable())?;
    let item = found.ok_or_else(|| {
        Problem::unknown(
            "id",
            "No live migration holds this WABA. Create one that names it (`waba_id`), then send the token.",
        )
    })?;
    let Lock { migration } = items::read(&key, item).map_err(|_| Problem::unavailable())?;
    Ok(migration)
}

async fn facts<P: Ports>(ports: &P, token: &Token, app_secret: &SecretString) -> Result<TokenFacts, Problem> {
    let caller = Token::of_app(&ports.settings().app, app_secret);
    let call = DebugToken { input: token.access().clone() };
    let ends_by = after(ports.clock().now(), A_CALL_TAKES_AT_MOST);
    call::send(ports.graph(), &call, Some(&caller), ends_by).await.map_err(|error| match error.refused() {
        Some(_) => refused("is not known to Meta"),
        None => Problem::unavailable(),
    })
}

/// A token proves something only if it is ours, good, and names the WABA (rule 7).
fn fits<P: Ports>(ports: &P, waba: &WabaId, facts: &TokenFacts) -> Result<(), Problem> {
    if facts.app.as_ref() != Some(&ports.settings().app) {
        Err(refused("was made for another app"))
    } else if !facts.is_valid {
        Err(refused("is no longer valid"))
    } else if !facts.wabas.names(waba) {
        Err(refused("does not name this WABA"))
    } else {
        Ok(())
    }
}

fn refused(why: &str) -> Problem {
    let detail = format!(
        "`token` {why}; nothing was stored. Let the customer sign up again, and send the token of that signup."
    );
    Problem::malformed("token", detail)
}

/// One transaction: the token, a note, and the wake of the migration that holds the WABA; the wake last.
async fn store<P: Ports>(
    ports: &P,
    migration: MigrationId,
    waba: WabaId,
    token: &Token,
    facts: TokenFacts,
) -> Result<Stored, Problem> {
    let now = ports.clock().now();
    let owner = TokenOwner::Waba(waba.clone());
    let text = token.expose().map_err(|_| Problem::unavailable())?;
    let sealed = ports.vault().seal(&owner.to_string(), Purpose::Token, &text).await;
    let sealed = sealed.map_err(|_| Problem::unavailable())?;
    let stored = StoredToken::new(sealed, now, Some(facts), Some(waba.clone()));
    let note = json!({ "at": now.as_millisecond(), "what": "a token was stored", "waba": waba });
    let writes = [
        whole(items::token(&owner), &stored)?,
        whole(items::note(migration, ports.ids().new_id(now)), &note)?,
        still_holds(&waba, migration),
        writes::wake(migration, now, Some(Happened::SignedUp)),
    ];
    match ports.records().write_together(&writes).await {
        Ok(WrittenTogether::Done) => Ok(Stored { migration, waba, expires_at: stored.expires_at }),
        Ok(WrittenTogether::Refused(_)) => Err(Problem::conflict(
            "id",
            "The migration that held this WABA has just ended; nothing was stored. Look at it before you send the token again.",
        )),
        Err(_) => Err(Problem::unavailable()),
    }
}

pub(crate) fn whole<T: Serialize>(key: Key, typed: &T) -> Result<Write, Problem> {
    let item: Item = items::written(&key, typed).map_err(|_| Problem::unavailable())?;
    Ok(writes::put(key, item, vec![]))
}

fn still_holds(waba: &WabaId, migration: MigrationId) -> Write {
    let ours = Expectation::Is("migration", json!(migration));
    Write { key: items::lock(waba), expects: vec![ours], action: Action::Check }
}
