//! What the people of a scenario do.

use graph_simulator::{CustomerError, Holder, NewWaba, Signup};
use handover_domain::flow::Asked;
use handover_domain::ids::MigrationId;
use handover_domain::moment::{spoken, spoken_day};
use handover_domain::scope::Scope;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{RehearsalError, Stage};
use crate::gateway::{Answer, Request};
use crate::scenario::{Act, Choice, Doing};

/// Who plays a WABA: its id, and what the operator was told when its migration was created.
#[derive(Debug, Clone)]
pub(super) struct Cast {
    /// The WABA's id at Meta.
    pub(super) waba_id: String,
    /// The migration; none if it was not created.
    pub(super) migration: Option<MigrationId>,
    /// The secret of the signup link.
    pub(super) state: String,
}

/// An act that was played.
#[derive(Debug, Clone)]
pub(super) struct Played {
    /// When.
    pub(super) at: Timestamp,
    /// Which WABA.
    pub(super) waba: u16,
    /// What was done.
    pub(super) what: Doing,
    /// What came of it, in a sentence.
    pub(super) came_of_it: String,
}

impl Stage<'_> {
    pub(super) async fn act(&mut self, act: &Act) -> Result<(), RehearsalError> {
        let waba_id = self.waba_id(act.waba);
        let came_of_it = match act.what {
            Doing::Create => self.create(act, waba_id).await,
            Doing::WantShare => self.want_share(act, waba_id).await,
            Doing::MoveIn => self.move_in(act, &waba_id)?,
            Doing::PartnerShare => self.partner_share(act).await?,
            Doing::Unshare => self.unshare(act, &waba_id)?,
            Doing::SignUp => self.sign_up(act, &waba_id).await?,
            Doing::LoseCode => self.lose_code(act, &waba_id)?,
            Doing::TwoStepOff => self.turn_two_step_off(act, &waba_id)?,
            Doing::SignUpAnew => self.sign_up_anew(act, &waba_id).await?,
            Doing::AddPayment => self.add_payment(act, &waba_id)?,
            Doing::Leave => self.leave(act, &waba_id)?,
            Doing::PutToken => self.put_token(&self.at_hand(waba_id.clone())).await,
            Doing::TellCode => self.tell_code(act, &waba_id).await,
            Doing::Accept => self.answer(act, &waba_id, true)?,
            Doing::Decline => self.answer(act, &waba_id, false)?,
            Doing::Unshared
            | Doing::Retry
            | Doing::Cancel
            | Doing::Resolve
            | Doing::Approve
            | Doing::NewLink => self.ask(act).await,
        };
        self.played.push(Played { at: self.now(), waba: act.waba, what: act.what, came_of_it });
        Ok(())
    }

    /// The id of the n-th WABA of the world as it began. Its ids grow with the number.
    fn waba_id(&self, number: u16) -> String {
        let simulator = self.machine.simulator();
        let place = usize::from(number.saturating_sub(1));
        simulator.world().waba_of_the_start(place).cloned().unwrap_or_default()
    }

    async fn create(&mut self, act: &Act, waba_id: String) -> String {
        let label = format!("WABA {}", act.waba);
        let asks = self.scenario.flow.flow().asks;
        let solution = asks.contains(&Asked::Solution).then(|| self.solution());
        let named = (act.named || asks.contains(&Asked::Waba)).then_some(&waba_id);
        let number = self.machine.simulator().world().number_of(&waba_id).map(str::to_owned);
        let number = number.filter(|_| asks.contains(&Asked::Number));
        let destination = asks.contains(&Asked::Destination).then(|| self.at_hand(waba_id.clone()));
        let mut body = json!({ "flow": self.scenario.flow, "label": label });
        let pays = self.scenario.choices().tech_provider
            && self.scenario.flow.flow().has_use_for(Asked::PartnerShares);
        if let (true, Some(body)) = (pays, body.as_object_mut()) {
            body.insert("partner_shares".to_owned(), true.into());
        }
        for (word, field) in [(Asked::OnePortfolio, "one_portfolio"), (Asked::OneWay, "one_way")] {
            if let (true, Some(body)) = (asks.contains(&word), body.as_object_mut()) {
                body.insert(field.to_owned(), true.into());
            }
        }
        for (field, value) in [
            ("waba_id", named),
            ("destination_waba_id", destination.as_ref()),
            ("number", number.as_ref()),
            ("solution_id", solution.as_ref()),
        ] {
            if let (Some(value), Some(body)) = (value, body.as_object_mut()) {
                body.insert(field.to_owned(), value.as_str().into());
            }
        }
        let (answer, told) = self.post("/migrations", &body).await;
        let migration = text_at(&told, "/migration").parse().ok();
        let cast = Cast { waba_id, migration, state: text_at(&told, "/state").to_owned() };
        let created = cast.migration.is_some();
        if let Some(former) = self.casts.insert(act.waba, cast) {
            self.former.push((act.waba, former));
        }
        match (created, told.get("plan")) {
            (false, _) => not_taken(&answer, &told),
            (true, None) if told.get("signup_link").is_some() => {
                "The migration is created and the customer gets the signup link.".to_owned()
            }
            (true, None) => "The migration is created and the customer gets the text.".to_owned(),
            (true, Some(_)) => {
                let before =
                    text_at(&told, "/plan/sign_up_before").parse().map_or_else(|_| "?".to_owned(), spoken);
                let day =
                    text_at(&told, "/plan/unblocks_on").parse().map_or_else(|_| "?".to_owned(), spoken_day);
                format!(
                    "The migration is created and the customer gets the signup link: whoever signs up before {before} can send again on {day}."
                )
            }
        }
    }

    /// The solution that we are part of: the first of the world.
    pub(super) fn solution(&self) -> String {
        self.machine.simulator().world().solutions.keys().next().cloned().unwrap_or_default()
    }

    /// The WABA that is with us: the destination of a number, where there is one.
    fn at_hand(&self, waba_id: String) -> String {
        let simulator = self.machine.simulator();
        simulator.world().destination_of(&waba_id).map_or(waba_id, str::to_owned)
    }

    /// The code that the number of the WABA has got, or what somebody says in its place.
    async fn tell_code(&self, act: &Act, waba_id: &str) -> String {
        let Some(migration) = self.casts.get(&act.waba).and_then(|cast| cast.migration) else {
            return "There is no migration to act on.".to_owned();
        };
        let code = {
            let simulator = self.machine.simulator();
            let world = simulator.world();
            let got = world.number_of(waba_id).and_then(|number| world.code_of(number));
            act.says.get("code").map(String::as_str).or(got).unwrap_or("000000").to_owned()
        };
        let (answer, told) =
            self.post(&format!("/migrations/{migration}/code"), &json!({ "code": code })).await;
        match answer.status {
            200 => "The customer reads out a code, and an operator hands it over.".to_owned(),
            _ => not_taken(&answer, &told),
        }
    }

    /// The partner sends the token that the world has of the WABA's owner, from an earlier signup.
    async fn put_token(&self, waba_id: &str) -> String {
        let token = {
            let simulator = self.machine.simulator();
            let world = simulator.world();
            let owner = world.wabas.get(waba_id).map(|waba| waba.business_id.clone()).unwrap_or_default();
            let is_theirs = |holder: &Holder| matches!(holder, Holder::Business(id) if *id == owner);
            let mut tokens = world.tokens.iter().filter(|(_, token)| is_theirs(&token.holder));
            tokens.next().map(|(text, _)| text.clone()).unwrap_or_default()
        };
        let body = json!({ "token": token }).to_string();
        let (answer, told) =
            self.send("PUT", &format!("/wabas/{waba_id}/token"), body.as_bytes(), None).await;
        match answer.status {
            200 => "The customer's token is handed over.".to_owned(),
            _ => not_taken(&answer, &told),
        }
    }

    fn answer(&self, act: &Act, waba_id: &str, accepts: bool) -> Result<String, RehearsalError> {
        let answered = self.machine.simulator().customer_answers_intent(self.now(), waba_id, accepts);
        answered.map_err(cannot(act))?;
        Ok(if accepts { "The customer accepts our request." } else { "The customer declines our request." }
            .to_owned())
    }

    fn unshare(&self, act: &Act, waba_id: &str) -> Result<String, RehearsalError> {
        let unshared = self.machine.simulator().customer_unshares(self.now(), waba_id);
        unshared.map_err(cannot(act))?;
        Ok("The WABA is unshared from the former partner. From now on it cannot send.".to_owned())
    }

    async fn sign_up(&self, act: &Act, waba_id: &str) -> Result<String, RehearsalError> {
        let signed_up = self.machine.simulator().customer_signs_up(self.now(), waba_id);
        let signup = signed_up.map_err(cannot(act))?;
        Ok(self.send_code(act, &signup).await)
    }

    /// The customer signs up with a new WABA, or with what they take for one.
    async fn sign_up_anew(&self, act: &Act, waba_id: &str) -> Result<String, RehearsalError> {
        let solution = self.scenario.flow.flow().asks.contains(&Asked::Solution).then(|| self.solution());
        let chosen = NewWaba {
            solution: if act.chooses == Choice::AnotherSolution { self.another_solution() } else { solution },
            another_portfolio: act.chooses == Choice::AnotherPortfolio,
            another_number: act.chooses == Choice::AnotherNumber,
            existing: act.chooses == Choice::ExistingWaba,
            last_made: act.chooses == Choice::LastMadeWaba,
        };
        let signed_up = match act.chooses {
            Choice::OldWaba => self.machine.simulator().customer_signs_up(self.now(), waba_id),
            _ => self.machine.simulator().customer_signs_up_anew(self.now(), waba_id, &chosen),
        };
        match signed_up {
            Ok(signup) => Ok(self.send_code(act, &signup).await),
            Err(stopped @ CustomerError::TwoStepOn { .. }) => Ok(format!("The signup stops: {stopped}.")),
            Err(source) => Err(cannot(act)(source)),
        }
    }

    fn another_solution(&self) -> Option<String> {
        self.machine.simulator().world().solutions.keys().nth(1).cloned()
    }

    fn turn_two_step_off(&self, act: &Act, waba_id: &str) -> Result<String, RehearsalError> {
        let turned_off = self.machine.simulator().customer_turns_two_step_off(self.now(), waba_id);
        turned_off.map_err(cannot(act))?;
        Ok("The customer turns two-step verification off.".to_owned())
    }

    fn add_payment(&self, act: &Act, waba_id: &str) -> Result<String, RehearsalError> {
        let added = self.machine.simulator().customer_adds_payment(self.now(), waba_id);
        added.map_err(cannot(act))?;
        Ok("The customer adds a payment method of their own.".to_owned())
    }

    /// The signup page sends us the code.
    async fn send_code(&self, act: &Act, signup: &Signup) -> String {
        let link = self.casts.get(&act.waba).map(|cast| cast.state.as_str()).unwrap_or_default();
        let browser = &signup.browser_event;
        let body = json!({
            "state": link,
            "code": signup.code,
            "event": browser.get("event"),
            "waba_id": browser.pointer("/data/waba_id"),
            "business_id": browser.pointer("/data/business_id"),
        });
        let (answer, told) = self.sent("POST", "/signup", body.to_string().as_bytes(), None).await;
        match told.get("outcome").and_then(Value::as_str) {
            Some("accepted") => "The customer has signed up with us, and the code is exchanged.".to_owned(),
            Some(other) => format!("The customer has signed up with us; what came of it: {other}."),
            None => not_taken(&answer, &told),
        }
    }

    fn lose_code(&self, act: &Act, waba_id: &str) -> Result<String, RehearsalError> {
        let signed_up = self.machine.simulator().customer_signs_up(self.now(), waba_id);
        signed_up.map_err(cannot(act))?;
        Ok("The customer has signed up with us, and the code is lost on its way.".to_owned())
    }

    fn leave(&self, act: &Act, waba_id: &str) -> Result<String, RehearsalError> {
        let left = self.machine.simulator().customer_leaves_us(self.now(), waba_id);
        left.map_err(cannot(act))?;
        Ok("The WABA is unshared from us, and shared with the former partner again.".to_owned())
    }

    /// An operator looks at the migration, and acts on what they see.
    async fn ask(&mut self, act: &Act) -> String {
        let Some(migration) = self.casts.get(&act.waba).and_then(|cast| cast.migration) else {
            return "There is no migration to act on.".to_owned();
        };
        let path = format!("/migrations/{migration}");
        let (_, shown) = self.send("GET", &path, b"", None).await;
        let mut body: serde_json::Map<String, Value> =
            act.says.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
        if act.what != Doing::Unshared {
            body.insert("seq".to_owned(), shown.get("seq").cloned().unwrap_or_default());
            body.insert("reason".to_owned(), "the customer has called".into());
        }
        let path = format!("{path}/{}", act.what.name());
        let body = Value::Object(body).to_string();
        let (answer, told) = self.send("POST", &path, body.as_bytes(), act.by.as_deref()).await;
        if let (Some(link), Some(cast)) =
            (told.get("state").and_then(Value::as_str), self.casts.get_mut(&act.waba))
        {
            link.clone_into(&mut cast.state);
        }
        match answer.status {
            200 | 201 => {
                let who =
                    act.by.as_ref().map_or_else(|| "An operator".to_owned(), |by| format!("Operator {by}"));
                format!("{who} asks for {}.", act.what.name())
            }
            _ => not_taken(&answer, &told),
        }
    }

    async fn post(&self, path: &str, body: &Value) -> (Answer, Value) {
        self.send("POST", path, body.to_string().as_bytes(), None).await
    }

    /// Sends a request of an operator's, who has a name or not, and may do everything.
    pub(super) async fn send(
        &self,
        method: &str,
        path: &str,
        body: &[u8],
        by: Option<&str>,
    ) -> (Answer, Value) {
        let name = by.and_then(|by| by.parse().ok());
        // Without a token the gateway refuses it, and the rehearsal tells so.
        let token = self.machine.authorization(name.as_ref(), Scope::ALL).ok();
        self.sent(method, path, body, token).await
    }

    /// Sends a request with that token, or as whoever comes.
    async fn sent(
        &self,
        method: &str,
        path: &str,
        body: &[u8],
        token: Option<(String, String)>,
    ) -> (Answer, Value) {
        let headers = [("host", "handover.example"), ("content-type", "application/json")];
        let mut headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        headers.extend(token);
        let request = Request { method, path, query: "", headers: &headers, body, source_ip: "192.0.2.1" };
        let answer = self.machine.request(&request).await;
        let told = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
        (answer, told)
    }
}

/// What the customer cannot do at Meta, as an error of the scenario's.
pub(super) fn cannot(act: &Act) -> impl FnOnce(CustomerError) -> RehearsalError {
    let (act, at) = (act.what.name(), act.at);
    move |source| RehearsalError::Act { act, at, source }
}

pub(super) fn text_at<'a>(told: &'a Value, pointer: &str) -> &'a str {
    told.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// A request that was refused, in the words of its answer.
pub(super) fn not_taken(answer: &Answer, told: &Value) -> String {
    let words = ["detail", "message"].iter().find_map(|name| told.get(*name)).and_then(Value::as_str);
    format!("The request is refused with {}: {}", answer.status, words.unwrap_or("no words"))
}
