//! Meta's own words: open enums, because a new value may appear any day and must not be lost.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer::Read;

/// Makes enums whose unknown values are kept verbatim. The first spelling of a word is the one written.
macro_rules! open_words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $word:ident = $spelling:literal $(| $other:literal)*,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum $name {
            $($(#[$word_doc])* $word,)*
            /// A word that we do not know, as Meta wrote it.
            Other(String),
        }

        impl $name {
            /// The word as Meta writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$word => $spelling,)*
                    Self::Other(word) => word,
                }
            }
        }

        impl From<String> for $name {
            fn from(word: String) -> Self {
                match word.as_str() {
                    $($spelling $(| $other)* => Self::$word,)*
                    _ => Self::Other(word),
                }
            }
        }

        impl From<$name> for String {
            fn from(word: $name) -> String {
                word.as_str().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Read for $name {
            const EXPECTED: &'static str = "a word";

            fn read(value: &Value) -> Option<Self> {
                value.as_str().map(|word| Self::from(word.to_owned()))
            }
        }
    )*};
}

open_words! {
    /// Who owns a WABA (`ownership_type`, facts 4.1 and 5.3). An unreadable owner is no owner.
    Ownership {
        /// The customer's portfolio owns it and shares it: the model of the flows.
        ClientOwned = "CLIENT_OWNED",
        /// A partner owns it on behalf of the customer: the switch flow refuses it.
        OnBehalfOf = "ON_BEHALF_OF",
        /// The business that asks owns it. Meta's own examples and answers spell it `SELF`.
        SelfOwned = "SELF" | "SELF_OWNED",
    }

    /// What Meta's review of a WABA has come to (`account_review_status`, facts 4.1).
    Review {
        /// Still running.
        Pending = "PENDING",
        /// It may be used.
        Approved = "APPROVED",
        /// It may not.
        Rejected = "REJECTED",
    }

    /// Whether something can send (`can_send_message`, facts 4.2).
    CanSend {
        /// Yes.
        Available = "AVAILABLE",
        /// Yes, with limits that need not concern the payment.
        Limited = "LIMITED",
        /// No.
        Blocked = "BLOCKED",
    }

    /// What an entry of a health status is about (`entity_type`, facts 4.2).
    EntityKind {
        /// The WABA: always in the answer, and where a payment problem shows.
        Waba = "WABA",
        /// A phone number.
        PhoneNumber = "PHONE_NUMBER",
        /// The business portfolio: always in the answer.
        Business = "BUSINESS",
        /// The app: always in the answer.
        App = "APP",
        /// A message template.
        MessageTemplate = "MESSAGE_TEMPLATE",
    }

    /// The state of a phone number (`status`, facts 6.2).
    NumberStatus {
        /// The only state in which it sends.
        Connected = "CONNECTED",
        /// Not there yet.
        Pending = "PENDING",
        /// Not connected.
        Disconnected = "DISCONNECTED",
        /// Moved to another WABA.
        Migrated = "MIGRATED",
        /// Taken away by Meta.
        Banned = "BANNED",
        /// Held back by Meta.
        Restricted = "RESTRICTED",
        /// Not verified yet.
        Unverified = "UNVERIFIED",
    }

    /// Where a phone number runs (`platform_type`, facts 6.2).
    Platform {
        /// On the Cloud API.
        CloudApi = "CLOUD_API",
        /// On the On-Premises API, which ended in October 2025: refused.
        OnPremise = "ON_PREMISE",
        /// Nowhere: it is not registered.
        NotApplicable = "NOT_APPLICABLE",
    }

    /// Whether a number was verified by a code (`code_verification_status`, facts 6.2).
    CodeVerification {
        /// It was.
        Verified = "VERIFIED",
        /// It was not.
        NotVerified = "NOT_VERIFIED",
        /// It was, too long ago.
        Expired = "EXPIRED",
    }

    /// What the review of a display name has come to (`name_status`, facts 6.2).
    NameReview {
        /// It may be shown.
        Approved = "APPROVED",
        /// It may not.
        Declined = "DECLINED",
        /// Still running.
        PendingReview = "PENDING_REVIEW",
        /// It may be used before the review.
        AvailableWithoutReview = "AVAILABLE_WITHOUT_REVIEW",
        /// There is none.
        None = "NONE",
    }

    /// How recipients rate a number (`quality_rating`, facts 6.2).
    Quality {
        /// Good.
        Green = "GREEN",
        /// Middling.
        Yellow = "YELLOW",
        /// Bad.
        Red = "RED",
        /// Not rated, as after every move.
        Unknown = "UNKNOWN" | "NA",
    }

    /// The state of an allocation (`request_status`, facts 9.6). Meta documents one word.
    AllocationStatus {
        /// Revoked.
        Deleted = "DELETED",
    }

    /// How a solution stands (`status`, facts 10.4).
    SolutionStatus {
        /// WABAs can join it.
        Active = "ACTIVE",
        /// Not offered to anybody yet.
        Draft = "DRAFT",
        /// Offered to the other partner.
        Initiated = "INITIATED",
        /// The other partner has declined.
        Rejected = "REJECTED",
        /// Ended.
        Deactivated = "DEACTIVATED",
        /// About to end.
        PendingDeactivation = "PENDING_DEACTIVATION",
    }

    /// What has come of a migration intent (`status`, facts 10.2).
    IntentStatus {
        /// The customer was asked and has not answered. Meta's reference also says `PENDING`.
        Initiated = "INITIATED" | "PENDING",
        /// The customer agrees: the next step may begin.
        Accepted = "ACCEPTED",
        /// It is done.
        Completed = "COMPLETED",
        /// The customer does not agree.
        Rejected = "REJECTED",
    }

    /// What a system user may do with a WABA (`tasks`, facts 4.4).
    Task {
        /// Everything: what Meta's guide assigns.
        Manage = "MANAGE",
        /// Billing: needed under a solution in which the partner may not send.
        ManageBilling = "MANAGE_BILLING",
    }
}

