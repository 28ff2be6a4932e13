//! The operators' API over HTTP: one request, one answer, and what to do where there is none.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Client, Method, Response, Url, redirect, retry};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::route_scopes::scopes_of;

const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// API Gateway itself waits for 30 seconds.
const ANSWER_WITHIN: Duration = Duration::from_secs(35);

/// Where the API answers: over TLS, or in the clear on this machine alone, because links with secrets travel on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address(Url);

/// Why an address was refused. The text ends a sentence that begins with the argument's name and value.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoAddress {
    #[error("this is no address; write it whole, for example https://api.example.com/prod")]
    Unreadable,
    #[error("write an address with https://; only this machine (127.0.0.1) may be called with http://")]
    InTheClear,
    #[error("write the address alone, without a user, a password, ? or #")]
    TooMuch,
}

impl Address {
    /// Reads what a person typed.
    pub(crate) fn read(text: &str) -> Result<Self, NoAddress> {
        let url = Url::parse(text).map_err(|_| NoAddress::Unreadable)?;
        let host = url.host_str().unwrap_or_default();
        let is_here = host == "localhost" || ip_of(&url).is_some_and(|ip| ip.is_loopback());
        if url.scheme() != "https" && !(url.scheme() == "http" && is_here) {
            return Err(NoAddress::InTheClear);
        }
        let is_bare = url.username().is_empty() && url.password().is_none();
        if !is_bare || url.query().is_some() || url.fragment().is_some() {
            return Err(NoAddress::TooMuch);
        }
        Ok(Self(url))
    }

    /// Its socket, if it names one of this machine's by number.
    pub(crate) fn socket(&self) -> Option<SocketAddr> {
        let ip = ip_of(&self.0).filter(IpAddr::is_loopback)?;
        Some(SocketAddr::new(ip, self.0.port_or_known_default()?))
    }

    /// Whether it is called in the clear, so that it is on this machine.
    pub(crate) fn is_clear(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// A route under the address, which may have a stage of its own.
    fn at(&self, path: &str, parameters: &[(&str, String)]) -> Url {
        let mut url = self.0.clone();
        let path = format!("{}{path}", self.0.path().trim_end_matches('/'));
        url.set_path(&path);
        if !parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(parameters);
        }
        url
    }
}

impl fmt::Display for Address {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

/// The host, if it is a number.
fn ip_of(url: &Url) -> Option<IpAddr> {
    url.host_str()?.trim_matches(['[', ']']).parse().ok()
}

/// Why there is no answer to show.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// Nothing was sent.
    #[error(
        "nobody answers at {0}, and nothing was done; start `handover dev`, or name the address with --url or HANDOVER_URL"
    )]
    NotReached(Address, #[source] reqwest::Error),
    /// It was sent, and no answer came to a question.
    #[error("{0} did not answer the question in time or in full; ask again")]
    Unanswered(Address, #[source] reqwest::Error),
    /// It was sent, and nobody knows what came of it.
    #[error(
        "the answer of {0} was lost, so it is not known whether this was done; look with `handover list` or `handover show` before you repeat it"
    )]
    Lost(Address, #[source] reqwest::Error),
    /// The API refuses it.
    #[error("{0}")]
    Problem(Problem),
    /// What stands in front of the API refuses us.
    #[error(
        "what stands in front of {0} does not take your token ({1}), and nothing was done; set HANDOVER_TOKEN to a fresh operator's token of the issuer that the deployment names"
    )]
    NotLetThrough(Address, u16),
    /// The token lets nobody do this.
    #[error(
        "your token does not let you do this at {0}: it has not the scope {1}, and nothing was done; whoever administers the issuer of your operators' tokens can give it to you, or ask a colleague who has it"
    )]
    NotAllowed(Address, String),
    /// The token cannot be one.
    #[error(
        "HANDOVER_TOKEN is no token: it has characters that no header can carry; copy it again, in one line"
    )]
    NoToken,
    /// Something else answers there.
    #[error("{0} answers ({1}), but not as the API of Handover does; check --url and HANDOVER_URL")]
    NotOurs(Address, u16),
    /// The system gives nothing to call with.
    #[error("no request can be made on this machine; close other programs, then try again")]
    NoClient(#[source] reqwest::Error),
}

impl ApiError {
    /// Whether the API says of one of these fields that it does not fit what has happened already.
    pub(crate) fn is_a_conflict_of(&self, fields: &[&str]) -> bool {
        let Self::Problem(Problem { status: 409, field: Some(field), .. }) = self else { return false };
        fields.contains(&field.as_str())
    }
}

