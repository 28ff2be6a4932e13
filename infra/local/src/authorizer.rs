//! The JWT authorizer of the gateway: who is let in to which route.
//!
//! It does what API Gateway's developer guide says of its own ("Control access to HTTP APIs with JWT authorizers"): key,
//! issuer, audience, times, then one of the route's scopes; and refuses as that does, with 401 or 403 and two words. What
//! would have been better is told in `www-authenticate`, and nowhere else.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::issuer::{Claims, Issuer};
use crate::template::Authorizer;

/// Why a token is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It is none, or none that counts here: 401.
    Unauthorized(&'static str),
    /// It counts, and has none of the route's scopes: 403.
    Forbidden,
}

/// What the token in the header `Authorization` says, if it counts here at that moment and has one of the scopes.
///
/// # Errors
///
/// [`Refused`] says which of it is not so.
pub fn admit(
    authorizer: Option<&Authorizer>,
    issuer: &Issuer,
    authorization: Option<&str>,
    scopes: &[String],
    now: Timestamp,
) -> Result<Claims, Refused> {
    let unauthorized = |why| move || Refused::Unauthorized(why);
    let authorizer = authorizer.ok_or_else(unauthorized("the gateway has no authorizer"))?;
    let sent = authorization.ok_or_else(unauthorized("there is no token"))?;
    let token = sent.strip_prefix("Bearer ").unwrap_or(sent);
    let claims =
        issuer.read(token).ok_or_else(unauthorized("the token is none that this issuer has signed"))?;
    if text(&claims, "iss") != Some(&authorizer.issuer) {
        return Err(Refused::Unauthorized("the token does not have a valid issuer"));
    }
    if !is_meant_for(&claims, &authorizer.audience) {
        return Err(Refused::Unauthorized("the token does not have a valid audience"));
    }
    if !is_of_now(&claims, now) {
        return Err(Refused::Unauthorized("the token has expired, or is not good yet"));
    }
    let has = ["scope", "scp"].into_iter().filter_map(|name| claims.get(name)).flat_map(listed);
    let mut has = has.filter(|one| scopes.iter().any(|wanted| wanted == one));
    if has.next().is_none() { Err(Refused::Forbidden) } else { Ok(claims) }
}

fn text<'a>(claims: &'a Claims, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str)
}

/// `client_id` is looked at where there is no `aud`: some issuers have the one, some the other.
fn is_meant_for(claims: &Claims, audience: &[String]) -> bool {
    let meant = claims.get("aud").or_else(|| claims.get("client_id"));
    meant.into_iter().flat_map(listed).any(|one| audience.iter().any(|wanted| wanted == one))
}

/// A token must say until when it is good. It may say since when.
fn is_of_now(claims: &Claims, now: Timestamp) -> bool {
    let moment = |name: &str| claims.get(name).and_then(Value::as_i64);
    let now = now.as_second();
    let has_begun =
        |name: &&str| !claims.contains_key(*name) || moment(name).is_some_and(|since| since <= now);
    moment("exp").is_some_and(|until| now < until) && ["nbf", "iat"].iter().all(has_begun)
}

/// The words of a text, or those of a list.
fn listed(claim: &Value) -> Vec<&str> {
    match claim {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        other => other.as_str().unwrap_or_default().split_ascii_whitespace().collect(),
    }
}

