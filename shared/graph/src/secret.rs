//! Tokens, PINs and codes: text that no log, error or debug print may show.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use handover_domain::ids::AppId;

/// An access token with the proof that we hold the secret of its app.
///
/// The proof is sent with every call (facts 1.1), so that a stolen token alone opens nothing once the app
/// requires it. It is made once, where the app secret may be read, and kept beside the token: the steps
/// that use the token then need no access to the app secret.
#[derive(Debug, Clone)]
pub struct Token {
    access: SecretString,
    proof: SecretString,
}

/// The sealed form: only [`Token::expose`] and [`Token::from_exposed`] know it.
#[derive(Serialize, Deserialize)]
struct Exposed {
    access: String,
    proof: String,
}

/// Text from the vault that is not a token as [`Token::expose`] writes it.
///
/// It says nothing of the text, which may still be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the vault holds something that is not a token of ours; the customer must sign up again")]
pub struct NotAToken;

impl Token {
    /// Makes the proof of a token: lowercase hex of HMAC-SHA256 with the app secret as key (facts 1.1).
    #[must_use]
    pub fn new(access: SecretString, app_secret: &SecretString) -> Self {
        let proof = proof_of(access.expose_secret(), app_secret.expose_secret());
        Self { access, proof: proof.into() }
    }

    /// A token whose proof was made before, where the app secret could be read.
    #[must_use]
    pub const fn with_proof(access: SecretString, proof: SecretString) -> Self {
        Self { access, proof }
    }

    /// The token of the app itself, `id|secret`: the caller of `debug_token` (facts 2).
    #[must_use]
    pub fn of_app(app: &AppId, app_secret: &SecretString) -> Self {
        Self::new(format!("{app}|{}", app_secret.expose_secret()).into(), app_secret)
    }

    /// The token as the `Authorization` header carries it.
    #[must_use]
    pub const fn access(&self) -> &SecretString {
        &self.access
    }

    /// The `appsecret_proof` of the token.
    #[must_use]
    pub const fn proof(&self) -> &SecretString {
        &self.proof
    }

    /// Token and proof as one text, for the vault to seal. The only way out of this type.
    ///
    /// # Errors
    ///
    /// Never for a token that was made here: writing two strings as JSON does not fail.
    pub fn expose(&self) -> Result<SecretString, NotAToken> {
        let exposed = Exposed {
            access: self.access.expose_secret().to_owned(),
            proof: self.proof.expose_secret().to_owned(),
        };
        serde_json::to_string(&exposed).map(SecretString::from).map_err(|_| NotAToken)
    }

    /// Reads what [`Token::expose`] wrote.
    ///
    /// # Errors
    ///
    /// [`NotAToken`] if the text is anything else.
    pub fn from_exposed(text: &SecretString) -> Result<Self, NotAToken> {
        let exposed: Exposed = serde_json::from_str(text.expose_secret()).map_err(|_| NotAToken)?;
        Ok(Self { access: exposed.access.into(), proof: exposed.proof.into() })
    }
}

fn proof_of(access: &str, app_secret: &str) -> String {
    #[expect(
        clippy::expect_used,
        reason = "HMAC takes a key of any length; the Result is the trait's, not HMAC's"
    )]
    let mut mac = Hmac::<Sha256>::new_from_slice(app_secret.as_bytes()).expect("any length is a key");
    mac.update(access.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The six digits of a number's two-step verification.
#[derive(Debug, Clone)]
pub struct Pin(SecretString);

/// Text that is not a PIN. It does not say what the text was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a PIN is exactly six digits; give the PIN of the number's two-step verification")]
pub struct NotAPin;

impl Pin {
    /// Takes six digits (facts 6.5).
    ///
    /// # Errors
    ///
    /// [`NotAPin`] for anything else: a call with a wrong PIN would use up one of ten (facts 0.17).
    pub fn new(text: SecretString) -> Result<Self, NotAPin> {
        if is_six_digits(&text) { Ok(Self(text)) } else { Err(NotAPin) }
    }

    /// The digits.
    #[must_use]
    pub const fn digits(&self) -> &SecretString {
        &self.0
    }
}

/// The code with which whoever has a number shows that they have it: Meta sends it to the number as a message or speaks it in a
/// call.
#[derive(Debug, Clone)]
pub struct VerificationCode(SecretString);

/// Text that is not such a code. It does not say what the text was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a verification code is exactly six digits; give it as Meta's message says it, without its hyphen")]
pub struct NotACode;

impl VerificationCode {
    /// Takes six digits (facts 6.4).
    ///
    /// # Errors
    ///
    /// [`NotACode`] for anything else: after too many wrong ones Meta takes none for half a day.
    pub fn new(text: SecretString) -> Result<Self, NotACode> {
        if is_six_digits(&text) { Ok(Self(text)) } else { Err(NotACode) }
    }

    /// The digits.
    #[must_use]
    pub const fn digits(&self) -> &SecretString {
        &self.0
    }
}

fn is_six_digits(text: &SecretString) -> bool {
    let digits = text.expose_secret();
    digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proof_is_the_hmac_that_rfc_4231_expects() {
        // RFC 4231, test case 2: key "Jefe".
        assert_eq!(
            proof_of("what do ya want for nothing?", "Jefe"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn a_token_comes_back_from_the_vault_as_it_went_in() {
        let token = Token::new("EAAx".to_owned().into(), &"s3cret".to_owned().into());
        let back = Token::from_exposed(&token.expose().unwrap()).unwrap();
        assert_eq!(back.access().expose_secret(), "EAAx");
        assert_eq!(back.proof().expose_secret(), token.proof().expose_secret());
    }

    #[test]
    fn a_vault_entry_that_is_no_token_says_what_to_do_and_not_what_it_was() {
        let refused = Token::from_exposed(&"EAAx".to_owned().into()).unwrap_err();
        assert!(!refused.to_string().contains("EAAx"));
    }

    #[test]
    fn the_token_of_the_app_is_its_id_and_its_secret() {
        let token = Token::of_app(&"123".parse().unwrap(), &"s3cret".to_owned().into());
        assert_eq!(token.access().expose_secret(), "123|s3cret");
    }

    #[test]
    fn a_pin_and_a_code_are_six_ascii_digits() {
        assert!(Pin::new("012345".to_owned().into()).is_ok());
        assert!(VerificationCode::new("012345".to_owned().into()).is_ok());
        for bad in ["", "12345", "1234567", "12345a", "123-456", "１２３４５６"] {
            assert!(Pin::new(bad.to_owned().into()).is_err(), "{bad}");
            assert!(VerificationCode::new(bad.to_owned().into()).is_err(), "{bad}");
        }
    }
}
