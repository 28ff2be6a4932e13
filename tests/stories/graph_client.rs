//! The Graph client and the simulated Meta, written apart from the same facts, understand each other: every
//! call of the client is made once and its answer is what the world says.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

use std::sync::Mutex;

use graph_simulator::{Simulator, World, WorldSpec};
use handover_graph::call::{self, Call, Paged};
use handover_graph::calls::allocations::{ListAllocations, ReadAllocation, RevokeAllocation};
use handover_graph::calls::assigned_users::{AssignUser, ListAssignedUsers};
use handover_graph::calls::credit_lines::ListCreditLines;
use handover_graph::calls::debug_token::{DebugToken, Reach};
use handover_graph::calls::exchange_code::ExchangeCode;
use handover_graph::calls::phone_numbers::{ListPhoneNumbers, ReadPhoneNumber};
use handover_graph::calls::read_funding::ReadFunding;
use handover_graph::calls::read_health::ReadHealth;
use handover_graph::calls::read_owner::ReadOwner;
use handover_graph::calls::read_waba::ReadWaba;
use handover_graph::calls::register_number::RegisterNumber;
use handover_graph::calls::share_credit_line::ShareCreditLine;
use handover_graph::calls::subscribed_apps::{Callback, ListSubscribedApps, SubscribeApp};
use handover_graph::error::{Applied, GraphError};
use handover_graph::secret::{Pin, Token};
use handover_graph::transport::{GraphRequest, GraphResponse, Transport, TransportError};
use handover_graph::words::{Ownership, Task};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use simulation::script::at;
use simulation::transport;
use simulation::world::now;

struct Meta {
    simulator: Mutex<Simulator>,
    at: Timestamp,
}

impl Transport for Meta {
    async fn send(
        &self,
        request: GraphRequest,
        deadline: Timestamp,
    ) -> Result<GraphResponse, TransportError> {
        transport::send(&self.simulator, &request, self.at, deadline)
    }
}

impl Meta {
    /// The page's example on 21 April, with a number that is to be registered.
    fn new() -> Self {
        let mut spec = WorldSpec {
            number_status: "DISCONNECTED".to_owned(),
            platform: "NOT_APPLICABLE".to_owned(),
            numbers_per_waba: 3,
            ..WorldSpec::default()
        };
        spec.settings.require_proof = true;
        let simulator = Mutex::new(Simulator::new(World::from_spec(&spec)).expect("a world"));
        Self { simulator, at: at("2026-04-21T10:00:00Z") }
    }

    fn world(&self) -> World {
        self.simulator.lock().unwrap().world().clone()
    }

    fn call<C: Call + Sync>(&self, token: Option<&Token>, call: &C) -> Result<C::Answer, GraphError> {
        now(call::send(self, call, token, self.at + SignedDuration::from_secs(10)))
    }

    fn list<C: Paged + Sync>(&self, token: &Token, call: C) -> Vec<C::Item> {
        now(call::send_all(self, call, Some(token), || self.at + SignedDuration::from_secs(10)))
            .expect("a list")
    }

    fn app_secret(&self) -> SecretString {
        self.world().app.secret.into()
    }

    fn system_token(&self) -> Token {
        let text = self.world().tokens.keys().find(|text| text.contains("system")).cloned().expect("a token");
        Token::new(text.into(), &self.app_secret())
    }

    /// The customer unshares and signs up with us; the token of the exchanged code.
    fn customer_token(&self) -> Token {
        let waba = self.world().wabas.keys().next().cloned().expect("a WABA");
        let signup = {
            let mut simulator = self.simulator.lock().unwrap();
            simulator.customer_unshares(self.at, &waba).expect("unshared");
            simulator.customer_signs_up(self.at, &waba).expect("signed up")
        };
        let app = self.world().app.id.parse().unwrap();
        let exchange = ExchangeCode { app, app_secret: self.app_secret(), code: signup.code.into() };
        self.call(None, &exchange).expect("a token")
    }
}

#[test]
fn the_code_becomes_a_token_for_our_app_that_names_the_waba() {
    let meta = Meta::new();
    let token = meta.customer_token();
    let app = meta.world().app.id.parse().unwrap();
    let caller = Token::of_app(&app, &meta.app_secret());
    let facts = meta.call(Some(&caller), &DebugToken { input: token.access().clone() }).unwrap();
    assert!(facts.is_valid);
    assert_eq!(facts.app, Some(app));
    let wabas = meta.world().wabas.keys().map(|id| id.parse().unwrap()).collect();
    assert_eq!(facts.wabas, Reach::Only(wabas));
}

