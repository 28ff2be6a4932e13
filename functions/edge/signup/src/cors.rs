//! The partner's signup page may call us from its browser; no other page may.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use handover_engine::settings::Settings;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, HeaderValue, VARY,
};

/// Whether a browser only asks if it may post.
pub(crate) fn is_preflight(request: &ApiGatewayV2httpRequest) -> bool {
    request.request_context.http.method == "OPTIONS"
}

/// Answers a browser that asks whether the partner's signup page may post.
#[utoipa::path(options, path = "/signup", tag = "signup",
    responses((status = 204, description = "The page of the settings may; no other")))]
pub(crate) fn preflight() -> ApiGatewayV2httpResponse {
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = 204;
    response.headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
    response.headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type"));
    response.headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    response
}

/// The same answer, readable by the page of the settings, `Retry-After` with it.
pub(crate) fn readable_by_the_page(
    mut response: ApiGatewayV2httpResponse,
    settings: &Settings,
) -> ApiGatewayV2httpResponse {
    if let Ok(origin) = HeaderValue::from_str(origin_of(&settings.signup_page)) {
        response.headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        response.headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after"));
        response.headers.insert(VARY, HeaderValue::from_static("origin"));
    }
    response
}

/// Scheme, host and port of a page: what a browser calls its origin.
fn origin_of(page: &str) -> &str {
    let host_begins = page.find("://").map_or(0, |at| at + 3);
    let path_begins = page.get(host_begins..).and_then(|rest| rest.find(['/', '?', '#']));
    path_begins.and_then(|at| page.get(..host_begins + at)).unwrap_or(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for (page, origin) in [
            ("https://partner.example/signup", "https://partner.example"),
            ("https://partner.example", "https://partner.example"),
            ("http://127.0.0.1:3000/a/b?c=d", "http://127.0.0.1:3000"),
            ("https://partner.example?x=/y", "https://partner.example"),
        ] {
            assert_eq!(origin_of(page), origin);
        }
    }
}
