//! The gateway: an HTTP request becomes an event, a function's answer becomes a response.
//!
//! The shapes are API Gateway's for an HTTP API, payload format 2.0, as its developer guide publishes
//! them ("Create AWS Lambda proxy integrations for HTTP APIs").

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::account::ACCOUNT;
use crate::authorizer::{self, Refused};
use crate::issuer::Claims;
use crate::template::Route;

/// A request as it came over the wire.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// The path, without the query.
    pub path: &'a str,
    /// What stood after the question mark, still encoded; empty if nothing did.
    pub query: &'a str,
    /// The headers in their order; a name may come twice.
    pub headers: &'a [(String, String)],
    /// The body's bytes.
    pub body: &'a [u8],
    /// The caller's address.
    pub source_ip: &'a str,
}

/// Makes the event that the function of `route` is invoked with.
///
/// `parameters` are the parts of the path that [`Route::takes`] found, `claims` what the token says that was let in; none
/// on an open route.
#[must_use]
pub fn event(
    route: &Route,
    parameters: &BTreeMap<String, String>,
    claims: Option<&Claims>,
    request: &Request<'_>,
    now: Timestamp,
    id: Uuid,
) -> Value {
    let key = format!("{} {}", route.method, route.path);
    let headers = headers(request);
    let header = |name: &str| headers.get(name).map_or("", String::as_str);
    let domain = header("host").split(':').next().unwrap_or_default();
    let mut event = json!({
        "version": "2.0",
        "routeKey": key,
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "local",
            "domainName": domain,
            "domainPrefix": domain.split('.').next(),
            "http": {
                "method": request.method,
                "path": request.path,
                "protocol": "HTTP/1.1",
                "sourceIp": request.source_ip,
                "userAgent": header("user-agent"),
            },
            "requestId": id,
            "routeKey": key,
            "stage": "$default",
            "time": now.to_zoned(TimeZone::UTC).strftime("%d/%b/%Y:%H:%M:%S %z").to_string(),
            "timeEpoch": now.as_millisecond(),
        },
        "isBase64Encoded": false,
    });
    // What a request does not have is left out, not sent empty.
    let (body, encoded) = body(header("content-type"), request.body);
    let optional = [
        ("cookies", !cookies(request).is_empty(), json!(cookies(request))),
        ("queryStringParameters", !request.query.is_empty(), json!(query(request))),
        ("pathParameters", !parameters.is_empty(), json!(parameters)),
        ("body", !request.body.is_empty(), json!(body)),
        ("isBase64Encoded", encoded, json!(true)),
    ];
    if let (Some(claims), Some(Value::Object(context))) = (claims, event.get_mut("requestContext")) {
        context.insert("authorizer".to_owned(), authorizer::told(claims));
    }
    if let Value::Object(fields) = &mut event {
        let present = optional.into_iter().filter(|(_, is_there, _)| *is_there);
        fields.extend(present.map(|(name, _, value)| (name.to_owned(), value)));
    }
    event
}

/// Names in small letters, the values of one name joined by commas; cookies have a place of their own.
fn headers(request: &Request<'_>) -> BTreeMap<String, String> {
    let others = request.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.as_str()));
    joined(others.filter(|(name, _)| name != "cookie"))
}

fn cookies<'a>(request: &Request<'a>) -> Vec<&'a str> {
    let of_header = |(name, value): &'a (String, String)| {
        name.eq_ignore_ascii_case("cookie").then(|| value.split(';').map(str::trim))
    };
    request.headers.iter().filter_map(of_header).flatten().collect()
}

fn query(request: &Request<'_>) -> BTreeMap<String, String> {
    joined(form_urlencoded::parse(request.query.as_bytes()).map(|(name, value)| (name.into_owned(), value)))
}

fn joined(pairs: impl Iterator<Item = (String, impl AsRef<str>)>) -> BTreeMap<String, String> {
    let mut joined = BTreeMap::<String, String>::new();
    for (name, value) in pairs {
        joined
            .entry(name)
            .and_modify(|before| {
                before.push(',');
                before.push_str(value.as_ref());
            })
            .or_insert_with(|| value.as_ref().to_owned());
    }
    joined
}

/// The body as text, and whether it is base64: it is, unless its content type says text, JSON, XML or script.
fn body(content_type: &str, bytes: &[u8]) -> (String, bool) {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_text = kind.starts_with("text/")
        || ["application/json", "application/xml", "application/javascript"].contains(&kind.as_str());
    match std::str::from_utf8(bytes) {
        Ok(text) if is_text || text.is_empty() => (text.to_owned(), false),
        _ => (BASE64.encode(bytes), true),
    }
}

/// What goes back to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers, each cookie as a `set-cookie` of its own.
    pub headers: Vec<(String, String)>,
    /// The body's bytes.
    pub body: Vec<u8>,
}

