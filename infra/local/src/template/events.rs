//! The events of a function: the routes, rules, schedules and streams that call it.

use crate::pattern::Pattern;
use crate::schedule::{Expression, ExpressionError};

use super::yaml::Place;
use super::{FunctionSpec, Route, Rule, Schedule, StreamSource, Template, TemplateError};

/// Adds what calls `function` to the template.
pub(super) fn read(
    template: &mut Template,
    function: &FunctionSpec,
    properties: Place<'_>,
) -> Result<(), TemplateError> {
    let events = properties.find("Events")?.map(Place::entries).transpose()?;
    for (logical_id, event) in events.into_iter().flatten() {
        event.only(&["Type", "Properties"])?;
        let name = format!("{}{logical_id}", function.logical_id);
        let function = function.name.clone();
        let properties = event.get("Properties")?;
        let kind = event.get("Type")?;
        match kind.text()?.as_str() {
            "HttpApi" => template.routes.push(route(properties, function)?),
            "EventBridgeRule" => template.rules.push(rule(template, properties, name, function)?),
            "ScheduleV2" => template.schedules.push(schedule(properties, name, function)?),
            "DynamoDB" => template.streams.push(stream(template, properties, function)?),
            other => {
                return Err(kind.error(format!(
                    "one machine does not know the event {other}, only HttpApi, EventBridgeRule, ScheduleV2 and DynamoDB"
                )));
            }
        }
    }
    Ok(())
}

fn route(properties: Place<'_>, function: String) -> Result<Route, TemplateError> {
    properties.only(&["ApiId", "Method", "Path", "Auth"])?;
    properties.get("ApiId")?.text()?;
    let (method, path) = (properties.get("Method")?, properties.get("Path")?);
    let scopes = scopes(properties.get("Auth")?)?;
    let route = Route { method: method.text()?, path: path.text()?, function, scopes };
    if !["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].contains(&route.method.as_str()) {
        return Err(method.error("a route states its method here: GET, POST, PUT, PATCH, DELETE or OPTIONS"));
    }
    if !route.path.starts_with('/') || route.path.contains('+') {
        return Err(path.error("a path begins with / and has no {name+} here"));
    }
    Ok(route)
}

/// A route names the scopes any one of which lets a token through, or says that it is open. Without either, any token of
/// the issuer would be let in, which is meant of no route.
fn scopes(auth: Place<'_>) -> Result<Option<Vec<String>>, TemplateError> {
    const EITHER: &str =
        "a route names its AuthorizationScopes, or is open to whoever comes (Authorizer: NONE)";
    auth.only(&["Authorizer", "AuthorizationScopes"])?;
    let scopes = auth.find("AuthorizationScopes")?.map(Place::texts).transpose()?;
    let authorizer = auth.find("Authorizer")?.map(Place::text).transpose()?;
    match (scopes, authorizer.as_deref()) {
        (None, Some("NONE")) => Ok(None),
        (Some(scopes), None) if !scopes.is_empty() => Ok(Some(scopes)),
        _ => Err(auth.error(EITHER)),
    }
}

fn rule(
    template: &Template,
    properties: Place<'_>,
    name: String,
    function: String,
) -> Result<Rule, TemplateError> {
    properties.only(&["EventBusName", "Pattern", "RetryPolicy", "DeadLetterConfig"])?;
    delivered_once(properties)?;
    let bus = properties.get("EventBusName")?;
    let pattern = properties.get("Pattern")?;
    let rule = Rule { name, bus: bus.text()?, pattern: read_pattern(pattern, &pattern.json()?)?, function };
    if !template.buses.contains(&rule.bus) {
        return Err(bus.error(format!("there is no bus {} in this template", rule.bus)));
    }
    Ok(rule)
}

fn read_pattern(place: Place<'_>, pattern: &serde_json::Value) -> Result<Pattern, TemplateError> {
    Pattern::read(pattern).map_err(|error| place.error(error.to_string()))
}

