//! Every function of the bundle under its name: bytes in, bytes out, as Lambda calls them.
//!
//! One machine and the fault simulation come to a function only through here, so that what they show is
//! what AWS would do.

use std::error::Error;

use aws_lambda_events::eventbridge::EventBridgeEvent;
use handover_engine::payload::{self, Unfit};
use handover_engine::ports::Ports;
use handover_engine::runner::StepDue;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Each step: its name, as `Step` has it, and its crate.
macro_rules! steps {
    ($($name:literal => $step:ident,)*) => {
        /// The functions that are called by `StepDue`, in the order of `functions/README.md`.
        pub const STEPS: &[&str] = &[$($name),*];

        async fn step<P: Ports>(ports: &P, name: &str, payload: &[u8]) -> Option<Result<Vec<u8>, InvokeError>> {
            match name {
                $($name => Some(match read::<EventBridgeEvent<StepDue>>($name, payload) {
                    Ok(event) => ended($name, $step::handle(ports, event).await),
                    Err(unfit) => Err(unfit),
                }),)*
                _ => None,
            }
        }
    };
}

steps! {
    "start-migration" => start_migration,
    "check-waiting" => check_waiting,
    "discover-assets" => discover_assets,
    "assign-system-user" => assign_system_user,
    "subscribe-app" => subscribe_app,
    "share-credit-line" => share_credit_line,
    "register-numbers" => register_numbers,
    "verify-activation" => verify_activation,
    "announce" => announce,
    "copy-templates" => copy_templates,
    "watch-templates" => watch_templates,
    "move-number" => move_number,
    "verify-number" => verify_number,
    "set-migration-intent" => set_migration_intent,
    "fetch-solution-token" => fetch_solution_token,
    "set-ownership-intent" => set_ownership_intent,
    "revoke-credit-line" => revoke_credit_line,
}

/// The functions that are called over HTTP.
pub const EDGE: &[&str] = &["api", "inspect", "signup", "webhook"];
/// The functions that are called by the stream and by schedules.
pub const UPKEEP: &[&str] = &["publish-events", "sweep-due", "monthly-activation", "audit"];

/// Every name, in the order of `functions/README.md`.
pub fn names() -> impl Iterator<Item = &'static str> {
    EDGE.iter().chain(STEPS).chain(UPKEEP).copied()
}

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
        "inspect" => written("inspect", &inspect::handle(ports, read("inspect", payload)?).await),
        "signup" => written("signup", &signup::handle(ports, read("signup", payload)?).await),
        "webhook" => {
            let incoming = webhook::Incoming::read(payload)
                .map_err(|problem| InvokeError::NotOurs { function: "webhook", problem })?;
            match webhook::handle(ports, incoming).await {
                Ok(response) => written("webhook", &response),
                Err(error) => Err(InvokeError::Failed { function: "webhook", source: error.into() }),
            }
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
        other => {
            let ran = step(ports, other, payload).await;
            ran.unwrap_or_else(|| Err(InvokeError::NoFunction(other.to_owned())))
        }
    }
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
