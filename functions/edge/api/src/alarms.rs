//! `GET /alarms`: what the last audit has found, for one of our people.

use handover_domain::moment::{after, spoken};
use handover_engine::alarms::{self, Alarm, Kind};
use handover_engine::heartbeat;
use handover_engine::ports::{Clock, Ports};
use handover_engine::problem::Problem;
use handover_engine::records::RecordsError;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

/// The audit runs daily; so long a silence is no delay.
const AUDIT_IS_SILENT_AFTER: SignedDuration = SignedDuration::from_hours(26);

/// What the last audit has found.
#[derive(Serialize, ToSchema)]
#[schema(as = Alarms)]
pub(crate) struct Listed {
    alarms: Vec<Line>,
}

/// An alarm; moments are RFC 3339 in UTC.
#[derive(Serialize, ToSchema)]
#[schema(as = Alarm)]
struct Line {
    kind: Kind,
    /// What it is about: a migration, a WABA, a month or a schedule.
    subject: String,
    what: String,
    /// Who acts, and how.
    action: String,
    since: Timestamp,
    /// By the last audit that found it.
    seen_at: Timestamp,
}

/// Lists what the last audit has found, for one of our people.
#[utoipa::path(get, path = "/alarms", tag = "fleet",
    responses((status = 200, description = "The alarms", body = Listed)))]
pub(crate) async fn alarms<P: Ports>(ports: &P) -> Result<Listed, Problem> {
    let found = alarms::all(ports).await.map_err(|_| Problem::unavailable())?;
    let silent = silent_audit(ports).await.map_err(|_| Problem::unavailable())?;
    Ok(Listed { alarms: silent.into_iter().chain(found).map(line).collect() })
}

/// Whoever looks at the alarms must know whether anybody looks for them.
async fn silent_audit<P: Ports>(ports: &P) -> Result<Option<Alarm>, RecordsError> {
    let now = ports.clock().now();
    let what = match heartbeat::last(ports, "audit").await? {
        Some(at) if after(at, AUDIT_IS_SILENT_AFTER) >= now => return Ok(None),
        Some(at) => format!("the audit last ran on {}, so what follows is as it was then", spoken(at)),
        None => "the audit has never run, so nobody has looked".to_owned(),
    };
    Ok(Some(Alarm::new(Kind::AuditSilent, "audit", what, now)))
}

fn line(alarm: Alarm) -> Line {
    let Alarm { kind, subject, what, action, since, seen_at, is_told: _ } = alarm;
    Line { kind, subject, what, action, since, seen_at }
}
