//! Ids: every one a type of its own, parsed once at the edge.
//!
//! Ids of Meta's are decimal strings of up to 20 digits (facts 1), kept as text because Meta writes
//! them now as text, now as numbers. Ours are `UUIDv7`, so they sort by the time they were made.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Text that should have been an id and is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be 1 to 20 digits, got {found:?}")]
pub struct NotDigits {
    /// Which id was expected, in the words of the field.
    pub what: &'static str,
    /// What came instead, cut to 40 characters: it is somebody's input.
    pub found: String,
}

/// The longest id that Meta is known to use is 17 digits; 20 leaves room and still fits an index key.
const MAX_DIGITS: usize = 20;

fn digits(what: &'static str, text: &str) -> Result<String, NotDigits> {
    let fits = (1..=MAX_DIGITS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { Ok(text.to_owned()) } else { Err(NotDigits { what, found: text.chars().take(40).collect() }) }
}

macro_rules! ids_of_meta {
    ($($(#[$doc:meta])* $name:ident = $what:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The digits.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = NotDigits;

            fn from_str(text: &str) -> Result<Self, NotDigits> {
                digits($what, text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotDigits;

            fn try_from(text: String) -> Result<Self, NotDigits> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids_of_meta! {
    /// A WhatsApp Business Account.
    WabaId = "a WABA id";
    /// A business portfolio: the customer's, or our own.
    BusinessId = "a business id";
    /// A business phone number on the API.
    PhoneNumberId = "a phone number id";
    /// An app registered at Meta.
    AppId = "an app id";
    /// A system user of our portfolio, as the app sees it.
    SystemUserId = "a system user id";
    /// A message template of one WABA; its copy in another has another id.
    TemplateId = "a template id";
    /// A partner's credit line (extended credit).
    CreditLineId = "a credit line id";
    /// One sharing of a credit line with one business: Meta's allocation config.
    AllocationId = "an allocation id";
    /// A Multi-Partner Solution.
    SolutionId = "a solution id";
    /// A promise of a WABA to a solution: Meta's migration intent.
    IntentId = "an intent id";
    /// An offer of the ownership of a WABA to the customer: Meta's `WhatsAppBusinessAccountOBOMobilityIntent`.
    OwnershipIntentId = "an ownership intent id";
    /// What pays for a WABA: its `primary_funding_id`, or an allocation's `receiving_credential`.
    FundingId = "a funding id";
}

macro_rules! ids_of_ours {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(uuid::Uuid);

        impl $name {
            /// Takes a `UUIDv7` that the `Ids` port has made.
            #[must_use]
            pub const fn new(id: uuid::Uuid) -> Self {
                Self(id)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

ids_of_ours! {
    /// One migration of one WABA.
    MigrationId;
    /// One worker's claim on a migration: tells our own lost answer from another worker's claim.
    ClaimId;
}

impl MigrationId {
    /// When the migration was created: a `UUIDv7` begins with its milliseconds. None if it is of another kind.
    #[must_use]
    pub fn created_at(&self) -> Option<jiff::Timestamp> {
        let (seconds, nanos) = self.0.get_timestamp()?.to_unix();
        jiff::Timestamp::new(i64::try_from(seconds).ok()?, i32::try_from(nanos).ok()?).ok()
    }
}

/// A trace of X-Ray's, by its root: `1-5759e988-bd862e3fe1be46a994272793`. What one run does is told in one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TraceId(String);

impl TraceId {
    /// The root.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Text that should have been the root of a trace and is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a trace's root must be 1, a moment of 8 and a number of 24 hexadecimal digits, joined by hyphens")]
pub struct NotATrace;

impl std::str::FromStr for TraceId {
    type Err = NotATrace;

    fn from_str(text: &str) -> Result<Self, NotATrace> {
        let is_hex =
            |part: &str, digits| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_hexdigit());
        let rest = text.strip_prefix("1-").and_then(|rest| rest.split_once('-'));
        match rest {
            Some((moment, number)) if is_hex(moment, 8) && is_hex(number, 24) => Ok(Self(text.to_owned())),
            _ => Err(NotATrace),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_told_by_a_root_of_its_shape_alone() {
        let root = "1-5759e988-bd862e3fe1be46a994272793";
        assert_eq!(root.parse::<TraceId>().unwrap().as_str(), root);
        for bad in
            ["", "1-5759e988", "2-5759e988-bd862e3fe1be46a994272793", "1-5759e988-bd862e3fe1be46a99427279;"]
        {
            assert_eq!(bad.parse::<TraceId>(), Err(NotATrace), "{bad}");
        }
    }

    #[test]
    fn a_migrations_id_knows_when_it_was_created() {
        let created_at: jiff::Timestamp = "2026-04-20T08:00:00.123Z".parse().unwrap();
        let millis = u64::try_from(created_at.as_millisecond()).unwrap();
        let id = uuid::Builder::from_unix_timestamp_millis(millis, &[7; 10]).into_uuid();
        assert_eq!(MigrationId::new(id).created_at(), Some(created_at));
        assert_eq!(MigrationId::new(uuid::Uuid::nil()).created_at(), None);
    }

    #[test]
    fn an_id_of_metas_is_digits_and_nothing_else() {
        assert_eq!("486585971195941".parse::<WabaId>().unwrap().as_str(), "486585971195941");
        for bad in ["", "12a", "12/34", "1%2F2", "-1", " 1", "１２", "123456789012345678901"] {
            let refused = bad.parse::<WabaId>().unwrap_err();
            assert!(refused.to_string().starts_with("a WABA id must be 1 to 20 digits"), "{bad}");
        }
    }

    #[test]
    fn an_id_read_from_json_is_checked_too() {
        assert!(serde_json::from_str::<WabaId>(r#""12""#).is_ok());
        assert!(serde_json::from_str::<WabaId>(r#""1/2""#).is_err());
    }
}
