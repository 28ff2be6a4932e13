//! Every scenario ends as it says, and would say so if it did not.

use std::fs;
use std::path::{Path, PathBuf};

use handover_local::rehearsal::Rehearsal;
use handover_local::scenario::EXAMPLE;

use crate::played::{as_it_is, broken};

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[tokio::test]
async fn every_scenario_ends_as_it_says() {
    let files = files();
    assert!(files.len() >= 13, "{files:?}");
    for file in files {
        let rehearsal = as_it_is(&fs::read_to_string(&file).unwrap()).await;
        let broken: Vec<_> = rehearsal.verdicts.iter().filter(|verdict| !verdict.holds).collect();
        assert!(broken.is_empty(), "{}: {broken:#?}", file.display());
        assert!(rehearsal.failures.is_empty(), "{}: {:#?}", file.display(), rehearsal.failures);
        assert_eq!(rehearsal.stands_still, None, "{}", file.display());
    }
}

#[tokio::test]
async fn two_runs_are_the_same_to_the_byte() {
    let scenario = files().into_iter().find(|file| file.ends_with("two-wabas-first-answer-lost.toml"));
    let scenario = fs::read_to_string(scenario.unwrap()).unwrap();
    let told = |rehearsal: Rehearsal| format!("{rehearsal:#?}");
    assert_eq!(told(as_it_is(&scenario).await), told(as_it_is(&scenario).await));
}

/// The example with one expectation in the place of its own.
async fn example_that_expects(expectation: &str) -> Rehearsal {
    let (example, _) = EXAMPLE.split_once("[[expect]]").unwrap();
    as_it_is(&format!("{example}[[expect]]\n{expectation}\n")).await
}

#[tokio::test]
async fn each_expectation_can_fail_and_says_what_was_found() {
    let mut told = Vec::new();
    for expectation in [
        "state = \"person\"",
        "row = \"activation\"",
        "reason = \"partner-owned\"",
        "unblocks_on = \"2026-06-01\"",
        "blocked_from = \"2026-04-21\"",
        "unblocked_at = \"2026-05-01T00:00:00Z\"",
        "share_posts = 2",
        "shared_at = \"2026-04-20T09:00:00Z\"",
        "share_posts_apart = \"PT30M\"",
        "persons = 1",
        "person_at = \"2026-04-21T10:00:00Z\"",
        "findings = 1",
        "event = \"PersonNeeded\"",
        "never_event = \"CustomerUnblocked\"",
        "can_send = false",
    ] {
        let rehearsal = example_that_expects(expectation).await;
        let [verdict] = rehearsal.verdicts.as_slice() else { panic!("{:?}", rehearsal.verdicts) };
        assert!(!verdict.holds, "{expectation}");
        told.push(format!("{}: expected {}, found {}", verdict.what, verdict.expected, verdict.found));
    }
    insta::assert_snapshot!(told.join("\n"));
}

/// In this world the funding reads as ours from the share on, days before the customer can send (facts 19.5, 4).
/// By rule 4 that counts as proof, so it is said too early, and the rehearsal must not hide it.
#[tokio::test]
async fn an_announcement_that_is_not_true_fails_a_scenario_that_says_nothing_of_it() {
    let (example, _) = EXAMPLE.split_once("[[expect]]").unwrap();
    let world = "[world]\nfunding_changes = \"at_share\"\n";
    let rehearsal = as_it_is(&format!("{example}{world}[[expect]]\nshare_posts = 1\n")).await;
    assert_eq!(broken(&rehearsal), ["CustomerUnblocked"]);
}
