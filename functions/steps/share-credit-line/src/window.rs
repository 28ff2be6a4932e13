//! Whether a share may be made now (rules 1 and 2), and what a refusal near the edge means.

use handover_domain::assumption::About;
use handover_domain::calendar::{self, Opening, Window};
use handover_domain::decision::Decision;
use handover_domain::ledger::Ledger;
use handover_domain::moment::{spoken, spoken_day};
use handover_domain::outcome::{Outcome, WaitsFor};
use handover_domain::reason::Reason;
use handover_engine::ports::Ports;
use handover_engine::settings::LateShare;
use handover_engine::work::{Fault, Report, Work};
use handover_graph::error::{GraphError, Refused};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A WABA that is new has no window to wait for: the month's is for those that switch (facts 0.3).
pub(crate) fn is_waited_for<P: Ports>(work: &Work<'_, P>) -> bool {
    work.state.flow.flow().silences
}

/// How the month's window stands, where it is waited for.
fn opening<P: Ports>(work: &Work<'_, P>) -> Option<Opening> {
    is_waited_for(work).then(|| calendar::window_at(work.now(), &work.ports.settings().month_edge))
}

/// When the sure window closes in the month of our own open call, or else of now. In the doubtful hours it has
/// closed already, and everything is late.
pub(crate) fn closes_at<P: Ports>(work: &Work<'_, P>, ledger: &Ledger) -> Timestamp {
    if !is_waited_for(work) {
        return Timestamp::MAX;
    }
    let ours = ledger.intent.as_ref().filter(|intent| intent.migration == work.state.migration);
    let called_at = ours.map_or(work.now(), |intent| intent.recorded_at);
    let day = TimeZone::UTC.to_datetime(called_at).date();
    Window::of_month(day, &work.ports.settings().month_edge).closes
}

/// When Meta takes no share any more that is owed now; none where no window is waited for, or none is open.
pub(crate) fn open_until<P: Ports>(work: &Work<'_, P>) -> Option<Timestamp> {
    match opening(work) {
        Some(Opening::Sure { window }) => Some(window.closes),
        Some(Opening::Late { until, .. }) => Some(until),
        Some(Opening::Early { .. } | Opening::Closed { .. }) | None => None,
    }
}

/// The date that a share would have which is not made yet; none in the doubtful hours, when nobody knows.
pub(crate) fn unblocks_on<P: Ports>(work: &Work<'_, P>) -> Option<Date> {
    match opening(work) {
        Some(Opening::Sure { window }) => Some(window.unblocks_on()),
        Some(Opening::Early { next } | Opening::Closed { next }) => Some(next.unblocks_on()),
        Some(Opening::Late { .. }) | None => None,
    }
}

/// Why no share may be made now; none if it may.
pub(crate) fn closed<P: Ports>(work: &Work<'_, P>) -> Option<Report> {
    match opening(work) {
        Some(Opening::Sure { .. }) | None => None,
        Some(Opening::Early { next }) => Some(until_it_opens(next, Reason::WINDOW_NOT_OPEN)),
        Some(Opening::Closed { next }) => Some(until_it_opens(next, Reason::WINDOW_CLOSED)),
        Some(Opening::Late { until, next }) => match late_share(work) {
            LateShare::Attempt => None,
            LateShare::Wait => Some(until_it_opens(next, Reason::WINDOW_CLOSED)),
            LateShare::Ask => {
                let hours = until.duration_since(work.now()).as_hours();
                let sentence = format!(
                    "{hours} hours are left in the last zone: a share now would pay from {}, one that waits from {}",
                    spoken_day(calendar::unblocks_on(work.now())),
                    spoken_day(next.unblocks_on())
                );
                let ask = Outcome::Wait { on: WaitsFor::Person, until, reason: Reason::LATE_SHARE };
                Some(Report::from(ask).seen(sentence))
            }
        },
    }
}

/// What happens to a share that is owed in the doubtful hours: as an operator has decided for this one, else as
/// the setting says. What was decided to wait, or was refused, goes on waiting however often it is woken.
fn late_share<P: Ports>(work: &Work<'_, P>) -> LateShare {
    let waits = [Reason::WINDOW_CLOSED, Reason::WINDOW_REFUSED];
    let reason = work.state.reason.as_ref();
    match (&work.state.decision, work.ports.settings().late_share) {
        (Some(Decision::Attempt), _) => LateShare::Attempt,
        (Some(Decision::Wait), _) => LateShare::Wait,
        (_, LateShare::Ask) if reason.is_some_and(|reason| waits.contains(reason)) => LateShare::Wait,
        (_, LateShare::Attempt) if reason == Some(&Reason::WINDOW_REFUSED) => LateShare::Wait,
        (_, setting) => setting,
    }
}

fn until_it_opens(next: Window, reason: Reason) -> Report {
    let wait = Outcome::Wait { on: WaitsFor::Window, until: next.opens, reason };
    let mut report = Report::from(wait).seen(format!(
        "the window opens on {} and closes on {}; the customer can send again on {}",
        spoken(next.opens),
        spoken(next.closes),
        spoken_day(next.unblocks_on())
    ));
    report.learned.unblocks_on = Some(next.unblocks_on());
    report
}

/// What a definite refusal of the share means. No code is documented for a closed window (facts 0.5): in the
/// doubtful hours a refusal of the general kind, 100 or 200 without a subcode, is taken for one, and the share
/// waits for the next window. Whatever says more than that is what it says.
pub(crate) fn refused<P: Ports>(work: &Work<'_, P>, error: GraphError) -> Report {
    match opening(work) {
        Some(Opening::Late { next, .. }) if error.refused().is_some_and(is_general) => {
            Report { error: Some(error), ..until_it_opens(next, Reason::WINDOW_REFUSED) }
        }
        _ => Report::of_error(error, work.now()),
    }
}

/// The report, with what was answered to a share in the doubtful hours: that tells in which zone Meta counts the days (facts
/// 19.5).
pub(crate) fn observed<P: Ports>(work: &Work<'_, P>, report: Report, answer: &str) -> Result<Report, Fault> {
    match opening(work) {
        Some(Opening::Late { .. }) => {
            work.observed(report, About::ShareAtTheEdge, format!("{answer} on {}", spoken(work.now())))
        }
        Some(Opening::Early { .. } | Opening::Sure { .. } | Opening::Closed { .. }) | None => Ok(report),
    }
}

fn is_general(refused: &Refused) -> bool {
    matches!(refused.code, 100 | 200) && refused.subcode.is_none() && !refused.is_transient
}
