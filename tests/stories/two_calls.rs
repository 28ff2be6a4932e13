//! A share in two calls (facts 9.3): a business is given the line once, each of its WABAs is attached once, and whatever
//! is lost on the way is doubled by nobody.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

use std::collections::BTreeSet;

use graph_simulator::{Fault, Holder, PlannedFault, RepeatedAttach, Simulator};
use handover_domain::approval::Approval;
use handover_domain::flow::FlowName;
use handover_domain::ledger::{Attachment, Ledger, ShareMethod};
use handover_domain::reason::Reason;
use handover_domain::state::Status;
use handover_engine::records::{Action, Records, Write};
use serde_json::{Value, json};
use simulation::crashes::{self, Clean};
use simulation::gate::Side;
use simulation::meanwhile::{Cut, Meanwhile};
use simulation::script::{Act, Script, at};
use simulation::world::{World, now};

const SHARE: &str = "POST /{credit_line}/whatsapp_credit_sharing";
const ATTACH: &str = "POST /{credit_line}/whatsapp_credit_attach";

fn in_two(script: Script) -> Script {
    Script { share_method: ShareMethod::TwoCalls, ..script }
}

/// Where Meta lists only what is attached.
fn unlisted(mut script: Script) -> Script {
    script.world.settings.unattached_listed = false;
    script
}

fn fault(call: &str, fault: Fault) -> PlannedFault {
    PlannedFault { endpoint: call.parse().expect("a call"), nth: 1, about: None, fault }
}

fn lost(call: &str, applied: bool) -> PlannedFault {
    fault(call, Fault::LoseAnswer { applied })
}

fn refused(call: &str) -> PlannedFault {
    fault(call, Fault::GraphError { code: 100, subcode: None, status: None, is_transient: false })
}

fn ledger(world: &World) -> Ledger {
    let items = world.records.items();
    let (_, item) = items.iter().find(|(key, _)| key.sort == "LEDGER").expect("a ledger");
    serde_json::from_value(Value::Object(item.clone())).expect("it reads")
}

/// Calls that share with the business, calls that attach, and what lives at Meta of it.
fn counts(world: &World) -> (usize, usize, usize) {
    (world.business_posts().len(), world.share_posts().len(), world.allocations(0))
}

#[test]
fn a_customer_switches_in_two_calls_whether_meta_lists_what_is_between_them_or_not() {
    for script in [Script::example(), unlisted(Script::example())] {
        let world = World::played(&in_two(script));
        assert_eq!((counts(&world), world.persons()), ((1, 1, 1), 0));
        assert_eq!(world.states()[0].status, Status::Completed);
        assert_eq!(ledger(&world).allocated[0].attachment, Attachment::Attached);
    }
}

#[test]
fn a_second_waba_of_the_business_needs_the_attach_alone() {
    let world = World::played(&in_two(unlisted(Script::two_wabas_of_one_business())));
    assert_eq!((counts(&world), world.persons()), ((1, 2, 1), 0));
    assert!(world.states().iter().all(|state| state.status == Status::Completed));
}

#[test]
fn a_waba_of_a_business_that_was_shared_in_one_call_needs_the_attach_alone() {
    let mut script = Script::two_wabas_of_one_business();
    script.acts.retain(|(_, act)| !matches!(act, Act::SignUp { migration: 1, .. }));
    let mut world = World::new(&script);
    script.end = at("2026-04-21T12:00:00Z");
    world.play(&script);
    world.settings.share_method = ShareMethod::TwoCalls;
    script.acts = vec![(at("2026-04-22T10:00:00Z"), Act::SignUp { migration: 1, waba: 1 })];
    script.end = at("2026-05-02T12:00:00Z");
    world.play(&script);
    assert!(world.violations().is_empty(), "{:?}", world.violations());
    assert_eq!((counts(&world), world.persons()), ((0, 2, 1), 0));
    assert!(world.states().iter().all(|state| state.status == Status::Completed), "{:#?}", world.states());
}

#[test]
fn a_share_whose_answer_is_lost_is_found_and_attached() {
    let world = World::played(&in_two(Script::example()).with_faults([lost(SHARE, true)]));
    assert_eq!((counts(&world), world.persons()), ((1, 1, 1), 0));
    assert_eq!(world.states()[0].status, Status::Completed);
}

