//! The command as a shell sees it: what it prints where, and with which code it ends.
#![allow(clippy::unwrap_used, reason = "a test that cannot run its command has failed")]

use std::process::{Command, Output};

fn handover(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_handover")).args(arguments).output().unwrap()
}

fn printed(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn complained(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn without_arguments_it_says_what_it_can_do() {
    let output = handover(&[]);
    assert_eq!(output.status.code(), Some(0));
    assert!(printed(&output).contains("handover plan --on 2026-04-20"), "{}", printed(&output));
    assert_eq!(complained(&output), "");
}

#[test]
fn the_plan_of_20_april_is_one_json_object_with_the_promised_dates() {
    let output = handover(&["plan", "--on", "2026-04-20", "--json"]);
    assert_eq!(output.status.code(), Some(0));
    let plan: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = serde_json::json!({
        "start": "2026-04-20",
        "share_window": { "opens": "2026-04-05T12:00:00Z", "closes": "2026-04-27T10:00:00Z" },
        "blocked_from": "2026-04-20",
        "unblocks_on": "2026-05-01",
        "blocked_days": 11,
        "best_start": "2026-04-27",
        "best_blocked_days": 4,
        "sign_up_before": "2026-04-27T08:30:00Z",
        "if_missed": "2026-06-01",
        "safe_start": "2026-04-26",
        "safe_blocked_days": 5,
    });
    assert_eq!(plan, expected);
}

#[test]
fn the_plan_of_28_april_is_of_34_days() {
    let output = handover(&["plan", "--on", "2026-04-28", "--json"]);
    let plan: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(plan["unblocks_on"], "2026-06-01");
    assert_eq!(plan["blocked_days"], 34);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the command reads the clock, so its test does")]
fn without_a_day_the_plan_begins_now() {
    let today = || jiff::Timestamp::now().strftime("%F").to_string();
    let before = today();
    let output = handover(&["plan", "--json"]);
    let plan: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let start = plan["start"].as_str().unwrap();
    assert!(*before <= *start && *start <= *today(), "{plan}");
}

#[test]
fn a_month_as_data_has_a_plan_for_each_day() {
    let output = handover(&["plan", "--month", "2026-12", "--json"]);
    let plans: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(plans.len(), 31);
    assert_eq!(plans[30]["start"], "2026-12-31");
    assert_eq!(plans[30]["unblocks_on"], "2027-02-01");
}

#[test]
fn bad_input_ends_with_code_2_and_says_what_to_write() {
    for (arguments, advice) in [
        (["--on", "2026-02-30"], "write year, month and day, for example 2026-04-20"),
        (["--on", "0206-04-20"], "for the years 2020 to 2199"),
        (["--month", "2026-13"], "write year and month, for example 2026-12"),
        (["--zone", "Mars/Olympus"], "write its IANA name, for example Europe/Berlin"),
        (["--meta-zone", ""], "write its IANA name, for example Europe/Berlin"),
    ] {
        let output = handover(&[&["plan"], &arguments[..]].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(printed(&output), "", "{arguments:?}");
        let complaint = complained(&output);
        assert!(complaint.contains(advice) && complaint.contains(arguments[0]), "{complaint}");
    }
}

#[test]
fn a_day_and_a_month_at_once_are_refused() {
    let output = handover(&["plan", "--on", "2026-04-20", "--month", "2026-04"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(complained(&output).contains("cannot be used with"), "{}", complained(&output));
}

#[test]
#[cfg(target_os = "linux")]
fn a_text_that_cannot_be_written_is_a_failure_with_its_cause() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let arguments = ["plan", "--on", "2026-04-20"];
    let output = Command::new(env!("CARGO_BIN_EXE_handover"))
        .args(arguments)
        .stdout(full)
        .stderr(std::process::Stdio::piped())
        .spawn()
        .and_then(std::process::Child::wait_with_output)
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(complained(&output).contains("because: No space left on device"), "{}", complained(&output));
}

#[test]
fn the_proof_is_that_of_metas_guide_and_the_app_secret_is_not_printed() {
    use std::io::Write as _;
    use std::process::Stdio;
    let prove = |text: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_handover"));
        let command =
            command.arg("proof").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        process.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        process.wait_with_output().unwrap()
    };
    let output = prove("EAAtoken\nthe-app-secret\n");
    assert_eq!(output.status.code(), Some(0), "{}", complained(&output));
    let secret: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    // printf EAAtoken | openssl dgst -sha256 -hmac the-app-secret
    let proof = "0a6c72998c92091287ca60f11dc945c7f304cb7f119462e3cd13c30131c58832";
    assert_eq!(secret, serde_json::json!({ "token": "EAAtoken", "proof": proof }));
    assert_eq!(complained(&output), "", "a pipe is asked for nothing");
    let output = prove("EAAtoken\n");
    assert_eq!(output.status.code(), Some(1));
    assert!(complained(&output).contains("the app secret is missing"), "{}", complained(&output));
}
