//! `GET /alarms`: what the last audit has found, for one of our people.

use handover_engine::alarms::{self, Alarm, Kind};
use handover_engine::ports::Ports;
use handover_engine::problem::Problem;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

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
    Ok(Listed { alarms: found.into_iter().map(line).collect() })
}

fn line(alarm: Alarm) -> Line {
    let Alarm { kind, subject, what, action, since, seen_at, is_told: _ } = alarm;
    Line { kind, subject, what, action, since, seen_at }
}
