//! Asking DynamoDB until it answers, and telling apart what was not stored from what nobody knows.

use std::error::Error as StdError;
use std::future::Future;
use std::io;
use std::time::Duration;

use aws_sdk_dynamodb::Error;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use handover_engine::records::{RecordsError, Table};
use uuid::Uuid;

/// How often one request is sent at most.
const TRIES: u32 = 5;
/// The longest pause before the second try; each further one may be twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// Nothing was stored, and a moment later it may be. The SDK retries no conflict.
const BUSY_ERRORS: [&str; 5] = [
    "ProvisionedThroughputExceededException",
    "ReplicatedWriteConflictException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "TransactionConflictException",
];
/// The same, as a reason inside a cancelled transaction.
const BUSY_REASONS: [&str; 3] = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];
/// An earlier try of ours, whose answer we lost, is still at work.
const STILL_AT_WORK: &str = "TransactionInProgressException";

type Cause = Box<dyn StdError + Send + Sync>;

/// What is asked of which table: the words of an error.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question {
    table: &'static str,
    operation: &'static str,
}

impl Question {
    pub(super) const fn new(table: Table, operation: &'static str) -> Self {
        Self { table: table.name(), operation }
    }

    pub(super) fn rejected(self, cause: impl Into<Cause>) -> RecordsError {
        RecordsError::Rejected { table: self.table, operation: self.operation, source: Some(cause.into()) }
    }

    fn busy(self, cause: Cause) -> RecordsError {
        RecordsError::Busy { table: self.table, operation: self.operation, source: Some(cause) }
    }

    fn lost(self, cause: Cause) -> RecordsError {
        RecordsError::Lost { table: self.table, operation: self.operation, source: Some(cause) }
    }
}

/// What became of one try that brought no answer.
enum Mishap {
    /// Nothing was stored; another try may be luckier.
    Busy(Cause),
    /// It may be stored or not; another try may tell.
    Lost(Cause),
    /// Nothing was stored, and no other try will be.
    Rejected(Cause),
}

/// Sends `once` up to [`TRIES`] times and returns what DynamoDB answered: the output, or the refusal that
/// `refusal` finds in its error.
///
/// # Errors
/// `Lost` if any try may have stored something and no later one told, else what the last try met.
pub(super) async fn ask<T, E, F, R>(
    question: Question,
    once: impl Fn() -> F,
    refusal: impl Fn(&Error) -> Option<R>,
) -> Result<Result<T, R>, RecordsError>
where
    F: Future<Output = Result<T, SdkError<E>>>,
    E: StdError + Send + Sync + 'static,
    Error: From<E>,
{
    let mut in_doubt = false;
    let mut tries = 1;
    loop {
        let mishap = match once().await {
            Ok(output) => return Ok(Ok(output)),
            Err(SdkError::ServiceError(failed)) => {
                let status = failed.raw().status().as_u16();
                let error = Error::from(failed.into_err());
                match refusal(&error) {
                    Some(refusal) => return Ok(Err(refusal)),
                    None => of_answer(error, status),
                }
            }
            Err(error) => of_connection(error),
        };
        in_doubt |= matches!(mishap, Mishap::Lost(_));
        match mishap {
            Mishap::Busy(_) | Mishap::Lost(_) if tries < TRIES => {}
            Mishap::Busy(cause) if !in_doubt => return Err(question.busy(cause)),
            Mishap::Rejected(cause) if !in_doubt => return Err(question.rejected(cause)),
            Mishap::Busy(cause) | Mishap::Lost(cause) | Mishap::Rejected(cause) => {
                return Err(question.lost(cause));
            }
        }
        pause_after(tries).await;
        tries += 1;
    }
}

/// What an error that DynamoDB answered with means.
fn of_answer(error: Error, status: u16) -> Mishap {
    let code = error.code().unwrap_or_default();
    let conflict = match &error {
        Error::TransactionCanceledException(cancelled) => cancelled
            .cancellation_reasons()
            .iter()
            .any(|reason| reason.code().is_some_and(|code| BUSY_REASONS.contains(&code))),
        _ => BUSY_ERRORS.contains(&code),
    };
    if conflict {
        Mishap::Busy(Box::new(error))
    } else if status >= 500 || code == STILL_AT_WORK {
        Mishap::Lost(Box::new(error))
    } else {
        Mishap::Rejected(Box::new(error))
    }
}

/// What it means that no answer came at all.
fn of_connection<E: StdError + Send + Sync + 'static>(error: SdkError<E>) -> Mishap {
    match &error {
        SdkError::ConstructionFailure(_) => Mishap::Rejected(Box::new(error)),
        SdkError::DispatchFailure(_) if never_connected(&error) => Mishap::Busy(Box::new(error)),
        _ => Mishap::Lost(Box::new(error)),
    }
}

/// Whether the system says that there was no connection to send on. A doubt is none.
fn never_connected(error: &(dyn StdError + 'static)) -> bool {
    use io::ErrorKind::{AddrNotAvailable, ConnectionRefused, HostUnreachable, NetworkUnreachable};
    std::iter::successors(Some(error), |&error| error.source())
        .filter_map(|error| error.downcast_ref::<io::Error>())
        .any(|error| {
            matches!(
                error.kind(),
                AddrNotAvailable | ConnectionRefused | HostUnreachable | NetworkUnreachable
            )
        })
}

/// Waits after the try of that number: a random part of a span that doubles, so that two who collided do
/// not collide again.
async fn pause_after(tries: u32) {
    let span = FIRST_PAUSE.saturating_mul(1 << tries.min(8).saturating_sub(1));
    #[expect(clippy::disallowed_methods, reason = "chance only spreads the tries of those who collided")]
    let [part, ..] = *Uuid::new_v4().as_bytes();
    #[expect(clippy::disallowed_methods, reason = "a pause within one request, bounded by its tries")]
    tokio::time::sleep(span.saturating_mul(u32::from(part)) / u32::from(u8::MAX)).await;
}
