//! Every item of the table `migrations`, held against the others: what no index shows is seen here.
//!
//! One pass gathers who is there and who is named by others; only what does not fit together is read again, because a
//! scan may be late. So the pass costs a page of the scan for a thousand items, and nothing for each of them.

use std::collections::BTreeMap;

use handover_domain::ids::{BusinessId, MigrationId, WabaId};
use handover_domain::ledger::{Intent, Ledger, SharingCall, Verdict};
use handover_domain::liability::Partnership;
use handover_domain::moment::{after, spoken};
use handover_domain::state::{State, Status};
use handover_engine::alarms::{Alarm, Kind};
use handover_engine::ports::{Clock, Ports};
use handover_engine::records::{Item, Key, PARTITION, Records, RecordsError, SORT, Scan, Table};
use handover_engine::signup_link::SignupLink;
use handover_engine::{items, ledgers, partnerships};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use crate::{Seen, Vanished, liabilities};

/// How many items are read at a time: a page of DynamoDB's is 1 MB.
const AT_A_TIME: u16 = 500;
/// A turn that is due for so long is taken by nobody.
const OVERDUE_AFTER: SignedDuration = SignedDuration::from_hours(1);
/// So many ledgers of an earlier version are put into the index by one audit; the next goes on.
const LISTED_IN_ONE_AUDIT: usize = 1_000;
/// A share that is not settled after so long will not be settled by itself.
const SETTLED_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// Who is there, and who is named.
#[derive(Default)]
struct Gathered {
    /// Every migration that has a record, and whether it has ended.
    records: BTreeMap<MigrationId, bool>,
    /// Who holds which WABA.
    locks: Vec<(WabaId, MigrationId)>,
    /// Who is named by a share or a signup link, with what that says.
    named: Vec<(MigrationId, Vanished)>,
    /// Of whom Meta has said that they are gone, or that nobody pays.
    doubted: BTreeMap<WabaId, Partnership>,
    /// Ledgers that an earlier version has written, and who is in them.
    unlisted: Vec<(Key, Vec<(WabaId, BusinessId)>)>,
}

/// Looks at the table, page by page. Answers whether there was time for all of it.
pub(crate) async fn look<P: Ports>(
    ports: &P,
    seen: &mut Seen,
    last_moment: Timestamp,
) -> Result<bool, RecordsError> {
    let mut gathered = Gathered::default();
    let mut scan = Scan { table: Table::Migrations, limit: AT_A_TIME, after: None };
    loop {
        let page = ports.records().scan(&scan).await?;
        let now = ports.clock().now();
        for item in &page.items {
            if let Err(unreadable) = one(seen, &mut gathered, item, now) {
                seen.unreadable(&unreadable, item, now);
            }
        }
        scan.after = page.next;
        if scan.after.is_none() {
            break;
        }
        if now >= last_moment {
            return Ok(false);
        }
    }
    compare(ports, seen, gathered).await?;
    Ok(true)
}

impl Seen {
    /// An item that cannot be read costs nobody else their audit.
    fn unreadable(&mut self, error: &RecordsError, item: &Item, now: Timestamp) {
        let subject = format!("{} / {}", text(item, PARTITION), text(item, SORT));
        self.alarm(Alarm::new(Kind::RecordUnreadable, subject, error.to_string(), now));
    }
}

