//! The documents say what the code says: what can be derived from the tables is, and is compared here.
//!
//! A difference is mended with `UPDATE_DOCS=1 cargo test -p functions --test docs`, which writes the parts
//! between `<!-- generated -->` and `<!-- end -->` anew, and `docs/openapi.json` as a whole.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot read its document has failed")]

mod configuration;
mod errors;
mod flows;
mod hand_off;
mod openapi;
mod scopes;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use handover_domain::scope::ROUTES;

const BEGINS: &str = "<!-- generated -->\n";
const ENDS: &str = "<!-- end -->\n";

#[test]
fn the_readme_shows_every_flow_as_its_table_says() {
    compare("functions/README.md", &[flows::tables()]);
}

#[test]
fn the_readme_names_every_function_in_the_order_of_the_bundle() {
    assert_eq!(flows::linked(&read("functions/README.md")), functions::names().collect::<Vec<_>>());
}

#[test]
fn the_configuration_page_lists_every_variable() {
    compare("docs/configuration.md", &[configuration::variables()]);
}

#[test]
fn the_operations_page_says_which_scope_is_for_what() {
    compare("docs/operations.md", &[scopes::table(), scopes::open()]);
}

#[test]
fn every_route_of_the_table_of_scopes_is_in_the_document_and_no_other_is() {
    let known: BTreeSet<String> = ROUTES.iter().map(|(route, _)| (*route).to_owned()).collect();
    assert_eq!(known, openapi::routes());
}

#[test]
fn the_errors_page_lists_every_reason_and_every_error_of_metas() {
    compare("docs/errors.md", &[errors::reasons(), errors::metas(), errors::meanings()]);
}

#[test]
fn the_errors_page_has_an_anchor_for_every_problem() {
    let page = read("docs/errors.md");
    for opening in errors::problems() {
        assert!(page.contains(&opening), "docs/errors.md must contain:\n{opening}");
    }
}

#[test]
fn the_api_document_is_that_of_the_types_and_routes() {
    compare_json("docs/openapi.json", &openapi::document());
}

#[test]
fn the_schema_of_a_hand_off_is_that_of_the_types() {
    compare_json("docs/hand-off.schema.json", &hand_off::schema(&openapi::document()));
}

#[test]
fn no_field_of_a_hand_off_could_hold_a_secret() {
    let fields = hand_off::fields(&hand_off::schema(&openapi::document()));
    assert!(fields.len() > 10, "{fields:?}");
    for secret in ["token", "pin", "code", "proof", "link", "state"] {
        let named = |field: &&String| field.split('_').any(|word| word == secret);
        assert_eq!(fields.iter().find(named), None);
    }
}

/// Compares a whole document with what it should be, or writes it.
fn compare_json(path: &str, wanted: &serde_json::Value) {
    let found: serde_json::Value = match fs::read_to_string(in_the_house(path)) {
        Ok(text) => serde_json::from_str(&text).unwrap(),
        Err(_) => serde_json::Value::Null,
    };
    if found != *wanted && is_to_be_written() {
        fs::write(in_the_house(path), format!("{wanted:#}\n")).unwrap();
    } else {
        let (found, wanted) = (format!("{found:#}"), format!("{wanted:#}"));
        assert!(found == wanted, "{}", differs(path, &found, &wanted));
    }
}

#[test]
fn the_api_document_has_every_route_of_the_template_and_no_other() {
    assert_eq!(openapi::routes(), openapi::routes_of(&read("infra/template.yaml")));
}

/// Compares the generated parts of a document with what they should be, or writes them.
fn compare(path: &str, parts: &[String]) {
    let before = read(path);
    let mut pieces = before.split(BEGINS);
    let mut after = pieces.next().unwrap().to_owned();
    let mut wanted = parts.iter();
    for piece in pieces {
        let rest = piece.split_once(ENDS).unwrap_or_else(|| panic!("{path}: {BEGINS} without {ENDS}")).1;
        let part = wanted.next().unwrap_or_else(|| panic!("{path} has more than {} parts", parts.len()));
        after.push_str(&format!("{BEGINS}\n{part}\n{ENDS}{rest}"));
    }
    assert!(wanted.next().is_none(), "{path} has fewer than {} generated parts", parts.len());
    if before != after && is_to_be_written() {
        fs::write(in_the_house(path), after).unwrap();
    } else {
        assert!(before == after, "{}", differs(path, &before, &after));
    }
}

/// Where a document and the code first say different things.
fn differs(path: &str, found: &str, wanted: &str) -> String {
    let lines = found.lines().chain(std::iter::repeat("")).zip(wanted.lines().chain(std::iter::repeat("")));
    let most = found.lines().count().max(wanted.lines().count());
    let first = lines.take(most).enumerate().find(|(_, (found, wanted))| found != wanted);
    let (line, (found, wanted)) = first.unwrap_or_default();
    format!(
        "{path} is not what the code says, first in line {}:\n  found:  {found}\n  wanted: {wanted}\n`just docs` writes it anew",
        line + 1
    )
}

#[expect(clippy::disallowed_methods, reason = "whether to write is said by whoever starts the test")]
fn is_to_be_written() -> bool {
    std::env::var("UPDATE_DOCS").is_ok()
}

fn read(path: &str) -> String {
    fs::read_to_string(in_the_house(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn in_the_house(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// A line of a table; what would be markup is escaped.
fn line<const N: usize>(cells: [String; N]) -> String {
    let cells = cells.map(|cell| cell.replace('|', r"\|").replace('<', r"\<"));
    format!("| {} |\n", cells.join(" | "))
}
