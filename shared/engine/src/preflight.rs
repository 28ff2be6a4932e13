//! What pre-flight found: a detail of the migration, read by the rows that follow.

use std::collections::BTreeMap;

use handover_domain::ids::CreditLineId;
use handover_domain::outcome::Outcome;
use handover_domain::reason::Reason;
use handover_graph::calls::phone_numbers::PhoneNumber;
use handover_graph::calls::read_waba::Waba;
use handover_graph::words::{Currency, Ownership, Platform};
use serde::{Deserialize, Serialize};

use crate::ports::Ports;
use crate::work::{Report, Work};

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

impl<P: Ports> Work<'_, P> {
    /// Why a WABA can go none of the flows' ways; none if the customer owns it (the page, "Limitations").
    ///
    /// An owner that Meta does not name is no owner (facts 5.3): that is for a person.
    #[must_use]
    pub fn owner_stops(&self, waba: &Waba) -> Option<Report> {
        match &waba.ownership {
            Some(Ownership::ClientOwned) => None,
            Some(Ownership::OnBehalfOf) => Some(Outcome::Refused { reason: Reason::PARTNER_OWNED }.into()),
            other => {
                let shown = other.as_ref().map_or("nothing", Ownership::as_str);
                let stop = Report::from(Outcome::person(self.now(), Reason::OWNERSHIP_UNCLEAR));
                Some(stop.seen(format!("ownership_type of WABA {}: {shown}", waba.id)))
            }
        }
    }
}

/// Why a WABA with these numbers cannot switch; none if it can.
///
/// A number that is also in the WhatsApp Business app is not moved by this flow. The On-Premises API has ended
/// (facts 19.2): a WABA that has nothing else is told so, and beside other numbers such a one is a finding.
#[must_use]
pub fn numbers_stop(numbers: &[PhoneNumber]) -> Option<Reason> {
    if numbers.iter().any(|number| number.on_business_app == Some(true)) {
        return Some(Reason::COEXISTENCE);
    }
    let is_on_premise = |number: &PhoneNumber| number.platform == Some(Platform::OnPremise);
    (!numbers.is_empty() && numbers.iter().all(is_on_premise)).then_some(Reason::NUMBER_ON_PREMISE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(text: &str) -> Currency {
        Currency::try_from(text.to_owned()).unwrap()
    }

    fn number(platform: Platform) -> PhoneNumber {
        PhoneNumber {
            id: "1".parse().unwrap(),
            display: None,
            verified_name: None,
            status: None,
            platform: Some(platform),
            name_review: None,
            code_verification: None,
            quality: None,
            on_business_app: None,
        }
    }

    #[test]
    fn only_a_customer_without_any_number_that_can_move_is_stopped() {
        let on_premise = || number(Platform::OnPremise);
        assert_eq!(numbers_stop(&[]), None, "a customer may add a number later");
        assert_eq!(numbers_stop(&[on_premise(), number(Platform::CloudApi)]), None, "the other can move");
        assert_eq!(numbers_stop(&[on_premise(), on_premise()]), Some(Reason::NUMBER_ON_PREMISE));
        let on_the_app = PhoneNumber { on_business_app: Some(true), ..number(Platform::CloudApi) };
        assert_eq!(numbers_stop(&[number(Platform::CloudApi), on_the_app]), Some(Reason::COEXISTENCE));
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
