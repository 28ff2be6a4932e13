//! `handover alarms`: what the last audit has found.

use handover_domain::moment::spoken;
use jiff::Timestamp;
use serde::Deserialize;

use super::Connection;

/// What `handover alarms` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    connection: Connection,
}

/// The alarms that stand.
#[derive(Debug, Deserialize)]
pub(super) struct Listed {
    alarms: Vec<Alarm>,
}

#[derive(Debug, Deserialize)]
struct Alarm {
    kind: String,
    subject: String,
    what: String,
    action: String,
    since: Timestamp,
    seen_at: Timestamp,
}

/// Prints them.
pub(super) async fn run(args: &Args) -> crate::Outcome {
    let answer = args.connection.client().await?.get("/alarms", &[]).await?;
    args.connection.print(&answer, text)
}

/// What to do, then what was found.
pub(super) fn text(listed: &Listed) -> String {
    if listed.alarms.is_empty() {
        return "Next: nothing; the last audit has left no alarm.\n".to_owned();
    }
    listed.alarms.iter().map(told).collect::<Vec<_>>().join("\n")
}

fn told(alarm: &Alarm) -> String {
    let Alarm { kind, subject, what, action, since, seen_at } = alarm;
    let (since, seen) = (spoken(*since), spoken(*seen_at));
    format!("Next: {action}\n  {what}\n  {kind}: {subject}, since {since}, last seen {seen}\n")
}
