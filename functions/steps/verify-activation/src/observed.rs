//! What is seen in passing of what Meta does not say: what pays before the 1st, and when our line begins to.

use handover_domain::activation::{Look, Proof};
use handover_domain::assumption::{About, seen};
use handover_domain::ids::FundingId;
use handover_domain::moment::after;
use handover_domain::outcome::Outcome;
use handover_engine::ports::Ports;
use handover_engine::work::{Fault, Report, Work};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// In the zone that is ahead of all the 1st begins so long before.
const AHEAD: SignedDuration = SignedDuration::from_hours(14);
const A_DAY: SignedDuration = SignedDuration::from_hours(24);

/// Midnight, UTC, of the 1st on which the line should begin to pay; none where nobody waits for one.
fn the_first<P: Ports>(work: &Work<'_, P>) -> Option<Timestamp> {
    let first = work.state.unblocks_on.filter(|_| work.state.flow.flow().silences)?;
    first.to_zoned(TimeZone::UTC).ok().map(|midnight| midnight.timestamp())
}

/// What pays while the customer is silent, and whether the error shows.
pub(crate) fn before_the_first<P: Ports>(
    work: &Work<'_, P>,
    mut report: Report,
    credential: Option<&FundingId>,
    look: &Look,
) -> Result<Report, Fault> {
    // The last look before it tells the most, and the others cost what a look costs.
    let Some(first) = the_first(work).filter(|first| work.now() < *first) else { return Ok(report) };
    if !matches!(report.outcome, Outcome::Wait { until, .. } if until >= after(first, -AHEAD)) {
        return Ok(report);
    }
    if let Some(funding) = &look.funding {
        let pays = if Some(funding) == credential { seen::OURS } else { seen::ANOTHER };
        report = work.observed(report, About::FundingBeforeTheFirst, pays)?;
    }
    match look.payment_error {
        Some(is_shown) => {
            let word = if is_shown { seen::SOME } else { seen::NONE };
            work.observed(report, About::ErrorBeforeTheFirst, word)
        }
        None => Ok(report),
    }
}

/// When it was first seen that our line pays. It began at some time after the look before.
pub(crate) fn activation<P: Ports>(
    work: &Work<'_, P>,
    report: Report,
    proof: Proof,
) -> Result<Report, Fault> {
    let Some(first) = the_first(work) else { return Ok(report) };
    let now = work.now();
    let word = if now < first {
        let report = work.observed(report, About::ActivationTime, seen::BEFORE)?;
        return match proof {
            Proof::FundingMatches => work.observed(report, About::FundingBeforeTheFirst, seen::OURS),
            Proof::ErrorSeenAndGone => Ok(report),
        };
    } else if now < after(first, A_DAY) {
        seen::WITHIN_A_DAY
    } else {
        seen::LATER
    };
    work.observed(report, About::ActivationTime, word)
}
