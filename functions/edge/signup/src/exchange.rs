//! The exchange: from the code to a stored token, inside the request.

use std::borrow::Cow;

use handover_domain::moment::after;
use handover_engine::items::{self, TokenOwner};
use handover_engine::ports::{Clock, Ids, Ports, Purpose, Vault};
use handover_engine::problem::Problem;
use handover_engine::records::{Action, Change, Expectation, Records, RecordsError, Write, WrittenTogether};
use handover_engine::signup_link::{SignupLink, SignupOutcome};
use handover_engine::tokens::StoredToken;
use handover_engine::writes::{self, Happened};
use handover_graph::call;
use handover_graph::calls::debug_token::{DebugToken, Reach, TokenFacts};
use handover_graph::calls::exchange_code::ExchangeCode;
use handover_graph::error::{Failure, GraphError};
use handover_graph::secret::Token;
use handover_graph::transport::TransportError;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::Serialize;
use serde_json::json;

use crate::request::SignupRequest;
use crate::{Answered, Held, TAKEN_FOR_SECONDS, undecided};

/// Every call of Meta's ends so long after the link was taken. The code is good for 30 seconds from the
/// browser on, and what is left to do afterwards must end before others may speak of the link.
pub(crate) const CALLS_END_AFTER: SignedDuration = SignedDuration::from_secs(15);
/// Calls that surely did not reach Meta may be made again this often.
const TRIES: u8 = 3;

/// Exchanges the code and writes what came of it.
pub(crate) async fn exchange<P: Ports>(
    ports: &P,
    request: &SignupRequest,
    held: &Held<'_>,
) -> Result<Answered, Problem> {
    let Held { link, state_hash, .. } = held;
    let ends_by = after(held.taken_at, CALLS_END_AFTER);
    let token = match token_for(ports, &request.code, &held.app_secret, ends_by).await {
        Ok(token) => token,
        Err(error) => {
            let why = Why::from(&error);
            return end(ports, link, state_hash, SignupOutcome::LostCode, Some(why)).await;
        }
    };
    let facts = facts_of(ports, &token, &held.app_secret, ends_by).await;
    if let Some(facts) = &facts {
        if facts.app.as_ref() != Some(&ports.settings().app) {
            return end(ports, link, state_hash, SignupOutcome::WrongApp, None).await;
        }
        if !facts.is_valid || facts.wabas == Reach::Nothing {
            return end(ports, link, state_hash, SignupOutcome::Denied, None).await;
        }
    }
    let writes = accepted(ports, request, held, &token, facts).await;
    let writes = writes.map_err(|_| undecided(TAKEN_FOR_SECONDS))?;
    match ports.records().write_together(&writes).await {
        Ok(WrittenTogether::Done) => {
            Ok(Answered { migration: link.migration, outcome: SignupOutcome::Accepted })
        }
        // STATE is the last of the writes: the migration has ended meanwhile.
        Ok(WrittenTogether::Refused(refused)) if refused.contains_key(&(writes.len() - 1)) => {
            end(ports, link, state_hash, SignupOutcome::Denied, None).await
        }
        Ok(WrittenTogether::Refused(_)) | Err(_) => Err(undecided(TAKEN_FOR_SECONDS)),
    }
}

async fn token_for<P: Ports>(
    ports: &P,
    code: &SecretString,
    app_secret: &SecretString,
    ends_by: Timestamp,
) -> Result<Token, GraphError> {
    let call = ExchangeCode {
        app: ports.settings().app.clone(),
        app_secret: app_secret.clone(),
        code: code.clone(),
    };
    let mut tries = 1;
    loop {
        match call::send(ports.graph(), &call, None, ends_by).await {
            // Nothing was sent, so the code is whole.
            Err(GraphError { failure: Failure::Transport(TransportError::NotSent { .. }), .. })
                if tries < TRIES =>
            {
                tries += 1;
            }
            answer => return answer,
        }
    }
}

