//! How often Meta is asked to share, and how often a person is asked, when the answer to a share is lost.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

use graph_simulator::{Fault, PlannedFault};
use handover_domain::reason::Reason;
use handover_domain::state::Status;
use jiff::SignedDuration;
use simulation::script::{Script, at};
use simulation::world::World;

fn lost(nth: u32, applied: bool) -> PlannedFault {
    let endpoint = "POST /{credit_line}/whatsapp_credit_sharing_and_attach".parse().expect("an endpoint");
    PlannedFault { endpoint, nth, about: None, fault: Fault::LoseAnswer { applied } }
}

#[test]
fn lost_and_applied_is_one_call_and_no_person() {
    let world = World::played(&Script::example().with_faults([lost(1, true)]));
    assert_eq!((world.share_posts().len(), world.persons()), (1, 0));
    assert_eq!(world.states()[0].status, Status::Completed);
}

#[test]
fn lost_and_not_applied_is_two_calls_thirty_minutes_apart_and_no_person() {
    let world = World::played(&Script::example().with_faults([lost(1, false)]));
    let posts = world.share_posts();
    assert_eq!((posts.len(), world.persons()), (2, 0));
    assert_eq!(posts[1].duration_since(posts[0]), SignedDuration::from_mins(30));
    assert_eq!(world.states()[0].status, Status::Completed);
}

#[test]
fn a_second_loss_is_one_person_and_no_third_call() {
    let world = World::played(&Script::example().with_faults([lost(1, false), lost(2, false)]));
    assert_eq!((world.share_posts().len(), world.persons()), (2, 1));
    let state = &world.states()[0];
    assert_eq!((state.status, state.reason.clone()), (Status::Person, Some(Reason::SHARE_UNDECIDED)));
    assert_eq!(world.unblocked_at(), None);
}

#[test]
fn a_second_loss_that_was_applied_is_found_and_goes_on_after_a_person_was_told() {
    let world = World::played(&Script::example().with_faults([lost(1, false), lost(2, true)]));
    assert_eq!((world.share_posts().len(), world.persons()), (2, 1));
    assert_eq!(world.states()[0].status, Status::Completed);
}

#[test]
fn within_two_hours_of_the_close_one_person_hears_of_it_at_once() {
    let signup = at("2026-04-27T08:20:00Z");
    for applied in [true, false] {
        let world = World::played(&Script::signing_up_at(signup).with_faults([lost(1, applied)]));
        assert_eq!(world.persons(), 1);
        let told = world.events().into_iter().find(|(_, event)| event.detail_type == "PersonNeeded");
        assert_eq!(told.expect("told").0, signup, "at once, not after the quiet time");
        // The looks go on, so the promise is kept all the same.
        let state = &world.states()[0];
        assert_eq!(
            (state.status, state.unblocks_on),
            (Status::Completed, Some("2026-05-01".parse().expect("a date")))
        );
    }
}

#[test]
fn two_wabas_of_one_business_wait_for_each_other_when_the_first_answer_is_lost() {
    for applied in [true, false] {
        let world = World::played(&Script::two_wabas_of_one_business().with_faults([lost(1, applied)]));
        let posts = if applied { 2 } else { 3 };
        assert_eq!((world.share_posts().len(), world.persons()), (posts, 0), "applied: {applied}");
        assert!(world.states().iter().all(|state| state.status == Status::Completed));
    }
}

#[test]
fn two_wabas_of_one_business_need_a_person_when_the_second_answer_is_lost() {
    for applied in [true, false] {
        let world = World::played(&Script::two_wabas_of_one_business().with_faults([lost(2, applied)]));
        // The business has one allocation for both, so nothing that can be read tells whether it was applied.
        assert_eq!((world.share_posts().len(), world.persons()), (2, 1), "applied: {applied}");
        assert_eq!(world.states()[0].status, Status::Completed);
        let second = &world.states()[1];
        if applied {
            // On the 1st the WABA is paid through our allocation: that is the proof which was missing.
            assert_eq!(second.status, Status::Completed);
        } else {
            assert_eq!(
                (second.status, second.reason.clone()),
                (Status::Person, Some(Reason::SHARE_UNDECIDED))
            );
        }
    }
}
