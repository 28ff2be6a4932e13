//! The vault of one machine: AES-256-GCM under a key of its own, in the place of KMS.
//!
//! Owner and purpose are bound to each ciphertext, as the encryption context binds them on AWS: a sealed
//! text that is copied to another item does not open there.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::error::Unspecified;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use handover_engine::ports::{Purpose, Sealed, Vault, VaultError, WebhookSecrets};
use handover_graph::secret::Token;
use secrecy::{ExposeSecret, SecretString};

/// The length of a vault's key in bytes.
pub const KEY_LEN: usize = 32;

/// A vault with one key. `Debug` shows nothing of it.
pub struct KeyVault {
    key: RandomizedNonceKey,
    system_user_token: Token,
    webhook: WebhookSecrets,
}

impl std::fmt::Debug for KeyVault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyVault").finish_non_exhaustive()
    }
}

/// The library for AES does not start.
#[derive(Debug, thiserror::Error)]
#[error("AES-256-GCM cannot be started on this machine; no secret can be kept without it")]
pub struct NoCipher(#[source] Unspecified);

impl KeyVault {
    /// A vault that seals with `key` and holds the deployment's own secrets.
    ///
    /// # Errors
    ///
    /// [`NoCipher`] if there is no AES.
    pub fn new(
        key: &[u8; KEY_LEN],
        system_user_token: Token,
        webhook: WebhookSecrets,
    ) -> Result<Self, NoCipher> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, key).map_err(NoCipher)?;
        Ok(Self { key, system_user_token, webhook })
    }

    fn opened(&self, owner: &str, purpose: Purpose, sealed: &Sealed) -> Option<SecretString> {
        let bytes = BASE64.decode(&sealed.0).ok()?;
        let (nonce, ciphertext) = bytes.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut text = ciphertext.to_vec();
        let text = self.key.open_in_place(nonce, bound(owner, purpose), &mut text).ok()?;
        std::str::from_utf8(text).ok().map(SecretString::from)
    }
}

/// What a ciphertext is bound to. A purpose has no slash, so no two pairs give the same bytes.
fn bound(owner: &str, purpose: Purpose) -> Aad<Vec<u8>> {
    Aad::from(format!("{}/{owner}", purpose.name()).into_bytes())
}

impl Vault for KeyVault {
    async fn seal(&self, owner: &str, purpose: Purpose, text: &SecretString) -> Result<Sealed, VaultError> {
        let mut bytes = text.expose_secret().as_bytes().to_vec();
        let nonce = self.key.seal_in_place_append_tag(bound(owner, purpose), &mut bytes);
        let nonce = nonce.map_err(|refused| VaultError::Unreachable { source: Some(Box::new(refused)) })?;
        let sealed = [nonce.as_ref().as_slice(), &bytes].concat();
        Ok(Sealed(BASE64.encode(sealed)))
    }

    async fn open(&self, owner: &str, purpose: Purpose, sealed: &Sealed) -> Result<SecretString, VaultError> {
        let not_ours = || VaultError::NotOurs { owner: owner.to_owned(), purpose: purpose.name() };
        self.opened(owner, purpose, sealed).ok_or_else(not_ours)
    }

    async fn system_user_token(&self) -> Result<Token, VaultError> {
        Ok(self.system_user_token.clone())
    }

    async fn app_secret(&self) -> Result<SecretString, VaultError> {
        Ok(self.webhook.app_secret.clone())
    }

    async fn webhook_secrets(&self) -> Result<WebhookSecrets, VaultError> {
        Ok(self.webhook.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(key: u8) -> KeyVault {
        let app_secret = SecretString::from("canary-app");
        let token = Token::new("canary-token".into(), &app_secret);
        let webhook =
            WebhookSecrets { verify_token: "canary-verify".into(), app_secret, former_app_secret: None };
        KeyVault::new(&[key; KEY_LEN], token, webhook).unwrap()
    }

    async fn sealed() -> Sealed {
        vault(1).seal("WABA#1", Purpose::Token, &"canary-text".into()).await.unwrap()
    }

    #[tokio::test]
    async fn what_was_sealed_opens_for_the_same_owner_and_purpose() {
        let text = vault(1).open("WABA#1", Purpose::Token, &sealed().await).await.unwrap();
        assert_eq!(text.expose_secret(), "canary-text");
    }

    #[tokio::test]
    async fn it_opens_for_no_other_owner_purpose_or_key() {
        let sealed = sealed().await;
        for (key, owner, purpose) in
            [(1, "WABA#2", Purpose::Token), (1, "WABA#1", Purpose::Pin), (2, "WABA#1", Purpose::Token)]
        {
            let refused = vault(key).open(owner, purpose, &sealed).await.unwrap_err();
            assert!(matches!(refused, VaultError::NotOurs { .. }), "{refused}");
        }
    }

    #[tokio::test]
    async fn a_ciphertext_that_was_changed_cut_or_is_none_does_not_open() {
        let Sealed(text) = sealed().await;
        let mut changed = BASE64.decode(&text).unwrap();
        changed[NONCE_LEN] ^= 1;
        for bad in [BASE64.encode(changed), text[..8].to_owned(), String::new(), "no base64".to_owned()] {
            let refused = vault(1).open("WABA#1", Purpose::Token, &Sealed(bad)).await.unwrap_err();
            assert!(matches!(refused, VaultError::NotOurs { .. }), "{refused}");
        }
    }

    #[tokio::test]
    async fn two_sealings_of_one_text_differ_and_neither_shows_it() {
        let (one, other) = (sealed().await, sealed().await);
        assert_ne!(one, other);
        assert!(!one.0.contains("canary") && !format!("{:?}", vault(1)).contains("canary"));
    }
}
