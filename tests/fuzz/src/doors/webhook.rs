use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use handover_engine::records::{Item, Key, Table};
use handover_engine::unmatched;
use serde_json::{Value, json};
use simulation::envelopes;
use simulation::world::World;

use super::Open;
use crate::kept::{Came, Everything, Kept};

/// Whoever is signed by Meta says what they like: they may wake a migration, and nothing else.
pub(super) fn open() -> Open {
    let mut kept = Kept::new(World::waiting_for_the_customer);
    Box::new(move |body| {
        let (answer, is_written) = kept.with(|world, before| {
            let answer = world.ask("webhook", signed(world, body).to_string().as_bytes());
            only_a_wake(before, &world.everything());
            answer
        });
        let (status, told) = Came { answer, is_written }.held("webhook").expect("every body is a request");
        assert!(status == 200 || status == 400, "{status} {told}");
        if status == 200 {
            let told: Value = serde_json::from_str(&told).expect("JSON");
            let counts = ["woken", "unmatched", "dropped", "unreadable"]
                .map(|name| told[name].as_u64().expect("a count"));
            assert!(counts.iter().sum::<u64>() <= body.len() as u64, "{told} of {} bytes", body.len());
            assert!(is_written || counts[0] + counts[1] == 0, "{told}, and nothing was done");
        }
    })
}

/// The request by which Meta would send the body, byte for byte.
fn signed(world: &World, body: &[u8]) -> Value {
    let webhook = world.simulator().signed(body.to_vec());
    let mut event = envelopes::webhook(&webhook);
    event["isBase64Encoded"] = json!(true);
    event["body"] = json!(STANDARD.encode(body));
    event
}

/// What a wake writes into STATE.
const OF_A_WAKE: [&str; 4] = ["wakes", "due_at", "partner_added_at", "partner_removed_at"];

/// What a webhook may leave behind: a wake, who has come and gone, and what is listed for a person.
fn only_a_wake(before: &Everything, after: &Everything) {
    assert_eq!((before.1, before.2), (after.1, after.2), "something was said, or Meta was asked");
    let rest = |items: &std::collections::BTreeMap<Key, Item>| {
        let mut items = items.clone();
        items.retain(|key, _| {
            let is_listed = key.table == Table::Journal && key.partition == unmatched::PARTITION;
            !is_listed && key.sort != "PARTNERSHIP"
        });
        for item in items.iter_mut().filter(|(key, _)| key.sort == "STATE").map(|(_, item)| item) {
            item.retain(|name, _| !OF_A_WAKE.contains(&name.as_str()));
        }
        items
    };
    assert_eq!(rest(&before.0), rest(&after.0), "more than a wake");
}
