//! What pre-flight found: a detail of the migration, read by the rows that follow.

use std::collections::{BTreeMap, BTreeSet};

use handover_domain::ids::{CreditLineId, MigrationId};
use handover_domain::outcome::Outcome;
use handover_domain::preflight::{NumberSeen, Sight, Subject, words};
use handover_domain::reason::Reason;
use handover_graph::calls::phone_numbers::PhoneNumber;
use handover_graph::calls::read_health::Health;
use handover_graph::calls::read_waba::Waba;
use handover_graph::words::{Currency, Ownership, Platform, Review};
use serde::{Deserialize, Serialize};

use crate::assets::Number;
use crate::items;
use crate::ports::Ports;
use crate::records::RecordsError;
use crate::work::{Report, Work};

/// The name of the detail.
pub const DETAIL: &str = "pre-flight";

/// What could be read before the customer unshared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preflight {
    /// The currency of each of our credit lines, as far as Meta tells it.
    #[serde(default)]
    pub currencies: BTreeMap<CreditLineId, Currency>,
    /// What was looked at, in Meta's words; what each means, the domain says when it is shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub looked: Vec<Sight>,
}

/// Reads what pre-flight found; nothing, where it has not come to an end yet, or an older version ran it.
///
/// # Errors
///
/// What the record says.
pub async fn found<P: Ports>(ports: &P, migration: MigrationId) -> Result<Option<Preflight>, RecordsError> {
    items::stored(ports.records(), &items::detail(migration, DETAIL)).await
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

    /// What was seen of the currencies: that of the WABA beside that of each of our lines, of which `chosen` is the one that
    /// would pay.
    #[must_use]
    pub fn currency(&self, chosen: &CreditLineId, waba: &Currency) -> Sight {
        let line =
            |(line, currency): (&CreditLineId, &Currency)| format!("line {line} {}", currency.as_str());
        let (first, others): (Vec<_>, Vec<_>) = self.currencies.iter().partition(|(line, _)| *line == chosen);
        let lines = first.into_iter().chain(others).map(line);
        let all =
            std::iter::once(format!("WABA {}", waba.as_str())).chain(lines).collect::<Vec<_>>().join(", ");
        match self.currencies.get(chosen) {
            Some(line) if line == waba => Sight::of_word(Subject::Currency, words::EQUAL),
            Some(_) => Sight::of_word(Subject::Currency, words::DIFFERS),
            None => Sight::withheld(Subject::Currency),
        }
        .about(all)
    }
}

/// What was seen of a WABA whose fields everybody with access may read.
#[must_use]
pub fn of_waba(waba: &Waba) -> Vec<Sight> {
    vec![
        Sight::of_word(Subject::Waba, words::READ),
        Sight::of_field(Subject::Ownership, waba.ownership.as_ref().map(Ownership::as_str)),
        Sight::of_field(Subject::Review, waba.review.as_ref().map(Review::as_str)),
    ]
}

/// What was seen of its health: each error that Meta names, or the overall word where it names none.
///
/// The errors come first because the overall word is that of the worst entity, which can be the app (facts 4.2). What is
/// wrong with calls alone is left out, for no message is one.
#[must_use]
pub fn of_health(health: &Health) -> Vec<Sight> {
    let errors = health.entities.iter().flat_map(|entity| &entity.errors);
    let codes: BTreeSet<i64> =
        errors.map(|error| error.code).filter(|code| !ABOUT_CALLS.contains(code)).collect();
    if codes.is_empty() {
        return vec![Sight::of_field(Subject::Health, Some(health.can_send.as_str()))];
    }
    codes.into_iter().map(|code| Sight::of_field(Subject::Health, Some(code.to_string()))).collect()
}

/// Codes of a health status that speak of calling (facts 4.2).
const ABOUT_CALLS: [i64; 2] = [138_024, 138_025];

