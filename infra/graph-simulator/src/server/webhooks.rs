//! Webhooks on their way to a program on this machine.

use std::collections::VecDeque;
use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::lock;
use crate::simulator::Simulator;
use crate::webhook::Webhook;

const LOOK_EVERY: Duration = Duration::from_millis(250);
const RETRY_AFTER: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(10);

/// The callback address of a program on this machine: `http://127.0.0.1:8080/webhook`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookTarget {
    /// Host and port.
    authority: String,
    uri: Uri,
}

/// An address that webhooks of a simulator are not sent to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "webhooks go to a program on this machine alone; write http://127.0.0.1:PORT/PATH instead of {found:?}"
)]
pub struct NotLoopback {
    /// What was given.
    pub found: String,
}

impl FromStr for WebhookTarget {
    type Err = NotLoopback;

    fn from_str(text: &str) -> Result<Self, NotLoopback> {
        let refused = || NotLoopback { found: text.to_owned() };
        let uri: Uri = text.parse().map_err(|_| refused())?;
        let host = uri.host().filter(|_| uri.scheme_str() == Some("http")).ok_or_else(refused)?;
        let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
        if host != "localhost" && !address.is_ok_and(|address| address.is_loopback()) {
            return Err(refused());
        }
        let authority = format!("{host}:{}", uri.port_u16().unwrap_or(80));
        Ok(Self { authority, uri })
    }
}

/// Why a webhook was not taken; it is sent again.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// Nobody listens, or the connection broke.
    #[error("the webhook did not reach {authority}; is the receiver running?")]
    Unreachable {
        /// Host and port.
        authority: String,
        /// What the connection says.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Anything but 200 counts as not received (facts 15.1).
    #[error("the receiver at {authority} answered {status} instead of 200; the webhook will be sent again")]
    NotTaken {
        /// Host and port.
        authority: String,
        /// The answer.
        status: u16,
    },
}

/// Sends the simulator's webhooks, oldest first, for as long as it is polled.
///
/// One that is not answered with 200 stays first in line and is sent again, so a receiver that starts
/// late misses nothing; `report` hears of each failure.
#[expect(
    clippy::disallowed_methods,
    reason = "a served simulator lives on the machine's time, and so does its post"
)]
pub async fn deliver_webhooks(
    simulator: Arc<Mutex<Simulator>>,
    target: WebhookTarget,
    report: impl Fn(&WebhookError),
) -> std::convert::Infallible {
    let mut waiting = VecDeque::new();
    loop {
        waiting.extend(lock(&simulator).take_webhooks());
        while let Some(webhook) = waiting.front() {
            match post(&target, webhook).await {
                Ok(()) => waiting.pop_front(),
                Err(error) => {
                    report(&error);
                    break;
                }
            };
        }
        tokio::time::sleep(if waiting.is_empty() { LOOK_EVERY } else { RETRY_AFTER }).await;
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a receiver that hangs must not hold up the simulator's post for ever"
)]
async fn post(target: &WebhookTarget, webhook: &Webhook) -> Result<(), WebhookError> {
    let unreachable = |source| WebhookError::Unreachable { authority: target.authority.clone(), source };
    match tokio::time::timeout(PATIENCE, send(target, webhook)).await {
        Err(late) => Err(unreachable(late.into())),
        Ok(Err(source)) => Err(unreachable(source)),
        Ok(Ok(StatusCode::OK)) => Ok(()),
        Ok(Ok(other)) => {
            Err(WebhookError::NotTaken { authority: target.authority.clone(), status: other.as_u16() })
        }
    }
}

async fn send(
    target: &WebhookTarget,
    webhook: &Webhook,
) -> Result<StatusCode, Box<dyn std::error::Error + Send + Sync>> {
    let stream = TcpStream::connect(&target.authority).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let path = target.uri.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::post(path)
        .header("host", &target.authority)
        .header("content-type", "application/json")
        .header("x-hub-signature-256", &webhook.signature)
        .body(Full::new(Bytes::from(webhook.body.clone())))?;
    // The sender goes when the answer's head is here, which lets the connection end.
    let exchange = async move { sender.send_request(request).await.map(|answer| answer.status()) };
    let (status, _) = tokio::join!(exchange, connection);
    Ok(status?)
}
