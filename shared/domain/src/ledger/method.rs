//! In how many calls a credit line is shared, and which of them an intent stands for (facts 9.2, 9.3).

use serde::{Deserialize, Serialize};

/// In how many calls the credit line is shared with a WABA.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShareMethod {
    /// One call shares it with the business and attaches it to the WABA (facts 9.2).
    #[default]
    OneCall,
    /// One call shares it with the business, and a second one attaches it to the WABA: what Meta is testing as the future
    /// way (facts 9.3).
    TwoCalls,
}

/// A call that an intent stands for: what may have been done if its answer is lost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SharingCall {
    /// The business has the line, and the WABA is paid by it.
    #[default]
    ShareAndAttach,
    /// The business has the line, and nothing is paid by it yet.
    Share,
    /// The WABA is paid by what the business had already.
    Attach,
}

impl SharingCall {
    /// Whether it is the call that stood for every intent before there were two.
    #[must_use]
    pub fn is_the_one_call(&self) -> bool {
        *self == Self::ShareAndAttach
    }

    /// Whether it names a WABA, so that the month's window is about it.
    #[must_use]
    pub const fn is_about_a_waba(self) -> bool {
        matches!(self, Self::ShareAndAttach | Self::Attach)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_months_window_is_about_every_call_that_names_a_waba() {
        let named = |call: SharingCall| call.is_about_a_waba();
        assert!(named(SharingCall::ShareAndAttach) && named(SharingCall::Attach));
        assert!(!named(SharingCall::Share), "a business that has the line is not paid for by it yet");
    }
}
