//! What the other partner of a solution does, in a deployment of their own: their hand-offs come in, and ours go out.

use std::cell::RefCell;
use std::collections::BTreeSet;

use handover_engine::ports::{Clock, Vault};
use handover_engine::records::Key;
use handover_graph::call;
use handover_graph::calls::share_credit_line::ShareCreditLine;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::envelopes;
use crate::pieces::Meta;
use crate::script::{Act, OUR_SOLUTION};
use crate::world::{Delivery, World, now, told_in};

/// The app of the Tech Provider whose customers move into our solution.
const THEIR_APP: &str = "634974688099999";

impl World {
    /// The Tech Provider's hand-off, as their deployment would export it: of the customer's newest WABA, and of a migration
    /// that began an hour before it was made.
    #[must_use]
    pub fn share_wanted(&self, waba: usize) -> Value {
        let old = self.waba(waba);
        let simulator = self.simulator();
        let world = simulator.world();
        let business = &world.wabas[&old].business_id;
        let theirs = world.wabas.iter().filter(|(_, waba)| waba.business_id == *business);
        let (id, newest) = theirs.max_by_key(|(_, waba)| waba.creation_time).expect("a WABA");
        let began = (newest.creation_time - SignedDuration::from_hours(1)).as_millisecond().max(0);
        json!({
            "version": 1, "kind": "share-wanted",
            "migration": format!("{:08x}-{:04x}-7000-8000-00000000{waba:04x}", began >> 16, began & 0xffff),
            "app": THEIR_APP, "solution": OUR_SOLUTION, "waba": id, "business": business,
            "currency": newest.currency, "timezone_id": newest.timezone_id, "label": "Acme of theirs",
        })
    }

    /// Somebody shares our line with a WABA in Business Suite, which Meta takes for what a call would do.
    pub(crate) fn share_by_hand(&self, waba: usize) {
        let by = self.clock.now() + SignedDuration::from_mins(1);
        let named = self.waba(waba);
        let waba = named.parse().expect("an id");
        let (line, before) = {
            let simulator = self.simulator();
            let world = simulator.world();
            let line = world.credit_lines.keys().next().expect("a line").parse().expect("an id");
            (line, world.allocations.keys().cloned().collect::<BTreeSet<String>>())
        };
        let currency = "EUR".to_owned().try_into().expect("a currency");
        let share = ShareCreditLine { line, waba, currency };
        let token = now(self.vault.system_user_token()).expect("a token");
        // Outside the window it is refused, as a call would be.
        let _ = now(call::send(&Meta(self), &share, Some(&token), by));
        let simulator = self.simulator();
        let business = simulator.world().wabas.get(&named).map(|waba| format!("#{}", waba.business_id));
        let made = simulator.world().allocations.keys().filter(|id| !before.contains(*id));
        let made: Vec<String> = made.cloned().collect();
        drop(simulator);
        let is_undecided = self.records.look(|items| {
            let is_of_it = |key: &Key| business.as_ref().is_some_and(|end| key.partition.ends_with(end));
            items
                .iter()
                .any(|(key, item)| key.sort == "LEDGER" && is_of_it(key) && item.contains_key("intent"))
        });
        self.story().by_hand.extend(made.into_iter().map(|id| (id, is_undecided)));
    }

    /// What this deployment exports of a migration; none if there was no answer.
    pub fn exported(&self, migration: usize) -> Option<(u64, Value)> {
        let id = self.migrations().get(migration)?.to_string();
        let path = format!("/migrations/{id}/hand-off");
        let payload = envelopes::get("/migrations/{id}/hand-off", &path, &[("id", &id)], "");
        let answer = self.deliver(&Delivery::new("api", &payload), true)?;
        Some(told_in(&answer))
    }

    /// An operator of that name imports a hand-off; the answer, if there was one.
    pub fn imported(&self, paper: &Value, by: Option<&str>) -> Option<(u64, Value)> {
        let mut payload = envelopes::post("/hand-offs", paper);
        if let Some(by) = by {
            payload = envelopes::by(by, payload);
        }
        let answer = self.deliver(&Delivery::new("api", &payload), true)?;
        let told = told_in(&answer);
        self.answered(told.0, told.1.clone());
        if let (200, Some(id)) = (told.0, told.1["migration"].as_str()) {
            let migration = id.parse().expect("an id");
            let mut story = self.story();
            if story.migrations.iter().all(|(known, _)| *known != migration) {
                story.migrations.push((migration, String::new()));
            }
        }
        Some(told)
    }

    /// A Tech Provider wants a share, in a hand-off in which this is changed; it is imported again until there is an answer.
    pub(crate) fn wants_a_share(
        &self,
        waba: usize,
        changed: &Value,
        act: &Act,
        more: &RefCell<Vec<(Timestamp, Act)>>,
    ) {
        let paper = with(self.share_wanted(waba), changed);
        let told = self.imported(&paper, Some("bob"));
        let again = told.is_none_or(|(status, told)| status == 503 || told.get("retry_after").is_some());
        if again {
            self.once_more(act, more);
        }
    }

    /// The Solution Partner reads our hand-off, shares their line, and answers with a hand-off in which this is changed.
    pub(crate) fn partner_shares(
        &self,
        migration: usize,
        changed: &Value,
        act: &Act,
        more: &RefCell<Vec<(Timestamp, Act)>>,
    ) {
        if self.states().get(migration).is_none_or(|state| state.status.is_end()) {
            return;
        }
        let Some((200, wanted)) = self.exported(migration) else { return self.once_more(act, more) };
        let waba = wanted["waba"].as_str().expect("a WABA").to_owned();
        let shared = self.simulator().partner_shares(self.clock.now(), &waba).expect("a WABA");
        let answer = json!({
            "version": 1, "kind": "shared", "answers": wanted["migration"],
            "migration": "019dab3a-4a00-7000-8000-0000000000aa", "solution": wanted["solution"], "waba": waba,
            "allocation": shared.allocation_id, "receiving_credential": shared.receiving_credential,
            "shared_at": "2026-04-21T12:00:00Z",
        });
        let told = self.imported(&with(answer, changed), Some("bob"));
        let again = told.is_none_or(|(status, told)| status == 503 || told.get("retry_after").is_some());
        if again {
            self.once_more(act, more);
        }
    }
}

/// A paper in which these fields are others.
#[must_use]
pub fn with(mut paper: Value, changed: &Value) -> Value {
    if let (Some(paper), Some(changed)) = (paper.as_object_mut(), changed.as_object()) {
        paper.extend(changed.clone());
    }
    paper
}
