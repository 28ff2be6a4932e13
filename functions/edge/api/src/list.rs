//! `GET /migrations`: the board, those that need a person first.

use handover_domain::ids::{MigrationId, WabaId};
use handover_domain::state::{Status, UNKNOWN_DAY};
use handover_engine::parameters::Parameters;
use handover_engine::ports::Ports;
use handover_engine::problem::Problem;
use handover_engine::records::{Cursor, Item, Order, PARTITION, Page, Query, Records, RecordsError, Span};
use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::reading;
use crate::schemas;

/// Without a status all are listed, in this order.
pub(crate) const IN_ORDER: [Status; 6] =
    [Status::Person, Status::Open, Status::Waiting, Status::Completed, Status::Refused, Status::Cancelled];

/// A page of the board.
#[derive(Serialize, ToSchema)]
#[schema(as = Migrations)]
pub(crate) struct Listed {
    migrations: Vec<Line>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A line of the board.
#[derive(Serialize, ToSchema)]
#[schema(as = BoardLine)]
struct Line {
    #[schema(value_type = String, format = Uuid)]
    migration: MigrationId,
    #[schema(value_type = schemas::Status)]
    status: Status,
    #[schema(value_type = Option<String>, pattern = "^[0-9]{1,20}$")]
    waba: Option<WabaId>,
    /// The operator's name for the customer.
    label: Option<String>,
    /// The 1st on which the customer can send again, by the present plan.
    unblocks_on: Option<Date>,
}

/// Where a page ended: in which status, and where in it; from the beginning of it, if nowhere.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    status: Status,
    #[serde(default)]
    after: Option<Cursor>,
}

/// Lists the board. Without a status, those that need a person come first; then open, waiting, completed, refused,
/// cancelled; within a status, the next 1st first.
#[utoipa::path(get, path = "/migrations", tag = "migrations",
    params(
        ("status" = Option<String>, Query, description = "One of person, open, waiting, completed, refused, cancelled; all, if it is not said"),
        ("limit" = Option<u16>, Query, description = schemas::LIMIT, minimum = 1, maximum = 100),
        ("after" = Option<String>, Query, description = schemas::AFTER),
    ),
    responses((status = 200, description = "A page", body = Listed)))]
pub(crate) async fn list<P: Ports>(ports: &P, parameters: &Parameters) -> Result<Listed, Problem> {
    let limit = reading::limit(parameters)?;
    let statuses = statuses(parameters)?;
    let place: Option<Place> = reading::after(parameters)?;
    let begins_with = place.as_ref().map_or(statuses.first().copied(), |place| Some(place.status));
    let begins_at = statuses.iter().position(|status| Some(*status) == begins_with).ok_or_else(forged)?;
    let mut after = place.and_then(|place| place.after);
    let mut migrations: Vec<Line> = Vec::new();
    for status in statuses.iter().copied().skip(begins_at) {
        loop {
            let room = limit.saturating_sub(u16::try_from(migrations.len()).unwrap_or(limit));
            if room == 0 {
                return Ok(Listed { migrations, next: reading::next(&Place { status, after }) });
            }
            let page = page(ports, status, room, after).await?;
            migrations.extend(page.items.iter().filter_map(|item| line(status, item)));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    Ok(Listed { migrations, next: None })
}

fn statuses(parameters: &Parameters) -> Result<Vec<Status>, Problem> {
    let Some(text) = parameters.get("status") else { return Ok(IN_ORDER.to_vec()) };
    let status = serde_json::from_value(Value::from(text)).map_err(|_| {
        Problem::malformed(
            "status",
            "`status` must be one of person, open, waiting, completed, refused and cancelled.",
        )
    })?;
    Ok(vec![status])
}

async fn page<P: Ports>(
    ports: &P,
    status: Status,
    limit: u16,
    after: Option<Cursor>,
) -> Result<Page, Problem> {
    let name = serde_json::to_value(status).ok();
    let partition = name.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
    let is_given = after.is_some();
    let query = Query { order: Order::Board, partition, span: Span::All, limit, after };
    ports.records().query(&query).await.map_err(|error| match error {
        // A cursor is checked by the store: one that is not of this list is refused there.
        RecordsError::Rejected { .. } if is_given => forged(),
        _ => Problem::unavailable(),
    })
}

fn forged() -> Problem {
    Problem::malformed("after", "`after` is not a cursor of this list; begin without it.")
}

fn line(status: Status, item: &Item) -> Option<Line> {
    let migration = item.get(PARTITION)?.as_str()?.strip_prefix("M#")?.parse().ok()?;
    Some(Line {
        migration,
        status,
        waba: read(item, "waba"),
        label: read(item, "label"),
        unblocks_on: item.get("board").and_then(Value::as_str).and_then(day_of),
    })
}

/// The day with which the board's key begins; none where it is not known yet.
fn day_of(board: &str) -> Option<Date> {
    let (day, _) = board.split_once('#')?;
    day.parse().ok().filter(|day| *day != UNKNOWN_DAY)
}

fn read<T: DeserializeOwned>(item: &Item, name: &str) -> Option<T> {
    serde_json::from_value(item.get(name)?.clone()).ok()
}
