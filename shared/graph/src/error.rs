//! What can go wrong with a call, in a form that is stored, printed and decided upon.

use std::borrow::Cow;
use std::fmt;

use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use handover_domain::actor::Actor;
use handover_domain::decoder::{self, Class, Refusal, Verdict};

use crate::transport::{GraphResponse, TransportError};

/// A call that did not give its answer.
///
/// It is kept whole beside the history of the migration, so it holds no secret and no text of a foreign
/// library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("the call {call} of the Graph API gave no answer")]
pub struct GraphError {
    /// [`Call::NAME`](crate::call::Call::NAME).
    pub call: Cow<'static, str>,
    /// What happened.
    #[source]
    pub failure: Failure,
}

/// What happened to a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Failure {
    /// Meta understood the call and said no.
    #[error(transparent)]
    Refused(Box<Refused>),
    /// Something came back that is neither an answer nor a refusal.
    #[error(
        "the answer of Meta cannot be read (HTTP {status}): {problem}; the call is made again by itself, and if it stays so, this version of Handover is too old for Meta's answers"
    )]
    Unreadable {
        /// The HTTP status.
        status: u16,
        /// What is wrong with it.
        problem: Problem,
    },
    /// No answer came.
    #[error(transparent)]
    Transport(TransportError),
}

/// The error envelope of Meta's (facts 13.1), with what the response says beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// `error.code`.
    pub code: i64,
    /// `error.error_subcode`.
    pub subcode: Option<i64>,
    /// `error.message`: for people, never for decisions.
    pub message: String,
    /// `error.error_data.details`.
    pub details: Option<String>,
    /// `error.error_user_title`.
    pub user_title: Option<String>,
    /// `error.error_user_msg`.
    pub user_message: Option<String>,
    /// `error.is_transient`.
    pub is_transient: bool,
    /// `error.fbtrace_id`: what Direct Support asks for, soon, since it ages.
    pub fbtrace_id: Option<String>,
    /// The HTTP status.
    pub status: u16,
    /// Minutes until Meta takes calls again, from the usage headers.
    pub retry_after_minutes: Option<u32>,
}

/// What is wrong with an answer that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Problem {
    /// No byte of body.
    #[error("it is empty")]
    Empty,
    /// More than [`MAX_BODY`](crate::transport::MAX_BODY).
    #[error("it is larger than 1 MB")]
    TooLarge,
    /// A page for a browser.
    #[error("it is a page of HTML")]
    Html,
    /// JSON that ends in the middle.
    #[error("it is cut off")]
    Cut,
    /// Neither JSON nor HTML.
    #[error("it is not JSON")]
    NotJson,
    /// A status of failure without an error envelope.
    #[error("it reports a failure and does not say which")]
    Unexplained,
    /// A field is missing or of another shape.
    #[error("`{path}` should be {expected}")]
    Field {
        /// The way to the field, such as `data[2].receiving_credential.id`.
        path: String,
        /// What it should have been.
        expected: Cow<'static, str>,
    },
    /// A list whose pages never end.
    #[error("the list has no end")]
    Endless,
}

/// Whether a call that changes something has changed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// Surely not: the same call may be made again.
    No,
    /// Nobody can say without looking: never repeat it on this ground.
    Unknown,
}

/// Codes by which Meta says that it does not know itself what happened (facts 13.2).
const META_DOES_NOT_KNOW: [i64; 4] = [1, 2, 131_000, 131_016];

/// Meta's words are stored up to this length, beside the history.
const LONGEST_TEXT: usize = 500;

/// A lost call is tried again this soon.
const SHORTLY: SignedDuration = SignedDuration::from_secs(2 * 60);

impl GraphError {
    /// Names the call that failed.
    #[must_use]
    pub const fn new(call: &'static str, failure: Failure) -> Self {
        Self { call: Cow::Borrowed(call), failure }
    }

    /// Whether a call that changes something may have done so all the same (reliability 5.3).
    ///
    /// Only two things prove that it did not: nothing was sent, or Meta refused with a code that says why.
    /// A timeout, a 5xx, an unreadable body and the codes 1 and 2 prove nothing.
    #[must_use]
    pub fn outcome(&self) -> Applied {
        match &self.failure {
            Failure::Transport(TransportError::NotSent { .. } | TransportError::Withheld) => Applied::No,
            Failure::Refused(refused) if refused.is_definite() => Applied::No,
            Failure::Refused(_)
            | Failure::Unreadable { .. }
            | Failure::Transport(TransportError::Lost { .. }) => Applied::Unknown,
        }
    }

