//! Answers over HTTP as API Gateway takes them: JSON, and problem details.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::encodings::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::payload::{self, Unfit};
use crate::problem::Problem;

/// An answer in JSON.
#[must_use]
pub fn json<T: Serialize>(status: u16, body: &T) -> ApiGatewayV2httpResponse {
    response(status, "application/json", body, None)
}

/// An answer that is written already.
#[must_use]
pub fn text(content_type: &'static str, body: &'static str) -> ApiGatewayV2httpResponse {
    written(200, content_type, Some(body.to_owned()), None)
}

/// A problem, with the header that says when to come again.
#[must_use]
pub fn problem(problem: &Problem) -> ApiGatewayV2httpResponse {
    response(problem.status, "application/problem+json", problem, problem.retry_after)
}

/// Reads the body of a request, at most `most` bytes of it, as the JSON of a `T`.
///
/// # Errors
///
/// A [`Problem`] that names the field which does not fit; `body` if it is the whole: too large, not JSON, or
/// not the base64 that was announced.
pub fn body_of<T: DeserializeOwned>(request: &ApiGatewayV2httpRequest, most: usize) -> Result<T, Problem> {
    let bytes = bytes_of(request, most)?;
    // The parser would take a list for an object, field by field; nobody means that.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        let detail = "The body is a list where the JSON object belongs. See the API document for its form.";
        return Err(Problem::malformed("body", detail));
    }
    payload::read(&bytes).map_err(|Unfit { field, what }| {
        let field = field.unwrap_or_else(|| "body".to_owned());
        let detail = format!("`{field}` {what}. See the API document for its form.");
        Problem::malformed(field, detail)
    })
}

/// The body of a request as it was sent, at most `most` bytes of it.
///
/// # Errors
///
/// A [`Problem`] that names the `body`: too large, or not the base64 that was announced.
pub fn bytes_of(request: &ApiGatewayV2httpRequest, most: usize) -> Result<Vec<u8>, Problem> {
    let body = request.body.as_deref().unwrap_or_default();
    let bytes = if request.is_base64_encoded {
        STANDARD
            .decode(body)
            .map_err(|_| Problem::malformed("body", "The body is not base64 as announced."))?
    } else {
        body.as_bytes().to_vec()
    };
    if bytes.len() > most {
        let detail = format!("The body is larger than {} KB; send the documented fields only.", most / 1024);
        return Err(Problem::malformed("body", detail));
    }
    Ok(bytes)
}

fn response<T: Serialize>(
    status: u16,
    content_type: &'static str,
    body: &T,
    retry_after: Option<u32>,
) -> ApiGatewayV2httpResponse {
    written(status, content_type, serde_json::to_string(body).ok(), retry_after)
}

fn written(
    status: u16,
    content_type: &'static str,
    body: Option<String>,
    retry_after: Option<u32>,
) -> ApiGatewayV2httpResponse {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(seconds) = retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = i64::from(status);
    response.headers = headers;
    response.body = body.map(Body::Text);
    response
}
