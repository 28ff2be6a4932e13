//! Alarms: what the audit has found that no step would notice, for one of our people.

use jiff::Timestamp;
use jiff::fmt::serde::timestamp::millisecond;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::items;
use crate::ports::{Event, Ports};
use crate::records::{Key, Order, Query, Records, RecordsError, Span, Table};

/// The partition of the journal in which they lie.
const PARTITION: &str = "ALARM";
/// How many are read at a time.
const AT_A_TIME: u16 = 100;

/// The kinds of alarms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = AlarmKind)]
pub enum Kind {
    /// The sweep has not run.
    SweepSilent,
    /// Nobody has taken the roll call of this month.
    RollCallMissing,
    /// The 3rd has come, and somebody is missing.
    RollCallOpen,
    /// A live migration is in no index, so neither sweep nor board shows it.
    NotIndexed,
    /// A turn is due since more than an hour.
    Overdue,
    /// A share was begun a day ago and is not settled.
    IntentOpen,
    /// A migration that holds a WABA, or has shared a credit line, has no record any more.
    RecordGone,
    /// An ended migration still holds its WABA.
    LockLeft,
    /// Our credit line pays for a WABA whose customer has left.
    CustomerLeft,
    /// Our credit line should pay for a WABA, and a message of its customer was refused for want of payment.
    CustomerUnpaid,
    /// A record cannot be read by this version.
    RecordUnreadable,
    /// The audit had no time for all of the table.
    AuditIncomplete,
    /// The audit has not run; said where the alarms are read.
    AuditSilent,
}

impl Kind {
    /// The kind as it is stored and counted.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SweepSilent => "sweep-silent",
            Self::RollCallMissing => "roll-call-missing",
            Self::RollCallOpen => "roll-call-open",
            Self::NotIndexed => "not-indexed",
            Self::Overdue => "overdue",
            Self::IntentOpen => "intent-open",
            Self::RecordGone => "record-gone",
            Self::LockLeft => "lock-left",
            Self::CustomerLeft => "customer-left",
            Self::CustomerUnpaid => "customer-unpaid",
            Self::RecordUnreadable => "record-unreadable",
            Self::AuditIncomplete => "audit-incomplete",
            Self::AuditSilent => "audit-silent",
        }
    }

    /// Who acts, and how.
    #[must_use]
    pub const fn action(self) -> &'static str {
        match self {
            Self::SweepSilent => {
                "An operator looks at the schedule and the log of sweep-due: without it a lost event is never made up for."
            }
            Self::RollCallMissing => {
                "An operator looks at the schedule and the log of monthly-activation, and starts it by hand with the event in infra/events/schedule.json."
            }
            Self::RollCallOpen => {
                "An operator goes through GET /roll-calls/{month} and takes each missing customer to Meta Direct Support."
            }
            Self::NotIndexed => {
                "An operator puts the missing attributes back into the item: `due` is DUE, `due_at` the moment in milliseconds at which to run it, `status` and `board` are as before. Then the sweep takes it; find out who wrote the item by hand."
            }
            Self::Overdue => {
                "An operator looks at the log of the function for this migration, and asks for a retry when its fault is gone."
            }
            Self::IntentOpen => {
                "An operator reads the allocations of this business at Meta and resolves the share: applied or not_applied."
            }
            Self::RecordGone => {
                "An operator restores the record from the table's backup; until then nobody looks after this customer."
            }
            Self::LockLeft => {
                "An operator deletes the LOCK of this WABA; until then no new migration can be created for it."
            }
            Self::CustomerLeft => {
                "An operator looks at `handover liabilities`, which lists every WABA of the business that a revocation hits, and takes the share back if none of them is to be paid for."
            }
            Self::CustomerUnpaid => {
                "An operator looks at Business Settings > Billing & payments (our line: its limit, its state) and at the WABA (suspended, currency, time zone); handover explain 131042 has the causes. If the customer has left, `handover liabilities` says what can be taken back."
            }
            Self::RecordUnreadable => {
                "An operator compares the item with a healthy one; it was written by hand, or by another version, and nothing looks after it."
            }
            Self::AuditSilent => {
                "An operator looks at the schedule and the log of audit: without it nobody sees what no step notices."
            }
            Self::AuditIncomplete => {
                "An administrator raises the functions' timeout (FunctionTimeout in the template); what lies behind the place where it stopped was looked at by nobody."
            }
        }
    }
}

/// The item ALARM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// Its kind.
    pub kind: Kind,
    /// What it is about: a migration, a WABA, a ledger, a function, a month.
    pub subject: String,
    /// What was found.
    pub what: String,
    /// Who acts, and how.
    pub action: String,
    /// When it was first found.
    #[serde(with = "millisecond::required")]
    pub since: Timestamp,
    /// When it was last found.
    #[serde(with = "millisecond::required")]
    pub seen_at: Timestamp,
    /// Whether the bus has taken its event.
    #[serde(default)]
    pub is_told: bool,
}

impl Alarm {
    /// An alarm that is found now for the first time.
    #[must_use]
    pub fn new(kind: Kind, subject: impl Into<String>, what: impl Into<String>, now: Timestamp) -> Self {
        let (subject, what, action) = (subject.into(), what.into(), kind.action().to_owned());
        Self { kind, subject, what, action, since: now, seen_at: now, is_told: false }
    }

    /// Where it lies: the same as long as it lasts.
    #[must_use]
    pub fn key(&self) -> Key {
        Key::new(Table::Journal, PARTITION, format!("{}#{}", self.kind.name(), self.subject))
    }

    /// The event that calls a person, the same however often it is put.
    #[must_use]
    pub fn event(&self) -> Event {
        let Self { kind, subject, what, action, .. } = self;
        Event {
            detail_type: "PersonNeeded",
            detail: json!({
                "id": format!("alarm-{}-{subject}-{}", kind.name(), self.since.as_millisecond()),
                "alarm": kind,
                "subject": subject,
                "what": what,
                "action": action,
            }),
            trace: None,
        }
    }
}

/// Every alarm that is on.
///
/// # Errors
///
/// What the record says.
pub async fn all<P: Ports>(ports: &P) -> Result<Vec<Alarm>, RecordsError> {
    let mut query = Query {
        order: Order::Table(Table::Journal),
        partition: PARTITION.to_owned(),
        span: Span::All,
        limit: AT_A_TIME,
        after: None,
    };
    let mut alarms = Vec::new();
    loop {
        let page = ports.records().query(&query).await?;
        for item in page.items {
            alarms.push(items::read(&Key::new(Table::Journal, PARTITION, ""), item)?);
        }
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(alarms),
        }
    }
}
