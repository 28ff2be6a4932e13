use handover_domain::calendar::{
    MonthEdge, Opening, first_everywhere, next_activation_look, start_of, unblocks_on, window_at, window_for,
};
use handover_domain::plan::{Plan, next_reminder};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::Open;

/// Any moment, any day and any zone: a text of three lines, of which what cannot be read is no input of anybody's.
///
/// Dates stay in order in every year that a customer can live to see; at the ends of the calendar nothing panics.
pub(super) fn open() -> Open {
    Box::new(|bytes| {
        let text = String::from_utf8_lossy(bytes);
        let mut lines = text.lines();
        let mut line = || lines.next().unwrap_or_default().trim().to_owned();
        let (moment, day, zone) = (line(), line(), line());
        let Some(moment) = read_moment(&moment) else { return };
        let Some(day) = read_day(&day) else { return };
        let Some(zone) = read_zone(&zone) else { return };
        for edge in [MonthEdge::Unknown, MonthEdge::Zone(zone.clone())] {
            hold(moment, day, &zone, &edge);
        }
    })
}

fn read_moment(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| Timestamp::from_second(text.parse().ok()?).ok())
}

fn read_day(text: &str) -> Option<Date> {
    let counted =
        || Date::constant(1970, 1, 1).checked_add(Span::new().try_days(text.parse::<i32>().ok()?).ok()?).ok();
    text.parse().ok().or_else(counted)
}

fn read_zone(text: &str) -> Option<TimeZone> {
    TimeZone::get(text).ok().or_else(|| TimeZone::posix(text).ok())
}

fn hold(moment: Timestamp, day: Date, zone: &TimeZone, edge: &MonthEdge) {
    let window = window_for(moment, edge);
    let opening = window_at(moment, edge);
    let plans = [Plan::at(moment, zone, edge), Plan::for_start(day, zone, edge)];
    let look = next_activation_look(moment, day, Some(zone));
    let reminder = next_reminder(window.sign_up_before(), moment);
    if !(-9990..=9990).contains(&day.year())
        || !(-9990..=9990).contains(&TimeZone::UTC.to_datetime(moment).year())
    {
        return;
    }
    assert!(window.opens < window.closes && moment < window.closes, "{window:?}");
    assert!(look > moment, "a look at {look}, which has passed");
    assert!(reminder > moment || reminder == window.sign_up_before(), "{reminder}");
    assert!(first_everywhere(day) >= start_of(day, zone) || offset_is_strange(zone, day), "{day}");
    assert!(unblocks_on(moment).day() == 1);
    match opening {
        Opening::Sure { window: open } => assert!(open == window && open.contains(moment)),
        Opening::Early { next } | Opening::Closed { next } => assert!(next.opens > moment, "{next:?}"),
        Opening::Late { until, next } => assert!(until > moment && next.opens > until),
    }
    for plan in plans {
        assert!(plan.unblocks_on.day() == 1 && plan.if_missed.day() == 1, "{plan:?}");
        assert!(plan.unblocks_on < plan.if_missed, "{plan:?}");
        assert!((0..=70).contains(&plan.blocked_days), "{plan:?}");
        assert!((0..=70).contains(&plan.safe_blocked_days) && plan.safe_start >= plan.start, "{plan:?}");
        assert!(!plan.promise().is_empty());
    }
}

/// POSIX lets a zone be a week away from UTC; on Earth a day begins within 26 hours.
fn offset_is_strange(zone: &TimeZone, day: Date) -> bool {
    let offset = zone.to_offset(start_of(day, zone)).seconds();
    !(-12 * 3600..=14 * 3600).contains(&offset)
}
