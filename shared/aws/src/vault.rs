//! The vault on AWS: KMS seals customers' secrets, Secrets Manager holds the deployment's own.
//!
//! Each ciphertext is bound to its owner and purpose by the encryption context: copied to another item, or asked for
//! another purpose, it does not open. Neither tokens nor the two secrets ever stand in a variable of the environment.

use std::time::Duration;

use aws_sdk_kms::Client;
use aws_sdk_kms::operation::decrypt::DecryptError;
use aws_sdk_kms::primitives::Blob;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use handover_engine::ports::{Purpose, Sealed, Vault, VaultError, WebhookSecrets};
use handover_graph::secret::Token;
use secrecy::{ExposeSecret, SecretString};

use crate::secrets::Secrets;
use crate::timeouts::timeouts;

/// A try takes milliseconds; all of them together must leave `signup` time to write (its link is taken for 35 seconds).
const ANSWER_WITHIN: Duration = Duration::from_secs(1);
const ALL_TRIES_WITHIN: Duration = Duration::from_secs(4);

/// The names of the encryption context, as key policies and roles see them.
const OWNER: &str = "owner";
const PURPOSE: &str = "purpose";

/// The vault of a deployment.
#[derive(Debug, Clone)]
pub struct KmsVault {
    client: Client,
    key: String,
    secrets: Secrets,
}

impl KmsVault {
    /// A vault that seals under `key` (id, alias or ARN), over `client`, whose timeouts are replaced by ours.
    #[must_use]
    pub fn new(client: &Client, key: impl Into<String>, secrets: Secrets) -> Self {
        let timeouts = timeouts(ANSWER_WITHIN, Some(ALL_TRIES_WITHIN));
        let config = client.config().to_builder().timeout_config(timeouts).build();
        Self { client: Client::from_conf(config), key: key.into(), secrets }
    }

    /// The deployment's own secrets.
    #[must_use]
    pub const fn secrets(&self) -> &Secrets {
        &self.secrets
    }
}

impl Vault for KmsVault {
    async fn seal(&self, owner: &str, purpose: Purpose, text: &SecretString) -> Result<Sealed, VaultError> {
        let answer = self
            .client
            .encrypt()
            .key_id(&self.key)
            .plaintext(Blob::new(text.expose_secret().as_bytes()))
            .encryption_context(OWNER, owner)
            .encryption_context(PURPOSE, purpose.name())
            .send()
            .await
            // The error of a request repeats nothing of its plaintext.
            .map_err(|error| unreachable(error.into_service_error()))?;
        let bytes = answer.ciphertext_blob.ok_or(VaultError::Unreachable { source: None })?;
        Ok(Sealed(BASE64.encode(bytes)))
    }

    async fn open(&self, owner: &str, purpose: Purpose, sealed: &Sealed) -> Result<SecretString, VaultError> {
        let not_ours = || VaultError::NotOurs { owner: owner.to_owned(), purpose: purpose.name() };
        let bytes = BASE64.decode(&sealed.0).map_err(|_| not_ours())?;
        let answer = self
            .client
            .decrypt()
            .key_id(&self.key)
            .ciphertext_blob(Blob::new(bytes))
            .encryption_context(OWNER, owner)
            .encryption_context(PURPOSE, purpose.name())
            .send()
            .await
            .map_err(|error| match error.into_service_error() {
                DecryptError::InvalidCiphertextException(_) | DecryptError::IncorrectKeyException(_) => {
                    not_ours()
                }
                other => unreachable(other),
            })?;
        let bytes = answer.plaintext.ok_or(VaultError::Unreachable { source: None })?.into_inner();
        String::from_utf8(bytes).map(SecretString::from).map_err(|_| not_ours())
    }

    async fn system_user_token(&self) -> Result<Token, VaultError> {
        self.secrets.system_user_token().await
    }

    async fn app_secret(&self) -> Result<SecretString, VaultError> {
        Ok(self.secrets.app().await?.app_secret)
    }

    async fn webhook_secrets(&self) -> Result<WebhookSecrets, VaultError> {
        self.secrets.webhook().await
    }
}

fn unreachable(error: impl std::error::Error + Send + Sync + 'static) -> VaultError {
    VaultError::Unreachable { source: Some(Box::new(error)) }
}
