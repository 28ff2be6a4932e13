//! The built command `handover dev`, driven over HTTP as its first screen says: a signup with a code of the
//! simulator leads, with no further call by a person, to the share, and past the 1st to `CustomerUnblocked`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use jiff::{Timestamp, ToSpan, tz::TimeZone};
use reqwest::Client;
use serde_json::{Value, json};

const WABA: &str = "486585971195941";

/// The first of four ports that nobody has, below those that the system gives to whoever asks for any, so that no other test
/// gets one of them meanwhile.
fn four_free_ports() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(20_000);
    let free = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
    let mut candidates = std::iter::repeat_with(|| NEXT.fetch_add(4, Ordering::Relaxed)).take(2_000);
    candidates.find(|&first| (first..first + 4).all(free)).unwrap()
}

/// A machine in a folder of its own; both are gone afterwards.
struct Dev {
    folder: PathBuf,
    process: Option<Child>,
    url: String,
    meta: String,
    database: String,
    client: Client,
}

impl Dev {
    fn start(test: &str) -> Self {
        Self::start_with(test, &[])
    }

    fn start_with(test: &str, more: &[&str]) -> Self {
        let folder = std::env::temp_dir().join(format!("handover-dev-{test}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let client =
            Client::builder().pool_max_idle_per_host(0).no_proxy().tls_certs_only([]).build().unwrap();
        let (url, meta, database) = (String::new(), String::new(), String::new());
        let mut dev = Self { folder, process: None, url, meta, database, client };
        dev.run(more);
        dev
    }

    /// Runs the command and waits for the addresses that it prints.
    fn run(&mut self, more: &[&str]) {
        let mut process = Command::new(env!("CARGO_BIN_EXE_handover"))
            .current_dir(&self.folder)
            .arg("dev")
            .args(if more.contains(&"--port") { &[] } else { ["--port", "0"].as_slice() })
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut address = || {
            let line = lines.find(|line| line.trim_start().starts_with("http://")).unwrap();
            line.split_whitespace().next().unwrap().to_owned()
        };
        (self.url, self.meta, self.database) = (address(), address(), address());
        // Read on, so that the machine's log never fills the pipe.
        #[expect(clippy::disallowed_methods, reason = "a pipe is emptied beside the test")]
        std::thread::spawn(move || lines.for_each(drop));
        self.process = Some(process);
    }

    fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// A token that says what is asked for; everything, by nobody in particular, if nothing is.
    async fn token(&self, wish: &Value) -> String {
        let request = self.client.post(format!("{}/local/token", self.url)).body(wish.to_string());
        request.send().await.unwrap().text().await.unwrap()
    }

    async fn post(&self, url: String, body: &Value) -> (u16, Value) {
        let token = self.token(&json!({})).await;
        let request = self.client.post(url).bearer_auth(token).header("content-type", "application/json");
        let response = request.body(body.to_string()).send().await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap())
    }

    async fn get(&self, path: &str) -> Value {
        let token = self.token(&json!({})).await;
        let request = self.client.get(format!("{}{path}", self.url)).bearer_auth(token);
        let response = request.send().await.unwrap();
        serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
    }

    /// The status of a question by that token.
    async fn status(&self, path: &str, token: &str) -> u16 {
        let request = self.client.get(format!("{}{path}", self.url)).bearer_auth(token);
        request.send().await.unwrap().status().as_u16()
    }

    async fn now(&self) -> Timestamp {
        self.get("/local/clock").await.get("now").unwrap().as_str().unwrap().parse().unwrap()
    }

    /// Moves the clock and answers the status.
    async fn move_clock(&self, to: Timestamp) -> u16 {
        self.post(format!("{}/local/clock", self.url), &json!({ "to": to })).await.0
    }

    /// Looks until what is looked for is there; the machine works beside the test.
    #[expect(clippy::disallowed_methods, reason = "the command runs on the real time, so its test does")]
    async fn until(&self, path: &str, is_there: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let seen = self.get(path).await;
            if is_there(&seen) {
                return seen;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "{path} still shows {seen:#}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The 10th of the next month at noon: an open day everywhere.
fn an_open_day(now: Timestamp) -> Timestamp {
    let today = TimeZone::UTC.to_datetime(now).date();
    let tenth = today.first_of_month().saturating_add(1.month()).saturating_add(9.days());
    tenth.at(12, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp()
}

/// The 1st of the month after, at noon: the 1st has begun everywhere.
fn the_first_after(day: Timestamp) -> Timestamp {
    let first = TimeZone::UTC.to_datetime(day).date().first_of_month().saturating_add(1.month());
    first.at(12, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp()
}

#[tokio::test]
async fn a_signup_leads_to_the_share_and_past_the_1st_to_customer_unblocked() {
    let mut dev = Dev::start("signup");
    let day = an_open_day(dev.now().await);
    assert_eq!(dev.move_clock(day).await, 200);
    assert_eq!(dev.move_clock(day - 1.hour()).await, 422, "a clock is never set backwards");

    let (status, created) =
        dev.post(format!("{}/migrations", dev.url), &json!({"flow": "partner-switch"})).await;
    assert_eq!(status, 201, "{created}");
    let of_waba = json!({ "waba_id": WABA });
    assert_eq!(dev.post(format!("{}/_simulator/unshare", dev.meta), &of_waba).await.0, 200);
    let (_, signup) = dev.post(format!("{}/_simulator/signup", dev.meta), &of_waba).await;
    let body = json!({ "state": created.get("state"), "code": signup.get("code"), "waba_id": WABA });
    let (status, answer) = dev.post(format!("{}/signup", dev.url), &body).await;
    assert_eq!((status, answer.get("outcome")), (200, Some(&json!("accepted"))));

    // From here on nobody calls anything but to look.
    let migration = format!("/migrations/{}", created.get("migration").unwrap().as_str().unwrap());
    let state = dev.until(&migration, |state| state.get("row") == Some(&json!("activation"))).await;
    let first = the_first_after(day);
    let unblocks_on = first.strftime("%F").to_string();
    assert_eq!(state.get("unblocks_on"), Some(&json!(unblocks_on)), "the share is made and promises the 1st");
    assert_eq!(dev.get("/local/events").await, json!([]), "nothing is said before it is true");

    // A machine that is stopped in between goes on where it stood.
    dev.stop();
    dev.run(&[]);
    assert!(dev.now().await >= day, "the clock is kept");

    assert_eq!(dev.move_clock(first).await, 200);
    let is_unblocked = |event: &Value| event.get("detail-type") == Some(&json!("CustomerUnblocked"));
    let events =
        dev.until("/local/events", |events| events.as_array().unwrap().iter().any(is_unblocked)).await;
    let event = events.as_array().unwrap().iter().find(|event| is_unblocked(event)).unwrap();
    assert_eq!(event.pointer("/detail/waba"), Some(&json!(WABA)));
    let state = dev.until(&migration, |state| state.get("status") == Some(&json!("completed"))).await;
    assert_eq!(state.get("unblocks_on"), Some(&json!(unblocks_on)));
    assert_eq!(dev.get("/local/failures").await, json!([]));

    // A fresh one knows nothing of it.
    dev.stop();
    dev.run(&["--fresh"]);
    assert!(dev.now().await < day);
    assert_eq!(dev.get(&migration).await.get("status"), Some(&json!(404)));
}

/// A customer who has come through the partner's own signup, and whose token the partner has exchanged.
async fn on_their_way(dev: &Dev) -> String {
    let of_waba = json!({ "waba_id": WABA });
    assert_eq!(dev.post(format!("{}/_simulator/unshare", dev.meta), &of_waba).await.0, 200);
    let (_, signup) = dev.post(format!("{}/_simulator/signup", dev.meta), &of_waba).await;
    let world = dev.client.get(format!("{}/_simulator/world", dev.meta)).send().await.unwrap();
    let world: Value = serde_json::from_slice(&world.bytes().await.unwrap()).unwrap();
    let text = |value: Option<&Value>| value.unwrap().as_str().unwrap().to_owned();
    let exchange = format!(
        "{}/oauth/access_token?client_id={}&client_secret={}&code={}",
        dev.meta,
        text(world.pointer("/app/id")),
        text(world.pointer("/app/secret")),
        text(signup.get("code"))
    );
    let exchanged = dev.client.get(exchange).send().await.unwrap();
    let exchanged: Value = serde_json::from_slice(&exchanged.bytes().await.unwrap()).unwrap();
    text(exchanged.get("access_token"))
}

#[tokio::test]
async fn a_customer_on_their_way_is_taken_over_where_they_stand_and_once() {
    let dev = Dev::start("adopt");
    let day = an_open_day(dev.now().await);
    assert_eq!(dev.move_clock(day).await, 200);
    let token = on_their_way(&dev).await;
    let file = dev.folder.join("wabas.csv");
    let adopt = |lines: &str| {
        std::fs::write(&file, lines).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_handover"));
        command.env("HANDOVER_URL", &dev.url).arg("adopt").arg(&file).output().unwrap()
    };
    let printed = |output: &std::process::Output| String::from_utf8(output.stdout.clone()).unwrap();

    let cut = adopt(&format!("{WABA}\n"));
    assert!(!cut.status.success() && printed(&cut).is_empty(), "a line without a token: nothing was sent");

    let taken = adopt(&format!("{WABA},{token},Acme\n"));
    let first = the_first_after(day).strftime("%-d %B %Y").to_string();
    let line = printed(&taken).lines().find(|line| line.starts_with(WABA)).unwrap().to_owned();
    assert!(taken.status.success(), "{line}");
    assert!(line.contains("| activation | waiting |"), "{line}");
    assert!(line.ends_with(&format!("| {first} | in time")), "{line}");
    let listed = dev.get("/migrations").await;
    assert_eq!(listed.pointer("/migrations/0/label"), Some(&json!("Acme")), "{listed}");

    // Again, with another who is nobody's.
    let again = adopt(&format!("{WABA},{token},Acme\n123,EAAnobodys\n"));
    assert_eq!(again.status.code(), Some(1));
    assert!(printed(&again).contains(&line), "{}", printed(&again));
    assert!(printed(&again).contains("123 | not taken over: "), "{}", printed(&again));
    let told = String::from_utf8(again.stderr).unwrap();
    assert!(told.contains("1 of 2 customers were not taken over") && !told.contains(&token), "{told}");
    assert_eq!(dev.get("/migrations?status=waiting").await.pointer("/migrations/1"), None, "made once");
}

#[tokio::test]
async fn a_token_lets_its_holder_do_what_it_says_until_it_ends() {
    let port = four_free_ports().to_string();
    let mut dev = Dev::start_with("tokens", &["--port", &port]);
    let found = dev.get("/.well-known/openid-configuration").await;
    assert_eq!(found.get("issuer"), Some(&json!(dev.url)), "{found}");
    let keys = found.get("jwks_uri").unwrap().as_str().unwrap().strip_prefix(&dev.url).unwrap();
    assert_eq!(dev.get(keys).await.pointer("/keys/0/alg"), Some(&json!("RS256")));

    let reads = dev.token(&json!({ "sub": "alice", "scopes": ["read"] })).await;
    assert_eq!(dev.status("/migrations", &reads).await, 200);
    assert_eq!(dev.status("/doctor", &reads).await, 403);
    assert_eq!(dev.status("/migrations", "alice").await, 401);
    let show = |token: &str, arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_handover"));
        command.env("HANDOVER_URL", &dev.url).env("HANDOVER_TOKEN", token).args(arguments).output().unwrap()
    };
    let refused = show(&reads, &["doctor"]);
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(told.contains("the scope operate") && told.contains("nothing was done"), "{told}");
    assert!(!told.contains(&reads), "{told}");

    // The key is kept, so a token outlives a restart at the same address; it does not outlive its hour.
    dev.stop();
    dev.run(&["--port", &port]);
    assert_eq!(dev.status("/migrations", &reads).await, 200);
    assert_eq!(dev.move_clock(dev.now().await + 1.hour()).await, 200);
    assert_eq!(dev.status("/migrations", &reads).await, 401);
    for (wish, field) in [
        (json!({ "sub": "al ice" }), "sub"),
        (json!({ "scopes": ["everything"] }), "scopes[0]"),
        (json!({ "name": "alice" }), "name"),
    ] {
        let (status, told) = dev.post(format!("{}/local/token", dev.url), &wish).await;
        assert_eq!((status, told.get("field")), (400, Some(&json!(field))), "{told}");
    }
}

#[test]
fn a_port_that_somebody_has_is_named() {
    let first = four_free_ports();
    let _somebody = TcpListener::bind((Ipv4Addr::LOCALHOST, first + 2)).unwrap();
    let folder = std::env::temp_dir().join(format!("handover-dev-ports-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_handover"));
    let dev = command.current_dir(&folder).args(["dev", "--port", &first.to_string()]).output().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(dev.status.code(), Some(1));
    let told = String::from_utf8(dev.stderr).unwrap();
    assert!(told.contains(&format!("port {} of 127.0.0.1 could not be taken", first + 2)), "{told}");
}

#[tokio::test]
async fn bad_input_is_told_what_to_write() {
    let dev = Dev::start("bad-input");
    let clock = format!("{}/local/clock", dev.url);
    for (body, status, field) in [
        (json!({}), 400, "to"),
        (json!([]), 400, "body"),
        (json!({"to": "tomorrow"}), 400, "to"),
        (json!({"to": 7}), 400, "to"),
        (json!({"forward": "PT24H", "to": "2030-01-01T00:00:00Z"}), 400, "to"),
        (json!({"forwards": "PT24H"}), 400, "forwards"),
        (json!({"to": "2020-01-01T00:00:00Z"}), 422, "to"),
        (json!({"forward": "-PT24H"}), 422, "forward"),
        (json!({"forward": "PT99999H"}), 422, "forward"),
    ] {
        let (found, answer) = dev.post(clock.clone(), &body).await;
        assert_eq!((found, answer.get("field")), (status, Some(&json!(field))), "{body}: {answer}");
        assert!(answer.get("detail").unwrap().as_str().unwrap().ends_with('.'), "{answer}");
    }
    let (_, backwards) = dev.post(clock.clone(), &json!({"to": "2020-01-01T00:00:00Z"})).await;
    let detail = backwards.get("detail").unwrap().as_str().unwrap();
    assert!(detail.contains("2020-01-01") && detail.contains("name a later moment"), "{detail}");
    let broken = dev.client.post(&clock).body("{\"to\":").send().await.unwrap();
    assert_eq!(broken.status().as_u16(), 400);
    assert_eq!(dev.get("/local/nothing").await.get("status"), Some(&json!(404)));
    let (status, problem) =
        dev.post(format!("{}/signup", dev.url), &json!({"state": "s", "code": "c"})).await;
    assert_eq!((status, problem.get("field")), (404, Some(&json!("state"))));
    let huge = dev.client.post(format!("{}/signup", dev.url)).body(vec![b' '; 11 * 1024 * 1024]);
    // The gateway may have hung up before it has all of it.
    if let Ok(answer) = huge.send().await {
        assert_eq!(answer.status().as_u16(), 413);
    }
    assert_eq!(dev.get("/local/failures").await, json!([]), "no function failed");
}

#[tokio::test]
async fn a_machine_may_have_another_ones_meta_and_keep_its_records_in_another_dynamodb() {
    let first = Dev::start("first");
    let second =
        Dev::start_with("second", &["--graph", first.meta.as_str(), "--dynamodb", first.database.as_str()]);
    assert_eq!(
        (second.meta.as_str(), second.database.as_str()),
        (first.meta.as_str(), first.database.as_str())
    );
    let (status, created) =
        second.post(format!("{}/migrations", second.url), &json!({ "flow": "partner-switch" })).await;
    assert_eq!(status, 201, "{created}");
    let migration = created.get("migration").unwrap().as_str().unwrap();
    let seen = first.get(&format!("/migrations/{migration}")).await;
    assert_eq!(seen.get("migration").unwrap(), migration, "both look at the same tables: {seen}");
    let has_run = |told: &Value| told.pointer("/entries/0").is_some();
    second.until(&format!("/migrations/{migration}/history"), has_run).await;
}
