//! What a partner switch does not do: it is refused with the reason, before anything is done at Meta.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

use graph_simulator::Endpoint;
use handover_domain::reason::Reason;
use handover_domain::state::Status;
use handover_engine::items;
use handover_engine::ports::Clock;
use handover_graph::transport::{GraphRequest, GraphResponse, Transport, TransportError};
use jiff::Timestamp;
use serde_json::json;
use simulation::envelopes;
use simulation::pieces::{Meta, Pieces};
use simulation::script::{Act, Script, at};
use simulation::world::{World, now};

fn played(script: &Script) -> World {
    let world = World::new(script);
    world.play(script);
    assert!(world.violations().is_empty(), "{:?}", world.violations());
    assert!(world.failures().is_empty(), "{:?}", world.failures());
    world
}

/// Nothing was changed at Meta: every call of ours only read, but for the exchange of the code.
fn must_have_changed_nothing_at_meta(world: &World) {
    let changed = |endpoint: Endpoint| !endpoint.as_str().starts_with("GET");
    let calls: Vec<_> =
        world.simulator().calls().iter().map(|call| call.endpoint).filter(|call| changed(*call)).collect();
    assert!(calls.is_empty(), "{calls:?}");
}

fn must_be_refused(world: &World, migration: usize, reason: Reason) {
    let state = &world.states()[migration];
    assert_eq!((state.status, state.reason.as_ref()), (Status::Refused, Some(&reason)), "{state:#?}");
    assert_eq!((state.due_at, state.due), (None, None), "it has ended");
    assert!(reason.meaning().is_some(), "the reason says what to do");
    assert_eq!(world.unblocked_at(), None);
}

/// Two customers, and a migration whose WABA was named at creation.
fn of_a_named_waba() -> Script {
    let mut script = Script::example();
    script.world.wabas = 2;
    script.acts[0].1 = Act::Create { waba: Some(0) };
    script
}

#[test]
fn a_customer_who_picks_another_waba_than_the_planned_one_is_refused() {
    let mut script = of_a_named_waba();
    script.acts.pop();
    script.acts.push((at("2026-04-21T09:30:00Z"), Act::Unshare { waba: 1 }));
    script.acts.push((at("2026-04-21T10:00:00Z"), Act::SignUp { migration: 0, waba: 1 }));
    let world = played(&script);
    must_be_refused(&world, 0, Reason::WABA_FOREIGN);
    must_have_changed_nothing_at_meta(&world);
    let lock = items::lock(&world.waba(0).parse().expect("an id"));
    assert!(!world.records.items().contains_key(&lock), "the WABA is free for a new migration");
}

#[test]
fn a_browser_that_names_a_waba_which_the_token_does_not_is_refused() {
    let mut script = Script::example();
    script.world.wabas = 2;
    script.acts.pop();
    script.end = at("2026-04-21T10:00:00Z");
    let world = played(&script);
    let (now_is, waba) = (script.end, world.waba(0));
    world.clock.set(now_is);
    let code = world.simulator().customer_signs_up(now_is, &waba).expect("a signup").code;
    let body = json!({ "state": world.link(0), "code": code, "waba_id": world.waba(1) });
    assert_eq!(world.post_signup(&body).1["outcome"], "accepted", "the claim is checked by the step");
    script.acts.clear();
    script.end = at("2026-06-02T00:00:00Z");
    world.play(&script);
    must_be_refused(&world, 0, Reason::WABA_FOREIGN);
    must_have_changed_nothing_at_meta(&world);
}

#[test]
fn a_waba_under_obo_is_refused() {
    for waba in [None, Some(0)] {
        let mut script = Script::example();
        script.acts[0].1 = Act::Create { waba };
        script.world.ownership = "ON_BEHALF_OF".to_owned();
        let world = played(&script);
        must_be_refused(&world, 0, Reason::PARTNER_OWNED);
        must_have_changed_nothing_at_meta(&world);
    }
}

#[test]
fn an_owner_model_that_nobody_knows_is_a_persons_and_nothing_is_done() {
    let mut script = Script::example();
    script.world.ownership = "SHARED_OWNED".to_owned();
    script.end = at("2026-04-24T00:00:00Z");
    let world = played(&script);
    let state = &world.states()[0];
    assert_eq!((state.status, state.reason.clone()), (Status::Person, Some(Reason::OWNERSHIP_UNCLEAR)));
    assert_eq!((world.persons(), world.unblocked_at()), (1, None));
    must_have_changed_nothing_at_meta(&world);
}

#[test]
fn a_number_that_is_also_in_the_business_app_is_refused() {
    let mut script = Script::example();
    script.world.on_biz_app = true;
    let world = played(&script);
    must_be_refused(&world, 0, Reason::COEXISTENCE);
    must_have_changed_nothing_at_meta(&world);
}

