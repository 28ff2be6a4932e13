//! The stream of a table: a changed item becomes a record, records become a batch.
//!
//! The shapes are those that Lambda hands to a function from DynamoDB Streams, as its developer guide
//! publishes them ("Using AWS Lambda with Amazon DynamoDB").

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::account::{REGION, arn};

/// An item, or the keys of one: attribute name to value.
pub type Item = Map<String, Value>;

/// One change of an item. A write that changes nothing makes no record, so there is none for it.
#[derive(Debug, Clone, PartialEq)]
pub enum Images {
    /// The item was not there before.
    Insert {
        /// The item now, with its keys.
        new: Item,
    },
    /// The item was there and is another now.
    Modify {
        /// The item before, with its keys.
        old: Item,
        /// The item now, with its keys.
        new: Item,
    },
    /// The item is gone.
    Remove {
        /// The item before, with its keys.
        old: Item,
    },
}

impl Images {
    /// What happened between two looks at an item; `None` if nothing did.
    #[must_use]
    pub fn between(old: Option<Item>, new: Option<Item>) -> Option<Self> {
        match (old, new) {
            (None, Some(new)) => Some(Self::Insert { new }),
            (Some(old), Some(new)) if old != new => Some(Self::Modify { old, new }),
            (Some(old), None) => Some(Self::Remove { old }),
            _ => None,
        }
    }
}

/// Makes the record of one change.
///
/// `sequence` counts the table's changes; a later change has a greater one. The stream's view is always
/// `NEW_AND_OLD_IMAGES`, the only one that the template's reader lets pass.
#[must_use]
pub fn record(table: &str, keys: &Item, images: &Images, sequence: u64, at: Timestamp) -> Value {
    let (name, old, new) = match images {
        Images::Insert { new } => ("INSERT", None, Some(new)),
        Images::Modify { old, new } => ("MODIFY", Some(old), Some(new)),
        Images::Remove { old } => ("REMOVE", Some(old), None),
    };
    let images = [("OldImage", old), ("NewImage", new)];
    let images = images.into_iter().filter_map(|(name, image)| Some((name.to_owned(), attributes(image?))));
    let mut change: Item = images.chain([("Keys".to_owned(), attributes(keys))]).collect();
    // DynamoDB counts names and values; the length of the text is a little more and tells as much.
    let size = Value::from(change.values().map(|image| image.to_string().len()).sum::<usize>());
    change.extend([
        ("ApproximateCreationDateTime".to_owned(), Value::from(at.as_second())),
        ("SequenceNumber".to_owned(), Value::from(sequence_number(sequence))),
        ("SizeBytes".to_owned(), size),
        ("StreamViewType".to_owned(), Value::from("NEW_AND_OLD_IMAGES")),
    ]);
    json!({
        "eventID": format!("{sequence:032x}"),
        "eventName": name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": REGION,
        "dynamodb": change,
        // A stream is named by the moment it was made; this one never is made anew.
        "eventSourceARN": arn("dynamodb", &format!("table/{table}/stream/2026-01-01T00:00:00.000")),
    })
}

/// Sequence numbers are text of 21 digits or more that sorts like the number.
fn sequence_number(sequence: u64) -> String {
    format!("1{sequence:020}")
}

/// An item in DynamoDB's JSON, where each value stands under the name of its type.
fn attributes(item: &Item) -> Value {
    Value::Object(item.iter().map(|(name, value)| (name.clone(), attribute(value))).collect())
}

fn attribute(value: &Value) -> Value {
    match value {
        Value::Null => json!({ "NULL": true }),
        Value::Bool(bool) => json!({ "BOOL": bool }),
        Value::Number(number) => json!({ "N": number.to_string() }),
        Value::String(text) => json!({ "S": text }),
        Value::Array(list) => json!({ "L": list.iter().map(attribute).collect::<Vec<_>>() }),
        Value::Object(map) => json!({ "M": attributes(map) }),
    }
}

/// Makes the event of a batch of records.
#[must_use]
pub fn batch(records: &[Value]) -> Value {
    json!({ "Records": records })
}

