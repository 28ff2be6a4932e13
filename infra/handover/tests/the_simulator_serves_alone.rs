//! `handover simulator` as another program meets it: one line of JSON, then HTTP at the address in it.
#![allow(clippy::unwrap_used, reason = "a test that cannot run its command has failed")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// A running command; it ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(arguments: &[&str]) -> (Running, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_handover"));
    let child = command.args(["simulator", "--port", "0"]).args(arguments).stdout(Stdio::piped()).spawn();
    let mut running = Running(child.unwrap());
    let mut line = String::new();
    BufReader::new(running.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    (running, serde_json::from_str(&line).unwrap())
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap()
}

fn call(world: &Value, method: &str, path: &str, body: &str) -> Value {
    let address = text(world, "/url").strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[test]
fn everything_on_the_first_line_works_at_once() {
    let (_running, world) = start(&[]);
    let waba = text(&world, "/wabas/0/id");
    let read =
        format!("/v25.0/{waba}?fields=currency&access_token={}", text(&world, "/wabas/0/business_token"));
    assert_eq!(call(&world, "GET", &read, "")["currency"], world["wabas"][0]["currency"]);

    let lines = format!(
        "/{}/extendedcredits?access_token={}",
        text(&world, "/business_id"),
        text(&world, "/system_user_token")
    );
    assert_eq!(call(&world, "GET", &lines, "")["data"][0]["id"], world["credit_line_id"]);

    let path = text(&world, "/signup/url").strip_prefix(text(&world, "/url")).unwrap();
    let signup = call(&world, text(&world, "/signup/method"), path, &world["signup"]["body"].to_string());
    let (id, secret) = (text(&world, "/app_id"), text(&world, "/app_secret"));
    let exchange =
        format!("/oauth/access_token?client_id={id}&client_secret={secret}&code={}", text(&signup, "/code"));
    assert!(call(&world, "GET", &exchange, "")["access_token"].is_string());
}

#[test]
fn a_world_that_was_saved_is_loaded_again() {
    let (_running, world) = start(&[]);
    let mut saved = call(&world, "GET", "/_simulator/world", "");
    saved["app"]["name"] = "Renamed".into();
    let file = std::env::temp_dir().join(format!("handover-world-{}.json", std::process::id()));
    std::fs::write(&file, saved.to_string()).unwrap();
    let (_again, other) = start(&["--world", file.to_str().unwrap()]);
    std::fs::remove_file(&file).unwrap();
    assert_eq!(call(&other, "GET", "/_simulator/world", ""), saved);
}

#[test]
fn what_cannot_be_started_says_why_and_what_to_do() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for (arguments, code, advice) in [
        (["--port", port.as_str()], 1, "could not be taken; stop what uses it"),
        (["--world", "nowhere.json"], 1, "nowhere.json could not be read"),
        (["--world", "Cargo.toml"], 1, "not readable as TOML"),
        (["--webhook-url", "https://example.com/"], 2, "a program on this machine alone"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_handover"));
        let output = command.arg("simulator").args(arguments).output().unwrap();
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{complaint}");
        assert!(complaint.contains(advice), "{complaint}");
        assert!(output.stdout.is_empty());
    }
}
