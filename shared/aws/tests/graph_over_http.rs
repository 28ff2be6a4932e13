//! Calls to Meta over real sockets: what goes over the wire, and what each way of failing is called.
//!
//! The server is a few lines in this file, so that it can break off at any byte.
#![cfg(test)]

use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use handover_aws::graph_transport::{GraphHost, GraphTransport};
use handover_engine::ports::Clock;
use handover_graph::call::{Call, send};
use handover_graph::calls::exchange_code::ExchangeCode;
use handover_graph::calls::read_funding::ReadFunding;
use handover_graph::calls::register_number::RegisterNumber;
use handover_graph::calls::share_credit_line::ShareCreditLine;
use handover_graph::error::{Applied, Failure, GraphError, Problem};
use handover_graph::secret::{Pin, Token};
use handover_graph::transport::{GraphVersion, MAX_BODY, Transport, TransportError};
use handover_graph::words::Currency;
use jiff::{SignedDuration, Timestamp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// A clock that stands still: only the difference to the deadline matters.
struct Standing;

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        "2026-04-21T10:00:00Z".parse().unwrap()
    }
}

/// A deadline this far ahead.
fn within(milliseconds: i64) -> Timestamp {
    Standing.now() + SignedDuration::from_millis(milliseconds)
}

/// What the server does after it has read a request.
#[derive(Clone)]
enum Then {
    Answer(String),
    /// Sends this and closes the connection.
    Break(&'static str),
    /// Sends this and holds the connection open.
    Hold(&'static str),
    /// Sends an answer a byte at a time, without end.
    Trickle,
}

struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    requests: mpsc::UnboundedReceiver<String>,
}

impl Server {
    async fn that(then: Then) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let (seen, requests) = mpsc::unbounded_channel();
        let counter = Arc::clone(&connections);
        in_the_background(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                in_the_background(serve(stream, then.clone(), seen.clone()));
            }
        });
        Self { address, connections, requests }
    }

    async fn answering(status: &str, headers: &str, body: &str) -> Self {
        let length = body.len();
        Self::that(Then::Answer(format!(
            "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
        )))
        .await
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

#[expect(clippy::disallowed_methods, reason = "the server of a test runs beside the client that it tests")]
fn in_the_background(work: impl Future<Output = ()> + Send + 'static) {
    drop(tokio::spawn(work));
}

async fn serve(mut stream: TcpStream, then: Then, seen: mpsc::UnboundedSender<String>) {
    while let Some(request) = one_request(&mut stream).await {
        seen.send(request).ok();
        match &then {
            Then::Answer(answer) => stream.write_all(answer.as_bytes()).await.unwrap_or_default(),
            Then::Break(text) => {
                stream.write_all(text.as_bytes()).await.unwrap_or_default();
                return;
            }
            Then::Hold(text) => {
                stream.write_all(text.as_bytes()).await.unwrap_or_default();
                pending::<()>().await;
            }
            Then::Trickle => trickle(&mut stream).await,
        }
    }
}

/// Head and body of one request; none when the client has closed the connection.
async fn one_request(stream: &mut TcpStream) -> Option<String> {
    let mut text = String::new();
    loop {
        let mut part = [0; 4096];
        match stream.read(&mut part).await {
            Ok(read) if read > 0 => text.push_str(std::str::from_utf8(&part[..read]).unwrap()),
            _ => return None,
        }
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head
            .lines()
            .filter_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok())
            .next();
        if body.len() >= length.unwrap_or(0) {
            return Some(text);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a trickle is made of pauses")]
async fn trickle(stream: &mut TcpStream) {
    let mut pause = tokio::time::interval(Duration::from_millis(10));
    let mut next = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
    while stream.write_all(next.as_bytes()).await.is_ok() {
        next = " ";
        pause.tick().await;
    }
}

fn transport(server: &Server) -> GraphTransport<Standing> {
    to(server.address)
}

fn to(address: SocketAddr) -> GraphTransport<Standing> {
    GraphTransport::new(GraphHost::on_this_machine(address).unwrap(), GraphVersion::default(), Standing)
        .unwrap()
}

fn token() -> Token {
    Token::new("EAAtoken".to_owned().into(), &"secret".to_owned().into())
}

fn read() -> ReadFunding {
    ReadFunding { waba: "4865".parse().unwrap() }
}

fn share() -> ShareCreditLine {
    ShareCreditLine {
        line: "8001".parse().unwrap(),
        waba: "4865".parse().unwrap(),
        currency: Currency::try_from("EUR".to_owned()).unwrap(),
    }
}

async fn share_fails(server: &Server, milliseconds: i64) -> GraphError {
    send(&transport(server), &share(), Some(&token()), within(milliseconds)).await.unwrap_err()
}

fn lost(reason: &'static str) -> Failure {
    Failure::Transport(TransportError::Lost { reason: reason.into() })
}

fn not_sent(reason: &'static str) -> Failure {
    Failure::Transport(TransportError::NotSent { reason: reason.into() })
}

const OK: &str = r#"{"id":"4865","primary_funding_id":"7001"}"#;
const SHARED: &str = r#"{"allocation_config_id":"9001","waba_id":"4865"}"#;

#[tokio::test]
async fn a_read_carries_version_token_and_proof_and_brings_the_answer() {
    let mut server = Server::answering("200 OK", "", OK).await;
    let funding = send(&transport(&server), &read(), Some(&token()), within(5000)).await.unwrap();
    assert_eq!(funding.unwrap().as_str(), "7001");
    let request = server.requests.recv().await.unwrap();
    assert!(request.starts_with("GET /v25.0/4865?fields=primary_funding_id&appsecret_proof="), "{request}");
    assert!(request.to_lowercase().contains("authorization: bearer eaatoken\r\n"), "{request}");
    assert!(!request.contains("access_token="), "{request}");
}

#[tokio::test]
async fn a_change_carries_its_parameters_as_a_form() {
    let mut server = Server::answering("200 OK", "", r#"{"success":true}"#).await;
    let pin = Pin::new("012345".to_owned().into()).unwrap();
    let call = RegisterNumber { number: "1068".parse().unwrap(), pin };
    send(&transport(&server), &call, Some(&token()), within(5000)).await.unwrap();
    let request = server.requests.recv().await.unwrap();
    assert!(request.starts_with("POST /v25.0/1068/register HTTP/1.1\r\n"), "{request}");
    assert!(
        request.to_lowercase().contains("content-type: application/x-www-form-urlencoded\r\n"),
        "{request}"
    );
    assert!(request.contains("\r\n\r\nmessaging_product=whatsapp&pin=012345&appsecret_proof="), "{request}");
}

#[tokio::test]
async fn the_headers_that_mean_something_come_along() {
    let headers =
        "X-App-Usage: {\"call_count\":1}\r\nX-Business-Use-Case-Usage: {}\r\nfacebook-api-version: v25.0\r\n";
    let server = Server::answering("404 Not Found", headers, "{}").await;
    let response = transport(&server).send(read().request(), within(5000)).await.unwrap();
    assert_eq!(response.status, 404);
    assert_eq!(response.headers.app_usage.as_deref(), Some(r#"{"call_count":1}"#));
    assert_eq!(response.headers.business_use_case_usage.as_deref(), Some("{}"));
    assert_eq!(response.headers.api_version.as_deref(), Some("v25.0"));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::answering("200 OK", "", OK).await;
    let location = format!("Location: http://{}/\r\n", elsewhere.address);
    let server = Server::answering("302 Found", &location, "").await;
    let response = transport(&server).send(read().request(), within(5000)).await.unwrap();
    assert_eq!((response.status, elsewhere.connections()), (302, 0));
}

#[tokio::test]
async fn a_refused_connection_proves_that_nothing_was_sent() {
    let address = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    let error = send(&to(address), &share(), Some(&token()), within(5000)).await.unwrap_err();
    assert_eq!(error.failure, not_sent("connection refused"));
    assert_eq!(error.outcome(), Applied::No);
}

#[tokio::test]
async fn a_call_without_time_left_is_not_begun() {
    let server = Server::answering("200 OK", "", SHARED).await;
    for milliseconds in [0, -1] {
        assert_eq!(share_fails(&server, milliseconds).await.failure, not_sent("no time was left for it"));
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_request_leaves_the_outcome_open() {
    for text in ["", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Le"] {
        let mut server = Server::that(Then::Break(text)).await;
        let error = share_fails(&server, 5000).await;
        assert_eq!(error.failure, lost("the connection broke"), "{text:?}");
        assert_eq!(error.outcome(), Applied::Unknown);
        assert_eq!(server.connections(), 1, "it is not sent again");
        assert!(server.requests.recv().await.unwrap().starts_with("POST"));
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_leaves_the_outcome_open() {
    let server = Server::that(Then::Break("HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n{\"alloc")).await;
    let error = share_fails(&server, 5000).await;
    assert_eq!((error.failure.clone(), error.outcome()), (lost("the answer was cut off"), Applied::Unknown));
}

#[tokio::test]
async fn the_deadline_ends_a_call_that_is_not_answered() {
    for text in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n{\"alloc"] {
        let server = Server::that(Then::Hold(text)).await;
        let error = share_fails(&server, 200).await;
        assert_eq!((error.failure.clone(), error.outcome()), (lost("the deadline passed"), Applied::Unknown));
    }
}

#[tokio::test]
async fn the_deadline_ends_an_answer_that_trickles() {
    let server = Server::that(Then::Trickle).await;
    assert_eq!(share_fails(&server, 200).await.failure, lost("the deadline passed"));
}

#[tokio::test]
async fn an_answer_is_read_to_a_megabyte_and_no_further() {
    let server = Server::answering("200 OK", "", &"x".repeat(3 * MAX_BODY)).await;
    let response = transport(&server).send(read().request(), within(10_000)).await.unwrap();
    assert_eq!(response.body.len(), MAX_BODY + 1);
    let error = read().parse(&response).unwrap_err();
    assert_eq!(error.failure, Failure::Unreadable { status: 200, problem: Problem::TooLarge });
}

#[tokio::test]
async fn reads_use_a_connection_again_and_a_share_never_does() {
    let server = Server::answering("200 OK", "", OK).await;
    let reads = transport(&server);
    for _ in 0..3 {
        send(&reads, &read(), Some(&token()), within(5000)).await.unwrap();
    }
    assert_eq!(server.connections(), 1);

    let server = Server::answering("200 OK", "", SHARED).await;
    let shares = transport(&server);
    for _ in 0..3 {
        send(&shares, &share(), Some(&token()), within(5000)).await.unwrap();
    }
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn no_error_shows_the_url_of_an_exchange() {
    let call = ExchangeCode {
        app: "1".parse().unwrap(),
        app_secret: "canary-secret".to_owned().into(),
        code: "canary-code".to_owned().into(),
    };
    for then in
        [Then::Break(""), Then::Hold(""), Then::Break("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")]
    {
        let mut server = Server::that(then).await;
        let error = send(&transport(&server), &call, None, within(200)).await.unwrap_err();
        assert!(server.requests.recv().await.unwrap().contains("canary-code"));
        let shown = format!("{error} {error:?} {} {}", error.failure, serde_json::to_string(&error).unwrap());
        assert!(!shown.contains("canary") && !shown.contains("127.0.0.1"), "{shown}");
    }
}

#[test]
fn only_this_machine_may_stand_in_for_meta() {
    for address in ["127.0.0.1:9100", "127.8.9.1:1", "[::1]:9100"] {
        assert!(GraphHost::on_this_machine(address.parse().unwrap()).is_ok(), "{address}");
    }
    for address in ["10.0.0.1:443", "0.0.0.0:80", "169.254.169.254:80", "[::]:80", "[::ffff:127.0.0.1]:80"] {
        let refused = GraphHost::on_this_machine(address.parse().unwrap()).unwrap_err();
        assert!(refused.to_string().starts_with("only an address of this machine"), "{address}");
    }
}