/// What API Gateway tells a function of the token that it has let in: every claim as a text, a list as `[one two]`.
///
/// It writes `scopes` too, and its guide does not say whose they are: the token's or the route's. So nothing here reads it.
#[must_use]
pub fn told(claims: &Claims) -> Value {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            let words = list.iter().map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned));
            format!("[{}]", words.collect::<Vec<_>>().join(" "))
        }
        other => other.to_string(),
    };
    let claims: Map<String, Value> =
        claims.iter().map(|(name, value)| (name.clone(), Value::from(text(value)))).collect();
    json!({ "jwt": { "claims": claims, "scopes": null } })
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    const NOW: &str = "2026-04-21T09:00:00Z";

    fn authorizer() -> Authorizer {
        Authorizer {
            issuer: "https://login.partner.example".to_owned(),
            audience: vec!["handover".to_owned()],
        }
    }

    fn good() -> Value {
        let now: Timestamp = NOW.parse().unwrap();
        let (iat, exp) = (now.as_second(), now.as_second() + 3600);
        json!({ "iss": "https://login.partner.example", "aud": "handover", "iat": iat, "exp": exp, "scope": "openid handover/read" })
    }

    /// Admits to a route for `handover/read` whoever has a token that says what is good but for this.
    fn admitted(changed: &Value) -> Result<Claims, Refused> {
        let mut claims = good().as_object().unwrap().clone();
        for (name, value) in changed.as_object().unwrap() {
            match value {
                Value::Null => claims.remove(name),
                value => claims.insert(name.clone(), value.clone()),
            };
        }
        let issuer = Issuer::of_this_process().unwrap();
        let token = format!("Bearer {}", issuer.signed(&claims).unwrap().expose_secret());
        admit(Some(&authorizer()), &issuer, Some(&token), &["handover/read".to_owned()], NOW.parse().unwrap())
    }

    #[test]
    fn a_good_token_is_let_in_whichever_way_its_issuer_writes_it() {
        for good in [
            json!({}),
            json!({ "aud": ["others", "handover"] }),
            json!({ "aud": null, "client_id": "handover" }),
            json!({ "scope": null, "scp": ["handover/read"] }),
            json!({ "scope": null, "scp": "handover/read" }),
            json!({ "iat": null }),
        ] {
            assert!(admitted(&good).is_ok(), "{good}");
        }
    }

    #[test]
    fn a_token_that_does_not_count_here_is_unauthorized() {
        let now: Timestamp = NOW.parse().unwrap();
        for bad in [
            json!({ "iss": "https://somebody.else" }),
            json!({ "iss": null }),
            json!({ "aud": "others" }),
            json!({ "aud": "others", "client_id": "handover" }),
            json!({ "aud": null }),
            json!({ "exp": now.as_second() }),
            json!({ "exp": null }),
            json!({ "exp": "soon" }),
            json!({ "nbf": now.as_second() + 3600 }),
            json!({ "iat": now.as_second() + 3600 }),
        ] {
            assert!(matches!(admitted(&bad), Err(Refused::Unauthorized(_))), "{bad}");
        }
    }

    #[test]
    fn a_token_without_a_scope_of_the_route_is_forbidden() {
        for bad in [
            json!({ "scope": "handover/write handover/reader" }),
            json!({ "scope": null }),
            json!({ "scope": "" }),
        ] {
            assert_eq!(admitted(&bad), Err(Refused::Forbidden), "{bad}");
        }
    }

    #[test]
    fn without_a_token_or_without_an_authorizer_nobody_is_let_in() {
        let issuer = Issuer::of_this_process().unwrap();
        let token = issuer.signed(good().as_object().unwrap()).unwrap();
        let (token, scopes, now) =
            (token.expose_secret(), ["handover/read".to_owned()], NOW.parse().unwrap());
        assert!(
            admit(Some(&authorizer()), &issuer, Some(token), &scopes, now).is_ok(),
            "the token alone will do"
        );
        let unauthorized = |admitted| matches!(admitted, Err(Refused::Unauthorized(_)));
        assert!(unauthorized(admit(None, &issuer, Some(token), &scopes, now)));
        for sent in [None, Some(""), Some("Bearer "), Some("alice"), Some("Basic YWxpY2U6")] {
            assert!(unauthorized(admit(Some(&authorizer()), &issuer, sent, &scopes, now)), "{sent:?}");
        }
    }

    #[test]
    fn a_function_is_told_every_claim_as_a_text() {
        let claims = json!({ "sub": "alice", "exp": 1776762000, "scp": ["a", "b"], "ok": true });
        assert_eq!(
            told(claims.as_object().unwrap()),
            json!({ "jwt": { "claims": { "sub": "alice", "exp": "1776762000", "scp": "[a b]", "ok": "true" }, "scopes": null } })
        );
    }
}
