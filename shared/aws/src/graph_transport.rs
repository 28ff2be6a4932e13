//! Carries calls to Meta over HTTP: the Graph client's [`Transport`] on reqwest.

use std::borrow::Cow;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Certificate, Client, redirect, retry, tls};
use secrecy::ExposeSecret;

use handover_engine::ports::Clock;
use handover_graph::call::Repeat;
use handover_graph::transport::{
    GraphRequest, GraphResponse, GraphVersion, Headers, MAX_BODY, Method, Transport, TransportError,
};

use crate::tls::public_roots;

/// Where Meta is. A constant, so that no setting and no record can send a token elsewhere.
const META: &str = "https://graph.facebook.com";

/// A connection is there within this time or not at all. It is shorter than any deadline of ours, so that
/// a Meta who cannot be reached is known as such and not as a call that may have arrived.
const CONNECT_WITHIN: Duration = Duration::from_secs(3);

/// The host that calls go to: Meta's, or one on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphHost(String);

/// An address that is not on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("only an address of this machine may stand in for Meta, and {0} is not one; remove the setting")]
pub struct NotLoopback(SocketAddr);

impl GraphHost {
    /// Meta's own.
    #[must_use]
    pub fn meta() -> Self {
        Self(META.to_owned())
    }

    /// A stand-in on this machine, over plain HTTP.
    ///
    /// # Errors
    ///
    /// [`NotLoopback`] for any other address: tokens would leave the machine.
    pub fn on_this_machine(address: SocketAddr) -> Result<Self, NotLoopback> {
        if address.ip().is_loopback() {
            Ok(Self(format!("http://{address}")))
        } else {
            Err(NotLoopback(address))
        }
    }
}

/// The client could not be made: TLS does not start, or a root that is compiled in cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client for Meta could not be started; nothing can be done without it")]
pub struct NoClient(#[source] reqwest::Error);

/// What becomes of calls that change something at Meta.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changes {
    /// They are made.
    Made,
    /// They are not: a dry run.
    Withheld,
}

/// The transport: no redirect, no proxy, no retry, TLS 1.2 or newer, HTTP/1.1.
#[derive(Debug, Clone)]
pub struct GraphTransport<C> {
    host: GraphHost,
    version: GraphVersion,
    clock: C,
    changes: Changes,
    /// For reads, whose connections are kept and used again.
    shared: Client,
    /// For everything else: each call has a connection of its own and is on it alone, so an error while it
    /// connects proves that nothing was sent.
    alone: Client,
}

/// The way to Meta of a function.
pub type Graph = GraphTransport<crate::clock::SystemClock>;

impl<C: Clock> GraphTransport<C> {
    /// A transport to this host, speaking this version. Deadlines are moments of this clock.
    ///
    /// # Errors
    ///
    /// [`NoClient`] if there is no TLS.
    pub fn new(host: GraphHost, version: GraphVersion, clock: C) -> Result<Self, NoClient> {
        let client = || client(&host).map_err(NoClient);
        let shared = client()?.build().map_err(NoClient)?;
        let alone = client()?.pool_max_idle_per_host(0).build().map_err(NoClient)?;
        Ok(Self { host, version, clock, changes: Changes::Made, shared, alone })
    }

    /// The same, in which calls that change something at Meta are made or withheld.
    #[must_use]
    pub const fn with(mut self, changes: Changes) -> Self {
        self.changes = changes;
        self
    }

    /// Makes the connection for reads, so that the first of them need not wait for it. Whether Meta can be reached is
    /// told by the first call.
    pub async fn connect(&self) {
        let _ = self.shared.head(&self.host.0).timeout(CONNECT_WITHIN).send().await;
    }

    async fn exchange(
        &self,
        request: &GraphRequest,
        within: Duration,
    ) -> Result<GraphResponse, reqwest::Error> {
        let client = if request.repeat == Repeat::Freely { &self.shared } else { &self.alone };
        let url = format!("{}{}", self.host.0, request.target(&self.version).expose_secret());
        let mut built = match request.method {
            Method::Get => client.get(url),
            Method::Delete => client.delete(url),
            Method::Post => client
                .post(url)
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(request.body().expose_secret().to_owned()),
        };
        if let Some(bearer) = &request.bearer {
            built = built.bearer_auth(bearer.expose_secret());
        }
        let mut response = built.timeout(within).send().await?;
        let status = response.status().as_u16();
        let headers = headers(response.headers());
        let mut body = Vec::new();
        while body.len() <= MAX_BODY {
            let Some(chunk) = response.chunk().await? else { break };
            body.extend_from_slice(&chunk);
        }
        body.truncate(MAX_BODY + 1);
        Ok(GraphResponse { status, headers, body })
    }
}

impl<C: Clock> Transport for GraphTransport<C> {
    async fn send(
        &self,
        request: GraphRequest,
        deadline: Timestamp,
    ) -> Result<GraphResponse, TransportError> {
        if self.changes == Changes::Withheld && request.method != Method::Get {
            return Err(TransportError::Withheld);
        }
        let left = deadline.duration_since(self.clock.now());
        let within = Duration::try_from(left).unwrap_or(Duration::ZERO);
        if within.is_zero() {
            return Err(TransportError::NotSent { reason: Cow::Borrowed("no time was left for it") });
        }
        self.exchange(&request, within).await.map_err(|error| told(&error))
    }
}