/// What Meta says of the token. If it says nothing in time, `discover-assets` asks again before it relies on
/// it.
async fn facts_of<P: Ports>(
    ports: &P,
    token: &Token,
    app_secret: &SecretString,
    ends_by: Timestamp,
) -> Option<TokenFacts> {
    let caller = Token::of_app(&ports.settings().app, app_secret);
    let call = DebugToken { input: token.access().clone() };
    call::send(ports.graph(), &call, Some(&caller), ends_by).await.ok()
}

/// One transaction over the tables: the token, the outcome, a note, and the wake; the wake last.
async fn accepted<P: Ports>(
    ports: &P,
    request: &SignupRequest,
    held: &Held<'_>,
    token: &Token,
    facts: Option<TokenFacts>,
) -> Result<Vec<Write>, RecordsError> {
    let migration = held.link.migration;
    let now = ports.clock().now();
    let owner = TokenOwner::Migration(migration);
    let key = items::token(&owner);
    let lost = |_| RecordsError::Lost { table: "vault", operation: "seal", source: None };
    let text =
        token.expose().map_err(|_| RecordsError::Lost { table: "vault", operation: "seal", source: None })?;
    let sealed = ports.vault().seal(&owner.to_string(), Purpose::Token, &text).await.map_err(lost)?;
    let stored = StoredToken::new(sealed, now, facts, request.waba_id.clone());
    let token = writes::put(key.clone(), items::written(&key, &stored)?, vec![]);
    let note = json!({
        "at": now.as_millisecond(), "what": "signup accepted", "event": request.event,
        "waba": request.waba_id, "phone_number": request.phone_number_id, "business": request.business_id,
    });
    let key = items::note(migration, ports.ids().new_id(now));
    let note = writes::put(key.clone(), items::written(&key, &note)?, vec![]);
    let outcome = outcome_write(held.state_hash, Some(held.code_hash), SignupOutcome::Accepted);
    Ok(vec![token, outcome, note, writes::wake(migration, now, Some(Happened::SignedUp))])
}

/// The outcome is written once, by the one who holds the link.
fn outcome_write(state_hash: &str, code_hash: Option<&str>, outcome: SignupOutcome) -> Write {
    let ours = code_hash.map(|code_hash| Expectation::Is("taken_by", json!(code_hash)));
    Write {
        key: items::signup(state_hash),
        expects: ours.into_iter().chain([Expectation::Lacks("outcome")]).collect(),
        action: Action::Update(vec![Change::Set("outcome", json!(outcome))]),
    }
}

/// Why a signup did not go through, as its note tells an operator, and Direct Support after them.
#[derive(Serialize)]
pub(crate) struct Why {
    call: Cow<'static, str>,
    cause: Cow<'static, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subcode: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fbtrace_id: Option<String>,
}

impl From<&GraphError> for Why {
    fn from(error: &GraphError) -> Self {
        let refused = error.refused();
        Self {
            call: error.call.clone(),
            cause: error.verdict().cause,
            code: refused.map(|refused| refused.code),
            subcode: refused.and_then(|refused| refused.subcode),
            fbtrace_id: refused.and_then(|refused| refused.fbtrace_id.clone()),
        }
    }
}

/// Ends a signup that did not go through: the outcome and a note; the migration waits as it did.
pub(crate) async fn end<P: Ports>(
    ports: &P,
    link: &SignupLink,
    state_hash: &str,
    outcome: SignupOutcome,
    why: Option<Why>,
) -> Result<Answered, Problem> {
    let now = ports.clock().now();
    let key = items::note(link.migration, ports.ids().new_id(now));
    let mut note =
        json!({ "at": now.as_millisecond(), "what": "signup did not go through", "outcome": outcome });
    if let (Some(note), Some(why)) = (note.as_object_mut(), why) {
        note.insert("error".to_owned(), json!(why));
    }
    let note = items::written(&key, &note).map_err(|_| undecided(TAKEN_FOR_SECONDS))?;
    let note = writes::put(key, note, vec![]);
    match ports.records().write_together(&[outcome_write(state_hash, None, outcome), note]).await {
        Ok(WrittenTogether::Done) => Ok(Answered { migration: link.migration, outcome }),
        Ok(WrittenTogether::Refused(_)) | Err(_) => Err(undecided(TAKEN_FOR_SECONDS)),
    }
}
