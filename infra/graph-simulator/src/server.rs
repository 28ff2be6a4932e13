//! The simulator over a socket: loopback HTTP for other programs, Meta's own SDKs among them.
//!
//! Paths are those of graph.facebook.com; what only a simulator has (a customer to play, a clock to
//! move) is under `/_simulator/`.

mod control;
mod webhooks;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Response, StatusCode};
use hyper_util::rt::TokioIo;
use jiff::{SignedDuration, Timestamp};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::http::{Answer, Request};
use crate::simulator::Simulator;

pub use webhooks::{NotLoopback, WebhookError, WebhookTarget, deliver_webhooks};

/// More than any call of Meta's needs; a longer body is refused before it is read.
const LONGEST_BODY: usize = 1024 * 1024;

/// Why a served simulator stopped.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The operating system gives no more connections.
    #[error(
        "no further connection could be accepted; close programs that hold many files open, then start again"
    )]
    Accept(#[source] std::io::Error),
}

/// What every connection shares.
struct Served {
    simulator: Arc<Mutex<Simulator>>,
    clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
    /// How far `POST /_simulator/clock` has moved the world ahead of the clock.
    ahead: Mutex<SignedDuration>,
}

/// Serves a simulator until `shutdown` ends.
///
/// The world's clock is `clock`, moved ahead by whatever `POST /_simulator/clock` asked for. An answer
/// that a planned fault loses closes its connection without a byte.
///
/// # Errors
/// [`ServerError::Accept`] when the listener fails; single connections that break end alone.
pub async fn serve(
    simulator: Arc<Mutex<Simulator>>,
    clock: impl Fn() -> Timestamp + Send + Sync + 'static,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServerError> {
    let served =
        Arc::new(Served { simulator, clock: Box::new(clock), ahead: Mutex::new(SignedDuration::ZERO) });
    let mut connections = JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => return Ok(()),
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => { connections.spawn(talk(stream, Arc::clone(&served))); }
                Err(error) if is_the_callers(&error) => {}
                Err(error) => return Err(ServerError::Accept(error)),
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

/// A caller that gave up between connecting and being accepted is no failure of the listener.
fn is_the_callers(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

async fn talk(stream: TcpStream, served: Arc<Served>) {
    let service = service_fn(move |request| respond(request, Arc::clone(&served)));
    // An error here is a lost answer or a caller that went away: the connection is over either way.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

/// An answer that never comes: as an error of the service it makes hyper close the connection.
#[derive(Debug, thiserror::Error)]
#[error("the answer is lost, as planned")]
struct LostAnswer;

async fn respond(
    request: hyper::Request<Incoming>,
    served: Arc<Served>,
) -> Result<Response<Full<Bytes>>, LostAnswer> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, LONGEST_BODY).collect().await else {
        return Ok(refuse_body());
    };
    let text = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let request = Request {
        method: head.method.as_str().to_owned(),
        target: head.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
        headers: head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: body.to_bytes().to_vec(),
    };
    match served.answer(&request) {
        Answer::Lost => Err(LostAnswer),
        Answer::Response { status, headers, body } => Ok(response(status, &headers, body)),
    }
}

impl Served {
    fn answer(&self, request: &Request) -> Answer {
        match request.target.strip_prefix("/_simulator/") {
            Some(route) => self.control(route, request),
            None => {
                let now = self.now();
                self.simulator().answer(now, request)
            }
        }
    }

    fn now(&self) -> Timestamp {
        (self.clock)().saturating_add(*lock(&self.ahead)).unwrap_or(Timestamp::MAX)
    }

    fn simulator(&self) -> MutexGuard<'_, Simulator> {
        lock(&self.simulator)
    }
}

/// A connection that panicked does not take the world with it.
fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn response(status: u16, headers: &[(String, String)], body: Vec<u8>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (
            hyper::header::HeaderName::from_bytes(name.as_bytes()),
            hyper::header::HeaderValue::from_str(value),
        ) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

fn refuse_body() -> Response<Full<Bytes>> {
    response(413, &[], b"The body is cut or longer than 1 MB.".to_vec())
}