#[test]
fn a_share_whose_answer_is_lost_and_that_is_not_listed_is_a_persons_and_never_made_twice() {
    for (applied, live) in [(true, 1), (false, 0)] {
        let script = in_two(unlisted(Script::example())).with_faults([lost(SHARE, applied)]);
        let world = World::played(&script);
        assert_eq!((counts(&world), world.persons()), ((1, 0, live), 1), "applied: {applied}");
        assert_eq!(world.states()[0].reason, Some(Reason::SHARE_UNDECIDED));
    }
}

#[test]
fn a_person_who_says_that_nothing_was_shared_lets_one_more_call_out() {
    let script = in_two(Script::example()).with_faults([lost(SHARE, false)]).asking(
        at("2026-04-21T12:00:00Z"),
        "resolve",
        json!({ "verdict": "not_applied" }),
    );
    let world = World::played(&script);
    assert_eq!((counts(&world), world.persons()), ((2, 1, 1), 1));
    assert_eq!(world.states()[0].status, Status::Completed);
}

#[test]
fn a_person_can_name_an_allocation_that_is_not_listed() {
    let mut script = in_two(unlisted(Script::example())).with_faults([lost(SHARE, true)]);
    script.end = at("2026-04-21T12:00:00Z");
    let world = World::played(&script);
    let waba = world.waba(0);
    let allocation = {
        let simulator = world.simulator();
        let business = &simulator.world().wabas[&waba].business_id;
        simulator.live_allocations(business).next().expect("one").0.clone()
    };
    script.acts.clear();
    script.end = at("2026-05-02T12:00:00Z");
    let script = script.asking(
        at("2026-04-21T13:00:00Z"),
        "resolve",
        json!({ "verdict": "applied", "allocation": allocation }),
    );
    world.play(&script);
    assert!(world.violations().is_empty(), "{:?}", world.violations());
    assert_eq!((counts(&world), world.persons()), ((1, 1, 1), 1));
    assert_eq!(world.states()[0].status, Status::Completed);
}

/// The tables are restored to the moment before the Share call: the business has the line, and the ledger knows nothing.
#[test]
fn after_a_restore_a_persons_word_on_what_was_shared_has_it_attached() {
    for approval in [Approval::Auto, Approval::One] {
        let mut script = in_two(Script::example()).with_faults([refused(ATTACH)]);
        script.end = at("2026-04-21T12:00:00Z");
        let mut world = World::played(&script);
        let allocation = ledger(&world).allocated[0].allocation.clone();
        let (key, _) = world.records.items().into_iter().find(|(key, _)| key.sort == "LEDGER").unwrap();
        let Value::Object(empty) = serde_json::to_value(Ledger { rev: 9, ..Ledger::default() }).unwrap()
        else {
            panic!("an object")
        };
        now(world.records.write(&Write { key, expects: vec![], action: Action::Put(empty) })).unwrap();
        world.settings.restored_at = Some(at("2026-04-21T12:00:00Z"));
        world.settings.approval = approval;
        let said = json!({ "verdict": "applied", "allocation": allocation });
        script.acts = vec![];
        script.end = at("2026-05-02T12:00:00Z");
        let script = script.asking(at("2026-04-21T12:10:00Z"), "retry", json!({})).asking(
            at("2026-04-21T13:00:00Z"),
            "resolve",
            said.clone(),
        );
        let script = if approval == Approval::Auto {
            script
        } else {
            // Until it is approved what was said is kept; after a restore it is asked once more whether it is attached.
            script.approving(at("2026-04-21T14:00:00Z"), "alice").asking(
                at("2026-04-21T15:00:00Z"),
                "resolve",
                said,
            )
        };
        world.play(&script);
        assert!(world.violations().is_empty(), "{approval:?}: {:?}", world.violations());
        assert_eq!(counts(&world), (1, 2, 1), "{approval:?}: the attach was refused once");
        assert_eq!(world.states()[0].status, Status::Completed, "{approval:?}");
        assert_eq!(ledger(&world).allocated[0].attachment, Attachment::Attached, "{approval:?}");
    }
}

#[test]
fn an_attach_whose_answer_is_lost_is_a_persons_until_the_1st_proves_it() {
    let world = World::played(&in_two(Script::example()).with_faults([lost(ATTACH, true)]));
    assert_eq!((counts(&world), world.persons()), ((1, 1, 1), 1));
    let state = &world.states()[0];
    assert_eq!((state.status, state.unblocks_on), (Status::Completed, Some("2026-05-01".parse().unwrap())));
}