/// A refusal of the API (RFC 9457). Its `detail` says what happened and what to do.
#[derive(Debug, Deserialize)]
pub(crate) struct Problem {
    title: String,
    status: u16,
    detail: String,
    #[serde(default)]
    field: Option<String>,
    #[serde(default)]
    retry_after: Option<u32>,
}

impl Problem {
    fn next(&self) -> String {
        match (self.retry_after, self.status) {
            // An answer that fails says nothing of what was done before it failed.
            (Some(seconds), 500..) => format!(
                "wait {seconds} s and look with `handover show` or `handover list`; repeat the command only if it was not done"
            ),
            (Some(seconds), _) => format!("wait {seconds} s, then repeat the command"),
            (None, 400) => "correct it, then repeat the command; nothing was done".to_owned(),
            (None, 401 | 403) => "set HANDOVER_TOKEN to a token that may do it; nothing was done".to_owned(),
            (None, 404) => "find it with `handover list`, then repeat the command".to_owned(),
            (None, 409) => "look with `handover show`, then decide again; nothing was done".to_owned(),
            (None, _) => "look with `handover show` before you repeat the command".to_owned(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { title, status, detail, field, .. } = self;
        write!(to, "{title} ({status})\n  what happened: {detail}")?;
        if let Some(field) = field {
            write!(to, "\n  field: {field}")?;
        }
        write!(to, "\n  next: {}", self.next())
    }
}

/// An answer: as it came, and as it is understood.
#[derive(Debug)]
pub(crate) struct Answer<T> {
    /// The answer's own words.
    pub(crate) body: String,
    /// What the texts need of it.
    pub(crate) read: T,
}

/// Calls one address. It never repeats a request: whether that is safe, the person knows.
#[derive(Debug)]
pub(crate) struct ApiClient {
    address: Address,
    client: Client,
}

impl ApiClient {
    /// A client that follows no redirect, so that a link's secret goes nowhere else.
    /// `token` is the operator's, which the gateway on AWS asks for.
    pub(crate) fn new(address: Address, token: Option<&SecretString>) -> Result<Self, ApiError> {
        let builder = Client::builder()
            .default_headers(authorized(token)?)
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .https_only(!address.is_clear())
            .connect_timeout(CONNECT_WITHIN)
            .timeout(ANSWER_WITHIN)
            .user_agent(concat!("handover/", env!("CARGO_PKG_VERSION")));
        // This machine is called directly, and no certificate is read for it: a bare container has none.
        let builder = if address.is_clear() { builder.no_proxy().tls_certs_only([]) } else { builder };
        let client = builder.build().map_err(ApiError::NoClient)?;
        Ok(Self { address, client })
    }

    /// Asks.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        parameters: &[(&str, String)],
    ) -> Result<Answer<T>, ApiError> {
        let request = self.client.request(Method::GET, self.address.at(path, parameters));
        let lost = |error| self.no_answer(error, ApiError::Unanswered);
        let answer = self.read(request.send().await.map_err(lost)?, ApiError::Unanswered).await;
        answer.map_err(|error| self.explained(error, "GET", path))
    }

    /// A token of `handover dev`, if that is what answers here; none if it is something else of this machine's.
    pub(crate) async fn token_of_this_machine(&self) -> Result<Option<SecretString>, ApiError> {
        let request = self.client.request(Method::POST, self.address.at("/local/token", &[])).body("{}");
        let lost = |error| self.no_answer(error, ApiError::Unanswered);
        let response = request.send().await.map_err(lost)?;
        if !response.status().is_success() {
            return Ok(None);
        }
        Ok(Some(response.text().await.map_err(lost)?.into()))
    }

    /// Acts.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &Value,
    ) -> Result<Answer<T>, ApiError> {
        self.act(Method::POST, path, None, body).await
    }

    /// Acts once, however often it is asked under the same key.
    pub(crate) async fn post_once<T: DeserializeOwned>(
        &self,
        path: &str,
        key: &str,
        body: &Value,
    ) -> Result<Answer<T>, ApiError> {
        self.act(Method::POST, path, Some(key), body).await
    }

