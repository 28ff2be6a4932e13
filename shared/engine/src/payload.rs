//! Reading what came from outside: a refusal names the field and never repeats what stood in it.
//!
//! A payload that is not ours may hold anything, a token in the wrong place for one; so the words of the
//! parser, which quote what they found, go no further than here.

use serde::de::DeserializeOwned;

/// A payload that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} {what}", self.shown())]
pub struct Unfit {
    /// The field, with the way to it: `detail.seq`; none if the whole is no JSON or no object.
    pub field: Option<String>,
    /// What is wrong with it, and what to do.
    pub what: String,
}

/// So much of a field's name is repeated: it is somebody's input.
const LONGEST_NAME: usize = 60;

/// Reads `bytes` as the JSON of a `T`.
///
/// # Errors
///
/// [`Unfit`] names the field that does not fit.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Unfit> {
    // Keeping the way to each field takes as long as the reading: it is looked for only where one does not fit.
    if let Ok(read) = serde_json::from_slice(bytes) {
        return Ok(read);
    }
    let mut parser = serde_json::Deserializer::from_slice(bytes);
    let read = serde_path_to_error::deserialize(&mut parser)
        .map_err(|error| unfit(&error.path().to_string(), error.inner()))?;
    parser.end().map_err(|error| unfit(".", &error))?;
    Ok(read)
}

fn unfit(path: &str, error: &serde_json::Error) -> Unfit {
    let place = format!("line {}, column {}", error.line(), error.column());
    let words = error.to_string();
    let named = |opening: &str| {
        let name = words.strip_prefix(opening)?.split('`').next()?;
        Some(name.to_owned())
    };
    let way = (path != ".").then_some(path);
    // A value of another kind can look to the parser like a slip of syntax: what has a field keeps it.
    if error.is_eof() || (error.is_syntax() && way.is_none()) {
        return Unfit { field: None, what: format!("is not JSON ({place})") };
    }
    if let Some(name) = named("unknown field `") {
        return Unfit { field: Some(below(way, &name)), what: "is not known; leave it out".to_owned() };
    }
    if let Some(name) = named("missing field `") {
        return Unfit { field: Some(below(way, &name)), what: "is missing".to_owned() };
    }
    match way {
        Some(way) => {
            Unfit { field: Some(cut(way)), what: format!("is not of the documented form ({place})") }
        }
        None => Unfit { field: None, what: "is not the JSON object that belongs here".to_owned() },
    }
}

/// The name with the way to it, where the way does not end with it already.
fn below(way: Option<&str>, name: &str) -> String {
    match way {
        Some(way) if way.rsplit('.').next() != Some(name) => cut(&format!("{way}.{name}")),
        Some(way) => cut(way),
        None => cut(name),
    }
}

fn cut(name: &str) -> String {
    name.chars().take(LONGEST_NAME).collect()
}

impl Unfit {
    fn shown(&self) -> String {
        self.field.as_ref().map_or_else(|| "the whole".to_owned(), |field| format!("`{field}`"))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        detail: Inner,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        seq: u64,
        #[serde(default)]
        waba: Option<handover_domain::ids::WabaId>,
        #[serde(default)]
        kind: Option<handover_domain::flow::FlowName>,
    }

    fn refused(text: &str) -> Unfit {
        read::<Outer>(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn what_fits_is_read() {
        let read = read::<Outer>(br#" {"detail":{"seq":7}} "#).unwrap();
        assert_eq!(read, Outer { detail: Inner { seq: 7, waba: None, kind: None } });
    }

    #[test]
    fn a_refusal_names_the_field_with_the_way_to_it() {
        for (text, field, what) in [
            (r#"{"detail":{"seq":"7"}}"#, Some("detail.seq"), "is not of the documented form"),
            (r#"{"detail":{"seq":-1}}"#, Some("detail.seq"), "is not of the documented form"),
            (r#"{"detail":{"seq":7,"waba":"12a"}}"#, Some("detail.waba"), "is not of the documented form"),
            (r#"{"detail":{}}"#, Some("detail.seq"), "is missing"),
            ("{}", Some("detail"), "is missing"),
            (r#"{"detail":{"seq":7,"more":1}}"#, Some("detail.more"), "is not known"),
            (r#"{"detail":{"seq":7},"more":1}"#, Some("more"), "is not known"),
            (r#"{"detail":{"seq":7,"kind":7}}"#, Some("detail.kind"), "is not of the documented form"),
            (r#"{"detail":7}"#, Some("detail"), "is not of the documented form"),
            ("[]", None, "is not the JSON object"),
            ("null", None, "is not the JSON object"),
            ("", None, "is not JSON"),
            (r#"{"detail":{"seq":7}"#, None, "is not JSON"),
            (r#"{"detail":{"seq":7}} x"#, None, "is not JSON"),
            ("<html>", None, "is not JSON"),
        ] {
            let unfit = refused(text);
            assert_eq!(unfit.field.as_deref(), field, "{text}: {unfit}");
            assert!(unfit.what.starts_with(what), "{text}: {unfit}");
        }
    }

    #[test]
    fn what_stood_in_the_field_is_not_repeated() {
        for text in [
            r#"{"detail":{"seq":"EAAsecret"}}"#,
            r#"{"detail":{"seq":7,"waba":"EAAsecret"}}"#,
            r#"{"detail":"EAAsecret"}"#,
            r#""EAAsecret""#,
            r#"{"detail": EAAsecret}"#,
        ] {
            assert!(!refused(text).to_string().contains("EAAsecret"), "{text}: {}", refused(text));
        }
    }

    #[test]
    fn a_name_is_repeated_in_part_only() {
        let unfit = refused(&format!(r#"{{"{}":1}}"#, "x".repeat(500)));
        assert_eq!(unfit.field.unwrap().len(), LONGEST_NAME);
    }
}
