//! What an operator's actions do to a migration, and what they cannot do.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

use std::cell::Cell;
use std::collections::BTreeSet;

use graph_simulator::{Fault, PlannedFault, Simulator};
use handover_domain::reason::Reason;
use handover_domain::state::Status;
use serde_json::{Value, json};
use simulation::envelopes;
use simulation::script::{Act, Script, at};
use simulation::world::World;

const SHARE: &str = "POST /{credit_line}/whatsapp_credit_sharing_and_attach";
const BEFORE: &str = "2026-04-21T09:30:00Z";
const AFTER: &str = "2026-04-23T09:30:00Z";

/// Plays until that moment, and answers what an operator then gets for an action.
fn asked(mut script: Script, moment: &str, action: &str, said: &Value) -> (World, (u64, Value)) {
    script.end = at(moment);
    let world = World::new(&script);
    world.play(&script);
    let told = world.operator_asks(0, action, said).expect("an answer");
    (world, told)
}

/// The answer to the share is lost, whether or not it was applied.
fn lost(applied: bool) -> Script {
    let endpoint = SHARE.parse().expect("a call");
    Script::example().with_faults([1, 2].map(|nth| PlannedFault {
        endpoint,
        nth,
        about: None,
        fault: Fault::LoseAnswer { applied },
    }))
}

fn nothing_is_violated(world: &World) {
    assert_eq!(world.violations(), BTreeSet::new());
}

#[test]
fn before_the_share_a_migration_is_cancelled_and_its_waba_is_free() {
    let mut script = Script::with_the_waba_named().asking(at(BEFORE), "cancel", json!({}));
    script.acts.retain(|(moment, _)| *moment <= at(BEFORE));
    script.acts.push((at("2026-04-21T10:00:00Z"), Act::Create { waba: Some(0) }));
    let world = World::played(&script);
    let states = world.states();
    assert_eq!((states[0].status, states[0].reason.clone()), (Status::Cancelled, Some(Reason::CANCELLED)));
    assert_eq!(states[1].status, Status::Waiting, "the next one has the WABA");
}

#[test]
fn after_the_share_cancel_must_say_what_becomes_of_it() {
    let (world, (status, told)) = asked(Script::example(), AFTER, "cancel", &json!({}));
    assert_eq!((status, &told["field"]), (409, &json!("share")), "{told}");
    let (status, told) = world.operator_asks(0, "cancel", &json!({ "share": "keep" })).expect("an answer");
    assert_eq!((status, &told["status"]), (200, &json!("cancelled")), "{told}");
    nothing_is_violated(&world);
    assert_eq!(live(&world), 1, "it stays");
}

#[test]
fn a_share_that_is_taken_back_is_gone_at_meta_before_the_migration_ends() {
    let script = Script::example().asking(at(AFTER), "cancel", json!({ "share": "revoke" }));
    let world = World::played(&script);
    let state = &world.states()[0];
    assert_eq!((state.status, state.reason.clone()), (Status::Cancelled, Some(Reason::CANCELLED)));
    assert_eq!(live(&world), 0);
}

#[test]
fn a_share_that_meta_does_not_list_is_taken_back_all_the_same() {
    let mut script = Script::example();
    script.end = at(AFTER);
    let world = World::played(&script);
    let mut changed = world.simulator().world().clone();
    changed.settings.unattached_listed = false;
    changed.allocations.values_mut().for_each(|allocation| allocation.is_attached = false);
    *world.simulator() = Simulator::new(changed).unwrap();
    let (status, told) = world.operator_asks(0, "cancel", &json!({ "share": "revoke" })).expect("an answer");
    assert_eq!(status, 200, "{told}");
    script.acts.clear();
    script.end = at("2026-04-25T00:00:00Z");
    world.play(&script);
    assert_eq!((live(&world), world.states()[0].status), (0, Status::Cancelled));
    nothing_is_violated(&world);
}

#[test]
fn a_share_is_not_taken_back_from_under_another_waba() {
    let mut script = Script::two_wabas_of_one_business();
    script.end = at(AFTER);
    let world = World::played(&script);
    let (status, told) = world.operator_asks(0, "cancel", &json!({ "share": "revoke" })).expect("an answer");
    assert_eq!((status, &told["field"]), (409, &json!("share")), "{told}");
    assert!(told["detail"].as_str().unwrap().contains(&world.waba(1)), "{told}");
    nothing_is_violated(&world);
}

#[test]
fn nobody_walks_away_from_a_share_that_is_not_settled() {
    let (world, (status, told)) =
        asked(lost(false), "2026-04-21T10:20:00Z", "cancel", &json!({ "share": "keep" }));
    assert_eq!(status, 409, "{told}");
    assert!(told["detail"].as_str().unwrap().contains("resolve"), "{told}");
    assert!(!world.states()[0].status.is_end());
}

#[test]
fn what_was_not_applied_is_shared_once_more() {
    let script =
        lost(false).asking(at("2026-04-21T14:00:00Z"), "resolve", json!({ "verdict": "not_applied" }));
    let world = World::played(&script);
    assert_eq!(world.share_posts().len(), 3, "two were lost, and the third was a person's decision");
    assert_eq!(world.states()[0].status, Status::Completed);
}