    /// What happens next, why, and whose turn it is.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let cause = match &self.failure {
            Failure::Refused(refused) => return decoder::decode(&refused.refusal()),
            Failure::Unreadable { .. } => "the answer of Meta cannot be read",
            Failure::Transport(TransportError::Withheld) => {
                return Verdict {
                    class: Class::Person,
                    cause: Cow::Borrowed("this is a dry run, and the call would change something at Meta"),
                    who: Actor::We,
                    advice: "set DryRun to no where the change is meant, and retry",
                };
            }
            Failure::Transport(TransportError::NotSent { .. }) => "Meta was not reached",
            Failure::Transport(TransportError::Lost { .. }) => "no answer came back from Meta",
        };
        Verdict {
            class: Class::Retry { after: SHORTLY },
            cause: Cow::Borrowed(cause),
            who: Actor::Meta,
            advice: decoder::BY_ITSELF,
        }
    }

    /// Meta's refusal, where it is one.
    #[must_use]
    pub fn refused(&self) -> Option<&Refused> {
        match &self.failure {
            Failure::Refused(refused) => Some(refused),
            Failure::Unreadable { .. } | Failure::Transport(_) => None,
        }
    }

    /// The same error, fit to be stored: every one of these secrets blotted out of Meta's texts, which are
    /// cut to length only then, lest the first half of a token stay.
    #[must_use]
    pub(crate) fn without(mut self, secrets: &[SecretString]) -> Self {
        if let Failure::Refused(refused) = &mut self.failure {
            for text in refused.texts() {
                for secret in
                    secrets.iter().map(ExposeSecret::expose_secret).filter(|secret| !secret.is_empty())
                {
                    *text = text.replace(secret, "***");
                }
                *text = text.chars().take(LONGEST_TEXT).collect();
            }
        }
        self
    }
}

impl Failure {
    /// An answer in which something is wrong.
    #[must_use]
    pub fn unreadable(response: &GraphResponse, problem: Problem) -> Self {
        Self::Unreadable { status: response.status, problem }
    }
}

impl Refused {
    /// What of it the decoder decides on.
    #[must_use]
    pub const fn refusal(&self) -> Refusal {
        Refusal {
            code: self.code,
            subcode: self.subcode,
            status: self.status,
            is_transient: self.is_transient,
            retry_after_minutes: self.retry_after_minutes,
        }
    }

    /// Whether Meta has said no for a reason it knows, so that nothing was changed.
    ///
    /// A rate limit is such a reason, though it passes; any other refusal that Meta calls transient is not.
    fn is_definite(&self) -> bool {
        let stumbled = self.status >= 500 || META_DOES_NOT_KNOW.contains(&self.code);
        let throttled = matches!(decoder::decode(&self.refusal()).class, Class::Wait { .. });
        !stumbled && (throttled || !self.is_transient)
    }

    /// Whether Meta says that this may not be read, rather than that it stumbled: a missing permission, an
    /// unknown or unreadable field, a missing object (facts 13.2). It says nothing of what could not be read.
    #[must_use]
    pub fn denies_access(&self) -> bool {
        !self.is_transient && matches!(self.code, 3 | 10 | 33 | 100 | 200..=299 | 803)
    }

    /// Whether Meta has refused the field that was asked for, one that it does not know or that is not for us (facts 13.2),
    /// and not the object: one that is gone has a subcode beside it.
    #[must_use]
    pub const fn withholds_a_field(&self) -> bool {
        matches!((self.code, self.subcode), (100 | 10, None))
    }

    /// Whether Meta answers as for an id that names nothing, or nothing that may be read (facts 13.2).
    #[must_use]
    pub const fn names_nothing(&self) -> bool {
        self.code == 100
    }

    /// Whether the token itself is refused (facts 13.2): only a new one helps.
    #[must_use]
    pub fn is_token_dead(&self) -> bool {
        matches!(self.code, 0 | 190)
    }

    fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        [&mut self.details, &mut self.user_title, &mut self.user_message, &mut self.fbtrace_id]
            .into_iter()
            .flatten()
            .chain([&mut self.message])
    }
}

impl std::error::Error for Refused {}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Verdict { cause, who, advice, .. } = decoder::decode(&self.refusal());
        write!(f, "Meta refused with code {}", self.code)?;
        if let Some(subcode) = self.subcode {
            write!(f, ", subcode {subcode}")?;
        }
        write!(f, ": {cause}. Who acts: {who}. What to do: {advice}. Meta's words: {}", self.message)?;
        for text in [&self.details, &self.user_message].into_iter().flatten() {
            write!(f, " ({text})")?;
        }
        match &self.fbtrace_id {
            Some(trace) => write!(f, " [fbtrace_id {trace}]"),
            None => Ok(()),
        }
    }
}
