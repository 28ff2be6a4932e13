//! Every function of the bundle under its name: bytes in, bytes out, as Lambda calls them.
//!
//! One machine and the fault simulation come to a function only through here, so that what they show is
//! what AWS would do.

use std::error::Error;

use aws_lambda_events::eventbridge::EventBridgeEvent;
use handover_engine::payload::{self, Unfit};
use handover_engine::ports::Ports;
use handover_engine::runner::{Ran, RunError, StepDue};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The names, in the order of `functions/README.md`.
pub const NAMES: [&str; 17] = [
    "api",
    "signup",
    "webhook",
    "start-migration",
    "check-waiting",
    "discover-assets",
    "assign-system-user",
    "subscribe-app",
    "share-credit-line",
    "register-numbers",
    "verify-activation",
    "announce",
    "revoke-credit-line",
    "publish-events",
    "sweep-due",
    "monthly-activation",
    "audit",
];

/// Why an invocation gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// There is no function of that name.
    #[error("there is no function {0}")]
    NoFunction(String),
    /// The payload is not an event of this function's: it can never be understood, so it must not come again.
    #[error("the event is not one of {function}'s and must not come again")]
    NotOurs {
        /// The function.
        function: &'static str,
        /// What does not fit, naming the field.
        #[source]
        problem: Unfit,
    },
    /// The function failed; the sweep runs the turn again.
    #[error("{function} failed")]
    Failed {
        /// The function.
        function: &'static str,
        /// What happened.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

/// Invokes a function by name with an event of AWS's.
///
/// # Errors
///
/// [`InvokeError`] if there is no such function, the event is not one of its, or it failed.
pub async fn invoke<P: Ports>(ports: &P, name: &str, payload: &[u8]) -> Result<Vec<u8>, InvokeError> {
    match name {
        "api" => written("api", &api::handle(ports, read("api", payload)?).await),
        "signup" => written("signup", &signup::handle(ports, read("signup", payload)?).await),
        "webhook" => {
            let incoming = webhook::Incoming::read(payload)
                .map_err(|problem| InvokeError::NotOurs { function: "webhook", problem })?;
            match webhook::handle(ports, incoming).await {
                Ok(response) => written("webhook", &response),
                Err(error) => Err(InvokeError::Failed { function: "webhook", source: error.into() }),
            }
        }
        "start-migration" => {
            step("start-migration", payload, async |event| start_migration::handle(ports, event).await).await
        }
        "check-waiting" => {
            step("check-waiting", payload, async |event| check_waiting::handle(ports, event).await).await
        }
        "discover-assets" => {
            step("discover-assets", payload, async |event| discover_assets::handle(ports, event).await).await
        }
        "assign-system-user" => {
            step("assign-system-user", payload, async |event| assign_system_user::handle(ports, event).await)
                .await
        }
        "subscribe-app" => {
            step("subscribe-app", payload, async |event| subscribe_app::handle(ports, event).await).await
        }
        "share-credit-line" => {
            step("share-credit-line", payload, async |event| share_credit_line::handle(ports, event).await)
                .await
        }
        "register-numbers" => {
            step("register-numbers", payload, async |event| register_numbers::handle(ports, event).await)
                .await
        }
        "verify-activation" => {
            step("verify-activation", payload, async |event| verify_activation::handle(ports, event).await)
                .await
        }
        "announce" => step("announce", payload, async |event| announce::handle(ports, event).await).await,
        "revoke-credit-line" => {
            step("revoke-credit-line", payload, async |event| revoke_credit_line::handle(ports, event).await)
                .await
        }
        "publish-events" => {
            written("publish-events", &publish_events::handle(ports, read("publish-events", payload)?).await)
        }
        "sweep-due" => ended("sweep-due", sweep_due::handle(ports, read("sweep-due", payload)?).await),
        "monthly-activation" => ended(
            "monthly-activation",
            monthly_activation::handle(ports, read("monthly-activation", payload)?).await,
        ),
        "audit" => ended("audit", audit::handle(ports, read("audit", payload)?).await),
        other => Err(InvokeError::NoFunction(other.to_owned())),
    }
}

async fn step(
    function: &'static str,
    payload: &[u8],
    handle: impl AsyncFnOnce(EventBridgeEvent<StepDue>) -> Result<Ran, RunError>,
) -> Result<Vec<u8>, InvokeError> {
    ended(function, handle(read(function, payload)?).await)
}

/// Nobody reads what a function that was called by an event answers.
fn ended<T, E: Error + Send + Sync + 'static>(
    function: &'static str,
    result: Result<T, E>,
) -> Result<Vec<u8>, InvokeError> {
    match result {
        Ok(_) => Ok(b"null".to_vec()),
        Err(error) => Err(InvokeError::Failed { function, source: error.into() }),
    }
}

fn read<T: DeserializeOwned>(function: &'static str, bytes: &[u8]) -> Result<T, InvokeError> {
    payload::read(bytes).map_err(|problem| InvokeError::NotOurs { function, problem })
}

fn written<T: Serialize>(function: &'static str, answer: &T) -> Result<Vec<u8>, InvokeError> {
    serde_json::to_vec(answer).map_err(|error| InvokeError::Failed { function, source: error.into() })
}
