//! Message templates whose number moves into a new WABA: which of them travel, and what has become of them (facts 8).
//!
//! Meta copies and never moves: the old WABA keeps its own. Across WABAs a template is known by name and language.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::TemplateId;

/// Of what Meta makes of a template, the words that we act on; all others are kept and shown.
const APPROVED: &str = "APPROVED";
const PAUSED: &str = "PAUSED";
const REJECTED: &str = "REJECTED";
const GREEN: &str = "GREEN";
const UNKNOWN: &str = "UNKNOWN";
/// A WABA has no more, unless its portfolio is verified (facts 8.3; Meta's pages disagree).
pub const MOST_OF_AN_UNVERIFIED_PORTFOLIO: usize = 250;

/// A message template as Meta shows it, without what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Its id in this WABA.
    pub id: TemplateId,
    /// Its name.
    pub name: String,
    /// Its language, as Meta writes it: `de`, `en_US`.
    pub language: String,
    /// `APPROVED`, `REJECTED`, `PAUSED`...
    pub status: String,
    /// `MARKETING`, `UTILITY`, `AUTHENTICATION`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// How recipients rate it: `GREEN`, `YELLOW`, `RED`, `UNKNOWN`; none if Meta did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<String>,
}

/// How a template gets into the new WABA.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Travels {
    /// Meta copies it by itself: it is APPROVED and GREEN (facts 8.3).
    ByItself,
    /// Meta copies it when it is asked: APPROVED, and GREEN or not rated yet, in one business (facts 8.2).
    WhenAsked,
    /// It stays behind.
    Not(StaysBehind),
}

/// Why a template stays behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StaysBehind {
    /// It is not approved.
    NotApproved,
    /// Recipients rate it YELLOW or RED.
    Rating,
    /// Meta copies it only when it is asked, and asking works within one business, whose token we have.
    NotAsked,
}

impl Template {
    /// How it gets into the new WABA; `can_ask` where both WABAs are of one business and ours to read.
    #[must_use]
    pub fn travels(&self, can_ask: bool) -> Travels {
        if self.status != APPROVED {
            return Travels::Not(StaysBehind::NotApproved);
        }
        match self.quality.as_deref() {
            Some(GREEN) => Travels::ByItself,
            // Where Meta does not show the rating, it can be asked all the same.
            Some(UNKNOWN) | None if can_ask => Travels::WhenAsked,
            Some(UNKNOWN) | None => Travels::Not(StaysBehind::NotAsked),
            Some(_) => Travels::Not(StaysBehind::Rating),
        }
    }

    /// Whether it is worth making anew where it has not been copied: it could be sent, or could have been.
    #[must_use]
    pub fn can_be_made_anew(&self) -> bool {
        [APPROVED, PAUSED].contains(&self.status.as_str())
    }

    /// The name and the language, as people read them: `welcome (de)`.
    #[must_use]
    pub fn named(&self) -> String {
        format!("{} ({})", self.name, self.language)
    }

    fn key(&self) -> (&str, &str) {
        (&self.name, &self.language)
    }
}

/// What is to be expected before the number moves.
#[must_use]
pub fn forecast(templates: &[Template], can_ask: bool) -> String {
    let stays: Vec<&Template> =
        templates.iter().filter(|one| matches!(one.travels(can_ask), Travels::Not(_))).collect();
    let travel = templates.len() - stays.len();
    let mut told = format!("{travel} of {} can be copied into the new WABA", counted(templates.len()));
    if travel > MOST_OF_AN_UNVERIFIED_PORTFOLIO {
        told += &format!("; a WABA takes {MOST_OF_AN_UNVERIFIED_PORTFOLIO} unless its portfolio is verified");
    }
    if !stays.is_empty() {
        told += &format!(
            "; {} behind: {}",
            if stays.len() == 1 { "one stays" } else { "these stay" },
            names(&stays)
        );
    }
    told
}

fn counted(templates: usize) -> String {
    if templates == 1 { "1 template".to_owned() } else { format!("{templates} templates") }
}

/// More names than these would fill an entry of the history; the rest is in the report.
const MOST_NAMES: usize = 10;
const MOST_BYTES: usize = 100;

