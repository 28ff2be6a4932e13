//! RUN: the roll call of a month, frozen on the 1st and closed when everyone is accounted for.

use handover_domain::ids::{MigrationId, WabaId};
use handover_domain::roll_call::Counts;
use handover_domain::state::Status;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::serde::timestamp::millisecond;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::items;
use crate::ports::Ports;
use crate::records::{
    Cursor, Expectation, Item, Key, Order, PARTITION, Page, Query, Records, RecordsError, Span, Table, Write,
};
use crate::writes;

/// The roll call of one 1st.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RollCall {
    /// Grows with every write; the expectation of the next.
    pub rev: u64,
    /// The 1st.
    pub day: Date,
    /// How far it has come.
    pub phase: Phase,
    /// Where it goes on; nowhere, where a phase begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// How many should be able to send from that day on: counted once.
    pub expected: u64,
    /// Since when that count stands.
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub frozen_at: Option<Timestamp>,
    /// How many wakes were written, over all rounds.
    pub woken: u64,
    /// What became of them, by the last audit.
    #[serde(default)]
    pub counts: Counts,
    /// When everyone was accounted for; open before.
    #[serde(default, with = "millisecond::optional", skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
}

/// How far a roll call has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Those who are expected are counted.
    Counting,
    /// Those who are not proved to be active are woken.
    Waking,
    /// Every one of them was woken in this round.
    Through,
}

/// A place on the board: a status, and where in it; from its beginning, if nowhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The status.
    pub status: Status,
    /// Where the page before ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Cursor>,
}

/// Somebody who cannot send yet though their 1st is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Missing {
    /// The migration.
    #[schema(value_type = String, format = Uuid)]
    pub migration: MigrationId,
    /// Its WABA.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, pattern = "^[0-9]{1,20}$")]
    pub waba: Option<WabaId>,
    /// The operator's name for the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What the board shows; none if the record is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub status: Option<Status>,
    /// Why, by code.
    pub reason: String,
}

/// The reason of somebody whose record is gone.
pub const VANISHED: &str = "record-gone";

impl RollCall {
    /// A roll call that has not begun.
    #[must_use]
    pub fn new(day: Date) -> Self {
        Self {
            rev: 0,
            day,
            phase: Phase::Counting,
            place: None,
            expected: 0,
            frozen_at: None,
            woken: 0,
            counts: Counts::default(),
            closed_at: None,
        }
    }

    /// Where the roll call of that day lies.
    #[must_use]
    pub fn key(day: Date) -> Key {
        Key::new(Table::Migrations, partition(day), "RUN")
    }

    /// Reads the roll call of that day; none if it was never begun.
    ///
    /// # Errors
    ///
    /// What the record says.
    pub async fn read<P: Ports>(ports: &P, day: Date) -> Result<Option<Self>, RecordsError> {
        items::stored(ports.records(), &Self::key(day)).await
    }

    /// The write of this roll call in the place of the one it was read as; the next `rev` is in it.
    ///
    /// # Errors
    ///
    /// If it cannot be written as an item: a defect of this version.
    pub fn write(&mut self) -> Result<Write, RecordsError> {
        let unmoved =
            if self.rev == 0 { Expectation::Absent } else { Expectation::Is("rev", json!(self.rev)) };
        self.rev = self.rev.saturating_add(1);
        let key = Self::key(self.day);
        let item = items::written(&key, self)?;
        Ok(writes::put(key, item, vec![unmoved]))
    }
}

impl Missing {
    /// Where the row of this one lies.
    #[must_use]
    pub fn key(&self, day: Date) -> Key {
        Key::new(Table::Migrations, partition(day), format!("{ROW}{}", self.migration))
    }
}

/// How the sort keys of the missing begin.
const ROW: &str = "ROW#";
/// How many of them are read at a time.
const AT_A_TIME: u16 = 500;

/// The partition of a roll call.
#[must_use]
pub fn partition(day: Date) -> String {
    format!("RUN#{}", day.strftime("%Y-%m"))
}

/// A line of the board of that 1st.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The migration.
    pub migration: MigrationId,
    /// Its WABA.
    pub waba: Option<WabaId>,
    /// The operator's name for the customer.
    pub label: Option<String>,
}

/// A page of those on the board with that status whose 1st it is.
///
/// # Errors
///
/// What the record says.
pub async fn members<P: Ports>(
    ports: &P,
    day: Date,
    place: &Place,
    limit: u16,
) -> Result<(Vec<Member>, Option<Cursor>), RecordsError> {
    let status = json!(place.status);
    let query = Query {
        order: Order::Board,
        partition: status.as_str().unwrap_or_default().to_owned(),
        span: Span::Prefix(format!("{day}#")),
        limit,
        after: place.after.clone(),
    };
    let Page { items, next } = ports.records().query(&query).await?;
    Ok((items.iter().filter_map(member).collect(), next))
}

fn member(item: &Item) -> Option<Member> {
    let text = |name: &str| item.get(name)?.as_str();
    Some(Member {
        migration: text(PARTITION)?.strip_prefix("M#")?.parse().ok()?,
        waba: text("waba").and_then(|waba| waba.parse().ok()),
        label: text("label").map(str::to_owned),
    })
}

/// Everyone who is kept as missing on that 1st.
///
/// # Errors
///
/// What the record says.
pub async fn missing<P: Ports>(ports: &P, day: Date) -> Result<Vec<Missing>, RecordsError> {
    let mut query = Query {
        order: Order::Table(Table::Migrations),
        partition: partition(day),
        span: Span::Prefix(ROW.to_owned()),
        limit: AT_A_TIME,
        after: None,
    };
    let mut missing = Vec::new();
    loop {
        let page = ports.records().query(&query).await?;
        for item in page.items {
            missing.push(items::read(&RollCall::key(day), item)?);
        }
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(missing),
        }
    }
}
