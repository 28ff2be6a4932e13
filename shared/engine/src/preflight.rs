//! What pre-flight found: a detail of the migration, read by the rows that follow.

use handover_graph::words::Currency;
use serde::{Deserialize, Serialize};

/// The name of the detail.
pub const DETAIL: &str = "pre-flight";

/// What could be read before the customer unshared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preflight {
    /// The currency of our credit line, as far as Meta tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_currency: Option<Currency>,
}

impl Preflight {
    /// What to say of a WABA in that currency; none if it fits, or nobody knows.
    ///
    /// Meta's pages contradict each other: the line's currency must be the WABA's (switching partners, since 2026),
    /// or any line fits any WABA (currencies; facts 19.4). So it is a warning and stops nothing.
    #[must_use]
    pub fn warning(&self, waba: &Currency) -> Option<String> {
        let line = self.line_currency.as_ref().filter(|line| *line != waba)?;
        Some(format!(
            "warning: the WABA is billed in {} and our credit line is in {}; if Meta refuses the share for it, a line in {} is needed",
            waba.as_str(),
            line.as_str(),
            waba.as_str()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(text: &str) -> Currency {
        Currency::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn another_currency_is_warned_of_and_an_unknown_one_is_not() {
        let in_dollars = Preflight { line_currency: Some(currency("USD")) };
        assert!(
            in_dollars
                .warning(&currency("EUR"))
                .unwrap()
                .contains("billed in EUR and our credit line is in USD")
        );
        assert_eq!(in_dollars.warning(&currency("USD")), None);
        assert_eq!(Preflight::default().warning(&currency("EUR")), None);
    }
}
