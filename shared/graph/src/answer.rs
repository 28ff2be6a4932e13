//! Reading JSON of Meta's: lenient in spelling, strict in meaning, and every complaint names the field.
//!
//! Meta writes ids now as text, now as numbers (facts 1) and adds fields and enum values without notice, so
//! unknown ones are kept or passed over. What we asked for and need must be there in its shape.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use handover_domain::ids::{
    AllocationId, AppId, BusinessId, CreditLineId, FundingId, IntentId, OwnershipIntentId, PhoneNumberId,
    SolutionId, SystemUserId, TemplateId, WabaId,
};

use crate::error::{Failure, Problem, Refused};
use crate::transport::{GraphResponse, MAX_BODY};
use crate::usage;

/// The JSON object of a successful answer.
#[derive(Debug)]
pub struct Body(Map<String, Value>);

impl Body {
    /// Takes a response apart: an error envelope is a refusal whatever the status says.
    ///
    /// # Errors
    ///
    /// [`Failure::Refused`] or [`Failure::Unreadable`].
    pub fn read(response: &GraphResponse) -> Result<Self, Failure> {
        let unreadable = |problem| Failure::unreadable(response, problem);
        let Value::Object(fields) = json(&response.body).map_err(unreadable)? else {
            return Err(unreadable(expected("the answer", "an object")));
        };
        let body = Self(fields);
        if let Some(envelope) = body.node().maybe_object("error").map_err(unreadable)? {
            let refused = refused(&envelope, response).map_err(unreadable)?;
            return Err(Failure::Refused(Box::new(refused)));
        }
        if (200..300).contains(&response.status) { Ok(body) } else { Err(unreadable(Problem::Unexplained)) }
    }

    /// The object, to read fields from.
    #[must_use]
    pub const fn node(&self) -> Node<'_> {
        Node { fields: &self.0, path: String::new() }
    }
}

/// Parses a body, or says why it is no JSON.
pub(crate) fn json(body: &[u8]) -> Result<Value, Problem> {
    if body.len() > MAX_BODY {
        return Err(Problem::TooLarge);
    }
    let text = body.trim_ascii();
    match text.first() {
        None => Err(Problem::Empty),
        Some(b'<') => Err(Problem::Html),
        Some(_) => serde_json::from_slice(text)
            .map_err(|error| if error.is_eof() { Problem::Cut } else { Problem::NotJson }),
    }
}

fn refused(envelope: &Node<'_>, response: &GraphResponse) -> Result<Refused, Problem> {
    // Some edges give `error_data` as text instead of an object; it is only for people.
    let details = match envelope.maybe_object("error_data") {
        Ok(Some(data)) => data.words("details"),
        Ok(None) | Err(_) => envelope.words("error_data"),
    };
    Ok(Refused {
        code: envelope.get("code")?,
        subcode: envelope.maybe("error_subcode")?,
        message: envelope.words("message").unwrap_or_default(),
        details,
        user_title: envelope.words("error_user_title"),
        user_message: envelope.words("error_user_msg"),
        is_transient: envelope.maybe("is_transient").ok().flatten().unwrap_or(false),
        fbtrace_id: envelope.words("fbtrace_id"),
        status: response.status,
        retry_after_minutes: usage::waiting_minutes(&response.headers),
    })
}

fn expected(path: impl Into<String>, what: impl Into<Cow<'static, str>>) -> Problem {
    Problem::Field { path: path.into(), expected: what.into() }
}

/// An object inside an answer, with the way to it.
#[derive(Debug)]
pub struct Node<'a> {
    fields: &'a Map<String, Value>,
    path: String,
}

impl<'a> Node<'a> {
    /// A field that must be there.
    ///
    /// # Errors
    ///
    /// [`Problem::Field`] if it is missing, null or of another shape.
    pub fn get<T: Read>(&self, field: &str) -> Result<T, Problem> {
        self.maybe(field)?.ok_or_else(|| expected(self.path_to(field), T::EXPECTED))
    }

    /// A field that may be missing or null.
    ///
    /// # Errors
    ///
    /// [`Problem::Field`] if it is there in another shape.
    pub fn maybe<T: Read>(&self, field: &str) -> Result<Option<T>, Problem> {
        self.present(field)
            .map(|value| T::read(value).ok_or_else(|| expected(self.path_to(field), T::EXPECTED)))
            .transpose()
    }

