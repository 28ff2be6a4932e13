//! What somebody outside does: the operator, the customer, the signup page.

use std::cell::RefCell;

use graph_simulator::{CustomerError, Webhook};
use handover_domain::flow::Asked;
use handover_domain::ids::MigrationId;
use handover_domain::step::Step;
use handover_engine::assets::DETAIL as ASSETS;
use handover_engine::items;
use handover_engine::ports::Clock;
use handover_engine::records::Table;
use handover_engine::signup_link::hash_of;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::deliveries::Gone;
use crate::envelopes;
use crate::script::Act;
use crate::world::{Delivery, World, body_of, told_in};

/// Nobody waits longer before they try again.
const AN_HOUR: i64 = 3_600;

impl World {
    pub(crate) fn act(&self, act: &Act, more: &RefCell<Vec<(Timestamp, Act)>>) {
        match act {
            Act::Create { waba } => {
                let waba = waba.map(|place| self.waba(place));
                self.create(&json!({ "flow": "partner-switch", "waba_id": waba }));
            }
            Act::Begin { flow, waba } => {
                let asks = flow.flow().asks;
                let solution = self.simulator().world().solutions.keys().next().cloned();
                let solution = solution.filter(|_| asks.contains(&Asked::Solution));
                let waba_id = self.waba(*waba);
                let number = self.simulator().world().number_of(&waba_id).map(str::to_owned);
                let number = number.filter(|_| asks.contains(&Asked::Number));
                let destination = self.simulator().world().destination_of(&waba_id).map(str::to_owned);
                let destination = destination.filter(|_| asks.contains(&Asked::Destination));
                let waba_id = Some(waba_id).filter(|_| !asks.contains(&Asked::Number));
                self.create(&json!({
                    "flow": flow, "waba_id": waba_id, "destination_waba_id": destination, "number": number, "solution_id": solution,
                    "one_portfolio": asks.contains(&Asked::OnePortfolio),
                    "one_way": asks.contains(&Asked::OneWay),
                    "partner_shares": self.settings.credit_lines.is_none(),
                }));
            }
            Act::Offer { waba, solution } => {
                let solution =
                    solution.and_then(|place| self.simulator().world().solutions.keys().nth(place).cloned());
                self.create(&json!({
                    "flow": "ownership-transfer", "waba_id": self.waba(*waba), "solution_id": solution, "one_way": true,
                }));
            }
            Act::TwoStepOff { waba } => {
                let (at, waba) = (self.clock.now(), self.waba(*waba));
                self.simulator().customer_turns_two_step_off(at, &waba).expect("a WABA");
            }
            Act::AddPayment { waba } => {
                let (at, waba) = (self.clock.now(), self.waba(*waba));
                self.simulator().customer_adds_payment(at, &waba).expect("a WABA");
            }
            Act::SignUpAnew { migration, waba, chosen } => {
                let (at, waba_id) = (self.clock.now(), self.waba(*waba));
                let signup = self.simulator().customer_signs_up_anew(at, &waba_id, chosen);
                let signup = match signup {
                    Ok(signup) => signup,
                    // Meta's page goes no further with such a number.
                    Err(CustomerError::TwoStepOn { .. }) => return,
                    Err(error) => panic!("a signup: {error}"),
                };
                let new = &signup.browser_event["data"]["waba_id"];
                let body = json!({ "state": self.link(*migration), "code": signup.code, "waba_id": new });
                self.send_code(*migration, &body, act, more);
            }
            Act::MovesIn { waba, chosen } => {
                let (at, waba) = (self.clock.now(), self.waba(*waba));
                self.simulator().customer_signs_up_anew(at, &waba, chosen).expect("a signup");
            }
            Act::WantsAShare { waba, changed } => self.wants_a_share(*waba, changed, act, more),
            Act::PartnerShares { migration, changed } => self.partner_shares(*migration, changed, act, more),
            Act::PutToken { waba } => self.put_token(*waba, act, more),
            Act::Answer { waba, accepts } => {
                let (at, waba) = (self.clock.now(), self.waba(*waba));
                // Who was not asked has nothing to answer.
                let _ = self.simulator().customer_answers_intent(at, &waba, *accepts);
            }
            Act::Unshare { waba } => {
                let (at, waba) = (self.clock.now(), self.waba(*waba));
                self.simulator().customer_unshares(at, &waba).expect("shared with the former partner");
            }
            Act::SignUp { migration, waba } => {
                let (at, waba_id) = (self.clock.now(), self.waba(*waba));
                let signup = self.simulator().customer_signs_up(at, &waba_id).expect("a signup");
                let body = json!({
                    "state": self.link(*migration), "code": signup.code, "waba_id": waba_id,
                    "event": "FINISH_ONLY_WABA",
                });
                self.send_code(*migration, &body, act, more);
            }
            Act::SendAgain { migration, body, again } => self.send_code(*migration, body, again, more),
            Act::Webhook(webhook) => self.send_webhook(webhook, more),
            Act::Ask { migration, action, more: said } => {
                let told = self.operator_asks(*migration, action, said);
                let again = matches!(&told, None | Some((409 | 503, _)));
                if again && self.is_live(*migration) {
                    self.once_more(act, more);
                }
            }
            Act::TellCode { migration, waba, instead } => {
                let is_there = instead.is_some() || self.code_of(*waba).is_some();
                if is_there {
                    self.tell_code(*migration, *waba, *instead);
                }
                // They stay on the telephone until it is done, and have another code sent where the first is lost.
                let step = self.states().get(*migration).map(|state| state.step);
                if instead.is_none() && step == Some(Step::VerifyNumber) && self.is_live(*migration) {
                    let asked = (!is_there)
                        .then(|| self.operator_asks(*migration, "resolve", &json!({ "verdict": "sms" })));
                    let refused = |told: &(u64, Value)| told.0 == 409 && told.1.get("retry_after").is_none();
                    if asked.flatten().as_ref().is_some_and(refused) {
                        return;
                    }
                    more.borrow_mut().push((self.again_at(act, 180), act.clone()));
                }
            }
            Act::Approve { migration, by } => {
                let told = self.operator_called(Some(by), *migration, "approve", &Value::Null);
                let again = match &told {
                    None | Some((503, _)) => true,
                    // Somebody was at work, or quicker; that they have approved it already is no reason to ask again.
                    Some((409, told)) => told.get("retry_after").is_some() || told["field"] == "seq",
                    Some(_) => false,
                };
                if again && self.is_live(*migration) {
                    self.once_more(act, more);
                }
            }
            Act::Leave { waba } => {
                let (at, waba) = (self.clock.now(), self.waba(*waba));
                // Who is not with us has nothing to leave.
                if self.simulator().customer_leaves_us(at, &waba).is_ok() {
                    self.story().left.insert(waba);
                }
            }
            Act::ShareByHand { waba } => self.share_by_hand(*waba),
            Act::TakeBack => {
                if !self.take_back_what_is_proposed() {
                    self.once_more(act, more);
                }
            }
            Act::Unshared { migration } => {
                let Some(id) = self.migrations().get(*migration).copied() else { return };
                let event = envelopes::action(id, "unshared", &json!({}));
                self.deliver(&Delivery::new("api", &event), true);
            }
            Act::Remember => {
                let mut items = self.records.items();
                items.retain(|key, _| key.table == Table::Migrations);
                self.story().remembered = items;
            }
            Act::Restore => {
                let remembered = self.story().remembered.clone();
                self.restore(Table::Migrations, remembered);
            }
        }
    }

