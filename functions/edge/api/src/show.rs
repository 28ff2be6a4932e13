//! `GET /migrations/{id}`: what an operator needs to know of one migration, and what they can do about it.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use handover_domain::actor::Actor;
use handover_domain::approval::{Approvals, Given};
use handover_domain::decision::Decision;
use handover_domain::flow::FlowName;
use handover_domain::ids::{BusinessId, CreditLineId, MigrationId, WabaId};
use handover_domain::outcome::WaitsFor;
use handover_domain::preflight::{self as checks, Subject};
use handover_domain::reason::Reason;
use handover_domain::severity::Severity;
use handover_domain::state::{Finding, State, Status};
use handover_domain::step::Step;
use handover_engine::ports::Ports;
use handover_engine::problem::Problem;
use handover_engine::{approvals, preflight};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::reading;
use crate::schemas;

/// A migration as it stands. Moments are RFC 3339 in UTC, dates `YYYY-MM-DD`.
#[derive(Serialize, ToSchema)]
#[schema(as = Migration)]
pub(crate) struct Shown {
    #[schema(value_type = String, format = Uuid)]
    migration: MigrationId,
    #[schema(value_type = schemas::Flow)]
    flow: FlowName,
    /// The operator's name for the customer.
    label: Option<String>,
    #[schema(value_type = Option<String>, pattern = "^[0-9]{1,20}$")]
    waba: Option<WabaId>,
    /// The WABA that the customer leaves, where they get a new one and it is known.
    #[schema(value_type = Option<String>, pattern = "^[0-9]{1,20}$")]
    source: Option<WabaId>,
    /// When the number moved into the new WABA: what was sent before is charged to the former payer, even if it is
    /// delivered later.
    cut_over_at: Option<Timestamp>,
    #[schema(value_type = schemas::Status)]
    status: Status,
    /// The row of the flow at which it stands.
    row: String,
    /// The function that runs the row.
    #[schema(value_type = schemas::Step)]
    step: Step,
    /// What an action names: it is refused if anything has happened since.
    seq: u64,
    #[schema(value_type = Option<schemas::WaitsFor>)]
    waits_for: Option<WaitsFor>,
    reason: Option<ReasonTold>,
    /// When it is looked at next; none once it has ended.
    due_at: Option<Timestamp>,
    /// When the row is late.
    deadline: Option<Timestamp>,
    /// A step is at work until then, at the latest.
    lease_until: Option<Timestamp>,
    /// The 1st on which the customer can send again, by the present plan.
    unblocks_on: Option<Date>,
    blocked_since: Option<BlockedSince>,
    signed_up_at: Option<Timestamp>,
    unshared_at: Option<Timestamp>,
    partner_added_at: Option<Timestamp>,
    partner_removed_at: Option<Timestamp>,
    findings: Vec<FindingTold>,
    /// What pre-flight has looked at, the worst first; absent before it has run.
    #[serde(skip_serializing_if = "Option::is_none")]
    preflight: Option<Vec<Looked>>,
    /// What people are to approve, where the migration stands for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    approval: Option<ApprovalTold>,
    /// The actions that can be taken now.
    #[schema(value_type = Vec<String>)]
    actions: Vec<&'static str>,
    /// The verdicts that `resolve` can give now.
    #[schema(value_type = Vec<String>)]
    verdicts: &'static [&'static str],
}

/// Why the row is not done, in words; Meta's own errors stand in the history.
#[derive(Serialize, ToSchema)]
#[schema(as = Reason)]
struct ReasonTold {
    /// A reason of ours, or `meta-<code>-<subcode>`.
    code: String,
    what: Option<&'static str>,
    /// Who acts, and how.
    action: Option<&'static str>,
}

/// Since when the customer cannot send.
#[derive(Serialize, ToSchema)]
struct BlockedSince {
    at: Timestamp,
    /// Nobody has told of the unshare, so it is the signup, which came after it.
    assumed: bool,
}

/// A share that waits for people: what they approve, how many it takes, and who has.
#[derive(Serialize, ToSchema)]
#[schema(as = Approval)]
struct ApprovalTold {
    /// Our credit line.
    #[schema(value_type = String, pattern = "^[0-9]{1,20}$")]
    line: CreditLineId,
    /// The business that it is shared with.
    #[schema(value_type = String, pattern = "^[0-9]{1,20}$")]
    business: BusinessId,
    #[schema(value_type = String, pattern = "^[0-9]{1,20}$")]
    waba: WabaId,
    currency: String,
    /// The 1st from which it would pay; null where it pays at once.
    pays_from: Option<Date>,
    /// How many different people must approve it.
    people_needed: usize,
    /// By when; after it the share waits for the next window. Null where no window is waited for.
    needed_by: Option<Timestamp>,
    given: Vec<GivenTold>,
}

/// One person's approval.
#[derive(Serialize, ToSchema)]
#[schema(as = ApprovalGiven)]
struct GivenTold {
    /// The `sub` of their token.
    by: String,
    at: Timestamp,
}