    /// A list of single values that may be missing or null.
    ///
    /// # Errors
    ///
    /// [`Problem::Field`] if it is no list, or names the entry of another shape.
    pub fn maybe_all<T: Read>(&self, field: &str) -> Result<Option<Vec<T>>, Problem> {
        let Some(value) = self.present(field) else { return Ok(None) };
        let entries = value.as_array().ok_or_else(|| expected(self.path_to(field), "a list"))?;
        let read = |(at, entry)| {
            T::read(entry).ok_or_else(|| expected(format!("{}[{at}]", self.path_to(field)), T::EXPECTED))
        };
        entries.iter().enumerate().map(read).collect::<Result<_, _>>().map(Some)
    }

    /// An object that must be there.
    ///
    /// # Errors
    ///
    /// [`Problem::Field`] if it is missing, null or no object.
    pub fn object(&self, field: &str) -> Result<Self, Problem> {
        self.maybe_object(field)?.ok_or_else(|| expected(self.path_to(field), "an object"))
    }

    /// An object that may be missing or null.
    ///
    /// # Errors
    ///
    /// [`Problem::Field`] if it is there and no object.
    pub fn maybe_object(&self, field: &str) -> Result<Option<Self>, Problem> {
        self.present(field).map(|value| object_at(self.path_to(field), value)).transpose()
    }

    /// A list of objects that must be there.
    ///
    /// # Errors
    ///
    /// [`Problem::Field`] if it is missing or no list, or names the entry that is no object.
    pub fn list(&self, field: &str) -> Result<Vec<Self>, Problem> {
        self.maybe_list(field)?.ok_or_else(|| expected(self.path_to(field), "a list"))
    }

    /// A list of objects that may be missing or null.
    ///
    /// # Errors
    ///
    /// [`Problem::Field`] if it is there and no list, or names the entry that is no object.
    pub fn maybe_list(&self, field: &str) -> Result<Option<Vec<Self>>, Problem> {
        let Some(value) = self.present(field) else { return Ok(None) };
        let entries = value.as_array().ok_or_else(|| expected(self.path_to(field), "a list"))?;
        let read = |(at, entry)| object_at(format!("{}[{at}]", self.path_to(field)), entry);
        entries.iter().enumerate().map(read).collect::<Result<_, _>>().map(Some)
    }

    /// A list that must be there, whole, whatever its entries are.
    ///
    /// # Errors
    ///
    /// [`Problem::Field`] if it is missing or no list.
    pub fn whole_list(&self, field: &str) -> Result<Value, Problem> {
        let list = self.present(field).filter(|value| value.is_array());
        list.cloned().ok_or_else(|| expected(self.path_to(field), "a list"))
    }

    /// An object of texts under names that nobody knows before; none where it is missing or null.
    ///
    /// # Errors
    ///
    /// [`Problem::Field`] if it is no object, or names the entry that is no text.
    pub fn maybe_texts(&self, field: &str) -> Result<BTreeMap<String, String>, Problem> {
        let Some(object) = self.maybe_object(field)? else { return Ok(BTreeMap::new()) };
        object.fields.keys().map(|name| Ok((name.clone(), object.get(name)?))).collect()
    }

    /// Whether the field is there and not null.
    #[must_use]
    pub fn has(&self, field: &str) -> bool {
        self.present(field).is_some()
    }

    /// The answer of a change: `{"success":true}`.
    ///
    /// # Errors
    ///
    /// [`Problem::Field`] for anything else: a change that Meta does not confirm is not one.
    pub fn success(&self) -> Result<(), Problem> {
        if self.get::<bool>("success")? { Ok(()) } else { Err(expected(self.path_to("success"), "true")) }
    }

    /// Checks that an answer is about what was asked. Every answer about one object carries its id, so an
    /// empty one is not read as an object that has nothing.
    ///
    /// # Errors
    ///
    /// [`Problem::Field`] if the id is missing or another one.
    pub fn is_about<T: Read + PartialEq + std::fmt::Display>(
        &self,
        field: &str,
        asked: &T,
    ) -> Result<(), Problem> {
        if self.get::<T>(field)? == *asked {
            return Ok(());
        }
        Err(expected(self.path_to(field), format!("{asked}, which was asked for")))
    }

    /// Text for people; anything but text counts as missing.
    fn words(&self, field: &str) -> Option<String> {
        self.present(field)?.as_str().map(str::to_owned)
    }

    fn present(&self, field: &str) -> Option<&'a Value> {
        self.fields.get(field).filter(|value| !value.is_null())
    }

    fn path_to(&self, field: &str) -> String {
        if self.path.is_empty() { field.to_owned() } else { format!("{}.{field}", self.path) }
    }
}

fn object_at(path: String, value: &Value) -> Result<Node<'_>, Problem> {
    match value {
        Value::Object(fields) => Ok(Node { fields, path }),
        _ => Err(expected(path, "an object")),
    }
}

