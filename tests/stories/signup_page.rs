//! The partner's signup page calls from a browser: it may, it can read the answer, and no other page can.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

use serde_json::json;
use simulation::envelopes;
use simulation::script::Script;
use simulation::world::World;

#[test]
fn a_browser_that_asks_may_post_from_the_partners_page_alone() {
    let world = World::new(&Script::example());
    let mut asks = envelopes::post("/signup", &json!({}));
    asks["routeKey"] = json!("OPTIONS /signup");
    asks["requestContext"]["http"]["method"] = json!("OPTIONS");
    asks["headers"]["origin"] = json!("https://somebody.else");
    let answer = world.ask("signup", asks.to_string().as_bytes()).expect("an answer");
    assert_eq!(answer["statusCode"], 204);
    assert_eq!(answer["headers"]["access-control-allow-origin"], "https://partner.example");
    assert_eq!(answer["headers"]["access-control-allow-methods"], "POST");
    assert_eq!(answer["headers"]["access-control-allow-headers"], "content-type");
}

#[test]
fn a_refusal_can_be_read_by_the_page_too() {
    let world = World::new(&Script::example());
    let malformed = envelopes::post("/signup", &json!({ "code": 1 }));
    let answer = world.ask("signup", malformed.to_string().as_bytes()).expect("an answer");
    assert_eq!(answer["statusCode"], 400);
    assert_eq!(answer["headers"]["access-control-allow-origin"], "https://partner.example");
    assert_eq!(answer["headers"]["access-control-expose-headers"], "retry-after");
}
