//! A request that breaks off anywhere and is asked again under its key is done once, and answered.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

use graph_simulator::{Fault, PlannedFault};
use handover_domain::state::Status;
use handover_engine::ports::Clock;
use jiff::SignedDuration;
use serde_json::{Value, json};
use simulation::envelopes;
use simulation::script::{Script, at};
use simulation::world::World;

/// The actions in the order of the history.
fn actions(world: &World) -> Vec<String> {
    let entries = world.history(0).into_iter();
    entries.filter_map(|entry| entry.get("action").and_then(Value::as_str).map(str::to_owned)).collect()
}

/// Asks again until there is an answer, as whoever has a key may.
fn asked_again(
    world: &World,
    function: &'static str,
    request: &Value,
    dies_at: usize,
) -> (bool, (u64, Value)) {
    let first = world.request_dying_at(function, request, dies_at);
    let died = first.is_none();
    let (mut status, mut told) = first.unwrap_or_else(|| world.request(function, request));
    if let (409, Some(seconds)) = (status, told["retry_after"].as_i64()) {
        // The one that died holds the claim, until its lease ends.
        world.clock.set(world.clock.now() + SignedDuration::from_secs(seconds));
        (status, told) = world.request(function, request);
    }
    (died, (status, told))
}

fn states(world: &World) -> usize {
    world.records.items().keys().filter(|key| key.sort == "STATE").count()
}

#[test]
fn a_batch_under_a_key_creates_each_migration_once_wherever_it_breaks_off() {
    let body = json!({ "migrations": [
        { "flow": "partner-switch", "label": "first" },
        { "flow": "partner-switch", "waba_id": "777" },
    ] });
    let mut batch = envelopes::post("/migrations/batch", &body);
    batch["headers"]["idempotency-key"] = json!("batch-1");
    for dies_at in 0.. {
        let world = World::new(&Script::example());
        let (has_died, (status, told)) = asked_again(&world, "api", &batch, dies_at);
        assert_eq!(status, 200, "{dies_at}: {told}");
        for place in 0..2 {
            assert!(told["results"][place]["created"]["migration"].is_string(), "{dies_at}: {told}");
        }
        assert_eq!(states(&world), 2, "{dies_at}");
        if !has_died {
            assert!(dies_at >= 8, "two looks at keys and two transactions have a gate before and after each");
            break;
        }
    }
}

#[test]
fn an_action_under_a_key_is_done_once_wherever_it_breaks_off() {
    for dies_at in 0.. {
        let mut script = Script::example();
        script.end = at("2026-04-22T12:00:00Z");
        let world = World::played(&script);
        let body = json!({ "seq": world.states()[0].seq, "reason": "the customer has called" });
        let mut retry = envelopes::action(world.migrations()[0], "retry", &body);
        retry["headers"]["idempotency-key"] = json!("retry-1");
        let (died, (status, told)) = asked_again(&world, "api", &retry, dies_at);
        assert_eq!(status, 200, "{dies_at}: {told}");
        assert_eq!(actions(&world), ["retry"], "{dies_at}");
        if !died {
            assert!(
                dies_at >= 6,
                "a look at the key, a claim and a commit have a gate before and after each"
            );
            break;
        }
    }
}

/// Asks under a key of a world at a moment, wherever it breaks off; answers how often it could.
fn each_break(
    script: &Script,
    function: &'static str,
    request: impl Fn(&World) -> Value,
    holds: impl Fn(usize, &World, u64, &Value),
) -> usize {
    let breaks = (0..).find(|dies_at| {
        let world = World::played(script);
        let mut request = request(&world);
        request["headers"]["idempotency-key"] = json!("one");
        let (died, (status, told)) = asked_again(&world, function, &request, *dies_at);
        holds(*dies_at, &world, status, &told);
        !died
    });
    breaks.expect("a request comes to an end")
}

fn at_noon_after_the_share() -> Script {
    let mut script = Script::example();
    script.end = at("2026-04-22T12:00:00Z");
    script
}

