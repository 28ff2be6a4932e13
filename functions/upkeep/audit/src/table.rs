//! Every item of the table `migrations`, held against the others: what no index shows is seen here.

use handover_domain::ids::{MigrationId, WabaId};
use handover_domain::ledger::{Intent, Ledger, Verdict};
use handover_domain::moment::{after, spoken};
use handover_domain::state::{State, Status};
use handover_engine::alarms::{Alarm, Kind};
use handover_engine::items;
use handover_engine::ports::{Clock, Ports};
use handover_engine::records::{Item, PARTITION, Records, RecordsError, SORT, Scan, Table};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use crate::{Seen, Vanished};

/// How many items are read at a time: a page of DynamoDB's is 1 MB.
const AT_A_TIME: u16 = 500;
/// A turn that is due for so long is taken by nobody.
const OVERDUE_AFTER: SignedDuration = SignedDuration::from_hours(1);
/// A share that is not settled after so long will not be settled by itself.
const SETTLED_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// Looks at the table, page by page. Answers whether there was time for all of it.
pub(crate) async fn look<P: Ports>(
    ports: &P,
    seen: &mut Seen,
    last_moment: Timestamp,
) -> Result<bool, RecordsError> {
    let mut scan = Scan { table: Table::Migrations, limit: AT_A_TIME, after: None };
    loop {
        let page = ports.records().scan(&scan).await?;
        for item in &page.items {
            match text(item, SORT) {
                "STATE" => state(seen, item, ports.clock().now()),
                "LOCK" => lock(ports, seen, item).await?,
                items::LEDGER => ledger(ports, seen, item).await?,
                _ => {}
            }
        }
        scan.after = page.next;
        if scan.after.is_none() {
            return Ok(true);
        }
        if ports.clock().now() >= last_moment {
            return Ok(false);
        }
    }
}

fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    item.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn subject<'a>(item: &'a Item, prefix: &str) -> &'a str {
    let partition = text(item, PARTITION);
    partition.strip_prefix(prefix).unwrap_or(partition)
}

fn state(seen: &mut Seen, item: &Item, now: Timestamp) {
    let status: Option<Status> =
        item.get("status").and_then(|status| serde_json::from_value(status.clone()).ok());
    if status.is_some_and(Status::is_end) {
        return;
    }
    let migration = subject(item, "M#");
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

/// A LOCK is read again before anything is said of it: a scan may be late.
async fn lock<P: Ports>(ports: &P, seen: &mut Seen, item: &Item) -> Result<(), RecordsError> {
    let Ok(waba) = subject(item, "WABA#").parse::<WabaId>() else { return Ok(()) };
    let key = items::lock(&waba);
    let Some(item) = ports.records().read(&key).await? else { return Ok(()) };
    let Lock { migration } = items::read(&key, item)?;
    match read_state(ports, migration).await? {
        None => gone(seen, migration, Vanished { waba, unblocks_on: None }, ports.clock().now()),
        Some(state) if state.status.is_end() => {
            // Ended between the two reads: then the LOCK is gone by now.
            if ports.records().read(&key).await?.is_some() {
                let what = format!("WABA {waba} is held by {migration}, which has ended");
                seen.alarm(Alarm::new(Kind::LockLeft, waba.as_str(), what, ports.clock().now()));
            }
        }
        Some(_) => {}
    }
    Ok(())
}

async fn ledger<P: Ports>(ports: &P, seen: &mut Seen, item: &Item) -> Result<(), RecordsError> {
    let subject = subject(item, "SHARE#").to_owned();
    let ledger: Ledger = items::read(&items_key(&subject), item.clone())?;
    let now = ports.clock().now();
    if let Some(Intent { migration, waba, recorded_at, .. }) =
        ledger.intent.as_ref().filter(|intent| after(intent.recorded_at, SETTLED_WITHIN) < now)
    {
        let what =
            format!("a share for WABA {waba} by {migration} is not settled since {}", spoken(*recorded_at));
        seen.alarm(Alarm::new(Kind::IntentOpen, subject, what, now));
    }
    for entry in ledger.entries.iter().filter(|entry| entry.verdict == Verdict::Shared) {
        if read_state(ports, entry.migration).await?.is_none() {
            let known = Vanished { waba: entry.waba.clone(), unblocks_on: Some(entry.unblocks_on) };
            gone(seen, entry.migration, known, now);
        }
    }
    Ok(())
}

fn items_key(subject: &str) -> handover_engine::records::Key {
    handover_engine::records::Key::new(Table::Migrations, format!("SHARE#{subject}"), items::LEDGER)
}

async fn read_state<P: Ports>(ports: &P, migration: MigrationId) -> Result<Option<State>, RecordsError> {
    let key = items::state(migration);
    ports.records().read(&key).await?.map(|item| items::read(&key, item)).transpose()
}

/// Named by what is left of it: LOCK and ledger may both know it, and the ledger knows the date.
fn gone(seen: &mut Seen, migration: MigrationId, known: Vanished, now: Timestamp) {
    let what = match known.unblocks_on {
        Some(day) => format!("the record of {migration} is gone; WABA {} was promised {day}", known.waba),
        None => format!("the record of {migration} is gone; it holds WABA {}", known.waba),
    };
    let better = seen.vanished.get(&migration).is_none_or(|before| before.unblocks_on.is_none());
    if better {
        seen.alarm(Alarm::new(Kind::RecordGone, migration.to_string(), what, now));
        seen.vanished.insert(migration, known);
    }
}
