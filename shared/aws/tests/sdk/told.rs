//! Records that tell what each operation of the engine cost, by the kind of write that it was.

use std::sync::{Arc, Mutex};

use handover_aws::dynamo::{DynamoRecords, Meter, Units};
use handover_engine::records::{
    Action, Change, Expectation, Item, Key, Page, Query, Records, RecordsError, Scan, Write, Written,
    WrittenTogether,
};

use crate::store;

/// Records in DynamoDB, and what each operation cost there.
#[derive(Debug)]
pub(crate) struct ToldRecords {
    records: DynamoRecords,
    meter: Arc<Meter>,
    told: Mutex<Vec<(&'static str, Units)>>,
}

impl ToldRecords {
    /// Fresh tables in a database of their own.
    pub(crate) async fn fresh() -> Self {
        let meter = Arc::new(Meter::default());
        let records = store::records_at(&store::dynoxide().await).await.metered(meter.clone());
        Self { records, meter, told: Mutex::default() }
    }

    /// What was done since the last call, in order: the kind of write and its cost.
    pub(crate) fn take(&self) -> Vec<(&'static str, Units)> {
        std::mem::take(&mut self.told.lock().unwrap())
    }

    fn tell<T>(&self, kind: &'static str, answer: T) -> T {
        let units = self.meter.take().into_iter().map(|one| one.units).sum();
        self.told.lock().unwrap().push((kind, units));
        answer
    }
}

impl Records for ToldRecords {
    async fn read(&self, key: &Key) -> Result<Option<Item>, RecordsError> {
        let answer = self.records.read(key).await;
        self.tell("read", answer)
    }

    async fn query(&self, query: &Query) -> Result<Page, RecordsError> {
        let answer = self.records.query(query).await;
        self.tell("query", answer)
    }

    async fn scan(&self, scan: &Scan) -> Result<Page, RecordsError> {
        let answer = self.records.scan(scan).await;
        self.tell("scan", answer)
    }

    async fn write(&self, write: &Write) -> Result<Written, RecordsError> {
        let answer = self.records.write(write).await;
        self.tell(kind(std::slice::from_ref(write)), answer)
    }

    async fn write_together(&self, writes: &[Write]) -> Result<WrittenTogether, RecordsError> {
        let answer = self.records.write_together(writes).await;
        self.tell(kind(writes), answer)
    }
}

/// Which of the engine's writes this is.
fn kind(writes: &[Write]) -> &'static str {
    let of_state = |write: &&Write| write.key.sort == "STATE";
    let Some(state) = writes.iter().find(of_state) else { return "link" };
    let sets = |name: &str| match &state.action {
        Action::Update(changes) => changes.iter().any(
            |change| matches!(change, Change::Set(changed, _) | Change::Add(changed, _) if *changed == name),
        ),
        _ => false,
    };
    match &state.action {
        Action::Put(_) => "create",
        Action::Check => "record",
        _ if sets("claim_id") => "claim",
        _ if sets("wakes") && writes.len() > 1 => "signup",
        _ if sets("wakes") => "wake",
        _ if state.expects.iter().any(|expected| matches!(expected, Expectation::Is("claim_id", _))) => {
            "commit"
        }
        _ => "write",
    }
}
