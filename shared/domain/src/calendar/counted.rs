//! A second calendar for the tests: it counts days one by one and looks at each hour in each zone.
//!
//! It shares no arithmetic with the code under test, only Meta's two sentences: closed are the first four and
//! the last three days of a month, and no zone is stated.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::{Date, date};

/// 1 December 2023 in days since 1970; the days are counted from here.
const FIRST_DAY: i64 = 19_692;

struct Day {
    date: Date,
    day_of_month: i8,
    days_after_it: i8,
    /// The 1st of the next month.
    next_first: Date,
}

/// Every day from December 2023 to March 2101, and for every hour in how many of the 27 zones it is open.
pub(crate) struct Counted {
    days: Vec<Day>,
    zones_open: Vec<u8>,
}

pub(crate) static COUNTED: LazyLock<Counted> = LazyLock::new(Counted::count);

impl Counted {
    fn count() -> Self {
        let mut days = Vec::new();
        for (year, month) in std::iter::once((2023, 12))
            .chain((2024..=2100).flat_map(|year| (1..=12).map(move |month| (year, month))))
            .chain((1..=3).map(|month| (2101, month)))
        {
            let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
            let length = match month {
                2 if leap => 29,
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            let next_first = if month == 12 { date(year + 1, 1, 1) } else { date(year, month + 1, 1) };
            days.extend((1..=length).map(|day| Day {
                date: date(year, month, day),
                day_of_month: day,
                days_after_it: length - day,
                next_first,
            }));
        }
        let hours = i64::try_from(days.len()).unwrap() * 24;
        let is_open = |hour: i64| {
            let day = usize::try_from(hour.div_euclid(24)).ok().and_then(|index| days.get(index));
            day.is_some_and(|day| day.day_of_month >= 5 && day.days_after_it >= 3)
        };
        let zones_open =
            (0..hours).map(|hour| (-12..=14).map(|offset| u8::from(is_open(hour + offset))).sum()).collect();
        Self { days, zones_open }
    }

    fn zones_open(&self, moment: Timestamp) -> u8 {
        let hour = moment.as_second().div_euclid(3600) - FIRST_DAY * 24;
        self.zones_open[usize::try_from(hour).unwrap()]
    }

    /// Is it an open day in each of the 27 zones?
    pub(crate) fn is_sure(&self, moment: Timestamp) -> bool {
        self.zones_open(moment) == 27
    }

    /// Is it an open day in at least one of them?
    pub(crate) fn is_open_somewhere(&self, moment: Timestamp) -> bool {
        self.zones_open(moment) > 0
    }

    /// The 1st of the month after the one in which `day` lies.
    pub(crate) fn first_after(&self, day: Date) -> Date {
        let index = self.days.binary_search_by_key(&day, |counted| counted.date).unwrap();
        self.days[index].next_first
    }

    /// Every day of 2024 to 2100.
    pub(crate) fn every_day(&self) -> impl Iterator<Item = Date> {
        self.days.iter().map(|day| day.date).filter(|date| (2024..=2100).contains(&date.year()))
    }
}
