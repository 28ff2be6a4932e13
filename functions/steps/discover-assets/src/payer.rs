//! Who pays for a WABA that is not known to be new with us: our line, or nobody. Another payer would be replaced on the 1st of a
//! month only (facts 0.3), which is another flow's way, and not ours to begin.

use handover_domain::decision::Decision;
use handover_domain::reason::Reason;
use handover_engine::assets::Assets;
use handover_engine::ports::Ports;
use handover_engine::work::{Fault, Work};
use handover_graph::calls::read_funding::ReadFunding;
use handover_graph::error::Refused;

use crate::new_waba::{Checked, person};
use crate::token::CheckedToken;

/// A person's, where somebody else is seen to pay. A funding that cannot be read stops nothing here: the rows that share and
/// prove the payment go on without it.
pub(crate) async fn check<P: Ports>(
    work: &Work<'_, P>,
    token: &CheckedToken,
    assets: &Assets,
) -> Result<Checked, Fault> {
    if work.state.decision == Some(Decision::Paid) {
        return Ok(Ok(vec!["an operator has seen that our line pays".to_owned()]));
    }
    let funding = match work.call(&token.opened, &ReadFunding { waba: assets.waba.clone() }).await {
        Ok(funding) => funding,
        Err(error) if error.refused().is_some_and(Refused::denies_access) => None,
        Err(error) => return Err(error.into()),
    };
    let Some(funding) = funding else { return Ok(Ok(Vec::new())) };
    let ledger = work.ledger(assets).await?;
    if ledger.entries.iter().any(|entry| entry.receiving_credential.as_ref() == Some(&funding)) {
        return Ok(Ok(Vec::new()));
    }
    let seen = format!("primary_funding_id {funding} pays for WABA {}, and is none of ours", assets.waba);
    Ok(Err(person(work, Reason::PAID_BY_ANOTHER).seen(seen).into()))
}
