//! Tables made from what the template says of them, on one machine and in tests. On AWS the template makes them.

use std::error::Error as StdError;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{BuildError, SdkError};
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, StreamSpecification, StreamViewType,
};

/// A table as the template describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSpec {
    /// Its name.
    pub name: String,
    /// The attribute of its partition key.
    pub partition: KeySpec,
    /// The attribute of its sort key.
    pub sort: KeySpec,
    /// Its indexes.
    pub indexes: Vec<IndexSpec>,
    /// Whether it has a stream of old and new images.
    pub stream: bool,
}

/// An attribute that is a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySpec {
    /// The attribute's name.
    pub name: String,
    /// Its type.
    pub kind: KeyKind,
}

/// The type of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// `S`: text, in the order of its bytes.
    Text,
    /// `N`: a number.
    Number,
}

/// A global index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexSpec {
    /// Its name.
    pub name: String,
    /// The attribute of its partition key.
    pub partition: KeySpec,
    /// The attribute of its sort key.
    pub sort: KeySpec,
    /// The attributes it carries beside keys.
    pub shows: Vec<String>,
}

/// Why a table was not made.
#[derive(Debug, thiserror::Error)]
#[error("the table {table} was not made; look at its entry in the template and at the database's log")]
pub struct TableError {
    /// The table.
    pub table: String,
    /// What the database or its client said.
    #[source]
    pub source: Box<dyn StdError + Send + Sync>,
}

/// Makes the table. A table of that name which is already there stays as it is.
///
/// # Errors
/// If the specification is none, or the database refuses it or gives no answer.
pub async fn create_table(client: &Client, spec: &TableSpec) -> Result<(), TableError> {
    let error = |source: Box<dyn StdError + Send + Sync>| TableError { table: spec.name.clone(), source };
    let stream = StreamSpecification::builder()
        .stream_enabled(true)
        .stream_view_type(StreamViewType::NewAndOldImages)
        .build();
    let indexes: Result<Vec<_>, BuildError> = spec.indexes.iter().map(index).collect();
    let indexes = indexes.map_err(|cause| error(cause.into()))?;
    let made = client
        .create_table()
        .table_name(&spec.name)
        .set_key_schema(Some(schema(&spec.partition, &spec.sort).map_err(|cause| error(cause.into()))?))
        .set_attribute_definitions(Some(attributes(spec).map_err(|cause| error(cause.into()))?))
        .set_global_secondary_indexes((!indexes.is_empty()).then_some(indexes))
        .set_stream_specification(
            spec.stream.then(|| stream.map_err(|cause| error(cause.into()))).transpose()?,
        )
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await;
    match made {
        Ok(_) => Ok(()),
        Err(SdkError::ServiceError(refused))
            if matches!(refused.err(), CreateTableError::ResourceInUseException(_)) =>
        {
            Ok(())
        }
        Err(cause) => Err(error(Box::new(cause))),
    }
}

fn schema(partition: &KeySpec, sort: &KeySpec) -> Result<Vec<KeySchemaElement>, BuildError> {
    [(partition, KeyType::Hash), (sort, KeyType::Range)]
        .into_iter()
        .map(|(key, kind)| KeySchemaElement::builder().attribute_name(&key.name).key_type(kind).build())
        .collect()
}

/// Every key once, as DynamoDB wants them: a key of several indexes is one attribute.
fn attributes(spec: &TableSpec) -> Result<Vec<AttributeDefinition>, BuildError> {
    let mut keys = vec![&spec.partition, &spec.sort];
    keys.extend(spec.indexes.iter().flat_map(|index| [&index.partition, &index.sort]));
    keys.sort_by_key(|key| &key.name);
    keys.dedup();
    keys.into_iter()
        .map(|key| {
            let kind = match key.kind {
                KeyKind::Text => ScalarAttributeType::S,
                KeyKind::Number => ScalarAttributeType::N,
            };
            AttributeDefinition::builder().attribute_name(&key.name).attribute_type(kind).build()
        })
        .collect()
}

fn index(spec: &IndexSpec) -> Result<GlobalSecondaryIndex, BuildError> {
    let shows = Projection::builder()
        .projection_type(ProjectionType::Include)
        .set_non_key_attributes(Some(spec.shows.clone()))
        .build();
    GlobalSecondaryIndex::builder()
        .index_name(&spec.name)
        .set_key_schema(Some(schema(&spec.partition, &spec.sort)?))
        .projection(shows)
        .build()
}
