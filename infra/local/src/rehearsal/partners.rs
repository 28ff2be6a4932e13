//! What the other partner of a solution does, in a deployment of their own: their hand-offs come in, and ours go out.

use graph_simulator::NewWaba;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::acts::{Cast, cannot, not_taken, text_at};
use super::{RehearsalError, Stage};
use crate::scenario::Act;

/// The app of the Tech Provider whose customers move into our solution.
const THEIR_APP: &str = "634974688099999";
/// The migration of the Solution Partner's that answers ours.
const THEIR_MIGRATION: &str = "019dab3a-4a00-7000-8000-0000000000aa";

impl Stage<'_> {
    /// The customer signs up at the Tech Provider's page, with a new WABA in our solution.
    pub(super) fn move_in(&self, act: &Act, waba_id: &str) -> Result<String, RehearsalError> {
        let chosen = NewWaba { solution: Some(self.solution()), ..NewWaba::default() };
        let signed_up = self.machine.simulator().customer_signs_up_anew(self.now(), waba_id, &chosen);
        signed_up.map_err(cannot(act))?;
        Ok("The customer signs up at the Tech Provider's page, with a new WABA in our solution.".to_owned())
    }

    /// An operator imports the Tech Provider's hand-off, of that customer's newest WABA.
    pub(super) async fn want_share(&mut self, act: &Act, waba_id: String) -> String {
        let paper = said(self.share_wanted(&waba_id), act);
        let body = paper.to_string();
        let (answer, told) = self.send("POST", "/hand-offs", body.as_bytes(), act.by.as_deref()).await;
        let migration = text_at(&told, "/migration").parse().ok();
        let cast = Cast { waba_id, migration, state: String::new() };
        if let Some(former) = self.casts.insert(act.waba, cast) {
            self.former.push((act.waba, former));
        }
        match answer.status {
            200 => {
                "The Tech Provider's hand-off is imported, which wants a share for the new WABA.".to_owned()
            }
            _ => not_taken(&answer, &told),
        }
    }

    fn share_wanted(&self, waba_id: &str) -> Value {
        let solution = self.solution();
        let simulator = self.machine.simulator();
        let world = simulator.world();
        let business = world.wabas.get(waba_id).map(|waba| waba.business_id.clone()).unwrap_or_default();
        let theirs = world.wabas.iter().filter(|(_, waba)| waba.business_id == business);
        let Some((id, newest)) = theirs.max_by_key(|(_, waba)| waba.creation_time) else {
            return Value::Null;
        };
        let began = (newest.creation_time - SignedDuration::from_hours(1)).as_millisecond().max(0);
        json!({
            "version": 1, "kind": "share-wanted",
            "migration": format!("{:08x}-{:04x}-7000-8000-0000000000bb", began >> 16, began & 0xffff),
            "app": THEIR_APP, "solution": solution, "waba": id, "business": business,
            "currency": newest.currency, "timezone_id": newest.timezone_id,
        })
    }

    /// The Solution Partner reads our hand-off and shares, and an operator imports theirs.
    pub(super) async fn partner_share(&self, act: &Act) -> Result<String, RehearsalError> {
        let Some(migration) = self.casts.get(&act.waba).and_then(|cast| cast.migration) else {
            return Ok("There is no migration to share for.".to_owned());
        };
        let (answer, wanted) =
            self.send("GET", &format!("/migrations/{migration}/hand-off"), b"", None).await;
        if answer.status != 200 {
            return Ok(not_taken(&answer, &wanted));
        }
        let waba = text_at(&wanted, "/waba").to_owned();
        let shared = self.machine.simulator().partner_shares(self.now(), &waba).map_err(cannot(act))?;
        let paper = json!({
            "version": 1, "kind": "shared", "answers": wanted.get("migration"), "migration": THEIR_MIGRATION,
            "solution": wanted.get("solution"), "waba": waba, "allocation": shared.allocation_id,
            "receiving_credential": shared.receiving_credential, "shared_at": self.now(),
        });
        let body = said(paper, act).to_string();
        let (answer, told) = self.send("POST", "/hand-offs", body.as_bytes(), act.by.as_deref()).await;
        Ok(match answer.status {
            200 => "The partner has our hand-off and shares; an operator imports theirs.".to_owned(),
            _ => not_taken(&answer, &told),
        })
    }
}

/// A paper that says otherwise what the act says.
fn said(mut paper: Value, act: &Act) -> Value {
    if let Some(fields) = paper.as_object_mut() {
        fields.extend(act.says.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))));
    }
    paper
}
