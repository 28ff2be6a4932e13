//! Lists in pages: `limit`, `after`, and an address to go on at (facts 1.1).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::error::GraphError;
use crate::http::Call;

const DEFAULT_LIMIT: usize = 25;
const MAX_LIMIT: usize = 1_000;

/// One page of a list. The last page carries cursors too, and only a further page makes a `next`.
pub(crate) fn page(call: &Call, items: Vec<Value>) -> Result<Value, GraphError> {
    let limit = match call.parameter("limit") {
        None => DEFAULT_LIMIT,
        Some(text) => text.parse().map_err(|_| GraphError::bad_parameter("limit", "a whole number"))?,
    };
    let limit = limit.clamp(1, MAX_LIMIT);
    let start = call.parameter("after").map_or(Ok(0), position)?;
    let total = items.len();
    let data: Vec<_> = items.into_iter().skip(start).take(limit).collect();
    if data.is_empty() {
        return Ok(json!({ "data": [] }));
    }
    let end = start + data.len();
    let mut paging = Map::new();
    paging.insert("cursors".to_owned(), json!({ "before": cursor(start), "after": cursor(end) }));
    if end < total {
        paging.insert("next".to_owned(), next(call, end).into());
    }
    Ok(json!({ "data": data, "paging": paging }))
}

fn cursor(position: usize) -> String {
    URL_SAFE_NO_PAD.encode(format!("at:{position}"))
}

fn position(cursor: &str) -> Result<usize, GraphError> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let position = text.and_then(|text| text.strip_prefix("at:")?.parse().ok());
    position.ok_or_else(|| GraphError::bad_parameter("after", "a cursor of an earlier page"))
}

/// Meta's own `next` repeats the access token; this one leaves it to the header.
fn next(call: &Call, position: usize) -> String {
    let kept = call.parameters.iter().filter(|(name, _)| !matches!(name.as_str(), "after" | "before"));
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .append_pair("after", &cursor(position))
        .finish();
    format!("{}?{query}", call.address)
}
