//! The template as it is written, for what one machine does not play: roles, variables.

use saphyr::{LoadableYamlNode, ScalarOwned, YamlOwned};

/// The whole of it.
pub fn template() -> YamlOwned {
    let [template] = YamlOwned::load_from_str(handover_local::TEMPLATE).unwrap().try_into().unwrap();
    template
}

/// The keys of a mapping and their values.
pub fn entries(node: &YamlOwned) -> Vec<(&str, &YamlOwned)> {
    let YamlOwned::Mapping(mapping) = node else { panic!("no mapping: {node:?}") };
    mapping.iter().map(|(key, value)| (key.as_str().unwrap(), value)).collect()
}

/// What lies at the end of a path, if there is something.
pub fn find_maybe<'a>(node: &'a YamlOwned, path: &[&str]) -> Option<&'a YamlOwned> {
    path.iter().try_fold(node, |node, key| {
        entries(node).into_iter().find_map(|(name, value)| (name == *key).then_some(value))
    })
}

/// What lies at the end of a path.
pub fn find<'a>(node: &'a YamlOwned, path: &[&str]) -> &'a YamlOwned {
    find_maybe(node, path).unwrap_or_else(|| panic!("{path:?} is not in the template"))
}

/// The elements of a list; what is none is one itself.
pub fn list(node: &YamlOwned) -> Vec<&YamlOwned> {
    match node {
        YamlOwned::Sequence(list) => list.iter().collect(),
        one => vec![one],
    }
}

/// A text, or the resource that an intrinsic names: `Migrations/index/due`.
pub fn shown(node: &YamlOwned) -> String {
    match node {
        YamlOwned::Value(ScalarOwned::String(text)) => text.clone(),
        YamlOwned::Value(ScalarOwned::Integer(number)) => number.to_string(),
        YamlOwned::Tagged(_, inner) => {
            let text = inner.as_str().unwrap();
            text.replace("${", "").replace('}', "").replace(".StreamArn", "/stream").replace(".Arn", "")
        }
        other => panic!("neither a text nor a resource: {other:?}"),
    }
}

/// The properties of a function's resource.
pub fn properties_of<'a>(template: &'a YamlOwned, function: &str) -> &'a YamlOwned {
    let resources = entries(find(template, &["Resources"]));
    let mut properties = resources.into_iter().filter_map(|(_, one)| find_maybe(one, &["Properties"]));
    let is_it =
        |one: &&YamlOwned| find_maybe(one, &["FunctionName"]).is_some_and(|name| shown(name) == function);
    properties.find(is_it).unwrap()
}
