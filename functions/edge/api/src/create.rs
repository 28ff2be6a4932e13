//! `POST /migrations` and `POST /migrations/batch`.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use handover_domain::flow::{Asked, Flow, FlowName};
use handover_domain::ids::{MigrationId, SolutionId, WabaId};
use handover_domain::letter;
use handover_domain::number::DisplayNumber;
use handover_domain::plan::Plan;
use handover_domain::state::{LONGEST_LABEL, State};
use handover_engine::creation::{self, CreateError, NewMigration, NoLink};
use handover_engine::http_answers::body_of;
use handover_engine::idempotency::{Keeping, Kept, Known};
use handover_engine::ports::{Clock, Ports};
use handover_engine::problem::Problem;
use handover_engine::records::RecordsError;
use handover_engine::solution;
use jiff::tz::TimeZone;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::reading::{self, another_request};
use crate::schemas;

/// So many migrations in one batch: each is a transaction of its own, and API Gateway waits 30 seconds.
const MOST: usize = 100;
/// The largest body of a batch.
const MAX_BATCH: usize = 64 * 1024;

/// Why transfers of ownership are off, how they are turned on, and what to do instead (facts 0.2).
const TURNED_OFF: &str = "is turned off, because Meta ended it: the last transfer by hand was on 1 October 2025, and what was left was transferred by Meta. Read who owns the WABA first (`GET /wabas/{id}/ownership`). If it is a partner still, the customer makes a WABA of their own, and the number moves into it (flow number-move). To try it all the same, and be refused most likely, set the deployment's parameter `OwnershipTransfer` to `on`.";
/// What must be known before, because nobody can take it back (facts 11).
const ONE_WAY: &str = "`one_way` is missing: a WABA that the customer owns never becomes the partner's again, and a solution that is named with the offer (`solution_id`) can never be changed or added to it. Send `one_way: true` when you and the customer know that.";

/// A migration that an operator wants.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateRequest {
    #[schema(value_type = schemas::Flow)]
    flow: FlowName,
    /// The WABA, if it is known beforehand: then no other live migration may have it, and another than it is refused.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[0-9]{1,20}$")]
    waba_id: Option<WabaId>,
    /// The WABA into which the number moves, for a flow in which the customer has it already; it is shared with us.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[0-9]{1,20}$")]
    destination_waba_id: Option<WabaId>,
    /// The number that moves, with its country code, such as `+49 30 1234567`, for a flow in which one does: then it is that
    /// one and no other.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 40)]
    number: Option<DisplayNumber>,
    /// The solution that the WABA goes into, for a flow that leads into one.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[0-9]{1,20}$")]
    solution_id: Option<SolutionId>,
    /// That the apps of the WABA's solution and of the one that it goes into belong to one business portfolio, for a flow
    /// that moves it between them: no call of Meta's shows it, and Meta refuses the move without.
    #[serde(default)]
    one_portfolio: bool,
    /// That whoever asks knows that it cannot be undone, for a flow without a way back: an ownership that is transferred stays
    /// so, and a solution that is named with it can never be changed.
    #[serde(default)]
    one_way: bool,
    /// That the other partner of the solution has the credit line that pays, for a flow that leads into one: then nothing of
    /// ours is shared, and the migration waits for their hand-off. A deployment without a credit line must send it.
    #[serde(default)]
    partner_shares: bool,
    /// The operator's name for the customer, at most 100 bytes of UTF-8.
    #[serde(default)]
    #[schema(max_length = 100)]
    label: Option<String>,
    /// The customer's time zone, such as Europe/Berlin, in which the letter names its hours; UTC, if it is not said.
    #[serde(default)]
    zone: Option<String>,
}

/// Into what the customer signs up.
pub(crate) struct Signup<'a> {
    flow: &'a Flow,
    /// The solution that Embedded Signup must be opened for, where there is one.
    solution: Option<SolutionId>,
}

