//! The records in DynamoDB.

mod ask;
mod expression;
mod item;
mod meter;
mod names;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::types::{
    CancellationReason, ConditionCheck, ConsumedCapacity, Delete, Put, ReturnConsumedCapacity, ReturnValue,
    ReturnValuesOnConditionCheckFailure as IfRefused, TransactWriteItem, Update,
};
use aws_sdk_dynamodb::{Client, Error};
use handover_engine::flaw::{examine_key, examine_query, examine_scan, examine_write, examine_writes};
use handover_engine::memory_records::holds;
use handover_engine::records::{
    Action, Item, Key, Page, Query, Records, RecordsError, Scan, Table, Write, Written, WrittenTogether,
};
use uuid::Uuid;

use crate::timeouts::timeouts;

pub use self::meter::{Meter, Units, Use};
pub use self::names::TableNames;

use self::ask::{Question, ask};
use self::expression::{Rendered, render, render_query};
use self::item::{Attributes, attributes_of, item_of, key_of, page_of};

/// The operations, as errors name them.
const READ: &str = "a read";
const QUERY: &str = "a query";
const SCAN: &str = "a scan";
const WRITE: &str = "a write";
const WRITES: &str = "writes together";

/// An answer takes milliseconds. Five tries of this, and their pauses, fit well into a function's minute.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);

/// The three tables in DynamoDB.
///
/// Each write is one request with its expectations as condition, so the store decides at one moment. A
/// write whose answer was lost is asked again: a transaction under the same token, so that it is made once;
/// a single write under its own expectations, so that the second asking finds the first in its way and is
/// refused with the very item it wrote. The engine knows its own claim in it. A single write that nothing
/// in its expectations stops may so be made twice.
#[derive(Debug, Clone)]
pub struct DynamoRecords {
    client: Client,
    tables: TableNames,
    meter: Option<Arc<Meter>>,
}

impl DynamoRecords {
    /// Records in the tables named, over `client`, whose retries and timeouts are replaced by ours.
    ///
    /// The SDK's retries are off: they do not cover a conflict of transactions, and after them nobody can
    /// tell whether an earlier try was lost on the way. Only who counts every try can say "nothing was stored".
    #[must_use]
    pub fn new(client: &Client, tables: TableNames) -> Self {
        let timeouts = timeouts(ANSWER_WITHIN, None);
        let config =
            client.config().to_builder().retry_config(RetryConfig::disabled()).timeout_config(timeouts);
        Self { client: Client::from_conf(config.build()), tables, meter: None }
    }

    /// The same records, with what each request costs written down in `meter`.
    #[must_use]
    pub fn metered(mut self, meter: Arc<Meter>) -> Self {
        self.meter = Some(meter);
        self
    }

    /// The tables' names.
    #[must_use]
    pub const fn tables(&self) -> &TableNames {
        &self.tables
    }

    /// Whether the table `migrations` answers: one read of an item that nobody writes.
    ///
    /// # Errors
    ///
    /// What the database says: that there is no such table, or that we may not read it.
    pub async fn is_there(&self) -> Result<(), RecordsError> {
        self.read(&Key::new(Table::Migrations, "START", "START")).await.map(drop)
    }

    fn count(&self, operation: &'static str, consumed: impl IntoIterator<Item = ConsumedCapacity>) {
        if let Some(meter) = &self.meter {
            meter.count(operation, consumed);
        }
    }

    /// A check alone changes nothing, so it is a strong read whose item is held against the expectations:
    /// one moment decides, as in a transaction, and it costs one unit of reading and none of writing.
    async fn check(&self, write: &Write) -> Result<Written, RecordsError> {
        let found = self.read(&write.key).await?;
        let held = write.expects.iter().all(|expectation| holds(expectation, found.as_ref()));
        Ok(if held {
            Written::Done { old: found.filter(|old| !old.is_empty()) }
        } else {
            Written::Refused { found }
        })
    }

    async fn put(&self, key: &Key, item: &Item, when: Rendered) -> Result<Written, RecordsError> {
        let question = Question::new(key.table, WRITE);
        let request = self
            .client
            .put_item()
            .table_name(self.tables.of(key.table))
            .set_item(Some(attributes_of(key, item).map_err(|error| question.rejected(error))?))
            .set_condition_expression(when.condition)
            .set_expression_attribute_names(when.names)
            .set_expression_attribute_values(when.values)
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(IfRefused::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Indexes);
        let answer = ask(question, || request.clone().send(), refusal).await?;
        self.written("PutItem", answer.map(|done| (done.attributes, done.consumed_capacity)))
    }

