//! Whether the token of a request lets its holder do what is asked.
//!
//! The gateway has checked signature, issuer, audience and time, and that the token has one of the route's scopes. It reads
//! no body, so what a body decides is decided here; and all the rest is looked at a second time, because one line of the
//! template could let everybody in.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use handover_domain::scope::{Asks, Scope, asked_of};
use serde_json::Value;

use crate::http_answers::body_of;
use crate::problem::Problem;
use crate::settings::Settings;

/// No body that decides about a scope is larger; the function refuses what is.
const MAX_BODY: usize = 16 * 1024;

/// The claims in which an issuer names scopes: RFC 8693 has the first, several issuers the other. API Gateway takes both.
const CLAIMS: [&str; 2] = ["scope", "scp"];

/// Refuses a request whose token does not have the scope for it.
///
/// # Errors
///
/// A [`Problem`]: 404 if there is no such route, 401 if there is no token, 403 if it lacks the scope, which is named; 400 if
/// the scope stands in a body that is none.
pub fn check(settings: &Settings, request: &ApiGatewayV2httpRequest) -> Result<(), Problem> {
    let route = request.route_key.as_deref().unwrap_or_default();
    let asks = asked_of(route)
        .ok_or_else(|| Problem::unknown("path", "There is no such route; see the API document."))?;
    if asks.any().is_empty() {
        return Ok(());
    }
    let authorizer = request.request_context.authorizer.as_ref();
    let Some(jwt) = authorizer.and_then(|authorizer| authorizer.jwt.as_ref()) else {
        return Err(Problem::unproved("Authorization", WITHOUT_A_TOKEN));
    };
    let said = asks.field().map(|field| said(request, field)).transpose()?.flatten();
    let Some(needed) = asks.of(said.as_deref()) else { return Ok(()) };
    let claims = CLAIMS.iter().filter_map(|name| jwt.claims.get(*name));
    let has = claims.flat_map(|claim| listed(claim)).any(|has| has == settings.scope(needed));
    if has { Ok(()) } else { Err(lacking(settings, route, asks, needed)) }
}

const WITHOUT_A_TOKEN: &str = "This needs an operator's token, and the gateway has seen none. Send it as `Authorization: Bearer TOKEN`; if you have, the gateway's authorizer is not that of the template.";

/// What a field of the body says, if it is there. What is no text is a word that nobody knows: the parser takes
/// `{"applied": null}` for `"applied"`, and it must not be the cheaper way to say it.
fn said(request: &ApiGatewayV2httpRequest, field: &str) -> Result<Option<String>, Problem> {
    let body: Value = body_of(request, MAX_BODY)?;
    Ok(match body.get(field) {
        None | Some(Value::Null) => None,
        Some(Value::String(word)) => Some(word.clone()),
        Some(other) => Some(other.to_string()),
    })
}

/// The scopes that a claim lists, apart by spaces. API Gateway hands every claim over as a text, a list as `[one two]`.
fn listed(claim: &str) -> impl Iterator<Item = &str> {
    let list = claim.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    list.unwrap_or(claim).split_ascii_whitespace()
}

fn lacking(settings: &Settings, route: &str, asks: &Asks, needed: Scope) -> Problem {
    let scope = settings.scope(needed);
    let about = match (asks.field(), needed) {
        (Some(field), Scope::Share) => format!(" where `{field}` decides about money"),
        _ => String::new(),
    };
    Problem::forbidden(format!(
        "`{route}`{about} needs the scope `{scope}`, and your token does not have it. Whoever administers the issuer of your operators' tokens can give it to you; or ask a colleague who has it. Nothing was done."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_lists_scopes_apart_by_spaces_or_as_the_gateway_writes_a_list() {
        let scopes = |claim: &str| listed(claim).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(scopes("handover/read handover/share"), ["handover/read", "handover/share"]);
        assert_eq!(scopes("[handover/read handover/share]"), ["handover/read", "handover/share"]);
        assert_eq!(scopes("[read"), ["[read"]);
        assert_eq!(scopes(""), [] as [&str; 0]);
    }
}
