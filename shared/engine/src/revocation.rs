//! A share that is taken back after its migration has ended: a record of its own, with the one row that takes back.
//!
//! Meta revokes for the whole business (facts 9.7). So whoever asks for it names every WABA that it hits, and nothing is
//! begun unless these are exactly those that the ledger has at that moment. The row is the one to which `cancel` leads, and
//! it goes the same way: claim, ledger, look, call, look again.

use std::collections::BTreeSet;

use handover_domain::flow::{CANCELLATION, Dates, FlowName};
use handover_domain::ids::{BusinessId, ClaimId, CreditLineId, MigrationId, WabaId};
use handover_domain::ledger::{Ledger, lost_until};
use handover_domain::moment::spoken;
use handover_domain::operator::Operator;
use handover_domain::state::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::assets::{self, Assets};
use crate::idempotency::{Keeping, Kept};
use crate::items;
use crate::ledgers;
use crate::ports::{Clock, Ids, Ports};
use crate::records::{Action, Expectation, Records, RecordsError, Write, WrittenTogether};
use crate::writes::{self, HistoryEntry};

/// The name of the detail.
pub const DETAIL: &str = "revocation";

/// What an operator has confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// Every WABA that may be cut off, and no other.
    pub wabas: BTreeSet<WabaId>,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Confirmed {
    /// Our credit line.
    pub line: CreditLineId,
    /// The business from which it is taken back.
    pub business: BusinessId,
    /// Every WABA that it hits, as the operator has read them.
    pub wabas: BTreeSet<WabaId>,
    /// Why, in their own words.
    pub reason: String,
    /// Who asks, as the gateway knows them.
    pub by: Option<Operator>,
    /// The `Idempotency-Key` under which it was asked for, if there was one.
    pub kept: Option<Keeping>,
}

/// Why nothing is taken back; nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// The ledger has no share.
    #[error("nothing of this credit line is shared with this business, as far as the ledger knows")]
    NothingShared,
    /// The WABAs that were named are not those that are hit.
    #[error("a revocation hits these WABAs, and they must be named, each of them and no other: {}", listed(.0))]
    Others(BTreeSet<WabaId>),
    /// The ledger may lack a WABA that would be cut off.
    #[error("the tables were restored, and a WABA of this business may be missing in the ledger; take nothing back before {}", spoken(*.0))]
    Restored(Timestamp),
    /// A share is under way.
    #[error("a share for WABA {0} of this business is not settled; resolve it first")]
    Unsettled(WabaId),
    /// A migration would lose its share.
    #[error("WABA {0} has a live migration ({1}); cancel that first, or let it end")]
    Live(WabaId, MigrationId),
    /// What is needed to take it back is gone from the tables.
    #[error(
        "what the migration {0} learned of its customer is gone; take the share back by hand at Meta (docs/operations.md)"
    )]
    Forgotten(MigrationId),
    /// Something was written in between.
    #[error("somebody did something about this business at the same moment; look again")]
    Moved,
    /// The record gave no answer.
    #[error(transparent)]
    Records(#[from] RecordsError),
}

fn listed(wabas: &BTreeSet<WabaId>) -> String {
    wabas.iter().map(WabaId::as_str).collect::<Vec<_>>().join(", ")
}

/// The migration that holds a WABA, if one does.
///
/// # Errors
///
/// What the record says.
pub async fn holder<P: Ports>(ports: &P, waba: &WabaId) -> Result<Option<MigrationId>, RecordsError> {
    #[derive(Deserialize)]
    struct Lock {
        migration: MigrationId,
    }
    let key = items::lock(waba);
    let item = ports.records().read(&key).await?;
    item.map(|item| items::read::<Lock>(&key, item).map(|lock| lock.migration)).transpose()
}