impl Signup<'_> {
    /// Of a migration that exists.
    pub(crate) async fn of<P: Ports>(ports: &P, state: &State) -> Result<Self, Problem> {
        let flow = state.flow.flow();
        let solution = if flow.has_use_for(Asked::Solution) {
            solution::of(ports, state.migration).await.map_err(|_| Problem::unavailable())?
        } else {
            None
        };
        Ok(Self { flow, solution: solution.map(|destination| destination.solution) })
    }
}

/// A migration as it was created. Nothing here can be printed for debugging, because the link's secret stands in it.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreateAnswer {
    #[schema(value_type = String, format = Uuid)]
    migration: MigrationId,
    /// The signup page with the link's secret, where the customer signs up on the way; for the customer, and nobody else.
    /// It is told this once, and kept only as a hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    signup_link: Option<String>,
    /// The link's secret alone, as the signup page sends it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    /// The dates, where the customer cannot send until a 1st.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schemas::Plan>)]
    plan: Option<Plan>,
    /// What to send to the customer, as it is; where their number moves into a new WABA, once the pre-flight is done.
    customer_text: String,
}

impl CreateAnswer {
    /// The letter has the dates of now: for a new link they may be others than those of the first.
    pub(crate) fn new<P: Ports>(
        ports: &P,
        migration: MigrationId,
        signup: &Signup<'_>,
        link: &SecretString,
        zone: &TimeZone,
    ) -> Self {
        let state = link.expose_secret().to_owned();
        let mut signup_link = format!("{}?state={state}", ports.settings().signup_page);
        if let Some(solution) = &signup.solution {
            signup_link = format!("{signup_link}&solution_id={solution}");
        }
        let edge = &ports.settings().month_edge;
        let plan = signup.flow.silences.then(|| Plan::at(ports.clock().now(), zone, edge));
        let customer_text = match &plan {
            Some(plan) => letter::text(plan, zone, edge, Some(&signup_link)),
            None if !signup.flow.moves => letter::claiming(&signup_link),
            None => letter::moving(&signup_link, signup.solution.is_none()),
        };
        Self { migration, signup_link: Some(signup_link), state: Some(state), plan, customer_text }
    }

    /// Where the customer signs up with nobody.
    fn without_a_link(migration: MigrationId, flow: &Flow) -> Self {
        let customer_text = match (flow.moves, flow.makes_a_waba()) {
            (true, false) => letter::code(),
            (moves, _) => letter::acceptance(moves),
        };
        Self { migration, signup_link: None, state: None, plan: None, customer_text }
    }
}

/// Creates a migration: the plan, the signup link, and the text for the customer.
///
/// With an `Idempotency-Key`, the same request asked again within 24 hours creates nothing new: it is answered with
/// the same migration and a fresh link, because a link's secret is kept only as a hash. Both links work.
#[utoipa::path(post, path = "/migrations", tag = "migrations",
    params(("Idempotency-Key" = Option<String>, Header, description = schemas::KEY, min_length = 1, max_length = 100)),
    request_body = CreateRequest,
    responses((status = 201, description = "The migration was created", body = CreateAnswer)))]
pub(crate) async fn one<P: Ports>(
    ports: &P,
    request: &ApiGatewayV2httpRequest,
) -> Result<CreateAnswer, Problem> {
    let asked: CreateRequest = reading::body(request)?;
    match reading::keeping(ports, request, reading::MAX_BODY).await? {
        Some((_, Known::Same(kept))) => again(ports, &kept, &asked).await,
        Some((keeping, _)) => create(ports, asked, Some(keeping)).await,
        None => create(ports, asked, None).await,
    }
}

