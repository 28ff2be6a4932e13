//! Reading and writing the ledger item: whole, under its `rev`; and listing them all.
//!
//! A ledger stands in the index `board` beside the migrations, in a partition of its own, so that who is paid for can be
//! asked without a look through the whole table.

use handover_domain::ids::{BusinessId, CreditLineId};
use handover_domain::ledger::Ledger;
use serde_json::{Value, json};

use crate::assets::Assets;
use crate::items;
use crate::ports::Ports;
use crate::records::{
    Action, Change, Cursor, Expectation, Item, Key, Order, Query, Records, RecordsError, Span, Write,
};
use crate::work::{Fault, Work};
use crate::writes;

impl<P: Ports> Work<'_, P> {
    /// The ledger of our credit line for this WABA and its business; empty if nothing was ever shared.
    ///
    /// # Errors
    ///
    /// What the record says.
    pub async fn ledger(&self, assets: &Assets) -> Result<Ledger, Fault> {
        let key = items::ledger(assets.line()?, &assets.business);
        Ok(self.read(&key).await?.unwrap_or_default())
    }

    /// That the ledger is still the one that was read with `rev`: what was concluded from it and from Meta, one after the other,
    /// holds only then.
    ///
    /// # Errors
    ///
    /// If these assets have no credit line of ours.
    pub fn ledger_unmoved(&self, assets: &Assets, rev: u64) -> Result<Write, Fault> {
        let key = items::ledger(assets.line()?, &assets.business);
        Ok(Write { key, expects: vec![is_still_at(rev)], action: Action::Check })
    }

    /// The write of `after` in the place of the ledger that was read with `rev`.
    ///
    /// # Errors
    ///
    /// If the ledger cannot be written as an item: a defect of this version.
    pub fn ledger_write(&self, assets: &Assets, rev: u64, after: &Ledger) -> Result<Write, Fault> {
        put(items::ledger(assets.line()?, &assets.business), rev, after)
    }

    /// The same write on the ledger as it is now, after somebody else wrote it in between; none if it is not a
    /// write of a ledger.
    pub(crate) async fn rebased(&self, write: &Write) -> Result<Option<Write>, Fault> {
        let Action::Put(item) = &write.action else { return Ok(None) };
        if write.key.sort != items::LEDGER {
            return Ok(None);
        }
        let ours: Ledger = items::read(&write.key, item.clone())?;
        let now: Ledger = self.read(&write.key).await?.unwrap_or_default();
        put(write.key.clone(), now.rev, &now.taking_over(&ours, self.state.migration)).map(Some)
    }
}

fn is_still_at(rev: u64) -> Expectation {
    if rev == 0 { Expectation::Absent } else { Expectation::Is("rev", json!(rev)) }
}

fn put(key: Key, rev: u64, after: &Ledger) -> Result<Write, Fault> {
    let stored = Ledger { rev: rev.saturating_add(1), ..after.clone() };
    let mut item = items::written(&key, &stored)?;
    item.extend(listing(&key).map(|(name, value)| (name.to_owned(), json!(value))));
    Ok(writes::put(key, item, vec![is_still_at(rev)]))
}

/// The partition of the index `board` in which ledgers stand: the name of no status.
const LISTED: &str = "ledger";

/// The attributes by which a ledger stands in the index: in the order of line and business.
fn listing(key: &Key) -> [(&'static str, String); 2] {
    let subject = key.partition.strip_prefix("SHARE#").unwrap_or(&key.partition);
    [("status", LISTED.to_owned()), ("board", subject.to_owned())]
}

/// The write that puts a ledger into the index which an earlier version has written; nothing else of it is touched.
#[must_use]
pub fn list_it(key: &Key) -> Write {
    let set = listing(key).map(|(name, value)| Change::Set(name, json!(value)));
    let expects = vec![Expectation::Has("rev"), Expectation::Lacks("board")];
    Write { key: key.clone(), expects, action: Action::Update(set.to_vec()) }
}

/// Whether a ledger stands in the index.
#[must_use]
pub fn is_listed(item: &Item) -> bool {
    item.contains_key("board")
}

/// A ledger with what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Our credit line.
    pub line: CreditLineId,
    /// The business that it is shared with.
    pub business: BusinessId,
    /// What was shared.
    pub ledger: Ledger,
}

/// The ledger of a credit line and a business; empty if nothing was ever shared.
///
/// # Errors
///
/// What the record says.
pub async fn read<P: Ports>(
    ports: &P,
    line: &CreditLineId,
    business: &BusinessId,
) -> Result<Ledger, RecordsError> {
    Ok(items::stored(ports.records(), &items::ledger(line, business)).await?.unwrap_or_default())
}

/// A page of all ledgers, by line and business.
///
/// # Errors
///
/// What the record says.
pub async fn page<P: Ports>(
    ports: &P,
    limit: u16,
    after: Option<Cursor>,
) -> Result<(Vec<Listed>, Option<Cursor>), RecordsError> {
    let partition = LISTED.to_owned();
    let query = Query { order: Order::Board, partition, span: Span::All, limit, after };
    let page = ports.records().query(&query).await?;
    let mut listed = Vec::new();
    for item in page.items {
        let subject = item.get("board").and_then(Value::as_str).and_then(|board| board.split_once('#'));
        let Some((line, business)) = subject else { continue };
        let (Ok(line), Ok(business)) = (line.parse(), business.parse()) else { continue };
        // The index is a moment late; what counts is the ledger.
        let ledger = read(ports, &line, &business).await?;
        listed.push(Listed { line, business, ledger });
    }
    Ok((listed, page.next))
}