    /// Whatever Meta has to tell comes as webhooks, each as often as it takes until one is answered with 200.
    pub(crate) fn send_webhooks(&self, more: &RefCell<Vec<(Timestamp, Act)>>) {
        let webhooks = self.simulator().take_webhooks();
        for webhook in webhooks {
            self.send_webhook(&webhook, more);
        }
    }

    fn send_webhook(&self, webhook: &Webhook, more: &RefCell<Vec<(Timestamp, Act)>>) {
        let payload = envelopes::webhook(webhook);
        let answer = self.deliver(&Delivery::new("webhook", &payload), true);
        if answer.is_none_or(|answer| answer["statusCode"] != 200) {
            self.once_more(&Act::Webhook(webhook.clone()), more);
        }
    }

    /// Whether there is a migration at that place, and it has not ended.
    fn is_live(&self, migration: usize) -> bool {
        self.states().get(migration).is_some_and(|state| !state.status.is_end())
    }

    /// An operator looks at the migration and acts on what they see; the answer, if there was one.
    pub fn operator_asks(&self, migration: usize, action: &str, said: &Value) -> Option<(u64, Value)> {
        self.operator_called(None, migration, action, said)
    }

    /// The same by an operator whom the gateway knows by that name.
    pub fn operator_called(
        &self,
        name: Option<&str>,
        migration: usize,
        action: &str,
        said: &Value,
    ) -> Option<(u64, Value)> {
        let state = self.states().get(migration)?.clone();
        let mut body = json!({ "seq": state.seq, "reason": "the customer has called" });
        if let (Some(body), Some(said)) = (body.as_object_mut(), said.as_object()) {
            body.extend(said.clone());
        }
        let mut payload = envelopes::action(state.migration, action, &body);
        if let Some(name) = name {
            payload = envelopes::by(name, payload);
        }
        let business = self.business_of(state.migration).filter(|_| action == "resolve");
        // Before it is answered, for what follows from it may come first.
        let before =
            business.as_ref().map(|business| self.story().decided.insert(business.clone(), self.clock.now()));
        let answer = self.deliver(&Delivery::new("api", &payload), true)?;
        let told = told_in(&answer);
        if let (Some(business), Some(before)) = (business, before)
            && told.0 >= 400
        {
            let mut story = self.story();
            match before {
                Some(at) => story.decided.insert(business, at),
                None => story.decided.remove(&business),
            };
        }
        if let Some(link) = told.1.get("state").and_then(Value::as_str) {
            // Only the customer gets it: it is no answer to be searched for secrets.
            self.story().migrations[migration].1 = link.to_owned();
        } else {
            self.answered(told.0, told.1.clone());
        }
        Some(told)
    }

