//! The budgets of request units, held by the real functions on the real adapter.
//!
//! The page's example runs from creation to its end through [`functions::invoke`], on DynamoDB's own
//! accounts of what each request cost. `docs/performance.md` shows the same numbers; a difference is mended
//! with `UPDATE_DOCS=1 cargo test -p handover-aws --test sdk`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use handover_aws::dynamo::Units;
use handover_domain::decision::Decision;
use handover_domain::flow::{FlowName, MOST_FINDINGS};
use handover_domain::ids::{ClaimId, MigrationId};
use handover_domain::outcome::WaitsFor;
use handover_domain::reason::{MEANINGS, Reason};
use handover_domain::state::{Finding, LONGEST_LABEL, State, Status, board};
use handover_engine::items;
use handover_engine::ports::Clock;
use handover_engine::records::{Action, Records, Write};
use handover_engine::writes::{self, Happened};
use jiff::SignedDuration;
use serde_json::{Value, json};
use simulation::envelopes;
use simulation::pieces::{Meta, Pieces};
use simulation::script::{Script, at};
use simulation::world::World;

use crate::told::ToldRecords;

/// One migration on metered records.
struct Metered {
    world: World,
    records: ToldRecords,
    migration: Option<MigrationId>,
    link: String,
}

/// What one invocation cost: the kinds of writes in order.
type Costs = Vec<(&'static str, Units)>;

impl Metered {
    async fn example() -> Self {
        let world = World::new(&Script::example());
        Self { world, records: ToldRecords::fresh().await, migration: None, link: String::new() }
    }

    /// Runs a function and returns its answer with what it cost.
    async fn invoke(&self, function: &str, payload: &Value) -> (Value, Costs) {
        let meta = Meta(&self.world);
        let ports = Pieces { world: &self.world, records: &self.records, graph: &meta };
        self.records.take();
        let answer = functions::invoke(&ports, function, payload.to_string().as_bytes()).await.unwrap();
        (serde_json::from_slice(&answer).unwrap(), self.records.take())
    }

    fn moves_to(&self, moment: &str) {
        self.world.clock.set(at(moment));
        self.world.simulator().advance(at(moment));
    }

    async fn creates(&mut self) -> Costs {
        let body = json!({ "flow": "partner-switch", "label": "Acme" });
        let (answer, costs) = self.invoke("api", &envelopes::post("/migrations", &body)).await;
        let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        self.migration = Some(body["migration"].as_str().unwrap().parse().unwrap());
        self.link = body["state"].as_str().unwrap().to_owned();
        costs
    }

    async fn signs_up(&self) -> Costs {
        let waba = self.world.simulator().world().wabas.keys().next().unwrap().clone();
        let now = self.world.clock.now();
        let signup = self.world.simulator().customer_signs_up(now, &waba).unwrap();
        let body = json!({ "state": self.link, "code": signup.code, "waba_id": waba });
        self.invoke("signup", &envelopes::post("/signup", &body)).await.1
    }

    async fn wakes(&self, happened: Option<Happened>) -> Costs {
        self.records.take();
        let wake = writes::wake(self.migration.unwrap(), self.world.clock.now(), happened);
        self.records.write(&wake).await.unwrap();
        self.records.take()
    }

    async fn state(&self) -> State {
        let key = items::state(self.migration.unwrap());
        items::read(&key, self.records.read(&key).await.unwrap().unwrap()).unwrap()
    }

    /// Runs the turn that is due, a second later: no two turns share a millisecond.
    async fn turn(&self) -> Costs {
        self.world.clock.set(self.world.clock.now() + SignedDuration::from_secs(1));
        let state = self.state().await;
        let detail = json!({ "migration": state.migration, "step": state.step, "seq": state.seq });
        let event = handover_engine::ports::Event { detail_type: "StepDue", detail, trace: None };
        let payload = envelopes::from_the_bus(&event, self.world.clock.now());
        self.invoke(state.step.name(), &payload).await.1
    }
}

fn sum(costs: &Costs) -> Units {
    costs.iter().map(|(_, units)| *units).sum()
}

fn of(kind: &str, costs: &Costs) -> Costs {
    costs.iter().filter(|(what, _)| *what == kind).copied().collect()
}

/// Every operation of the page's example by its name, in the order of the table.
async fn example() -> Vec<(&'static str, Costs)> {
    let mut metered = Metered::example().await;
    let mut table = Vec::new();
    let mut note = |name: &'static str, costs: Costs| table.push((name, costs));
    note("create: STATE and the signup link", metered.creates().await);
    note("pre-flight: with what it found", metered.turn().await);
    note("the first look at \"unshare and sign up\": the status becomes `waiting`", metered.turn().await);
    metered.moves_to("2026-04-20T10:00:00Z");
    note("wake", metered.wakes(Some(Happened::Unshared)).await);
    note("a look that finds the same reason", metered.turn().await);
    let waba = metered.world.simulator().world().wabas.keys().next().unwrap().clone();
    let now = metered.world.clock.now();
    metered.world.simulator().customer_unshares(now, &waba).unwrap();
    metered.moves_to("2026-04-21T10:00:00Z");
    note("signup: the link is taken, then token, outcome, note and wake", metered.signs_up().await);
    note("the signup is seen: the status becomes `open`", metered.turn().await);
    note("learn the assets: with LOCK, assets and token", metered.turn().await);
    note("assign the system user: an ordinary step", metered.turn().await);
    note("subscribe the app: an ordinary step", metered.turn().await);
    note("share the credit line: a first share", metered.turn().await);
    note("register numbers: an ordinary step", metered.turn().await);
    note("the first look for activation: the status becomes `waiting`", metered.turn().await);
    metered.moves_to("2026-04-22T10:01:00Z");
    note("a daily look for activation", metered.turn().await);
    note("a sweep with nothing due", metered.invoke("sweep-due", &envelopes::tick(now)).await.1);
    metered.moves_to("2026-05-01T12:10:00Z");
    note("activation is proved: the status becomes `open`", metered.turn().await);
    note("announce: the end", metered.turn().await);
    assert_eq!(metered.state().await.status, Status::Completed);
    let all = table.iter().flat_map(|(_, costs)| costs.iter().copied()).collect();
    table.push(("the whole example", all));
    table
}

fn cost_of(table: &[(&'static str, Costs)], opening: &str) -> Costs {
    let found: Vec<_> = table.iter().filter(|(name, _)| name.starts_with(opening)).collect();
    assert_eq!(found.len(), 1, "one line opens with {opening}");
    found[0].1.clone()
}

#[tokio::test]
async fn every_operation_of_the_engine_keeps_to_its_budget() {
    if crate::store::is_skipped("budgets::every_operation_of_the_engine_keeps_to_its_budget", "request units")
    {
        return;
    }
    let table = example().await;
    let writing = |opening: &str| sum(&cost_of(&table, opening)).writing();
    let budget = |opening: &str, units: u32| {
        assert_eq!(
            writing(opening).to_string(),
            units.to_string(),
            "{opening}: {:?}",
            cost_of(&table, opening)
        );
    };
    for ordinary in ["assign the system user", "subscribe the app", "register numbers"] {
        budget(ordinary, 7);
    }
    for status_changes in
        ["the first look at \"unshare", "the signup is seen", "the first look for activation"]
    {
        budget(status_changes, 7 + 2);
    }
    // One of them puts the ledger into the index, once for each business.
    budget("share the credit line", 13 + 1);
    budget("wake", 3);
    let idle = sum(&cost_of(&table, "a sweep with nothing due"));
    assert_eq!(idle, Units { written: 1.0, indexed: 0.0, read: 0.5 }, "its heartbeat, and a look at nothing");
    let share: BTreeMap<&str, String> = ["claim", "record", "commit"]
        .into_iter()
        .map(|kind| (kind, sum(&of(kind, &cost_of(&table, "share"))).writing().to_string()))
        .collect();
    let expected =
        [("claim", "1"), ("record", "5"), ("commit", "8")].map(|(kind, units)| (kind, units.to_owned()));
    assert_eq!(share, BTreeMap::from(expected));
}

#[tokio::test]
async fn the_page_of_figures_says_what_dynamodb_reports() {
    if crate::store::is_skipped("budgets::the_page_of_figures_says_what_dynamodb_reports", "request units") {
        return;
    }
    const BEGINS: &str = "<!-- generated: request units -->\n";
    const ENDS: &str = "<!-- end -->\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/performance.md");
    let before = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = before.split_once(BEGINS).unwrap();
    let (_, tail) = rest.split_once(ENDS).unwrap();
    let after = format!("{head}{BEGINS}\n{}\n{ENDS}{tail}", lines(&example().await));
    #[expect(clippy::disallowed_methods, reason = "whether to write is said by whoever starts the test")]
    let is_to_be_written = std::env::var("UPDATE_DOCS").is_ok();
    if is_to_be_written {
        std::fs::write(&path, after).unwrap();
    } else {
        assert_eq!(
            before, after,
            "docs/performance.md is not what DynamoDB reports: see tests/sdk/budgets.rs"
        );
    }
}

fn lines(table: &[(&'static str, Costs)]) -> String {
    let mut lines = "| operation | claim | record | commit | other writes | writing in all | of it indexes | reading |\n|---|---|---|---|---|---|---|---|\n".to_owned();
    for (name, costs) in table {
        let ours = ["claim", "record", "commit"].map(|kind| sum(&of(kind, costs)).writing());
        let all = sum(costs);
        let others = all.writing() - ours.iter().sum::<f64>();
        let [claim, record, commit] = ours.map(shown);
        let (others, writing) = (shown(others), shown(all.writing()));
        let (indexed, read) = (shown(all.indexed), shown(all.read));
        writeln!(
            lines,
            "| {name} | {claim} | {record} | {commit} | {others} | {writing} | {indexed} | {read} |"
        )
        .unwrap();
    }
    lines
}

/// A figure, or nothing where there is none.
fn shown(units: f64) -> String {
    if units > 0.0 { units.to_string() } else { String::new() }
}

/// Everything that STATE can hold, each as long as it can be.
fn full() -> State {
    let flow = FlowName::PartnerSwitch;
    let longest =
        |names: Vec<&'static str>| names.into_iter().max_by_key(|name| name.len()).unwrap().to_owned();
    let row = longest(flow.flow().rows.iter().map(|row| row.name).collect());
    let reason = longest(MEANINGS.iter().map(|meaning| meaning.code).collect());
    let reason: Reason = serde_json::from_value(json!(reason)).unwrap();
    let now = at("2026-04-21T10:00:00.123Z");
    let migration: MigrationId = "0199a000-0000-7000-8000-000000000001".parse().unwrap();
    let claim: ClaimId = "0199a000-0000-7000-8000-000000000002".parse().unwrap();
    let moment = |days: i64| Some(now + SignedDuration::from_hours(24 * days));
    let mut state = State::new(migration, flow, flow.flow().row(&row).unwrap(), now);
    state.turn.clone_from(&row);
    state.seq = 12_345;
    state.status = Status::Person;
    state.waits_for = Some(WaitsFor::Customer);
    state.reason = Some(reason.clone());
    (state.due_at, state.row_due_at, state.deadline) = (moment(1), moment(2), moment(3));
    (state.lease_until, state.claim_id, state.attempt) = (moment(1), Some(claim), 5);
    (state.wakes, state.wakes_answered) = (12_345, 12_344);
    let finding =
        || Finding { row: row.clone(), reason: reason.clone(), due_at: moment(4), deadline: moment(5) };
    state.findings = (0..MOST_FINDINGS).map(|_| finding()).collect();
    state.waba = Some("12345678901234567890".parse().unwrap());
    state.label = Some("A".repeat(LONGEST_LABEL));
    state.unblocks_on = Some("2026-05-01".parse().unwrap());
    state.board = board(state.unblocks_on, migration);
    state.decision = Some(Decision::Applied { allocation: "12345678901234567890".parse().unwrap() });
    (state.came_at, state.signed_up_at, state.unshared_at) = (moment(0), moment(0), moment(0));
    (state.partner_added_at, state.partner_removed_at) = (moment(0), moment(0));
    state
}

#[tokio::test]
async fn state_costs_one_unit_with_everything_set() {
    if crate::store::is_skipped("budgets::state_costs_one_unit_with_everything_set", "request units") {
        return;
    }
    let records = ToldRecords::fresh().await;
    let state = full();
    let key = items::state(state.migration);
    let item = items::written(&key, &state).unwrap();
    let missing: Vec<&String> =
        item.iter().filter(|(_, value)| value.is_null()).map(|(name, _)| name).collect();
    assert!(missing.is_empty(), "{missing:?} is not set");
    records.write(&Write { key, expects: vec![], action: Action::Put(item) }).await.unwrap();
    let written = sum(&records.take()).written;
    assert_eq!(written.to_string(), "1", "STATE is longer than 1 KB");
}
