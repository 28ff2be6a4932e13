//! A line to a service that loses and invents answers, as a network does.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What happens to one request.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// It never arrives.
    LoseRequest,
    /// It arrives and is done; nobody hears of it.
    LoseAnswer,
    /// It arrives, and so does its answer.
    None,
    /// It does not arrive; this comes back: a status and a body.
    Answer(u16, Value),
}

/// A line to one endpoint: each request has its own connection and takes the next fault, if any is left.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    endpoint: String,
    faults: Arc<Mutex<VecDeque<Fault>>>,
    requests: Arc<Mutex<Vec<Value>>>,
}

impl Line {
    /// A line without faults to the service at `endpoint`.
    pub(crate) async fn to(endpoint: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let line = Self {
            endpoint: format!("http://{}", listener.local_addr().unwrap()),
            faults: Arc::default(),
            requests: Arc::default(),
        };
        let (serving, service) = (line.clone(), endpoint.trim_start_matches("http://").to_owned());
        #[expect(clippy::disallowed_methods, reason = "the line serves beside the test")]
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                // A client that hangs up early is no matter of the line's.
                serving.carry(client, &service).await.ok();
            }
        });
        line
    }

    /// Where clients find the line.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// What shall happen to the next requests, one each.
    pub(crate) fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.faults.lock().unwrap().extend(faults);
    }

    /// The requests since the last call.
    pub(crate) fn take_requests(&self) -> Vec<Value> {
        std::mem::take(&mut *self.requests.lock().unwrap())
    }

    async fn carry(&self, mut client: TcpStream, service: &str) -> std::io::Result<()> {
        let request = message(&mut client).await?;
        self.requests.lock().unwrap().push(serde_json::from_slice(body(&request)).unwrap());
        let fault = self.faults.lock().unwrap().pop_front().unwrap_or(Fault::None);
        let answer = match fault {
            Fault::LoseRequest => return Ok(()),
            Fault::LoseAnswer => {
                forward(&request, service).await?;
                return Ok(());
            }
            Fault::None => forward(&request, service).await?,
            Fault::Answer(status, body) => {
                let body = body.to_string();
                format!("HTTP/1.1 {status} Told\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
            }
        };
        let (status_line, rest) = answer.split_at(find(&answer, b"\r\n") + 2);
        client.write_all(status_line).await?;
        client.write_all(b"connection: close\r\n").await?;
        client.write_all(rest).await
    }
}

async fn forward(request: &[u8], service: &str) -> std::io::Result<Vec<u8>> {
    let mut service = TcpStream::connect(service).await?;
    service.write_all(request).await?;
    message(&mut service).await
}

/// One whole message of HTTP/1.1 with a length.
async fn message(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let head = find(&bytes, b"\r\n\r\n");
        if head < bytes.len() && body(&bytes).len() >= length(&bytes[..head]) {
            return Ok(bytes);
        }
    }
}

/// Where `part` begins in `bytes`, or their end.
fn find(bytes: &[u8], part: &[u8]) -> usize {
    bytes.windows(part.len()).position(|window| window == part).unwrap_or(bytes.len())
}

fn body(message: &[u8]) -> &[u8] {
    &message[find(message, b"\r\n\r\n") + 4..]
}

fn length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    length.unwrap().trim().parse().unwrap()
}
