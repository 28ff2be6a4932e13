//! Meta verifies the address once, when it is entered in the app's dashboard (facts 15.1).

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::encodings::Body;
use handover_engine::parameters::Parameters;
use handover_engine::ports::{Ports, Vault};
use handover_engine::problem::Problem;
use hmac::{Hmac, KeyInit, Mac};
use http::header::{CONTENT_TYPE, HeaderValue};
use secrecy::ExposeSecret;
use sha2::Sha256;

/// Meta's challenges are short numbers; nothing longer is sent back.
const LONGEST_CHALLENGE: usize = 100;

/// Answers Meta's verification with the bare challenge, if it is asked for with the token that Meta was told.
#[utoipa::path(get, path = "/webhook", tag = "webhook",
    params(
        ("hub.mode" = String, Query, description = "`subscribe`"),
        ("hub.verify_token" = String, Query, description = "What was entered in the app's dashboard"),
        ("hub.challenge" = String, Query, description = "1 to 100 letters or digits", min_length = 1, max_length = 100),
    ),
    responses((status = 200, description = "The challenge", body = String, content_type = "text/plain")))]
pub(crate) async fn answer<P: Ports>(
    ports: &P,
    request: &ApiGatewayV2httpRequest,
) -> Result<ApiGatewayV2httpResponse, Problem> {
    let parameters = Parameters::read(request)?;
    if parameters.get("hub.mode") != Some("subscribe") {
        return Err(Problem::malformed(
            "hub.mode",
            "`hub.mode` is not `subscribe`; this address is for Meta.",
        ));
    }
    let secrets = ports.vault().webhook_secrets().await.map_err(|_| Problem::unavailable())?;
    let told = parameters.get("hub.verify_token").unwrap_or_default();
    if !same(secrets.verify_token.expose_secret(), told) {
        let detail = "`hub.verify_token` is not the one of this deployment. Compare the app's dashboard (WhatsApp > Configuration > Webhook) with the stored token.";
        return Err(Problem::unproved("hub.verify_token", detail));
    }
    let challenge = parameters.get("hub.challenge").unwrap_or_default();
    let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !(1..=LONGEST_CHALLENGE).contains(&challenge.len()) || !is_plain(challenge) {
        let detail = "`hub.challenge` must be 1 to 100 letters or digits.";
        return Err(Problem::malformed("hub.challenge", detail));
    }
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = 200;
    response.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response.body = Some(Body::Text(challenge.to_owned()));
    Ok(response)
}

/// Compares in constant time: the authentication codes of both texts, under a key of no meaning.
fn same(ours: &str, told: &str) -> bool {
    let code = |text: &str| Hmac::<Sha256>::new_from_slice(b"verify").map(|mac| mac.chain_update(text)).ok();
    match (code(ours), code(told)) {
        (Some(ours), Some(told)) => ours.verify(&told.finalize().into_bytes()).is_ok(),
        _ => false,
    }
}
