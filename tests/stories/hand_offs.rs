//! Two partners of a solution, each with a deployment of their own: one has the customer, the other the credit line, and what
//! they tell each other moves money only where Meta says the same.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::collections::BTreeSet;

use graph_simulator::Simulator;
use handover_domain::flow::FlowName;
use handover_domain::reason::Reason;
use handover_domain::state::{State, Status};
use jiff::SignedDuration;
use serde_json::{Value, json};
use simulation::crashes;
use simulation::envelopes;
use simulation::meanwhile::{Cut, Meanwhile};
use simulation::partners::with;
use simulation::script::{Act, Script, at};
use simulation::world::World;

/// When the Tech Provider's migration waits for the partner.
const WAITS: &str = "2026-04-22T09:00:00Z";

/// The Tech Provider's, without an answer of the partner's, until that moment.
fn unanswered_until(moment: &str) -> Script {
    let mut script = Script::of_a_tech_provider();
    script.acts.pop();
    script.end = at(moment);
    script
}

/// The Solution Partner's, in which the hand-off says this otherwise than Meta.
fn saying(changed: Value) -> Script {
    let mut script = Script::of(FlowName::SolutionShare);
    script.acts[1].1 = Act::WantsAShare { waba: 0, changed };
    script
}

fn evidence(world: &World, migration: usize) -> String {
    let of = |entry: &handover_engine::records::Item| entry["evidence"].to_string();
    world.history(migration).iter().filter(|entry| entry.contains_key("evidence")).map(of).collect()
}

fn calls(simulator: &Simulator, ends_with: &str) -> usize {
    simulator.calls().iter().filter(|call| call.endpoint.as_str().contains(ends_with)).count()
}

fn no_ledger_is_written(world: &World) {
    assert!(
        world.records.items().keys().all(|key| key.sort != "LEDGER"),
        "a ledger of a line that is not ours"
    );
}

/// The paper of a Solution Partner who has shared with the WABA of this migration.
fn answer_to(wanted: &Value) -> Value {
    json!({
        "version": 1, "kind": "shared", "answers": wanted["migration"], "waba": wanted["waba"],
        "migration": "019dab3a-4a00-7000-8000-0000000000aa", "solution": wanted["solution"], "allocation": "77",
        "receiving_credential": "78", "shared_at": "2026-04-22T10:00:00Z",
    })
}

#[test]
fn a_tech_provider_without_a_credit_line_moves_a_customer_whose_new_partner_pays() {
    let world = World::played(&Script::of_a_tech_provider());
    let state = &world.states()[0];
    assert_eq!((state.flow, state.status), (FlowName::SolutionSwitch, Status::Completed), "{state:#?}");
    no_ledger_is_written(&world);
    for about_a_line in ["{credit_line}", "extendedcredits", "{allocation}"] {
        assert_eq!(calls(&world.simulator(), about_a_line), 0, "{about_a_line}");
    }
    assert_eq!(world.liabilities().unwrap(), [] as [Value; 0]);
    let told = evidence(&world, 0);
    for words in
        ["the partner of the solution pays", "by operator bob", "the credit line pays: primary_funding_id"]
    {
        assert!(told.contains(words), "{words}: {told}");
    }
}

#[test]
fn the_partner_pays_on_the_road_through_business_suite_as_well() {
    let mut script = Script::of(FlowName::SolutionSwitchBusinessSuite);
    script.tech_provider = true;
    let answer = Act::PartnerShares { migration: 0, changed: Value::Null };
    script.acts.push((at("2026-04-23T10:00:00Z"), answer));
    script.end = at("2026-04-25T08:00:00Z");
    let world = World::played(&script);
    let state = &world.states()[0];
    assert_eq!(state.status, Status::Completed, "{state:#?}");
    no_ledger_is_written(&world);
}

