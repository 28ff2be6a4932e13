//! A caller with a clock: the few words that the tests are written in.

use graph_simulator::{Answer, Request, Settings, Signup, Simulator, World, WorldSpec};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

pub(crate) const WABA: &str = "486585971195941";
pub(crate) const SECOND_WABA: &str = "486585971196954";
pub(crate) const NUMBER: &str = "106540352242922";
pub(crate) const LINE: &str = "1972385232742146";
pub(crate) const US: &str = "506914307656634";
pub(crate) const USER: &str = "122102454050157";
pub(crate) const CUSTOMER: &str = "2729063490586005";
pub(crate) const FORMER_FUNDING: &str = "395744610116";
pub(crate) const APP: &str = "634974688087057";
pub(crate) const SECRET: &str = "0123456789abcdef0123456789abcdef";
pub(crate) const SYSTEM: &str = "EAAsystem0001";

pub(crate) struct Caller {
    pub(crate) simulator: Simulator,
    pub(crate) now: Timestamp,
}

/// A status and the answer's JSON.
pub(crate) type Got = (u16, Value);

impl Caller {
    pub(crate) fn on(date: &str, spec: &WorldSpec) -> Self {
        let simulator = Simulator::new(World::from_spec(spec)).unwrap();
        Self { simulator, now: format!("{date}T09:00:00Z").parse().unwrap() }
    }

    pub(crate) fn with(date: &str, settings: Settings) -> Self {
        Self::on(date, &WorldSpec { settings, ..WorldSpec::default() })
    }

    pub(crate) fn at(&mut self, moment: &str) {
        self.now = moment.parse().unwrap();
        self.simulator.advance(self.now);
    }

    pub(crate) fn wait(&mut self, duration: SignedDuration) {
        self.now += duration;
        self.simulator.advance(self.now);
    }

    pub(crate) fn raw(&mut self, request: &Request) -> Answer {
        self.simulator.answer(self.now, request)
    }

    pub(crate) fn call(&mut self, method: &str, target: &str, token: &str, body: Option<Value>) -> Got {
        let mut headers = vec![("Authorization".to_owned(), format!("Bearer {token}"))];
        if body.is_some() {
            headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        }
        let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        json_of(&self.raw(&Request { method: method.to_owned(), target: target.to_owned(), headers, body }))
    }

    pub(crate) fn get(&mut self, target: &str, token: &str) -> Got {
        self.call("GET", target, token, None)
    }

    pub(crate) fn post(&mut self, target: &str, token: &str, body: Value) -> Got {
        self.call("POST", target, token, Some(body))
    }

    pub(crate) fn exchange(&mut self, signup: &Signup) -> Got {
        let target =
            format!("/v25.0/oauth/access_token?client_id={APP}&client_secret={SECRET}&code={}", signup.code);
        json_of(&self.raw(&Request { method: "GET".to_owned(), target, headers: vec![], body: vec![] }))
    }

    /// Signs the customer up and exchanges the code: the business token.
    pub(crate) fn signup(&mut self, waba: &str) -> String {
        let signup = self.simulator.customer_signs_up(self.now, waba).unwrap();
        let (status, body) = self.exchange(&signup);
        assert_eq!(status, 200, "{body}");
        body["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) fn assign(&mut self, waba: &str) {
        let body = serde_json::json!({ "user": USER, "tasks": ["MANAGE"] });
        assert_eq!(self.post(&format!("/v25.0/{waba}/assigned_users"), SYSTEM, body).0, 200);
    }

    pub(crate) fn share(&mut self, waba: &str) -> Got {
        let target =
            format!("/v25.0/{LINE}/whatsapp_credit_sharing_and_attach?waba_id={waba}&waba_currency=EUR");
        self.call("POST", &target, SYSTEM, None)
    }

    /// Unshares, signs up and assigns: everything that comes before a share.
    pub(crate) fn ready_to_share(&mut self, waba: &str) -> String {
        self.simulator.customer_unshares(self.now, waba).unwrap();
        let token = self.signup(waba);
        self.assign(waba);
        token
    }
}

pub(crate) fn json_of(answer: &Answer) -> Got {
    let Answer::Response { status, body, .. } = answer else { panic!("the answer was lost") };
    (*status, serde_json::from_slice(body).unwrap())
}

/// The code and subcode of a refusal.
pub(crate) fn refusal((status, body): &Got) -> (u64, Option<u64>) {
    assert!(*status >= 400, "{body}");
    assert!(body["error"]["fbtrace_id"].is_string(), "{body}");
    (body["error"]["code"].as_u64().unwrap(), body["error"]["error_subcode"].as_u64())
}
