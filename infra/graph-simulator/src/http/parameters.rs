//! Parameters of a call: query, urlencoded form, multipart form and JSON give the same map.
//!
//! A value that is not text (a list of tasks, a number) is kept as its JSON, which is how Meta's SDKs
//! write lists into forms.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::error::GraphError;

type Parameters = BTreeMap<String, String>;

pub(super) fn of_query(query: &str) -> Parameters {
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

pub(super) fn of_body(content_type: &str, body: &[u8]) -> Result<Parameters, GraphError> {
    if body.is_empty() {
        return Ok(Parameters::new());
    }
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind.as_str() {
        "application/json" => of_json(body),
        "multipart/form-data" => of_multipart(content_type, body).ok_or_else(|| unreadable("multipart form")),
        _ => Ok(form_urlencoded::parse(body).into_owned().collect()),
    }
}

fn unreadable(what: &str) -> GraphError {
    GraphError::new(100, format_args!("The body is not a readable {what}."))
}

fn of_json(body: &[u8]) -> Result<Parameters, GraphError> {
    let Ok(Value::Object(fields)) = serde_json::from_slice(body) else {
        return Err(unreadable("JSON object"));
    };
    let text = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    Ok(fields
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name, text(value)))
        .collect())
}

/// RFC 7578, for text fields alone: a part that is a file is taken like any other.
fn of_multipart(content_type: &str, body: &[u8]) -> Option<Parameters> {
    let boundary = content_type.split(';').find_map(|part| part.trim().strip_prefix("boundary="))?;
    let delimiter = format!("--{}", boundary.trim_matches('"'));
    let text = std::str::from_utf8(body).ok()?;
    let mut parameters = Parameters::new();
    let mut parts = text.split(delimiter.as_str()).skip(1);
    loop {
        let part = parts.next()?;
        if part.starts_with("--") {
            return Some(parameters);
        }
        let (head, value) = part.strip_prefix("\r\n")?.split_once("\r\n\r\n")?;
        let name = head.split("name=\"").nth(1)?.split('"').next()?;
        parameters.insert(name.to_owned(), value.strip_suffix("\r\n")?.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected() -> Parameters {
        Parameters::from([
            ("tasks".to_owned(), r#"["MANAGE"]"#.to_owned()),
            ("user".to_owned(), "7 & 8".to_owned()),
        ])
    }

    #[test]
    fn a_form_a_multipart_form_and_json_say_the_same() {
        let form = of_body("application/x-www-form-urlencoded", b"tasks=%5B%22MANAGE%22%5D&user=7+%26+8");
        assert_eq!(form.unwrap(), expected());

        let json =
            of_body("application/json; charset=utf-8", br#"{"tasks":["MANAGE"],"user":"7 & 8","none":null}"#);
        assert_eq!(json.unwrap(), expected());

        let parts = "--x\r\nContent-Disposition: form-data; name=\"tasks\"\r\n\r\n[\"MANAGE\"]\r\n\
                     --x\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\n7 & 8\r\n--x--\r\n";
        assert_eq!(of_body("multipart/form-data; boundary=x", parts.as_bytes()).unwrap(), expected());
    }

    #[test]
    fn a_body_that_is_cut_is_refused_as_a_parameter() {
        for (kind, body) in
            [("application/json", "{\"a\":"), ("multipart/form-data; boundary=x", "--x\r\nCont")]
        {
            assert_eq!(of_body(kind, body.as_bytes()).unwrap_err().code, 100, "{kind}");
        }
    }
}
