//! Every invariant of the simulation sees its breach: a broken engine, or a call that no engine of ours makes, is named.
//!
//! Those that a crash leaves behind are in `broken_engine`, and those that an expectation of a write guards in
//! `careless_stores`; here are the others, and the count that none is without a test.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test"
)]

use std::collections::BTreeSet;
use std::path::Path;

use graph_simulator::{Fault as MetaFault, PlannedFault};
use handover_engine::ports::{Clock, Vault};
use handover_engine::records::{Action, Change, Query, Span, Write};
use handover_graph::call;
use handover_graph::calls::share_credit_line::ShareCreditLine;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use simulation::careless::Careless;
use simulation::gate::{Side, Then, drive};
use simulation::gated::Gated;
use simulation::invariants::INVARIANTS;
use simulation::quiet::check_end;
use simulation::schedules::Schedules;
use simulation::script::{Act, Script, at};
use simulation::world::{World, now};

/// Plays the same story with our engine, which breaks nothing, and with the broken one; what the latter breaks.
#[track_caller]
fn seen(script: &Script, broken: Careless, prepare: fn(&mut World)) -> BTreeSet<&'static str> {
    let played = |engine: Careless| {
        let mut world = World::new(script);
        prepare(&mut world);
        world.careless = engine;
        world.play(script);
        world
    };
    let ours = played(Careless::default());
    assert_eq!(ours.violations(), BTreeSet::new(), "ours: {:?}", ours.remarks());
    played(broken).violations()
}

fn writing(writes: fn(&mut Write)) -> Careless {
    Careless { writes: Some(writes), ..Careless::default() }
}

/// The page's example until the customer can send again.
fn example() -> Script {
    Script { end: at("2026-05-02T12:00:00Z"), ..Script::example() }
}

/// One WABA whose customer has not signed up yet; or has, and it was shared.
fn with_one_waba(is_shared: bool) -> World {
    let minutes = if is_shared { 60 } else { 0 };
    let end = at("2026-04-21T10:00:00Z") + SignedDuration::from_mins(minutes);
    let mut script = Script { end, ..Script::with_the_waba_named() };
    script.acts.retain(|(_, act)| is_shared || !matches!(act, Act::SignUp { .. }));
    let world = World::played(&script);
    assert_eq!(world.share_posts().len(), usize::from(is_shared));
    world
}

/// Somebody calls Meta to share, whom nothing in the engine has let do it; what happens at the gates of the call.
fn shares_again(world: &World, then: impl Fn(Side) -> Then) {
    let (line, waba) = {
        let simulator = world.simulator();
        let line = simulator.world().credit_lines.keys().next().expect("a line").parse().expect("an id");
        (line, simulator.world().wabas.keys().next().expect("a WABA").parse().expect("an id"))
    };
    let share = ShareCreditLine { line, waba, currency: "EUR".to_owned().try_into().expect("a currency") };
    let token = now(world.vault.system_user_token()).expect("a token");
    let ports = Gated::new(world, "share-credit-line");
    let by: Timestamp = world.clock.now() + SignedDuration::from_secs(10);
    let called = call::send(&ports, &share, Some(&token), by);
    // Meta may refuse it: what is looked at is that it was asked.
    let _ = drive("share-credit-line", called, &ports.gate, |point| then(point.side));
}

#[test]
fn a_share_beside_one_that_has_not_been_answered_is_seen() {
    let world = with_one_waba(false);
    // Its worker dies with it, and Meta may be about to answer.
    shares_again(&world, |side| if side == Side::After { Then::Crashes } else { Then::Goes });
    assert!(!world.violations().contains("one-share-on-its-way"));
    shares_again(&world, |_| Then::Goes);
    assert!(world.violations().contains("one-share-on-its-way"), "{:?}", world.violations());
}

#[test]
fn a_second_intent_of_a_business_beside_an_open_one_is_seen() {
    let endpoint = "POST /{credit_line}/whatsapp_credit_sharing_and_attach".parse().expect("an endpoint");
    let fault = MetaFault::LoseAnswer { applied: false };
    let lost = PlannedFault { endpoint, nth: 1, about: None, fault };
    let script = Script { end: at("2026-04-21T12:00:00Z"), ..Script::two_wabas_of_one_business() };
    let script = script.with_faults([lost]);
    // Who has written an intent once reads none of anybody's.
    let blind = Careless {
        reads: Some(|key, item| {
            if key.sort == "LEDGER" {
                item.remove("intent");
            }
        }),
        ..Careless::default()
    };
    let seen = seen(&script, blind, |_| ());
    assert!(seen.contains("one-share-in-flight-per-line-and-business"), "{seen:?}");
}