    /// Hands over.
    pub(crate) async fn put<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &Value,
    ) -> Result<Answer<T>, ApiError> {
        self.act(Method::PUT, path, None, body).await
    }

    async fn act<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: &Value,
    ) -> Result<Answer<T>, ApiError> {
        let called = method.clone();
        let request = self.client.request(method, self.address.at(path, &[]));
        let request = match key {
            Some(key) => request.header("idempotency-key", key),
            None => request,
        };
        let request = request.header("content-type", "application/json").body(body.to_string());
        let lost = |error| self.no_answer(error, ApiError::Lost);
        let answer = self.read(request.send().await.map_err(lost)?, ApiError::Lost).await;
        answer.map_err(|error| self.explained(error, called.as_str(), path))
    }

    /// A gateway that lacks a scope says no more than 403; which scope it is stands in our own table.
    fn explained(&self, error: ApiError, method: &str, path: &str) -> ApiError {
        match error {
            ApiError::NotLetThrough(address, 403) => match scopes_of(method, path) {
                Some(scopes) => ApiError::NotAllowed(address, scopes),
                None => ApiError::NotLetThrough(address, 403),
            },
            other => other,
        }
    }

    fn no_answer(&self, error: reqwest::Error, lost: Lost) -> ApiError {
        // The person named the address; the path could hold more than they need to see.
        let error = error.without_url();
        let is_unsent = error.is_connect() || error.is_builder();
        if is_unsent {
            ApiError::NotReached(self.address.clone(), error)
        } else {
            lost(self.address.clone(), error)
        }
    }

    async fn read<T: DeserializeOwned>(&self, response: Response, lost: Lost) -> Result<Answer<T>, ApiError> {
        let status = response.status();
        let bytes = response.bytes().await.map_err(|error| self.no_answer(error, lost))?;
        let code = status.as_u16();
        if !status.is_success() {
            return Err(match serde_json::from_slice(&bytes) {
                Ok(problem) => ApiError::Problem(problem),
                Err(_) if [401, 403].contains(&code) => ApiError::NotLetThrough(self.address.clone(), code),
                Err(_) => ApiError::NotOurs(self.address.clone(), code),
            });
        }
        let not_ours = |_| ApiError::NotOurs(self.address.clone(), code);
        let read = serde_json::from_slice(&bytes).map_err(not_ours)?;
        Ok(Answer { body: String::from_utf8_lossy(&bytes).into_owned(), read })
    }
}

fn authorized(token: Option<&SecretString>) -> Result<HeaderMap, ApiError> {
    let mut headers = HeaderMap::new();
    if let Some(token) = token {
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()))
            .map_err(|_| ApiError::NoToken)?;
        bearer.set_sensitive(true);
        headers.insert(AUTHORIZATION, bearer);
    }
    Ok(headers)
}

/// What it means that no answer came: to a question, or to an action.
type Lost = fn(Address, reqwest::Error) -> ApiError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_called_in_the_clear() {
        for good in
            ["http://127.0.0.1:9000", "http://localhost:9000/", "http://[::1]:9000", "https://a.example/prod"]
        {
            assert!(Address::read(good).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("http://api.example.com", NoAddress::InTheClear),
            ("http://127.0.0.1.example.com", NoAddress::InTheClear),
            ("ftp://127.0.0.1", NoAddress::InTheClear),
            ("127.0.0.1/x", NoAddress::Unreadable),
            ("https://me:secret@api.example.com", NoAddress::TooMuch),
            ("https://api.example.com/?stage=prod", NoAddress::TooMuch),
        ] {
            assert_eq!(Address::read(bad), Err(why), "{bad}");
        }
    }

    #[test]
    fn a_route_keeps_the_stage_and_a_parameter_cannot_leave_its_place() {
        let address = Address::read("https://api.example.com/prod/").unwrap();
        let url = address.at("/migrations", &[("after", "a&status=person".to_owned())]);
        assert_eq!(url.as_str(), "https://api.example.com/prod/migrations?after=a%26status%3Dperson");
    }

    #[test]
    fn a_refusal_says_what_happened_which_field_and_what_is_next() {
        let problem: Problem = serde_json::from_value(serde_json::json!({
            "type": "errors.md#conflict",
            "title": "This does not fit what has happened",
            "status": 409,
            "detail": "A step is at work on the migration; ask again after its lease has ended.",
            "field": "id",
            "retry_after": 12,
        }))
        .unwrap();
        insta::assert_snapshot!(problem);
        let problem = Problem { retry_after: None, ..problem };
        assert!(
            problem
                .to_string()
                .ends_with("next: look with `handover show`, then decide again; nothing was done")
        );
        let problem = Problem { retry_after: Some(5), status: 503, ..problem };
        assert!(problem.to_string().ends_with("repeat the command only if it was not done"));
    }
}
