//! The ports: everything a step may touch of the world.

use std::future::Future;

use handover_domain::ids::TraceId;
use handover_graph::secret::{Pin, Token};
use handover_graph::transport::Transport;
use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::records::Records;
use crate::settings::Settings;

/// What a function is given; it knows these and nothing else of the world.
pub trait Ports: Sync {
    /// The record.
    type Records: Records;
    /// The bus.
    type Bus: Bus;
    /// Seals secrets and holds the deployment's own.
    type Vault: Vault;
    /// The way to Meta.
    type Graph: Transport;
    /// The time.
    type Clock: Clock;
    /// New ids and other random things.
    type Ids: Ids;

    /// The record.
    fn records(&self) -> &Self::Records;
    /// The bus.
    fn bus(&self) -> &Self::Bus;
    /// The vault.
    fn vault(&self) -> &Self::Vault;
    /// The way to Meta.
    fn graph(&self) -> &Self::Graph;
    /// The time.
    fn clock(&self) -> &Self::Clock;
    /// New ids.
    fn ids(&self) -> &Self::Ids;
    /// What the deployment has decided.
    fn settings(&self) -> &Settings;

    /// The trace in which this is told, if one is kept.
    fn trace(&self) -> Option<TraceId> {
        None
    }
}

/// An event for the bus, with source `handover`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Event {
    /// The kind, as rules match it: `StepDue`, `CustomerUnblocked`.
    pub detail_type: &'static str,
    /// The content: ids and dates, never a secret.
    pub detail: Value,
    /// The trace in which what comes of it is told, if that is another than the caller's.
    #[serde(skip)]
    pub trace: Option<TraceId>,
}

/// One event of a batch that the bus did not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotTaken {
    /// Its place in the batch.
    pub position: usize,
    /// What the bus said, in its own code: `ThrottlingException`.
    pub code: String,
}

/// Why the bus gave no answer; events may or may not have been taken.
#[derive(Debug, thiserror::Error)]
#[error("the bus gave no answer; events may or may not have been taken, and the sweep sends them again")]
pub struct BusError {
    /// What the connection said.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The bus.
pub trait Bus: Sync {
    /// Puts events, and says which were not taken: a bus can take a part of a batch.
    fn put(&self, events: &[Event]) -> impl Future<Output = Result<Vec<NotTaken>, BusError>> + Send;
}

/// What a sealed text is for: it opens only for the same purpose and owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// A customer's token and its proof.
    Token,
    /// A number's PIN.
    Pin,
    /// The code that a number has got from Meta.
    Code,
}

impl Purpose {
    /// The purpose as it is bound to the ciphertext.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Pin => "pin",
            Self::Code => "code",
        }
    }
}

/// Ciphertext as text: safe to store and to move, useless elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(pub String);

/// Why the vault did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// It could not be reached, or was too busy.
    #[error("the vault could not be reached; the step is run again")]
    Unreachable {
        /// What the connection said.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// The ciphertext was not sealed for this owner and purpose, or with another key.
    #[error(
        "the {purpose} of {owner} cannot be opened; an operator checks the vault's key, or a new signup replaces it"
    )]
    NotOurs {
        /// Whose secret it should be.
        owner: String,
        /// What it should be for.
        purpose: &'static str,
    },
    /// A secret of the deployment is not set.
    #[error("the deployment's {0} is not set; an administrator stores it before anything can run")]
    NotSet(&'static str),
}

/// Seals customers' secrets, and holds the deployment's own.
pub trait Vault: Sync {
    /// Seals a text for one owner and purpose.
    fn seal(
        &self,
        owner: &str,
        purpose: Purpose,
        text: &SecretString,
    ) -> impl Future<Output = Result<Sealed, VaultError>> + Send;

    /// Opens what was sealed for this owner and purpose.
    fn open(
        &self,
        owner: &str,
        purpose: Purpose,
        sealed: &Sealed,
    ) -> impl Future<Output = Result<SecretString, VaultError>> + Send;

    /// The token of our system user, with its proof.
    fn system_user_token(&self) -> impl Future<Output = Result<Token, VaultError>> + Send;

    /// The secret of our app; only `signup` may read it.
    fn app_secret(&self) -> impl Future<Output = Result<SecretString, VaultError>> + Send;

    /// What tells whether a webhook is Meta's; only `webhook` may read it.
    fn webhook_secrets(&self) -> impl Future<Output = Result<WebhookSecrets, VaultError>> + Send;
}

/// What tells whether a webhook is Meta's (facts 15.1).
#[derive(Debug, Clone)]
pub struct WebhookSecrets {
    /// What Meta is told in the app's dashboard, and says when it verifies the address.
    pub verify_token: SecretString,
    /// The app's secret, with which Meta signs.
    pub app_secret: SecretString,
    /// The secret before it, as long as it is being replaced.
    pub former_app_secret: Option<SecretString>,
}

/// The time.
pub trait Clock: Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// New ids and other random things, so that a run can be repeated.
pub trait Ids: Sync {
    /// A new `UUIDv7` of that moment.
    fn new_id(&self, now: Timestamp) -> Uuid;

    /// A PIN that nobody guesses.
    fn new_pin(&self) -> Pin;

    /// The secret part of a signup link: text for a URL that nobody guesses.
    fn new_link(&self) -> SecretString;
}