#[test]
fn a_second_migration_that_learns_the_same_waba_is_refused_and_the_first_goes_on() {
    let mut script = Script::example();
    script.acts.insert(1, (script.start, Act::Create { waba: None }));
    script.acts.push((at("2026-04-21T11:00:00Z"), Act::SignUp { migration: 1, waba: 0 }));
    let world = played(&script);
    assert_eq!(world.states()[0].status, Status::Completed);
    let second = &world.states()[1];
    assert_eq!((second.status, second.reason.clone()), (Status::Refused, Some(Reason::WABA_TAKEN)));
    assert_eq!(world.share_posts().len(), 1);
}

#[test]
fn an_owner_that_meta_does_not_name_is_a_persons() {
    let mut script = Script::example();
    script.world.settings.owner_readable = false;
    let world = played(&script);
    let state = &world.states()[0];
    assert_eq!(state.status, Status::Person, "{state:#?}");
    must_have_changed_nothing_at_meta(&world);
}

/// Meta, but `debug_token` says what the test wants.
struct SaysOfTheToken<'a>(Meta<'a>, &'static str);

impl Transport for SaysOfTheToken<'_> {
    async fn send(
        &self,
        request: GraphRequest,
        deadline: Timestamp,
    ) -> Result<GraphResponse, TransportError> {
        let is_asked = request.call == "debug_token";
        let answer = self.0.send(request, deadline).await?;
        Ok(if is_asked { GraphResponse { body: self.1.into(), ..answer } } else { answer })
    }
}

/// Signs up while `debug_token` answers with this.
fn signs_up_with(facts: &'static str) -> (World, String) {
    let mut script = Script::example();
    script.acts.pop();
    script.end = at("2026-04-21T10:00:00Z");
    let world = played(&script);
    world.clock.set(script.end);
    let waba = world.waba(0);
    let code = world.simulator().customer_signs_up(script.end, &waba).expect("a signup").code;
    let body = json!({ "state": world.link(0), "code": code, "waba_id": waba });
    let (meta, stood) = (SaysOfTheToken(Meta(&world), facts), world.states()[0].clone());
    let ports = Pieces { world: &world, records: &world.records, graph: &meta };
    let payload = envelopes::post("/signup", &body).to_string();
    let answer = now(functions::invoke(&ports, "signup", payload.as_bytes())).expect("an answer");
    let answer = String::from_utf8(answer).expect("JSON");
    assert_eq!(world.states()[0], stood, "the migration waits as it did");
    let kept = world.records.items().into_keys().find(|key| key.sort == "TOKEN");
    assert_eq!(kept, None, "no token is kept");
    (world, answer)
}

#[test]
fn a_token_for_another_app_is_the_wrong_app_and_is_not_kept() {
    let (world, answer) = signs_up_with(
        r#"{"data":{"app_id":"99","is_valid":true,"expires_at":0,"scopes":["whatsapp_business_management"],
            "granular_scopes":[{"scope":"whatsapp_business_management","target_ids":["486585971195941"]}]}}"#,
    );
    assert!(answer.contains(r#"\"outcome\":\"wrong_app\""#), "{answer}");
    let link = world.records.items().into_iter().find(|(key, _)| key.sort == "SIGNUP").expect("a link").1;
    assert_eq!(link["outcome"], "wrong_app");
}

#[test]
fn a_token_that_names_nothing_or_is_not_valid_is_denied_and_not_kept() {
    for facts in [
        r#"{"data":{"app_id":"634974688087057","is_valid":false,"scopes":[]}}"#,
        r#"{"data":{"app_id":"634974688087057","is_valid":true,"expires_at":0,"scopes":[],"granular_scopes":[]}}"#,
    ] {
        let (_, answer) = signs_up_with(facts);
        assert!(answer.contains(r#"\"outcome\":\"denied\""#), "{answer}");
    }
}

#[test]
fn a_signup_for_a_migration_that_has_ended_is_denied() {
    let mut script = Script::example();
    script.world.ownership = "ON_BEHALF_OF".to_owned();
    script.acts[0].1 = Act::Create { waba: Some(0) };
    script.world.onboarded = true;
    script.acts.truncate(1);
    let world = played(&script);
    must_be_refused(&world, 0, Reason::PARTNER_OWNED);
    let (now_is, waba) = (world.clock.now(), world.waba(0));
    let code = world.simulator().customer_signs_up(now_is, &waba).expect("a signup").code;
    let ended = world.states();
    let body = json!({ "state": world.link(0), "code": code, "waba_id": waba });
    assert_eq!(world.post_signup(&body).1["outcome"], "denied");
    assert_eq!(world.states(), ended);
}
