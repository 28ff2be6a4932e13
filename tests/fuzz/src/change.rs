//! What is done to good input: to its bytes, and to the JSON in it, also where a body is JSON inside of JSON.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::string::string_regex;
use serde_json::{Value, json};

use crate::corpus::File;

/// One change.
#[derive(Debug, Clone)]
pub enum Change {
    /// A value becomes another.
    Becomes(Index, Value),
    /// A value becomes something that JSON's own types cannot hold.
    Raw(Index, String),
    /// A field or an entry goes; what has none becomes null.
    Goes(Index, Index),
    /// An entry comes so many times, a field gets another name.
    Again(Index, Index, usize),
    /// A number becomes text, text a number, anything else a list of itself.
    Retyped(Index),
    /// A value of another file takes its place.
    Grafted(Index, Index, Index),
    /// A bit is flipped.
    Flipped(Index, u8),
    /// Bytes go.
    Cut(Index, usize),
    /// Bytes come in.
    Inserted(Index, Vec<u8>),
    /// Bytes come again elsewhere.
    Copied(Index, usize, Index),
}

/// Text that has broken parsers, ids, paths, logs and pages before.
const TEXTS: &[&str] = &[
    "",
    " ",
    "0",
    "-1",
    "1.0",
    "1e3",
    "null",
    "true",
    "..",
    "../..",
    "12/34",
    "12%2F34",
    "%00",
    "%",
    "a\u{0}b",
    "\r\nx: y",
    "\u{202e}reversed",
    "\u{feff}1",
    "１２３",
    "١٢٣",
    "4865859711959４1",
    "раrtner-switch",
    "e\u{301}",
    "😀",
    "\u{fffd}",
    "'\"\\`",
    "{{7*7}}",
    "${jndi:x}",
    "<script>",
    "M#1",
    "STATE",
    "D#",
    "#",
    "2026-02-30",
    "9999-12-31",
    "-009999-01-01",
    "+009999-12-31T23:59:59Z",
    "2026-04-31T24:61:61+99:99",
    "2016-12-31T23:59:60Z",
    "Europe/Berlin",
    "Atlantis",
    "../../etc/localtime",
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "0199a000-0000-7000-8000-0000000000ff",
    "18446744073709551616",
    "123456789012345678901",
    "sha256=",
    "link-999",
];

/// What is JSON, or nearly, and no value of `serde_json` as we use it.
const RAW: &[&str] = &[
    "1e999",
    "-0",
    "-0.0",
    "01",
    "NaN",
    "1.7976931348623157e309",
    "123456789012345678901234567890",
    "18446744073709551615",
    "-9223372036854775809",
    "0.1e-400",
    "\"\\ud800\"",
    "\"\\u0000\"",
    "1,\"seq\":1",
    "null,\"id\":\"1\"",
    "/**/1",
    "'x'",
    "",
];

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => select(TEXTS).prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => select(&[i64::MIN, -1, 0, 1, i64::MAX]).prop_map(Value::from),
        1 => select(&[u64::MAX, 1 << 53, 253_402_300_800, 1_776_765_600]).prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => select(&["x", "é", "0", "９", "\u{1}", "%2F"]).prop_flat_map(|part| (1..6_000_usize).prop_map(move |times| part.repeat(times).into())),
        // Read once: a class of all of Unicode takes longer to read than a door to try.
        1 => string_regex("\\PC{0,40}").expect("an expression").prop_map(Value::from),
        1 => select(vec![Value::Null, json!([]), json!({}), json!([[]]), json!([null]), json!({ "": "" })]),
    ]
}

fn raw() -> impl Strategy<Value = String> {
    let deep = |open: &'static str, shut: &'static str| {
        (1..400_usize).prop_map(move |depth| format!("{}{}", open.repeat(depth), shut.repeat(depth)))
    };
    prop_oneof![
        6 => select(RAW).prop_map(str::to_owned),
        1 => deep("[", "]"),
        1 => deep("{\"a\":[", "]}"),
        1 => (1..20_000_usize).prop_map(|depth| "[".repeat(depth)),
    ]
}

