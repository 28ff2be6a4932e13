//! A line to a service that loses and invents answers, as a network does.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use fastrand::Rng;
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
    /// Its sender hears that there is no answer; then it arrives and is done.
    ArriveLate,
    /// It arrives, and so does its answer.
    None,
    /// It does not arrive; this comes back: a status and a body.
    Answer(u16, Value),
}

/// How often each kind of fault has struck by chance.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Lost {
    pub(crate) requests: u64,
    pub(crate) answers: u64,
    pub(crate) late: u64,
}

/// Faults by a draw: every third request or so.
#[derive(Debug)]
struct Chance {
    rng: Rng,
    lost: Lost,
}

impl Chance {
    fn draw(&mut self) -> Fault {
        match self.rng.u32(..20) {
            0..3 => {
                self.lost.requests += 1;
                Fault::LoseRequest
            }
            3..5 => {
                self.lost.answers += 1;
                Fault::LoseAnswer
            }
            5 => {
                self.lost.late += 1;
                Fault::ArriveLate
            }
            _ => Fault::None,
        }
    }
}

/// A line to one endpoint: each request has its own connection, beside all others, and takes the next fault, if any is
/// left.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    endpoint: String,
    faults: Arc<Mutex<VecDeque<Fault>>>,
    chance: Arc<Mutex<Option<Chance>>>,
    requests: Arc<Mutex<Vec<Value>>>,
}

impl Line {
    /// A line without faults to the service at `endpoint`.
    pub(crate) async fn to(endpoint: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let line = Self {
            endpoint: format!("http://{}", listener.local_addr().unwrap()),
            faults: Arc::default(),
            chance: Arc::default(),
            requests: Arc::default(),
        };
        let (serving, service) = (line.clone(), endpoint.trim_start_matches("http://").to_owned());
        #[expect(
            clippy::disallowed_methods,
            reason = "the line serves beside the test, each connection beside the others"
        )]
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (serving, service) = (serving.clone(), service.clone());
                // A client that hangs up early is no matter of the line's.
                tokio::spawn(async move { serving.carry(client, &service).await.ok() });
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

    /// From now on faults strike by a draw, where none is named.
    pub(crate) fn fail_by_chance(&self, seed: u64) {
        *self.chance.lock().unwrap() = Some(Chance { rng: Rng::with_seed(seed), lost: Lost::default() });
    }

    /// From now on nothing is drawn any more. How often something was.
    pub(crate) fn fail_no_more(&self) -> Lost {
        self.chance.lock().unwrap().take().map(|chance| chance.lost).unwrap_or_default()
    }

    fn next_fault(&self) -> Fault {
        let named = self.faults.lock().unwrap().pop_front();
        let drawn = || self.chance.lock().unwrap().as_mut().map(Chance::draw);
        named.or_else(drawn).unwrap_or(Fault::None)
    }

    /// The requests since the last call.
    pub(crate) fn take_requests(&self) -> Vec<Value> {
        std::mem::take(&mut *self.requests.lock().unwrap())
    }

    async fn carry(&self, mut client: TcpStream, service: &str) -> std::io::Result<()> {
        let request = message(&mut client).await?;
        self.requests.lock().unwrap().push(serde_json::from_slice(body(&request)).unwrap());
        let answer = match self.next_fault() {
            Fault::LoseRequest => return Ok(()),
            Fault::LoseAnswer => {
                forward(&request, service).await?;
                return Ok(());
            }
            Fault::ArriveLate => {
                drop(client);
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
