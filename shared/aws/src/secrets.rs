//! The deployment's own secrets in Secrets Manager, kept for minutes so that a rotation is noticed and a busy service is
//! not asked for each event.
//!
//! Two secrets, each a JSON object:
//!
//! - the app's: `{"app_secret": "...", "verify_token": "..."}`. While it is replaced, the version before (`AWSPREVIOUS`)
//!   still proves a webhook, for Meta may sign with either;
//! - the system user's: `{"token": "...", "proof": "..."}`. The proof is the `appsecret_proof` of the token, so that the
//!   functions which share credit lines need not read the app's secret. `handover proof` prints it.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use handover_engine::ports::{Clock, VaultError, WebhookSecrets};
use handover_graph::secret::Token;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;

use crate::clock::SystemClock;
use crate::timeouts::timeouts;

/// So long a value is used without asking again: a rotation is noticed within it.
const KEPT_FOR: SignedDuration = SignedDuration::from_mins(5);
/// Where Secrets Manager gives no answer, the value that is known goes on for so long.
const KEPT_IN_NEED_FOR: SignedDuration = SignedDuration::from_hours(1);
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
const ALL_TRIES_WITHIN: Duration = Duration::from_secs(5);

const CURRENT: &str = "AWSCURRENT";
const PREVIOUS: &str = "AWSPREVIOUS";

/// The names or ARNs of the two secrets; a function has those that its rows need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SecretNames {
    /// The app's.
    pub app: Option<String>,
    /// The system user's.
    pub system_user: Option<String>,
}

/// The app's secret, and what Meta says when it verifies the webhook's address.
#[derive(Debug, Clone, Deserialize)]
pub struct App {
    /// The app's secret.
    pub app_secret: SecretString,
    /// What Meta was told in the app's dashboard.
    pub verify_token: SecretString,
}

#[derive(Deserialize)]
struct SystemUser {
    token: SecretString,
    proof: SecretString,
}

/// The two secrets, read when they are needed and kept for minutes, by a clock.
#[derive(Debug, Clone)]
pub struct Secrets<C = SystemClock> {
    client: Client,
    names: SecretNames,
    clock: C,
    kept: Arc<Mutex<Vec<Kept>>>,
}

/// A value that was read.
#[derive(Debug)]
struct Kept {
    name: String,
    version: &'static str,
    read_at: Timestamp,
    value: Option<SecretString>,
}

impl Secrets {
    /// The secrets of these names, over `client`, whose timeouts are replaced by ours.
    #[must_use]
    pub fn new(client: &Client, names: SecretNames) -> Self {
        Self::by(SystemClock, client, names)
    }
}

impl<C: Clock> Secrets<C> {
    /// The same by another clock.
    #[must_use]
    pub fn by(clock: C, client: &Client, names: SecretNames) -> Self {
        let timeouts = timeouts(ANSWER_WITHIN, Some(ALL_TRIES_WITHIN));
        let config = client.config().to_builder().timeout_config(timeouts).build();
        Self { client: Client::from_conf(config), names, clock, kept: Arc::default() }
    }

    /// The clock by which they are kept.
    pub const fn clock(&self) -> &C {
        &self.clock
    }

    /// The token of our system user, with its proof.
    ///
    /// # Errors
    ///
    /// [`VaultError`] if this function has no such secret, it is none of ours, or there is no answer.
    pub async fn system_user_token(&self) -> Result<Token, VaultError> {
        let name = self.names.system_user.as_deref().ok_or(VaultError::NotSet("system user's token"))?;
        let SystemUser { token, proof } = self.read(name, "system user's token").await?;
        Ok(Token::with_proof(token, proof))
    }

    /// The app's secrets.
    ///
    /// # Errors
    ///
    /// As [`system_user_token`](Self::system_user_token).
    pub async fn app(&self) -> Result<App, VaultError> {
        let name = self.names.app.as_deref().ok_or(VaultError::NotSet("app secret"))?;
        self.read(name, "app secret").await
    }

    /// What proves a webhook: the app's secret, and the one before it as long as there is one.
    ///
    /// # Errors
    ///
    /// As [`system_user_token`](Self::system_user_token).
    pub async fn webhook(&self) -> Result<WebhookSecrets, VaultError> {
        let App { app_secret, verify_token } = self.app().await?;
        let name = self.names.app.as_deref().unwrap_or_default();
        let former = match self.value(name, PREVIOUS).await? {
            Some(text) => serde_json::from_str::<App>(secrecy::ExposeSecret::expose_secret(&text)).ok(),
            None => None,
        };
        let former_app_secret = former.map(|former| former.app_secret);
        Ok(WebhookSecrets { verify_token, app_secret, former_app_secret })
    }

    /// Reads what this function has: at start, so that what is missing is said before the first event.
    ///
    /// # Errors
    ///
    /// As [`system_user_token`](Self::system_user_token); of the first that fails.
    pub async fn warm(&self) -> Result<(), VaultError> {
        if self.names.app.is_some() {
            self.app().await?;
        }
        if self.names.system_user.is_some() {
            self.system_user_token().await?;
        }
        Ok(())
    }

    async fn read<T: DeserializeOwned>(&self, name: &str, what: &'static str) -> Result<T, VaultError> {
        let text = self.value(name, CURRENT).await?.ok_or(VaultError::NotSet(what))?;
        // What the parser says may repeat a part of the secret.
        serde_json::from_str(secrecy::ExposeSecret::expose_secret(&text))
            .map_err(|_| VaultError::NotSet(what))
    }

    /// A version of a secret; none if it has no such version.
    async fn value(&self, name: &str, version: &'static str) -> Result<Option<SecretString>, VaultError> {
        let now = self.clock.now();
        let mut kept = self.kept.lock().await;
        let known = kept.iter().position(|kept| kept.name == name && kept.version == version);
        let known = known.and_then(|place| kept.get_mut(place));
        let age = known.as_ref().map(|known| now.duration_since(known.read_at));
        if let (Some(known), Some(age)) = (&known, age)
            && age < KEPT_FOR
        {
            return Ok(known.value.clone());
        }
        match self.ask(name, version).await {
            Ok(value) => {
                match known {
                    Some(known) => (known.read_at, known.value) = (now, value.clone()),
                    None => {
                        let value = value.clone();
                        kept.push(Kept { name: name.to_owned(), version, read_at: now, value });
                    }
                }
                Ok(value)
            }
            Err(error) => match (known, age) {
                (Some(known), Some(age)) if age < KEPT_IN_NEED_FOR => Ok(known.value.clone()),
                _ => Err(error),
            },
        }
    }

    async fn ask(&self, name: &str, version: &str) -> Result<Option<SecretString>, VaultError> {
        let asked = self.client.get_secret_value().secret_id(name).version_stage(version).send().await;
        match asked.map_err(aws_sdk_secretsmanager::error::SdkError::into_service_error) {
            Ok(answer) => Ok(answer.secret_string.map(SecretString::from)),
            Err(GetSecretValueError::ResourceNotFoundException(_)) => Ok(None),
            Err(error) => Err(VaultError::Unreachable { source: Some(Box::new(error)) }),
        }
    }
}
