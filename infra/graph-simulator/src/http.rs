//! A raw request read into a call, as Meta reads it: parameters from the query, a form or JSON, all alike.

mod parameters;

use std::collections::BTreeMap;

use crate::error::GraphError;

/// An HTTP request, as it came over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST` or `DELETE`.
    pub method: String,
    /// Path and query: `/v25.0/486585971195941?fields=id`.
    pub target: String,
    /// Names and values, in any case and order.
    pub headers: Vec<(String, String)>,
    /// The bytes after the headers.
    pub body: Vec<u8>,
}

impl Request {
    /// The first header of a name, which is compared without regard to case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    fn path_and_query(&self) -> (&str, &str) {
        self.target.split_once('?').unwrap_or((&self.target, ""))
    }

    /// The path's segments without the version, and the version (facts 1.1: any, or none).
    pub(crate) fn segments(&self) -> (Vec<&str>, Option<&str>) {
        let mut segments: Vec<_> =
            self.path_and_query().0.split('/').filter(|part| !part.is_empty()).collect();
        let version = segments.first().copied().filter(|first| is_version(first));
        if version.is_some() {
            segments.remove(0);
        }
        (segments, version)
    }
}

fn is_version(segment: &str) -> bool {
    let numbers = segment.strip_prefix('v').and_then(|rest| rest.split_once('.'));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    numbers.is_some_and(|(major, minor)| digits(major) && digits(minor))
}

/// What comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// An HTTP response.
    Response {
        /// The status code.
        status: u16,
        /// Names and values.
        headers: Vec<(String, String)>,
        /// The bytes after the headers.
        body: Vec<u8>,
    },
    /// The connection ends without an answer; whether the call was applied is not said.
    Lost,
}

/// A request with its parameters read.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: String,
    /// The id that the path begins with; empty where it begins with a word.
    pub(crate) node: String,
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) token: Option<String>,
    /// Where a reader can go on: `http://host/path`, for `paging.next`.
    pub(crate) address: String,
    /// A field that a planned fault makes unreadable in this call.
    pub(crate) unreadable: Option<String>,
    /// Minutes for which a planned fault hides what this call makes.
    pub(crate) hidden_minutes: u32,
}

impl Call {
    pub(crate) fn read(request: &Request) -> Result<Self, GraphError> {
        let (path, query) = request.path_and_query();
        let mut parameters = parameters::of_query(query);
        let kind = request.header("content-type").unwrap_or_default();
        parameters.append(&mut parameters::of_body(kind, &request.body)?);
        let bearer = request.header("authorization").and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            (scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("oauth"))
                .then(|| token.trim().to_owned())
        });
        let token = parameters.remove("access_token").or(bearer).filter(|token| !token.is_empty());
        let (segments, _) = request.segments();
        Ok(Self {
            method: request.method.clone(),
            node: segments.first().map(|first| (*first).to_owned()).unwrap_or_default(),
            parameters,
            token,
            address: format!("http://{}{path}", request.header("host").unwrap_or("localhost")),
            unreadable: None,
            hidden_minutes: 0,
        })
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(crate) fn required(&self, name: &str) -> Result<&str, GraphError> {
        self.parameter(name).ok_or_else(|| GraphError::missing_parameter(name))
    }

    /// A parameter that must be an id: digits alone, so that nothing else reaches a path.
    pub(crate) fn required_id(&self, name: &str) -> Result<&str, GraphError> {
        let value = self.required(name)?;
        let is_id = crate::world::is_id(value);
        is_id
            .then_some(value)
            .ok_or_else(|| GraphError::bad_parameter(name, "a valid ID string (e.g., \"123\")"))
    }

    /// The ids that the call names, by where they stand.
    pub(crate) fn ids(&self) -> BTreeMap<String, String> {
        let named = ["waba_id", "receiving_business_id", "business", "user"]
            .into_iter()
            .filter_map(|name| Some((name, self.parameter(name)?)));
        std::iter::once(("node", self.node.as_str()))
            .chain(named)
            .filter(|(_, id)| crate::world::is_id(id))
            .map(|(name, id)| (name.to_owned(), id.to_owned()))
            .collect()
    }

    pub(crate) fn missing_object(&self) -> GraphError {
        GraphError::missing_object(&self.method, &self.node)
    }
}