#[test]
fn a_share_after_one_that_was_made_is_seen_if_nobody_has_looked() {
    let world = with_one_waba(true);
    shares_again(&world, |_| Then::Goes);
    assert!(world.violations().contains("no-second-share-without-proof"), "{:?}", world.violations());
}

#[test]
fn a_share_after_one_that_was_lost_on_its_way_is_seen_if_nobody_has_looked() {
    let world = with_one_waba(false);
    shares_again(&world, |_| Then::Vanishes);
    assert!(!world.violations().contains("no-second-share-without-proof"));
    shares_again(&world, |_| Then::Goes);
    assert!(world.violations().contains("no-second-share-without-proof"), "{:?}", world.violations());
}

#[test]
fn a_number_that_was_left_out_of_the_history_is_seen() {
    let skips = |write: &mut Write| {
        let Action::Update(changes) = &mut write.action else { return };
        for change in changes {
            if let Change::Set("seq", seq) = change {
                *seq = json!(seq.as_u64().expect("a number") + 1);
            }
        }
    };
    let seen = seen(&example(), writing(skips), |_| ());
    assert!(seen.contains("seq-grows-by-one"), "{seen:?}");
}

#[test]
fn an_entry_of_the_history_in_another_place_is_seen() {
    let misplaces = |write: &mut Write| {
        if write.key.sort.starts_with("H#") {
            write.key.sort.push('0');
        }
    };
    let seen = seen(&example(), writing(misplaces), |_| ());
    assert!(seen.contains("one-history-entry-for-each-seq"), "{seen:?}");
}

#[test]
fn a_row_in_the_history_that_the_flow_has_not_is_seen() {
    let renames = |write: &mut Write| {
        if let (true, Action::Put(entry)) = (write.key.sort.starts_with("H#"), &mut write.action) {
            entry.insert("row".to_owned(), json!("a row of nobody's"));
        }
    };
    let seen = seen(&example(), writing(renames), |_| ());
    assert!(seen.contains("history-follows-the-flow"), "{seen:?}");
}

#[test]
fn a_lock_that_is_kept_after_the_end_is_seen() {
    let keeps = |write: &mut Write| {
        if write.key.sort == "LOCK" && write.action == Action::Delete {
            write.action = Action::Update(vec![Change::Set("kept", json!(true))]);
        }
    };
    let seen = seen(&example(), writing(keeps), |_| ());
    assert!(seen.contains("lock-is-held-exactly-while-live"), "{seen:?}");
}

#[test]
fn a_share_that_is_made_twice_after_a_restore_is_seen() {
    let world = with_one_waba(true);
    world.restored.set(world.settings.clone()).expect("not restored before");
    check_end(&world);
    assert!(!world.violations().contains("no-share-is-doubled"));
    shares_again(&world, |_| Then::Goes);
    check_end(&world);
    assert!(world.violations().contains("no-share-is-doubled"), "{:?}", world.violations());
}

#[test]
fn a_share_on_a_day_on_which_the_window_is_closed_everywhere_is_seen() {
    for (moment, is_closed) in [("2026-04-27T00:00:00Z", false), ("2026-04-29T12:00:00Z", true)] {
        let world = with_one_waba(true);
        world.clock.set(at(moment));
        world.simulator().advance(at(moment));
        shares_again(&world, |_| Then::Goes);
        let seen = world.violations().contains("no-share-on-closed-days");
        assert_eq!(seen, is_closed, "{moment}: {:?}", world.violations());
    }
}

/// A turn that kills every worker, and comes to a person.
fn kills_its_workers(world: &mut World) {
    world.dies_at = Some(|point| point.function == "discover-assets" && point.call.starts_with("graph"));
}

#[test]
fn a_person_who_is_asked_for_without_a_reason_is_seen() {
    let silent = |write: &mut Write| match &mut write.action {
        Action::Update(changes) => changes.retain(|change| !matches!(change, Change::Set("reason", _))),
        Action::Put(entry) if write.key.sort.starts_with("H#") => {
            entry.remove("reason");
        }
        _ => {}
    };
    let seen = seen(&example(), writing(silent), kills_its_workers);
    assert!(seen.contains("a-person-is-told-why"), "{seen:?}");
}

#[test]
fn a_person_who_is_not_told_what_was_seen_is_seen() {
    let silent = |write: &mut Write| {
        if let (true, Action::Put(entry)) = (write.key.sort.starts_with("H#"), &mut write.action) {
            entry.remove("evidence");
        }
    };
    let seen = seen(&example(), writing(silent), kills_its_workers);
    assert!(seen.contains("a-person-is-told-why"), "{seen:?}");
}

