//! What a person typed, made into dates and zones or refused with what to type instead.

use std::ops::RangeInclusive;

use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Years that a plan can be about; any other is a slip of the finger.
const YEARS: RangeInclusive<i16> = 2020..=2199;

/// Why an argument was refused. The text ends a sentence that begins with the argument's name and value.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotUnderstood {
    #[error("there is no such day; write year, month and day, for example 2026-04-20")]
    Day,
    #[error("there is no such month; write year and month, for example 2026-12")]
    Month,
    #[error("plans can be made for the years {} to {}", YEARS.start(), YEARS.end())]
    Year,
    #[error(
        "no time zone has this name; write its IANA name, for example Europe/Berlin, America/Sao_Paulo or UTC"
    )]
    Zone,
}

/// Reads `YYYY-MM-DD`, and nothing that merely resembles it.
pub(crate) fn day(text: &str) -> Result<Date, NotUnderstood> {
    let day = text.parse().ok().filter(|day: &Date| day.to_string() == text).ok_or(NotUnderstood::Day)?;
    if YEARS.contains(&day.year()) { Ok(day) } else { Err(NotUnderstood::Year) }
}

/// Reads `YYYY-MM` as the first day of that month.
pub(super) fn month(text: &str) -> Result<Date, NotUnderstood> {
    day(&format!("{text}-01")).map_err(|error| match error {
        NotUnderstood::Day => NotUnderstood::Month,
        other => other,
    })
}

/// Reads the IANA name of a zone, in capitals or not.
pub(crate) fn zone(text: &str) -> Result<TimeZone, NotUnderstood> {
    TimeZone::get(text).map_err(|_| NotUnderstood::Zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_year_month_and_day_and_nothing_else() {
        assert_eq!(day("2028-02-29"), Ok(jiff::civil::date(2028, 2, 29)));
        for bad in ["", "2026-02-29", "20260420", "2026-4-20", "20.04.2026", "2026-04-20T10:00", "tomorrow"] {
            assert_eq!(day(bad), Err(NotUnderstood::Day), "{bad}");
        }
    }

    #[test]
    fn a_year_that_is_a_slip_of_the_finger_is_refused() {
        assert_eq!(day("0206-04-20"), Err(NotUnderstood::Year));
        assert_eq!(day("9999-12-31"), Err(NotUnderstood::Year));
        assert_eq!(month("2206-12"), Err(NotUnderstood::Year));
    }

    #[test]
    fn a_month_is_year_and_month() {
        assert_eq!(month("2026-12"), Ok(jiff::civil::date(2026, 12, 1)));
        for bad in ["2026-13", "2026", "2026-1", "12-2026", "2026-12-01"] {
            assert_eq!(month(bad), Err(NotUnderstood::Month), "{bad}");
        }
    }

    #[test]
    fn a_zone_is_known_by_its_iana_name() {
        assert_eq!(zone("europe/berlin").unwrap().iana_name(), Some("Europe/Berlin"));
        for bad in ["", "Mars/Olympus", "+02:00", "CEST"] {
            assert_eq!(zone(bad), Err(NotUnderstood::Zone), "{bad}");
        }
    }
}
