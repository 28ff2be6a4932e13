//! A new signup link: the way on after a lost code, for a migration that lives.

use handover_engine::ports::Clock;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::waiting::Waiting;

impl Waiting {
    async fn ask_for_a_link(&self) -> (u16, Value) {
        let seq = self.state_of_it().await["seq"].clone();
        let body = json!({ "seq": seq, "reason": "the customer has called" });
        self.post(&format!("/migrations/{}/new-link", self.migration), &body).await
    }

    async fn state_of_it(&self) -> Value {
        let answer = self.send("GET", &format!("/migrations/{}", self.migration), b"").await;
        serde_json::from_slice(&answer.body).unwrap()
    }

    fn waits_for(&self, time: SignedDuration) {
        self.clock.move_to(self.clock.now() + time).unwrap();
    }

    /// Goes from turn to turn until that moment, with a firing of the schedules at each.
    async fn run_until(&self, end: Timestamp) {
        self.machine.run_due().await;
        while let Some(turn) = self.machine.first_turn_at().await.unwrap() {
            let next = turn.max(self.clock.now() + SignedDuration::from_mins(1));
            if next > end {
                return;
            }
            self.clock.move_to(next).unwrap();
            self.machine.simulator().advance(next);
            self.machine.wires().template().schedules.iter().for_each(|one| self.machine.wires().fire(one));
            self.machine.run_due().await;
        }
    }

    fn shares(&self) -> usize {
        let simulator = self.machine.simulator();
        let is_share = |call: &&graph_simulator::CallRecord| call.endpoint.as_str().ends_with("_and_attach");
        simulator.calls().iter().filter(is_share).count()
    }

    fn customer_unshares(&self) {
        self.machine.simulator().customer_unshares(self.clock.now(), crate::waiting::WABA).unwrap();
    }
}

#[tokio::test]
async fn after_a_lost_code_a_new_link_leads_to_the_share() {
    let mut waiting = Waiting::for_its_customer().await;
    waiting.customer_unshares();
    let code = waiting.new_code();
    waiting.waits_for(SignedDuration::from_secs(31));
    let lost = waiting.post("/signup", &waiting.signup(&code, &json!({}))).await;
    assert_eq!((lost.0, &lost.1["outcome"]), (200, &json!("lost_code")));

    let (status, told) = waiting.ask_for_a_link().await;
    assert_eq!((status, &told["migration"]), (201, &json!(waiting.migration)), "{told}");
    let state = told["state"].as_str().unwrap().to_owned();
    assert_ne!(state, waiting.state);
    assert!(told["signup_link"].as_str().unwrap().ends_with(&format!("?state={state}")), "{told}");

    waiting.state = state;
    let signup = waiting.signup(&waiting.new_code(), &json!({}));
    let accepted = waiting.post("/signup", &signup).await;
    assert_eq!((accepted.0, &accepted.1["outcome"]), (200, &json!("accepted")));
    waiting.run_until(waiting.clock.now() + SignedDuration::from_hours(2)).await;
    assert_eq!(waiting.shares(), 1);
    assert_eq!(waiting.state_of_it().await["row"], "activation");
}

#[tokio::test]
async fn a_new_link_leaves_the_older_one_as_it_is() {
    let waiting = Waiting::for_its_customer().await;
    let before = waiting.state_of_it().await;
    assert_eq!(waiting.ask_for_a_link().await.0, 201);
    let after = waiting.state_of_it().await;
    for field in ["row", "status", "reason", "due_at", "deadline", "lease_until"] {
        assert_eq!(after[field], before[field], "{field} is as it was");
    }
    assert_eq!(
        after["seq"].as_u64(),
        before["seq"].as_u64().map(|seq| seq + 1),
        "the history says who asked"
    );
    let signup = waiting.signup(&waiting.new_code(), &json!({}));
    assert_eq!(waiting.post("/signup", &signup).await.1["outcome"], "accepted");
}

#[tokio::test]
async fn a_migration_that_has_ended_gets_no_new_link() {
    let waiting = Waiting::for_its_customer().await;
    waiting.customer_unshares();
    let signup = waiting.signup(&waiting.new_code(), &json!({}));
    assert_eq!(waiting.post("/signup", &signup).await.1["outcome"], "accepted");
    waiting.run_until("2026-05-02T12:00:00Z".parse().unwrap()).await;
    assert_eq!(waiting.state_of_it().await["status"], "completed");
    let changes = waiting.machine.wires().changes();
    let (status, told) = waiting.ask_for_a_link().await;
    assert_eq!((status, &told["field"]), (409, &json!("id")), "{told}");
    assert!(told["detail"].as_str().unwrap().contains("has ended"), "{told}");
    assert_eq!(waiting.machine.wires().changes(), changes, "nothing was written");
}

#[tokio::test]
async fn a_migration_that_is_not_there_gets_no_link() {
    let waiting = Waiting::for_its_customer().await;
    let changes = waiting.machine.wires().changes();
    for (id, status) in [("0199a000-0000-7000-8000-000000000001", 404), ("not-an-id", 400)] {
        let body = json!({ "seq": 1, "reason": "the customer has called" });
        let answer = waiting.post(&format!("/migrations/{id}/new-link"), &body).await;
        assert_eq!((answer.0, &answer.1["field"]), (status, &json!("id")), "{id}");
    }
    assert_eq!(waiting.machine.wires().changes(), changes);
}
