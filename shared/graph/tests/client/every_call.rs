//! One of each call, with canaries where secrets go, so that a test can say something of all of them.

use std::fmt::Debug;

use handover_domain::number::CodeMethod;
use handover_graph::call::Call;
use handover_graph::calls::allocations::{ListAllocations, ReadAllocation, RevokeAllocation};
use handover_graph::calls::app::{ListAppSolutions, ListSubscriptions};
use handover_graph::calls::assigned_users::{AssignUser, ListAssignedUsers};
use handover_graph::calls::attach_credit_line::AttachCreditLine;
use handover_graph::calls::credit_lines::ListCreditLines;
use handover_graph::calls::debug_token::DebugToken;
use handover_graph::calls::exchange_code::ExchangeCode;
use handover_graph::calls::list_throughput::ListThroughput;
use handover_graph::calls::list_wabas::{ListWabas, Which};
use handover_graph::calls::migration_intents::{IntentTarget, ReadMigrationIntent, SetMigrationIntent};
use handover_graph::calls::move_number::MoveNumber;
use handover_graph::calls::phone_numbers::{ListPhoneNumbers, ReadPhoneNumber};
use handover_graph::calls::read_creation::ReadCreation;
use handover_graph::calls::read_funding::ReadFunding;
use handover_graph::calls::read_health::ReadHealth;
use handover_graph::calls::read_owner::ReadOwner;
use handover_graph::calls::read_two_step::ReadTwoStep;
use handover_graph::calls::read_waba::ReadWaba;
use handover_graph::calls::read_waba_field::{ReadWabaField, WabaField};
use handover_graph::calls::register_number::RegisterNumber;
use handover_graph::calls::set_ownership_intent::SetOwnershipIntent;
use handover_graph::calls::set_pin::SetPin;
use handover_graph::calls::share_credit_line::ShareCreditLine;
use handover_graph::calls::share_with_business::ShareWithBusiness;
use handover_graph::calls::solutions::{FetchSolutionToken, ListSolutions, ReadSolution};
use handover_graph::calls::subscribed_apps::{Callback, ListSubscribedApps, SubscribeApp};
use handover_graph::calls::templates::{
    Content, ListTemplates, MakeTemplate, MigrateTemplates, ReadTemplate,
};
use handover_graph::calls::verify_number::{RequestCode, VerifyCode};
use handover_graph::error::GraphError;
use handover_graph::secret::{Pin, VerificationCode};
use handover_graph::transport::{GraphRequest, GraphResponse};
use handover_graph::words::{Currency, Task};

/// Stands in every place where a secret goes; PINs are digits, so they have their own.
pub(crate) const CANARY: &str = "EAAcanaryCanaryCanaryCanary";
pub(crate) const PIN_CANARY: &str = "718293";

type Parse = dyn Fn(&GraphResponse) -> Result<String, GraphError>;

/// A call with its types forgotten.
pub(crate) struct AnyCall {
    pub(crate) name: &'static str,
    pub(crate) debug: String,
    pub(crate) request: GraphRequest,
    pub(crate) parse: Box<Parse>,
    /// An answer that it understands.
    pub(crate) answer: &'static str,
}

fn any<C: Call<Answer: Debug> + Debug + 'static>(call: C, answer: &'static str) -> AnyCall {
    AnyCall {
        name: C::NAME,
        debug: format!("{call:?}"),
        request: call.request(),
        parse: Box::new(move |response| call.parse(response).map(|answer| format!("{answer:?}"))),
        answer,
    }
}

fn id<T: std::str::FromStr<Err: Debug>>(digits: &str) -> T {
    digits.parse().unwrap()
}

macro_rules! fixture {
    ($path:literal) => {
        include_str!(concat!("../../fixtures/", $path))
    };
}