    /// The business of a migration's WABA, once it is known.
    pub(crate) fn business_of(&self, migration: MigrationId) -> Option<String> {
        let key = items::detail(migration, ASSETS);
        self.records.look(|items| items.get(&key)?.get("business")?.as_str().map(str::to_owned))
    }

    /// For whom we pay, as an operator reads it; none if there was no answer.
    pub fn liabilities(&self) -> Option<Vec<Value>> {
        let payload = envelopes::get("/liabilities", "/liabilities", &[], "");
        let answer = self.deliver(&Delivery::new("api", &payload), true)?;
        body_of(&answer)["liabilities"].as_array().cloned()
    }

    /// An operator confirms a revocation as it is said; the answer, if there was one.
    pub fn operator_revokes(&self, business: &str, said: &Value) -> Option<(u64, Value)> {
        let mut payload = envelopes::post(&format!("/liabilities/{business}/revoke"), said);
        payload["routeKey"] = json!("POST /liabilities/{business}/revoke");
        payload["requestContext"]["routeKey"] = payload["routeKey"].clone();
        payload = envelopes::by("alice", payload);
        payload["pathParameters"] = json!({ "business": business });
        payload["headers"]["idempotency-key"] = json!(hash_of(&format!("{business} {said}")));
        let answer = self.deliver(&Delivery::new("api", &payload), true)?;
        let told = told_in(&answer);
        if let (201, Some(id)) = (told.0, told.1["migration"].as_str()) {
            let migration = id.parse().expect("an id");
            let mut story = self.story();
            if story.migrations.iter().all(|(known, _)| *known != migration) {
                story.migrations.push((migration, String::new()));
            }
        }
        Some(told)
    }

    /// Whether there was an answer to everything.
    fn take_back_what_is_proposed(&self) -> bool {
        let Some(listed) = self.liabilities() else { return false };
        listed.iter().filter(|one| !one["proposal"].is_null()).all(|one| {
            let mut said = one["proposal"].clone();
            said["reason"] = json!("they have left");
            let business = one["business"].as_str().unwrap_or_default();
            self.operator_revokes(business, &said).is_some_and(|(status, _)| status != 503)
        })
    }

    /// An operator hands over the code that the number has got; the status of the answer, if there was one.
    pub fn tell_code(&self, migration: usize, waba: usize, instead: Option<&str>) -> Option<u64> {
        let got = self.code_of(waba);
        let code = instead.or(got.as_deref()).unwrap_or("000000");
        let id = self.migrations().get(migration).copied()?;
        let payload = envelopes::action(id, "code", &json!({ "code": code }));
        let answer = self.deliver(&Delivery::new("signup", &payload), true)?;
        let (status, told) = told_in(&answer);
        self.answered(status, told);
        Some(status)
    }

    /// Somebody does it again who had no answer.
    pub(crate) fn once_more(&self, act: &Act, more: &RefCell<Vec<(Timestamp, Act)>>) {
        more.borrow_mut().push((self.again_at(act, 60), act.clone()));
    }