#[test]
fn the_hand_off_of_a_tech_provider_says_for_which_new_waba_a_share_is_wanted_and_by_when() {
    let world = World::played(&unanswered_until(WAITS));
    let state = &world.states()[0];
    assert_eq!(
        (state.row.as_str(), state.status, state.reason.clone()),
        ("the partner's share", Status::Waiting, Some(Reason::PARTNER_NOT_SHARED))
    );
    let (status, paper) = world.exported(0).unwrap();
    assert_eq!(status, 200, "{paper}");
    let new = state.waba.as_ref().unwrap().to_string();
    assert_eq!((&paper["kind"], &paper["waba"]), (&json!("share-wanted"), &json!(new)));
    assert_eq!(paper["migration"], json!(state.migration));
    assert_eq!(paper["wanted_by"], json!(state.deadline.unwrap().to_string()));
    assert_ne!(new, world.waba(0), "the WABA that they leave needs no share");
}

#[test]
fn before_the_new_waba_is_known_there_is_nothing_to_hand_over_and_nothing_is_taken() {
    let world = World::played(&unanswered_until("2026-04-21T07:00:00Z"));
    let (status, told) = world.exported(0).unwrap();
    assert_eq!((status, told["field"].as_str()), (409, Some("id")), "{told}");
    let wanted =
        json!({ "migration": world.migrations()[0], "waba": world.waba(0), "solution": "795033096057724" });
    let (status, told) = world.imported(&answer_to(&wanted), None).unwrap();
    assert_eq!(status, 409, "{told}");
    assert!(told["detail"].as_str().unwrap().contains("import the hand-off again"), "{told}");
}

#[test]
fn a_deployment_without_a_credit_line_says_what_to_do_instead_of_a_flow_that_needs_one() {
    let mut script = unanswered_until(WAITS);
    script.acts.clear();
    let world = World::played(&script);
    let create = |body: Value| world.request("api", &envelopes::post("/migrations", &body));
    let solution = json!({
        "flow": "solution-switch", "waba_id": world.waba(0), "solution_id": "795033096057724", "one_portfolio": true,
    });
    let (status, told) = create(solution.clone());
    assert_eq!((status, told["field"].as_str()), (409, Some("partner_shares")), "{told}");
    assert!(told["detail"].as_str().unwrap().contains("partner_shares: true"), "{told}");
    let (status, told) = create(json!({ "flow": "partner-switch" }));
    assert_eq!((status, told["field"].as_str()), (409, Some("flow")), "{told}");
    let (status, told) = create(json!({ "flow": "partner-switch", "partner_shares": true }));
    assert_eq!((status, told["field"].as_str()), (400, Some("partner_shares")), "{told}");
    let (status, told) = create(with(solution, &json!({ "partner_shares": true })));
    assert_eq!(status, 201, "{told}");
}

#[test]
fn a_flow_that_a_hand_off_begins_cannot_be_created_without_one() {
    let mut script = Script::of(FlowName::SolutionShare);
    script.acts.clear();
    let world = World::played(&script);
    let body = json!({ "flow": "solution-share", "waba_id": "1", "solution_id": "2" });
    let (status, told) = world.request("api", &envelopes::post("/migrations", &body));
    assert_eq!((status, told["field"].as_str()), (400, Some("flow")), "{told}");
    assert!(told["detail"].as_str().unwrap().contains("POST /hand-offs"), "{told}");
}

#[test]
fn an_answer_for_another_waba_or_another_solution_is_not_taken() {
    let world = World::played(&unanswered_until(WAITS));
    let (_, wanted) = world.exported(0).unwrap();
    let before = world.states()[0].clone();
    for changed in [json!({ "waba": world.waba(0) }), json!({ "solution": "795033096057831" })] {
        let (status, told) = world.imported(&with(answer_to(&wanted), &changed), None).unwrap();
        assert_eq!((status, told["field"].as_str()), (409, Some("waba")), "{told}");
        assert!(told["detail"].as_str().unwrap().contains("send the partner our hand-off again"), "{told}");
    }
    assert_eq!(world.states()[0], before);
}

