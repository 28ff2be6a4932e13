//! The request: parsed once, every refusal naming its field.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use handover_domain::ids::{BusinessId, PhoneNumberId, WabaId};
use handover_engine::http_answers::body_of;
use handover_engine::problem::Problem;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use utoipa::ToSchema;

/// No signup needs more; anything larger is somebody's mistake or mischief.
const MAX_BODY: usize = 16 * 1024;
/// Codes of Meta's are a few hundred characters.
const MAX_TEXT: usize = 2048;

/// What the signup page sends: the link's secret, the code, and what the browser saw.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignupRequest {
    /// The secret of the signup link.
    #[schema(value_type = String, format = Password, write_only, min_length = 1, max_length = 2048)]
    pub(crate) state: SecretString,
    /// The code of Embedded Signup: 30 seconds, once.
    #[schema(value_type = String, format = Password, write_only, min_length = 1, max_length = 2048)]
    pub(crate) code: SecretString,
    /// A claim of the browser's (rule 7).
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[0-9]{1,20}$")]
    pub(crate) waba_id: Option<WabaId>,
    /// A claim of the browser's.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[0-9]{1,20}$")]
    pub(crate) phone_number_id: Option<PhoneNumberId>,
    /// A claim of the browser's.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[0-9]{1,20}$")]
    pub(crate) business_id: Option<BusinessId>,
    /// The name of the browser's event, such as `FINISH_ONLY_WABA` (facts 3).
    #[serde(default)]
    #[schema(max_length = 100)]
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
