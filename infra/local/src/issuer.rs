//! The issuer of operators' tokens on one machine, in the place of a partner's own: it signs JWTs with an RSA key, and
//! publishes the key as any `OpenID` Connect issuer does.
//!
//! Signing and reading a compact JWS (RFC 7515) of one algorithm is this file. A library would bring its own clock for the
//! times in a token, and a machine's clock is moved.

use std::fmt;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::error::{KeyRejected, Unspecified};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use handover_domain::moment::after;
use handover_domain::operator::Operator;
use handover_domain::scope::Scope;
use handover_engine::signup_link::hash_of;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::{Map, Value, json};

use crate::template::Template;

/// Where the issuer's document lies, below its address (`OpenID` Connect Discovery, 4).
pub const DISCOVERY: &str = "/.well-known/openid-configuration";
/// Where its key lies.
pub const JWKS: &str = "/.well-known/jwks.json";

/// How long a token is good: as long as issuers usually make theirs.
pub const A_TOKEN_LIVES: SignedDuration = SignedDuration::from_hours(1);

/// What a token says.
pub type Claims = Map<String, Value>;

/// An issuer's key. `Debug` shows its public name alone.
#[derive(Clone)]
pub struct Issuer {
    pair: Arc<KeyPair>,
    /// The key's name in the header of a token: one key in the place of another has another.
    kid: String,
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// The library for RSA does not do its work.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("RSA cannot be used on this machine; no operator's token can be signed without it")]
pub struct NoRsa(#[source] Unspecified);

impl Issuer {
    /// An issuer with a new key.
    ///
    /// # Errors
    ///
    /// [`NoRsa`] if there is none to be had.
    pub fn new() -> Result<Self, NoRsa> {
        KeyPair::generate(KeySize::Rsa2048).map(Self::with).map_err(NoRsa)
    }

    /// The issuer of all machines of this process that keep none: a key takes a tenth of a second to make.
    ///
    /// # Errors
    ///
    /// [`NoRsa`] if there is none to be had.
    pub fn of_this_process() -> Result<Self, NoRsa> {
        static MADE: OnceLock<Issuer> = OnceLock::new();
        match MADE.get() {
            Some(made) => Ok(made.clone()),
            None => {
                let new = Self::new()?;
                Ok(MADE.get_or_init(|| new).clone())
            }
        }
    }

    /// The issuer whose key was kept.
    ///
    /// # Errors
    ///
    /// What is wrong with the key.
    pub fn kept(pkcs8: &[u8]) -> Result<Self, KeyRejected> {
        KeyPair::from_pkcs8(pkcs8).map(Self::with)
    }

    /// The key, to be kept; it is a secret.
    ///
    /// # Errors
    ///
    /// [`NoRsa`] if it cannot be written.
    pub fn to_keep(&self) -> Result<Vec<u8>, NoRsa> {
        self.pair.as_der().map(|der| der.as_ref().to_vec()).map_err(NoRsa)
    }

    fn with(pair: KeyPair) -> Self {
        let kid = hash_of(&URL_SAFE_NO_PAD.encode(public(&pair).n)).chars().take(16).collect();
        Self { pair: Arc::new(pair), kid }
    }

    /// A token of an operator, or of a program that has no name, for the gateway of that template.
    ///
    /// # Errors
    ///
    /// [`NoRsa`] if it cannot be signed.
    pub fn token(
        &self,
        template: &Template,
        name: Option<&Operator>,
        scopes: impl IntoIterator<Item = Scope>,
        now: Timestamp,
    ) -> Result<SecretString, NoRsa> {
        let mut claims = Self::claims(template, scopes, now);
        if let Some(name) = name {
            claims.insert("sub".to_owned(), json!(name));
        }
        self.signed(&claims)
    }

    /// What a token says that is good now, but for whose it is.
    #[must_use]
    pub fn claims(template: &Template, scopes: impl IntoIterator<Item = Scope>, now: Timestamp) -> Claims {
        let scopes: Vec<_> =
            scopes.into_iter().map(|scope| format!("{}{scope}", template.scope_prefix)).collect();
        let authorizer = template.authorizer.as_ref();
        let said = [
            ("iss", json!(authorizer.map(|one| &one.issuer))),
            ("aud", json!(authorizer.and_then(|one| one.audience.first()))),
            ("iat", json!(now.as_second())),
            ("exp", json!(after(now, A_TOKEN_LIVES).as_second())),
            ("scope", json!(scopes.join(" "))),
        ];
        said.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// A token that says this, whether or not anybody should believe it.
    ///
    /// # Errors
    ///
    /// [`NoRsa`] if it cannot be signed.
    pub fn signed(&self, claims: &Claims) -> Result<SecretString, NoRsa> {
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": self.kid });
        let part = |json: String| URL_SAFE_NO_PAD.encode(json);
        let says = format!("{}.{}", part(header.to_string()), part(json!(claims).to_string()));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        #[expect(
            clippy::disallowed_methods,
            reason = "of an issuer on this desk, whose tokens nobody replays"
        )]
        let random = SystemRandom::new();
        self.pair.sign(&RSA_PKCS1_SHA256, &random, says.as_bytes(), &mut signature).map_err(NoRsa)?;
        Ok(format!("{says}.{}", URL_SAFE_NO_PAD.encode(signature)).into())
    }

    /// What a token says, if this key has signed it.
    #[must_use]
    pub fn read(&self, token: &str) -> Option<Claims> {
        let (says, signature) = token.rsplit_once('.')?;
        let (header, claims) = says.split_once('.')?;
        let json = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
        let header: Value = json(header)?;
        if header.get("alg")? != "RS256" || header.get("kid")? != &self.kid {
            return None;
        }
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let is_signed = public(&self.pair).verify(&RSA_PKCS1_2048_8192_SHA256, says.as_bytes(), &signature);
        is_signed.ok()?;
        let claims: Value = json(claims)?;
        claims.as_object().cloned()
    }

    /// The public key (RFC 7517).
    #[must_use]
    pub fn jwks(&self) -> Value {
        let PublicKeyComponents { n, e } = public(&self.pair);
        let [n, e] = [n, e].map(|part| URL_SAFE_NO_PAD.encode(part));
        json!({ "keys": [{ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": n, "e": e }] })
    }

    /// The issuer's document, at its address.
    #[must_use]
    pub fn discovery(template: &Template) -> Value {
        let issuer = template.authorizer.as_ref().map(|one| one.issuer.as_str()).unwrap_or_default();
        let scopes = Scope::ALL.map(|scope| format!("{}{scope}", template.scope_prefix));
        json!({
            "issuer": issuer,
            "jwks_uri": format!("{issuer}{JWKS}"),
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": scopes,
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
        })
    }
}

fn public(pair: &KeyPair) -> PublicKeyComponents<Vec<u8>> {
    pair.public_key().into()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn claims() -> Claims {
        [("sub".to_owned(), json!("alice"))].into_iter().collect()
    }

    #[test]
    fn a_token_is_read_by_the_key_that_has_signed_it_and_by_no_other() {
        let issuer = Issuer::of_this_process().unwrap();
        let token = issuer.signed(&claims()).unwrap();
        assert_eq!(issuer.read(token.expose_secret()), Some(claims()));
        assert_eq!(Issuer::new().unwrap().read(token.expose_secret()), None);
    }

    #[test]
    fn a_token_that_was_altered_anywhere_is_none() {
        let issuer = Issuer::of_this_process().unwrap();
        let token = issuer.signed(&claims()).unwrap();
        let token = token.expose_secret();
        for at in 0..token.len() {
            let mut altered = token.as_bytes().to_vec();
            altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            assert_eq!(issuer.read(&altered), None, "at {at}");
        }
        for cut in [".", "..", "a.b.c", "", &token[..token.len() - 4]] {
            assert_eq!(issuer.read(cut), None, "{cut}");
        }
    }

    #[test]
    fn a_key_that_was_kept_is_the_same_and_is_not_shown() {
        let issuer = Issuer::of_this_process().unwrap();
        let kept = Issuer::kept(&issuer.to_keep().unwrap()).unwrap();
        assert_eq!(kept.jwks(), issuer.jwks());
        assert!(Issuer::kept(b"no key").is_err());
        assert!(format!("{issuer:?}").len() < 40, "{issuer:?}");
    }

    #[test]
    fn what_is_published_is_enough_to_check_a_token() {
        let issuer = Issuer::of_this_process().unwrap();
        let token = issuer.signed(&claims()).unwrap();
        let (says, signature) = token.expose_secret().rsplit_once('.').unwrap();
        let key = issuer.jwks()["keys"][0].clone();
        let decoded = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
        let public = PublicKeyComponents { n: decoded("n"), e: decoded("e") };
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        public.verify(&RSA_PKCS1_2048_8192_SHA256, says.as_bytes(), &signature).unwrap();
    }
}