    /// When somebody tries the same again: soon, each time after twice as long, and where everybody knows of an outage, in an
    /// hour. Who comes back to it after a day begins anew.
    pub(crate) fn again_at(&self, act: &Act, seconds: i64) -> Timestamp {
        let is_known = [Gone::Meta, Gone::Region, Gone::Workers].into_iter().any(|gone| self.is_gone(gone));
        let now = self.clock.now();
        let mut story = self.story();
        let tried = story.tried.entry(format!("{act:?}")).or_insert((0, now));
        if tried.1 + SignedDuration::from_hours(24) < now {
            tried.0 = 0;
        }
        let seconds = if is_known { AN_HOUR } else { (seconds << tried.0).min(AN_HOUR) };
        *tried = ((tried.0 + 1).min(6), now);
        now + SignedDuration::from_secs(seconds)
    }

    /// The code that the number of a WABA has got and Meta has not been given.
    fn code_of(&self, waba: usize) -> Option<String> {
        let waba = self.waba(waba);
        let simulator = self.simulator();
        let world = simulator.world();
        world.number_of(&waba).and_then(|number| world.code_of(number)).map(str::to_owned)
    }

    /// The partner sends the token that the world has of the WABA's owner, again until it is taken.
    fn put_token(&self, waba: usize, act: &Act, more: &RefCell<Vec<(Timestamp, Act)>>) {
        let waba = self.waba(waba);
        let destination = self.simulator().world().destination_of(&waba).map(str::to_owned);
        let waba = destination.unwrap_or(waba);
        let owner = self.simulator().world().wabas[&waba].business_id.clone();
        let body = json!({ "token": format!("EAAbusiness{owner}") }).to_string();
        let delivery = Delivery::new("signup", &envelopes::put_token(&waba, &body));
        let answer = self.deliver(&delivery, true);
        if answer.is_none_or(|answer| answer["statusCode"] == 503) {
            self.once_more(act, more);
        }
    }

    /// An operator's program creates a migration: it asks until it is answered, under one key.
    fn create(&self, body: &Value) {
        let place = self.migrations().len();
        let mut payload = envelopes::post("/migrations", body);
        payload["headers"]["idempotency-key"] = json!(format!("create-{place}"));
        let (mut refusals, mut minutes) = (0, 1);
        let told = loop {
            if refusals > 2 {
                // Somebody else has it: there is no migration.
                return;
            }
            let answer = self.deliver(&Delivery::new("api", &payload), true);
            match answer.as_ref().map(told_in) {
                None | Some((503, _)) => {
                    self.move_to(self.clock.now() + SignedDuration::from_mins(minutes));
                    minutes = (minutes * 2).min(60);
                }
                Some((409, _)) => {
                    refusals += 1;
                    self.move_to(self.clock.now() + SignedDuration::from_mins(1));
                }
                Some((_, told)) => break told,
            }
        };
        let migration = told["migration"].as_str().expect("an id").parse().expect("an id");
        let link = told["state"].as_str().unwrap_or_default().to_owned();
        self.story().migrations.push((migration, link));
    }

    /// The signup page: sends the code, sends it again when told to, and asks for a new link after a lost code.
    fn send_code(
        &self,
        migration: usize,
        body: &Value,
        signs_up: &Act,
        more: &RefCell<Vec<(Timestamp, Act)>>,
    ) {
        let payload = envelopes::post("/signup", body);
        let answer = self.deliver(&Delivery::new("signup", &payload), true);
        let now_is = self.clock.now();
        let again = || Act::SendAgain { migration, body: body.clone(), again: Box::new(signs_up.clone()) };
        let Some(answer) = answer else {
            more.borrow_mut().push((self.again_at(&again(), 40), again()));
            return;
        };
        let (status, told) = told_in(&answer);
        self.answered(status, told.clone());
        if status == 503 || (status == 409 && told.get("retry_after").is_some()) {
            more.borrow_mut().push((self.again_at(&again(), 40), again()));
        } else if told.get("outcome") == Some(&json!("lost_code")) {
            let new_link = Act::Ask { migration, action: "new-link", more: Value::Null };
            more.borrow_mut().push((now_is, new_link));
            // The operator may have to ask twice.
            more.borrow_mut().push((self.again_at(signs_up, 180), signs_up.clone()));
        }
    }
}