#[test]
fn an_answer_to_a_migration_that_has_ended_or_is_not_here_is_not_taken() {
    let world = World::played(&unanswered_until(WAITS));
    let (_, wanted) = world.exported(0).unwrap();
    let elsewhere = json!({ "answers": "0199a000-0000-7000-8000-000000000001" });
    let (status, told) = world.imported(&with(answer_to(&wanted), &elsewhere), None).unwrap();
    assert_eq!((status, told["field"].as_str()), (404, Some("answers")), "{told}");
    assert_eq!(world.operator_asks(0, "cancel", &json!({})).unwrap().0, 200);
    let (status, told) = world.imported(&answer_to(&wanted), None).unwrap();
    assert_eq!((status, told["field"].as_str()), (409, Some("id")), "{told}");
    assert_eq!(world.exported(0).unwrap().0, 409, "no share is wanted any more");
}

#[test]
fn an_answer_that_is_imported_twice_changes_nothing_and_a_later_one_stands_in_its_place() {
    let world = World::played(&unanswered_until(WAITS));
    let (_, wanted) = world.exported(0).unwrap();
    let unread = with(answer_to(&wanted), &json!({ "receiving_credential": null }));
    let (_, told) = world.imported(&unread, Some("bob")).unwrap();
    assert_eq!(told["is_new"], json!(true), "{told}");
    let seq = world.states()[0].seq;
    let (_, told) = world.imported(&unread, Some("carol")).unwrap();
    assert_eq!((&told["is_new"], world.states()[0].seq), (&json!(false), seq));
    let (_, told) = world.imported(&answer_to(&wanted), Some("carol")).unwrap();
    assert_eq!((&told["is_new"], world.states()[0].seq), (&json!(true), seq + 1));
}

#[test]
fn who_cancels_after_the_partner_has_shared_is_told_to_tell_them() {
    let world = World::played(&unanswered_until(WAITS));
    let (_, wanted) = world.exported(0).unwrap();
    assert_eq!(world.imported(&answer_to(&wanted), Some("bob")).unwrap().0, 200);
    assert_eq!(world.operator_asks(0, "cancel", &json!({})).unwrap().0, 200);
    assert!(evidence(&world, 0).contains("tell them that it is not needed"), "{}", evidence(&world, 0));
}

#[test]
fn what_the_partner_says_does_not_pay_before_meta_shows_it() {
    let mut script = Script::of_a_tech_provider();
    let changed = json!({ "receiving_credential": "12345" });
    script.acts.pop();
    script.acts.push((at("2026-04-22T10:00:00Z"), Act::PartnerShares { migration: 0, changed }));
    let world = World::played(&script);
    let state = &world.states()[0];
    assert_eq!((state.row.as_str(), state.status), ("activation", Status::Person), "{state:#?}");
    assert_eq!(state.reason, Some(Reason::PARTNER_PAYMENT_NOT_SHOWN));
    assert_eq!(world.operator_asks(0, "resolve", &json!({ "verdict": "paid" })).unwrap().0, 200);
    world.deliver_now();
    assert_ne!(world.states()[0].row, "activation");
    no_ledger_is_written(&world);
}

#[test]
fn a_partner_who_never_answers_is_reminded_of_and_then_a_persons() {
    let world = World::played(&unanswered_until("2026-05-08T12:00:00Z"));
    let state = &world.states()[0];
    assert_eq!((state.row.as_str(), state.status), ("the partner's share", Status::Person));
    assert_eq!(state.reason, Some(Reason::PARTNER_SHARE_MISSED));
    let reminded: Vec<_> = world
        .events()
        .iter()
        .filter(|(_, event)| event.detail_type == "ReminderDue")
        .map(|(at, _)| *at)
        .collect();
    assert_eq!(reminded.len(), 2, "{reminded:?}");
    assert_eq!(reminded[1].duration_since(reminded[0]), SignedDuration::from_hours(24 * 5));
}

