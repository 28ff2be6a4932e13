//! What pre-flight found: a detail of the migration, read by the rows that follow.

use std::collections::BTreeMap;

use handover_domain::ids::CreditLineId;
use handover_graph::words::Currency;
use serde::{Deserialize, Serialize};

/// The name of the detail.
pub const DETAIL: &str = "pre-flight";

/// What could be read before the customer unshared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preflight {
    /// The currency of each of our credit lines, as far as Meta tells it.
    #[serde(default)]
    pub currencies: BTreeMap<CreditLineId, Currency>,
}

impl Preflight {
    /// What to say of a WABA in that currency on this line of ours; none if it fits, or nobody knows.
    ///
    /// Meta's pages contradict each other: the line's currency must be the WABA's (switching partners, since 2026),
    /// or any line fits any WABA (currencies; facts 19.4). So it is a warning and stops nothing.
    #[must_use]
    pub fn warning(&self, line: &CreditLineId, waba: &Currency) -> Option<String> {
        let line = self.currencies.get(line).filter(|line| *line != waba)?;
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
        let line = |digits: &str| digits.parse::<CreditLineId>().unwrap();
        let found = Preflight { currencies: BTreeMap::from([(line("1"), currency("USD"))]) };
        let warning = |digits, text| found.warning(&line(digits), &currency(text));
        assert!(warning("1", "EUR").unwrap().contains("billed in EUR and our credit line is in USD"));
        assert_eq!(warning("1", "USD"), None);
        assert_eq!(warning("2", "EUR"), None, "nobody knows");
    }
}
