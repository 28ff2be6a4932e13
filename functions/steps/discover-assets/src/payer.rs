//! Who pays for a WABA that the customer has had before a number moves into it: our line, or nobody. Another payer would be
//! replaced on the 1st of a month only (facts 0.3), which is another flow's way.

use handover_domain::decision::Decision;
use handover_domain::outcome::Outcome;
use handover_domain::reason::Reason;
use handover_engine::assets::Assets;
use handover_engine::ports::Ports;
use handover_engine::work::{Fault, Report, Work};

use crate::token::CheckedToken;

/// A person's, where somebody else is seen to pay. A funding that cannot be read stops nothing here: the activation proves
/// ours before the number moves.
pub(crate) async fn stops<P: Ports>(
    work: &Work<'_, P>,
    token: &CheckedToken,
    assets: &Assets,
) -> Result<Option<Report>, Fault> {
    let is_ours = work.ledger(assets).await?.entry(&assets.waba).is_some();
    if is_ours || work.state.decision == Some(Decision::Paid) {
        return Ok(None);
    }
    let funding = work.payment(&token.opened, &assets.waba, true).await?.funding;
    Ok(funding.map(|funding| {
        let seen = format!("primary_funding_id of WABA {}: {}", assets.waba, funding.as_str());
        Report::from(Outcome::person(work.now(), Reason::PAID_BY_ANOTHER)).seen(seen)
    }))
}