#[test]
fn the_share_of_another_is_not_ours_to_take_back() {
    let mut script = Script::of_a_tech_provider();
    script.end = at("2026-04-22T10:30:00Z");
    // Nothing proves that it pays, so the migration lives.
    script.world.settings.funding_readable = false;
    let world = World::played(&script);
    assert!(!world.states()[0].status.is_end(), "{:#?}", world.states()[0]);
    let (status, told) = world.operator_asks(0, "cancel", &json!({ "share": "revoke" })).unwrap();
    assert_eq!((status, told["field"].as_str()), (409, Some("share")), "{told}");
    assert_eq!(world.operator_asks(0, "cancel", &json!({})).unwrap().0, 200);
}

#[test]
fn a_solution_partner_shares_for_the_hand_off_and_answers_it_once_it_is_made() {
    let mut script = Script::of(FlowName::SolutionShare);
    let end = script.end;
    script.end = at("2026-04-20T09:30:00Z");
    let world = World::played(&script);
    let wanted = world.share_wanted(0);
    script.acts.drain(..1);
    script.end = end;
    world.play(&script);
    assert!(world.violations().is_empty(), "{:?}", world.violations());
    let state = &world.states()[0];
    assert_eq!(
        (state.status, state.label.as_deref()),
        (Status::Completed, Some("Acme of theirs")),
        "{state:#?}"
    );
    assert_eq!((world.share_posts().len(), world.persons()), (1, 0));
    let (status, paper) = world.exported(0).unwrap();
    assert_eq!(status, 200, "{paper}");
    assert_eq!((&paper["kind"], &paper["answers"]), (&json!("shared"), &wanted["migration"]));
    assert_eq!((&paper["waba"], &paper["migration"]), (&wanted["waba"], &json!(state.migration)));
    assert!(paper["seen_to_pay_at"].is_string(), "{paper}");
    let funding = world.simulator().world().wabas[wanted["waba"].as_str().unwrap()].funding.clone();
    assert_eq!(paper["receiving_credential"], json!(funding));
    assert!(evidence(&world, 0).contains("by operator bob"), "{}", evidence(&world, 0));
}

#[test]
fn the_same_hand_off_imported_twice_is_one_migration_and_another_of_the_same_is_asked_about() {
    let mut script = Script::of(FlowName::SolutionShare);
    script.end = at("2026-04-20T10:00:00Z");
    let world = World::played(&script);
    let paper = world.share_wanted(0);
    let (status, told) =
        world.imported(&with(paper.clone(), &json!({ "label": "their new name" })), None).unwrap();
    assert_eq!(
        (status, &told["migration"], &told["is_new"]),
        (200, &json!(world.migrations()[0]), &json!(false))
    );
    let (status, told) = world.imported(&with(paper, &json!({ "currency": "USD" })), None).unwrap();
    assert_eq!((status, told["field"].as_str()), (409, Some("migration")), "{told}");
    assert_eq!(world.migrations().len(), 1);
}

#[test]
fn a_waba_has_one_live_migration_whoever_hands_it_over() {
    let mut script = Script::of(FlowName::SolutionShare);
    script.end = at("2026-04-20T10:00:00Z");
    let world = World::played(&script);
    let another = json!({ "migration": "019dab3a-4a00-7000-8000-0000000000cc" });
    let (status, told) = world.imported(&with(world.share_wanted(0), &another), None).unwrap();
    // The first has ended by now, so the second finds the share that is made, and makes none.
    assert_eq!((status, &told["is_new"]), (200, &json!(true)), "{told}");
    let (status, told) = world
        .imported(
            &with(world.share_wanted(0), &json!({ "migration": "019dab3a-4a00-7000-8000-0000000000dd" })),
            None,
        )
        .unwrap();
    assert_eq!((status, told["field"].as_str()), (409, Some("waba")), "{told}");
}