pub(crate) fn every_call() -> Vec<AnyCall> {
    let canary = || secrecy::SecretString::from(CANARY.to_owned());
    let pin = Pin::new(PIN_CANARY.to_owned().into()).unwrap();
    let code = VerificationCode::new(PIN_CANARY.to_owned().into()).unwrap();
    let currency = Currency::try_from("EUR".to_owned()).unwrap();
    let callback = Callback::Override { uri: "https://hooks.example/".to_owned(), verify_token: canary() };
    let content = Content {
        name: "order_shipped".to_owned(),
        language: "de".to_owned(),
        category: "UTILITY".to_owned(),
        parameter_format: None,
        components: serde_json::json!([]),
    };
    vec![
        any(
            ExchangeCode { app: id("1"), app_secret: canary(), code: canary() },
            r#"{"access_token":"EAAcanaryCanaryCanaryCanary"}"#,
        ),
        any(DebugToken { input: canary() }, fixture!("debug_token/token.facts-2.2.json")),
        any(ListSubscriptions { app: id("1") }, fixture!("app/subscriptions.app-reference.json")),
        any(ListAppSolutions { app: id("1"), after: None }, fixture!("app/solutions.facts-10.5.json")),
        any(
            ListWabas { business: id("1"), which: Which::Client, after: None },
            fixture!("list_wabas/client.facts-5.2.json"),
        ),
        any(ReadWaba { waba: waba() }, fixture!("read_waba/client-owned.facts-4.1.json")),
        any(
            ReadWabaField { waba: waba(), field: WabaField::Verification },
            fixture!("read_waba_field/not-verified.facts-4.1.json"),
        ),
        any(ListThroughput { waba: waba(), after: None }, fixture!("list_throughput/levels.facts-6.2.json")),
        any(ReadOwner { waba: waba() }, fixture!("read_owner/owner.facts-21.json")),
        any(ReadCreation { waba: waba() }, fixture!("read_creation/made.facts-4.1.json")),
        any(ReadTwoStep { number: id("106853218861309") }, fixture!("read_two_step/on.facts-6.2.json")),
        any(ReadFunding { waba: waba() }, fixture!("read_funding/attached.facts-21.json")),
        any(ReadHealth { waba: waba() }, fixture!("read_health/payment-problem.facts-4.2.json")),
        any(
            ListPhoneNumbers { waba: waba(), after: None },
            fixture!("phone_numbers/first-page.facts-6.1.json"),
        ),
        any(
            MoveNumber { waba: waba(), number: "+49 30 1234567".parse().unwrap() },
            fixture!("move_number/moving.facts-6.3.json"),
        ),
        any(ReadPhoneNumber { number: id("106853218861309") }, fixture!("phone_numbers/one.facts-21.json")),
        any(
            ListAssignedUsers { waba: waba(), business: id("1"), after: None },
            fixture!("assigned_users/list.facts-21.json"),
        ),
        any(
            AssignUser { waba: waba(), user: id("1"), tasks: vec![Task::Manage] },
            fixture!("assigned_users/assigned.facts-21.json"),
        ),
        any(
            ListSubscribedApps { waba: waba(), after: None },
            fixture!("subscribed_apps/list.facts-4.3.json"),
        ),
        any(SubscribeApp { waba: waba(), callback }, fixture!("subscribed_apps/subscribed.facts-4.3.json")),
        any(
            ListCreditLines { business: id("1"), with_currency: true, after: None },
            fixture!("credit_lines/list.facts-21.json"),
        ),
        any(
            ShareCreditLine { line: id("1"), waba: waba(), currency: currency.clone() },
            fixture!("share_credit_line/shared.facts-21.json"),
        ),
        any(
            ShareWithBusiness { line: id("1"), business: id("2") },
            fixture!("share_with_business/shared.facts-9.3.json"),
        ),
        any(
            AttachCreditLine { line: id("1"), waba: waba(), currency },
            fixture!("attach_credit_line/attached.facts-9.3.json"),
        ),
        any(
            ListAllocations { line: id("1"), business: id("2"), after: None },
            fixture!("allocations/mixed.facts-9.6.json"),
        ),
        any(
            ReadAllocation { allocation: id("9001001001001") },
            fixture!("allocations/credential.facts-21.json"),
        ),
        any(
            RevokeAllocation { allocation: id("9001001001001") },
            fixture!("allocations/revoked.facts-9.7.json"),
        ),
        any(
            RegisterNumber { number: id("1"), pin: pin.clone() },
            fixture!("register_number/registered.facts-21.json"),
        ),
        any(
            RequestCode { number: id("1"), method: CodeMethod::Sms },
            fixture!("verify_number/done.facts-6.4.json"),
        ),
        any(VerifyCode { number: id("1"), code }, fixture!("verify_number/done.facts-6.4.json")),
        any(
            SetMigrationIntent { waba: waba(), to: IntentTarget::Solution(id("1")) },
            fixture!("migration_intents/set.facts-21.json"),
        ),
        any(
            ReadMigrationIntent { intent: id("3101001001001") },
            fixture!("migration_intents/accepted.facts-21.json"),
        ),
        any(
            SetOwnershipIntent { waba: waba(), solution: Some(id("1")) },
            fixture!("set_ownership_intent/set.facts-11.json"),
        ),
        any(ReadSolution { solution: id("795033096057724") }, fixture!("solutions/active.facts-10.4.json")),
        any(ListSolutions { waba: waba(), after: None }, fixture!("solutions/of-a-waba.facts-10.3.json")),
        any(
            FetchSolutionToken { solution: id("795033096057724"), business: id("1") },
            r#"{"data":[{"access_token":"EAAcanaryCanaryCanaryCanary"}]}"#,
        ),
        any(SetPin { number: id("1"), pin }, fixture!("set_pin/done.facts-6.7.json")),
        any(
            ListTemplates { waba: waba(), with_quality: true, after: None },
            fixture!("templates/list.facts-8.1.json"),
        ),
        any(ReadTemplate { template: id("594425479261596") }, fixture!("templates/one.facts-8.4.json")),
        any(
            MigrateTemplates { waba: waba(), source: id("1"), templates: vec![id("594425479261596")] },
            fixture!("templates/copied.facts-8.2.json"),
        ),
        any(MakeTemplate { waba: waba(), content }, fixture!("templates/made.facts-8.4.json")),
    ]
}

pub(crate) fn waba<T: std::str::FromStr<Err: Debug>>() -> T {
    id("486585971195941")
}

pub(crate) fn response(status: u16, body: impl Into<Vec<u8>>) -> GraphResponse {
    GraphResponse { status, headers: Default::default(), body: body.into() }
}
