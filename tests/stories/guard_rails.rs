//! What keeps a slip from becoming expensive: a cap of shares for each day.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use handover_domain::reason::Reason;
use handover_domain::state::Status;
use jiff::tz::TimeZone;
use simulation::script::{Script, at};
use simulation::world::World;

fn capped_at(most: u32) -> Script {
    let mut script = Script::two_wabas_of_one_business();
    script.shares_per_day = Some(most);
    script
}

#[test]
fn what_comes_after_the_cap_is_a_persons_and_goes_on_by_itself_the_next_day() {
    let mut script = capped_at(1);
    script.end = at("2026-04-21T20:00:00Z");
    let world = World::new(&script);
    world.play(&script);
    assert_eq!(world.share_posts().len(), 1);
    let stands: Vec<_> = world.states().iter().map(|state| (state.status, state.reason.clone())).collect();
    assert!(stands.contains(&(Status::Person, Some(Reason::SHARES_CAPPED))), "{stands:?}");
    script.acts.clear();
    script.end = at("2026-05-03T00:00:00Z");
    world.play(&script);
    let days: Vec<_> =
        world.share_posts().iter().map(|post| TimeZone::UTC.to_datetime(*post).date().day()).collect();
    assert_eq!(days, [21, 22]);
    assert!(world.states().iter().all(|state| state.status == Status::Completed));
}

#[test]
fn below_the_cap_nobody_is_asked() {
    let world = World::played(&capped_at(2));
    assert_eq!(world.share_posts().len(), 2);
    let persons = world.events().into_iter().filter(|(_, event)| event.detail_type == "PersonNeeded");
    assert_eq!(persons.count(), 0);
}
