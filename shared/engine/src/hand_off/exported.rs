//! A paper of ours as it goes out: made anew from the records whenever it is asked for.

use handover_domain::flow::{Asked, Awaits};
use handover_domain::ids::MigrationId;
use handover_domain::ledger::{Ledger, Verdict};
use handover_domain::state::{State, Status};
use handover_domain::step::Step;
use jiff::Timestamp;
use serde_json::Value;

use super::{HandOff, OfShareWanted, OfShared, ShareWanted, Shared, VERSION, paper_of};
use crate::assets::{self, Assets};
use crate::items;
use crate::ledgers;
use crate::ports::Ports;
use crate::records::{Order, Query, Records, RecordsError, SORT, Span, Table};
use crate::solution;
use crate::writes::HistoryEntry;

/// So many entries of a history are read at once.
const A_PAGE: u16 = 100;

/// Why there is no paper.
#[derive(Debug, thiserror::Error)]
pub enum NoHandOff {
    /// No other partner has a part in it.
    #[error(
        "this migration hands nothing over: our own credit line pays; where the partner of the solution has it, say so when it is created (partner_shares)"
    )]
    NotOurs,
    /// It has ended.
    #[error("the migration has ended ({}), so no share is wanted any more", .0.name())]
    Ended(Status),
    /// What the paper says is not known yet.
    #[error("{0}; export it again after that")]
    NotYet(&'static str),
    /// The record gave no answer.
    #[error(transparent)]
    Records(#[from] RecordsError),
}

/// The paper that the other partner needs of this migration now.
///
/// # Errors
///
/// [`NoHandOff`] if there is none, or none yet.
pub async fn export<P: Ports>(ports: &P, state: &State) -> Result<HandOff, NoHandOff> {
    let flow = state.flow.flow();
    if flow.asks.contains(&Asked::HandOff) {
        return shared(ports, state).await.map(HandOff::Shared);
    }
    let destination = if flow.has_use_for(Asked::PartnerShares) {
        solution::of(ports, state.migration).await?
    } else {
        None
    };
    let Some(destination) = destination.filter(|destination| destination.partner_shares) else {
        return Err(NoHandOff::NotOurs);
    };
    if state.status.is_end() {
        return Err(NoHandOff::Ended(state.status));
    }
    let learned = assets(ports, state.migration).await?.filter(|_| !state.is_at_the_old_waba());
    let Some(Assets { waba, business, currency, timezone_id, .. }) = learned else {
        return Err(NoHandOff::NotYet("the customer's new WABA is not known yet"));
    };
    let waits = flow.row(&state.row).is_some_and(|row| row.awaits == Awaits::PartnersShare);
    Ok(HandOff::ShareWanted(ShareWanted {
        version: VERSION,
        kind: OfShareWanted::ShareWanted,
        migration: state.migration,
        app: ports.settings().app.clone(),
        solution: destination.solution,
        waba,
        business,
        currency,
        timezone_id,
        label: state.label.clone(),
        wanted_by: state.deadline.filter(|_| waits),
    }))
}

async fn shared<P: Ports>(ports: &P, state: &State) -> Result<Shared, NoHandOff> {
    let not_yet = || NoHandOff::NotYet("our credit line is not shared with the WABA");
    let paper = paper_of(ports, state.migration).await?.ok_or_else(not_yet)?.paper;
    let assets = assets(ports, state.migration).await?.ok_or_else(not_yet)?;
    let ledger = match &assets.credit_line {
        Some(line) => ledgers::read(ports, line, &assets.business).await?,
        None => Ledger::default(),
    };
    let entry = ledger.entry(&assets.waba).ok_or_else(not_yet)?;
    let seen_to_pay_at = match entry.verdict {
        Verdict::Proved => activated_at(ports, state).await?,
        Verdict::Shared | Verdict::Superseded | Verdict::Revoked => None,
    };
    Ok(Shared {
        version: VERSION,
        kind: OfShared::Shared,
        answers: paper.migration,
        migration: state.migration,
        solution: paper.solution,
        waba: entry.waba.clone(),
        allocation: entry.allocation.clone(),
        receiving_credential: entry.receiving_credential.clone(),
        shared_at: entry.shared_at,
        seen_to_pay_at,
    })
}

async fn assets<P: Ports>(ports: &P, migration: MigrationId) -> Result<Option<Assets>, RecordsError> {
    let key = items::detail(migration, assets::DETAIL);
    let item = ports.records().read(&key).await?;
    item.map(|item| items::read(&key, item)).transpose()
}

/// When the row that proves it was done, by the history: the ledger keeps that it pays, and not since when that is known.
async fn activated_at<P: Ports>(ports: &P, state: &State) -> Result<Option<Timestamp>, RecordsError> {
    let mut after = None;
    loop {
        let query = Query {
            order: Order::Table(Table::Journal),
            partition: items::history(state.migration, 0).partition,
            span: Span::Prefix("H#".to_owned()),
            limit: A_PAGE,
            after,
        };
        let page = ports.records().query(&query).await?;
        for item in page.items {
            let sort = item.get(SORT).and_then(Value::as_str).unwrap_or_default();
            let seq = sort.strip_prefix("H#").and_then(|seq| seq.parse().ok()).unwrap_or_default();
            let entry: HistoryEntry = items::read(&items::history(state.migration, seq), item)?;
            if entry.step == Step::VerifyActivation && entry.outcome == "done" {
                return Ok(Some(entry.at));
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(None);
        }
    }
}
