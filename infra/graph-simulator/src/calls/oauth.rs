//! Tokens: the code exchange and `debug_token` (facts 2.1, 2.2).

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Body, Reply};
use crate::error::GraphError;
use crate::http::Call;
use crate::simulator::Simulator;
use crate::token::Caller;
use crate::world::{ExchangeBody, Holder, Role, Token, Waba, World};

const MANAGEMENT: &str = "whatsapp_business_management";
const MESSAGING: &str = "whatsapp_business_messaging";

pub(super) fn exchange(simulator: &mut Simulator, call: &Call) -> Reply {
    let now = simulator.now;
    let world = &mut simulator.world;
    if call.required("client_id")? != world.app.id {
        return Err(GraphError::new(101, "Error validating application. Cannot get application info."));
    }
    if call.required("client_secret")? != world.app.secret {
        return Err(GraphError::new(1, "Error validating client secret."));
    }
    let unknown = || GraphError::new(100, "Error validating verification code.").subcode(36_008);
    let code = world.codes.get_mut(call.required("code")?).ok_or_else(unknown)?;
    if code.used {
        return Err(GraphError::new(100, "This authorization code has been used.").subcode(36_009));
    }
    if code.expires_at <= now {
        return Err(GraphError::new(100, "This authorization code has expired.").subcode(36_007));
    }
    code.used = true;
    let business_id = code.business_id.clone();
    let (text, lives) = issue(world, business_id, now);
    Ok(match world.settings.exchange_body {
        ExchangeBody::Text => Body::Text(text),
        ExchangeBody::Json if lives.is_zero() => {
            json!({ "access_token": text, "token_type": "bearer" }).into()
        }
        ExchangeBody::Json => {
            json!({ "access_token": text, "token_type": "bearer", "expires_in": lives.as_secs() }).into()
        }
    })
}

/// A new token of a customer's business, and how long it lives; nothing is for ever.
fn issue(world: &mut World, business_id: String, now: Timestamp) -> (String, SignedDuration) {
    let lives = SignedDuration::from_hours(24 * i64::from(world.settings.business_token_days));
    let expires_at = (!lives.is_zero()).then(|| now + lives);
    let text = format!("EAAsignup{}", world.new_id());
    let holder = Holder::Business(business_id);
    world.tokens.insert(text.clone(), Token { holder, issued_at: now, expires_at, revoked: false });
    (text, lives)
}

/// `GET /{solution}/access_token`: of a business that has a WABA in the solution, for our system user.
pub(super) fn of_solution(simulator: &mut Simulator, call: &Call) -> Reply {
    let now = simulator.now;
    let world = &mut simulator.world;
    world.caller(call, now)?.is_system_user()?;
    let business_id = call.required("business_id")?.to_owned();
    let is_in = |waba: &Waba| waba.business_id == business_id && waba.solutions.contains(&call.node);
    if !world.wabas.values().any(is_in) {
        return Err(GraphError::no_permission("a business that has granted the solution access"));
    }
    let (text, _) = issue(world, business_id, now);
    Ok(json!({ "data": [{ "access_token": text }] }).into())
}

pub(super) fn debug(simulator: &mut Simulator, call: &Call) -> Reply {
    let world = &simulator.world;
    let caller = world.caller(call, simulator.now)?;
    let input = call.required("input_token")?;
    // A customer's token may look at itself and at no other.
    if matches!(caller, Caller::Business(_)) && call.token.as_deref() != Some(input) {
        return Err(GraphError::no_permission("an app or system user access token"));
    }
    Ok(json!({ "data": describe(world, input, simulator.now) }).into())
}

fn describe(world: &World, input: &str, now: Timestamp) -> Value {
    if world.is_app_token(input) {
        return json!({
            "app_id": world.app.id, "application": world.app.name, "type": "APP", "is_valid": true, "scopes": [],
        });
    }
    let Some(token) = world.tokens.get(input) else {
        let error = json!({ "code": 190, "message": "Invalid OAuth access token." });
        return json!({ "is_valid": false, "error": error, "scopes": [] });
    };
    let mut data = json!({
        "app_id": world.app.id,
        "application": world.app.name,
        "type": "SYSTEM_USER",
        "is_valid": token.death(now).is_none(),
        "issued_at": token.issued_at.as_second(),
        "expires_at": token.expires_at.map_or(0, Timestamp::as_second),
        "data_access_expires_at": 0,
    });
    let (scopes, granular, user) = reach(world, &token.holder);
    if let Some(fields) = data.as_object_mut() {
        if let Some((subcode, message)) = token.death(now) {
            fields.insert("error".to_owned(), json!({ "code": 190, "subcode": subcode, "message": message }));
        }
        fields.insert("scopes".to_owned(), scopes);
        fields.insert("granular_scopes".to_owned(), granular);
        fields.insert("user_id".to_owned(), user.into());
    }
    data
}

/// Scopes, granular scopes and user of a token. A customer's token lists its WABAs, the newest signup
/// first; a system user's is not narrowed to assets (facts 2.2).
fn reach(world: &World, holder: &Holder) -> (Value, Value, String) {
    match holder {
        Holder::Business(business) => {
            let wabas = world.granted(business);
            let granular = json!([
                { "scope": MANAGEMENT, "target_ids": wabas },
                { "scope": MESSAGING, "target_ids": wabas },
            ]);
            (json!([MANAGEMENT, MESSAGING]), granular, format!("1{business}"))
        }
        Holder::SystemUser(user) => {
            let mut scopes = vec![MANAGEMENT, MESSAGING];
            if world.system_users.get(user).is_some_and(|user| user.role != Role::Employee) {
                scopes.push("business_management");
            }
            let granular: Vec<_> = scopes.iter().map(|scope| json!({ "scope": scope })).collect();
            (json!(scopes), granular.into(), user.clone())
        }
    }
}