/// A function's answer to a batch that Lambda would not understand: the whole batch counts as failed.
#[derive(Debug, thiserror::Error)]
pub enum FailuresError {
    /// Not JSON, or not of the published shape.
    #[error(
        "the function's answer to a batch is not {{batchItemFailures: [{{itemIdentifier}}]}}; mend the function"
    )]
    Shape(#[source] serde_json::Error),
    /// A failure names no record of the batch.
    #[error("the function reports the record {0} as failed, which was not in the batch; mend the function")]
    Stranger(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FailuresJson {
    #[serde(default)]
    batch_item_failures: Option<Vec<FailureJson>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FailureJson {
    item_identifier: String,
}

/// Where a batch must be taken up again: the place of the first failed record, `None` if all went well.
///
/// Order is kept within a shard, so Lambda repeats everything from the lowest failed sequence number on.
/// No answer (`null`, an empty object) is success.
///
/// # Errors
/// The answer has another shape, or names a record that is not in `records`.
pub fn first_failed(answer: &[u8], records: &[Value]) -> Result<Option<usize>, FailuresError> {
    let failures: Option<FailuresJson> = serde_json::from_slice(answer).map_err(FailuresError::Shape)?;
    let failures = failures.and_then(|failures| failures.batch_item_failures).unwrap_or_default();
    let place = |failure: FailureJson| {
        let number = |record: &Value| {
            record.pointer("/dynamodb/SequenceNumber").and_then(Value::as_str)
                == Some(failure.item_identifier.as_str())
        };
        records.iter().position(number).ok_or(FailuresError::Stranger(failure.item_identifier))
    };
    let places = failures.into_iter().map(place).collect::<Result<Vec<_>, _>>()?;
    Ok(places.into_iter().min())
}

#[cfg(test)]
mod tests {
    use aws_lambda_events::dynamodb::Event;
    use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};

    use super::*;

    fn item(value: Value) -> Item {
        serde_json::from_value(value).unwrap()
    }

    fn keys() -> Item {
        item(json!({"pk": "M#018f", "sk": "STATE"}))
    }

    fn state(more: Value) -> Item {
        let mut state = keys();
        state.extend(item(more));
        state
    }

    fn at() -> Timestamp {
        "2026-04-21T09:00:00Z".parse().unwrap()
    }

    /// A function's answer, written by the crate that functions write it with.
    fn answer_of(failed: &[&str]) -> Vec<u8> {
        let failure = |number: &&str| {
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier = Some((*number).to_owned());
            failure
        };
        let mut answer = DynamoDbEventResponse::default();
        answer.batch_item_failures = failed.iter().map(failure).collect();
        serde_json::to_vec(&answer).unwrap()
    }

    fn record_of(images: &Images, sequence: u64) -> Value {
        record("handover-migrations", &keys(), images, sequence, at())
    }

    #[test]
    fn a_changed_state_becomes_a_record_with_both_images() {
        let old = state(json!({"seq": 3, "due_at": 1_776_762_000_000_i64}));
        let new = state(json!({
            "seq": 4, "findings": [{"row": "subscribe-app", "open": true}], "label": null,
        }));
        let event = batch(&[record_of(&Images::Modify { old, new }, 41)]);
        insta::assert_json_snapshot!(event);

        let read: Event = serde_json::from_value(event).unwrap();
        let change = &read.records[0].change;
        let seq: i64 =
            serde_dynamo::from_attribute_value(change.new_image.get("seq").unwrap().clone()).unwrap();
        assert_eq!((seq, read.records[0].event_name.as_str()), (4, "MODIFY"));
        assert_eq!(change.approximate_creation_date_time.timestamp(), at().as_second());
    }

    #[test]
    fn an_insert_has_no_old_image_and_a_remove_no_new_one() {
        let insert = record_of(&Images::Insert { new: keys() }, 1);
        assert_eq!(insert["eventName"], "INSERT");
        assert_eq!(insert["dynamodb"].get("OldImage"), None);
        let remove = record_of(&Images::Remove { old: keys() }, 2);
        assert_eq!(remove["eventName"], "REMOVE");
        assert_eq!(remove["dynamodb"].get("NewImage"), None);
        let _: Event = serde_json::from_value(batch(&[insert, remove])).unwrap();
    }

    #[test]
    fn a_write_that_changes_nothing_makes_no_record() {
        assert_eq!(Images::between(Some(keys()), Some(keys())), None);
        assert_eq!(Images::between(None, None), None);
        assert_eq!(Images::between(None, Some(keys())), Some(Images::Insert { new: keys() }));
    }

    #[test]
    fn sequence_numbers_sort_as_text_as_they_do_as_numbers() {
        let numbers = [0, 9, 10, 999, u64::MAX].map(sequence_number);
        assert!(numbers.is_sorted());
    }

    #[test]
    fn a_batch_is_taken_up_at_the_first_failed_record() {
        let records = [1, 2, 3].map(|sequence| record_of(&Images::Insert { new: keys() }, sequence));
        let answer = answer_of(&[&sequence_number(3), &sequence_number(2)]);
        assert_eq!(first_failed(&answer, &records).unwrap(), Some(1));

        for success in [answer_of(&[]).as_slice(), b"null", b"{}"] {
            assert_eq!(first_failed(success, &records).unwrap(), None);
        }
    }

    #[test]
    fn an_answer_that_lambda_would_not_understand_fails_the_batch() {
        let records = [record_of(&Images::Insert { new: keys() }, 1)];
        assert!(matches!(first_failed(b"<html>", &records), Err(FailuresError::Shape(_))));
        let answer = first_failed(&answer_of(&["7"]), &records);
        assert!(matches!(answer, Err(FailuresError::Stranger(number)) if number == "7"));
    }
}
