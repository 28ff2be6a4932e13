//! `GET /doctor`: whether our own set-up at Meta is ready, before a customer depends on it.

mod findings;

use handover_domain::severity::Severity;
use handover_engine::ports::{Clock, Ports, Vault};
use handover_engine::problem::Problem;
use handover_graph::call;
use handover_graph::calls::app::{ListAppSolutions, ListSubscriptions, Subscription};
use handover_graph::calls::credit_lines::ListCreditLines;
use handover_graph::calls::debug_token::DebugToken;
use handover_graph::error::GraphError;
use handover_graph::secret::Token;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Look;
use findings::Finding;

/// Whether our set-up is ready.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Doctor)]
pub(crate) struct Examined {
    /// Whether nothing that was found stops a migration. What could not be read is not known to be well.
    ready: bool,
    /// What was looked at, the worst first.
    findings: Vec<Finding>,
}

/// Looks at the app, its permissions and token, its webhooks, the credit lines, the solutions, and the version of the Graph
/// API.
#[utoipa::path(get, path = "/doctor", tag = "looks",
    responses((status = 200, description = "What was found", body = Examined)))]
pub(crate) async fn doctor<P: Ports>(look: &Look<'_, P>) -> Result<Examined, Problem> {
    let settings = look.ports.settings();
    let now = look.ports.clock().now();
    let debugged = look.call(&DebugToken { input: look.token.access().clone() }).await;
    let mut findings = findings::of_token(&debugged, settings, now);
    findings.push(findings::of_webhooks(&subscriptions(look).await?));
    let lines = look.list_or_without(ListCreditLines::of(&settings.business)).await;
    findings.push(findings::of_credit_lines(&lines, settings));
    let solutions = look.list(ListAppSolutions { app: settings.app.clone(), after: None }).await;
    findings.push(findings::of_solutions(&solutions));
    findings.push(findings::of_version(&settings.graph_version, now));
    findings.sort_by_key(|finding| finding.severity);
    Ok(Examined { ready: findings.iter().all(|finding| finding.severity != Severity::Stops), findings })
}

/// With the token of the app itself, as Meta wants it.
async fn subscriptions<P: Ports>(
    look: &Look<'_, P>,
) -> Result<Result<Vec<Subscription>, GraphError>, Problem> {
    let app = &look.ports.settings().app;
    let secret = look.ports.vault().app_secret().await.map_err(|_| Problem::unavailable())?;
    let caller = Token::of_app(app, &secret);
    let list = ListSubscriptions { app: app.clone() };
    Ok(call::send(look.ports.graph(), &list, Some(&caller), look.ends_by).await)
}