#[test]
fn an_attempt_to_register_that_was_not_counted_is_seen() {
    let forgets = |write: &mut Write| {
        if let ("ATTEMPTS", Action::Put(attempts)) = (write.key.sort.as_str(), &mut write.action) {
            attempts.insert("made".to_owned(), json!([]));
        }
    };
    let script = Script { end: at("2026-05-02T12:00:00Z"), ..Script::with_a_number_to_register() };
    let seen = seen(&script, writing(forgets), |_| ());
    assert!(seen.contains("register-attempts-are-counted-first"), "{seen:?}");
}

#[test]
fn an_offer_that_is_made_twice_by_one_migration_is_seen() {
    let endpoint = "POST /{waba}/set_obo_mobility_intent".parse().expect("an endpoint");
    let fault = MetaFault::LoseAnswer { applied: true };
    let script = Script::transferring_ownership();
    let script = script.with_faults([PlannedFault { endpoint, nth: 1, about: None, fault }]);
    let script = script.asking(at("2026-04-20T12:00:00Z"), "retry", json!({}));
    // It does not know that it has asked.
    let forgets = |write: &mut Write| {
        if write.key.sort == "OWNERSHIP" {
            write.action = Action::Delete;
        }
    };
    let seen = seen(&script, writing(forgets), |_| ());
    assert!(seen.contains("the-customer-is-asked-once"), "{seen:?}");
}

#[test]
fn a_step_that_writes_to_another_migration_is_seen() {
    let strays = |write: &mut Write| {
        if write.key.sort.starts_with("H#") {
            write.key.partition = "M#019d0000-0000-7000-8000-000000000000".to_owned();
        }
    };
    let seen = seen(&example(), writing(strays), |_| ());
    assert!(seen.contains("no-other-migration-is-touched"), "{seen:?}");
}

#[test]
fn a_roll_call_that_is_closed_while_one_is_missing_is_seen() {
    let forgets_one = |write: &mut Write| {
        if let ("RUN", Action::Put(run)) = (write.key.sort.as_str(), &mut write.action)
            && run.contains_key("closed_at")
        {
            let expected = run["expected"].as_u64().expect("a number");
            run.insert("expected".to_owned(), json!(expected + 1));
        }
    };
    let mut script =
        Script { schedules: Schedules::ALL, end: at("2026-05-04T00:00:00Z"), ..Script::example() };
    // Somebody else is on the way, so that the days go on.
    script.acts.push((at("2026-05-01T12:00:00Z"), Act::Create { waba: None }));
    let seen = seen(&script, writing(forgets_one), |_| ());
    assert!(seen.contains("the-roll-call-adds-up"), "{seen:?}");
}

#[test]
fn a_window_that_closes_on_a_customer_of_whom_nobody_speaks_is_seen() {
    // The events do not arrive, and the sweep sees nothing that became due after the signup.
    let blind = |query: &mut Query| {
        let signup = at("2026-04-21T10:01:00Z").as_millisecond();
        if let Span::UpTo(until) = &mut query.span {
            *until = (*until).min(signup);
        }
    };
    let seen = seen(&example(), Careless { asks: Some(blind), ..Careless::default() }, |world| {
        world.dies_at = Some(|point| point.function == "publish-events");
    });
    assert!(seen.contains("no-window-is-missed-in-silence"), "{seen:?}");
}

/// Every name under which a breach is reported is one of an invariant's, and stands in a test that has seen it.
#[test]
fn no_invariant_is_without_a_test_that_breaks_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &Path| std::fs::read_to_string(path).expect("a file");
    let names: BTreeSet<&str> = INVARIANTS.iter().flat_map(|invariant| invariant.names).copied().collect();

    let rooms = std::fs::read_dir(folder.join("../simulation/src")).expect("a folder");
    let sources: String = rooms
        .map(|room| room.expect("a file").path())
        .filter(|path| path.is_file())
        .map(|path| read(&path))
        .collect();
    let reported = sources.split("violated(\"").skip(1).filter_map(|rest| rest.split('"').next());
    let reported: BTreeSet<&str> = reported.chain(["one-share-on-its-way"]).collect();
    assert_eq!(reported, names);

    let files = ["invariants_that_see.rs", "broken_engine.rs", "careless_stores.rs", "checks_that_see.rs"];
    let tests: String = files.iter().map(|file| read(&folder.join(file))).collect();
    let is_seen = |name: &&str| {
        let mut lines = tests.lines().filter(|line| line.contains(&format!("\"{name}\"")));
        lines.any(|line| !line.contains("!world.") && !line.contains("!careful."))
    };
    let unseen: Vec<&str> = names.into_iter().filter(|name| !is_seen(name)).collect();
    assert!(unseen.is_empty(), "no test breaks {unseen:?}");
}