    async fn update(&self, key: &Key, how: Rendered) -> Result<Written, RecordsError> {
        let request = self
            .client
            .update_item()
            .table_name(self.tables.of(key.table))
            .set_key(Some(key_of(key)))
            .set_update_expression(how.update)
            .set_condition_expression(how.condition)
            .set_expression_attribute_names(how.names)
            .set_expression_attribute_values(how.values)
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(IfRefused::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Indexes);
        let answer = ask(Question::new(key.table, WRITE), || request.clone().send(), refusal).await?;
        self.written("UpdateItem", answer.map(|done| (done.attributes, done.consumed_capacity)))
    }

    async fn delete(&self, key: &Key, when: Rendered) -> Result<Written, RecordsError> {
        let request = self
            .client
            .delete_item()
            .table_name(self.tables.of(key.table))
            .set_key(Some(key_of(key)))
            .set_condition_expression(when.condition)
            .set_expression_attribute_names(when.names)
            .set_expression_attribute_values(when.values)
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(IfRefused::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Indexes);
        let answer = ask(Question::new(key.table, WRITE), || request.clone().send(), refusal).await?;
        self.written("DeleteItem", answer.map(|done| (done.attributes, done.consumed_capacity)))
    }

    /// What a single write's answer says: the item before and the cost, or the item that refused it.
    fn written(
        &self,
        operation: &'static str,
        answer: Result<(Option<Attributes>, Option<ConsumedCapacity>), Option<Attributes>>,
    ) -> Result<Written, RecordsError> {
        match answer {
            Ok((old, consumed)) => {
                self.count(operation, consumed);
                let old = old.map(item_of).transpose()?;
                // Where an update finds nothing, DynamoDB answers nothing and dynoxide 3.2 the keys.
                Ok(Written::Done { old: old.filter(|old| !old.is_empty()) })
            }
            Err(found) => Ok(Written::Refused { found: found.map(item_of).transpose()? }),
        }
    }

    /// One of the writes made together.
    fn part(&self, write: &Write) -> Result<TransactWriteItem, Box<dyn StdError + Send + Sync>> {
        let (key, table) = (&write.key, self.tables.of(write.key.table));
        let Rendered { condition, update, names, values } = render(write)?;
        let part = TransactWriteItem::builder();
        Ok(match &write.action {
            Action::Put(item) => part.put(
                Put::builder()
                    .table_name(table)
                    .set_item(Some(attributes_of(key, item)?))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(IfRefused::AllOld)
                    .build()?,
            ),
            Action::Update(_) => part.update(
                Update::builder()
                    .table_name(table)
                    .set_key(Some(key_of(key)))
                    .set_update_expression(update)
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(IfRefused::AllOld)
                    .build()?,
            ),
            Action::Delete => part.delete(
                Delete::builder()
                    .table_name(table)
                    .set_key(Some(key_of(key)))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(IfRefused::AllOld)
                    .build()?,
            ),
            Action::Check => part.condition_check(
                ConditionCheck::builder()
                    .table_name(table)
                    .set_key(Some(key_of(key)))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(IfRefused::AllOld)
                    .build()?,
            ),
        }
        .build())
    }
}

/// The item in the way of a single write, if that is what the error says.
fn refusal(error: &Error) -> Option<Option<Attributes>> {
    match error {
        Error::ConditionalCheckFailedException(refused) => Some(refused.item.clone()),
        _ => None,
    }
}

/// The reasons of a transaction, if an expectation is among them.
fn refusals(error: &Error) -> Option<Vec<CancellationReason>> {
    match error {
        Error::TransactionCanceledException(cancelled) => {
            let reasons = cancelled.cancellation_reasons();
            reasons.iter().any(is_refusal).then(|| reasons.to_vec())
        }
        _ => None,
    }
}

fn is_refusal(reason: &CancellationReason) -> bool {
    reason.code() == Some("ConditionalCheckFailed")
}

/// A read expects nothing, so no error is a refusal.
fn never(_: &Error) -> Option<Infallible> {
    None
}

