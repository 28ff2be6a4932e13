//! An upgrade strands nobody: today's code goes on from wherever a release has stopped.

#![allow(clippy::expect_used, clippy::disallowed_methods, reason = "a test")]

use std::collections::BTreeSet;
use std::path::Path;

use handover_domain::flow::FlowName;
use handover_domain::state::Status;
use simulation::releases::{RECORDINGS, record};

/// Set, it has the recordings of this version written anew, as long as it is not out.
const RECORD: &str = "RECORD_RELEASE";

#[test]
fn every_release_has_left_every_flow() {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../simulation/releases").join(env!("CARGO_PKG_VERSION"));
    if std::env::var_os(RECORD).is_some() {
        for flow in FlowName::ALL {
            std::fs::write(folder.join(format!("{flow}.jsonl")), record(flow)).expect("a file");
        }
        return;
    }
    let versions: BTreeSet<&str> = RECORDINGS.iter().map(|recording| recording.version).collect();
    assert!(versions.contains(env!("CARGO_PKG_VERSION")), "record this version: {RECORD}=1");
    for version in versions {
        let of_it = RECORDINGS.iter().filter(|recording| recording.version == version);
        let flows: Vec<FlowName> = of_it.map(|recording| recording.flow).collect();
        assert_eq!(flows.len(), FlowName::ALL.len(), "{version}");
    }
}

#[test]
fn what_todays_code_cannot_read_is_seen() {
    let recording = RECORDINGS.first().expect("a recording");
    let mut moment = recording.moments().swap_remove(4);
    let items = moment["items"]["migrations"].as_object_mut().expect("items");
    for state in items.values_mut().filter_map(|partition| partition.get_mut("STATE")) {
        state["row"] = serde_json::json!("a row that was given up");
    }
    let (world, _) = recording.replayed(&moment);
    assert!(world.states().iter().all(|state| state.status == Status::Person));
}

#[test]
fn from_every_commit_of_every_release_todays_code_goes_on_to_the_end() {
    if std::env::var_os(RECORD).is_some() {
        return;
    }
    for recording in RECORDINGS {
        let moments = recording.moments();
        assert!(moments.len() > 4, "{} {}: {}", recording.version, recording.flow, moments.len());
        for (commit, moment) in moments.iter().enumerate() {
            let (world, ran) = recording.replayed(moment);
            let place = format!("{} {} after commit {commit}", recording.version, recording.flow);
            assert_eq!(ran.broken, BTreeSet::new(), "{place}: {:?}", ran.remarks);
            assert_eq!(world.failures(), Vec::<String>::new(), "{place}");
            for state in world.states() {
                assert_eq!(state.status, Status::Completed, "{place}: {state:?}");
            }
        }
        println!("{} {}: {} moments", recording.version, recording.flow, moments.len());
    }
}