async fn create<P: Ports>(
    ports: &P,
    asked: CreateRequest,
    kept: Option<Keeping>,
) -> Result<CreateAnswer, Problem> {
    if asked.label.as_ref().is_some_and(|label| label.len() > LONGEST_LABEL) {
        let detail = format!(
            "`label` is longer than {LONGEST_LABEL} bytes; a letter that is not of ASCII counts for two to four."
        );
        return Err(Problem::malformed("label", detail));
    }
    let zone = reading::zone(asked.zone.as_deref())?;
    let CreateRequest {
        flow,
        waba_id,
        destination_waba_id,
        number,
        solution_id,
        one_portfolio,
        one_way,
        partner_shares,
        label,
        ..
    } = asked;
    let signup = Signup { flow: flow.flow(), solution: solution_id.clone() };
    let new = NewMigration {
        flow,
        waba: waba_id,
        destination: destination_waba_id,
        number,
        solution: solution_id,
        one_portfolio,
        one_way,
        partner_shares,
        hand_off: None,
        label,
        kept,
    };
    let created = creation::create(ports, new).await.map_err(problem)?;
    let migration = created.state.migration;
    Ok(match created.link {
        Some(link) => CreateAnswer::new(ports, migration, &signup, &link, &zone),
        None => CreateAnswer::without_a_link(migration, flow.flow()),
    })
}

/// Why nothing was created, in an answer's words.
pub(crate) fn problem(error: CreateError) -> Problem {
    match error {
        CreateError::WabaTaken(waba, named_as) => {
            let detail =
                format!("WABA {waba} has a live migration already. Follow that one, or cancel it first.");
            Problem::conflict(field(named_as), detail)
        }
        CreateError::NoCreditLine(flow) => no_credit_line(flow.flow()),
        CreateError::Lacks(flow, Asked::HandOff) => {
            let detail = format!(
                "The flow {flow} begins with the hand-off of a partner: import it (`POST /hand-offs`, `handover hand-off import`)."
            );
            Problem::malformed("flow", detail)
        }
        CreateError::Repeated => {
            Problem::conflict("Idempotency-Key", "The same request is under way. Send it again.").after(1)
        }
        CreateError::Records(RecordsError::Lost { .. }) => {
            let detail = "The record gave no answer, so it may or may not be created. Look in the list before you ask again; under an Idempotency-Key you can ask again at once.";
            Problem { detail: detail.to_owned(), ..Problem::unavailable() }
        }
        CreateError::TurnedOff(flow) => Problem::conflict("flow", format!("The flow {flow} {TURNED_OFF}")),
        CreateError::Lacks(_, Asked::OneWay) => Problem::malformed("one_way", ONE_WAY),
        CreateError::Lacks(flow, asked) => {
            let field = field(asked);
            Problem::malformed(field, format!("`{field}` is missing: the flow {flow} needs it."))
        }
        CreateError::NoUse(flow, asked) => {
            let field = field(asked);
            Problem::malformed(field, format!("`{field}` is of no use to the flow {flow}; leave it out."))
        }
        CreateError::NoRow(_) | CreateError::Records(_) => Problem::unavailable(),
    }
}

/// What a deployment without a credit line does instead.
fn no_credit_line(flow: &Flow) -> Problem {
    if flow.has_use_for(Asked::PartnerShares) {
        let detail = format!(
            "This deployment has no credit line, and the flow {} needs one. Send `partner_shares: true`, and hand it over to the partner of the solution who has: `GET /migrations/{{id}}/hand-off`, once the new WABA is known.",
            flow.name
        );
        return Problem::conflict("partner_shares", detail);
    }
    let detail = format!(
        "This deployment has no credit line, and the flow {} shares one. It is created in the deployment of the partner who has; or set `CreditLines`, if we have one.",
        flow.name
    );
    Problem::conflict("flow", detail)
}

const fn field(asked: Asked) -> &'static str {
    match asked {
        Asked::Waba => "waba_id",
        Asked::Number => "number",
        Asked::Destination => "destination_waba_id",
        Asked::Solution => "solution_id",
        Asked::OnePortfolio => "one_portfolio",
        Asked::OneWay => "one_way",
        Asked::PartnerShares => "partner_shares",
        Asked::HandOff => "hand_off",
    }
}