/// What a person is asked for must be there to be read, also where Meta does not list it.
#[test]
fn the_history_of_a_lost_attach_names_the_allocation() {
    let of_two = unlisted(Script::two_wabas_of_one_business());
    for (script, nth, attached) in
        [(unlisted(Script::example()), 1, "attached to no WABA"), (of_two, 2, "attached to a WABA")]
    {
        let lost = PlannedFault { nth, ..lost(ATTACH, true) };
        let mut script = in_two(script).with_faults([lost]);
        script.end = at("2026-04-24T12:00:00Z");
        let world = World::played(&script);
        let allocation = ledger(&world).allocated[0].allocation.clone();
        let items = world.records.items();
        let told = items.iter().filter(|(key, _)| key.sort.starts_with("H#")).any(|(_, entry)| {
            let evidence = entry["evidence"].to_string();
            evidence.contains("whether it was made is not known")
                && evidence.contains(&format!("allocation {allocation}, {attached}"))
        });
        assert!(told, "{nth}: {allocation}");
    }
}

#[test]
fn an_attach_that_was_not_made_is_made_once_more_by_a_persons_word() {
    let lost = in_two(Script::example()).with_faults([lost(ATTACH, false)]);
    let world = World::played(&lost);
    assert_eq!(world.states()[0].reason, Some(Reason::ATTACH_UNDECIDED));
    assert_eq!(counts(&world), (1, 1, 1));
    let asked = lost.asking(at("2026-04-21T12:00:00Z"), "resolve", json!({ "verdict": "not_applied" }));
    let world = World::played(&asked);
    assert_eq!(counts(&world), (1, 2, 1));
    assert_eq!(world.states()[0].status, Status::Completed);
}

#[test]
fn a_refused_share_leaves_nothing_and_a_refused_attach_what_the_business_was_given() {
    for (call, expected, unattached) in [(SHARE, (1, 0, 0), 0), (ATTACH, (1, 1, 1), 1)] {
        let mut script = in_two(Script::example()).with_faults([refused(call)]);
        script.end = at("2026-04-21T12:00:00Z");
        let world = World::played(&script);
        assert_eq!(counts(&world), expected, "{call}");
        let ledger = ledger(&world);
        assert_eq!((ledger.intent.clone(), ledger.unattached().count()), (None, unattached), "{call}");
        assert_eq!(world.states()[0].status, Status::Person, "{call}");
        // Asked again, it makes what is missing and no more.
        script.acts.clear();
        script.end = at("2026-05-02T12:00:00Z");
        let script = script.asking(at("2026-04-21T13:00:00Z"), "retry", json!({}));
        world.play(&script);
        assert_eq!(world.allocations(0), 1, "{call}");
        assert_eq!(world.states()[0].status, Status::Completed, "{call}");
        assert!(world.violations().is_empty(), "{call}: {:?}", world.violations());
    }
}

/// The window is about WABAs, and the first call names none: whatever is refused in it, the month may be saved yet.
#[test]
fn a_refused_share_in_the_doubtful_hours_does_not_wait_for_the_next_window_and_a_refused_attach_does() {
    for (call, status) in [(SHARE, Status::Person), (ATTACH, Status::Waiting)] {
        let refused = Fault::GraphError { code: 200, subcode: None, status: None, is_transient: false };
        let mut script = in_two(Script::signing_up_at(at("2026-04-27T20:00:00Z")))
            .with_faults([fault(call, refused)])
            .asking(at("2026-04-27T21:00:00Z"), "resolve", json!({ "verdict": "attempt" }));
        script.end = at("2026-04-27T22:00:00Z");
        let state = World::played(&script).states()[0].clone();
        let is_the_windows = state.reason == Some(Reason::WINDOW_REFUSED);
        assert_eq!((state.status, is_the_windows), (status, call == ATTACH), "{call}: {:?}", state.reason);
    }
}

#[test]
fn the_cap_counts_a_share_once_and_people_approve_it_once() {
    let script = Script { shares_per_day: Some(1), approval: Approval::Two, ..in_two(Script::example()) }
        .approving(at("2026-04-21T12:00:00Z"), "alice")
        .approving(at("2026-04-21T13:00:00Z"), "bob");
    let world = World::played(&script);
    assert_eq!(counts(&world), (1, 1, 1));
    assert_eq!(world.states()[0].status, Status::Completed);
    assert_eq!(world.business_posts()[0], at("2026-04-21T13:00:00Z"));
    assert_eq!(world.share_posts()[0], at("2026-04-21T13:00:00Z"), "nobody is asked in between");
}

