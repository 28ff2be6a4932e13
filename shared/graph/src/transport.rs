//! The request and the response on the wire, and the port that carries them.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::call::{Call, Cursor, Repeat};
use crate::secret::Token;

/// The most of an answer that is ever held: 1 MB. Nothing we read comes near it.
///
/// A transport stops reading after one byte more, and the parser then calls the answer too large: the
/// rule stands here once.
pub const MAX_BODY: usize = 1024 * 1024;

/// Carries a request to Meta and the response back.
///
/// An implementation keeps to `deadline` (nothing above it waits), follows no redirect, sends the bearer
/// token as `Authorization`, and never repeats a request by itself. A request that is not to be repeated
/// [`Repeat::Freely`] gets a connection of its own, since a reused one can lose it in ways that leave
/// open whether it arrived.
pub trait Transport: Sync {
    /// Sends once.
    ///
    /// # Errors
    ///
    /// [`TransportError::NotSent`] only where not one byte of the request can have reached Meta.
    fn send(
        &self,
        request: GraphRequest,
        deadline: Timestamp,
    ) -> impl Future<Output = Result<GraphResponse, TransportError>> + Send;
}

/// Why there is no answer. It is stored and printed, so it holds fixed words and nothing of the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "sent", rename_all = "kebab-case")]
pub enum TransportError {
    /// The call surely had no effect: no name, no connection, no TLS, or no time left to begin.
    #[error("Meta was not reached ({reason}); nothing was sent, and the call can be made again")]
    NotSent {
        /// What failed, in fixed words.
        reason: Cow<'static, str>,
    },
    /// The call was not made, because this deployment changes nothing at Meta: a dry run.
    #[error("this is a dry run: the call would change something at Meta, and was not made")]
    Withheld,
    /// The call may or may not have had its effect: something was sent and no whole answer came back.
    #[error(
        "no answer came back from Meta ({reason}); the call may have taken effect, so look before it is repeated"
    )]
    Lost {
        /// What failed, in fixed words.
        reason: Cow<'static, str>,
    },
}

/// The HTTP methods that the Graph API knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Changes.
    Post,
    /// Takes away.
    Delete,
}

impl Method {
    /// The method as HTTP writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// The value of a parameter.
#[derive(Debug, Clone)]
pub enum Value {
    /// Anybody may read it.
    Plain(String),
    /// A code, a token, a PIN, the app secret, a proof.
    Secret(SecretString),
}

impl Value {
    fn on_the_wire(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Secret(secret) => secret.expose_secret(),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Plain(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Plain(text)
    }
}

impl From<&SecretString> for Value {
    fn from(secret: &SecretString) -> Self {
        Self::Secret(secret.clone())
    }
}

/// A call as it goes over the wire. `Debug` and `Display` show no secret.
#[derive(Debug, Clone)]
pub struct GraphRequest {
    /// [`Call::NAME`], for records and faults by plan.
    pub call: &'static str,
    /// [`Call::REPEAT`], which decides the connection.
    pub repeat: Repeat,
    /// The method.
    pub method: Method,
    /// The path without host, version and leading slash.
    pub path: String,
    /// Parameters of the URL.
    pub query: Vec<(&'static str, Value)>,
    /// Parameters of the body, for a POST.
    pub form: Vec<(&'static str, Value)>,
    /// The token for the `Authorization` header; never a parameter, since URLs get into logs (facts 1.1).
    pub bearer: Option<SecretString>,
}

impl GraphRequest {
    /// A request of the call `C`. The path is made of our id types and fixed words: neither needs escaping.
    #[must_use]
    pub fn new<C: Call>(method: Method, path: impl Into<String>) -> Self {
        Self {
            call: C::NAME,
            repeat: C::REPEAT,
            method,
            path: path.into(),
            query: Vec::new(),
            form: Vec::new(),
            bearer: None,
        }
    }

    /// Adds a parameter to the URL.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// Adds a parameter to the body.
    #[must_use]
    pub fn form(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.form.push((name, value.into()));
        self
    }

    /// Goes on in a list after the cursor; none is the first page.
    #[must_use]
    pub fn after(self, cursor: Option<&Cursor>) -> Self {
        match cursor {
            Some(cursor) => self.query("after", cursor.as_str()),
            None => self,
        }
    }

    /// Signs the request: the token as bearer, its proof as a parameter (facts 1.1).
    #[must_use]
    pub fn signed(mut self, token: &Token) -> Self {
        self.bearer = Some(token.access().clone());
        match self.method {
            Method::Post => self.form("appsecret_proof", token.proof()),
            Method::Get | Method::Delete => self.query("appsecret_proof", token.proof()),
        }
    }

    /// The target of the HTTP request line, from the slash on. Secret, since a code can be in the query.
    #[must_use]
    pub fn target(&self, version: &GraphVersion) -> SecretString {
        let path = format!("/{version}/{}", self.path);
        match encoded(&self.query) {
            query if query.is_empty() => path.into(),
            query => format!("{path}?{query}").into(),
        }
    }

    /// The body as `application/x-www-form-urlencoded`; empty where there are no parameters.
    #[must_use]
    pub fn body(&self) -> SecretString {
        encoded(&self.form).into()
    }

    /// Every secret in the request, so that an answer which repeats one can be cleaned.
    #[must_use]
    pub fn secrets(&self) -> Vec<SecretString> {
        let parameters = self.query.iter().chain(&self.form).filter_map(|(_, value)| match value {
            Value::Secret(secret) => Some(secret.clone()),
            Value::Plain(_) => None,
        });
        self.bearer.iter().cloned().chain(parameters).collect()
    }
}

/// One line for people: `POST 12/register messaging_product=whatsapp pin=***`.
impl fmt::Display for GraphRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method.as_str(), self.path)?;
        for (mark, parameters) in [('?', &self.query), (' ', &self.form)] {
            for (at, (name, value)) in parameters.iter().enumerate() {
                let mark = if mark == '?' && at > 0 { '&' } else { mark };
                match value {
                    Value::Plain(text) => write!(f, "{mark}{name}={text}")?,
                    Value::Secret(_) => write!(f, "{mark}{name}=***")?,
                }
            }
        }
        Ok(())
    }
}

fn encoded(parameters: &[(&'static str, Value)]) -> String {
    let pairs: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{name}={}", percent_encoded(value.on_the_wire())))
        .collect();
    pairs.join("&")
}

/// Everything but RFC 3986's unreserved characters is escaped: right in a query and in a form alike.
fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// A response as it came over the wire.
#[derive(Clone)]
pub struct GraphResponse {
    /// The HTTP status.
    pub status: u16,
    /// The headers that we read.
    pub headers: Headers,
    /// The body, at most one byte longer than [`MAX_BODY`].
    pub body: Vec<u8>,
}

/// The headers of a response that mean something to us.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers {
    /// `X-App-Usage` (facts 14).
    pub app_usage: Option<String>,
    /// `X-Business-Use-Case-Usage` (facts 14).
    pub business_use_case_usage: Option<String>,
    /// `facebook-api-version`: another one than asked for means that ours has ended (facts 1.1).
    pub api_version: Option<String>,
}

/// The body can be a token, so its length has to do.
impl fmt::Debug for GraphResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GraphResponse")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("body_bytes", &self.body.len())
            .finish()
    }
}

