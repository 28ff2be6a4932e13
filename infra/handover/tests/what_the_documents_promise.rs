//! The documents hold: commands print what is shown, links lead somewhere, lists are whole.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot read its document has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn house() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn read(path: impl AsRef<Path>) -> String {
    let path = house().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every page in the rooms where pages lie, by its path from the top.
fn pages() -> Vec<PathBuf> {
    let rooms = ["", "docs", "docs/decisions", "functions", "infra", "shared/graph/fixtures", "tests"];
    let files = rooms.iter().flat_map(|room| fs::read_dir(house().join(room)).unwrap());
    let is_page = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "md");
    files.map(|file| file.unwrap().path()).filter(is_page).collect()
}

fn handover(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_handover")).current_dir(house()).args(arguments).output().unwrap()
}

/// The commands of the house in a text: what follows `cargo run --`, up to the end of the line or of the quotation.
fn commands(text: &str) -> Vec<Vec<&str>> {
    let calls = text.split("cargo run -- ").skip(1);
    let calls = calls.map(|rest| rest.split(['\n', '`', '#', ')']).next().unwrap_or_default());
    calls.map(|call| call.split_whitespace().collect()).collect()
}

#[test]
fn what_the_readme_shows_is_what_the_command_prints() {
    let readme = read("README.md");
    // Those of `handover` alone need a machine, and have a test of their own.
    let shown: Vec<&str> =
        readme.split("```console\n$ ").skip(1).filter(|block| block.starts_with("cargo run")).collect();
    assert!(shown.len() >= 3);
    for block in shown {
        let (line, rest) = block.split_once('\n').unwrap();
        let (text, _) = rest.split_once("```").unwrap();
        let output = handover(commands(line).first().unwrap_or_else(|| panic!("{line} is not of the house")));
        assert_eq!(String::from_utf8(output.stdout).unwrap(), text, "{line}");
        assert!(output.status.success(), "{line}");
    }
}

#[test]
fn every_command_that_a_page_names_exists() {
    let texts = pages().into_iter().chain([house().join("justfile"), house().join(".ci/run")]).map(read);
    for text in texts {
        for command in commands(&text).iter().filter_map(|words| words.first()) {
            assert!(handover(&[command, "--help"]).status.success(), "there is no command {command}");
        }
    }
}

#[test]
fn the_gate_calls_the_two_commands_of_the_readmes_first_screen() {
    let first_screen: String = read("README.md").lines().take(40).collect::<Vec<_>>().join("\n");
    let gate = read(".ci/run");
    let gate: Vec<&str> = gate.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
    // What `cargo run` starts is there already, built by the tests.
    let called = [
        ("cargo run -- rehearse", "target/debug/handover rehearse"),
        ("cargo test --workspace", "cargo test --workspace"),
    ];
    for (shown, called) in called {
        assert!(first_screen.contains(shown), "{shown}");
        assert!(gate.iter().any(|line| line.contains(called)), "{called}");
    }
}

#[test]
fn every_link_between_pages_leads_somewhere() {
    for page in pages() {
        let text = read(&page);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") {
                continue;
            }
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { page.clone() } else { page.with_file_name(file) };
            let place = format!("{link} in {}", page.display());
            assert!(target.exists(), "{place} leads nowhere");
            if !heading.is_empty() {
                let there = read(&target);
                let mut headings = there.lines().filter(|line| line.starts_with('#')).map(anchor);
                assert!(headings.any(|anchor| anchor == heading), "{place} names no heading");
            }
        }
    }
}

/// The anchor of a heading, as forges write it.
fn anchor(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = words.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn every_dependency_has_its_reason() {
    let manifest = read("Cargo.toml");
    let (_, section) = manifest.split_once("[workspace.dependencies]\n").unwrap();
    let (section, _) = section.split_once("\n[").unwrap();
    let entries = section.lines().filter(|line| !line.contains("path = "));
    let wanted: Vec<&str> = entries
        .filter_map(|line| Some(line.split_once(" = ")?.0))
        .filter(|name| !name.starts_with('#'))
        .collect();
    let page = read("docs/decisions/0002-dependencies.md");
    let given: Vec<&str> =
        page.lines().filter_map(|line| Some(line.strip_prefix("| `")?.split_once("` | ")?.0)).collect();
    assert_eq!(given, wanted, "docs/decisions/0002-dependencies.md lists them in the order of Cargo.toml");
}

#[test]
fn every_switch_of_the_simulator_is_explained() {
    let page = read("docs/contradictions.md");
    let switches = serde_json::to_value(graph_simulator::Settings::default()).unwrap();
    for switch in switches.as_object().unwrap().keys() {
        assert!(page.contains(&format!("`{switch}`")), "docs/contradictions.md says nothing of {switch}");
    }
}

/// The tests that a page names, each as `file#function`.
fn tests_named(text: &str) -> Vec<(&str, &str)> {
    let quoted = text.split('`').skip(1).step_by(2);
    let is_code = |file: &str| Path::new(file).extension().is_some_and(|ending| ending == "rs");
    quoted.filter_map(|words| words.split_once('#')).filter(|(file, _)| is_code(file)).collect()
}

#[test]
fn every_threat_but_that_of_a_build_has_a_test() {
    let page = read("docs/security.md");
    let is_threat = |line: &&str| {
        let number = line.strip_prefix("| ").and_then(|line| line.split(" |").next()).unwrap_or_default();
        let mut signs = number.chars();
        signs.next().is_some_and(|first| "STRIDE".contains(first))
            && signs.next().is_some_and(|sign| sign.is_ascii_digit())
    };
    let rows: Vec<&str> = page.lines().filter(is_threat).collect();
    assert!(rows.len() > 30, "{} threats", rows.len());
    let untested: Vec<&str> = rows.into_iter().filter(|row| tests_named(row).is_empty()).collect();
    // What the bundle is made of shows when it is built: `.ci/release`.
    assert!(matches!(untested[..], [row] if row.starts_with("| T7 |")), "{untested:?}");
}

#[test]
fn every_test_that_a_page_shows_its_promises_by_is_there() {
    for (name, at_least) in [("docs/security.md", 80), ("docs/reliability.md", 15)] {
        let page = read(name);
        let named = tests_named(&page);
        assert!(named.len() >= at_least, "{name} names {} tests", named.len());
        for (file, test) in named {
            let is_there = read(file).contains(&format!("fn {test}("));
            assert!(is_there, "{name}: {file} has no test {test}");
        }
    }
}