fn one(seen: &mut Seen, gathered: &mut Gathered, item: &Item, now: Timestamp) -> Result<(), RecordsError> {
    match text(item, SORT) {
        "STATE" => state(seen, gathered, item, now),
        "LOCK" => {
            if let Ok(waba) = subject(item, "WABA#").parse() {
                let Lock { migration } = items::read(&items::lock(&waba), item.clone())?;
                gathered.locks.push((waba, migration));
            }
        }
        items::LEDGER => ledger(seen, gathered, item, now)?,
        items::PARTNERSHIP => {
            if let Ok(waba) = subject(item, "WABA#").parse() {
                let told: Partnership = items::read(&items::partnership(&waba), item.clone())?;
                if told.removed_at.is_some() || told.unpaid_at.is_some() {
                    gathered.doubted.insert(waba, told);
                }
            }
        }
        "SIGNUP" => {
            let key = Key::new(Table::Migrations, text(item, PARTITION), "SIGNUP");
            let link: SignupLink = items::read(&key, item.clone())?;
            // Before the WABA is known nothing else names a migration.
            if now < link.expires_at {
                gathered.named.push((link.migration, Vanished { waba: None, unblocks_on: None }));
            }
        }
        _ => {}
    }
    Ok(())
}

fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    item.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn subject<'a>(item: &'a Item, prefix: &str) -> &'a str {
    let partition = text(item, PARTITION);
    partition.strip_prefix(prefix).unwrap_or(partition)
}

fn state(seen: &mut Seen, gathered: &mut Gathered, item: &Item, now: Timestamp) {
    let status: Option<Status> =
        item.get("status").and_then(|status| serde_json::from_value(status.clone()).ok());
    let has_ended = status.is_some_and(Status::is_end);
    let migration = subject(item, "M#");
    if let Ok(migration) = migration.parse() {
        gathered.records.insert(migration, has_ended);
    }
    if has_ended {
        return;
    }
    let absent: Vec<&str> =
        ["due", "due_at", "status", "board"].into_iter().filter(|name| !item.contains_key(*name)).collect();
    if !absent.is_empty() {
        let what = format!("the record of {migration} lacks {}", absent.join(", "));
        seen.alarm(Alarm::new(Kind::NotIndexed, migration, what, now));
        return;
    }
    let moment = |name: &str| item.get(name)?.as_i64().and_then(|at| Timestamp::from_millisecond(at).ok());
    let is_held = moment("lease_until").is_some_and(|until| until > now);
    if let Some(due_at) = moment("due_at").filter(|due_at| after(*due_at, OVERDUE_AFTER) < now && !is_held) {
        let what = format!("{} of {migration} is due since {}", text(item, "step"), spoken(due_at));
        seen.alarm(Alarm::new(Kind::Overdue, migration, what, now));
    }
}

#[derive(Deserialize)]
struct Lock {
    migration: MigrationId,
}

fn ledger(seen: &mut Seen, gathered: &mut Gathered, item: &Item, now: Timestamp) -> Result<(), RecordsError> {
    let subject = subject(item, "SHARE#").to_owned();
    let key = Key::new(Table::Migrations, text(item, PARTITION), items::LEDGER);
    let ledger: Ledger = items::read(&key, item.clone())?;
    if let Some(Intent { migration, waba, call, recorded_at, .. }) =
        ledger.intent.as_ref().filter(|intent| after(intent.recorded_at, SETTLED_WITHIN) < now)
    {
        let call = if *call == SharingCall::Attach { "an attach" } else { "a share" };
        let what =
            format!("{call} for WABA {waba} by {migration} is not settled since {}", spoken(*recorded_at));
        seen.alarm(Alarm::new(Kind::IntentOpen, subject, what, now));
    }
    if !ledgers::is_listed(item)
        && gathered.unlisted.len() < LISTED_IN_ONE_AUDIT
        && let Some(Ok(business)) = key.partition.rsplit('#').next().map(str::parse::<BusinessId>)
    {
        let wabas = ledger.standing_entries().map(|entry| (entry.waba.clone(), business.clone()));
        gathered.unlisted.push((key, wabas.collect()));
    }
    for entry in ledger.entries.iter().filter(|entry| entry.verdict == Verdict::Shared) {
        // Nobody was promised a day who waits for none.
        let promised = Some(entry.unblocks_on).filter(|_| !entry.pays_at_once);
        let known = Vanished { waba: Some(entry.waba.clone()), unblocks_on: promised };
        gathered.named.push((entry.migration, known));
    }
    Ok(())
}

