//! A corpus that is no longer understood would try the doors' locks and never their rooms.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, reason = "a test")]

use std::collections::BTreeSet;

use fuzz::{corpus, doors};
use serde_json::Value;

#[test]
fn each_request_is_answered_with_the_status_that_its_name_begins_with() {
    let mut wrong = Vec::new();
    for door in [doors::API, doors::SIGNUP] {
        for file in corpus::of(door.name) {
            let (status, body) = doors::answered(&door, &file.bytes).expect("a request");
            if !file.name.starts_with(&format!("{status}-")) {
                wrong.push(format!("{} {}: {status} {body}", door.name, file.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_route_of_the_api_document_has_its_request() {
    let tried: BTreeSet<String> = [doors::API, doors::SIGNUP]
        .iter()
        .flat_map(|door| corpus::of(door.name))
        .map(|file| {
            serde_json::from_slice::<Value>(&file.bytes).unwrap()["routeKey"].as_str().unwrap().to_owned()
        })
        .collect();
    let document: Value = serde_json::from_str(include_str!("../../../docs/openapi.json")).unwrap();
    let of_the_document: BTreeSet<String> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(path, _)| *path != "/webhook")
        .flat_map(|(path, methods)| {
            methods.as_object().unwrap().keys().map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    assert_eq!(of_the_document.difference(&tried).collect::<Vec<_>>(), Vec::<&String>::new());
}
