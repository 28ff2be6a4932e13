//! A share that is owed when only some zones are still open: a person is asked at once, and it goes on as they say.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

use handover_domain::reason::Reason;
use handover_domain::state::Status;
use handover_engine::settings::LateShare;
use serde_json::json;
use simulation::script::{Script, at};
use simulation::world::World;

/// In the doubtful hours of April: the sure window has closed on the 27th at 10:00 UTC.
const LATE: &str = "2026-04-27T20:00:00Z";
const DECIDED: &str = "2026-04-27T21:00:00Z";

fn late() -> Script {
    Script::signing_up_at(at(LATE))
}

#[test]
fn a_person_is_asked_at_once_with_both_outcomes_and_the_hours_left() {
    let mut script = late();
    script.end = at("2026-04-27T20:30:00Z");
    let world = World::played(&script);
    let state = &world.states()[0];
    assert_eq!((state.status, state.reason.clone()), (Status::Person, Some(Reason::LATE_SHARE)));
    let items = world.records.items();
    let last = items.iter().rfind(|(key, _)| key.sort.starts_with("H#")).expect("an entry").1;
    let said = last["evidence"].to_string();
    assert!(
        said.contains("16 hours are left")
            && said.contains("would pay from 1 May 2026")
            && said.contains("from 1 June 2026"),
        "{said}"
    );
    assert!(world.share_posts().is_empty());
}

#[test]
fn an_attempt_that_meta_takes_saves_the_month() {
    let mut script = late().asking(at(DECIDED), "resolve", json!({ "verdict": "attempt" }));
    script.world.settings.zone = jiff::tz::TimeZone::get("America/Los_Angeles").expect("a zone");
    let world = World::played(&script);
    assert_eq!(world.share_posts(), [at(DECIDED)]);
    let state = &world.states()[0];
    assert_eq!((state.status, state.unblocks_on), (Status::Completed, Some(jiff::civil::date(2026, 5, 1))));
    assert_eq!(state.decision, None, "it has been answered");
}

#[test]
fn an_attempt_that_meta_refuses_costs_nothing_and_is_not_repeated() {
    let mut script = late().asking(at(DECIDED), "resolve", json!({ "verdict": "attempt" }));
    script.world.settings.zone = jiff::tz::TimeZone::get("Pacific/Kiritimati").expect("a zone");
    let world = World::played(&script);
    let posts = world.share_posts();
    assert_eq!((posts.len(), posts[0]), (2, at(DECIDED)), "{posts:?}");
    assert!(posts[1] >= at("2026-05-05T12:00:00Z"), "the second is made when the window opens");
    assert_eq!(world.states()[0].unblocks_on, Some(jiff::civil::date(2026, 6, 1)));
}

#[test]
fn what_was_decided_to_wait_waits_however_often_it_is_woken() {
    let script = late().asking(at(DECIDED), "resolve", json!({ "verdict": "wait" })).asking(
        at("2026-04-27T22:00:00Z"),
        "retry",
        json!({}),
    );
    let world = World::played(&script);
    assert_eq!(world.persons(), 1, "asked once");
    let posts = world.share_posts();
    assert!(posts.len() == 1 && posts[0] >= at("2026-05-05T12:00:00Z"), "{posts:?}");
}

#[test]
fn the_setting_decides_where_it_does() {
    for (setting, share_in_april) in [(LateShare::Attempt, true), (LateShare::Wait, false)] {
        let mut script = late();
        script.late_share = setting;
        script.world.settings.zone = jiff::tz::TimeZone::get("America/Los_Angeles").expect("a zone");
        let world = World::played(&script);
        assert_eq!(world.share_posts()[0] < at("2026-05-01T00:00:00Z"), share_in_april, "{setting:?}");
        assert_eq!(world.persons(), 0);
    }
}
