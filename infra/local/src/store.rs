//! Where a machine keeps its records: in an embedded DynamoDB, or in plain memory.

use std::path::PathBuf;

use handover_aws::dynamo::DynamoRecords;
use handover_engine::memory_records::MemoryRecords;
use handover_engine::records::{
    Item, Key, Page, Query, Records, RecordsError, Scan, Write, Written, WrittenTogether,
};

/// What an operator of a machine chooses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Store {
    /// An embedded DynamoDB, called through AWS's SDK; it ends with the machine.
    Embedded,
    /// The same in a file, which stays.
    File(PathBuf),
    /// A DynamoDB that runs already, at this address, such as `http://127.0.0.1:8000`.
    At(String),
    /// Plain memory, held to the same contract. An embedded DynamoDB takes half a second for one migration: a
    /// fleet of a thousand needs another.
    Memory,
}

/// The records of a machine.
#[derive(Debug)]
pub enum MachineRecords {
    /// In DynamoDB.
    Dynamo(DynamoRecords),
    /// In plain memory.
    Memory(MemoryRecords),
}

impl Records for MachineRecords {
    async fn read(&self, key: &Key) -> Result<Option<Item>, RecordsError> {
        match self {
            Self::Dynamo(records) => records.read(key).await,
            Self::Memory(records) => records.read(key).await,
        }
    }

    async fn query(&self, query: &Query) -> Result<Page, RecordsError> {
        match self {
            Self::Dynamo(records) => records.query(query).await,
            Self::Memory(records) => records.query(query).await,
        }
    }

    async fn scan(&self, scan: &Scan) -> Result<Page, RecordsError> {
        match self {
            Self::Dynamo(records) => records.scan(scan).await,
            Self::Memory(records) => records.scan(scan).await,
        }
    }

    async fn write(&self, write: &Write) -> Result<Written, RecordsError> {
        match self {
            Self::Dynamo(records) => records.write(write).await,
            Self::Memory(records) => records.write(write).await,
        }
    }

    async fn write_together(&self, writes: &[Write]) -> Result<WrittenTogether, RecordsError> {
        match self {
            Self::Dynamo(records) => records.write_together(writes).await,
            Self::Memory(records) => records.write_together(writes).await,
        }
    }
}