#[test]
fn what_was_given_and_not_attached_is_taken_back_with_the_migration() {
    for script in [Script::example(), unlisted(Script::example())] {
        let mut script = in_two(script).with_faults([refused(ATTACH)]).asking(
            at("2026-04-21T12:00:00Z"),
            "cancel",
            json!({ "share": "revoke" }),
        );
        script.end = at("2026-04-22T00:00:00Z");
        let world = World::played(&script);
        assert_eq!(counts(&world), (1, 1, 0));
        assert_eq!(world.states()[0].status, Status::Cancelled);
        assert_eq!(ledger(&world).allocated[0].attachment, Attachment::Revoked);
    }
}

/// "Does not exist" is also what Meta says of what may not be read, and what it shows late (facts 13.2): it may still pay.
#[test]
fn what_cannot_be_read_is_not_taken_for_gone() {
    const READ: &str = "GET /{allocation}";
    const DELETE: &str = "DELETE /{allocation}";
    let played = |faults: Vec<PlannedFault>, until| {
        let faults = [refused(ATTACH)].into_iter().chain(faults);
        let mut script = in_two(unlisted(Script::example())).with_faults(faults).asking(
            at("2026-04-21T12:00:00Z"),
            "cancel",
            json!({ "share": "revoke" }),
        );
        script.end = at(until);
        let world = World::new(&script);
        world.play(&script);
        world
    };
    // The looks of the share have read it by its id before, and what they do not find they do not mind.
    let unread = |many: usize| vec![refused(READ); many];
    let world = played(unread(20), "2026-04-21T12:00:30Z");
    assert_eq!(world.allocations(0), 0, "it is taken back, though it could not be read");
    let state = world.states()[0].clone();
    assert_eq!((state.status, state.reason), (Status::Open, Some(Reason::REVOKE_NOT_SHOWN)));
    assert_eq!(
        ledger(&world).allocated[0].attachment,
        Attachment::Unattached,
        "nothing is booked that was not seen"
    );
    let world = played(vec![refused(DELETE)], "2026-04-21T12:00:30Z");
    assert_eq!((world.allocations(0), world.states()[0].reason.clone()), (1, Some(Reason::REVOKE_NOT_SHOWN)));
    let world = played(vec![refused(DELETE)], "2026-04-22T00:00:00Z");
    assert_eq!((world.allocations(0), world.states()[0].status), (0, Status::Cancelled));
    assert!(world.violations().is_empty(), "{:?}", world.violations());
    let world = played(unread(200), "2026-04-21T13:00:00Z");
    assert_eq!((world.allocations(0), world.states()[0].status), (0, Status::Person));
}

#[test]
fn what_was_given_and_left_unattached_is_listed_and_taken_back_later() {
    let mut script = in_two(unlisted(Script::example())).with_faults([refused(ATTACH)]).asking(
        at("2026-04-21T12:00:00Z"),
        "cancel",
        json!({ "share": "keep" }),
    );
    script.end = at("2026-04-22T00:00:00Z");
    let world = World::played(&script);
    assert_eq!(world.states()[0].status, Status::Cancelled);
    let [listed] = &world.liabilities().unwrap()[..] else { panic!("{:?}", world.liabilities()) };
    assert_eq!((&listed["wabas"], &listed["unattached"][0]["is_awaited"]), (&json!([]), &json!(false)));
    assert_eq!(listed["proposal"]["wabas"], json!([]));
    script.acts = vec![(at("2026-04-22T10:00:00Z"), Act::TakeBack)];
    script.end = at("2026-04-23T00:00:00Z");
    world.play(&script);
    assert_eq!(world.allocations(0), 0);
    assert_eq!(world.liabilities().unwrap(), [] as [Value; 0]);
    assert!(world.violations().is_empty(), "{:?}", world.violations());
}