fn names(templates: &[&Template]) -> String {
    let mut bytes = 0;
    let fits = |name: &String| {
        bytes += name.len();
        bytes <= MOST_BYTES
    };
    let mut named: Vec<String> =
        templates.iter().take(MOST_NAMES).map(|template| template.named()).take_while(fits).collect();
    match templates.len() - named.len() {
        0 => {}
        all if named.is_empty() => named.push(format!("{all} with long names")),
        more => named.push(format!("and {more} more")),
    }
    named.join(", ")
}

/// What has become of a template of the old WABA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate<'a> {
    /// The new WABA has it.
    Copied,
    /// The new WABA has it, and Meta is still checking it: the word that it shows.
    Checked(&'a str),
    /// The new WABA has it, and Meta has rejected it: the customer writes it anew.
    Rejected,
    /// The new WABA has it in another category, at another price.
    Recategorised {
        /// The category now.
        to: &'a str,
    },
    /// The new WABA does not have it.
    Missing,
}

/// What has become of each template of the old WABA, in its order.
pub fn compared<'a>(
    old: &'a [Template],
    new: &'a [Template],
) -> impl Iterator<Item = (&'a Template, Fate<'a>)> {
    let there: BTreeMap<_, _> = new.iter().map(|template| (template.key(), template)).collect();
    old.iter().map(move |template| (template, fate(template, there.get(&template.key()).copied())))
}

/// Those of the old WABA that the new one does not have.
#[must_use]
pub fn missing<'a>(old: &'a [Template], new: &'a [Template]) -> Vec<&'a Template> {
    with_fate(old, new, |fate| *fate == Fate::Missing)
}

fn with_fate<'a>(
    old: &'a [Template],
    new: &'a [Template],
    is: impl Fn(&Fate<'_>) -> bool,
) -> Vec<&'a Template> {
    compared(old, new).filter(|(_, fate)| is(fate)).map(|(template, _)| template).collect()
}

fn fate<'a>(old: &Template, new: Option<&'a Template>) -> Fate<'a> {
    let Some(new) = new else { return Fate::Missing };
    let is_another = new.category.is_some() && old.category.is_some() && new.category != old.category;
    match (new.status.as_str(), new.category.as_deref()) {
        (REJECTED, _) => Fate::Rejected,
        (_, Some(to)) if is_another => Fate::Recategorised { to },
        (APPROVED, _) => Fate::Copied,
        (status, _) => Fate::Checked(status),
    }
}

/// How many of the old WABA's templates have come to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Those of the old WABA.
    pub before: usize,
    /// Those that the new WABA has, and can send.
    pub copied: usize,
    /// Those that Meta is still checking.
    pub checked: usize,
    /// Those that Meta has rejected.
    pub rejected: usize,
    /// Those that have another category now.
    pub recategorised: usize,
    /// Those that the new WABA does not have.
    pub missing: usize,
}

impl Count {
    /// Counts.
    #[must_use]
    pub fn of(old: &[Template], new: &[Template]) -> Self {
        let mut count = Self { before: old.len(), ..Self::default() };
        for (_, fate) in compared(old, new) {
            *match fate {
                Fate::Copied => &mut count.copied,
                Fate::Checked(_) => &mut count.checked,
                Fate::Rejected => &mut count.rejected,
                Fate::Recategorised { .. } => &mut count.recategorised,
                Fate::Missing => &mut count.missing,
            } += 1;
        }
        count
    }
}

/// What has become of the templates, in a sentence for the history.
#[must_use]
pub fn told(old: &[Template], new: &[Template]) -> String {
    let missing = missing(old, new);
    let mut told = format!("the new WABA has {} of {}", old.len() - missing.len(), counted(old.len()));
    let kinds = [
        ("missing", missing),
        ("rejected", with_fate(old, new, |fate| *fate == Fate::Rejected)),
        ("in another category", with_fate(old, new, |fate| matches!(fate, Fate::Recategorised { .. }))),
    ];
    for (kind, templates) in kinds.iter().filter(|(_, templates)| !templates.is_empty()) {
        told += &format!("; {kind}: {}", names(templates));
    }
    told
}

mod copying;
mod making;
#[cfg(test)]
mod tests;

pub use copying::{Copying, Next};
pub use making::{Anew, Making};
