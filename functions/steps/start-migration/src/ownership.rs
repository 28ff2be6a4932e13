//! The WABA is ours, and we own it on behalf of the customer: no other has an ownership to transfer (facts 11).

use handover_domain::reason::Reason;
use handover_engine::ports::Ports;
use handover_engine::work::Report;
use handover_graph::words::Ownership;

use crate::{Checked, Preflight, refused};

/// What was said when the migration was created; without it there is none.
const ONE_WAY: &str =
    "whoever created this has confirmed that it cannot be undone, and that a solution is chosen once";

pub(crate) fn is_the_partners<P: Ports>(preflight: &Preflight<'_, '_, P>, report: Report) -> Checked {
    let Some(waba) = preflight.waba() else { return preflight.is_not_ours() };
    let shown = waba.ownership.as_ref().map_or("nothing", Ownership::as_str);
    let seen = format!("ownership_type of WABA {}: {shown}", waba.id);
    match waba.ownership {
        Some(Ownership::OnBehalfOf) => Checked::Passed(report.seen(seen).seen(ONE_WAY)),
        // Meta has transferred what was left, so this is what to expect.
        Some(Ownership::ClientOwned) => Checked::Stopped(refused(Reason::OWNED_BY_THE_CUSTOMER).seen(seen)),
        _ => Checked::Stopped(preflight.person(Reason::OWNERSHIP_UNCLEAR).seen(seen)),
    }
}