/// One machine delivers once, and the sweep is the retry; AWS would retry for a day unless told not to. The queue of a
/// `DeadLetterConfig` is for what AWS could not deliver, which does not happen here.
fn delivered_once(properties: Place<'_>) -> Result<(), TemplateError> {
    let policy = properties.get("RetryPolicy")?;
    policy.only(&["MaximumRetryAttempts", "MaximumEventAgeInSeconds"])?;
    policy.get("MaximumEventAgeInSeconds")?.number::<u32>()?;
    let retries = policy.get("MaximumRetryAttempts")?;
    match retries.number::<u32>()? {
        0 => Ok(()),
        _ => Err(retries.error("an event is delivered once here: the sweep is the retry, so write 0")),
    }
}

fn schedule(properties: Place<'_>, name: String, function: String) -> Result<Schedule, TemplateError> {
    properties.only(&[
        "ScheduleExpression",
        "ScheduleExpressionTimezone",
        "RetryPolicy",
        "DeadLetterConfig",
    ])?;
    delivered_once(properties)?;
    let expression = properties.get("ScheduleExpression")?;
    let unplayable = |error: ExpressionError| expression.error(error.to_string());
    let played: Expression = expression.text()?.parse().map_err(unplayable)?;
    let zone = properties.get("ScheduleExpressionTimezone")?;
    if played.is_on_a_day() && zone.text()? != "UTC" {
        return Err(zone.error("one machine counts the days of a schedule in UTC; write UTC"));
    }
    Ok(Schedule { name, expression: played, zone: zone.text()?, function })
}

fn stream(
    template: &Template,
    properties: Place<'_>,
    function: String,
) -> Result<StreamSource, TemplateError> {
    properties.only(&[
        "Stream",
        "FilterCriteria",
        "BatchSize",
        "MaximumRetryAttempts",
        "MaximumRecordAgeInSeconds",
        "FunctionResponseTypes",
        // Where a new stream begins, how a poisoned batch is halved, and where it is kept: of no matter on one machine.
        "StartingPosition",
        "BisectBatchOnFunctionError",
        "DestinationConfig",
    ])?;
    let responses = properties.get("FunctionResponseTypes")?;
    if responses.texts()? != ["ReportBatchItemFailures"] {
        return Err(
            responses.error("a stream's function reports its failures here: [ReportBatchItemFailures]")
        );
    }
    Ok(StreamSource {
        table: streamed_table(template, properties.get("Stream")?)?,
        filters: filters(properties)?,
        batch: properties.get("BatchSize")?.number()?,
        retries: properties.get("MaximumRetryAttempts")?.number()?,
        max_age: properties.get("MaximumRecordAgeInSeconds")?.number()?,
        function,
    })
}

fn streamed_table(template: &Template, place: Place<'_>) -> Result<String, TemplateError> {
    let (logical_id, attribute) = place.attribute()?;
    let table = template.tables.iter().find(|table| table.logical_id == logical_id && table.spec.is_streamed);
    match table {
        Some(table) if attribute == "StreamArn" => Ok(table.spec.name.clone()),
        _ => {
            Err(place
                .error(format!("{logical_id}.{attribute} is not the StreamArn of a table with a stream")))
        }
    }
}

/// The filters of a stream. There must be one: without any, every claim and every lock would call the
/// function, on AWS at a price.
fn filters(properties: Place<'_>) -> Result<Vec<Pattern>, TemplateError> {
    let criteria = properties.get("FilterCriteria")?;
    criteria.only(&["Filters"])?;
    let filter = |place: Place<'_>| {
        place.only(&["Pattern"])?;
        let pattern = place.get("Pattern")?;
        let json = serde_json::from_str(&pattern.text()?)
            .map_err(|error| pattern.error(format!("the filter's pattern is not JSON: {error}")))?;
        read_pattern(pattern, &json)
    };
    let filters = criteria.get("Filters")?.items()?.into_iter().map(filter).collect::<Result<Vec<_>, _>>()?;
    if filters.is_empty() {
        return Err(criteria.error("a stream states at least one filter here"));
    }
    Ok(filters)
}