impl Records for DynamoRecords {
    async fn read(&self, key: &Key) -> Result<Option<Item>, RecordsError> {
        examine_key(key).map_err(|flaw| flaw.rejected(key.table, READ))?;
        let request = self
            .client
            .get_item()
            .table_name(self.tables.of(key.table))
            .set_key(Some(key_of(key)))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Indexes);
        let Ok(found) = ask(Question::new(key.table, READ), || request.clone().send(), never).await?;
        self.count("GetItem", found.consumed_capacity);
        found.item.map(item_of).transpose()
    }

    async fn query(&self, query: &Query) -> Result<Page, RecordsError> {
        let table = query.order.table();
        examine_query(query).map_err(|flaw| flaw.rejected(table, QUERY))?;
        let question = Question::new(table, QUERY);
        let keys = render_query(query).map_err(|error| question.rejected(error))?;
        let start = query.after.as_ref().map(|cursor| serde_dynamo::to_item(&cursor.0)).transpose();
        let request = self
            .client
            .query()
            .table_name(self.tables.of(table))
            .set_index_name(query.order.index().map(str::to_owned))
            // An index has no consistent read.
            .consistent_read(query.order.index().is_none())
            .set_key_condition_expression(keys.condition)
            .set_expression_attribute_names(keys.names)
            .set_expression_attribute_values(keys.values)
            .limit(i32::from(query.limit))
            .set_exclusive_start_key(start.map_err(|error| question.rejected(error))?)
            .return_consumed_capacity(ReturnConsumedCapacity::Indexes);
        let Ok(page) = ask(question, || request.clone().send(), never).await?;
        self.count("Query", page.consumed_capacity);
        page_of(page.items, page.last_evaluated_key)
    }

    async fn scan(&self, scan: &Scan) -> Result<Page, RecordsError> {
        let question = Question::new(scan.table, SCAN);
        examine_scan(scan).map_err(|flaw| flaw.rejected(scan.table, SCAN))?;
        let start = scan.after.as_ref().map(|cursor| serde_dynamo::to_item(&cursor.0)).transpose();
        // Half the price of a consistent one, and nobody decides by it.
        let request = self
            .client
            .scan()
            .table_name(self.tables.of(scan.table))
            .limit(i32::from(scan.limit))
            .set_exclusive_start_key(start.map_err(|error| question.rejected(error))?)
            .return_consumed_capacity(ReturnConsumedCapacity::Indexes);
        let Ok(page) = ask(question, || request.clone().send(), never).await?;
        self.count("Scan", page.consumed_capacity);
        page_of(page.items, page.last_evaluated_key)
    }

    async fn write(&self, write: &Write) -> Result<Written, RecordsError> {
        let (key, table) = (&write.key, write.key.table);
        examine_write(write).map_err(|flaw| flaw.rejected(table, WRITE))?;
        let rendered = render(write).map_err(|error| Question::new(table, WRITE).rejected(error))?;
        match &write.action {
            Action::Put(item) => self.put(key, item, rendered).await,
            Action::Update(_) => self.update(key, rendered).await,
            Action::Delete => self.delete(key, rendered).await,
            Action::Check => self.check(write).await,
        }
    }

    async fn write_together(&self, writes: &[Write]) -> Result<WrittenTogether, RecordsError> {
        let table = writes.first().map_or(Table::Migrations, |write| write.key.table);
        examine_writes(writes).map_err(|flaw| flaw.rejected(table, WRITES))?;
        let question = Question::new(table, WRITES);
        let parts: Result<Vec<_>, _> = writes.iter().map(|write| self.part(write)).collect();
        #[expect(
            clippy::disallowed_methods,
            reason = "one token for all tries of this call, and of no other"
        )]
        let token = Uuid::new_v4();
        let request = self
            .client
            .transact_write_items()
            .set_transact_items(Some(parts.map_err(|error| question.rejected(error))?))
            .client_request_token(token.to_string())
            .return_consumed_capacity(ReturnConsumedCapacity::Indexes);
        match ask(question, || request.clone().send(), refusals).await? {
            Ok(done) => {
                self.count("TransactWriteItems", done.consumed_capacity.unwrap_or_default());
                Ok(WrittenTogether::Done)
            }
            Err(reasons) => {
                let mut refused = BTreeMap::new();
                for (position, reason) in reasons.into_iter().enumerate() {
                    if is_refusal(&reason) {
                        let found = reason.item.map(item_of).transpose()?;
                        refused.insert(position, found);
                    }
                }
                Ok(WrittenTogether::Refused(refused))
            }
        }
    }
}
