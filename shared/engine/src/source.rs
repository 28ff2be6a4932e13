//! The WABA that the customer leaves where they get a new one: a detail of the migration, written before anything is asked
//! of them, because it may be unreadable once they have gone (facts 0.19).

use handover_domain::ids::{BusinessId, PhoneNumberId, SolutionId, WabaId};
use handover_graph::calls::phone_numbers::PhoneNumber;
use serde::{Deserialize, Serialize};

use crate::assets::Number;
use crate::ports::Ports;
use crate::work::{Fault, Work};

/// The name of the detail.
pub const DETAIL: &str = "source";

/// What the new WABA is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The old WABA.
    pub waba: WabaId,
    /// The business that owns it, and must own the new one.
    pub business: BusinessId,
    /// The active solutions that it is in.
    pub solutions: Vec<SolutionId>,
    /// Its numbers, of which the customer moves one or more.
    pub numbers: Vec<Number>,
}

impl Source {
    /// The numbers that `others` has too. Ids may change on the way, so they are compared as people write them, digit for
    /// digit (facts 6.2, 6.3).
    #[must_use]
    pub fn moved<'a>(&'a self, others: &[PhoneNumber]) -> Vec<&'a Number> {
        self.numbers.iter().filter(|number| others.iter().any(|other| is_the_same(number, other))).collect()
    }
}

fn is_the_same(number: &Number, other: &PhoneNumber) -> bool {
    let by_id = |id: &PhoneNumberId| *id == other.id;
    match (&number.display, &other.display) {
        (Some(one), Some(another)) => digits(one) == digits(another),
        _ => by_id(&number.id),
    }
}

fn digits(display: &str) -> String {
    display.chars().filter(char::is_ascii_digit).collect()
}

impl<P: Ports> Work<'_, P> {
    /// The WABA that the customer leaves.
    ///
    /// # Errors
    ///
    /// [`Fault::Missing`] if it is not there, though pre-flight is done.
    pub async fn source(&self) -> Result<Source, Fault> {
        self.detail(DETAIL).await?.ok_or(Fault::Missing("the WABA that the customer leaves"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(id: &str, display: Option<&str>) -> PhoneNumber {
        PhoneNumber {
            id: id.parse().unwrap(),
            display: display.map(str::to_owned),
            verified_name: None,
            status: None,
            platform: None,
            name_review: None,
            code_verification: None,
            quality: None,
            on_business_app: None,
        }
    }

    #[test]
    fn a_number_is_known_again_by_its_digits_whatever_id_it_has() {
        let number = |id: &str, display: Option<&str>| Number {
            id: id.parse().unwrap(),
            display: display.map(str::to_owned),
        };
        let source = Source {
            waba: "1".parse().unwrap(),
            business: "2".parse().unwrap(),
            solutions: vec![],
            numbers: vec![number("3", Some("+49 30 1234567")), number("4", None)],
        };
        let moved = |others: &[PhoneNumber]| {
            source.moved(others).iter().map(|number| number.id.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(moved(&[listed("9", Some("+49 (30) 123-4567"))]), ["3"]);
        assert_eq!(moved(&[listed("3", Some("+49 30 7654321"))]), [] as [&str; 0], "another number");
        assert_eq!(
            moved(&[listed("4", Some("+49 30 7654321"))]),
            ["4"],
            "by its id, where no digits were read"
        );
    }
}
