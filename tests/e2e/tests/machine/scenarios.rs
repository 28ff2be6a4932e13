//! Every scenario ends as it says, and would say so if it did not.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use handover_local::rehearsal::{Rehearsal, Told};
use handover_local::scenario::EXAMPLE;
use tokio::runtime::Builder;

use crate::played::{as_it_is, broken};

/// Every scenario but the fleet, which takes longer than all of them and has a test of its own.
fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|file| !file.ends_with(FLEET)).collect();
    files.sort();
    files
}

const FLEET: &str = "fleet-of-a-thousand.toml";

async fn ends_as_it_says(file: &Path) -> Rehearsal {
    let rehearsal = as_it_is(&fs::read_to_string(file).unwrap()).await;
    let broken: Vec<_> = rehearsal.verdicts.iter().filter(|verdict| !verdict.holds).collect();
    assert!(broken.is_empty(), "{}: {broken:#?}", file.display());
    assert!(rehearsal.failures.is_empty(), "{}: {:#?}", file.display(), rehearsal.failures);
    assert_eq!(rehearsal.stands_still, None, "{}", file.display());
    rehearsal
}

/// On every processor: it is the longest test of its program, and one of the last.
#[test]
fn every_scenario_ends_as_it_says() {
    let files = files();
    assert!(files.len() >= 13, "{files:?}");
    let left = Mutex::new(files.into_iter());
    let next = || left.lock().unwrap().next();
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().unwrap().get() {
            scope.spawn(|| {
                let runtime = Builder::new_current_thread().enable_all().build().unwrap();
                while let Some(file) = next() {
                    runtime.block_on(ends_as_it_says(&file));
                }
            });
        }
    });
}

#[tokio::test]
async fn of_a_fleet_of_a_thousand_nobody_is_missed_or_silent_for_a_day_too_long() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios").join(FLEET);
    let rehearsal = ends_as_it_says(&file).await;
    let days: Vec<i64> = rehearsal.migrations.iter().filter_map(Told::days_blocked).collect();
    assert_eq!((days.len(), days.iter().min()), (1_000, Some(&4)), "the shortest way that Meta allows");
    // Who does as told is silent for five days; a code that is lost costs an hour and no month.
    let as_told =
        rehearsal.migrations.iter().filter(|told| [0, 1, 2, 3, 4, 9].contains(&((told.waba - 1) % 10)));
    let longest = as_told.filter_map(Told::days_blocked).max();
    assert_eq!(longest, Some(5));
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
        "registrations_in_72_hours = 1",
        "callback = \"https://partner.example/hook\"",
        "days_over = 1",
        "everyone = true\nshare_posts = 2",
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
