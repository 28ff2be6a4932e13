//! How the tests play a scenario.

use handover_local::TEMPLATE;
use handover_local::rehearsal::{Rehearsal, Told, rehearse};
use handover_local::scenario::{EXAMPLE, Scenario};
use handover_local::template::Template;
use handover_local::watch::{Watch, nobody};

/// Plays a scenario's text on the functions that a template's text wires up.
pub(crate) async fn played(scenario: &str, template: &str, watch: Watch) -> Rehearsal {
    let scenario = Scenario::read(scenario).unwrap();
    rehearse(&scenario, Template::read(template).unwrap(), watch, |_| {}).await.unwrap()
}

/// Plays the page's example on another template.
pub(crate) async fn example_on(template: &str) -> Rehearsal {
    played(EXAMPLE, template, nobody()).await
}

/// Plays a scenario as it is.
pub(crate) async fn as_it_is(scenario: &str) -> Rehearsal {
    played(scenario, TEMPLATE, nobody()).await
}

/// The only migration of a rehearsal.
pub(crate) fn only(rehearsal: &Rehearsal) -> &Told {
    let [told] = rehearsal.migrations.as_slice() else { panic!("{} migrations", rehearsal.migrations.len()) };
    told
}

/// The expectations that do not hold, by the scenario's keys.
pub(crate) fn broken(rehearsal: &Rehearsal) -> Vec<&'static str> {
    rehearsal.verdicts.iter().filter(|verdict| !verdict.holds).map(|verdict| verdict.what).collect()
}