/// The currency of a WABA: three capital letters of ISO 4217.
///
/// Not checked against a list: Meta's pages name six or sixteen currencies (facts 9.2), and Meta decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, PartialOrd, Ord)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(String);

/// Text that is not a currency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a currency is three capital letters such as EUR, got {0:?}; read it from the WABA")]
pub struct NotACurrency(String);

impl Currency {
    /// The three letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Currency {
    type Error = NotACurrency;

    fn try_from(text: String) -> Result<Self, NotACurrency> {
        let fits = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
        if fits { Ok(Self(text)) } else { Err(NotACurrency(text.chars().take(40).collect())) }
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.0
    }
}

impl Read for Currency {
    const EXPECTED: &'static str = "three capital letters";

    fn read(value: &Value) -> Option<Self> {
        Self::try_from(value.as_str()?.to_owned()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_word_is_kept_as_meta_wrote_it() {
        let ownership = Ownership::from("AGENCY_OWNED".to_owned());
        assert_eq!(ownership, Ownership::Other("AGENCY_OWNED".to_owned()));
        assert_eq!(serde_json::to_string(&ownership).unwrap(), r#""AGENCY_OWNED""#);
        assert_eq!(serde_json::from_str::<Ownership>(r#""AGENCY_OWNED""#).unwrap(), ownership);
    }

    #[test]
    fn both_spellings_of_self_are_one_owner() {
        assert_eq!(Ownership::from("SELF".to_owned()), Ownership::SelfOwned);
        assert_eq!(Ownership::from("SELF_OWNED".to_owned()), Ownership::SelfOwned);
        assert_eq!(Ownership::SelfOwned.to_string(), "SELF");
    }

    #[test]
    fn a_currency_is_three_capital_letters() {
        assert_eq!(Currency::try_from("EUR".to_owned()).unwrap().as_str(), "EUR");
        for bad in ["", "eur", "EURO", "E1R", "€UR"] {
            assert!(Currency::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
