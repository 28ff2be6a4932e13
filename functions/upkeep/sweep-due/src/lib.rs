//! Emits what is due and was not run: whatever event was lost, a minute later it is said again (rule 9).

use aws_lambda_events::eventbridge::EventBridgeEvent;
use handover_domain::flow::{Deadline, FlowName};
use handover_domain::ids::MigrationId;
use handover_domain::moment::{after, millis};
use handover_domain::step::Step;
use handover_engine::heartbeat;
use handover_engine::ports::{Bus, BusError, Clock, Ports};
use handover_engine::public_events::step_due;
use handover_engine::records::{Item, Order, PARTITION, Query, Records, RecordsError, Span};
use handover_engine::runner::StepDue;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// At most so many turns a sweep: a rate that the calls of Meta's allow (facts 14), a thousand a minute.
const MOST_TURNS: usize = 1_000;
/// At most so many turns are looked at to find them, each an id and two numbers: twenty minutes of work at that
/// rate. What came due after them is seen as soon as some of them have been run.
const MOST_LOOKED_AT: usize = 20_000;
/// How many turns are read at a time, about what fits into a page of DynamoDB's with room to spare.
const READ_AT_A_TIME: u16 = 1_000;
/// How many turns are put at a time.
const PUT_AT_A_TIME: usize = 100;

/// A turn that is due for so long is taken by nobody.
const OVERDUE_AFTER: SignedDuration = SignedDuration::from_hours(1);
/// A deadline that comes within this wants somebody to look.
const CLOSES_WITHIN: SignedDuration = SignedDuration::from_hours(2);

/// What a sweep did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Swept {
    /// Turns that were put on the bus.
    pub put: usize,
    /// Turns that the bus did not take; the next sweep puts them again.
    pub not_taken: usize,
    /// Turns that are due since more than an hour: nobody takes them.
    pub overdue: usize,
    /// Turns whose deadline comes within two hours: a share before its window closes, for one.
    pub closing_soon: usize,
}

/// Why a sweep broke off; the next one begins anew.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The record gave no answer.
    #[error("the sweep could not read what is due; the next one begins anew in a minute")]
    Records(#[from] RecordsError),
    /// The bus gave no answer.
    #[error("the sweep could not put what is due; the next one begins anew in a minute")]
    Bus(#[from] BusError),
}

/// Puts a `StepDue` for the turns that are due, the oldest deadline first, up to the rate.
///
/// All that is due is looked at before the rate cuts it, so that turns which came due long ago and never
/// commit cannot hide the one whose window is about to close.
///
/// # Errors
///
/// [`SweepError`] if record or bus gave no answer.
pub async fn handle<P: Ports>(ports: &P, _tick: EventBridgeEvent<Value>) -> Result<Swept, SweepError> {
    let now = ports.clock().now();
    let mut turns = due(ports, now).await?;
    // Stable: of equal deadlines the one that came due first.
    turns.sort_by_key(|turn| turn.deadline);
    let hour_ago = millis(after(now, -OVERDUE_AFTER));
    let soon = millis(now)..=millis(after(now, CLOSES_WITHIN));
    let mut swept = Swept {
        overdue: turns.iter().filter(|turn| turn.due_at < hour_ago).count(),
        closing_soon: turns.iter().filter(|turn| soon.contains(&turn.deadline) && turn.has_a_window).count(),
        ..Swept::default()
    };
    turns.truncate(MOST_TURNS);
    for some in turns.chunks(PUT_AT_A_TIME) {
        let events: Vec<_> = some.iter().map(|turn| step_due(&turn.due, None)).collect();
        let not_taken = ports.bus().put(&events).await?.len();
        swept.not_taken += not_taken;
        swept.put += events.len() - not_taken;
    }
    heartbeat::beat(ports, "sweep-due").await?;
    Ok(swept)
}

/// Whether a row of this step's must be done, in this flow, before the share window closes. Other deadlines are minutes
/// away when the turn begins, and missing one costs no month.
fn has_a_window(flow: FlowName, step: Step) -> bool {
    flow.flow().rows.iter().any(|row| row.run_by == step && row.deadline == Deadline::WindowCloses)
}

/// A turn that is due.
struct Turn {
    due: StepDue,
    due_at: i64,
    /// None counts as the latest.
    deadline: i64,
    has_a_window: bool,
}

/// What is due, by the moment it came due.
async fn due<P: Ports>(ports: &P, now: Timestamp) -> Result<Vec<Turn>, RecordsError> {
    let mut query = Query {
        order: Order::Due,
        partition: "DUE".to_owned(),
        span: Span::UpTo(millis(now)),
        limit: READ_AT_A_TIME,
        after: None,
    };
    let mut turns = Vec::new();
    loop {
        let page = ports.records().query(&query).await?;
        turns.extend(page.items.iter().filter_map(turn));
        match page.next {
            Some(next) if turns.len() < MOST_LOOKED_AT => query.after = Some(next),
            _ => return Ok(turns),
        }
    }
}

/// One line of the index `due`. A line that is not of this form is for the audit, not for the sweep.
fn turn(item: &Item) -> Option<Turn> {
    let migration: MigrationId = item.get(PARTITION)?.as_str()?.strip_prefix("M#")?.parse().ok()?;
    let step: Step = serde_json::from_value(item.get("step")?.clone()).ok()?;
    let flow: FlowName = serde_json::from_value(item.get("flow")?.clone()).ok()?;
    let seq = item.get("seq")?.as_u64()?;
    let moment = |name: &str| item.get(name).and_then(Value::as_i64);
    let due = StepDue { migration, step, seq };
    Some(Turn {
        due,
        due_at: moment("due_at")?,
        deadline: moment("deadline").unwrap_or(i64::MAX),
        has_a_window: has_a_window(flow, step),
    })
}
