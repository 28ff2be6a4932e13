//! `GET /migrations/{id}/history` and `/events`: what has happened, oldest first, a page at a time.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use handover_domain::ids::MigrationId;
use handover_domain::state::{State, Status};
use handover_domain::step::Step;
use handover_engine::items;
use handover_engine::parameters::Parameters;
use handover_engine::ports::Ports;
use handover_engine::problem::Problem;
use handover_engine::public_events::{self, ANNOUNCED, CustomerMoved, CustomerUnblocked, Told};
use handover_engine::records::{
    Cursor, Item, Key, Order, PARTITION, Page, Query, Records, RecordsError, SORT, Span, Table,
};
use handover_engine::writes::HistoryEntry;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::reading;
use crate::schemas;

/// A page of the history, oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct History {
    entries: Vec<Line>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// One thing that happened.
#[derive(Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[schema(as = HistoryLine)]
enum Line {
    /// A turn of a step, or an operator's action.
    Entry {
        seq: u64,
        at: Timestamp,
        row: String,
        step: String,
        outcome: String,
        action: Option<String>,
        /// Whose action it was: the `sub` of their token.
        by: Option<String>,
        reason: Option<String>,
        #[schema(value_type = schemas::Status)]
        status: Status,
        evidence: Vec<String>,
        /// Meta's whole error, where there was one.
        #[schema(value_type = Option<Object>)]
        error: Option<Value>,
    },
    /// What somebody noted beside the steps, such as a signup.
    Note {
        at: Timestamp,
        #[schema(value_type = Object)]
        note: Value,
    },
}

impl Line {
    const fn at(&self) -> Timestamp {
        match self {
            Self::Entry { at, .. } | Self::Note { at, .. } => *at,
        }
    }
}

/// Where a page ended among the entries, and among the notes.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    /// Of which history it is.
    migration: MigrationId,
    #[serde(default)]
    entry: Option<String>,
    #[serde(default)]
    note: Option<String>,
}

impl Place {
    const fn beginning(migration: MigrationId) -> Self {
        Self { migration, entry: None, note: None }
    }
}

fn forged() -> Problem {
    Problem::malformed("after", "`after` is not a cursor of this history; begin without it.")
}

/// Shows what has happened: what the steps and the operators did, and what was noted beside them, by time.
#[utoipa::path(get, path = "/migrations/{id}/history", tag = "migrations",
    params(
        ("id" = String, Path, description = schemas::ID, format = Uuid),
        ("limit" = Option<u16>, Query, description = schemas::LIMIT, minimum = 1, maximum = 100),
        ("after" = Option<String>, Query, description = schemas::AFTER),
    ),
    responses((status = 200, description = "A page", body = History)))]
pub(crate) async fn history<P: Ports>(
    ports: &P,
    request: &ApiGatewayV2httpRequest,
    parameters: &Parameters,
) -> Result<History, Problem> {
    // As many of each are read as a page may need.
    let limit = reading::limit(parameters)?;
    let place: Option<Place> = reading::after(parameters)?;
    let migration = reading::state(ports, request).await?.migration;
    let place = place.unwrap_or_else(|| Place::beginning(migration));
    if place.migration != migration {
        return Err(forged());
    }
    let entries = page(ports, migration, "H#", limit, place.entry.as_deref()).await?;
    let notes = page(ports, migration, "N#", limit, place.note.as_deref()).await?;
    let is_more = entries.next.is_some() || notes.next.is_some();
    let mut lines = Vec::new();
    for item in entries.items {
        let sort = sort_of(&item);
        lines.push((sort, entry(ports, migration, item).await?));
    }
    lines.extend(notes.items.into_iter().filter_map(|item| Some((sort_of(&item), note(item)?))));
    lines.sort_by_key(|(_, line)| line.at());
    let is_cut = lines.len() > usize::from(limit);
    lines.truncate(usize::from(limit));
    let last = |is: fn(&Line) -> bool| lines.iter().rfind(|(_, line)| is(line)).map(|(sort, _)| sort.clone());
    let place = Place {
        migration,
        entry: last(|line| matches!(line, Line::Entry { .. })).or(place.entry),
        note: last(|line| matches!(line, Line::Note { .. })).or(place.note),
    };
    let next = if is_more || is_cut { reading::next(&place) } else { None };
    Ok(History { entries: lines.into_iter().map(|(_, line)| line).collect(), next })
}

async fn page<P: Ports>(
    ports: &P,
    migration: MigrationId,
    prefix: &str,
    limit: u16,
    after: Option<&str>,
) -> Result<Page, Problem> {
    let Key { partition, .. } = items::history(migration, 0);
    let cursor = |sort: &str| {
        let keys = [(PARTITION, partition.as_str()), (SORT, sort)];
        Cursor(keys.map(|(name, value)| (name.to_owned(), Value::from(value))).into_iter().collect())
    };
    if after.is_some_and(|after| !after.starts_with(prefix)) {
        return Err(forged());
    }
    let query = Query {
        order: Order::Table(Table::Journal),
        partition: partition.clone(),
        span: Span::Prefix(prefix.to_owned()),
        limit,
        after: after.map(cursor),
    };
    ports.records().query(&query).await.map_err(|error| match error {
        RecordsError::Rejected { .. } if after.is_some() => forged(),
        _ => Problem::unavailable(),
    })
}

