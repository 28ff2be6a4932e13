//! The WABA that the customer leaves where they get a new one: a detail of the migration, written before anything is asked
//! of them, because it may be unreadable once they have gone (facts 0.19).

use handover_domain::ids::{BusinessId, SolutionId, WabaId};
use handover_domain::moment::{after, spoken};
use handover_domain::number::{DisplayNumber, digits};
use handover_domain::reason::Reason;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::assets::Number;
use crate::ports::Ports;
use crate::work::{Fault, Report, Work};

/// The name of the detail.
pub const DETAIL: &str = "source";

/// The name of the detail [`Asked`].
pub const ASKED: &str = "number";

/// The number that shall move, where an operator has named one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// As they have written it.
    pub number: DisplayNumber,
}

/// What the new WABA is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The old WABA; none where nobody has named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waba: Option<WabaId>,
    /// The business that owns it, and must own the new one; none where the WABA is another partner's to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business: Option<BusinessId>,
    /// The active solutions that it is in.
    pub solutions: Vec<SolutionId>,
    /// Its numbers that can move, of which the customer moves one or more; or the one that shall.
    pub numbers: Vec<Number>,
}

impl Source {
    /// The numbers that `others` has too. Ids may change on the way, so they are compared as people write them, digit for
    /// digit (facts 6.2, 6.3).
    #[must_use]
    pub fn moved<'a>(&'a self, others: &[Number]) -> Vec<&'a Number> {
        self.numbers.iter().filter(|number| others.iter().any(|other| is_the_same(number, other))).collect()
    }
}

fn is_the_same(number: &Number, other: &Number) -> bool {
    match (&number.display, &other.display) {
        (Some(one), Some(another)) => digits(one) == digits(another),
        _ => number.id.is_some() && number.id == other.id,
    }
}

/// A person's, where a token ends before the flow may have come to its end: the longest wait for somebody.
#[must_use]
pub fn ends_too_soon<P: Ports>(work: &Work<'_, P>, ends: Option<Timestamp>) -> Option<Report> {
    let longest = after(work.now(), work.state.flow.flow().longest_wait());
    let ends = ends.filter(|ends| *ends < longest)?;
    let seen = format!("the token ends on {}; the flow may last until {}", spoken(ends), spoken(longest));
    Some(work.person(Reason::TOKEN_ENDS_TOO_SOON).seen(seen))
}

impl<P: Ports> Work<'_, P> {
    /// The number that shall move, if an operator has named one.
    ///
    /// # Errors
    ///
    /// What the record says.
    pub async fn asked_number(&self) -> Result<Option<DisplayNumber>, Fault> {
        let asked: Option<Asked> = self.detail(ASKED).await?;
        Ok(asked.map(|asked| asked.number))
    }

    /// The WABA that the customer leaves.
    ///
    /// # Errors
    ///
    /// [`Fault::Missing`] if it is not there, though pre-flight is done.
    pub async fn source(&self) -> Result<Source, Fault> {
        self.detail(DETAIL).await?.ok_or(Fault::Missing("the WABA that the customer leaves"))
    }

    /// The WABA that the customer leaves, if Meta copies templates out of it when it is asked: it is of the business of the
    /// new one, and ours to read (facts 8.2).
    ///
    /// # Errors
    ///
    /// As [`source`](Self::source).
    pub async fn source_to_copy_from(&self) -> Result<Option<WabaId>, Fault> {
        let source = self.source().await?;
        Ok(source.waba.filter(|_| source.business.is_some()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_known_again_by_its_digits_whatever_id_it_has() {
        let number = |id: &str, display: Option<&str>| Number {
            id: id.parse().ok(),
            display: display.map(str::to_owned),
        };
        let source = Source {
            waba: "1".parse().ok(),
            business: "2".parse().ok(),
            solutions: vec![],
            numbers: vec![number("3", Some("+49 30 1234567")), number("4", None)],
        };
        let moved = |others: &[Number]| {
            source
                .moved(others)
                .iter()
                .map(|number| number.id.clone().unwrap().to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(moved(&[number("9", Some("+49 (30) 123-4567"))]), ["3"]);
        assert_eq!(moved(&[number("3", Some("+49 30 7654321"))]), [] as [&str; 0], "another number");
        assert_eq!(
            moved(&[number("4", Some("+49 30 7654321"))]),
            ["4"],
            "by its id, where no digits were read"
        );
    }
}
