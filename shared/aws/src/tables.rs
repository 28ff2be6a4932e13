//! Tables made from what the template says of them, on one machine and in tests. On AWS the template makes them.

use std::collections::BTreeMap;
use std::error::Error as StdError;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{BuildError, SdkError};
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::operation::create_table::builders::CreateTableFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, StreamSpecification, StreamViewType,
};

/// A table as the template describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSpec {
    /// Its name.
    pub name: String,
    /// The types of the attributes that keys use.
    pub attributes: BTreeMap<String, AttributeType>,
    /// Its own key.
    pub key: KeySpec,
    /// Its global secondary indexes.
    pub indexes: Vec<IndexSpec>,
    /// Whether its changes are streamed, with the old and the new image.
    pub is_streamed: bool,
}

/// The type of an attribute that a key uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttributeType {
    /// `S`: text, in the order of its bytes.
    Text,
    /// `N`: a number.
    Number,
}

/// A key: every one of ours has both parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySpec {
    /// The attribute of the partition (`HASH`).
    pub partition: String,
    /// The attribute of the order in it (`RANGE`).
    pub sort: String,
}

/// A global secondary index that repeats some attributes (`INCLUDE`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexSpec {
    /// Its name.
    pub name: String,
    /// Its key.
    pub key: KeySpec,
    /// The attributes it repeats beside keys.
    pub attributes: Vec<String>,
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
    let request = describe(client, spec).map_err(|cause| error(cause.into()))?;
    match request.send().await {
        Ok(_) => Ok(()),
        Err(SdkError::ServiceError(refused))
            if matches!(refused.err(), CreateTableError::ResourceInUseException(_)) =>
        {
            Ok(())
        }
        Err(cause) => Err(error(cause.into())),
    }
}

fn describe(client: &Client, spec: &TableSpec) -> Result<CreateTableFluentBuilder, BuildError> {
    let attributes: Result<Vec<_>, _> = spec.attributes.iter().map(attribute).collect();
    let indexes: Vec<_> = spec.indexes.iter().map(index).collect::<Result<_, _>>()?;
    let stream = StreamSpecification::builder()
        .stream_enabled(true)
        .stream_view_type(StreamViewType::NewAndOldImages)
        .build()?;
    Ok(client
        .create_table()
        .table_name(&spec.name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(attributes?))
        .set_key_schema(Some(key(&spec.key)?))
        .set_global_secondary_indexes((!indexes.is_empty()).then_some(indexes))
        .set_stream_specification(spec.is_streamed.then_some(stream)))
}

fn attribute((name, kind): (&String, &AttributeType)) -> Result<AttributeDefinition, BuildError> {
    let kind = match kind {
        AttributeType::Text => ScalarAttributeType::S,
        AttributeType::Number => ScalarAttributeType::N,
    };
    AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build()
}

fn key(spec: &KeySpec) -> Result<Vec<KeySchemaElement>, BuildError> {
    [(&spec.partition, KeyType::Hash), (&spec.sort, KeyType::Range)]
        .into_iter()
        .map(|(name, kind)| KeySchemaElement::builder().attribute_name(name).key_type(kind).build())
        .collect()
}

fn index(spec: &IndexSpec) -> Result<GlobalSecondaryIndex, BuildError> {
    let repeats = Projection::builder()
        .projection_type(ProjectionType::Include)
        .set_non_key_attributes(Some(spec.attributes.clone()))
        .build();
    GlobalSecondaryIndex::builder()
        .index_name(&spec.name)
        .set_key_schema(Some(key(&spec.key)?))
        .projection(repeats)
        .build()
}
