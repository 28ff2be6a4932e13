//! `handover rehearse` as a shell sees it: what it prints where, and with which code it ends.
#![allow(clippy::unwrap_used, reason = "a test that cannot run its command has failed")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

fn rehearse(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_handover")).arg("rehearse").args(arguments).output().unwrap()
}

fn printed(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn complained(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn scenario(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios").join(format!("{name}.toml"))
}

/// The example's file with one piece replaced, in a file of its own for one test.
fn example_with(test: &str, from: &str, to: &str) -> PathBuf {
    let text = std::fs::read_to_string(scenario("example")).unwrap();
    assert!(text.contains(from), "{from}");
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{test}.toml"));
    std::fs::write(&file, text.replacen(from, to, 1)).unwrap();
    file
}

#[test]
fn the_example_is_played_to_unblocked_and_two_runs_print_the_same_bytes() {
    let output = rehearse(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", complained(&output));
    assert_eq!(complained(&output), "", "no progress where nobody sees it");
    insta::assert_snapshot!(printed(&output));
    assert_eq!(rehearse(&[]).stdout, output.stdout);
}

#[test]
fn a_folder_is_played_scenario_by_scenario_and_says_which_do_not_hold() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("a-folder");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir(&folder).unwrap();
    std::fs::copy(scenario("example"), folder.join("b-example.toml")).unwrap();
    let output = rehearse(&[folder.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", complained(&output));
    assert!(printed(&output).ends_with("All 1 scenarios end as they say.\n"), "{}", printed(&output));
    let wrong = example_with("a-folder-wrong", "persons = 0", "persons = 7");
    std::fs::copy(wrong, folder.join("a-wrong.toml")).unwrap();
    let output = rehearse(&[folder.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let told = printed(&output);
    assert!(told.starts_with("FAILS  a-wrong: ") && told.contains("persons: expected 7, found 0"), "{told}");
    assert!(told.contains("\nholds  b-example: "), "{told}");
    assert!(complained(&output).contains("1 of 2 scenarios did not end as they expect"));
}

#[test]
fn as_data_it_has_the_promised_keys() {
    let output = rehearse(&["--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", complained(&output));
    assert_eq!(rehearse(&["--json"]).stdout, output.stdout);
    let data: Value = serde_json::from_slice(&output.stdout).unwrap();
    for (key, expected) in [
        ("scenario", json!("example")),
        ("flow", json!("partner-switch")),
        ("state", json!("completed")),
        ("blocked_from", json!("2026-04-20")),
        ("unblocks_on", json!("2026-05-01")),
        ("unblocked_at", json!("2026-05-01T00:10:00Z")),
        ("failures", json!([])),
        ("stands_still", Value::Null),
    ] {
        assert_eq!(data.get(key), Some(&expected), "{key}");
    }
    assert!(data.get("graph_calls").unwrap().as_u64().unwrap() > 0);
    let timeline = data.get("timeline").unwrap().as_array().unwrap();
    let step = |line: &Value| (line.get("at").cloned(), line.get("step").cloned());
    let share = (Some(json!("2026-04-21T10:00:00Z")), Some(json!("share-credit-line")));
    assert!(timeline.iter().any(|line| step(line) == share), "{timeline:#?}");
    assert_eq!(timeline.last().and_then(|line| step(line).1), Some(json!("announce")));
}

#[test]
fn a_person_who_must_act_reads_what_to_do_and_several_wabas_are_told_apart() {
    for name in ["share-answer-lost-twice", "two-wabas-second-answer-lost"] {
        let output = rehearse(&[scenario(name).to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(0), "{}", complained(&output));
        insta::assert_snapshot!(name, printed(&output));
    }
}

#[test]
fn an_expectation_that_does_not_hold_ends_with_code_1_and_says_what_was_found() {
    let file = example_with("unmet", "unblocks_on = \"2026-05-01\"", "unblocks_on = \"2026-06-01\"");
    for arguments in [vec![file.to_str().unwrap()], vec![file.to_str().unwrap(), "--json"]] {
        let output = rehearse(&arguments);
        assert_eq!(output.status.code(), Some(1));
        assert!(!output.stdout.is_empty(), "what happened is shown all the same");
        assert_eq!(
            complained(&output),
            "error: the scenario did not end as it expects\n  WABA 1, unblocks_on: expected 2026-06-01, found 2026-05-01\n"
        );
    }
}

#[test]
fn what_is_no_scenario_ends_with_code_2_and_names_key_and_line() {
    let unknown = example_with("unknown", "share_posts = 1", "share_post = 1");
    let unplayable = example_with("unplayable", "do = \"create\"", "do = \"unshare\"");
    for (file, advice) in [
        (unknown.to_str().unwrap(), "line 25: unknown field `share_post`"),
        (unplayable.to_str().unwrap(), "there is no link yet; create WABA 1 first"),
        ("no-such-file.toml", "check its name and that you may read it"),
    ] {
        let output = rehearse(&[file]);
        assert_eq!(output.status.code(), Some(2), "{file}");
        assert_eq!(printed(&output), "", "{file}");
        let complaint = complained(&output);
        assert!(complaint.contains(advice) && complaint.contains(file), "{complaint}");
    }
}