/// Begins to take a share back; the row itself runs as any other.
///
/// # Errors
///
/// [`RevokeError`]; above all where the WABAs that were named are not exactly those that are hit.
pub async fn begin<P: Ports>(ports: &P, confirmed: &Confirmed) -> Result<State, RevokeError> {
    if let Some(until) = lost_until(ports.settings().restored_at).filter(|until| ports.clock().now() < *until)
    {
        return Err(RevokeError::Restored(until));
    }
    let ledger = ledgers::read(ports, &confirmed.line, &confirmed.business).await?;
    if let Some(intent) = &ledger.intent {
        return Err(RevokeError::Unsettled(intent.waba.clone()));
    }
    let made_by = ledger.standing_entries().map(|entry| entry.migration);
    let mut made_by = made_by.chain(ledger.unattached().map(|one| one.migration));
    let Some(migration) = made_by.next() else { return Err(RevokeError::NothingShared) };
    let hit: BTreeSet<WabaId> = ledger.standing_entries().map(|entry| entry.waba.clone()).collect();
    if hit != confirmed.wabas {
        return Err(RevokeError::Others(hit));
    }
    let learned = Learned::of(ports, migration).await?.ok_or(RevokeError::Forgotten(migration))?;
    let waba = ledger.standing_entries().next().map_or(&learned.assets.waba, |entry| &entry.waba).clone();
    for waba in hit.iter().chain([&waba]).chain(meant(ports, &ledger).await?.iter()) {
        if let Some(migration) = holder(ports, waba).await? {
            return Err(RevokeError::Live(waba.clone(), migration));
        }
    }
    let assets = Assets {
        waba: waba.clone(),
        business: confirmed.business.clone(),
        credit_line: Some(confirmed.line.clone()),
        ..learned.assets
    };
    let state = state(ports, waba, learned.of);
    let unmoved = Write {
        key: items::ledger(&confirmed.line, &confirmed.business),
        expects: vec![Expectation::Is("rev", json!(ledger.rev))],
        action: Action::Check,
    };
    let mut together = vec![unmoved];
    together.extend(writes::create(&state)?);
    together.push(entry(ports, &state, confirmed)?);
    together.push(detail(&state, assets::DETAIL, &assets)?);
    together.push(detail(&state, DETAIL, &Revocation { wabas: hit })?);
    if let Some(keeping) = &confirmed.kept {
        let State { migration, seq, status, .. } = state;
        together.push(keeping.write(&Kept { migration, seq, status }, ports.clock().now())?);
    }
    match ports.records().write_together(&together).await? {
        WrittenTogether::Done => Ok(state),
        WrittenTogether::Refused(_) => Err(RevokeError::Moved),
    }
}

/// The WABAs for which the business was given what no WABA is attached to; their migrations may be on their way.
async fn meant<P: Ports>(ports: &P, ledger: &Ledger) -> Result<Vec<WabaId>, RecordsError> {
    let mut wabas = Vec::new();
    for one in ledger.unattached() {
        wabas.extend(Learned::of(ports, one.migration).await?.map(|learned| learned.assets.waba));
    }
    Ok(wabas)
}

/// What the migration that has shared knew of its customer.
struct Learned {
    assets: Assets,
    /// Its own record, if it is still there.
    of: Option<State>,
}

impl Learned {
    async fn of<P: Ports>(ports: &P, migration: MigrationId) -> Result<Option<Self>, RecordsError> {
        let key = items::detail(migration, assets::DETAIL);
        let Some(item) = ports.records().read(&key).await? else { return Ok(None) };
        let assets = items::read(&key, item)?;
        let key = items::state(migration);
        let of = ports.records().read(&key).await?.map(|item| items::read(&key, item)).transpose()?;
        Ok(Some(Self { assets, of }))
    }
}

/// A record that stands at the row which takes back, due now, after its first entry of the history.
fn state<P: Ports>(ports: &P, waba: WabaId, of: Option<State>) -> State {
    let now = ports.clock().now();
    let migration = MigrationId::new(ports.ids().new_id(now));
    let (flow, label) = of.map_or((FlowName::PartnerSwitch, None), |of| (of.flow, of.label));
    let deadline = CANCELLATION.deadline_at(now, Dates::default());
    let (seq, trace) = (1, ports.trace());
    let new = State::new(migration, flow, &CANCELLATION, now);
    State { waba: Some(waba), label, seq, deadline, trace, ..new }
}

fn entry<P: Ports>(ports: &P, state: &State, confirmed: &Confirmed) -> Result<Write, RecordsError> {
    let now = ports.clock().now();
    let Confirmed { line, business, wabas, reason, by, .. } = confirmed;
    let entry = HistoryEntry {
        at: now,
        row: state.row.clone(),
        step: state.step,
        claim_id: ClaimId::new(ports.ids().new_id(now)),
        outcome: "action".to_owned(),
        action: Some("revoke".to_owned()),
        by: by.clone(),
        reason: None,
        status: state.status,
        unblocks_on: None,
        evidence: vec![
            format!("an operator asked for revoke: {reason}"),
            format!("credit line {line} is taken back from business {business}"),
            named(wabas),
        ],
    };
    let key = items::history(state.migration, state.seq);
    Ok(writes::put(key.clone(), items::written(&key, &entry)?, vec![Expectation::Absent]))
}

/// The WABAs for the history, which has 1 KB; the detail has them all.
fn named(wabas: &BTreeSet<WabaId>) -> String {
    const MOST: usize = 10;
    if wabas.is_empty() {
        return "confirmed for no WABA: none is attached to it".to_owned();
    }
    let first: Vec<&str> = wabas.iter().take(MOST).map(WabaId::as_str).collect();
    let more = wabas.len().saturating_sub(MOST);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("confirmed for WABA {}{more}", first.join(", "))
}

fn detail<T: Serialize>(state: &State, name: &str, detail: &T) -> Result<Write, RecordsError> {
    let key = items::detail(state.migration, name);
    Ok(writes::put(key.clone(), items::written(&key, detail)?, vec![]))
}