/// A number in Meta's words.
#[must_use]
pub fn number_seen(number: &PhoneNumber) -> NumberSeen {
    NumberSeen {
        name: Number::from(number).name(),
        on_business_app: number.on_business_app,
        platform: number.platform.as_ref().map(|word| word.as_str().to_owned()),
        status: number.status.as_ref().map(|word| word.as_str().to_owned()),
        code_verification: number.code_verification.as_ref().map(|word| word.as_str().to_owned()),
        quality: number.quality.as_ref().map(|word| word.as_str().to_owned()),
        display_name: number.name_review.as_ref().map(|word| word.as_str().to_owned()),
    }
}

impl<P: Ports> Work<'_, P> {
    /// Why a WABA can go none of the flows' ways; none if the customer owns it (the page, "Limitations").
    ///
    /// An owner that Meta does not name is no owner (facts 5.3): that is for a person.
    #[must_use]
    pub fn owner_stops(&self, waba: &Waba) -> Option<Report> {
        let stop = match &waba.ownership {
            Some(Ownership::ClientOwned) => return None,
            Some(Ownership::OnBehalfOf) => Outcome::Refused { reason: Reason::PARTNER_OWNED },
            _ => Outcome::person(self.now(), Reason::OWNERSHIP_UNCLEAR),
        };
        let shown = waba.ownership.as_ref().map_or("nothing", Ownership::as_str);
        Some(Report::from(stop).seen(format!("ownership_type of WABA {}: {shown}", waba.id)))
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
    use handover_domain::preflight::Seen;
    use handover_graph::calls::read_health::{Entity, HealthError};
    use handover_graph::words::{CanSend, EntityKind};

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
        let found =
            Preflight { currencies: BTreeMap::from([(line("1"), currency("USD"))]), ..Preflight::default() };
        let warning = |digits, text| found.warning(&line(digits), &currency(text));
        assert!(warning("1", "EUR").unwrap().contains("billed in EUR and our credit line is in USD"));
        assert_eq!(warning("1", "USD"), None);
        assert_eq!(warning("2", "EUR"), None, "nobody knows");
    }

    #[test]
    fn the_wabas_currency_stands_beside_that_of_every_line_of_ours() {
        let line = |digits: &str| digits.parse::<CreditLineId>().unwrap();
        let currencies = BTreeMap::from([(line("1"), currency("EUR")), (line("2"), currency("USD"))]);
        let found = Preflight { currencies, ..Preflight::default() };
        let sight = found.currency(&line("2"), &currency("EUR"));
        assert_eq!(sight.seen, Seen::Word(words::DIFFERS.to_owned()));
        assert_eq!(
            sight.of.as_deref(),
            Some("WABA EUR, line 2 USD, line 1 EUR"),
            "the one that would pay first"
        );
        assert_eq!(found.currency(&line("1"), &currency("EUR")).seen, Seen::Word(words::EQUAL.to_owned()));
        assert_eq!(found.currency(&line("3"), &currency("EUR")).seen, Seen::Withheld);
    }

    #[test]
    fn each_error_of_a_health_is_seen_but_for_those_of_calls() {
        let entity = |codes: &[i64]| Entity {
            kind: EntityKind::Business,
            can_send: CanSend::Limited,
            errors: codes
                .iter()
                .map(|code| HealthError { code: *code, description: None, possible_solution: None })
                .collect(),
        };
        let seen = |can_send, entities: Vec<Entity>| -> Vec<Seen> {
            of_health(&Health { can_send, entities }).into_iter().map(|sight| sight.seen).collect()
        };
        let word = |word: &str| Seen::Word(word.to_owned());
        let twice = vec![entity(&[141_010]), entity(&[141_014, 141_010])];
        assert_eq!(seen(CanSend::Blocked, twice), [word("141010"), word("141014")]);
        assert_eq!(seen(CanSend::Available, vec![entity(&[138_024])]), [word("AVAILABLE")]);
        assert_eq!(seen(CanSend::Limited, vec![]), [word("LIMITED")]);
    }
}
