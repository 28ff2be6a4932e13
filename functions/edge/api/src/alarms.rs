//! `GET /alarms`: what the last audit has found, for one of our people.

use handover_engine::alarms::{self, Alarm, Kind};
use handover_engine::ports::Ports;
use handover_engine::problem::Problem;
use jiff::Timestamp;
use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct Listed {
    alarms: Vec<Line>,
}

/// An alarm; moments are RFC 3339 in UTC.
#[derive(Serialize)]
struct Line {
    kind: Kind,
    subject: String,
    what: String,
    action: String,
    since: Timestamp,
    seen_at: Timestamp,
}

pub(crate) async fn alarms<P: Ports>(ports: &P) -> Result<Listed, Problem> {
    let found = alarms::all(ports).await.map_err(|_| Problem::unavailable())?;
    Ok(Listed { alarms: found.into_iter().map(line).collect() })
}

fn line(alarm: Alarm) -> Line {
    let Alarm { kind, subject, what, action, since, seen_at } = alarm;
    Line { kind, subject, what, action, since, seen_at }
}
