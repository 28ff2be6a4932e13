//! Message templates: list, read, copy from another WABA, make (facts 8).

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::Reply;
use crate::error::GraphError;
use crate::fields::{Field, Selection};
use crate::http::Call;
use crate::paging::page;
use crate::simulator::Simulator;
use crate::world::{Template, TemplateContent, WhenCopied, World};

/// What a read without `fields` gives.
const DEFAULT_FIELDS: &str = "id,name,language,status,category";
/// At most so many are copied in one call (facts 8.2).
const MOST_COPIED: usize = 500;
/// At most so many are made in an hour on one WABA (facts 8.3).
const MOST_MADE: usize = 100;
const HOUR: SignedDuration = SignedDuration::from_hours(1);

pub(super) fn list(simulator: &mut Simulator, call: &Call) -> Reply {
    let world = &simulator.world;
    let caller = world.caller(call, simulator.now)?;
    world.reach_waba(&caller, call, &call.node)?;
    let templates: Result<Vec<_>, _> =
        world.templates_of(&call.node).map(|(id, template)| render(world, call, id, template)).collect();
    Ok(page(call, templates?)?.into())
}

pub(super) fn read(simulator: &mut Simulator, call: &Call) -> Reply {
    let world = &simulator.world;
    let caller = world.caller(call, simulator.now)?;
    let template = world.templates.get(&call.node).ok_or_else(|| call.missing_object())?;
    world.reach_waba(&caller, call, &template.waba_id).map_err(|_| call.missing_object())?;
    Ok(render(world, call, &call.node, template)?.into())
}

fn render(world: &World, call: &Call, id: &str, template: &Template) -> Result<Value, GraphError> {
    let selection = Selection::parse(call.parameter("fields").unwrap_or(DEFAULT_FIELDS))?;
    let content = &template.content;
    selection.read("WhatsAppMessageTemplate", id, call.unreadable.as_deref(), |name| match name {
        "name" => content.name.clone().into(),
        "language" => content.language.clone().into(),
        "category" => content.category.clone().into(),
        "status" => content.status.clone().into(),
        "quality_score" if !world.settings.template_quality_readable => Field::Unknown,
        "quality_score" => json!({ "score": content.quality, "date": 1_700_000_000 }).into(),
        "parameter_format" => "POSITIONAL".into(),
        "components" => json!([{ "type": "BODY", "text": format!("Hello from {}", content.name) }]).into(),
        "rejected_reason" => "NONE".into(),
        _ => Field::Unknown,
    })
}

/// `POST /{waba}/migrate_message_templates`: copies into this WABA, as far as Meta takes them; the source keeps its own.
pub(super) fn migrate(simulator: &mut Simulator, call: &Call) -> Reply {
    let now = simulator.now;
    let world = &mut simulator.world;
    let caller = world.caller(call, now)?;
    let business_id = world.reach_waba(&caller, call, &call.node)?.business_id.clone();
    let source_id = call.required_id("source_waba_id")?;
    if world.reach_waba(&caller, call, source_id)?.business_id != business_id {
        return Err(GraphError::new(100, "Both accounts must belong to the same business."));
    }
    let asked = asked(world, call, source_id)?;
    let (mut migrated, mut failed) = (Vec::new(), BTreeMap::new());
    for id in asked {
        let template = world.templates.get(&id).filter(|template| template.waba_id == source_id).cloned();
        match template
            .ok_or("Template does not exist")
            .and_then(|template| world.copy(&template, &call.node, now))
        {
            Ok(()) => migrated.push(id),
            Err(why) => {
                failed.insert(id, why);
            }
        }
    }
    Ok(json!({ "migrated_templates": migrated, "failed_templates": failed }).into())
}

fn asked(world: &World, call: &Call, source_id: &str) -> Result<Vec<String>, GraphError> {
    let number = |name: &'static str, default: usize| match call.parameter(name) {
        None => Ok(default),
        Some(text) => text.parse().map_err(|_| GraphError::bad_parameter(name, "a whole number")),
    };
    let ids: Vec<String> = match call.parameter("template_ids") {
        Some(list) => serde_json::from_str(list)
            .map_err(|_| GraphError::bad_parameter("template_ids", "a list of ids"))?,
        None => {
            let count = number("count", MOST_COPIED)?.min(MOST_COPIED);
            let start = number("page_number", 0)?.saturating_mul(count);
            world.templates_of(source_id).map(|(id, _)| id.clone()).skip(start).take(count).collect()
        }
    };
    let fits = ids.len() <= MOST_COPIED;
    fits.then_some(ids).ok_or_else(|| GraphError::bad_parameter("template_ids", "at most 500 ids"))
}

/// `POST /{waba}/message_templates`: Meta checks what was made before it may be sent.
pub(super) fn make(simulator: &mut Simulator, call: &Call) -> Reply {
    let now = simulator.now;
    let world = &mut simulator.world;
    let caller = world.caller(call, now)?;
    world.reach_waba(&caller, call, &call.node)?;
    let content = TemplateContent {
        name: call.required("name")?.to_owned(),
        language: call.required("language")?.to_owned(),
        category: call.required("category")?.to_owned(),
        status: "PENDING".to_owned(),
        quality: "UNKNOWN".to_owned(),
        when_copied: WhenCopied::Stays,
    };
    let components: Result<Vec<Value>, _> = serde_json::from_str(call.required("components")?);
    if components.is_err() {
        return Err(GraphError::bad_parameter("components", "a list"));
    }
    let there = || world.templates_of(&call.node).map(|(_, other)| &other.content);
    if there().any(|other| other.name == content.name && other.language == content.language) {
        let exists = "There is already content in this language.";
        return Err(GraphError::new(100, exists).subcode(2_388_024));
    }
    let made_lately = world.templates_of(&call.node).filter(|(_, other)| other.made_at + HOUR > now);
    if made_lately.count() >= MOST_MADE {
        return Err(GraphError::new(80_008, "There have been too many calls to this account."));
    }
    let (status, category) = (content.status.clone(), content.category.clone());
    let id = world.new_id();
    world
        .templates
        .insert(id.clone(), Template { waba_id: call.node.clone(), content, made_at: now, checked_at: None });
    Ok(json!({ "id": id, "status": status, "category": category }).into())
}