#[test]
fn a_tech_provider_cannot_share_for_another() {
    let mut script = Script::of(FlowName::SolutionShare);
    script.tech_provider = true;
    script.acts.pop();
    let world = World::played(&script);
    let (status, told) = world.imported(&world.share_wanted(0), None).unwrap();
    assert_eq!((status, told["field"].as_str()), (409, Some("kind")), "{told}");
}

#[test]
fn a_hand_off_that_came_to_nothing_is_imported_anew() {
    let mut script = saying(json!({ "currency": "USD" }));
    script.end = at("2026-04-20T11:00:00Z");
    let world = World::played(&script);
    assert_eq!(world.states()[0].status, Status::Person);
    assert_eq!(world.operator_asks(0, "cancel", &json!({})).unwrap().0, 200);
    world.deliver_now();
    let (status, told) = world.imported(&world.share_wanted(0), None).unwrap();
    assert_eq!((status, &told["is_new"]), (200, &json!(true)), "{told}");
    assert_ne!(told["migration"], json!(world.migrations()[0]));
    assert_eq!(world.states()[1].label.as_deref(), Some("Acme of theirs"));
}

#[test]
fn whatever_meta_says_otherwise_is_a_persons_with_both_words_and_nothing_is_shared() {
    for (changed, words) in [
        (json!({ "currency": "USD" }), "billed in USD, and Meta that it is in EUR"),
        (json!({ "solution": "795033096057831" }), "no token"),
        (json!({ "business": "506914307656634" }), "business 506914307656634"),
        // A migration of theirs that began after the WABA was made did not lead into it.
        (json!({ "migration": "019dabe0-0000-7000-8000-000000000001" }), "is no new one"),
    ] {
        let world = World::played(&saying(changed.clone()));
        let state = &world.states()[0];
        assert_eq!(state.status, Status::Person, "{changed}: {state:#?}");
        assert!([Some(Reason::HAND_OFF_DIFFERS), Some(Reason::NOT_IN_OUR_SOLUTION)].contains(&state.reason));
        let told = evidence(&world, 0) + state.reason.as_ref().unwrap().meaning().unwrap().what;
        assert!(told.contains(words), "{changed}: {told}");
        assert_eq!(world.share_posts().len(), 0, "{changed}");
        no_ledger_is_written(&world);
    }
}

#[test]
fn a_business_that_has_nothing_to_do_with_the_waba_is_a_persons_though_it_is_in_the_solution() {
    let mut script = saying(json!({}));
    script.world.wabas = 2;
    let Act::MovesIn { chosen, .. } = &script.acts[0].1 else { panic!("a signup") };
    let other = Act::MovesIn { waba: 1, chosen: chosen.clone() };
    script.acts.insert(1, (script.acts[0].0, other));
    let business = World::new(&script).share_wanted(1)["business"].clone();
    script.acts[2].1 = Act::WantsAShare { waba: 0, changed: json!({ "business": business }) };
    let world = World::played(&script);
    let state = &world.states()[0];
    assert_eq!((state.status, state.reason.clone()), (Status::Person, Some(Reason::HAND_OFF_DIFFERS)));
    assert!(evidence(&world, 0).contains(business.as_str().unwrap()), "{}", evidence(&world, 0));
    assert_eq!(world.share_posts().len(), 0);
}

/// The Solution Partner's story, in which something has happened at Meta before the hand-off comes.
fn after_something_at_meta(happens: impl FnOnce(&mut Simulator, &str)) -> World {
    let mut script = Script::of(FlowName::SolutionShare);
    let end = script.end;
    script.end = at("2026-04-20T09:30:00Z");
    let world = World::played(&script);
    let new = world.share_wanted(0)["waba"].as_str().unwrap().to_owned();
    happens(&mut world.simulator(), &new);
    script.acts.remove(0);
    script.end = end;
    world.play(&script);
    assert!(world.violations().is_empty(), "{:?}", world.violations());
    world
}

