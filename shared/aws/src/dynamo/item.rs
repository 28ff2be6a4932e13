//! Our items as DynamoDB's: the keys go in and out here.

use aws_sdk_dynamodb::types::AttributeValue;
use handover_engine::records::{Cursor, Item, Key, PARTITION, Page, RecordsError, SORT};

/// An item as the SDK has it.
#[expect(clippy::disallowed_types, reason = "the SDK's type of an item; nothing depends on its order")]
pub(super) type Attributes = std::collections::HashMap<String, AttributeValue>;

/// The key of an item as DynamoDB wants it.
pub(super) fn key_of(key: &Key) -> Attributes {
    [(PARTITION, &key.partition), (SORT, &key.sort)]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), AttributeValue::S(value.clone())))
        .collect()
}

/// The whole item, its keys among its attributes.
///
/// # Errors
/// If a value has no form in DynamoDB.
pub(super) fn attributes_of(key: &Key, item: &Item) -> Result<Attributes, serde_dynamo::Error> {
    let mut attributes: Attributes = serde_dynamo::to_item(item)?;
    attributes.extend(key_of(key));
    Ok(attributes)
}

/// The item without its keys.
///
/// # Errors
/// [`RecordsError::Unreadable`] if it holds what no version of ours writes.
pub(super) fn item_of(attributes: Attributes) -> Result<Item, RecordsError> {
    let mut item = whole_item_of(attributes)?;
    item.remove(PARTITION);
    item.remove(SORT);
    Ok(item)
}

/// The item with its keys.
///
/// # Errors
/// [`RecordsError::Unreadable`] if it holds what no version of ours writes.
pub(super) fn whole_item_of(attributes: Attributes) -> Result<Item, RecordsError> {
    let text =
        |name: &str| attributes.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default();
    let (partition, sort) = (text(PARTITION), text(SORT));
    serde_dynamo::from_item(attributes).map_err(|error| RecordsError::Unreadable {
        partition,
        sort,
        field: error.to_string(),
    })
}

/// A page of whole items.
///
/// # Errors
/// [`RecordsError::Unreadable`] if one holds what no version of ours writes.
pub(super) fn page_of(
    items: Option<Vec<Attributes>>,
    last: Option<Attributes>,
) -> Result<Page, RecordsError> {
    Ok(Page {
        items: items.unwrap_or_default().into_iter().map(whole_item_of).collect::<Result<_, _>>()?,
        next: last.map(whole_item_of).transpose()?.map(Cursor),
    })
}
