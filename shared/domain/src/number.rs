//! A telephone number as people write it: the only key of a number that no move changes (facts 6.2).

use serde::{Deserialize, Serialize};

/// Text that should have been a telephone number and is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a number is written with its country code, such as +49 30 1234567, got {found:?}")]
pub struct NotANumber {
    /// What came instead, cut to 40 characters: it is somebody's input.
    pub found: String,
}

/// A telephone number with its country code. Two that are written differently are the same, digit for digit.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DisplayNumber(String);

/// How Meta tells a number its verification code (facts 6.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CodeMethod {
    /// In a text message.
    Sms,
    /// In a call, for numbers that get no messages.
    Voice,
}

impl CodeMethod {
    /// The word in Meta's calls.
    #[must_use]
    pub const fn as_meta_writes_it(self) -> &'static str {
        match self {
            Self::Sms => "SMS",
            Self::Voice => "VOICE",
        }
    }
}

/// The longest number of the world (ITU-T E.164), and one shorter than any that is in use.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
/// What people put between the digits.
const BETWEEN: [char; 6] = [' ', '-', '.', '(', ')', '/'];

/// The country codes of two digits. Those of North America and Russia have one, all others three (ITU-T E.164: no code
/// begins with another).
const OF_TWO_DIGITS: [&str; 44] = [
    "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48",
    "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81",
    "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
];

impl DisplayNumber {
    /// The country code, and the digits after it: so Meta wants them (facts 6.3).
    #[must_use]
    pub fn split(&self) -> (String, String) {
        let mut digits = self.digits();
        let length = if digits.starts_with(['1', '7']) {
            1
        } else if OF_TWO_DIGITS.iter().any(|code| digits.starts_with(code)) {
            2
        } else {
            3
        };
        let rest = digits.split_off(length);
        (digits, rest)
    }

    /// The digits alone, the country code first.
    #[must_use]
    pub fn digits(&self) -> String {
        digits(&self.0)
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The digits of a number as Meta or a person writes it.
#[must_use]
pub fn digits(written: &str) -> String {
    written.chars().filter(char::is_ascii_digit).collect()
}

impl PartialEq for DisplayNumber {
    fn eq(&self, other: &Self) -> bool {
        self.digits() == other.digits()
    }
}

impl Eq for DisplayNumber {}

impl std::str::FromStr for DisplayNumber {
    type Err = NotANumber;

    fn from_str(text: &str) -> Result<Self, NotANumber> {
        let text = text.trim();
        let written = text.strip_prefix('+').unwrap_or_default();
        let is_known = |letter: char| letter.is_ascii_digit() || BETWEEN.contains(&letter);
        let fits = written.chars().all(is_known) && DIGITS.contains(&digits(written).len());
        // No country code begins with a zero: a national number was written, with its own prefix.
        if fits && !digits(written).starts_with('0') {
            return Ok(Self(text.to_owned()));
        }
        Err(NotANumber { found: text.chars().take(40).collect() })
    }
}

impl TryFrom<String> for DisplayNumber {
    type Error = NotANumber;

    fn try_from(text: String) -> Result<Self, NotANumber> {
        text.parse()
    }
}

impl From<DisplayNumber> for String {
    fn from(number: DisplayNumber) -> Self {
        number.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_same_however_it_is_written() {
        let number = |text: &str| text.parse::<DisplayNumber>().unwrap();
        assert_eq!(number("+49 30 1234567"), number("+49 (30) 123-4567"));
        assert_ne!(number("+49 30 1234567"), number("+49 30 1234568"));
        assert_eq!(number("+1 631-555-0123").digits(), "16315550123");
    }

    #[test]
    fn the_country_code_is_known_by_its_first_digits() {
        let split = |text: &str| text.parse::<DisplayNumber>().unwrap().split();
        let is = |code: &str, rest: &str| (code.to_owned(), rest.to_owned());
        assert_eq!(split("+49 30 1234567"), is("49", "301234567"));
        assert_eq!(split("+1 (631) 555-0123"), is("1", "6315550123"));
        assert_eq!(split("+7 495 1234567"), is("7", "4951234567"));
        assert_eq!(split("+91 98765 43210"), is("91", "9876543210"));
        assert_eq!(split("+353 1 234 5678"), is("353", "12345678"));
        assert_eq!(split("+971 50 123 4567"), is("971", "501234567"));
    }

    #[test]
    fn what_has_no_country_code_is_no_number() {
        for text in [
            "030 1234567",
            "+030 1234567",
            "49 30 1234567",
            "+49",
            "+49 30 1234567 ext. 5",
            "",
            "+1234567890123456",
        ] {
            assert!(text.parse::<DisplayNumber>().is_err(), "{text}");
        }
        let told = "030 1234567".parse::<DisplayNumber>().unwrap_err().to_string();
        assert_eq!(
            told,
            "a number is written with its country code, such as +49 30 1234567, got \"030 1234567\""
        );
    }
}
