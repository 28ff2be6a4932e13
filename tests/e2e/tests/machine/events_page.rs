//! `docs/events.md` shows events that were really on the bus, all of them, and says what each field is.
//!
//! `UPDATE_DOCS=1 cargo test -p e2e events_page` writes the examples anew.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use handover_engine::public_events::{CustomerMoved, CustomerUnblocked, Kind};
use handover_local::TEMPLATE;
use handover_local::watch::Passage;
use serde_json::Value;

use crate::played::played;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/events.md");
const SCENARIOS: [&str; 4] = [
    include_str!("../../../scenarios/late-share-attempted.toml"),
    include_str!("../../../scenarios/reminders-and-a-missed-signup.toml"),
    include_str!("../../../scenarios/activation-that-never-comes.toml"),
    include_str!("../../../scenarios/solution-switch.toml"),
];
const BY_THE_AUDIT: &str = "PersonNeeded by the audit";

/// The first event of each kind in these scenarios.
async fn events() -> BTreeMap<String, Value> {
    let seen = Arc::new(Mutex::new(BTreeMap::new()));
    for scenario in SCENARIOS {
        let notes = Arc::clone(&seen);
        let watch = move |passage: &Passage<'_>| {
            let Passage::Put { envelope } = passage else { return };
            let kind = envelope["detail-type"].as_str().unwrap();
            let kind = if envelope["detail"].get("alarm").is_some() { BY_THE_AUDIT } else { kind };
            notes.lock().unwrap().entry(kind.to_owned()).or_insert_with(|| envelope["detail"].clone());
        };
        assert!(played(scenario, TEMPLATE, Arc::new(watch)).await.is_as_expected());
    }
    let mut seen = seen.lock().unwrap().clone();
    seen.remove("StepDue");
    seen
}

/// The page with each example in its place.
fn with_examples(page: &str, events: &BTreeMap<String, Value>) -> String {
    let mut text = page.to_owned();
    for (kind, detail) in events {
        let opening = format!("<!-- example: {kind} -->\n");
        let begins = text.find(&opening).unwrap_or_else(|| panic!("{kind} has no example")) + opening.len();
        let ends = begins + text[begins..].find("<!-- end -->").unwrap();
        let example = format!("```json\n{}\n```\n", serde_json::to_string_pretty(detail).unwrap());
        text.replace_range(begins..ends, &example);
    }
    text
}

#[tokio::test]
async fn the_page_of_events_shows_what_was_on_the_bus_and_says_what_each_field_is() {
    let events = events().await;
    let kinds: BTreeSet<&str> = events.keys().map(String::as_str).collect();
    let all = Kind::ALL.iter().map(|kind| kind.name()).chain([
        CustomerUnblocked::NAME,
        CustomerMoved::NAME,
        BY_THE_AUDIT,
    ]);
    assert_eq!(kinds, all.collect(), "a kind that no scenario shows");
    let page = std::fs::read_to_string(PAGE).unwrap();
    let expected = with_examples(&page, &events);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(PAGE, &expected).unwrap();
    } else {
        assert_eq!(page, expected, "docs/events.md is not what was on the bus: see events_page.rs");
    }
    let fields = events.values().flat_map(|detail| detail.as_object().unwrap().keys());
    for field in fields.collect::<BTreeSet<_>>() {
        let described =
            page.lines().any(|line| line.starts_with('|') && line.contains(&format!("`{field}`")));
        assert!(described, "{field} is in no table of docs/events.md");
    }
}
