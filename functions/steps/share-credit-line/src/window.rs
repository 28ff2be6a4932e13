//! Whether a share may be made now (rules 1 and 2), and what a refusal near the edge means.

use handover_domain::calendar::{self, Opening, Window};
use handover_domain::moment::{spoken, spoken_day};
use handover_domain::outcome::{Outcome, WaitsFor};
use handover_domain::reason::Reason;
use handover_engine::ports::Ports;
use handover_engine::settings::LateShare;
use handover_engine::work::{Report, Work};
use handover_graph::error::GraphError;

fn opening<P: Ports>(work: &Work<'_, P>) -> Opening {
    calendar::window_at(work.now(), &work.ports.settings().month_edge)
}

/// Why no share may be made now; none if it may.
pub(crate) fn closed<P: Ports>(work: &Work<'_, P>) -> Option<Report> {
    match opening(work) {
        Opening::Sure { .. } => None,
        Opening::Early { next } => Some(until_it_opens(next, Reason::WINDOW_NOT_OPEN)),
        Opening::Closed { next } => Some(until_it_opens(next, Reason::WINDOW_CLOSED)),
        Opening::Late { until, next } => match work.ports.settings().late_share {
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
/// doubtful hours a refusal is taken for one, and the share waits for the next window.
pub(crate) fn refused<P: Ports>(work: &Work<'_, P>, error: GraphError) -> Report {
    match opening(work) {
        Opening::Late { next, .. } if error.refused().is_some() => {
            Report { error: Some(error), ..until_it_opens(next, Reason::WINDOW_REFUSED) }
        }
        _ => Report::of_error(error, work.now()),
    }
}
