//! What one run of a function does with the record and with Meta.

use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use handover_aws::dynamo::DynamoRecords;
use handover_engine::records::{
    Item, Key, Page, Query, Records, RecordsError, Scan, Write, Written, WrittenTogether,
};
use handover_graph::transport::{GraphRequest, GraphResponse, Transport, TransportError};
use jiff::Timestamp;
use serde_json::Value;
use simulation::pieces::Meta;
use simulation::watch;

use super::Race;

/// What came of a claim.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Claim {
    /// It was had.
    Had(Value),
    /// It was had by a try whose answer was lost, and found in the way of the next.
    FoundAgain(Value),
    /// Somebody else has it, or the turn is over.
    NotHad,
    /// No answer came.
    Unknown,
}

/// What came of a commit that writes the history.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Commit {
    Done,
    Refused,
    Unknown,
}

/// What one run of a function did.
#[derive(Debug, Default)]
pub(super) struct Deeds {
    pub(super) claims: Vec<Claim>,
    /// With the `seq` that the history was to have.
    pub(super) commits: Vec<(u64, Commit)>,
    /// Other calls of the record, and all of Meta's.
    pub(super) others: u64,
}

/// The record and Meta of one run, and what it does with them.
pub(super) struct Told<'a> {
    pub(super) race: &'a Race,
    pub(super) records: &'a DynamoRecords,
    /// Whether its worker has yet to wait for the others.
    pub(super) waits: &'a AtomicBool,
    pub(super) deeds: Mutex<Deeds>,
}

impl Told<'_> {
    fn goes_on(&self) {
        self.deeds.lock().unwrap().others += 1;
    }
}

impl Records for Told<'_> {
    async fn read(&self, key: &Key) -> Result<Option<Item>, RecordsError> {
        self.goes_on();
        self.records.read(key).await
    }

    async fn query(&self, query: &Query) -> Result<Page, RecordsError> {
        self.goes_on();
        self.records.query(query).await
    }

    async fn scan(&self, scan: &Scan) -> Result<Page, RecordsError> {
        self.goes_on();
        self.records.scan(scan).await
    }

    async fn write(&self, write: &Write) -> Result<Written, RecordsError> {
        let Some(id) = watch::claim_in(write) else {
            self.goes_on();
            return self.records.write(write).await;
        };
        let written = self.records.write(write).await;
        let carries = |item: &Item| item.get("claim_id") == Some(&id);
        let claim = match &written {
            Ok(Written::Done { old: Some(_) }) => Claim::Had(id),
            Ok(Written::Refused { found: Some(found) }) if carries(found) => Claim::FoundAgain(id),
            Ok(_) => Claim::NotHad,
            Err(_) => Claim::Unknown,
        };
        if matches!(claim, Claim::Had(_) | Claim::FoundAgain(_)) {
            self.race.may_freeze(self.waits);
        }
        self.deeds.lock().unwrap().claims.push(claim);
        written
    }

    async fn write_together(&self, writes: &[Write]) -> Result<WrittenTogether, RecordsError> {
        let written = self.records.write_together(writes).await;
        let Some(seq) = writes.iter().find_map(|write| seq_of(&write.key)) else {
            self.goes_on();
            return written;
        };
        let commit = match written {
            Ok(WrittenTogether::Done) => Commit::Done,
            Ok(WrittenTogether::Refused(_)) => Commit::Refused,
            Err(_) => Commit::Unknown,
        };
        self.deeds.lock().unwrap().commits.push((seq, commit));
        written
    }
}

impl Transport for Told<'_> {
    async fn send(
        &self,
        request: GraphRequest,
        deadline: Timestamp,
    ) -> Result<GraphResponse, TransportError> {
        self.goes_on();
        Meta(&self.race.world).send(request, deadline).await
    }
}

/// The `seq` of an entry of the history.
pub(super) fn seq_of(key: &Key) -> Option<u64> {
    key.sort.strip_prefix("H#").map(|seq| seq.parse().unwrap())
}