/// A function's answer that the gateway cannot pass on; the caller gets [`Answer::broken`].
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// Not JSON, or not of the published shape.
    ///
    /// API Gateway would take a JSON without `statusCode` for the body of a 200. Our functions always state
    /// it, so its absence is a fault of ours and not an answer.
    #[error("the function's answer is not an HTTP answer (statusCode, headers, body); mend the function")]
    Shape(#[source] serde_json::Error),
    /// `isBase64Encoded` is true and the body is not base64.
    #[error("the function says that its body is base64 and it is not; mend the function")]
    Base64(#[source] base64::DecodeError),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnswerJson {
    status_code: u16,
    #[serde(default)]
    headers: Option<Map<String, Value>>,
    #[serde(default)]
    cookies: Option<Vec<String>>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

impl Answer {
    /// Reads what a function answered.
    ///
    /// # Errors
    /// The answer is not of API Gateway's shape.
    pub fn read(answer: &[u8]) -> Result<Self, AnswerError> {
        let answer: AnswerJson = serde_json::from_slice(answer).map_err(AnswerError::Shape)?;
        let body = answer.body.unwrap_or_default();
        let body = if answer.is_base64_encoded {
            BASE64.decode(body).map_err(AnswerError::Base64)?
        } else {
            body.into_bytes()
        };
        let text = |value: Value| match value {
            Value::String(text) => text,
            // Numbers and booleans are allowed as header values.
            other => other.to_string(),
        };
        let headers = answer.headers.into_iter().flatten().map(|(name, value)| (name, text(value)));
        let cookies = answer.cookies.into_iter().flatten().map(|cookie| ("set-cookie".to_owned(), cookie));
        Ok(Self { status: answer.status_code, headers: headers.chain(cookies).collect(), body })
    }

    /// What API Gateway answers where no route takes the request.
    #[must_use]
    pub fn not_found() -> Self {
        Self::message(404, "Not Found")
    }

    /// What API Gateway answers whom it does not let in; the header says why.
    #[must_use]
    pub fn refused(refused: Refused, scopes: &[String]) -> Self {
        let (answer, error, why) = match refused {
            Refused::Unauthorized(why) => (Self::message(401, "Unauthorized"), "invalid_token", why),
            Refused::Forbidden => {
                (Self::message(403, "Forbidden"), "insufficient_scope", "the token has none of these scopes")
            }
        };
        let scopes = scopes.join(" ");
        let told = format!(r#"Bearer scope="{scopes}" error="{error}" error_description="{why}""#);
        let headers = answer.headers.into_iter().chain([("www-authenticate".to_owned(), told)]);
        Self { headers: headers.collect(), ..answer }
    }

    /// What API Gateway answers where the function failed or answered nonsense.
    #[must_use]
    pub fn broken() -> Self {
        Self::message(500, "Internal Server Error")
    }

    fn message(status: u16, message: &str) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: json!({ "message": message }).to_string().into_bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};

    use super::*;

    fn signup() -> Route {
        let (method, path, function) = ("POST".to_owned(), "/signup".to_owned(), "signup".to_owned());
        Route { method, path, function, scopes: None }
    }

    fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn event_of(route: &Route, request: &Request<'_>) -> Value {
        let parameters = route.takes(request.method, request.path).unwrap();
        let now = "2026-04-21T09:00:00.250Z".parse().unwrap();
        event(route, &parameters, None, request, now, Uuid::from_u128(1))
    }

    fn posted(body: &[u8], headers: &[(String, String)]) -> Value {
        let (method, path) = ("POST", "/signup");
        event_of(&signup(), &Request { method, path, query: "", headers, body, source_ip: "127.0.0.1" })
    }

    #[test]
    fn a_request_becomes_the_event_of_payload_format_2() {
        let headers = headers(&[
            ("Host", "localhost:8080"),
            ("Content-Type", "application/json; charset=utf-8"),
            ("User-Agent", "curl/8.5.0"),
        ]);
        let event = posted(br#"{"state":"s","code":"c"}"#, &headers);
        insta::assert_json_snapshot!(event);

        let read: ApiGatewayV2httpRequest = serde_json::from_value(event).unwrap();
        assert_eq!(read.route_key.as_deref(), Some("POST /signup"));
        assert_eq!(read.body.as_deref(), Some(r#"{"state":"s","code":"c"}"#));
        assert!(!read.is_base64_encoded);
    }

    #[test]
    fn a_function_is_told_what_the_token_says_that_was_let_in() {
        let path = "/migrations/{id}/approve".to_owned();
        let route = Route { path, scopes: Some(vec!["handover/share".to_owned()]), ..signup() };
        let claims = json!({ "sub": "alice", "exp": 1_776_762_000, "scope": "handover/share" });
        let (method, path) = ("POST", "/migrations/7/approve");
        let request = Request { method, path, query: "", headers: &[], body: b"", source_ip: "127.0.0.1" };
        let now = "2026-04-21T09:00:00Z".parse().unwrap();
        let event = event(&route, &BTreeMap::new(), claims.as_object(), &request, now, Uuid::from_u128(1));
        let read: ApiGatewayV2httpRequest = serde_json::from_value(event).unwrap();
        let jwt = read.request_context.authorizer.unwrap().jwt.unwrap();
        let claims = ["sub", "exp", "scope"].map(|name| jwt.claims.get(name).cloned().unwrap());
        assert_eq!(claims, ["alice", "1776762000", "handover/share"]);
    }

    #[test]
    fn whoever_is_not_let_in_hears_two_words_and_why_in_a_header() {
        let scopes = ["handover/share".to_owned()];
        let answer = Answer::refused(Refused::Unauthorized("there is no token"), &scopes);
        assert_eq!(
            (answer.status, answer.body.as_slice()),
            (401, br#"{"message":"Unauthorized"}"#.as_slice())
        );
        let answer = Answer::refused(Refused::Forbidden, &scopes);
        assert_eq!((answer.status, answer.body.as_slice()), (403, br#"{"message":"Forbidden"}"#.as_slice()));
        let (name, why) = answer.headers.last().unwrap();
        assert_eq!(name, "www-authenticate");
        assert!(why.contains("handover/share") && why.contains("insufficient_scope"), "{why}");
    }

    #[test]
    fn repeated_headers_and_parameters_are_joined_and_cookies_set_apart() {
        let headers = headers(&[
            ("Host", "api.example.com"),
            ("X-Seen", "one"),
            ("x-seen", "two"),
            ("Cookie", "session=1; theme=dark"),
        ]);
        let webhook = Route {
            method: "GET".to_owned(),
            path: "/webhook".to_owned(),
            function: "webhook".to_owned(),
            scopes: None,
        };
        let request = Request {
            method: "GET",
            path: "/webhook",
            query: "hub.mode=subscribe&hub.challenge=a%20b&tag=1&tag=2",
            headers: &headers,
            body: b"",
            source_ip: "203.0.113.7",
        };
        let event = event_of(&webhook, &request);
        insta::assert_json_snapshot!(event);

        let read: ApiGatewayV2httpRequest = serde_json::from_value(event).unwrap();
        assert_eq!(read.query_string_parameters.first("hub.challenge"), Some("a b"));
        assert_eq!(read.cookies.unwrap(), ["session=1", "theme=dark"]);
    }

    #[test]
    fn a_body_that_is_not_text_travels_as_base64() {
        let form = posted(b"code=c", &headers(&[("content-type", "application/x-www-form-urlencoded")]));
        assert_eq!((&form["body"], &form["isBase64Encoded"]), (&json!("Y29kZT1j"), &json!(true)));
        let cut = posted(b"\xff", &headers(&[("content-type", "application/json")]));
        assert_eq!((&cut["body"], &cut["isBase64Encoded"]), (&json!("/w=="), &json!(true)));
    }

    #[test]
    fn the_parts_of_the_path_are_handed_over() {
        let route = Route { path: "/migrations/{id}/unshared".to_owned(), ..signup() };
        let (method, path) = ("POST", "/migrations/7/unshared");
        let request = Request { method, path, query: "", headers: &[], body: b"", source_ip: "127.0.0.1" };
        let event = event_of(&route, &request);
        assert_eq!(event["pathParameters"], json!({"id": "7"}));
        assert_eq!(event["routeKey"], "POST /migrations/{id}/unshared");
        assert_eq!(event["rawPath"], path);
    }

    #[test]
    fn an_answer_of_the_published_shape_is_passed_on() {
        let mut published = ApiGatewayV2httpResponse::default();
        published.status_code = 409;
        published.headers.insert("retry-after", "35".parse().unwrap());
        published.cookies = vec!["session=1; Secure".to_owned()];
        published.body = Some("taken".into());
        let answer = Answer::read(&serde_json::to_vec(&published).unwrap()).unwrap();
        assert_eq!(answer.status, 409);
        assert_eq!(answer.headers, headers(&[("retry-after", "35"), ("set-cookie", "session=1; Secure")]));
        assert_eq!(answer.body, b"taken");
    }

    #[test]
    fn a_base64_answer_is_decoded() {
        let answer = Answer::read(br#"{"statusCode":200,"body":"/w==","isBase64Encoded":true}"#).unwrap();
        assert_eq!(answer.body, b"\xff");
    }

    #[test]
    fn an_answer_of_another_shape_is_an_error_and_not_a_200() {
        for answer in ["", "null", r#"{"body":"x"}"#, r#"{"statusCode":"200"}"#, "<html>"] {
            assert!(matches!(Answer::read(answer.as_bytes()), Err(AnswerError::Shape(_))), "{answer}");
        }
        let answer = Answer::read(br#"{"statusCode":200,"body":"%","isBase64Encoded":true}"#);
        assert!(matches!(answer, Err(AnswerError::Base64(_))));
    }
}