#[test]
fn a_waba_that_somebody_pays_for_already_is_a_persons() {
    let world = after_something_at_meta(|simulator, new| {
        simulator.customer_adds_payment(at("2026-04-20T09:30:00Z"), new).unwrap();
    });
    let state = &world.states()[0];
    assert_eq!((state.status, state.reason.clone()), (Status::Person, Some(Reason::PAID_BY_ANOTHER)));
    assert_eq!(world.share_posts().len(), 0);
}

#[test]
fn an_old_waba_is_not_new_because_a_paper_says_so() {
    let mut script = Script::of(FlowName::SolutionShare);
    let Act::MovesIn { chosen, .. } = &mut script.acts[0].1 else { panic!("a signup") };
    chosen.existing = true;
    // The paper claims a migration that began just before the WABA was made, a year ago.
    let world = World::played(&script);
    let state = &world.states()[0];
    assert_eq!(state.status, Status::Person, "{state:#?}");
    assert_eq!(state.reason, Some(Reason::HAND_OFF_DIFFERS));
    assert_eq!(world.share_posts().len(), 0);
}

#[test]
fn a_paper_is_refused_with_the_field_that_does_not_fit() {
    let mut script = Script::of(FlowName::SolutionShare);
    script.end = at("2026-04-20T09:30:00Z");
    let world = World::played(&script);
    let paper = world.share_wanted(0);
    for (changed, field) in [
        (json!({ "version": 2 }), "version"),
        (json!({ "version": "1" }), "version"),
        (json!({ "kind": "wanted" }), "kind"),
        (json!({ "waba": "12a" }), "waba"),
        (json!({ "currency": "euro" }), "currency"),
        (json!({ "label": "l".repeat(101) }), "label"),
        (json!({ "timezone_id": "z".repeat(21) }), "timezone_id"),
        (json!({ "token": "EAA" }), "token"),
        (json!({ "migration": "mine" }), "migration"),
    ] {
        let (status, told) = world.imported(&with(paper.clone(), &changed), None).unwrap();
        assert_eq!((status, told["field"].as_str()), (400, Some(field)), "{told}");
    }
    assert!(world.migrations().is_empty() && world.states() == [] as [State; 0]);
}

/// Whoever dies, the Tech Provider's migration comes to its end, and no ledger is written on the way.
#[test]
fn wherever_a_function_of_a_tech_provider_dies_or_runs_twice_nothing_is_lost_or_doubled() {
    let script = Script::of_a_tech_provider();
    let is_done = |world: &World, cut: Cut| {
        let place = world.was_cut_at();
        assert!(world.violations().is_empty(), "{cut:?} at {place:?}: {:?}", world.violations());
        no_ledger_is_written(world);
        let asks = place.as_ref().is_some_and(|place| place.function == "set-migration-intent");
        for state in world.states() {
            let may_ask = asks && state.reason == Some(Reason::INTENT_UNKNOWN);
            assert!(state.status == Status::Completed || may_ask, "{cut:?} at {place:?}: {state:#?}");
        }
    };
    let clean: BTreeSet<_> = crashes::Clean::run(&script).distinct();
    for meanwhile in [Meanwhile::Nothing, Meanwhile::SameDelivery] {
        let cut = crashes::everywhere(&script, meanwhile, |_| (), is_done);
        assert_eq!(cut, clean, "{meanwhile:?}: every place of the clean run was cut");
    }
}

#[test]
fn two_who_import_at_once_begin_one_migration() {
    let mut script = Script::of(FlowName::SolutionShare);
    script.end = at("2026-04-20T09:30:00Z");
    for gate in 0..8 {
        let world = World::played(&script);
        let paper = world.share_wanted(0);
        let request = envelopes::post("/hand-offs", &paper);
        world.function_while("api", &request, gate, || {
            world.imported(&paper, None);
        });
        let states = world.records.items().keys().filter(|key| key.sort == "STATE").count();
        assert_eq!(states, 1, "at gate {gate}");
    }
}
