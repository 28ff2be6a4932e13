//! Answers to people and programs that called us wrongly: RFC 9457 problem details.

use serde::Serialize;
use utoipa::ToSchema;

/// A typed problem. The text names the field and the next action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// What kind of problem, as a relative reference into `docs/errors.md`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The kind in words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What happened here, and what to do.
    pub detail: String,
    /// The field of the request that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Seconds after which the same request may be made again; also the header `Retry-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

impl Problem {
    /// A request that cannot be understood.
    #[must_use]
    pub fn malformed(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            kind: "errors.md#malformed",
            title: "The request cannot be understood",
            status: 400,
            detail: detail.into(),
            field: Some(field.into()),
            retry_after: None,
        }
    }

    /// Something that is not there, or not any longer.
    #[must_use]
    pub fn unknown(field: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: "errors.md#unknown",
            title: "There is no such thing",
            status: 404,
            detail: detail.into(),
            field: Some(field.to_owned()),
            retry_after: None,
        }
    }

    /// A request that does not fit what has happened meanwhile.
    #[must_use]
    pub fn conflict(field: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: "errors.md#conflict",
            title: "This does not fit what has happened",
            status: 409,
            detail: detail.into(),
            field: Some(field.to_owned()),
            retry_after: None,
        }
    }

    /// A message of which it cannot be told that it is from whom it says.
    #[must_use]
    pub fn unproved(field: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: "errors.md#unproved",
            title: "It is not proved who sent this",
            status: 401,
            detail: detail.into(),
            field: Some(field.to_owned()),
            retry_after: None,
        }
    }

    /// What the token of whoever asks does not let them do.
    #[must_use]
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self {
            kind: "errors.md#forbidden",
            title: "Your token does not let you do this",
            status: 403,
            detail: detail.into(),
            field: Some("Authorization".to_owned()),
            retry_after: None,
        }
    }

    /// A link whose time is over.
    #[must_use]
    pub fn gone(field: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: "errors.md#gone",
            title: "Its time is over",
            status: 410,
            detail: detail.into(),
            field: Some(field.to_owned()),
            retry_after: None,
        }
    }

    /// We cannot answer now.
    #[must_use]
    pub fn unavailable() -> Self {
        Self {
            kind: "errors.md#unavailable",
            title: "We cannot answer now",
            status: 503,
            detail: "Send the same request again in a few seconds; nothing was lost.".to_owned(),
            field: None,
            retry_after: Some(5),
        }
    }

    /// The same, to be tried again after so many seconds.
    #[must_use]
    pub const fn after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}
