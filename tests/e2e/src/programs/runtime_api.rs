//! A stand-in for the Lambda Runtime API, which hands events to one program and takes its answers.
//!
//! As AWS publishes it: `GET /2018-06-01/runtime/invocation/next`, `POST .../invocation/{id}/response` and `/error`,
//! `POST /2018-06-01/runtime/init/error`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use tokio::sync::{Mutex as Turns, Notify, mpsc, oneshot};

use super::serve;

/// What a program answered, or what it said it failed with.
pub(super) type Answer = Result<Vec<u8>, String>;

struct Invocation {
    id: String,
    /// The header of the trace.
    trace: String,
    deadline: i64,
    function: String,
    event: Vec<u8>,
}

/// The API of one program.
pub struct RuntimeApi {
    /// Where it is served.
    pub address: SocketAddr,
    events: mpsc::UnboundedSender<Invocation>,
    waiting: Arc<Mutex<BTreeMap<String, oneshot::Sender<Answer>>>>,
    asked: Arc<Notify>,
}

/// How many events were handed over, by all APIs: each has an id of its own, and a trace if it was given none.
static INVOCATIONS: AtomicU64 = AtomicU64::new(0);

struct Api {
    /// Rings when the program asks for an event: it has started.
    asked: Arc<Notify>,
    events: Turns<mpsc::UnboundedReceiver<Invocation>>,
    waiting: Arc<Mutex<BTreeMap<String, oneshot::Sender<Answer>>>>,
}

impl RuntimeApi {
    /// Serves the API on a port of its own.
    pub fn serve() -> Self {
        let (events, taken) = mpsc::unbounded_channel();
        let waiting = Arc::new(Mutex::new(BTreeMap::new()));
        let asked = Arc::new(Notify::new());
        let api = Api { asked: Arc::clone(&asked), events: Turns::new(taken), waiting: Arc::clone(&waiting) };
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .with_state(Arc::new(api));
        let address = serve(router);
        Self { address, events, waiting, asked }
    }

    /// Ends when the program has asked for an event.
    pub async fn started(&self) {
        self.asked.notified().await;
    }

    /// Hands over an event, in the trace of that header or in one of its own; what comes of it arrives at the receiver.
    pub(super) fn invoke(
        &self,
        function: &str,
        event: Vec<u8>,
        trace: Option<&str>,
        deadline: i64,
    ) -> oneshot::Receiver<Answer> {
        let (answers, answer) = oneshot::channel();
        let number = INVOCATIONS.fetch_add(1, Ordering::Relaxed);
        let id = format!("8476a536-e9f4-11e8-9739-{number:012x}");
        let trace = trace.map_or_else(|| format!("Root=1-5bef4de7-{number:024x};Sampled=1"), str::to_owned);
        self.waiting.lock().unwrap().insert(id.clone(), answers);
        let invocation = Invocation { id, trace, deadline, function: function.to_owned(), event };
        assert!(self.events.send(invocation).is_ok(), "the API is served");
        answer
    }
}

async fn next(State(api): State<Arc<Api>>) -> (HeaderMap, Vec<u8>) {
    api.asked.notify_one();
    let Some(Invocation { id, trace, deadline, function, event }) = api.events.lock().await.recv().await
    else {
        std::future::pending().await
    };
    let arn = handover_local::account::arn("lambda", &format!("function:{function}"));
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("lambda-runtime-aws-request-id", id),
        ("lambda-runtime-deadline-ms", deadline.to_string()),
        ("lambda-runtime-invoked-function-arn", arn),
        ("lambda-runtime-trace-id", trace),
    ] {
        headers.insert(name, value.parse().unwrap());
    }
    (headers, event)
}

async fn response(State(api): State<Arc<Api>>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    answered(&api, &id, Ok(body.to_vec()))
}

async fn error(State(api): State<Arc<Api>>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    answered(&api, &id, Err(String::from_utf8_lossy(&body).into_owned()))
}

fn answered(api: &Api, id: &str, answer: Answer) -> StatusCode {
    let waits = api.waiting.lock().unwrap().remove(id);
    match waits.map(|waits| waits.send(answer)) {
        Some(Ok(())) => StatusCode::ACCEPTED,
        _ => StatusCode::BAD_REQUEST,
    }
}