#[test]
fn the_waba_its_owner_its_funding_its_health_and_its_numbers_are_read() {
    let meta = Meta::new();
    let token = Some(meta.customer_token());
    let (id, waba) = meta.world().wabas.into_iter().next().unwrap();
    let waba_id: handover_domain::ids::WabaId = id.parse().unwrap();
    let read = meta.call(token.as_ref(), &ReadWaba { waba: waba_id.clone() }).unwrap();
    assert_eq!(read.ownership, Some(Ownership::ClientOwned));
    assert_eq!(read.currency.unwrap().as_str(), waba.currency);
    let owner = meta.call(token.as_ref(), &ReadOwner { waba: waba_id.clone() }).unwrap().unwrap();
    assert_eq!(owner.business.as_str(), waba.business_id);
    let funding = meta.call(token.as_ref(), &ReadFunding { waba: waba_id.clone() }).unwrap();
    assert_eq!(funding.map(|funding| funding.to_string()), waba.funding);
    let health = meta.call(token.as_ref(), &ReadHealth { waba: waba_id.clone() }).unwrap();
    assert_eq!(health.has_payment_problem(), Some(false));
    let numbers = meta.list(token.as_ref().unwrap(), ListPhoneNumbers { waba: waba_id, after: None });
    assert_eq!(numbers.len(), 3);
}

#[test]
fn our_system_user_and_our_app_are_put_on_the_waba() {
    let meta = Meta::new();
    let (customer, system) = (meta.customer_token(), meta.system_token());
    let world = meta.world();
    let waba: handover_domain::ids::WabaId = world.wabas.keys().next().unwrap().parse().unwrap();
    let business = world.partner_id.parse().unwrap();
    let user: handover_domain::ids::SystemUserId = world.system_users.keys().next().unwrap().parse().unwrap();
    let assign = AssignUser { waba: waba.clone(), user: user.clone(), tasks: vec![Task::Manage] };
    meta.call(Some(&system), &assign).unwrap();
    let users = meta.list(&system, ListAssignedUsers { waba: waba.clone(), business, after: None });
    assert_eq!(users.iter().map(|user| user.id.clone()).collect::<Vec<_>>(), [user]);
    meta.call(Some(&customer), &SubscribeApp { waba: waba.clone(), callback: Callback::OfTheApp }).unwrap();
    let apps = meta.list(&customer, ListSubscribedApps { waba, after: None });
    assert_eq!(apps[0].app.as_str(), world.app.id);
}

#[test]
fn a_share_needs_the_system_user_and_can_be_listed_read_and_revoked() {
    let meta = Meta::new();
    meta.customer_token();
    let system = meta.system_token();
    let world = meta.world();
    let (waba_id, waba) = world.wabas.iter().next().unwrap();
    let lines = meta.list(
        &system,
        ListCreditLines { business: world.partner_id.parse().unwrap(), with_currency: true, after: None },
    );
    let share = ShareCreditLine {
        line: lines[0].id.clone(),
        waba: waba_id.parse().unwrap(),
        currency: handover_graph::words::Currency::try_from(waba.currency.clone()).unwrap(),
    };
    let refused = meta.call(Some(&system), &share).unwrap_err();
    assert_eq!(refused.outcome(), Applied::No, "{refused}");
    let user = world.system_users.keys().next().unwrap().parse().unwrap();
    let assign = AssignUser { waba: waba_id.parse().unwrap(), user, tasks: vec![Task::Manage] };
    meta.call(Some(&system), &assign).unwrap();
    let shared = meta.call(Some(&system), &share).unwrap();
    let business: handover_domain::ids::BusinessId = waba.business_id.parse().unwrap();
    let list = ListAllocations { line: share.line.clone(), business, after: None };
    let live: Vec<_> = meta.list(&system, list.clone()).into_iter().filter(|one| !one.is_deleted()).collect();
    assert_eq!((live.len(), &live[0].id), (1, &shared.allocation));
    let read = meta.call(Some(&system), &ReadAllocation { allocation: shared.allocation.clone() }).unwrap();
    assert!(read.receiving_credential.is_some());
    meta.call(Some(&system), &RevokeAllocation { allocation: shared.allocation.clone() }).unwrap();
    let read = meta.call(Some(&system), &ReadAllocation { allocation: shared.allocation }).unwrap();
    assert!(read.is_deleted());
}

#[test]
fn a_number_is_registered_and_its_eleventh_time_is_refused() {
    let meta = Meta::new();
    let token = meta.customer_token();
    let world = meta.world();
    let number: handover_domain::ids::PhoneNumberId =
        world.phone_numbers.keys().next().unwrap().parse().unwrap();
    let register =
        || RegisterNumber { number: number.clone(), pin: Pin::new("012345".to_owned().into()).unwrap() };
    meta.call(Some(&token), &register()).unwrap();
    assert!(meta.call(Some(&token), &ReadPhoneNumber { number: number.clone() }).unwrap().is_registered());
    for _ in 0..9 {
        meta.call(Some(&token), &register()).unwrap();
    }
    let refused = meta.call(Some(&token), &register()).unwrap_err();
    assert_eq!(refused.refused().unwrap().code, 133_016);
}
