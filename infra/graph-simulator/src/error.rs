//! Meta's error envelope (facts 13.1) and the errors that the calls share.

use serde_json::{Value, json};

/// A refusal as Meta writes it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GraphError {
    pub(crate) status: u16,
    pub(crate) kind: &'static str,
    pub(crate) code: u32,
    pub(crate) subcode: Option<u32>,
    pub(crate) message: String,
    pub(crate) is_transient: bool,
    /// `error_data.details`, which the Cloud API asks callers to decide on.
    pub(crate) details: Option<String>,
}

impl GraphError {
    pub(crate) fn new(code: u32, message: impl std::fmt::Display) -> Self {
        let status = if code == 190 { 401 } else { 400 };
        let message = format!("(#{code}) {message}");
        Self {
            status,
            kind: "OAuthException",
            code,
            subcode: None,
            message,
            is_transient: false,
            details: None,
        }
    }

    pub(crate) fn subcode(self, subcode: u32) -> Self {
        Self { subcode: Some(subcode), ..self }
    }

    pub(crate) fn details(self, details: impl Into<String>) -> Self {
        Self { details: Some(details.into()), ..self }
    }

    /// Meta's one text for "is not there" and "you may not see it".
    pub(crate) fn missing_object(method: &str, id: &str) -> Self {
        let method = method.to_ascii_lowercase();
        let message = format!(
            "Unsupported {method} request. Object with ID '{id}' does not exist, cannot be loaded due to missing \
             permissions, or does not support this operation."
        );
        Self { kind: "GraphMethodException", message, ..Self::new(100, "").subcode(33) }
    }

    pub(crate) fn unknown_field(field: &str, node: &str) -> Self {
        Self::new(100, format_args!("Tried accessing nonexisting field ({field}) on node type ({node})"))
    }

    pub(crate) fn missing_parameter(name: &str) -> Self {
        Self::new(100, format_args!("The parameter {name} is required."))
    }

    pub(crate) fn bad_parameter(name: &str, expected: &str) -> Self {
        Self::new(100, format_args!("Param {name} must be {expected}."))
    }

    pub(crate) fn no_permission(what: &str) -> Self {
        Self::new(200, format_args!("You do not have the permission that this call needs: {what}."))
    }

    pub(crate) fn dead_token(subcode: u32, message: &str) -> Self {
        Self { message: message.to_owned(), ..Self::new(190, "").subcode(subcode) }
    }

    /// The envelope; `trace` is what Meta's support asks for.
    pub(crate) fn envelope(&self, trace: &str) -> Value {
        let mut error = json!({ "message": self.message, "type": self.kind, "code": self.code });
        if let Some(inner) = error.as_object_mut() {
            if let Some(subcode) = self.subcode {
                inner.insert("error_subcode".to_owned(), subcode.into());
            }
            if self.is_transient {
                inner.insert("is_transient".to_owned(), true.into());
            }
            if let Some(details) = &self.details {
                let data = json!({ "messaging_product": "whatsapp", "details": details });
                inner.insert("error_data".to_owned(), data);
            }
            inner.insert("fbtrace_id".to_owned(), trace.into());
        }
        json!({ "error": error })
    }
}