/// A few changes, the more telling ones oftener.
pub fn changes() -> impl Strategy<Value = Vec<Change>> {
    let at = any::<Index>;
    let one = prop_oneof![
        6 => (at(), value()).prop_map(|(at, value)| Change::Becomes(at, value)),
        2 => (at(), raw()).prop_map(|(at, raw)| Change::Raw(at, raw)),
        2 => (at(), at()).prop_map(|(at, part)| Change::Goes(at, part)),
        1 => (at(), at(), 1..40_usize).prop_map(|(at, part, times)| Change::Again(at, part, times)),
        2 => at().prop_map(Change::Retyped),
        2 => (at(), at(), at()).prop_map(|(at, file, part)| Change::Grafted(at, file, part)),
        2 => (at(), 0..8_u8).prop_map(|(at, bit)| Change::Flipped(at, bit)),
        1 => (at(), 1..200_usize).prop_map(|(at, length)| Change::Cut(at, length)),
        1 => (at(), prop::collection::vec(any::<u8>(), 1..12)).prop_map(|(at, bytes)| Change::Inserted(at, bytes)),
        1 => (at(), 1..200_usize, at()).prop_map(|(from, length, to)| Change::Copied(from, length, to)),
    ];
    prop::collection::vec(one, 0..5)
}

/// The input after the changes.
#[must_use]
pub fn changed(good: &[u8], corpus: &[File], changes: &[Change]) -> Vec<u8> {
    changes.iter().fold(good.to_vec(), |bytes, change| change.applied(bytes, corpus))
}

/// Stands for a raw text until the JSON around it is written.
const PLACE: &str = "@raw@";

impl Change {
    fn applied(&self, bytes: Vec<u8>, corpus: &[File]) -> Vec<u8> {
        match self {
            Self::Becomes(at, value) => in_json(bytes, at, |old| *old = value.clone()),
            Self::Raw(at, raw) => with_raw(&in_json(bytes, at, |old| *old = PLACE.into()), raw),
            Self::Goes(at, part) => in_json(bytes, at, |old| goes(old, part)),
            Self::Again(at, part, times) => in_json(bytes, at, |old| again(old, part, *times)),
            Self::Retyped(at) => in_json(bytes, at, retype),
            Self::Grafted(at, file, part) => {
                let other = serde_json::from_slice(&file.get(corpus).bytes);
                let Ok(mut other) = other else { return bytes };
                let mut taken = Value::Null;
                let mut place = part.index(nodes(&other));
                at_node(&mut other, &mut place, &mut |node| taken = node.clone());
                in_json(bytes, at, |old| *old = taken.clone())
            }
            Self::Flipped(at, bit) => in_bytes(bytes, at, |bytes, at| bytes[at] ^= 1 << bit),
            Self::Cut(at, length) => in_bytes(bytes, at, |bytes, at| {
                let end = bytes.len().min(at + length);
                bytes.drain(at..end);
            }),
            Self::Inserted(at, new) => in_bytes(bytes, at, |bytes, at| {
                bytes.splice(at..at, new.iter().copied());
            }),
            Self::Copied(from, length, to) => in_bytes(bytes, from, |bytes, from| {
                let copy = bytes[from..bytes.len().min(from + length)].to_vec();
                let to = to.index(bytes.len());
                bytes.splice(to..to, copy);
            }),
        }
    }
}

fn in_bytes(mut bytes: Vec<u8>, at: &Index, change: impl FnOnce(&mut Vec<u8>, usize)) -> Vec<u8> {
    if !bytes.is_empty() {
        let at = at.index(bytes.len());
        change(&mut bytes, at);
    }
    bytes
}

/// Changes one value of the JSON; what is none stays.
fn in_json(bytes: Vec<u8>, at: &Index, mut change: impl FnMut(&mut Value)) -> Vec<u8> {
    let Ok(mut whole) = serde_json::from_slice::<Value>(&bytes) else { return bytes };
    let mut place = at.index(nodes(&whole));
    at_node(&mut whole, &mut place, &mut change);
    whole.to_string().into_bytes()
}