/// The same migration with a fresh link: the first link was told once, and nobody knows it any more but the one who
/// heard it. Both work.
async fn again<P: Ports>(ports: &P, kept: &Kept, asked: &CreateRequest) -> Result<CreateAnswer, Problem> {
    if !asked.flow.flow().signs_up {
        return match creation::has_ended(ports, kept.migration).await {
            Ok(false) => Ok(CreateAnswer::without_a_link(kept.migration, asked.flow.flow())),
            Ok(true) => Err(ended(kept.migration)),
            Err(_) => Err(Problem::unavailable()),
        };
    }
    let zone = reading::zone(asked.zone.as_deref())?;
    let link = fresh_link(ports, kept.migration).await?;
    let signup = Signup { flow: asked.flow.flow(), solution: asked.solution_id.clone() };
    Ok(CreateAnswer::new(ports, kept.migration, &signup, &link, &zone))
}

pub(crate) async fn fresh_link<P: Ports>(ports: &P, migration: MigrationId) -> Result<SecretString, Problem> {
    creation::fresh_link(ports, migration).await.map_err(|error| match error {
        NoLink::Ended(migration) => ended(migration),
        NoLink::Records(_) => Problem::unavailable(),
    })
}

fn ended(migration: MigrationId) -> Problem {
    let detail = format!(
        "The migration {migration} of this key has ended. Send a new key to create another for the customer."
    );
    Problem::conflict("Idempotency-Key", detail)
}

/// Up to a hundred migrations.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BatchRequest {
    #[schema(min_items = 1, max_items = 100)]
    migrations: Vec<CreateRequest>,
}

/// What each came to, in the order in which they were asked for.
#[derive(Serialize, ToSchema)]
pub(crate) struct BatchAnswer {
    results: Vec<Placed>,
}

/// What one of a batch came to, in its place.
#[derive(Serialize, ToSchema)]
#[schema(as = BatchResult)]
struct Placed {
    place: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<CreateAnswer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

/// Creates up to a hundred migrations, each in a transaction of its own: one that is refused refuses only itself.
///
/// With an `Idempotency-Key`, a batch that broke off is asked again as a whole: what was created is answered with a
/// fresh link, and the rest is created.
#[utoipa::path(post, path = "/migrations/batch", tag = "migrations",
    params(("Idempotency-Key" = Option<String>, Header, description = schemas::KEY, min_length = 1, max_length = 100)),
    request_body = BatchRequest,
    responses((status = 200, description = "What each of them came to", body = BatchAnswer)))]
pub(crate) async fn batch<P: Ports>(
    ports: &P,
    request: &ApiGatewayV2httpRequest,
) -> Result<BatchAnswer, Problem> {
    let BatchRequest { migrations } = body_of(request, MAX_BATCH)?;
    if !(1..=MOST).contains(&migrations.len()) {
        let detail =
            format!("`migrations` must name 1 to {MOST} migrations; send the rest in another batch.");
        return Err(Problem::malformed("migrations", detail));
    }
    let key = reading::key(request)?.map(|key| (reading::route_of_a_caller(request), key));
    let mut results = Vec::new();
    for (place, asked) in migrations.into_iter().enumerate() {
        let (created, problem) = match of_a_batch(ports, key.as_ref(), place, asked).await {
            Ok(created) => (Some(created), None),
            Err(problem) => (None, Some(problem)),
        };
        results.push(Placed { place, created, problem });
    }
    Ok(BatchAnswer { results })
}

/// Each has the batch's key with its place, so that a batch that broke off is asked again as a whole.
async fn of_a_batch<P: Ports>(
    ports: &P,
    key: Option<&(String, &str)>,
    place: usize,
    asked: CreateRequest,
) -> Result<CreateAnswer, Problem> {
    let Some((route, key)) = key else { return create(ports, asked, None).await };
    let body = serde_json::to_vec(&asked).map_err(|_| Problem::unavailable())?;
    let keeping = Keeping::new(route, &format!("{key}/{place}"), &body);
    match keeping.known(ports).await {
        Ok(Known::New) => create(ports, asked, Some(keeping)).await,
        Ok(Known::Same(kept)) => again(ports, &kept, &asked).await,
        Ok(Known::Another) => Err(another_request()),
        Err(_) => Err(Problem::unavailable()),
    }
}