/// A single value that Meta's JSON can hold.
pub trait Read: Sized {
    /// What it should be, to finish the sentence "`field` should be ...".
    const EXPECTED: &'static str;

    /// Reads it, or none if it is of another shape.
    fn read(value: &Value) -> Option<Self>;
}

impl Read for String {
    const EXPECTED: &'static str = "text";

    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }
}

impl Read for bool {
    const EXPECTED: &'static str = "true or false";

    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }
}

impl Read for i64 {
    const EXPECTED: &'static str = "a whole number";

    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }
}

impl Read for Timestamp {
    const EXPECTED: &'static str = "a moment in seconds since 1970";

    fn read(value: &Value) -> Option<Self> {
        Self::from_second(i64::read(value)?).ok()
    }
}

macro_rules! read_ids {
    ($($id:ty => $expected:literal;)*) => {$(
        impl Read for $id {
            const EXPECTED: &'static str = $expected;

            fn read(value: &Value) -> Option<Self> {
                match value {
                    Value::String(text) => text.parse().ok(),
                    Value::Number(number) => number.as_u64()?.to_string().parse().ok(),
                    _ => None,
                }
            }
        }
    )*};
}

read_ids! {
    WabaId => "the digits of a WABA id";
    BusinessId => "the digits of a business id";
    PhoneNumberId => "the digits of a phone number id";
    AppId => "the digits of an app id";
    SystemUserId => "the digits of a system user id";
    CreditLineId => "the digits of a credit line id";
    AllocationId => "the digits of an allocation id";
    FundingId => "the digits of a funding id";
    IntentId => "the digits of an intent id";
    OwnershipIntentId => "the digits of an ownership intent id";
    SolutionId => "the digits of a solution id";
    TemplateId => "the digits of a template id";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> Result<Body, Failure> {
        Body::read(&GraphResponse { status: 200, headers: Default::default(), body: text.into() })
    }

    fn complaint<T: std::fmt::Debug>(result: Result<T, Problem>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn an_id_is_read_from_text_and_from_a_number() {
        let body = body(r#"{"a":"486585971195941","b":486585971195941}"#).unwrap();
        assert_eq!(body.node().get::<WabaId>("a").unwrap(), body.node().get::<WabaId>("b").unwrap());
    }

    #[test]
    fn an_id_that_is_no_digits_is_named_with_the_way_to_it() {
        let body = body(r#"{"data":[{"owner":{"id":"1"}},{"owner":{"id":"1/2"}}]}"#).unwrap();
        let second = &body.node().list("data").unwrap()[1];
        let complaint = complaint(second.object("owner").unwrap().get::<BusinessId>("id"));
        assert_eq!(complaint, "`data[1].owner.id` should be the digits of a business id");
        for odd in ["1.5", "-1", "true", "[]", "{}", r#""""#, "1e3", "123456789012345678901"] {
            let body = self::body(&format!(r#"{{"id":{odd}}}"#)).unwrap();
            assert!(body.node().get::<BusinessId>("id").is_err(), "{odd}");
        }
    }

    #[test]
    fn null_is_missing_and_another_shape_is_not() {
        let body = body(r#"{"a":null,"b":7,"c":{}}"#).unwrap();
        let node = body.node();
        assert_eq!(node.maybe::<bool>("a").unwrap(), None);
        assert_eq!(complaint(node.get::<bool>("a")), "`a` should be true or false");
        assert_eq!(complaint(node.maybe::<bool>("b")), "`b` should be true or false");
        assert_eq!(complaint(node.maybe_list("c")), "`c` should be a list");
        assert_eq!(complaint(node.object("b")), "`b` should be an object");
        assert_eq!(node.get::<String>("b").unwrap(), "7");
    }

    #[test]
    fn a_change_that_meta_does_not_confirm_is_not_one() {
        assert!(body(r#"{"success":true}"#).unwrap().node().success().is_ok());
        let denied = body(r#"{"success":false}"#).unwrap();
        assert_eq!(complaint(denied.node().success()), "`success` should be true");
    }

    #[test]
    fn an_answer_about_something_else_is_not_taken() {
        let body = body(r#"{"id":"8"}"#).unwrap();
        let asked: WabaId = "7".parse().unwrap();
        assert_eq!(complaint(body.node().is_about("id", &asked)), "`id` should be 7, which was asked for");
        assert_eq!(
            complaint(body.node().is_about("waba_id", &asked)),
            "`waba_id` should be the digits of a WABA id"
        );
    }

    #[test]
    fn deep_nesting_is_refused_and_does_not_overflow() {
        let deep = format!("{{\"a\":{}", "[".repeat(100_000));
        assert!(matches!(body(&deep), Err(Failure::Unreadable { problem: Problem::NotJson, .. })));
    }
}