fn with_raw(bytes: &[u8], raw: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let inside = raw.replace('\\', "\\\\").replace('"', "\\\"");
    text.replace(&format!("\\\"{PLACE}\\\""), &inside).replace(&format!("\"{PLACE}\""), raw).into_bytes()
}

/// The JSON that a text holds, as the body of an event does.
fn inner(text: &str) -> Option<Value> {
    text.starts_with(['{', '[']).then(|| serde_json::from_str(text).ok()).flatten()
}

fn nodes(value: &Value) -> usize {
    1 + match value {
        Value::Array(entries) => entries.iter().map(nodes).sum(),
        Value::Object(fields) => fields.values().map(nodes).sum(),
        Value::String(text) => inner(text).as_ref().map_or(0, nodes),
        _ => 0,
    }
}

/// Changes the node at that place, counted from the root; whether it was found below this one.
fn at_node(value: &mut Value, place: &mut usize, change: &mut dyn FnMut(&mut Value)) -> bool {
    if *place == 0 {
        change(value);
        return true;
    }
    *place -= 1;
    match value {
        Value::Array(entries) => entries.iter_mut().any(|entry| at_node(entry, place, change)),
        Value::Object(fields) => fields.values_mut().any(|field| at_node(field, place, change)),
        Value::String(text) => {
            let Some(mut inside) = inner(text) else { return false };
            let found = at_node(&mut inside, place, change);
            if found {
                *text = inside.to_string();
            }
            found
        }
        _ => false,
    }
}

fn name_of(fields: &serde_json::Map<String, Value>, part: &Index) -> Option<String> {
    (!fields.is_empty()).then(|| fields.keys().nth(part.index(fields.len())).cloned()).flatten()
}

fn goes(value: &mut Value, part: &Index) {
    match value {
        Value::Array(entries) if !entries.is_empty() => {
            entries.remove(part.index(entries.len()));
        }
        Value::Object(fields) => {
            if let Some(name) = name_of(fields, part) {
                fields.remove(&name);
            }
        }
        other => *other = Value::Null,
    }
}

fn again(value: &mut Value, part: &Index, times: usize) {
    match value {
        Value::Array(entries) if !entries.is_empty() => {
            let entry = part.get(entries).clone();
            entries.extend(std::iter::repeat_n(entry, times));
        }
        Value::Object(fields) => {
            if let Some(name) = name_of(fields, part) {
                let held = fields.remove(&name).unwrap_or_default();
                fields.insert(format!("{name}{}", "x".repeat(times)), held);
            }
        }
        Value::String(text) => *text = text.repeat(times),
        _ => {}
    }
}

fn retype(value: &mut Value) {
    *value = match &*value {
        Value::Number(number) => number.to_string().into(),
        Value::String(text) => match text.parse::<u64>() {
            Ok(number) => number.into(),
            Err(_) => json!([text]),
        },
        _ => json!([value.clone()]),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_in_a_body_that_is_json_in_json_is_found_and_changed() {
        let good = json!({ "body": "{\"a\":[1,2]}", "c": true });
        assert_eq!(nodes(&good), 7);
        let seen: std::collections::BTreeSet<String> = (0..7)
            .map(|mut place| {
                let mut copy = good.clone();
                assert!(at_node(&mut copy, &mut place, &mut |node| *node = "hit".into()));
                copy.to_string()
            })
            .collect();
        assert_eq!(seen.len(), 7, "each place is another");
        assert!(seen.contains(r#"{"body":"{\"a\":[1,\"hit\"]}","c":true}"#), "{seen:?}");
    }

    #[test]
    fn what_no_value_can_hold_is_written_raw_at_both_depths() {
        let event = br#"{"body":"{\"a\":\"@raw@\"}","c":"@raw@"}"#;
        assert_eq!(with_raw(event, "\"\\u0000\""), br#"{"body":"{\"a\":\"\\u0000\"}","c":"\u0000"}"#);
    }
}