/// What does not fit together in the scan is read again before anything is said of it.
async fn compare<P: Ports>(ports: &P, seen: &mut Seen, gathered: Gathered) -> Result<(), RecordsError> {
    let Gathered { records, locks, named, mut doubted, unlisted } = gathered;
    for (key, wabas) in unlisted {
        list(ports, &key, wabas).await?;
    }
    // Whom a migration has is looked after by its rows.
    locks.iter().for_each(|(waba, _)| drop(doubted.remove(waba)));
    liabilities::look(ports, seen, doubted).await?;
    for (waba, migration) in locks {
        match records.get(&migration) {
            Some(false) => {}
            Some(true) => left_behind(ports, seen, waba, migration).await?,
            None => {
                let known = Vanished { waba: Some(waba), unblocks_on: None };
                gone(ports, seen, migration, known).await?;
            }
        }
    }
    for (migration, known) in named {
        if !records.contains_key(&migration) {
            gone(ports, seen, migration, known).await?;
        }
    }
    Ok(())
}

/// A LOCK of a migration that has ended; if it has ended between the two reads, the LOCK is gone by now.
async fn left_behind<P: Ports>(
    ports: &P,
    seen: &mut Seen,
    waba: WabaId,
    migration: MigrationId,
) -> Result<(), RecordsError> {
    let held = ports.records().read(&items::lock(&waba)).await?;
    let by = held.and_then(|lock| serde_json::from_value::<Lock>(Value::Object(lock)).ok());
    if by.is_some_and(|lock| lock.migration == migration) {
        let what = format!("WABA {waba} is held by {migration}, which has ended");
        seen.alarm(Alarm::new(Kind::LockLeft, waba.as_str(), what, ports.clock().now()));
    }
    Ok(())
}

/// Has a ledger of an earlier version stand in the index, and keeps who owns the WABAs that are in it.
async fn list<P: Ports>(
    ports: &P,
    ledger: &Key,
    wabas: Vec<(WabaId, BusinessId)>,
) -> Result<(), RecordsError> {
    for (waba, owner) in wabas {
        ports.records().write(&partnerships::learned(&waba, &owner)).await?;
    }
    // Last, for it is what says that the rest is done.
    ports.records().write(&ledgers::list_it(ledger)).await?;
    Ok(())
}

/// Named by what is left of it: LOCK, link and ledger may all know it, and the ledger knows the date.
async fn gone<P: Ports>(
    ports: &P,
    seen: &mut Seen,
    migration: MigrationId,
    known: Vanished,
) -> Result<(), RecordsError> {
    let key = items::state(migration);
    if ports.records().read(&key).await?.is_some() {
        return Ok(());
    }
    let is_better = |before: &Vanished| {
        (known.unblocks_on.is_some(), known.waba.is_some())
            > (before.unblocks_on.is_some(), before.waba.is_some())
    };
    if seen.vanished.get(&migration).is_none_or(is_better) {
        let waba = known.waba.as_ref().map_or_else(String::new, |waba| format!("; it holds WABA {waba}"));
        let what = match (known.unblocks_on, &known.waba) {
            (Some(day), Some(waba)) => {
                format!("the record of {migration} is gone; WABA {waba} was promised {day}")
            }
            _ => format!("the record of {migration} is gone{waba}"),
        };
        seen.alarm(Alarm::new(Kind::RecordGone, migration.to_string(), what, ports.clock().now()));
        seen.vanished.insert(migration, known);
    }
    Ok(())
}

/// The record of a migration; none if it is gone, or cannot be read.
pub(crate) async fn record<P: Ports>(
    ports: &P,
    migration: MigrationId,
) -> Result<Option<State>, RecordsError> {
    let key = items::state(migration);
    let item = ports.records().read(&key).await?;
    Ok(item.and_then(|item| items::read(&key, item).ok()))
}
