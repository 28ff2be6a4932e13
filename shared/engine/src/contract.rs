//! What every store of records must do: one function for each promise, run on memory and on DynamoDB.
//!
//! A promise keeps to keys of its own, so all of them can run on one store, in any order. A store's tests
//! call [`contract_tests`](crate::contract_tests), which hands the names of all promises to a macro of theirs.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "these are tests: a broken promise is a panic"
)]

mod expectations;
mod queries;
mod single;
mod together;

use serde_json::Value;

pub use self::expectations::*;
pub use self::queries::*;
pub use self::single::*;
pub use self::together::*;
use crate::records::{Action, Change, Expectation, Item, Key, Records, RecordsError, Table, Write, Written};

/// Calls the macro named with every promise: `contract_tests!(on_memory)` becomes
/// `on_memory! { a_put_answers_what_was_there, ... }`.
#[macro_export]
macro_rules! contract_tests {
    ($on_store:ident) => {
        $on_store! {
            a_put_answers_what_was_there,
            a_refused_write_changes_nothing_and_answers_what_is_there,
            an_expectation_holds_or_not_alike_alone_and_together,
            an_attribute_that_is_not_there_satisfies_no_comparison,
            an_update_sets_adds_and_removes,
            an_update_makes_the_item_if_there_is_none,
            only_a_number_grows,
            a_delete_answers_what_was_there,
            writes_together_are_stored_all_or_none,
            writes_together_answer_every_refusal_with_its_item,
            a_hundred_writes_go_together,
            every_kind_of_value_comes_back_as_it_was,
            the_three_tables_are_apart,
            a_request_wrong_in_itself_is_rejected,
            a_query_wrong_in_itself_is_rejected,
            a_partition_reads_in_order_page_by_page,
            a_table_is_scanned_whole_page_by_page,
            a_scan_wrong_in_itself_is_rejected,
            a_prefix_reads_its_part_of_a_partition,
            due_shows_what_is_due_up_to_a_moment,
            board_shows_a_status_by_the_day_of_unblocking,
            a_cursor_holds_after_its_item_is_gone,
        }
    };
}

/// An object literal as an item.
fn item(value: Value) -> Item {
    let Value::Object(item) = value else { panic!("an item is an object, not {value}") };
    item
}

fn key(promise: &str, sort: &str) -> Key {
    Key::new(Table::Migrations, promise, sort)
}

fn put(key: &Key, value: Value) -> Write {
    Write { key: key.clone(), expects: vec![], action: Action::Put(item(value)) }
}

fn update(key: &Key, changes: Vec<Change>) -> Write {
    Write { key: key.clone(), expects: vec![], action: Action::Update(changes) }
}

fn delete(key: &Key) -> Write {
    Write { key: key.clone(), expects: vec![], action: Action::Delete }
}

fn check(key: &Key, expects: Vec<Expectation>) -> Write {
    Write { key: key.clone(), expects, action: Action::Check }
}

fn expecting(mut write: Write, expects: Vec<Expectation>) -> Write {
    write.expects = expects;
    write
}

async fn store(records: &impl Records, key: &Key, value: Value) {
    let written = records.write(&put(key, value)).await.unwrap();
    assert!(matches!(written, Written::Done { .. }), "a put without expectations is never refused");
}

fn done(old: Value) -> Written {
    Written::Done { old: Some(item(old)) }
}

fn refused(found: Value) -> Written {
    Written::Refused { found: Some(item(found)) }
}

fn assert_rejected<T: std::fmt::Debug>(answer: Result<T, RecordsError>, what: &str) {
    assert!(matches!(answer, Err(RecordsError::Rejected { .. })), "{what}: {answer:?}");
}