/// One has found it at Meta and the other has not; both look at the same `seq`, and answer at the same moment.
#[test]
fn of_two_operators_who_decide_differently_one_is_heard_and_the_other_is_told() {
    let mut heard = BTreeSet::new();
    for gate in 0..4 {
        let script = Script { end: at("2026-04-21T14:00:00Z"), ..lost(false) };
        let world = World::new(&script);
        world.play(&script);
        let state = &world.states()[0];
        assert_eq!(state.status, Status::Person);
        let applied = json!({
            "seq": state.seq, "reason": "it is in the list", "verdict": "applied", "allocation": "77",
        });
        let first = envelopes::action(state.migration, "resolve", &applied);
        let seconds_answer = Cell::new(0);
        let (firsts_answer, _) = world.function_while("api", &first, gate, || {
            let verdict = json!({ "seq": state.seq, "verdict": "not_applied" });
            let answer = world.operator_asks(0, "resolve", &verdict).expect("an answer");
            seconds_answer.set(answer.0);
        });
        let decided =
            world.history(0).into_iter().filter(|entry| entry.get("action") == Some(&json!("resolve")));
        let told: Vec<String> = decided.map(|entry| entry["evidence"].to_string()).collect();
        assert_eq!(told.len(), 1, "gate {gate}: {told:?}");
        let second_is_heard = told[0].contains("not_applied");
        let answers = if second_is_heard { (409, 200) } else { (200, 409) };
        assert_eq!((firsts_answer, seconds_answer.get()), answers, "gate {gate}");
        heard.insert(second_is_heard);
        world.deliver_now();
        nothing_is_violated(&world);
        assert_eq!(world.share_posts().len(), if second_is_heard { 3 } else { 2 }, "gate {gate}");
    }
    assert_eq!(heard.len(), 2, "either of them has been the first");
}

#[test]
fn an_allocation_that_was_mistyped_can_be_named_again() {
    let mut script = lost(false).asking(
        at("2026-04-21T14:00:00Z"),
        "resolve",
        json!({ "verdict": "applied", "allocation": "77" }),
    );
    script.end = at("2026-04-21T15:00:00Z");
    let world = World::played(&script);
    assert_eq!(world.states()[0].reason, Some(Reason::ALLOCATION_NOT_SHOWN), "nothing is written down");
    let verdict = json!({ "verdict": "not_applied" });
    assert_eq!(world.operator_asks(0, "resolve", &verdict).expect("an answer").0, 200);
    script.start = script.end;
    script.end = at("2026-05-03T00:00:00Z");
    script.acts.clear();
    world.play(&script);
    assert_eq!(world.states()[0].status, Status::Completed);
}

#[test]
fn a_verdict_that_answers_nothing_is_refused_with_those_that_would() {
    let (world, (status, told)) =
        asked(Script::example(), AFTER, "resolve", &json!({ "verdict": "attempt" }));
    assert_eq!((status, &told["field"]), (409, &json!("verdict")), "{told}");
    assert!(told["detail"].as_str().unwrap().contains("confirmed"), "{told}");
    assert_eq!(world.states()[0].decision, None);
}

#[test]
fn a_send_that_the_customer_confirms_is_proof() {
    let mut script = Script::example();
    script.world.settings.funding_readable = false;
    let script = script.asking(at("2026-05-01T15:00:00Z"), "resolve", json!({ "verdict": "confirmed" }));
    let world = World::played(&script);
    assert_eq!(world.states()[0].status, Status::Completed);
    assert_eq!(world.unblocked_at(), Some(at("2026-05-01T15:00:00Z")));
}

#[test]
fn an_action_names_the_seq_that_was_looked_at() {
    let (world, (status, told)) = asked(Script::example(), AFTER, "retry", &json!({ "seq": 1 }));
    let now = world.states()[0].seq;
    assert_eq!((status, &told["field"]), (409, &json!("seq")), "{told}");
    assert!(told["detail"].as_str().unwrap().contains(&now.to_string()), "{told}");
}

#[test]
fn a_retry_runs_a_finding_that_rests() {
    let mut script = Script::failing_at_first("POST /{waba}/subscribed_apps", 12).asking(
        at("2026-04-21T10:30:00Z"),
        "retry",
        json!({}),
    );
    script.end = at("2026-04-21T10:31:00Z");
    let world = World::played(&script);
    let tried = |world: &World| {
        let simulator = world.simulator();
        simulator
            .calls()
            .iter()
            .filter(|call| {
                call.endpoint.as_str() == "POST /{waba}/subscribed_apps"
                    && call.at >= at("2026-04-21T10:30:00Z")
            })
            .count()
    };
    assert_eq!(tried(&world), 1, "{:#?}", world.states());
}

#[test]
fn an_action_on_an_ended_migration_is_refused() {
    let mut script = Script::example();
    script.end = at("2026-05-03T00:00:00Z");
    let world = World::played(&script);
    for (action, said) in [
        ("retry", json!({})),
        ("cancel", json!({})),
        ("new-link", json!({})),
        ("resolve", json!({ "verdict": "wait" })),
    ] {
        let (status, told) = world.operator_asks(0, action, &said).expect("an answer");
        assert_eq!((status, &told["field"]), (409, &json!("id")), "{action}: {told}");
        let detail = told["detail"].as_str().unwrap();
        assert!(detail.contains("ended") && detail.contains("create a new one"), "{action}: {told}");
    }
}

/// The live allocations of the first customer's business, at Meta.
fn live(world: &World) -> usize {
    let waba = world.waba(0);
    let simulator = world.simulator();
    simulator.live_allocations(&simulator.world().wabas[&waba].business_id).count()
}
