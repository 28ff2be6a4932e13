//! An operator's way from a terminal, against the real `handover dev`: create, list, show, retry, cancel; what is
//! refused ends with code 1 and says what is next.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// A machine in a folder of its own; both are gone afterwards.
struct Dev {
    folder: PathBuf,
    process: Child,
    url: String,
}

impl Dev {
    fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("handover-operators-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_handover"))
            .current_dir(&folder)
            .args(["dev", "--port", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
        let line = lines.find(|line| line.trim_start().starts_with("http://")).unwrap();
        let url = line.split_whitespace().next().unwrap().to_owned();
        // Read on, so that the machine's log never fills the pipe.
        #[expect(clippy::disallowed_methods, reason = "a pipe is emptied beside the test")]
        std::thread::spawn(move || lines.for_each(drop));
        Self { folder, process, url }
    }

    /// Runs a command of an operator, who has named the address once.
    fn handover(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_handover"));
        command.env("HANDOVER_URL", &self.url).args(arguments).output().unwrap()
    }

    fn printed(&self, arguments: &[&str]) -> String {
        let output = self.handover(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", complained(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.printed(&[arguments, &["--json"]].concat())).unwrap()
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn complained(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn an_operator_creates_looks_retries_and_cancels() {
    let dev = Dev::start();
    let created = dev.printed(&["create", "--waba-id", "486585971195941", "--label", "Acme"]);
    assert!(
        created.contains("Moving your WhatsApp account to us") && created.contains("?state="),
        "{created}"
    );

    let again = dev.handover(&["create", "--waba-id", "486585971195941"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(complained(&again).contains("field: waba_id\n  next: "), "{}", complained(&again));

    let listed = dev.json(&["list"]);
    let id = listed.pointer("/migrations/0/migration").and_then(Value::as_str).unwrap();
    assert!(created.contains(id) && dev.printed(&["list"]).contains("Acme"), "{listed}");
    assert!(dev.printed(&["show", id]).contains("486585971195941"));

    let acted = dev.handover(&["retry", id, "--reason", "the customer called"]);
    assert!(acted.status.success(), "{}", complained(&acted));
    assert!(complained(&acted).starts_with("Looked at: Acme, "), "{}", complained(&acted));

    let stale = dev.handover(&["cancel", id, "--reason", "a slip", "--seq", "999"]);
    assert_eq!(stale.status.code(), Some(1));
    assert!(complained(&stale).contains("field: seq"), "{}", complained(&stale));

    dev.printed(&["cancel", id, "--reason", "the customer stays"]);
    assert_eq!(dev.json(&["show", id]).get("status"), Some(&Value::from("cancelled")));
    assert!(dev.printed(&["history", id]).contains("by an operator: "), "{}", dev.printed(&["history", id]));
    assert!(dev.printed(&["alarms"]).starts_with("Next: "));
}

#[test]
fn where_nobody_answers_the_operator_is_told_that_nothing_was_done() {
    // Nothing can be bound to port 0, so nobody answers there.
    let output = Command::new(env!("CARGO_BIN_EXE_handover"))
        .args(["create", "--url", "http://127.0.0.1:0"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(complained(&output).contains("nothing was done"), "{}", complained(&output));
}
