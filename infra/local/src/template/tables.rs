//! Tables, their keys, indexes and streams.

use std::collections::BTreeMap;

use handover_aws::tables::{AttributeType, IndexSpec, KeySpec, TableSpec};

use super::yaml::Place;
use super::{Table, TemplateError};

/// What is read.
const READ: [&str; 5] =
    ["TableName", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "StreamSpecification"];
/// What keeps or bills the table and changes nothing of what calls whom.
const LEFT: [&str; 5] = [
    "BillingMode",
    "DeletionProtectionEnabled",
    "PointInTimeRecoverySpecification",
    "SSESpecification",
    "TimeToLiveSpecification",
];

pub(super) fn read(logical_id: &str, properties: Place<'_>) -> Result<Table, TemplateError> {
    properties.only(&[READ, LEFT].concat())?;
    let attributes = attributes(properties.get("AttributeDefinitions")?)?;
    let indexes = properties.find("GlobalSecondaryIndexes")?.map(Place::items).transpose()?;
    let indexes = indexes.into_iter().flatten().map(|place| index(place, &attributes));
    let spec = TableSpec {
        name: properties.get("TableName")?.text()?,
        key: key(properties.get("KeySchema")?, &attributes)?,
        indexes: indexes.collect::<Result<_, _>>()?,
        is_streamed: is_streamed(properties)?,
        attributes,
    };
    Ok(Table { logical_id: logical_id.to_owned(), spec })
}

fn attributes(definitions: Place<'_>) -> Result<BTreeMap<String, AttributeType>, TemplateError> {
    let definition = |place: Place<'_>| {
        place.only(&["AttributeName", "AttributeType"])?;
        let kind = match place.get("AttributeType")?.text()?.as_str() {
            "S" => AttributeType::Text,
            "N" => AttributeType::Number,
            other => return Err(place.error(format!("a key is S or N here, not {other}"))),
        };
        Ok((place.get("AttributeName")?.text()?, kind))
    };
    definitions.items()?.into_iter().map(definition).collect()
}

fn key(schema: Place<'_>, attributes: &BTreeMap<String, AttributeType>) -> Result<KeySpec, TemplateError> {
    let parts = schema.items()?;
    let part = |place: Option<&Place<'_>>, kind: &str| {
        let place = place.ok_or_else(|| schema.error("a key has a HASH and a RANGE here"))?;
        place.only(&["AttributeName", "KeyType"])?;
        let name = place.get("AttributeName")?.text()?;
        if place.get("KeyType")?.text()? != kind {
            return Err(place.error(format!("the {kind} is expected here: first HASH, then RANGE")));
        }
        if !attributes.contains_key(&name) {
            return Err(place.error(format!("{name} is not among the AttributeDefinitions")));
        }
        Ok(name)
    };
    if parts.len() > 2 {
        return Err(schema.error("a key has a HASH and a RANGE and nothing more"));
    }
    Ok(KeySpec { partition: part(parts.first(), "HASH")?, sort: part(parts.get(1), "RANGE")? })
}

fn index(place: Place<'_>, attributes: &BTreeMap<String, AttributeType>) -> Result<IndexSpec, TemplateError> {
    place.only(&["IndexName", "KeySchema", "Projection"])?;
    let projection = place.get("Projection")?;
    projection.only(&["ProjectionType", "NonKeyAttributes"])?;
    let kind = projection.get("ProjectionType")?;
    if kind.text()? != "INCLUDE" {
        return Err(kind.error("an index names what it repeats here: ProjectionType INCLUDE"));
    }
    Ok(IndexSpec {
        name: place.get("IndexName")?.text()?,
        key: key(place.get("KeySchema")?, attributes)?,
        attributes: projection.get("NonKeyAttributes")?.texts()?,
    })
}

fn is_streamed(properties: Place<'_>) -> Result<bool, TemplateError> {
    let Some(stream) = properties.find("StreamSpecification")? else { return Ok(false) };
    stream.only(&["StreamViewType"])?;
    let view = stream.get("StreamViewType")?;
    if view.text()? != "NEW_AND_OLD_IMAGES" {
        return Err(view.error("one machine streams NEW_AND_OLD_IMAGES only"));
    }
    Ok(true)
}
