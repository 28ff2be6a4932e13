//! A customer's signup link: a secret of chance, for one migration, for sixty days, for one code; and it shows nothing but
//! what came of that code. The machine makes links as a deployment does.

use std::collections::BTreeSet;

use handover_engine::items;
use handover_engine::ports::{Clock, Ports};
use handover_engine::records::Records;
use handover_engine::signup_link::{LIVES, hash_of};
use handover_local::ids::MachineIds;
use handover_local::machine::Setup;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::waiting::{WABA, Waiting};

/// What stands in base64 for URLs.
const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

async fn waiting() -> Waiting {
    Waiting::on(Setup { ids: MachineIds::Random, ..e2e::example() }).await
}

/// Signs up by that link; the answer.
async fn by(waiting: &Waiting, link: &str, code: &str) -> (u16, Value) {
    let answer = waiting.post("/signup", &waiting.signup(code, &json!({ "state": link }))).await;
    shows_nothing_else(&answer.1);
    answer
}

/// An answer has the outcome and the migration's id, or says what is wrong with the request; whose the link is, stands in none.
fn shows_nothing_else(answer: &Value) {
    let fields: BTreeSet<&str> = answer.as_object().unwrap().keys().map(String::as_str).collect();
    let outcome = BTreeSet::from(["migration", "outcome"]);
    let problem = BTreeSet::from(["type", "title", "status", "detail", "field", "retry_after"]);
    assert!(fields == outcome || fields.is_subset(&problem), "{answer}");
    for told in [WABA, "Acme", "2729063490586005", "106540352242922", "partner-switch", "May"] {
        assert!(!answer.to_string().contains(told), "{told} stands in {answer}");
    }
}

#[tokio::test]
async fn a_link_that_was_altered_in_any_one_character_is_no_link() {
    let waiting = waiting().await;
    let link = waiting.state.clone();
    assert_eq!(link.len(), 43, "256 bits of chance");
    let changes = waiting.machine.wires().changes();
    let altered = altered(&link);
    assert_eq!(altered.len(), 43 * 63 + 5);
    for altered in &altered {
        let (status, problem) = by(&waiting, altered, "a-code").await;
        assert_eq!((status, &problem["field"]), (404, &json!("state")), "{altered}");
    }
    assert_eq!(waiting.machine.wires().changes(), changes, "nothing was written");
    assert_eq!(by(&waiting, &link, &waiting.new_code()).await.1["outcome"], "accepted", "the link is whole");
}

/// Each of its characters replaced by each other one that a link may have; and what is shorter, longer or in small letters.
fn altered(link: &str) -> BTreeSet<String> {
    let mut altered = BTreeSet::from([
        link[1..].to_owned(),
        link[..link.len() - 1].to_owned(),
        format!("{link}A"),
        format!("{link}="),
        link.to_lowercase(),
    ]);
    for at in 0..link.len() {
        let others = LETTERS.chars().filter(|letter| !link[at..].starts_with(*letter));
        altered.extend(others.map(|letter| format!("{}{letter}{}", &link[..at], &link[at + 1..])));
    }
    altered
}

#[tokio::test]
async fn a_link_leads_to_its_own_migration_and_no_other() {
    let waiting = waiting().await;
    let other = waiting.post("/migrations", &json!({ "flow": "partner-switch", "label": "Acme" })).await.1;
    waiting.machine.run_due().await;
    let theirs = other["state"].as_str().unwrap();
    let before = waiting.written().await;
    let (status, answer) = by(&waiting, theirs, &waiting.new_code()).await;
    assert_eq!((status, &answer["migration"]), (200, &other["migration"]));
    let after = waiting.written().await;
    assert_eq!(
        (after.0, after.2),
        (before.0, before.2),
        "ours stands where it stood, and nothing is noted of it"
    );
    let path = format!("/migrations/{}/history", other["migration"].as_str().unwrap());
    let history = waiting.send("GET", &path, b"").await;
    assert!(String::from_utf8(history.body).unwrap().contains("signup accepted"));
}

#[tokio::test]
async fn a_link_is_good_until_its_last_millisecond_and_not_at_its_end() {
    let begun = waiting().await;
    let end = begun.clock.now() + LIVES;
    begun.clock.move_to(end - SignedDuration::from_millis(1)).unwrap();
    assert_eq!(by(&begun, &begun.state, &begun.new_code()).await.1["outcome"], "accepted");

    let late = waiting().await;
    late.clock.move_to(late.clock.now() + LIVES).unwrap();
    let calls = late.machine.simulator().calls().len();
    let (status, problem) = by(&late, &late.state, &late.new_code()).await;
    assert_eq!((status, &problem["field"]), (410, &json!("state")));
    assert_eq!(late.machine.simulator().calls().len(), calls, "the code is not used up");
}

#[tokio::test]
async fn a_link_is_used_up_by_its_first_code_whatever_came_of_it() {
    for (waits, outcome) in [(0, "accepted"), (31, "lost_code")] {
        let waiting = waiting().await;
        let code = waiting.new_code();
        waiting.clock.move_to(waiting.clock.now() + SignedDuration::from_secs(waits)).unwrap();
        let first = by(&waiting, &waiting.state, &code).await;
        assert_eq!((first.0, &first.1["outcome"]), (200, &json!(outcome)));
        let (status, problem) = by(&waiting, &waiting.state, &waiting.new_code()).await;
        assert_eq!((status, &problem["field"]), (409, &json!("state")), "another code: {problem}");
        assert_eq!(by(&waiting, &waiting.state, &code).await, first, "the same request hears the same");
    }
}

#[tokio::test]
async fn of_a_link_only_its_hash_is_kept_and_no_page_is_behind_it() {
    let waiting = waiting().await;
    let kept = waiting.machine.ports().records().read(&items::signup(&hash_of(&waiting.state))).await;
    let kept = serde_json::to_string(&kept.unwrap().unwrap()).unwrap();
    assert!(kept.contains(&waiting.migration) && !kept.contains(&waiting.state), "{kept}");
    assert_eq!(waiting.send("GET", "/signup", b"").await.status, 404);
    let list = waiting.send("GET", "/migrations", b"").await;
    let shown = waiting.written().await.0;
    for told in [list.body, shown] {
        assert!(!String::from_utf8(told).unwrap().contains(&waiting.state), "an operator reads it once");
    }
}