fn sort_of(item: &Item) -> String {
    item.get(SORT).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn seq_of(item: &Item) -> u64 {
    sort_of(item).strip_prefix("H#").and_then(|seq| seq.parse().ok()).unwrap_or_default()
}

async fn entry<P: Ports>(ports: &P, migration: MigrationId, item: Item) -> Result<Line, Problem> {
    let seq = seq_of(&item);
    let key = items::history(migration, seq);
    let entry: HistoryEntry = items::read(&key, item).map_err(|_| Problem::unavailable())?;
    let error = match entry.reason {
        Some(_) => ports.records().read(&items::error(migration, seq)).await,
        None => Ok(None),
    };
    Ok(Line::Entry {
        seq,
        at: entry.at,
        row: entry.row,
        step: entry.step.to_string(),
        outcome: entry.outcome,
        action: entry.action,
        by: entry.by.map(String::from),
        reason: entry.reason,
        status: entry.status,
        evidence: entry.evidence,
        error: error.map_err(|_| Problem::unavailable())?.map(Value::Object),
    })
}

fn note(mut item: Item) -> Option<Line> {
    item.remove(PARTITION);
    item.remove(SORT);
    let at = Timestamp::from_millisecond(item.remove("at")?.as_i64()?).ok()?;
    Some(Line::Note { at, note: Value::Object(item) })
}

/// The public events of a migration, oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Events {
    events: Vec<Event>,
    /// The `seq` to go on after, as long as there may be more.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<u64>,
}

/// An event as it was on the bus.
#[derive(Serialize, ToSchema)]
struct Event {
    #[serde(rename = "type")]
    kind: &'static str,
    seq: u64,
    /// As `docs/events.md` has it.
    #[schema(value_type = Object)]
    detail: Value,
}

/// Shows the public events again, for whoever was not listening on the bus.
#[utoipa::path(get, path = "/migrations/{id}/events", tag = "migrations",
    params(
        ("id" = String, Path, description = schemas::ID, format = Uuid),
        ("limit" = Option<u16>, Query, description = "How many entries of the history are read for them; 50 if it is not said", minimum = 1, maximum = 100),
        ("after" = Option<u64>, Query, description = "The `seq` of the last event you have"),
    ),
    responses((status = 200, description = "A page", body = Events)))]
pub(crate) async fn events<P: Ports>(
    ports: &P,
    request: &ApiGatewayV2httpRequest,
    parameters: &Parameters,
) -> Result<Events, Problem> {
    let limit = reading::limit(parameters)?;
    let after: u64 = match parameters.get("after").map(str::parse) {
        None => 0,
        Some(Ok(seq)) => seq,
        Some(Err(_)) => {
            return Err(Problem::malformed("after", "`after` must be the `seq` of the last event you have."));
        }
    };
    let state = reading::state(ports, request).await?;
    // The entry before is read too: what is told is what has changed.
    let begins = after.checked_sub(1).map(|seq| items::history(state.migration, seq).sort);
    let page = page(ports, state.migration, "H#", limit.saturating_add(1), begins.as_deref()).await?;
    let is_more = page.next.is_some();
    let mut before: Option<Told> = None;
    let mut last = after;
    let mut events = Vec::new();
    for item in page.items {
        let told = told(&state, item)?;
        if told.seq > after {
            events.extend(of_entry(ports, &state, before.as_ref(), &told).await?);
            last = told.seq;
        }
        before = Some(told);
    }
    Ok(Events { events, next: is_more.then_some(last) })
}

fn told(state: &State, item: Item) -> Result<Told, Problem> {
    let seq = seq_of(&item);
    let entry =
        items::read(&items::history(state.migration, seq), item).map_err(|_| Problem::unavailable())?;
    Ok(Told { seq, entry })
}

/// What `announce` has put on the bus, which it keeps in the commit of its row.
async fn announced<P: Ports>(ports: &P, state: &State, seq: u64) -> Result<Option<Event>, Problem> {
    let key = items::detail(state.migration, ANNOUNCED);
    let kept = ports.records().read(&key).await.map_err(|_| Problem::unavailable())?;
    let Some(item) = kept else { return Ok(None) };
    let unreadable = |_| Problem::unavailable();
    let (kind, detail) = if state.flow.flow().moves {
        (CustomerMoved::NAME, json!(items::read::<CustomerMoved>(&key, item).map_err(unreadable)?))
    } else {
        (CustomerUnblocked::NAME, json!(items::read::<CustomerUnblocked>(&key, item).map_err(unreadable)?))
    };
    Ok(Some(Event { kind, seq, detail }))
}

async fn of_entry<P: Ports>(
    ports: &P,
    state: &State,
    before: Option<&Told>,
    told: &Told,
) -> Result<Vec<Event>, Problem> {
    let mut events = Vec::new();
    if told.entry.step == Step::Announce && told.entry.outcome == "done" {
        events.extend(announced(ports, state, told.seq).await?);
    }
    let hints = public_events::hints_of_history(state, before, told);
    events.extend(hints.into_iter().map(|(kind, hint)| Event { kind, seq: told.seq, detail: json!(hint) }));
    Ok(events)
}
