//! What was learned of the customer: a detail of the migration, read by the rows that follow.

use handover_domain::ids::{BusinessId, CreditLineId, PhoneNumberId, WabaId};
use handover_domain::number::{DisplayNumber, digits};
use handover_graph::calls::phone_numbers::PhoneNumber;
use handover_graph::words::Currency;
use serde::{Deserialize, Serialize};

use crate::work::Fault;

/// The name of the detail.
pub const DETAIL: &str = "assets";

/// The WABA, who owns it, and what is needed to share and register. Who pays may one day be another node
/// than the one that holds the numbers (facts 19.3), so the owner stands apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assets {
    /// The WABA: holds numbers and templates.
    pub waba: WabaId,
    /// Its name, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The business that owns it and receives the credit; unreadable after an unshare, so kept (facts 0.19).
    pub business: BusinessId,
    /// What it is billed in; the share must say it (facts 9.2).
    pub currency: Currency,
    /// Meta's own code of its time zone (facts 1): not an IANA name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone_id: Option<String>,
    /// Our credit line for it: chosen by its currency when it was learned, and the same from then on, whatever the
    /// settings say later. None where the other partner of the solution pays: then no ledger is about this WABA.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit_line: Option<CreditLineId>,
    /// Its numbers.
    pub numbers: Vec<Number>,
}

impl Assets {
    /// Our credit line, for a row that is about its money.
    ///
    /// # Errors
    ///
    /// [`Fault::Missing`] where another partner's pays: whoever asks then would write a ledger that is not ours.
    pub fn line(&self) -> Result<&CreditLineId, Fault> {
        self.credit_line.as_ref().ok_or(Fault::Missing("our credit line"))
    }
}

/// A number as it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Number {
    /// Its id; none where nothing but the number itself is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<PhoneNumberId>,
    /// As people write it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
}

impl From<&PhoneNumber> for Number {
    fn from(number: &PhoneNumber) -> Self {
        Self { id: Some(number.id.clone()), display: number.display.clone() }
    }
}

impl Number {
    /// Whether it is that one.
    #[must_use]
    pub fn is(&self, asked: &DisplayNumber) -> bool {
        self.display.as_deref().is_some_and(|display| digits(display) == asked.digits())
    }

    /// The number as people write it, or its id where nobody has read it.
    #[must_use]
    pub fn name(&self) -> String {
        let id = || self.id.as_ref().map(ToString::to_string).unwrap_or_default();
        self.display.clone().unwrap_or_else(id)
    }
}
