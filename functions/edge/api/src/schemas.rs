//! The shapes in the API document of what the domain owns: it is pure, and knows of no document.

use handover_domain::flow::FlowName;
use handover_domain::{actor, advice, liability, outcome, preflight, severity, step};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::list::IN_ORDER;

/// What is said of every `Idempotency-Key`.
pub(crate) const KEY: &str =
    "1 to 100 visible characters of ASCII; the same request under the same key is done once in 24 hours";
/// What is said of the id in a path.
pub(crate) const ID: &str = "The migration";
/// What is said of every `limit`.
pub(crate) const LIMIT: &str = "How many at most; 50 if it is not said";
/// What is said of an `after` that is a cursor.
pub(crate) const AFTER: &str = "The `next` of the page before, as it is";

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident = $all:expr, $what:literal;)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name;

        impl ToSchema for $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                one_of(&$all, $what)
            }
        }
    )*};
}

words! {
    /// A status, in the order of the board.
    Status = IN_ORDER, "What the board shows; the last three are ends";
    /// A flow.
    Flow = FlowName::ALL, "A flow";
    /// A function that runs a row.
    Step = step::Step::ALL, "The function that runs a row";
    /// What pre-flight looks at.
    Subject = preflight::Subject::ALL, "What was looked at";
    /// How bad a finding is.
    Severity = severity::Severity::ALL, "How bad a finding is.";
    /// Who acts.
    Actor = actor::Actor::ALL, "Who acts";
    /// Where a customer wants to be.
    Goal = [advice::Goal::OurCustomer, advice::Goal::OurSolution, advice::Goal::NoSolution, advice::Goal::Owner],
        "Where the customer wants to be";
    /// Who we are to the customer.
    Role = [advice::Role::SolutionPartner, advice::Role::TechProvider], "Who we are";
    /// Who owns a WABA.
    Owner = [advice::Owner::Customer, advice::Owner::Partner], "Who owns the WABA";
    /// With whom a WABA is.
    With = [advice::With::Us, advice::With::AnotherPartner], "With whom the WABA is now";
    /// Whether a WABA for which we pay is still our customer's.
    Standing = liability::Standing::ALL, "Whether a WABA for which we pay is still our customer's";
    /// Where numbers are.
    Numbers = [advice::Numbers::CloudApi, advice::Numbers::BusinessApp, advice::Numbers::OnPremises],
        "Where the numbers are";
    /// For whom or what a row waits.
    WaitsFor = [outcome::WaitsFor::Person, outcome::WaitsFor::Customer, outcome::WaitsFor::Partner,
        outcome::WaitsFor::Meta, outcome::WaitsFor::Window, outcome::WaitsFor::Quiet], "For whom or what a row waits";
}

fn one_of<T: Serialize>(all: &[T], what: &str) -> RefOr<Schema> {
    let words = all.iter().map(|word| serde_json::to_value(word).unwrap_or_default());
    let words = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words));
    words.description(Some(what)).into()
}

/// [`handover_domain::advice::Known`].
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its shape is used; a test holds it to what is known")]
pub(crate) struct Known {
    #[schema(required = false)]
    goal: Option<Goal>,
    #[schema(required = false)]
    role: Option<Role>,
    #[schema(required = false)]
    owner: Option<Owner>,
    #[schema(required = false)]
    with: Option<With>,
    /// Whether the WABA is in an active Multi-Partner Solution.
    #[schema(required = false)]
    in_solution: Option<bool>,
    #[schema(required = false)]
    numbers: Option<Numbers>,
    /// Whether our credit line is in the WABA's currency.
    #[schema(required = false)]
    same_currency: Option<bool>,
    /// Whether days without sending are out of the question.
    #[schema(required = false)]
    urgent: bool,
}

/// [`handover_domain::advice::Advice`].
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its shape is used; a test holds it to the advice's own")]
pub(crate) struct Advice {
    /// The roads, the best first; those that are closed last.
    roads: Vec<Advised>,
    /// What to ask next, what decides most first.
    questions: Vec<String>,
}

/// One road for this customer.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its shape is used; a test holds it to the advice's own")]
struct Advised {
    /// The road's name; that of the flow, where there is one.
    road: String,
    title: String,
    /// Whether this version runs it; otherwise a person does, by Meta's page.
    runs: bool,
    /// Why it is closed; null if it is open as far as anybody knows.
    closed: Option<String>,
    /// How long the customer cannot send, in words.
    silent: String,
    /// The days without sending, where they are days.
    silent_days: i64,
    keeps: String,
    risks: Vec<String>,
    /// What Meta leaves unclear.
    unclear: Vec<String>,
    /// The dates, where the customer waits for a 1st.
    #[schema(required = false)]
    plan: Option<Plan>,
}

/// [`handover_domain::plan::Plan`].
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its shape is used; a test holds it to the plan's own")]
pub(crate) struct Plan {
    /// The day on which the customer unshares and signs up.
    start: Date,
    share_window: Window,
    /// From this moment on the promise of `unblocks_on` no longer holds for a new signup.
    sign_up_before: Timestamp,
    /// The first day on which the customer cannot send.
    blocked_from: Date,
    /// The 1st on which the customer can send again.
    unblocks_on: Date,
    /// Calendar days from `blocked_from` to `unblocks_on`.
    blocked_days: i64,
    /// The 1st on which it would be instead for a customer who signs up too late.
    if_missed: Date,
    /// The day with the fewest blocked days, by the calendar alone.
    best_start: Date,
    /// Calendar days from `best_start` to `unblocks_on`.
    best_blocked_days: i64,
    /// The day we recommend.
    safe_start: Date,
    /// Calendar days from `safe_start` to the 1st that ends its own window's month.
    safe_blocked_days: i64,
}

/// The moments at which Meta surely takes the share, from `opens` up to, not including, `closes`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its shape is used; a test holds it to the window's own")]
struct Window {
    opens: Timestamp,
    closes: Timestamp,
}

/// What became of those who were expected.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its shape is used; a test holds it to the counts' own")]
pub(crate) struct Counts {
    /// They can send again.
    active: u64,
    /// An operator has ended their migration.
    cancelled: u64,
    /// Their migration could not be done.
    refused: u64,
    /// One of our people has them.
    person: u64,
    /// Nobody has them yet: they are waited for.
    waiting: u64,
    /// Their record is gone.
    vanished: u64,
    /// They were told another 1st since: the next roll call has them.
    moved: u64,
}
