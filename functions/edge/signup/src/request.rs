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
        let bytes = body_of(request, MAX_BODY)?;
        let read: Self = serde_json::from_slice(&bytes).map_err(|error| malformed(&error.to_string()))?;
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

/// The words of the parser, which name the field but never repeat a secret: only ids show what was found.
fn malformed(message: &str) -> Problem {
    let field = ["state", "code", "waba_id", "phone_number_id", "business_id", "event"]
        .into_iter()
        .find(|field| message.contains(&format!("`{field}`")));
    let by_kind =
        [("WABA id", "waba_id"), ("phone number id", "phone_number_id"), ("business id", "business_id")];
    let field =
        field.or_else(|| by_kind.iter().find(|(kind, _)| message.contains(kind)).map(|(_, field)| *field));
    let position = message.rfind(" at line ").map_or("", |at| message.get(at..).unwrap_or_default());
    let cause = if message.starts_with("unknown field") {
        let name: String =
            message.chars().skip("unknown field `".len()).take_while(|c| *c != '`').take(40).collect();
        return Problem::malformed(name.clone(), format!("The field `{name}` is not known; leave it out."));
    } else if message.starts_with("missing field") {
        "is missing"
    } else {
        "is not of the documented form"
    };
    match field {
        Some(field) => Problem::malformed(
            field,
            format!("`{field}` {cause}{position}. See the API document for its form."),
        ),
        None => Problem::malformed("body", format!("The body is not the JSON object of a signup{position}.")),
    }
}