/// A row that is still open and does not hold the migration back.
#[derive(Serialize, ToSchema)]
#[schema(as = Finding)]
struct FindingTold {
    row: String,
    reason: ReasonTold,
    due_at: Option<Timestamp>,
    deadline: Option<Timestamp>,
}

/// One thing that pre-flight has looked at.
#[derive(Serialize, ToSchema)]
#[schema(as = PreflightFinding)]
struct Looked {
    /// What was looked at.
    #[schema(value_type = schemas::Subject)]
    check: Subject,
    #[schema(value_type = schemas::Severity)]
    severity: Severity,
    /// What was found, in Meta's word where it has one.
    what: String,
    /// Who acts; absent where there is nothing to do.
    #[schema(value_type = Option<schemas::Actor>)]
    who: Option<Actor>,
    /// How: the next action.
    action: Option<&'static str>,
}

/// Shows a migration: where it stands, why, and what can be done about it.
#[utoipa::path(get, path = "/migrations/{id}", tag = "migrations",
    params(("id" = String, Path, description = schemas::ID, format = Uuid)),
    responses((status = 200, description = "The migration", body = Shown)))]
pub(crate) async fn show<P: Ports>(ports: &P, request: &ApiGatewayV2httpRequest) -> Result<Shown, Problem> {
    let state = reading::state(ports, request).await?;
    let approval = approval(ports, &state).await?;
    let preflight = looked(ports, &state).await?;
    Ok(Shown { approval, preflight, ..shown(state) })
}

async fn looked<P: Ports>(ports: &P, state: &State) -> Result<Option<Vec<Looked>>, Problem> {
    let found = preflight::found(ports, state.migration).await.map_err(|_| Problem::unavailable())?;
    let looked = found.map(|found| found.looked).filter(|looked| !looked.is_empty());
    Ok(looked.map(|looked| {
        let findings = checks::findings(&looked, state.flow).into_iter();
        findings
            .map(|checks::Finding { check, severity, what, who, action }| Looked {
                check,
                severity,
                what,
                who,
                action,
            })
            .collect()
    }))
}

/// What people are to approve, where the migration stands for them.
async fn approval<P: Ports>(ports: &P, state: &State) -> Result<Option<ApprovalTold>, Problem> {
    if state.reason != Some(Reason::SHARE_NEEDS_APPROVAL) {
        return Ok(None);
    }
    let stored = approvals::read(ports, state.migration).await.map_err(|_| Problem::unavailable())?;
    Ok(stored.map(|Approvals { proposal, given, needed_by }| ApprovalTold {
        line: proposal.line,
        business: proposal.business,
        waba: proposal.waba,
        currency: proposal.currency,
        pays_from: proposal.pays_from,
        people_needed: ports.settings().approval.people(),
        needed_by,
        given: given.into_iter().map(|Given { by, at }| GivenTold { by: by.into(), at }).collect(),
    }))
}

fn shown(state: State) -> Shown {
    let verdicts = Decision::verdicts_of(&state);
    let blocked_since = state.blocked_since();
    Shown {
        actions: actions(&state, verdicts),
        verdicts,
        blocked_since: blocked_since.map(|at| BlockedSince { at, assumed: state.unshared_at.is_none() }),
        migration: state.migration,
        flow: state.flow,
        label: state.label,
        waba: state.waba,
        source: state.source,
        cut_over_at: state.cut_over_at,
        status: state.status,
        row: state.row,
        step: state.step,
        seq: state.seq,
        waits_for: state.waits_for,
        reason: state.reason.as_ref().map(told),
        due_at: state.due_at,
        deadline: state.deadline,
        lease_until: state.lease_until,
        unblocks_on: state.unblocks_on,
        signed_up_at: state.signed_up_at,
        unshared_at: state.unshared_at,
        partner_added_at: state.partner_added_at,
        partner_removed_at: state.partner_removed_at,
        findings: state.findings.iter().map(finding).collect(),
        preflight: None,
        approval: None,
    }
}

fn actions(state: &State, verdicts: &[&str]) -> Vec<&'static str> {
    if state.status.is_end() {
        return Vec::new();
    }
    let new_link = state.flow.flow().signs_up.then_some("new-link");
    let resolve = (!verdicts.is_empty()).then_some("resolve");
    let approve = (state.reason == Some(Reason::SHARE_NEEDS_APPROVAL)).then_some("approve");
    approve.into_iter().chain(["retry", "cancel"]).chain(new_link).chain(resolve).collect()
}

fn told(reason: &Reason) -> ReasonTold {
    let meaning = reason.meaning();
    ReasonTold {
        code: reason.code().to_owned(),
        what: meaning.map(|meaning| meaning.what),
        action: meaning.map(|meaning| meaning.action),
    }
}

fn finding(finding: &Finding) -> FindingTold {
    FindingTold {
        row: finding.row.clone(),
        reason: told(&finding.reason),
        due_at: finding.due_at,
        deadline: finding.deadline,
    }
}