#[test]
fn a_migration_is_created_once_wherever_it_breaks_off() {
    let nobody = Script { acts: vec![], end: at("2026-04-21T08:00:00Z"), ..Script::example() };
    let create = |_: &World| envelopes::post("/migrations", &json!({ "flow": "partner-switch" }));
    let breaks = each_break(&nobody, "api", create, |dies_at, world, status, told| {
        assert_eq!((status, states(world)), (201, 1), "{dies_at}: {told}");
    });
    assert!(breaks >= 4, "a look at the key and a transaction: {breaks}");
}

#[test]
fn an_unshare_that_is_told_twice_is_the_same_unshare() {
    let unshared = |world: &World| {
        envelopes::action(world.migrations()[0], "unshared", &json!({ "at": "2026-04-21T09:00:00Z" }))
    };
    let breaks = each_break(&at_noon_after_the_share(), "api", unshared, |dies_at, world, status, told| {
        assert_eq!(status, 200, "{dies_at}: {told}");
        assert_eq!(world.states()[0].unshared_at, Some(at("2026-04-21T09:00:00Z")), "{dies_at}");
    });
    assert!(breaks >= 4, "a look and a wake: {breaks}");
}

#[test]
fn a_cancel_that_keeps_the_share_ends_it_once_wherever_it_breaks_off() {
    let cancel = |world: &World| {
        let state = &world.states()[0];
        let body = json!({ "seq": state.seq, "reason": "they stay", "share": "keep" });
        envelopes::action(state.migration, "cancel", &body)
    };
    let breaks = each_break(&at_noon_after_the_share(), "api", cancel, |dies_at, world, status, told| {
        assert_eq!(status, 200, "{dies_at}: {told}");
        assert_eq!(
            (world.states()[0].status, actions(world)),
            (Status::Cancelled, vec!["cancel".to_owned()])
        );
    });
    assert!(breaks >= 8, "key, claim, assets, ledger, commit: {breaks}");
}

/// A share whose answers were lost twice, which a person must decide.
fn undecided(applied: bool) -> Script {
    let endpoint = "POST /{credit_line}/whatsapp_credit_sharing_and_attach".parse().expect("a call");
    let fault = Fault::LoseAnswer { applied };
    let lost = |nth| PlannedFault { endpoint, nth, about: None, fault: fault.clone() };
    let mut script = Script::example().with_faults([1, 2].map(lost));
    script.end = at("2026-04-21T14:00:00Z");
    script
}

#[test]
fn a_verdict_is_written_down_once_wherever_it_breaks_off() {
    for verdict in [json!({ "verdict": "not_applied" }), json!({ "verdict": "applied", "allocation": "77" })]
    {
        let resolve = |world: &World| {
            let state = &world.states()[0];
            let mut body = json!({ "seq": state.seq, "reason": "Meta says so" });
            body.as_object_mut().expect("an object").extend(verdict.as_object().expect("an object").clone());
            envelopes::action(state.migration, "resolve", &body)
        };
        each_break(&undecided(false), "api", resolve, |dies_at, world, status, told| {
            assert_eq!(status, 200, "{dies_at}: {told}");
            let decision = world.states()[0].decision.clone().expect("a decision");
            assert_eq!((json!(decision), actions(world)), (verdict.clone(), vec!["resolve".to_owned()]));
        });
    }
}

#[test]
fn a_token_that_is_put_twice_is_the_same_token() {
    let mut script = Script::with_the_waba_named();
    script.acts.truncate(2);
    script.end = at("2026-04-21T09:30:00Z");
    for dies_at in 0.. {
        let world = World::played(&script);
        let body = json!({ "token": world.exchanged_by_the_partner(0) });
        let event = envelopes::put_token(&world.waba(0), &body.to_string());
        let (died, (status, told)) = asked_again(&world, "signup", &event, dies_at);
        assert_eq!(status, 200, "{dies_at}: {told}");
        let tokens = world.records.items().keys().filter(|key| key.sort == "TOKEN").count();
        assert_eq!(tokens, 1, "{dies_at}");
        if !died {
            assert!(dies_at >= 8, "LOCK, secret, debug_token, seal, and a transaction: {dies_at}");
            break;
        }
    }
}