/// The roots at which the host's certificate may end. A stand-in on this machine speaks plain HTTP, and has none.
fn roots(host: &GraphHost) -> Result<Vec<Certificate>, reqwest::Error> {
    if *host == GraphHost::meta() {
        public_roots().map(Certificate::from_der).collect()
    } else {
        Ok(Vec::new())
    }
}

fn client(host: &GraphHost) -> Result<reqwest::ClientBuilder, reqwest::Error> {
    let builder = Client::builder()
        .tls_certs_only(roots(host)?)
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .no_proxy()
        .referer(false)
        .https_only(*host == GraphHost::meta())
        .tls_version_min(tls::Version::TLS_1_2)
        .connect_timeout(CONNECT_WITHIN)
        .user_agent(concat!("handover/", env!("CARGO_PKG_VERSION")));
    Ok(builder)
}

fn headers(from: &HeaderMap) -> Headers {
    let text = |name: &str| from.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    Headers {
        app_usage: text("x-app-usage"),
        business_use_case_usage: text("x-business-use-case-usage"),
        api_version: text("facebook-api-version"),
    }
}

/// Says in fixed words what happened: reqwest's own text holds the URL, and the URL can hold a code.
///
/// Only an error of building or connecting is proof that the request was not sent.
fn told(error: &reqwest::Error) -> TransportError {
    let not_sent = |reason| TransportError::NotSent { reason };
    let lost = |reason| TransportError::Lost { reason: Cow::Borrowed(reason) };
    if error.is_builder() {
        not_sent(Cow::Borrowed("the request could not be built"))
    } else if error.is_connect() && error.is_timeout() {
        not_sent(Cow::Borrowed("no connection in time"))
    } else if error.is_dns() {
        not_sent(Cow::Borrowed("the name of the host was not found"))
    } else if error.is_connect() {
        not_sent(why_not_connected(error))
    } else if error.is_timeout() {
        lost("the deadline passed")
    } else if error.is_body() || error.is_decode() {
        lost("the answer was cut off")
    } else {
        lost("the connection broke")
    }
}

/// The kind of the system's error, which is one of a fixed list and holds nothing of the call.
fn why_not_connected(error: &reqwest::Error) -> Cow<'static, str> {
    let mut source = error.source();
    while let Some(inner) = source {
        match inner.downcast_ref::<io::Error>().map(io::Error::kind) {
            // TLS reports its errors as one of these two.
            Some(io::ErrorKind::InvalidData | io::ErrorKind::Other) => {
                return Cow::Borrowed("no secure connection");
            }
            Some(kind) => return Cow::Owned(kind.to_string()),
            None => source = inner.source(),
        }
    }
    Cow::Borrowed("no connection")
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;

    use handover_graph::call::Call;
    use handover_graph::calls::allocations::RevokeAllocation;
    use handover_graph::calls::read_funding::ReadFunding;
    use handover_graph::calls::set_pin::SetPin;
    use handover_graph::secret::Pin;

    use super::*;

    struct Standing;

    impl Clock for Standing {
        fn now(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH
        }
    }

    /// In here because no public way leads to TLS on this machine.
    #[tokio::test]
    async fn a_handshake_that_fails_proves_that_nothing_was_sent() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = GraphHost(format!("https://{}", listener.local_addr().unwrap()));
        let transport = GraphTransport::new(host, GraphVersion::default(), Standing).unwrap();
        let call = ReadFunding { waba: "4865".parse().unwrap() };
        let garble =
            async { listener.accept().await.unwrap().0.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await };
        let (answer, _) = tokio::join!(transport.send(call.request(), Timestamp::MAX), garble);
        assert_eq!(answer.unwrap_err(), TransportError::NotSent { reason: "no secure connection".into() });
    }

    /// Nobody listens there: whatever is sent does not arrive.
    #[tokio::test]
    async fn in_a_dry_run_meta_is_asked_and_nothing_is_changed_there() {
        let host = GraphHost::on_this_machine("127.0.0.1:9".parse().unwrap()).unwrap();
        let transport = GraphTransport::new(host, GraphVersion::default(), Standing).unwrap();
        let transport = transport.with(Changes::Withheld);
        let pin = Pin::new("012345".to_owned().into()).unwrap();
        let set = SetPin { number: "1068".parse().unwrap(), pin };
        let revoke = RevokeAllocation { allocation: "1972".parse().unwrap() };
        for request in [set.request(), revoke.request()] {
            assert_eq!(transport.send(request, Timestamp::MAX).await.unwrap_err(), TransportError::Withheld);
        }
        let read = ReadFunding { waba: "4865".parse().unwrap() };
        let asked = transport.send(read.request(), Timestamp::MAX).await.unwrap_err();
        assert!(matches!(asked, TransportError::NotSent { .. }), "{asked:?}");
    }

    #[test]
    fn a_client_for_meta_trusts_public_roots_and_one_for_this_machine_none() {
        let here = GraphHost::on_this_machine("127.0.0.1:9".parse().unwrap()).unwrap();
        assert_eq!(roots(&here).unwrap().len(), 0);
        let count = roots(&GraphHost::meta()).unwrap().len();
        assert!(count > 100, "{count}");
    }

    #[tokio::test]
    async fn a_client_for_meta_speaks_https_or_nothing() {
        let client = client(&GraphHost::meta()).unwrap().build().unwrap();
        let plain = client.get("http://127.0.0.1:1/").send().await.unwrap_err();
        assert!(plain.is_builder() && !plain.is_connect());
        assert!(GraphHost::meta().0.starts_with("https://graph.facebook.com"));
    }
}
