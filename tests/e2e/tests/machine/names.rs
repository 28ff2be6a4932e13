//! One name for a function everywhere: crate, template, rule, table of functions and row; and none that nobody calls.

use std::collections::BTreeSet;
use std::path::Path;

use handover_domain::flow::{CANCELLATION, FlowName};
use handover_domain::step::Step;
use handover_local::TEMPLATE;
use handover_local::template::Template;
use serde_json::json;

fn template() -> Template {
    Template::read(TEMPLATE).unwrap()
}

/// The folders below `functions/`, each with its room.
fn crates() -> BTreeSet<(String, String)> {
    let functions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../functions");
    let names = |folder: &Path| -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
        let folders = entries.filter(|entry| entry.path().join("Cargo.toml").exists());
        folders.map(|entry| entry.file_name().into_string().unwrap()).collect()
    };
    let rooms = ["edge", "steps", "upkeep"].into_iter();
    rooms
        .flat_map(|room| names(&functions.join(room)).into_iter().map(move |name| (room.to_owned(), name)))
        .collect()
}

/// The steps that a row of a flow or an action calls.
fn called() -> BTreeSet<Step> {
    let rows = FlowName::ALL.iter().flat_map(|flow| flow.flow().rows.iter().chain([&CANCELLATION]));
    rows.map(|row| row.run_by).collect()
}

#[test]
fn a_function_is_a_crate_a_resource_and_a_name_of_the_one_way_in() {
    let crates = crates();
    let names: BTreeSet<&str> = functions::names().collect();
    assert_eq!(crates.iter().map(|(_, name)| name.as_str()).collect::<BTreeSet<_>>(), names);
    let template = template();
    assert_eq!(template.functions.len(), names.len());
    for (room, name) in &crates {
        let function = template.functions.iter().find(|function| function.name == *name).unwrap();
        assert_eq!(function.code, format!("../functions/{room}/{name}"));
        let manifest =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../functions/{room}/{name}/Cargo.toml"));
        assert!(
            std::fs::read_to_string(manifest).unwrap().contains(&format!("name = \"{name}\"\n")),
            "{name}"
        );
    }
}

#[test]
fn a_row_calls_a_step_and_every_step_has_its_crate_and_its_rule() {
    assert_eq!(called(), Step::ALL.into_iter().collect(), "a step that no row calls, or a row without one");
    let steps: BTreeSet<String> =
        crates().into_iter().filter(|(room, _)| room == "steps").map(|(_, name)| name).collect();
    assert_eq!(steps, Step::ALL.iter().map(|step| step.name().to_owned()).collect());
    let template = template();
    for step in Step::ALL {
        let due =
            json!({ "source": "handover", "detail-type": "StepDue", "detail": { "step": step.name() } });
        let taken: Vec<&str> = template
            .rules
            .iter()
            .filter(|rule| rule.pattern.takes(&due))
            .map(|rule| rule.function.as_str())
            .collect();
        assert_eq!(taken, [step.name()]);
    }
}

#[test]
fn no_function_is_there_that_nobody_calls() {
    let template = template();
    let steps = called();
    let by_rows = steps.iter().map(|step| step.name().to_owned());
    let routes = template.routes.iter().map(|route| route.function.clone());
    let schedules = template.schedules.iter().map(|schedule| schedule.function.clone());
    let streams = template.streams.iter().map(|stream| stream.function.clone());
    let used: BTreeSet<String> = by_rows.chain(routes).chain(schedules).chain(streams).collect();
    assert_eq!(used, functions::names().map(str::to_owned).collect());
}
