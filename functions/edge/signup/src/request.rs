//! The request: parsed once, every refusal naming its field.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use handover_domain::ids::{BusinessId, PhoneNumberId, WabaId};
use handover_engine::http_answers::body_of;
use handover_engine::problem::Problem;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// No signup needs more; anything larger is somebody's mistake or mischief.
const MAX_BODY: usize = 16 * 1024;
/// Codes of Meta's are a few hundred characters.
const MAX_TEXT: usize = 2048;

/// What the signup page sends: the link's secret, the code, and what the browser saw.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignupRequest {
    /// The secret of the signup link.
    pub(crate) state: SecretString,
    /// The code of Embedded Signup: 30 seconds, once.
    pub(crate) code: SecretString,
    /// A claim of the browser's (rule 7).
    #[serde(default)]
    pub(crate) waba_id: Option<WabaId>,
    /// A claim of the browser's.
    #[serde(default)]
    pub(crate) phone_number_id: Option<PhoneNumberId>,
    /// A claim of the browser's.
    #[serde(default)]
    pub(crate) business_id: Option<BusinessId>,
    /// The name of the browser's event, such as `FINISH_ONLY_WABA` (facts 3).
    #[serde(default)]
    pub(crate) event: Option<String>,
}

impl SignupRequest {
    pub(crate) fn read(request: &ApiGatewayV2httpRequest) -> Result<Self, Problem> {
        let read: Self = body_of(request, MAX_BODY)?;
        for (field, text) in [("state", &read.state), ("code", &read.code)] {
            if !(1..=MAX_TEXT).contains(&text.expose_secret().len()) {
                let detail = format!(
                    "`{field}` must have 1 to {MAX_TEXT} characters; send it as the signup page got it."
                );
                return Err(Problem::malformed(field, detail));
            }
        }
        if read.event.as_ref().is_some_and(|event| event.len() > 100) {
            return Err(Problem::malformed("event", "`event` is longer than any event of Embedded Signup."));
        }
        Ok(read)
    }
}
