//! The edge to Lambda: an event comes in as bytes, is read as what the function takes, and its end is told.
//!
//! What cannot be read can never be understood: it ends as a failure that names the field, so that it lies in the queue
//! of failures for a person, and no retry brings it back (the template has none). Nothing of its content is repeated.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::fmt::Display;
use std::time::Duration;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::eventbridge::EventBridgeEvent;
use handover_engine::payload::{self, Unfit};
use handover_engine::ports::Clock;
use handover_engine::runner::{Ran, RunError, StepDue};
use jiff::Timestamp;
use lambda_runtime::tracing::{Instrument, Span, error, info, info_span, init_default_subscriber};
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tracing::Level;
use tracing::level_filters::STATIC_MAX_LEVEL;

use crate::clock::SystemClock;
use crate::config::Part;
use crate::metrics::{self, Metric, Unit};
use crate::ports::{Adapter, AwsPorts, StartError};
use crate::trace;

// Below `info` the SDK logs whole requests, and the runtime whole events, secrets and all: no release has that compiled in.
const _: () = assert!(
    cfg!(debug_assertions) || matches!(STATIC_MAX_LEVEL.into_level(), Some(Level::INFO)),
    "`tracing` has its feature `release_max_level_info`"
);

pub use lambda_runtime::{Error, run, service_fn};

/// Starts a function: the log, the configuration, and the ports with their connections.
///
/// # Errors
///
/// [`StartError`], which stands in the log with its causes as well.
pub async fn start<R: Adapter, B: Adapter, V: Adapter, G: Adapter>(
    parts: &[Part],
) -> Result<AwsPorts<R, B, V, G>, StartError> {
    init_default_subscriber();
    let (ports, started) =
        AwsPorts::start(parts).await.inspect_err(|failed| drop(told("NotStarted", failed)))?;
    let microseconds = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    info!(built_us = microseconds(started.built), warmed_us = microseconds(started.warmed), "ready");
    Ok(ports)
}

/// Answers an event: reads it, lets `handle` answer, and tells what came of it. `measures` says what is counted.
///
/// # Errors
///
/// [`Diagnostic`] of the type `NotOurs` for an event of another shape, `Failed` for what the function fails with.
pub async fn answer<E, A, X, F>(
    event: LambdaEvent<Value>,
    handle: impl FnOnce(E) -> F,
    measures: impl FnOnce(&A) -> Vec<Metric>,
) -> Result<A, Diagnostic>
where
    E: DeserializeOwned,
    X: StdError,
    F: Future<Output = Result<A, X>>,
{
    answer_as(event, payload::read, handle, measures).await
}

/// The same, for an event that is read in a way of its own.
///
/// # Errors
///
/// As [`answer`].
pub async fn answer_as<E, A, X, F>(
    event: LambdaEvent<Value>,
    read: impl FnOnce(&[u8]) -> Result<E, Unfit>,
    handle: impl FnOnce(E) -> F,
    measures: impl FnOnce(&A) -> Vec<Metric>,
) -> Result<A, Diagnostic>
where
    X: StdError,
    F: Future<Output = Result<A, X>>,
{
    let function = event.context.env_config.function_name.clone();
    let span = span(&function, &event.payload);
    let traced_in = event.context.xray_trace_id.clone();
    async {
        let begun = SystemClock.now();
        let payload = serde_json::to_vec(&event.payload).unwrap_or_default();
        let event: E = read(&payload).map_err(|unfit| {
            metrics::write(&[("function", &function)], &[Metric::count("Failures", 1_u64)]);
            told("NotOurs", &unfit)
        })?;
        // Boxed: a function's future holds those of its clients, deeper than the compiler follows.
        let answered = Box::pin(trace::within(traced_in.as_deref(), handle(event))).await;
        let mut counted = vec![duration(begun)];
        let answered = answered.map_err(|failed| told("Failed", &failed));
        match &answered {
            Ok(answer) => counted.extend(measures(answer)),
            Err(_) => counted.push(Metric::count("Failures", 1_u64)),
        }
        metrics::write(&[("function", &function)], &counted);
        answered
    }
    .instrument(span)
    .await
}

/// Answers a `StepDue`: the same for every step.
///
/// # Errors
///
/// As [`answer`].
pub async fn step<F>(event: LambdaEvent<Value>, handle: impl FnOnce(StepEvent) -> F) -> Result<(), Diagnostic>
where
    F: Future<Output = Result<Ran, RunError>>,
{
    answer(event, handle, ran).await.map(drop)
}

/// Says what became of a turn, in the log of its run.
fn ran(ran: &Ran) -> Vec<Metric> {
    match ran {
        Ran::Committed { state, attempt } => {
            let reason = state.reason.as_ref().map(ToString::to_string).unwrap_or_default();
            info!(row = state.row, attempt, status = state.status.name(), reason, "committed");
        }
        Ran::StoodDown => info!("stood down: not due, another turn, or another worker's"),
    }
    Vec::new()
}

/// Answers a schedule, of which nobody reads the answer.
///
/// # Errors
///
/// As [`answer`].
pub async fn tick<A, X, F>(
    event: LambdaEvent<Value>,
    handle: impl FnOnce(EventBridgeEvent<Value>) -> F,
    measures: impl FnOnce(&A) -> Vec<Metric>,
) -> Result<(), Diagnostic>
where
    X: StdError,
    F: Future<Output = Result<A, X>>,
{
    answer(event, handle, measures).await.map(drop)
}

/// The event of a step.
pub type StepEvent = EventBridgeEvent<StepDue>;

/// Answers a request: the functions behind the gateway answer every one of them.
///
/// # Errors
///
/// [`Diagnostic`] for an event that is no request of the gateway's.
pub async fn http<F>(
    event: LambdaEvent<Value>,
    handle: impl FnOnce(ApiGatewayV2httpRequest) -> F,
) -> Result<ApiGatewayV2httpResponse, Diagnostic>
where
    F: Future<Output = ApiGatewayV2httpResponse>,
{
    let handle = |request| async { Ok::<_, Infallible>(handle(request).await) };
    answer(event, handle, answers).await
}

/// What is counted of an answer: its class, so that an alarm can tell ours from theirs.
#[must_use]
pub fn answers(answer: &ApiGatewayV2httpResponse) -> Vec<Metric> {
    let class = match answer.status_code {
        ..400 => "Answers",
        400..500 => "Refusals",
        500.. => "Unavailable",
    };
    vec![Metric::count(class, 1_u64)]
}

/// What every line of this run carries.
fn span(function: &str, payload: &Value) -> Span {
    let text = |pointer: &str| payload.pointer(pointer).and_then(Value::as_str);
    let seq = payload.pointer("/detail/seq").and_then(Value::as_u64);
    info_span!(
        "event",
        function,
        migration_id = text("/detail/migration"),
        step = text("/detail/step"),
        seq,
        route = text("/routeKey"),
    )
}

/// A failure in the log, with its causes, and for Lambda's answer.
fn told<X: StdError + Display>(kind: &str, failed: &X) -> Diagnostic {
    let causes = std::iter::successors(failed.source(), |&cause| cause.source());
    let text = causes.fold(failed.to_string(), |text, cause| format!("{text}: {cause}"));
    error!(kind, "{text}");
    Diagnostic { error_type: kind.to_owned(), error_message: text }
}

fn duration(begun: Timestamp) -> Metric {
    let value = u64::try_from(SystemClock.now().duration_since(begun).as_millis()).unwrap_or_default();
    Metric { name: "Duration", value, unit: Unit::Milliseconds }
}