/// The first call helps nobody without the second, which takes the customer's token.
#[test]
fn nothing_is_shared_with_a_token_that_has_died_or_ended() {
    for ends in [false, true] {
        let mut script = Script { approval: Approval::One, ..in_two(Script::example()) };
        script.world.settings.business_token_days = if ends { 5 } else { 60 };
        script.end = at("2026-04-26T09:00:00Z");
        let mut world = World::played(&script);
        let mut meta = world.simulator().world().clone();
        for token in meta.tokens.values_mut() {
            let is_the_customers = matches!(token.holder, Holder::Business(_));
            token.revoked = !ends && is_the_customers;
        }
        *world.simulator() = Simulator::new(meta).unwrap();
        world.settings.approval = Approval::Auto;
        script.acts.clear();
        script.end = at("2026-04-26T13:00:00Z");
        let mut script = script.asking(at("2026-04-26T12:00:00Z"), "retry", json!({}));
        world.play(&script);
        assert_eq!(counts(&world), (0, 0, 0), "ends: {ends}");
        assert_eq!(world.states()[0].reason, Some(Reason::TOKEN_MISSING), "ends: {ends}");
        script.acts = vec![(at("2026-04-26T14:00:00Z"), Act::SignUp { migration: 0, waba: 0 })];
        script.end = at("2026-05-02T12:00:00Z");
        let script = script.asking(at("2026-04-26T13:30:00Z"), "new-link", json!({}));
        world.play(&script);
        assert_eq!(counts(&world), (1, 1, 1), "ends: {ends}");
        assert_eq!(world.states()[0].status, Status::Completed, "ends: {ends}");
    }
}

#[test]
fn every_flow_completes_in_two_calls() {
    for flow in FlowName::ALL {
        let mut script = in_two(Script::of(flow));
        if flow == FlowName::OwnershipTransfer {
            // Who claims in Business Suite leaves us no token, and one is asked for. Our line is attached already.
            script.world.settings.repeated_attach = RepeatedAttach::Same;
            script.acts.push((at("2026-04-22T18:00:00Z"), Act::PutToken { waba: 0 }));
        }
        let world = World::played(&script);
        let state = &world.states()[0];
        assert_eq!((state.flow, state.status), (flow, Status::Completed), "{state:#?}");
        if flow == FlowName::OwnershipTransfer {
            assert_eq!(world.persons(), 1);
            assert!(world.business_posts()[0] >= at("2026-04-22T18:00:00Z"), "neither call is made before");
        }
    }
}

/// Who stopped between recording a call and making it, or between making it and hearing of it, leaves it to be looked for;
/// what cannot be seen is a person's, and nothing is ever made twice.
fn is_done_or_a_persons(world: &World, cut: Cut) {
    let place = world.was_cut_at();
    assert!(world.violations().is_empty(), "{cut:?} at {place:?}: {:?}", world.violations());
    let (shares, attaches, live) = counts(world);
    assert!(shares <= 1 && attaches <= 1 && live <= 1, "{cut:?} at {place:?}: {:?}", counts(world));
    let asks = [Reason::SHARE_UNDECIDED, Reason::ATTACH_UNDECIDED];
    for state in world.states() {
        let is_asked = state.reason.as_ref().is_some_and(|reason| asks.contains(reason));
        let may_ask = is_asked && state.status == Status::Person && ledger(world).intent.is_some();
        assert!(state.status == Status::Completed || may_ask, "{cut:?} at {place:?}: {state:#?}");
    }
}

/// The places at which a worker that dies leaves a person to be asked: from the intent to its answer, and nowhere else.
#[test]
fn a_person_is_asked_only_where_a_call_may_have_been_made() {
    let script = in_two(Script::example());
    let is_the_share = |point: &simulation::gate::Point| point.function == "share-credit-line";
    let mut asked = BTreeSet::new();
    crashes::wherever(
        &script,
        is_the_share,
        Meanwhile::Nothing,
        |_| (),
        |world, cut| {
            is_done_or_a_persons(world, cut);
            if world.persons() > 0 {
                let place = world.was_cut_at().expect("it was cut");
                asked.insert(format!("{} | {:?}", place.call, place.side));
            }
        },
    );
    insta::assert_snapshot!(asked.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn wherever_the_share_in_two_calls_dies_or_runs_twice_nothing_is_doubled() {
    for script in [Script::example(), unlisted(Script::example())] {
        let script = in_two(script);
        let is_the_share = |point: &simulation::gate::Point| point.function == "share-credit-line";
        let mut clean = Clean::run(&script).distinct();
        clean.retain(is_the_share);
        assert!(
            clean.iter().any(|point| point.call == "graph attach_credit_line" && point.side == Side::After)
        );
        for meanwhile in [
            Meanwhile::Nothing,
            Meanwhile::SameDelivery,
            Meanwhile::LeaseEnds,
            Meanwhile::AnotherClaimsAndDies,
            Meanwhile::OperatorRetries,
            Meanwhile::Webhook,
        ] {
            let cut = crashes::wherever(&script, is_the_share, meanwhile, |_| (), is_done_or_a_persons);
            assert_eq!(cut, clean, "every place of the clean run was cut");
        }
    }
}