/// A version of the Graph API, `v25.0`. A setting, because versions end (facts 1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphVersion(String);

/// When versions stop (facts 1.1); of a newer one Meta has not said it.
const ENDS: [(&str, Date); 6] = [
    ("v20.0", date(2026, 9, 24)),
    ("v21.0", date(2027, 1, 21)),
    ("v22.0", date(2027, 5, 20)),
    ("v23.0", date(2027, 10, 8)),
    ("v24.0", date(2028, 2, 18)),
    ("v25.0", date(2028, 7, 29)),
];

impl GraphVersion {
    /// The day on which Meta stops serving it, as far as that is known.
    #[must_use]
    pub fn ends(&self) -> Option<Date> {
        ENDS.iter().find(|(version, _)| *version == self.0).map(|(_, ends)| *ends)
    }
}

/// Text that is not a version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a version of the Graph API looks like v25.0, got {0:?}; correct the setting")]
pub struct NotAVersion(String);

impl Default for GraphVersion {
    /// v25.0, which lives until July 2028; v21 of the page ends on 21 January 2027 (facts 1.1).
    fn default() -> Self {
        Self("v25.0".to_owned())
    }
}

impl FromStr for GraphVersion {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let is_number =
            |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        match text.strip_prefix('v').and_then(|rest| rest.split_once('.')) {
            Some((major, minor)) if is_number(major) && is_number(minor) => Ok(Self(text.to_owned())),
            _ => Err(NotAVersion(text.chars().take(40).collect())),
        }
    }
}

impl fmt::Display for GraphVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calls::register_number::RegisterNumber;

    fn request(method: Method) -> GraphRequest {
        GraphRequest::new::<RegisterNumber>(method, "12/things")
    }

    fn token() -> Token {
        Token::new("EAAtoken".to_owned().into(), &"app-secret".to_owned().into())
    }

    #[test]
    fn the_target_carries_version_path_and_escaped_query() {
        let request = request(Method::Get).query("fields", "id,name").query("after", "Q V=&é");
        let target = request.target(&GraphVersion::default());
        assert_eq!(target.expose_secret(), "/v25.0/12/things?fields=id%2Cname&after=Q%20V%3D%26%C3%A9");
        assert_eq!(request.body().expose_secret(), "");
    }

    #[test]
    fn the_token_is_never_a_parameter_and_its_proof_always_is() {
        let token = token();
        let proof = token.proof().expose_secret();
        let read = request(Method::Get).signed(&token);
        let target = read.target(&GraphVersion::default());
        assert_eq!(target.expose_secret(), format!("/v25.0/12/things?appsecret_proof={proof}"));
        assert_eq!(read.bearer.as_ref().unwrap().expose_secret(), "EAAtoken");
        let write = request(Method::Post).signed(&token);
        assert_eq!(write.body().expose_secret(), format!("appsecret_proof={proof}"));
        assert_eq!(write.target(&GraphVersion::default()).expose_secret(), "/v25.0/12/things");
    }

    #[test]
    fn a_request_lists_every_secret_it_carries() {
        let pin: SecretString = "012345".to_owned().into();
        let request = request(Method::Post).form("pin", &pin).form("a", "plain").signed(&token());
        let secrets: Vec<_> =
            request.secrets().iter().map(|secret| secret.expose_secret().to_owned()).collect();
        assert_eq!(secrets, ["EAAtoken", "012345", token().proof().expose_secret()]);
    }

    #[test]
    fn a_version_is_checked_when_it_is_set() {
        assert_eq!("v26.0".parse::<GraphVersion>().unwrap().to_string(), "v26.0");
        for bad in ["", "v", "25.0", "v25", "v25.", "v25.0/..", "V25.0", "v2500.0"] {
            assert!(bad.parse::<GraphVersion>().is_err(), "{bad}");
        }
    }
}
